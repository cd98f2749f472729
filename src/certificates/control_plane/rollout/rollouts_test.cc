// SPDX-License-Identifier: Apache-2.0
// A renewal from issue to CURRENT, with nodes that report, and what goes wrong on the way.
#include "certificates/control_plane/rollout/rollouts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "certificates/control_plane/associations/testing_associations.h"

namespace perennial::certificates {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A certificate of 200 seconds on lb1, which is placed on n1 and n2.
class Rollout : public ::testing::Test {
 protected:
  Rollout() : root(world.Root()) {
    world.identity.Know(authz::PlacementFact{kBalancer1, 2, {kNode1, kNode2}});
    certificate =
        world.Certificate(root, "shop", RenewalRules("PT110S", "PT20S"), 200);
    association = world.Attached(certificate);
  }

  void Sight(std::vector<std::string> nodes) {
    wire::NodeSightings sightings;
    for (const auto& node : nodes) sightings.items.push_back({node, world.clock.Now()});
    EXPECT_EQ(world.Post(world.identity.Replica(world.clock.Now()),
                         "/20260101/nodes/actions/sightings", EncodeJson(sightings))
                  .status,
              204);
  }
  // Renew waits until the renewal is due, with the nodes seen, and issues.
  void Renew(std::vector<std::string> seen) {
    world.clock.Advance(seconds(91));
    Sight(seen);
    world.scheduler->Step();
  }
  std::string FingerprintOf(int64_t version) {
    return world
        .Sql("SELECT fingerprint_sha256 FROM certificate_version WHERE owner_id = $1 AND "
             "number = $2",
             {certificate, version})
        ->front()
        .Text(0);
  }
  HttpResponse Report(const std::string& node, int64_t version, wire::ObservationResult result,
                      const std::string& reason = "", const std::string& address = "10.0.0.1:443") {
    wire::Observation seen;
    seen.association_id = association;
    seen.version_number = version;
    seen.vantage = "node";
    seen.result = result;
    seen.time_observed = world.clock.Now();
    seen.address = address;
    if (result == wire::ObservationResult::kProved) {
      seen.fingerprint_sha256 = FingerprintOf(version);
    } else {
      seen.reason = reason;
    }
    return world.Post(world.identity.Node(node, world.clock.Now()), "/20260101/observations",
                      EncodeJson(wire::CreateObservationsDetails{{seen}}));
  }
  void Proved(const std::string& node, int64_t version) {
    EXPECT_THAT(World::Read<wire::ObservationsAnswer>(
                    Report(node, version, wire::ObservationResult::kProved))
                    .rejected,
                IsEmpty());
    world.real_rollouts->Step();
  }
  void Said(const std::string& node, int64_t version, wire::ObservationResult result,
            const std::string& reason) {
    Report(node, version, result, reason);
    world.real_rollouts->Step();
  }
  wire::Rollout Newest() {
    const auto list = World::Read<wire::RolloutCollection>(
        world.Ann("GET", "/20260101/rollouts?certificateId=" + certificate));
    if (list.items.empty()) return {};
    return World::Read<wire::Rollout>(
        world.Ann("GET", "/20260101/rollouts/" + list.items.front().id));
  }
  int64_t Current() {
    return world.Number("SELECT current_version FROM certificate WHERE id = $1", {certificate});
  }
  HttpResponse Act(const std::string& user, const std::string& id, const std::string& action) {
    return world.Post(world.identity.User(user), "/20260101/rollouts/" + id + "/actions/" + action,
                      "");
  }
  int KeyStatus(const std::string& node, int64_t version) {
    return world
        .Send(world.identity.Balancer(kBalancer1, node, world.clock.Now()), "GET",
              "/20210224/certificateBundles/" + certificate +
                  "?certificateBundleType=CERTIFICATE_CONTENT_WITH_PRIVATE_KEY&versionNumber=" +
                  std::to_string(version))
        .status;
  }

  AssociationWorld world;
  std::string root, certificate, association;
};

TEST_F(Rollout, CanaryThenWaveThenCurrent) {
  Renew({kNode1, kNode2});
  auto rollout = Newest();
  EXPECT_EQ(rollout.state, RolloutState::kCanary);
  EXPECT_EQ(rollout.from_version, 1);
  EXPECT_EQ(rollout.to_version, 2);
  ASSERT_THAT(*rollout.lines, SizeIs(2));
  EXPECT_EQ(rollout.lines->at(0).node_id, kNode1);
  EXPECT_EQ(rollout.lines->at(0).wanted_version, 2);
  EXPECT_EQ(rollout.lines->at(1).wanted_version, 1);
  EXPECT_EQ(Current(), 1);
  const auto canary_changes = world.LastChanges();
  ASSERT_THAT(canary_changes, SizeIs(1));
  EXPECT_EQ(canary_changes[0].kind, wire::ChangeKind::kNodeWant);
  EXPECT_EQ(canary_changes[0].node_id, kNode1);
  EXPECT_EQ(canary_changes[0].version, 2);

  Proved(kNode1, 2);
  rollout = Newest();
  ASSERT_THAT(*rollout.lines->at(0).places, SizeIs(1));
  EXPECT_EQ(rollout.lines->at(0).places->at(0).address, "10.0.0.1:443");
  EXPECT_EQ(rollout.lines->at(0).places->at(0).result, wire::ObservationResult::kProved);
  EXPECT_EQ(rollout.lines->at(0).places->at(0).fingerprint_sha256, FingerprintOf(2));
  EXPECT_THAT(*rollout.lines->at(1).places, IsEmpty());
  EXPECT_EQ(rollout.state, RolloutState::kRolling);
  EXPECT_TRUE(rollout.time_canary_proved);
  EXPECT_EQ(rollout.served_count, 1);
  EXPECT_EQ(Current(), 1);
  EXPECT_EQ(world.LastChanges().at(0).node_id, kNode2);

  Proved(kNode2, 2);
  rollout = Newest();
  EXPECT_EQ(rollout.state, RolloutState::kComplete);
  EXPECT_FALSE(rollout.forced);
  EXPECT_GE(*rollout.time_promoted, *rollout.time_canary_proved);
  EXPECT_EQ(rollout.served_count, 2);
  EXPECT_EQ(rollout.owing_count, 0);
  EXPECT_EQ(Current(), 2);
  const auto feed = world.FeedAfter(0);
  ASSERT_GE(feed.items.size(), 2u);
  EXPECT_EQ(feed.items[feed.items.size() - 2].changes.at(0).kind,
            wire::ChangeKind::kCurrentVersion);
  EXPECT_THAT(feed.items.back().changes, SizeIs(2));
  EXPECT_EQ(feed.items.back().changes[0].version, std::nullopt);
}

TEST_F(Rollout, OnlyTheAskedNodeMayReadTheNewKey) {
  world.identity.Know(authz::PlacementFact{kBalancer1, 3, {kNode1, kNode2}});
  Renew({kNode1, kNode2});
  EXPECT_EQ(KeyStatus(kNode1, 2), 200);
  EXPECT_EQ(KeyStatus(kNode2, 2), 404);
  EXPECT_EQ(KeyStatus(kNode2, 1), 200);
  Proved(kNode1, 2);
  EXPECT_EQ(KeyStatus(kNode2, 2), 200);
  Proved(kNode2, 2);
  EXPECT_EQ(KeyStatus(kNode1, 1), 404);
}

TEST_F(Rollout, EachStepIsOneAuditRecord) {
  Renew({kNode1});
  const auto before = world.AuditCount();
  Proved(kNode1, 2);
  EXPECT_EQ(world.AuditCount(), before + 1);
  EXPECT_THAT(world.LastAudit(), HasSubstr("PromoteCertificateVersion"));
  world.clock.Advance(seconds(10));
  world.real_rollouts->Step();
  EXPECT_EQ(world.AuditCount(), before + 1);
}

TEST_F(Rollout, WithoutALiveNodeItIsPromotedAtOnce) {
  Renew({});
  EXPECT_EQ(Current(), 2);
  const auto rollout = Newest();
  EXPECT_EQ(rollout.state, RolloutState::kComplete);
  EXPECT_EQ(rollout.owing_count, 2);
  // Who returns takes CURRENT, and no longer owes.
  Proved(kNode2, 2);
  EXPECT_EQ(Newest().owing_count, 1);
  EXPECT_THAT(Newest().reason.value_or(""), HasSubstr("owing: "));
  Proved(kNode1, 2);
  EXPECT_EQ(Newest().reason, "no live node");
}

TEST_F(Rollout, WithoutAnAssociationThereIsNone) {
  world.Detach({{certificate, kBalancer1}});
  Renew({kNode1});
  EXPECT_EQ(Current(), 2);
  EXPECT_EQ(Newest().id, "");
}

TEST_F(Rollout, AFrozenNodeOwesAndDoesNotBlock) {
  Renew({kNode1, kNode2});
  Proved(kNode1, 2);
  EXPECT_EQ(Current(), 1);
  world.clock.Advance(seconds(20));
  Sight({kNode1});
  world.clock.Advance(seconds(12));
  {
    const MutantOn mutant("rollout.every_node_lives");
    world.real_rollouts->Step();
    EXPECT_EQ(Current(), 1);
  }
  world.clock.Advance(seconds(6));
  world.real_rollouts->Step();
  EXPECT_EQ(Current(), 2);
  const auto rollout = Newest();
  EXPECT_EQ(rollout.state, RolloutState::kComplete);
  EXPECT_FALSE(rollout.forced);
  EXPECT_EQ(rollout.owing_count, 1);
  EXPECT_THAT(*rollout.reason, HasSubstr(kNode2));
}

TEST_F(Rollout, AVersionThatFailsOnBothNodesGoesBackAndIsRenewedAgain) {
  Renew({kNode1, kNode2});
  Said(kNode1, 2, ObservationResult::kFailed, "handshake failed on 10.0.0.1:443");
  EXPECT_EQ(Newest().state, RolloutState::kCanary);
  Said(kNode2, 2, ObservationResult::kFailed, "handshake failed on 10.0.0.2:443");
  const auto rollout = Newest();
  EXPECT_EQ(rollout.state, RolloutState::kRolledBack);
  EXPECT_THAT(*rollout.reason, HasSubstr("handshake failed on 10.0.0.2:443"));
  EXPECT_EQ(Current(), 1);
  EXPECT_EQ(rollout.lines->at(0).wanted_version, 1);
  EXPECT_EQ(KeyStatus(kNode1, 2), 404);
  EXPECT_THAT(world.Ann("GET", "/20210224/certificates/" + certificate).body,
              HasSubstr("was rolled back"));
  // That the address shows version 1 again does not take away what was seen of version 2.
  Proved(kNode1, 1);
  const auto story = Newest();
  ASSERT_THAT(*story.lines->at(0).places, SizeIs(1));
  EXPECT_EQ(story.lines->at(0).places->at(0).result, wire::ObservationResult::kFailed);
  EXPECT_EQ(story.lines->at(0).places->at(0).reason, story.lines->at(0).last_error);
  // Due again, and the next version is tried.
  world.clock.Advance(seconds(10));
  Sight({kNode1, kNode2});
  world.scheduler->Step();
  EXPECT_EQ(Newest().to_version, 3);
}

TEST_F(Rollout, AFailureOnOneNodeOwes) {
  Renew({kNode1, kNode2});
  Proved(kNode1, 2);
  Said(kNode2, 2, ObservationResult::kFailed, "old worker");
  EXPECT_EQ(Current(), 2);
  EXPECT_EQ(Newest().owing_count, 1);
  EXPECT_EQ(Newest().lines->at(1).last_error, "old worker");
}

TEST_F(Rollout, AnInconclusiveProbeDoesNotLetTheOtherExpire) {
  Renew({kNode1, kNode2});
  Said(kNode1, 2, ObservationResult::kInconclusive, "the probe cannot reach the address");
  for (int i = 0; i < 6; ++i) {
    world.clock.Advance(seconds(10));
    Sight({kNode1, kNode2});
    world.real_rollouts->Step();
  }
  EXPECT_EQ(Current(), 1);
  world.clock.Advance(seconds(22));
  Sight({kNode1, kNode2});
  world.real_rollouts->Step();
  EXPECT_EQ(Current(), 2);
  auto rollout = Newest();
  EXPECT_TRUE(rollout.forced);
  EXPECT_EQ(rollout.state, RolloutState::kRolling);
  EXPECT_EQ(world.Number("SELECT COUNT(*) FROM certificate_version WHERE owner_id = $1 AND "
                         "number = 1 AND not_after > $2",
                         {certificate, world.clock.Now()}),
            1);
  Proved(kNode1, 2);
  Proved(kNode2, 2);
  EXPECT_EQ(Newest().state, RolloutState::kComplete);
  EXPECT_TRUE(Newest().forced);
}

TEST_F(Rollout, AUsersPromotionSupersedesIt) {
  Renew({kNode1, kNode2});
  const auto live = Newest();
  EXPECT_EQ(world
                .Ann("PUT", "/20210224/certificates/" + certificate,
                     R"({"currentVersionNumber":2})")
                .status,
            200);
  EXPECT_EQ(Current(), 2);
  const auto ended =
      World::Read<wire::Rollout>(world.Ann("GET", "/20260101/rollouts/" + live.id));
  EXPECT_EQ(ended.state, RolloutState::kSuperseded);
  // What the user promoted is verified all the same.
  const auto verifying = Newest();
  EXPECT_NE(verifying.id, live.id);
  EXPECT_EQ(verifying.state, RolloutState::kRolling);
  Proved(kNode1, 2);
  Proved(kNode2, 2);
  EXPECT_EQ(Newest().state, RolloutState::kComplete);
}

TEST_F(Rollout, ANewerVersionSupersedesIt) {
  Renew({kNode1, kNode2});
  const auto first = Newest();
  world.Sql("UPDATE certificate SET renew_at = 0").value();
  Sight({kNode1, kNode2});
  world.scheduler->Step();
  EXPECT_EQ(Newest().to_version, 3);
  EXPECT_EQ(World::Read<wire::Rollout>(world.Ann("GET", "/20260101/rollouts/" + first.id)).state,
            RolloutState::kSuperseded);
}

TEST_F(Rollout, APausedRolloutWaitsUntilItIsResumed) {
  Renew({kNode1, kNode2});
  const auto id = Newest().id;
  for (const auto* user : {kEve, kRob, kGus}) EXPECT_EQ(Act(user, id, "pause").status, 404);
  EXPECT_EQ(Act(kAnn, id, "pause").status, 204);
  Proved(kNode1, 2);
  EXPECT_EQ(Newest().state, RolloutState::kCanary);
  EXPECT_EQ(Act(kAnn, id, "resume").status, 204);
  world.real_rollouts->Step();
  EXPECT_EQ(Newest().state, RolloutState::kRolling);
}

TEST_F(Rollout, AUserRollsBack) {
  Renew({kNode1, kNode2});
  const auto id = Newest().id;
  EXPECT_EQ(Act(kRob, id, "rollback").status, 404);
  EXPECT_EQ(Act(kAnn, id, "rollback").status, 204);
  EXPECT_EQ(Newest().state, RolloutState::kRolledBack);
  EXPECT_EQ(Current(), 1);
  EXPECT_THAT(Act(kAnn, id, "rollback"), Answers(409, "IncorrectState"));
  EXPECT_THAT(Act(kAnn, id, "pause"), Answers(409, "IncorrectState"));
}

TEST_F(Rollout, NobodyRollsBackToAnExpiredVersion) {
  Renew({kNode1, kNode2});
  const auto id = Newest().id;
  world.clock.Advance(seconds(200));
  EXPECT_THAT(Act(kAnn, id, "rollback"), Answers(409, "expired"));
  const MutantOn mutant("rollout.back_to_expired");
  EXPECT_EQ(Act(kAnn, id, "rollback").status, 204);
}

TEST_F(Rollout, WhenItsLastAssociationEndsItIsPromoted) {
  Renew({kNode1, kNode2});
  world.Detach({{certificate, kBalancer1}});
  world.real_rollouts->Step();
  EXPECT_EQ(Current(), 2);
  EXPECT_EQ(Newest().state, RolloutState::kComplete);
}

TEST_F(Rollout, ANodeMayOnlyReportOfWhatIsPlacedOnIt) {
  world.identity.Know(authz::PlacementFact{kBalancer1, 3, {kNode1}});
  Renew({kNode1});
  const auto reject = [&] {
    return World::Read<wire::ObservationsAnswer>(
        Report(kNode2, 2, ObservationResult::kFailed, "a lie"));
  };
  ASSERT_THAT(reject().rejected, SizeIs(1));
  EXPECT_EQ(reject().rejected[0].code, "NotAuthorizedOrNotFound");
  EXPECT_EQ(world.Number("SELECT COUNT(*) FROM observation WHERE node_id = $1", {kNode2}), 0);
  const MutantOn mutant("certificates.observe_anything");
  EXPECT_THAT(reject().rejected, IsEmpty());
}

TEST_F(Rollout, AProofOfAnotherFingerprintIsNone) {
  Renew({kNode1});
  wire::Observation seen;
  seen.association_id = association;
  seen.version_number = 2;
  seen.vantage = "node";
  seen.result = ObservationResult::kProved;
  seen.fingerprint_sha256 = FingerprintOf(1);
  seen.time_observed = world.clock.Now();
  const auto send = [&] {
    seen.time_observed = world.clock.Now();
    return World::Read<wire::ObservationsAnswer>(
        world.Post(world.identity.Node(kNode1, world.clock.Now()), "/20260101/observations",
                   EncodeJson(wire::CreateObservationsDetails{{seen}})));
  };
  EXPECT_EQ(send().rejected.at(0).code, "InvalidParameter");
  world.real_rollouts->Step();
  EXPECT_EQ(Current(), 1);
  const MutantOn mutant("certificates.any_fingerprint_proves");
  send();
  world.real_rollouts->Step();
  EXPECT_EQ(Current(), 2);
}

TEST_F(Rollout, ATextThatIsTooLongIsNamedAndNothingOfItsBatchIsKept) {
  Renew({kNode1});
  const auto send = [&](auto&& change) {
    wire::Observation good;
    good.association_id = association;
    good.version_number = 2;
    good.vantage = "node";
    good.result = ObservationResult::kFailed;
    good.time_observed = world.clock.Now();
    auto bad = good;
    change(bad);
    const auto answer =
        world.Post(world.identity.Node(kNode1, world.clock.Now()), "/20260101/observations",
                   EncodeJson(wire::CreateObservationsDetails{{good, bad}}));
    EXPECT_EQ(answer.status, 400);
    return answer.body;
  };
  const std::string long_text(1001, 'x');
  EXPECT_THAT(send([&](auto& seen) { seen.reason = long_text; }),
              HasSubstr("/items/1/reason: must be at most 1000 bytes"));
  EXPECT_THAT(send([&](auto& seen) { seen.address = long_text; }), HasSubstr("/items/1/address: "));
  EXPECT_THAT(send([&](auto& seen) { seen.server_name = long_text; }),
              HasSubstr("/items/1/serverName: "));
  EXPECT_THAT(send([&](auto& seen) { seen.key_type = long_text; }), HasSubstr("/items/1/keyType: "));
  EXPECT_THAT(send([&](auto& seen) { seen.fingerprint_sha256 = long_text; }),
              HasSubstr("/items/1/fingerprintSha256: "));
  EXPECT_THAT(send([&](auto& seen) { seen.vantage = std::string(65, 'x'); }),
              HasSubstr("/items/1/vantage: must be at most 64 bytes"));
  EXPECT_THAT(send([&](auto& seen) { seen.association_id = long_text; }),
              HasSubstr("/items/1/associationId: must be at most 255 bytes"));
  EXPECT_EQ(world.Number("SELECT COUNT(*) FROM observation WHERE version_number = 2", {}), 0);
}

TEST_F(Rollout, OnePlaceThatFailsIsEnough) {
  Renew({kNode1, kNode2});
  wire::Observation good;
  good.association_id = association;
  good.version_number = 2;
  good.vantage = "node";
  good.address = "10.0.0.1:443";
  good.fingerprint_sha256 = FingerprintOf(2);
  good.time_observed = world.clock.Now();
  auto bad = good;
  bad.address = "10.0.0.1:8443";
  bad.result = ObservationResult::kFailed;
  bad.reason = "another certificate";
  world.Post(world.identity.Node(kNode1, world.clock.Now()), "/20260101/observations",
             EncodeJson(wire::CreateObservationsDetails{{good, bad, good}}));
  world.real_rollouts->Step();
  const auto rollout = Newest();
  EXPECT_EQ(rollout.state, RolloutState::kCanary);
  EXPECT_EQ(rollout.lines->at(0).result, ObservationResult::kFailed);
  EXPECT_EQ(rollout.lines->at(0).last_error, "another certificate");
}

TEST_F(Rollout, AWatchIsParkedUntilItMoves) {
  Renew({kNode1, kNode2});
  const auto now = Newest();
  const auto answer = world.Ask(world.identity.User(kAnn),
                                "/20260101/rollouts/" + now.id +
                                    "?after=" + std::to_string(now.position) + "&waitSeconds=30");
  const auto* parked = std::get_if<net::Parked>(&answer);
  ASSERT_NE(parked, nullptr);
  bool woken = false;
  world.news.Subscribe(parked->awaited, [&] { woken = true; });
  Proved(kNode1, 2);
  EXPECT_TRUE(woken);
  const auto moved =
      World::Read<wire::Rollout>(std::get<HttpResponse>(parked->resume(false)));
  EXPECT_GT(moved.position, now.position);
}

TEST_F(Rollout, RenewAndPollNowAreForWhoMayUpdate) {
  const auto act = [&](const std::string& user, const std::string& action) {
    return world.Post(world.identity.User(user),
                      "/20260101/certificates/" + certificate + "/actions/" + action, "");
  };
  for (const auto* user : {kEve, kRob, kGus}) {
    EXPECT_EQ(act(user, "renew").status, 404);
    EXPECT_EQ(act(user, "pollNow").status, 404);
  }
  EXPECT_EQ(act(kAnn, "renew").status, 202);
  EXPECT_EQ(world.renewals_woken, 1);
  world.scheduler->Step();
  EXPECT_EQ(Current(), 2);
  const auto position = world.FeedAfter(0).position;
  EXPECT_EQ(act(kAnn, "pollNow").status, 202);
  EXPECT_EQ(world.FeedAfter(0).position, position + 1);
  EXPECT_EQ(world.LastChanges().at(0).version, 2);
}

TEST_F(Rollout, ReportsAndSightingsAreForNodesAndReplicas) {
  EXPECT_THAT(world.Post(world.identity.User(kAnn), "/20260101/observations", R"({"items":[]})"),
              Answers(404, "\"NotFound\""));
  EXPECT_THAT(world.Post(world.identity.Node(kNode1, world.clock.Now()),
                         "/20260101/nodes/actions/sightings", R"({"items":[]})"),
              Answers(404, "\"NotFound\""));
}

TEST_F(Rollout, TheSnapshotOfTheFeedHoldsItsWants) {
  Renew({kNode1, kNode2});
  const auto snapshot = World::Read<wire::FeedSnapshot>(
      world.Send(world.identity.Replica(world.clock.Now()), "GET",
                 "/20260101/changeFeed/snapshot?table=NODE_WANTS"));
  ASSERT_THAT(snapshot.items, SizeIs(1));
  EXPECT_EQ(snapshot.items[0].change.node_id, kNode1);
  EXPECT_EQ(snapshot.items[0].change.version, 2);
}

}  // namespace
}  // namespace perennial::certificates
