// SPDX-License-Identifier: Apache-2.0
#include "certificates/data_plane/replica.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing_mutant.h"
#include "certificates/data_plane/cursor.h"
#include "certificates/data_plane/testing_feed.h"

namespace perennial::replica {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using Applied = Replica::Applied;

TEST(Replica, AppliesItemsInOrder) {
  TestFeed source;
  Replica replica;
  EXPECT_EQ(replica.Apply(source.Next({Created("a", 1)})), Applied::kYes);
  EXPECT_EQ(replica.Apply(source.Next({Current("a", 2)})), Applied::kYes);
  EXPECT_EQ(replica.TargetOf("a", "n1")->version, 2);
  EXPECT_EQ(replica.TargetOf("a", "n1")->product_kind, "loadbalancer");
  EXPECT_EQ(replica.TargetOf("b", "n1"), std::nullopt);
  EXPECT_EQ(replica.position(), 2);
  EXPECT_EQ(replica.hash(), source.hash);
}

TEST(Replica, WhatWasSeenChangesNothing) {
  TestFeed source;
  Replica replica;
  const auto first = source.Next({Created("a", 1)});
  replica.Apply(first);
  replica.Apply(source.Next({Current("a", 2)}));
  EXPECT_EQ(replica.Apply(first), Applied::kAlreadySeen);
  EXPECT_EQ(replica.TargetOf("a", "n1")->version, 2);
}

TEST(Replica, AGapIsNoticed) {
  TestFeed source;
  Replica replica;
  source.Next({Created("a", 1)});
  EXPECT_EQ(replica.Apply(source.Next({Current("a", 2)})), Applied::kGap);
  EXPECT_EQ(replica.position(), 0);
}

TEST(Replica, AnAlteredItemDoesNotChain) {
  TestFeed source;
  Replica replica;
  auto item = source.Next({Created("a", 1)});
  item.changes[0].current_version = 9;
  EXPECT_EQ(replica.Apply(item), Applied::kGap);
  EXPECT_EQ(replica.TargetOf("a", "n1"), std::nullopt);
  const MutantOn mutant("replica.any_hash");
  EXPECT_EQ(replica.Apply(item), Applied::kYes);
}

TEST(Replica, AWantIsOneNodes) {
  TestFeed source;
  Replica replica;
  replica.Apply(source.Next({Created("a", 1)}));
  replica.Apply(source.Next({Want("a", "n1", 2)}));
  EXPECT_EQ(replica.TargetOf("a", "n1")->version, 2);
  EXPECT_EQ(replica.TargetOf("a", "n2")->version, 1);
  replica.Apply(source.Next({Current("a", 2), Want("a", "n1", std::nullopt)}));
  EXPECT_EQ(replica.TargetOf("a", "n1")->version, 2);
  replica.Apply(source.Next({Ended("a")}));
  EXPECT_EQ(replica.TargetOf("a", "n1"), std::nullopt);
}

TEST(Replica, ItsRowsMakeTheSameAgain) {
  TestFeed source;
  Replica replica;
  replica.Apply(source.Next({Created("b", 1), Created("a", 3)}));
  replica.Apply(source.Next({Want("b", "n1", 2), Want("b", "n0", 2)}));
  const Replica again(replica.position(), replica.hash(), replica.Rows());
  EXPECT_EQ(again.Rows(), replica.Rows());
  EXPECT_EQ(again.TargetOf("b", "n1")->version, 2);
  EXPECT_EQ(again.position(), 2);
}

TEST(Replica, ATailMayRunOverASnapshotThatHoldsItAlready) {
  TestFeed source;
  const auto create = source.Next({Created("a", 1), Created("gone", 1)});
  const auto want = source.Next({Want("gone", "n1", 2), Want("a", "n1", 2)});
  const auto end = source.Next({Ended("gone"), Current("a", 2), Want("a", "n1", std::nullopt)});
  // The head was noted at 0; the tables were read when everything had happened.
  Replica replica(0, std::string(kFeedOrigin), {Created("a", 2)});
  for (const auto& item : {create, want, end}) EXPECT_EQ(replica.Apply(item), Applied::kYes);
  EXPECT_THAT(replica.Rows(), ElementsAre(Created("a", 2)));
}

TEST(Replica, ATailIsServedOnlyWhereTheHashMatches) {
  TestFeed source;
  Replica replica;
  replica.Apply(source.Next({Created("a", 1)}));
  const auto hash = source.hash;
  replica.Apply(source.Next({Current("a", 2)}));
  EXPECT_TRUE(replica.IsTail(1, hash));
  EXPECT_TRUE(replica.IsTail(2, source.hash));
  EXPECT_FALSE(replica.IsTail(1, source.hash));
  EXPECT_FALSE(replica.IsTail(3, source.hash));
  const Replica later(replica.position(), replica.hash(), replica.Rows());
  EXPECT_FALSE(later.IsTail(1, hash));  // It was not there.
  EXPECT_TRUE(later.IsTail(2, source.hash));
}

TEST(Cursor, IsOpenedOnlyByItsKey) {
  const Cursor cursor{42, std::string(64, 'a')};
  const auto text = SealCursor(cursor, "key");
  EXPECT_EQ(OpenCursor(text, "key"), cursor);
  EXPECT_EQ(OpenCursor(text, "other"), std::nullopt);
  for (size_t i = 0; i < text.size(); ++i) {
    auto altered = text;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(OpenCursor(altered, "key"), std::nullopt) << i;
  }
  EXPECT_EQ(OpenCursor("", "key"), std::nullopt);
  EXPECT_EQ(OpenCursor("nonsense", "key"), std::nullopt);
  const MutantOn mutant("replica.any_cursor");
  EXPECT_EQ(OpenCursor(text, "other"), cursor);
}

}  // namespace
}  // namespace perennial::replica
