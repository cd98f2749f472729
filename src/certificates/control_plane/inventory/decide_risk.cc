// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/inventory/decide_risk.h"

#include <fmt/format.h>

#include <algorithm>

namespace perennial::certificates {
namespace {

using wire::LifecycleState;
using wire::NextKind;
using wire::Risk;
using wire::RolloutState;

constexpr seconds kUnrenewedRed = std::chrono::days(7);
constexpr seconds kUnrenewedAmber = std::chrono::days(30);

struct Verdict {
  Risk risk = Risk::kRed;
  std::string reason;
};

bool IsAlive(LifecycleState state) {
  return state == LifecycleState::kActive || state == LifecycleState::kUpdating;
}

bool IsUnderWay(const std::optional<RolloutSeen>& rollout) {
  return rollout &&
         (rollout->state == RolloutState::kPending || rollout->state == RolloutState::kCanary ||
          rollout->state == RolloutState::kRolling);
}

std::string Nodes(int64_t count) { return fmt::format("{} node{}", count, count == 1 ? "" : "s"); }

std::string Because(const std::optional<std::string>& reason) {
  return reason && !reason->empty() ? ": " + *reason : std::string();
}

int64_t DaysLeft(const RiskFacts& facts) {
  return std::chrono::duration_cast<std::chrono::days>(facts.not_after - facts.now).count();
}

std::string Left(const RiskFacts& facts) {
  const auto days = DaysLeft(facts);
  return days < 1 ? "in less than a day" : fmt::format("in {} day{}", days, days == 1 ? "" : "s");
}

wire::NextStep NextOf(const RiskFacts& facts) {
  if (facts.state == LifecycleState::kPendingDeletion) {
    return {NextKind::kDeletion, facts.deletion_at, "is deleted, unless that is cancelled"};
  }
  if (!IsAlive(facts.state)) return {NextKind::kNothing, std::nullopt, "nothing"};
  if (IsUnderWay(facts.rollout)) {
    return {NextKind::kRollout, std::nullopt,
            facts.rollout->paused
                ? fmt::format("version {} waits: its rollout is paused", facts.rollout->to_version)
                : fmt::format("version {} goes to the nodes", facts.rollout->to_version)};
  }
  if (facts.renew_at) {
    return {NextKind::kRenewal, facts.renew_at,
            facts.renewal_error ? "the renewal is tried again" : "renews by itself"};
  }
  return {NextKind::kNothing, std::nullopt, "expires: no rule renews it"};
}

// What is wrong wherever it is used or not.
std::optional<Verdict> Renewal(const RiskFacts& facts) {
  if (facts.renewal_error) {
    const bool pressing = facts.must_serve_at && facts.now >= *facts.must_serve_at;
    return Verdict{pressing && facts.associations > 0 ? Risk::kRed : Risk::kAmber,
                   fmt::format("the renewal failed {} time{}{}. It is tried again by itself",
                               facts.renewal_attempts, facts.renewal_attempts == 1 ? "" : "s",
                               Because(facts.renewal_error))};
  }
  if (facts.renews && !IsUnderWay(facts.rollout) && facts.renew_at &&
      facts.now > *facts.renew_at + kRenewalGrace) {
    return Verdict{Risk::kAmber, "the renewal is late: look at the server's log, or renew it now"};
  }
  return std::nullopt;
}

Verdict Unused(const RiskFacts& facts) {
  if (auto verdict = Renewal(facts)) return *verdict;
  if (facts.now > facts.not_after) return {Risk::kGrey, "expired, and nothing uses it"};
  return {Risk::kGrey, "nothing uses it: name it in a listener, or delete it"};
}

std::optional<Verdict> RolloutTrouble(const RiskFacts& facts) {
  if (!facts.rollout) return std::nullopt;
  const auto& rollout = *facts.rollout;
  const bool pressing = facts.must_serve_at && facts.now >= *facts.must_serve_at;
  if (rollout.state == RolloutState::kStalled) {
    return Verdict{Risk::kRed,
                   fmt::format("version {} is stuck{}. Mend it, then renew, or roll it back",
                               rollout.to_version, Because(rollout.reason))};
  }
  if (rollout.state == RolloutState::kRolledBack) {
    return Verdict{pressing ? Risk::kRed : Risk::kAmber,
                   fmt::format("version {} went back to version {}{}", rollout.to_version,
                               facts.current_version, Because(rollout.reason))};
  }
  if (!IsUnderWay(facts.rollout)) return std::nullopt;
  if (rollout.paused) {
    return Verdict{
        pressing ? Risk::kRed : Risk::kAmber,
        fmt::format("the rollout of version {} is paused: resume it", rollout.to_version)};
  }
  if (rollout.forced) {
    return Verdict{Risk::kRed,
                   fmt::format("version {} goes on without proof, as version {} is about to expire",
                               rollout.to_version, facts.current_version)};
  }
  return Verdict{Risk::kBlue, fmt::format("version {} is on its way", rollout.to_version)};
}

std::optional<Verdict> Expiry(const RiskFacts& facts) {
  if (facts.now > facts.not_after) {
    return Verdict{Risk::kRed, "expired, and it is in use: renew it now"};
  }
  if (facts.renews) return std::nullopt;
  const auto life = facts.not_after - facts.not_before;
  const auto left = facts.not_after - facts.now;
  if (left < std::min<Duration>(kUnrenewedRed, life / 5)) {
    return Verdict{Risk::kRed,
                   fmt::format("expires {}, and no rule renews it: renew it now", Left(facts))};
  }
  if (left < std::min<Duration>(kUnrenewedAmber, life / 3)) {
    return Verdict{Risk::kAmber, fmt::format("expires {}: give it a renewal rule", Left(facts))};
  }
  return std::nullopt;
}

Verdict Proof(const RiskFacts& facts) {
  const auto nodes = facts.nodes_serving + facts.nodes_owing;
  if (facts.node_failure) {
    return {facts.nodes_serving == 0 ? Risk::kRed : Risk::kAmber, *facts.node_failure};
  }
  const bool fresh = facts.changed_at && facts.now <= *facts.changed_at + kProofGrace;
  if (nodes == 0) {
    return {fresh ? Risk::kBlue : Risk::kAmber,
            "attached, and no node serves it yet: give its load balancer a node"};
  }
  if (facts.nodes_owing > 0) {
    return {fresh ? Risk::kBlue : Risk::kAmber,
            fmt::format("{} of {} {} version {} to prove: see that the agent runs there",
                        facts.nodes_owing, Nodes(nodes), facts.nodes_owing == 1 ? "has" : "have",
                        facts.current_version)};
  }
  if (!facts.renews) {
    return {Risk::kAmber, fmt::format("{} of {} serve it; no rule renews it: give it one",
                                      facts.nodes_serving, Nodes(nodes))};
  }
  return {Risk::kGreen, fmt::format("{} of {} proved version {}", facts.nodes_serving, Nodes(nodes),
                                    facts.current_version)};
}

Verdict VerdictOf(const RiskFacts& facts) {
  if (facts.state == LifecycleState::kPendingDeletion) {
    return {Risk::kGrey, "is to be deleted: cancel that, or leave it"};
  }
  if (facts.state == LifecycleState::kFailed) return {Risk::kRed, "it failed: make it anew"};
  if (!IsAlive(facts.state)) return {Risk::kGrey, "is being made or deleted"};
  if (facts.associations == 0) return Unused(facts);
  const auto expiry = Expiry(facts);
  if (expiry && expiry->risk == Risk::kRed) return *expiry;
  const auto rollout = RolloutTrouble(facts);
  if (rollout && rollout->risk != Risk::kBlue) return *rollout;
  if (const auto renewal = Renewal(facts)) return *renewal;
  if (expiry) return *expiry;
  if (rollout) return *rollout;
  return Proof(facts);
}

}  // namespace

RiskDecision DecideRisk(const RiskFacts& facts) {
  auto verdict = VerdictOf(facts);
  return {verdict.risk, std::move(verdict.reason), NextOf(facts)};
}

int SeverityOf(Risk risk) {
  switch (risk) {
    case Risk::kRed:
      return 0;
    case Risk::kAmber:
      return 1;
    case Risk::kBlue:
      return 2;
    case Risk::kGreen:
      return 3;
    case Risk::kGrey:
      return 4;
  }
  return 0;
}

}  // namespace perennial::certificates
