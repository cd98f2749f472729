// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/feed/feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "certificates/control_plane/associations/testing_associations.h"

namespace perennial::certificates {
namespace {

using namespace testing;
using ::testing::SizeIs;

class FeedOfTheWorld : public ::testing::Test {
 protected:
  FeedOfTheWorld() : root(world.Root()) {}
  std::string Replica() { return world.identity.Replica(world.clock.Now()); }

  AssociationWorld world;
  std::string root;
};

TEST_F(FeedOfTheWorld, ItemsChainByTheirHashes) {
  for (int i = 0; i < 3; ++i) {
    world.Attached(world.Certificate(root, "c" + std::to_string(i)));
  }
  const auto feed = world.FeedAfter(0);
  ASSERT_THAT(feed.items, SizeIs(3));
  std::string hash(storage::kChainOrigin);
  for (const auto& item : feed.items) {
    hash = storage::ChainHash(hash, item.position, EncodeJson(item.changes));
    EXPECT_EQ(item.hash, hash);
  }
  EXPECT_EQ(feed.position, 3);
  EXPECT_EQ(feed.hash, hash);
}

TEST_F(FeedOfTheWorld, AnotherHistoryIsAskedToTakeASnapshot) {
  world.Attached(world.Certificate(root));
  const auto ask = [&](const std::string& query) {
    return world.Send(Replica(), "GET", "/20260101/changeFeed?" + query);
  };
  EXPECT_THAT(ask("after=1&hash=" + std::string(64, 'a')), Answers(410, "SnapshotNeeded"));
  EXPECT_THAT(ask("after=9&hash=" + std::string(64, 'a')), Answers(410, "SnapshotNeeded"));
}

TEST_F(FeedOfTheWorld, ACallIsParkedUntilThereIsNews) {
  const auto answer = world.Ask(Replica(), "/20260101/changeFeed?after=0&waitSeconds=20");
  const auto* parked = std::get_if<net::Parked>(&answer);
  ASSERT_NE(parked, nullptr);
  EXPECT_EQ(parked->awaited.topic, kFeedTopic);
  bool woken = false;
  world.news.Subscribe(parked->awaited, [&] { woken = true; });
  world.Attached(world.Certificate(root));
  EXPECT_TRUE(woken);
  const auto resumed = parked->resume(false);
  EXPECT_THAT(World::Read<wire::ChangeFeed>(std::get<HttpResponse>(resumed)).items, SizeIs(1));
}

TEST_F(FeedOfTheWorld, ASnapshotHoldsAssociationsAndWants) {
  const auto certificate = world.Certificate(root);
  const auto association = world.Attached(certificate);
  const auto answer = world.Send(Replica(), "GET",
                                 "/20260101/changeFeed/snapshot?table=ASSOCIATIONS");
  const auto snapshot = World::Read<wire::FeedSnapshot>(answer);
  ASSERT_THAT(snapshot.items, SizeIs(1));
  EXPECT_EQ(snapshot.items[0].change, world.LastChanges()[0]);
  EXPECT_EQ(snapshot.position, 1);
  EXPECT_FALSE(FindHeader(answer.headers, "opc-next-page"));
  EXPECT_THAT(world.Send(Replica(), "GET", "/20260101/changeFeed/snapshot?table=KEYS"),
              Answers(400, "table"));
}

TEST_F(FeedOfTheWorld, PagesFollowTheKey) {
  std::set<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    ids.insert(world.Attached(world.Certificate(root, "c" + std::to_string(i))));
  }
  std::set<std::string> seen;
  std::string next;
  do {
    const auto page = *world.database().ReadValue([&](storage::Session& session) {
      return world.real_feed.Snapshot(session, wire::SnapshotTable::kAssociations, next, 2);
    });
    for (const auto& item : page.snapshot.items) seen.insert(item.change.association_id);
    next = page.next;
  } while (!next.empty());
  EXPECT_EQ(seen, ids);
}

TEST_F(FeedOfTheWorld, OnlyReplicasReadIt) {
  for (const auto& key : {world.identity.User(kAnn), world.identity.Service(world.clock.Now()),
                          world.identity.Node(kNode1, world.clock.Now())}) {
    EXPECT_THAT(world.Send(key, "GET", "/20260101/changeFeed?after=0"),
                Answers(404, "\"NotFound\""));
  }
}

TEST_F(FeedOfTheWorld, TheTailIsAWeekLong) {
  world.Attached(world.Certificate(root, "old"));
  EXPECT_TRUE(world.real_feed.KeepTail(world.database(), world.clock.Now()));
  world.clock.Advance(std::chrono::hours(24 * 8));
  world.Attached(world.Certificate(root, "new"));
  EXPECT_TRUE(world.real_feed.KeepTail(world.database(), world.clock.Now()));
  EXPECT_EQ(world.Number("SELECT COUNT(*) FROM change_feed"), 1);
  EXPECT_THAT(world.Send(Replica(), "GET", "/20260101/changeFeed?after=0"),
              Answers(410, "SnapshotNeeded"));
}

}  // namespace
}  // namespace perennial::certificates
