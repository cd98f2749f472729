// SPDX-License-Identifier: Apache-2.0
// Every rule of protocols.md §5, as a table of facts and what follows.
#include "certificates/control_plane/rollout/decide_rollout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing_mutant.h"

namespace perennial::certificates {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using R = ObservationResult;
using S = RolloutState;

const Time kStart = FromMicros(1'767'225'600'000'000);

// One association on each node, unless a test says otherwise. The version before expires an hour
// after the start and must be replaced half an hour before.
struct Fleet {
  explicit Fleet(std::vector<std::string> nodes, S state = S::kCanary) {
    facts.state = state;
    facts.started_at = kStart;
    facts.now = kStart + seconds(5);
    facts.must_serve_at = kStart + seconds(1800);
    facts.from_not_after = kStart + seconds(3600);
    for (auto& node : nodes) {
      facts.lines.push_back({.association_id = "a", .node_id = std::move(node), .live = true});
    }
  }
  Fleet& Canary(size_t line) {
    facts.lines[line].canary = facts.lines[line].asked = true;
    return *this;
  }
  Fleet& Asked(size_t line) {
    facts.lines[line].asked = true;
    return *this;
  }
  Fleet& Said(size_t line, R result) {
    facts.lines[line].asked = true;
    facts.lines[line].result = result;
    facts.lines[line].error = result == R::kProved ? "" : "seen by " + facts.lines[line].node_id;
    return *this;
  }
  Fleet& Absent(size_t line) {
    facts.lines[line].live = false;
    return *this;
  }
  Fleet& MustServe() {
    facts.now = *facts.must_serve_at + seconds(1);
    return *this;
  }
  RolloutDecision Decide() const { return DecideRollout(facts); }
  RolloutFacts facts;
};

TEST(DecideRollout, NothingAssociatedIsPromotedAtOnce) {
  const auto decision = Fleet({}, S::kPending).Decide();
  EXPECT_TRUE(decision.promote);
  EXPECT_EQ(decision.state, S::kComplete);
  EXPECT_FALSE(decision.force);
}

TEST(DecideRollout, NoLiveNodeIsPromotedAtOnceAndAllOwe) {
  const auto decision = Fleet({"n1", "n2"}, S::kPending).Absent(0).Absent(1).Decide();
  EXPECT_TRUE(decision.promote);
  EXPECT_EQ(decision.state, S::kComplete);
  EXPECT_THAT(decision.reason, HasSubstr("owing: n1, n2"));
  EXPECT_THAT(decision.ask, IsEmpty());
}

TEST(DecideRollout, SpeaksOfNodesByTheirNames) {
  Fleet fleet({"id1", "id2"});
  fleet.Said(0, R::kFailed).Said(1, R::kFailed);
  fleet.facts.lines[0].node_name = "edge-1";
  EXPECT_EQ(fleet.Decide().reason, "it failed: edge-1: seen by id1; id2: seen by id2");
}

TEST(DecideRollout, TheFirstLiveNodeIsTheCanary) {
  const auto decision = Fleet({"n1", "n2", "n3"}, S::kPending).Absent(0).Decide();
  EXPECT_EQ(decision.state, S::kCanary);
  EXPECT_THAT(decision.canaries, ElementsAre("n2"));
  EXPECT_THAT(decision.ask, ElementsAre(1));
  EXPECT_FALSE(decision.promote);
}

TEST(DecideRollout, AllLinesOfTheCanaryAreAsked) {
  Fleet fleet({"n1", "n1", "n2"}, S::kPending);
  fleet.facts.lines[1].association_id = "b";
  EXPECT_THAT(fleet.Decide().ask, ElementsAre(0, 1));
}

TEST(DecideRollout, ACanaryIsProvedWhenAllItsLinesAre) {
  Fleet fleet({"n1", "n1", "n2"});
  fleet.facts.lines[1].association_id = "b";
  fleet.Canary(0).Canary(1).Said(0, R::kProved);
  EXPECT_EQ(fleet.Decide().state, S::kCanary);
  EXPECT_EQ(fleet.Said(1, R::kProved).Decide().state, S::kRolling);
}

TEST(DecideRollout, NothingIsPromotedBeforeTheCanaryHasProvedIt) {
  const auto decision = Fleet({"n1", "n2"}).Canary(0).Decide();
  EXPECT_EQ(decision.state, S::kCanary);
  EXPECT_FALSE(decision.promote);
  EXPECT_THAT(decision.ask, IsEmpty());
}

TEST(DecideRollout, TheProvedCanaryIsFollowedByTheWave) {
  const auto decision = Fleet({"n1", "n2", "n3"}).Canary(0).Said(0, R::kProved).Absent(2).Decide();
  EXPECT_EQ(decision.state, S::kRolling);
  EXPECT_TRUE(decision.canary_proved);
  EXPECT_THAT(decision.ask, ElementsAre(1));  // Not the absent one.
  EXPECT_FALSE(decision.promote);
}

TEST(DecideRollout, OneNodeIsCanaryAndFleet) {
  const auto decision = Fleet({"n1"}).Canary(0).Said(0, R::kProved).Decide();
  EXPECT_EQ(decision.state, S::kComplete);
  EXPECT_TRUE(decision.promote);
  EXPECT_TRUE(decision.canary_proved);
}

TEST(DecideRollout, TheWaveIsAwaited) {
  auto fleet = Fleet({"n1", "n2"}, S::kRolling).Canary(0).Said(0, R::kProved).Asked(1);
  EXPECT_FALSE(fleet.Decide().promote);
  {
    const MutantOn mutant("rollout.wave_not_awaited");
    EXPECT_TRUE(fleet.Decide().promote);
  }
  const auto decision = fleet.Said(1, R::kProved).Decide();
  EXPECT_TRUE(decision.promote);
  EXPECT_EQ(decision.state, S::kComplete);
  EXPECT_EQ(decision.reason, "");
}

TEST(DecideRollout, AnAbsentNodeOwesAndNeverBlocks) {
  auto fleet = Fleet({"n1", "n2"}, S::kRolling).Canary(0).Said(0, R::kProved).Asked(1).Absent(1);
  const auto decision = fleet.Decide();
  EXPECT_TRUE(decision.promote);
  EXPECT_EQ(decision.state, S::kComplete);
  EXPECT_EQ(decision.reason, "owing: n2");
}

TEST(DecideRollout, AFrozenCanaryIsReplacedByAnother) {
  const auto decision = Fleet({"n1", "n2"}).Canary(0).Absent(0).Decide();
  EXPECT_EQ(decision.state, S::kCanary);
  EXPECT_THAT(decision.canaries, ElementsAre("n2"));
  EXPECT_THAT(decision.ask, ElementsAre(1));
}

TEST(DecideRollout, OneFailureOfTwoNodesDoesNotCount) {
  auto fleet = Fleet({"n1", "n2"}).Canary(0).Said(0, R::kFailed);
  const auto second = fleet.Decide();
  EXPECT_EQ(second.state, S::kCanary);
  EXPECT_THAT(second.canaries, ElementsAre("n2"));
  {
    const MutantOn mutant("rollout.one_failure_counts");
    EXPECT_EQ(fleet.Decide().state, S::kRolledBack);
  }
  const auto decision = fleet.Canary(1).Said(1, R::kProved).Decide();
  EXPECT_EQ(decision.state, S::kComplete);
  EXPECT_TRUE(decision.promote);
  EXPECT_EQ(decision.reason, "owing: n1");
}

TEST(DecideRollout, OneFailureInTheWaveOwesAndTheWaveGoesOn) {
  const auto decision = Fleet({"n1", "n2", "n3"}, S::kRolling)
                            .Canary(0)
                            .Said(0, R::kProved)
                            .Said(1, R::kFailed)
                            .Said(2, R::kProved)
                            .Decide();
  EXPECT_TRUE(decision.promote);
  EXPECT_EQ(decision.reason, "owing: n2");
}

TEST(DecideRollout, TwoFailuresTakeTheVersionBack) {
  for (const auto result : {R::kFailed, R::kRefusedByGate}) {
    const auto decision =
        Fleet({"n1", "n2", "n3"}).Canary(0).Said(0, result).Canary(1).Said(1, result).Decide();
    EXPECT_EQ(decision.state, S::kRolledBack);
    EXPECT_TRUE(decision.abandon);
    EXPECT_FALSE(decision.promote);
    EXPECT_THAT(decision.reason, HasSubstr("n1: seen by n1; n2: seen by n2"));
  }
}

TEST(DecideRollout, TheOnlyLiveNodesFailureCounts) {
  EXPECT_EQ(Fleet({"n1"}).Canary(0).Said(0, R::kFailed).Decide().state, S::kRolledBack);
  EXPECT_EQ(Fleet({"n1"}).Canary(0).Said(0, R::kRefusedByGate).Decide().state, S::kRolledBack);
  EXPECT_EQ(Fleet({"n1", "n2"}).Canary(0).Said(0, R::kFailed).Absent(1).Decide().state,
            S::kRolledBack);
}

TEST(DecideRollout, AFailureInTheWaveAfterTheCanaryTakesItBackWithASecond) {
  const auto decision = Fleet({"n1", "n2", "n3"}, S::kRolling)
                            .Canary(0)
                            .Said(0, R::kProved)
                            .Said(1, R::kFailed)
                            .Said(2, R::kFailed)
                            .Decide();
  EXPECT_EQ(decision.state, S::kRolledBack);
}

TEST(DecideRollout, InconclusiveIsNoFailureAndWaits) {
  const auto decision = Fleet({"n1", "n2"})
                            .Canary(0)
                            .Said(0, R::kInconclusive)
                            .Canary(1)
                            .Said(1, R::kInconclusive)
                            .Decide();
  EXPECT_EQ(decision.state, S::kCanary);
  EXPECT_FALSE(decision.promote);
  EXPECT_FALSE(decision.abandon);
}

TEST(DecideRollout, ExpiryBeatsCaution) {
  for (const auto result : {R::kInconclusive, R::kFailed}) {
    auto fleet = Fleet({"n1", "n2"}).Canary(0).Said(0, result).Canary(1).Said(1, result);
    fleet.MustServe();
    const auto decision = fleet.Decide();
    EXPECT_TRUE(decision.force);
    EXPECT_TRUE(decision.promote);
    EXPECT_EQ(decision.state, S::kRolling);
    EXPECT_THAT(decision.reason, HasSubstr("without proof"));
    const MutantOn mutant("rollout.caution_beats_expiry");
    EXPECT_FALSE(fleet.Decide().force);
  }
}

TEST(DecideRollout, ASilentCanaryDoesNotLetTheOtherExpire) {
  EXPECT_TRUE(Fleet({"n1", "n2"}).Canary(0).MustServe().Decide().force);
}

TEST(DecideRollout, ExpiryBeatsAPauseToo) {
  auto fleet = Fleet({"n1"}).Canary(0).MustServe();
  fleet.facts.paused = true;
  EXPECT_TRUE(fleet.Decide().force);
}

TEST(DecideRollout, WhatAGateRefusedIsNeverForced) {
  const auto both = Fleet({"n1", "n2"})
                        .Canary(0)
                        .Said(0, R::kRefusedByGate)
                        .Canary(1)
                        .Said(1, R::kRefusedByGate)
                        .MustServe();
  const auto one = Fleet({"n1", "n2"}).Canary(0).Said(0, R::kRefusedByGate).Canary(1).MustServe();
  for (const auto* fleet : {&both, &one}) {
    const auto decision = fleet->Decide();
    EXPECT_FALSE(decision.force);
    EXPECT_FALSE(decision.promote);
    EXPECT_TRUE(decision.abandon);
    EXPECT_EQ(decision.state, S::kRolledBack);
    const MutantOn mutant("rollout.force_refused");
    EXPECT_TRUE(fleet->Decide().force);
  }
}

TEST(DecideRollout, ARolloutThatBeginsLateWaitsForAWordOfTheGate) {
  Fleet fleet({"n1"}, S::kPending);
  fleet.facts.started_at = *fleet.facts.must_serve_at + seconds(10);
  fleet.facts.now = fleet.facts.started_at;
  EXPECT_EQ(fleet.Decide().state, S::kCanary);
  EXPECT_FALSE(fleet.Decide().force);
  // A probe that is broken is no reason to go back any more; a gate's word is.
  fleet.Canary(0).Said(0, R::kFailed).facts.state = S::kCanary;
  EXPECT_FALSE(fleet.Decide().abandon);
  fleet.facts.now += ForcingGrace(fleet.facts);
  EXPECT_TRUE(fleet.Decide().force);
  EXPECT_EQ(ForcingGrace(fleet.facts), seconds(60));
}

TEST(DecideRollout, NothingGoesBackToAnExpiredVersion) {
  auto fleet = Fleet({"n1"}).Canary(0).Said(0, R::kRefusedByGate);
  fleet.facts.now = *fleet.facts.from_not_after + seconds(1);
  const auto decision = fleet.Decide();
  EXPECT_EQ(decision.state, S::kStalled);
  EXPECT_FALSE(decision.promote);
  EXPECT_TRUE(decision.abandon);
}

TEST(DecideRollout, APausedRolloutWaitsButStillGoesBack) {
  auto fleet = Fleet({"n1", "n2"}).Canary(0).Said(0, R::kProved);
  fleet.facts.paused = true;
  EXPECT_EQ(fleet.Decide().state, S::kCanary);
  EXPECT_THAT(fleet.Decide().ask, IsEmpty());
  fleet.Said(0, R::kFailed).Canary(1).Said(1, R::kFailed);
  EXPECT_EQ(fleet.Decide().state, S::kRolledBack);
}

TEST(DecideRollout, WhatAUserPromotedIsVerifiedAndNeverTakenBack) {
  Fleet fleet({"n1", "n2"}, S::kRolling);
  fleet.facts.promoted = true;
  fleet.facts.must_serve_at.reset();
  EXPECT_THAT(fleet.Decide().ask, ElementsAre(0, 1));
  fleet.Said(0, R::kProved).Said(1, R::kProved);
  EXPECT_EQ(fleet.Decide().state, S::kComplete);
  EXPECT_FALSE(fleet.Decide().promote);
  fleet.Said(0, R::kFailed).Said(1, R::kFailed);
  const auto decision = fleet.Decide();
  EXPECT_EQ(decision.state, S::kStalled);
  EXPECT_FALSE(decision.abandon);
  EXPECT_FALSE(decision.renew_again);
}

TEST(DecideRollout, WhatWasForcedAndFailsIsRenewedAgain) {
  auto fleet = Fleet({"n1"}, S::kRolling).Said(0, R::kRefusedByGate);
  fleet.facts.promoted = fleet.facts.forced = true;
  const auto decision = fleet.Decide();
  EXPECT_EQ(decision.state, S::kStalled);
  EXPECT_TRUE(decision.renew_again);
}

TEST(DecideRollout, AnEndIsAnEnd) {
  for (const auto state : {S::kComplete, S::kRolledBack, S::kStalled, S::kSuperseded}) {
    const auto decision = Fleet({"n1"}, state).Canary(0).Said(0, R::kFailed).MustServe().Decide();
    EXPECT_EQ(decision.state, state);
    EXPECT_FALSE(decision.promote || decision.abandon || decision.force);
  }
}

}  // namespace
}  // namespace perennial::certificates
