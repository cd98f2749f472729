// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/inventory/decide_risk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perennial::certificates {
namespace {

using std::chrono::days;
using ::testing::HasSubstr;
using wire::LifecycleState;
using wire::NextKind;
using wire::Risk;
using wire::RolloutState;

const Time kNow = FromMicros(1'800'000'000'000'000);

// Ninety days, day ten; two nodes serve it and proved it; it renews.
RiskFacts Calm() {
  RiskFacts facts;
  facts.now = kNow;
  facts.not_before = kNow - days(10);
  facts.not_after = kNow + days(80);
  facts.current_version = 7;
  facts.renews = true;
  facts.renew_at = kNow + days(50);
  facts.must_serve_at = kNow + days(75);
  facts.associations = 1;
  facts.nodes_serving = 2;
  facts.changed_at = kNow - days(10);
  return facts;
}

RolloutSeen Rollout(RolloutState state) { return {.state = state, .to_version = 8}; }

struct Case {
  const char* what;
  void (*change)(RiskFacts&);
  Risk risk;
  const char* reason;
  NextKind next;
};

const Case kCases[] = {
    {"calm", [](RiskFacts&) {}, Risk::kGreen, "2 of 2 nodes proved version 7", NextKind::kRenewal},
    {"unused", [](RiskFacts& f) { f.associations = f.nodes_serving = 0; }, Risk::kGrey,
     "nothing uses it", NextKind::kRenewal},
    {"unused and expired",
     [](RiskFacts& f) {
       f.associations = f.nodes_serving = 0;
       f.renews = false;
       f.renew_at.reset();
       f.not_after = kNow - days(1);
     },
     Risk::kGrey, "expired", NextKind::kNothing},
    {"to be deleted", [](RiskFacts& f) { f.state = LifecycleState::kPendingDeletion; }, Risk::kGrey,
     "deleted", NextKind::kDeletion},
    {"failed", [](RiskFacts& f) { f.state = LifecycleState::kFailed; }, Risk::kRed, "failed",
     NextKind::kNothing},
    {"expired in use", [](RiskFacts& f) { f.not_after = kNow - seconds(1); }, Risk::kRed, "expired",
     NextKind::kRenewal},
    {"under way", [](RiskFacts& f) { f.rollout = Rollout(RolloutState::kCanary); }, Risk::kBlue,
     "version 8 is on its way", NextKind::kRollout},
    {"complete", [](RiskFacts& f) { f.rollout = Rollout(RolloutState::kComplete); }, Risk::kGreen,
     "proved", NextKind::kRenewal},
    {"paused",
     [](RiskFacts& f) {
       f.rollout = Rollout(RolloutState::kRolling);
       f.rollout->paused = true;
     },
     Risk::kAmber, "resume it", NextKind::kRollout},
    {"stalled",
     [](RiskFacts& f) {
       f.rollout = Rollout(RolloutState::kStalled);
       f.rollout->reason = "the key does not match";
     },
     Risk::kRed, "the key does not match", NextKind::kRenewal},
    {"forced",
     [](RiskFacts& f) {
       f.rollout = Rollout(RolloutState::kRolling);
       f.rollout->forced = true;
     },
     Risk::kRed, "without proof", NextKind::kRollout},
    {"rolled back", [](RiskFacts& f) { f.rollout = Rollout(RolloutState::kRolledBack); },
     Risk::kAmber, "went back to version 7", NextKind::kRenewal},
    {"rolled back, and time is short",
     [](RiskFacts& f) {
       f.rollout = Rollout(RolloutState::kRolledBack);
       f.must_serve_at = kNow;
     },
     Risk::kRed, "went back", NextKind::kRenewal},
    {"renewal failed",
     [](RiskFacts& f) {
       f.renewal_error = "the authority is disabled";
       f.renewal_attempts = 2;
     },
     Risk::kAmber, "failed 2 times: the authority is disabled", NextKind::kRenewal},
    {"renewal failed, and time is short",
     [](RiskFacts& f) {
       f.renewal_error = "the authority is disabled";
       f.must_serve_at = kNow - seconds(1);
     },
     Risk::kRed, "the authority is disabled", NextKind::kRenewal},
    {"renewal late", [](RiskFacts& f) { f.renew_at = kNow - kRenewalGrace - seconds(1); },
     Risk::kAmber, "late", NextKind::kRenewal},
    {"renewal due just now", [](RiskFacts& f) { f.renew_at = kNow - kRenewalGrace; }, Risk::kGreen,
     "proved", NextKind::kRenewal},
    {"one node owes",
     [](RiskFacts& f) {
       f.nodes_serving = 1;
       f.nodes_owing = 1;
     },
     Risk::kAmber, "1 of 2 nodes has version 7 to prove", NextKind::kRenewal},
    {"one node owes what is new",
     [](RiskFacts& f) {
       f.nodes_owing = 1;
       f.changed_at = kNow - kProofGrace;
     },
     Risk::kBlue, "to prove", NextKind::kRenewal},
    {"a node fails, another serves",
     [](RiskFacts& f) {
       f.nodes_owing = 1;
       f.node_failure = "n2 cannot serve version 7: connection refused";
     },
     Risk::kAmber, "connection refused", NextKind::kRenewal},
    {"every node fails",
     [](RiskFacts& f) {
       f.nodes_serving = 0;
       f.nodes_owing = 2;
       f.node_failure = "n2 cannot serve version 7: connection refused";
     },
     Risk::kRed, "connection refused", NextKind::kRenewal},
    {"attached to what no node runs", [](RiskFacts& f) { f.nodes_serving = 0; }, Risk::kAmber,
     "no node", NextKind::kRenewal},
    {"no rule",
     [](RiskFacts& f) {
       f.renews = false;
       f.renew_at.reset();
     },
     Risk::kAmber, "no rule renews it", NextKind::kNothing},
    {"no rule, three weeks left",
     [](RiskFacts& f) {
       f.renews = false;
       f.renew_at.reset();
       f.not_after = kNow + days(21);
       f.not_before = kNow - days(69);
     },
     Risk::kAmber, "expires in 21 days", NextKind::kNothing},
    {"no rule, six days left",
     [](RiskFacts& f) {
       f.renews = false;
       f.renew_at.reset();
       f.not_after = kNow + days(6);
       f.not_before = kNow - days(84);
     },
     Risk::kRed, "renew it now", NextKind::kNothing},
};

TEST(DecideRisk, GivesEachStateItsColourItsWordsAndItsNextStep) {
  for (const auto& each : kCases) {
    auto facts = Calm();
    each.change(facts);
    const auto decision = DecideRisk(facts);
    EXPECT_EQ(decision.risk, each.risk) << each.what << ": " << decision.reason;
    EXPECT_THAT(decision.reason, HasSubstr(each.reason)) << each.what;
    EXPECT_EQ(decision.next.kind, each.next) << each.what;
  }
}

TEST(DecideRisk, OfWhatWasForgottenIsRed) { EXPECT_EQ(RiskDecision{}.risk, Risk::kRed); }

}  // namespace
}  // namespace perennial::certificates
