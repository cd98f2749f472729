// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/updates/served_set.h"
#include "base/json.h"

namespace perennial::api::updates {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

TEST(Poll, TheFirstCallSendsPairs) {
  const auto request = DecodeJson<PollRequest>(
      R"({"format":1,"waitSeconds":30,"cursor":null,"setDigest":null,"set":[["a",7],["b",0]]})",
      UnknownFields::kRefuse);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_FALSE(request->cursor);
  EXPECT_THAT(*request->set, ElementsAre(ServedAssociation{"a", 7}, ServedAssociation{"b", 0}));
  EXPECT_EQ(EncodeJson(*request), R"({"format":1,"waitSeconds":30,"set":[["a",7],["b",0]]})");
}

TEST(Poll, AMalformedPairIsNamedByPointer) {
  const auto message = [](const std::string& set) {
    return DecodeJson<PollRequest>(R"({"format":1,"waitSeconds":0,"set":[["a",1],)" + set + "]}",
                                   UnknownFields::kRefuse)
        .error()
        .message;
  };
  EXPECT_THAT(message(R"(["a"])"), StartsWith("/set/1: "));
  EXPECT_THAT(message(R"(["a",1,2])"), StartsWith("/set/1: "));
  EXPECT_THAT(message(R"({"a":1})"), StartsWith("/set/1: "));
  EXPECT_THAT(message(R"([1,1])"), StartsWith("/set/1/0: "));
  EXPECT_THAT(message(R"(["a","1"])"), StartsWith("/set/1/1: "));
}

TEST(Poll, AnAnswerGoesRoundAndAnOldReaderPassesOverNewFields) {
  const PollAnswer answer{.cursor = "c",
                          .set_digest = "d",
                          .changes = {{.association_id = "a", .wanted = 8},
                                      {.association_id = "b", .revision = 2, .ended = true}},
                          .behind_seconds = 0.25};
  auto text = EncodeJson(answer);
  text.insert(text.size() - 1, R"(,"later":[1])");
  const auto back = DecodeJson<PollAnswer>(text, UnknownFields::kIgnore);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->changes, answer.changes);
  EXPECT_EQ(back->behind_seconds, 0.25);
}

TEST(ServedSet, TheDigestIsOfTheContentsWhateverTheWayThere) {
  ServedSet a;
  a.Put("x", 1);
  a.Put("y", 2);
  a.Put("z", 3);
  ServedSet b({{"z", 9}, {"y", 2}, {"gone", 4}});
  b.Apply({{"z", 3}, {"x", 1}}, {"gone", "never"});

  EXPECT_EQ(a, b);
  EXPECT_EQ(a.Digest(), b.Digest());
  EXPECT_EQ(a.Digest(), ServedSet(a.ToVector()).Digest());
  EXPECT_EQ(a.Digest().size(), 64u);
}

TEST(ServedSet, EveryDifferenceChangesTheDigest) {
  const ServedSet base({{"x", 1}, {"y", 2}});
  EXPECT_NE(base.Digest(), ServedSet({{"x", 2}, {"y", 1}}).Digest());
  EXPECT_NE(base.Digest(), ServedSet({{"x", 1}}).Digest());
  EXPECT_NE(base.Digest(), ServedSet({{"x", 1}, {"y", 3}}).Digest());
  EXPECT_NE(ServedSet({{"x1", 1}}).Digest(), ServedSet({{"x", 11}}).Digest());
  ServedSet emptied({{"x", 1}});
  emptied.Remove("x");
  EXPECT_EQ(emptied.Digest(), std::string(64, '0'));
}

}  // namespace
}  // namespace perennial::api::updates
