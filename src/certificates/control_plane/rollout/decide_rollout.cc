// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/rollout/decide_rollout.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "base/proof.h"

namespace perennial::certificates {
namespace {

constexpr Duration kGraceMax = seconds(60);

// What a node's lines say together: the worst of them.
struct NodeView {
  std::string name;
  bool live = false, canary = false, asked = true;
  bool failed = false, refused = false, inconclusive = false, silent = false;
  std::string error;
  bool proved() const { return !failed && !inconclusive && !silent; }
  bool decided() const { return failed || proved(); }
};

using Nodes = std::map<std::string, NodeView>;  // In a fixed order: a decision is repeatable.

Nodes NodesOf(const RolloutFacts& facts) {
  Nodes nodes;
  for (const auto& line : facts.lines) {
    auto& node = nodes[line.node_id];
    node.name = line.node_name.empty() ? line.node_id : line.node_name;
    node.live = line.live;
    node.canary = node.canary || line.canary;
    node.asked = node.asked && line.asked;
    const auto result = line.asked ? line.result : std::nullopt;
    if (!result) {
      node.silent = true;
    } else if (*result == ObservationResult::kInconclusive) {
      node.inconclusive = true;
    } else if (*result != ObservationResult::kProved) {
      node.failed = true;
      node.refused = node.refused || *result == ObservationResult::kRefusedByGate;
    }
    if (node.error.empty()) node.error = line.error;
  }
  return nodes;
}

struct Tally {
  size_t live = 0, proved = 0, failed = 0, live_failed = 0, refused = 0, live_refused = 0;
  std::string words;  // What the nodes that failed say.
};

Tally Count(const Nodes& nodes) {
  Tally tally;
  for (const auto& [id, node] : nodes) {
    tally.live += node.live;
    tally.proved += node.proved();
    tally.failed += node.failed;
    tally.refused += node.refused;
    tally.live_failed += node.failed && node.live;
    tally.live_refused += node.refused && node.live;
    if (node.failed) {
      tally.words += fmt::format("{}{}: {}", tally.words.empty() ? "" : "; ",
                                 node.name, node.error.empty() ? "failed" : node.error);
    }
  }
  return tally;
}

// Counts says whether failures count against the version: two nodes, or the only live one, or the
// only one there is.
bool Counts(size_t failed, size_t live_failed, const Tally& tally, size_t nodes) {
  const size_t needed = PERENNIAL_MUTANT("rollout.one_failure_counts") ? 1 : 2;
  return failed >= needed || (tally.live == 1 && live_failed == 1) || (nodes == 1 && failed == 1);
}

class Decider {
 public:
  explicit Decider(const RolloutFacts& facts)
      : facts_(facts), nodes_(NodesOf(facts)), tally_(Count(nodes_)) {
    decision_.state = facts.state;
  }

  RolloutDecision Decide() {
    if (decision_.finished()) return decision_;
    const bool refused = Counts(tally_.refused, tally_.live_refused, tally_, nodes_.size());
    const bool failed = Counts(tally_.failed, tally_.live_failed, tally_, nodes_.size());
    if (facts_.promoted) return Verify(failed);
    if (MustServe() && GraceIsOver()) return ServeAnyway(refused);
    // From the must-serve time on only a gate's word holds a version back: a probe may be broken.
    if (MustServe() ? refused : failed) return TakeBack(fmt::format("it failed: {}", tally_.words));
    if (facts_.paused) return decision_;
    if (tally_.live == 0) return WithoutLiveNodes();
    if (decision_.state == RolloutState::kPending) decision_.state = RolloutState::kCanary;
    if (decision_.state == RolloutState::kCanary) StepCanary();
    if (decision_.state == RolloutState::kRolling) StepWave();
    return decision_;
  }

 private:
  bool MustServe() const {
    return facts_.must_serve_at && facts_.now >= *facts_.must_serve_at &&
           !PERENNIAL_MUTANT("rollout.caution_beats_expiry");
  }
  bool GraceIsOver() const { return facts_.now >= facts_.started_at + ForcingGrace(facts_); }

  // A version that was put into service without proof, or by a user, is only verified.
  RolloutDecision Verify(bool failed) {
    AskLive();
    if (failed) {
      decision_.renew_again = facts_.forced;
      return End(RolloutState::kStalled,
                 fmt::format("the version is CURRENT and fails: {}", tally_.words));
    }
    if (LiveAreDecided() && (tally_.proved > 0 || tally_.live == 0)) {
      return End(RolloutState::kComplete, Owing());
    }
    return decision_;
  }

  // Expiry beats caution, but what a gate has refused is never forced: unless another node has shown
  // that it can be served.
  RolloutDecision ServeAnyway(bool refused) {
    const bool bad = refused || (tally_.refused > 0 && tally_.proved == 0);
    if (bad && !PERENNIAL_MUTANT("rollout.force_refused")) {
      return TakeBack(fmt::format("a gate refused it: {}", tally_.words));
    }
    decision_.force = true;
    decision_.promote = true;
    decision_.state = RolloutState::kRolling;
    decision_.reason = fmt::format(
        "put into service without proof, since the version before expires at {}",
        facts_.from_not_after ? FormatTime(*facts_.from_not_after) : "an unknown time");
    AskLive();
    return decision_;
  }

  RolloutDecision TakeBack(std::string reason) {
    decision_.abandon = true;
    const bool expired = facts_.from_not_after && *facts_.from_not_after < facts_.now;
    // There is nothing to roll back to: the version before is served only where nothing else can be.
    if (expired) return End(RolloutState::kStalled, reason + "; the version before has expired");
    return End(RolloutState::kRolledBack, std::move(reason));
  }

  RolloutDecision WithoutLiveNodes() {
    // Somebody has seen it fail and went away; nobody else can say.
    if (tally_.failed > 0) return decision_;
    decision_.promote = true;
    return End(RolloutState::kComplete,
               nodes_.empty() ? "nothing is associated" : "no live node; " + Owing());
  }

  // One canary at a time: a further one joins only when none of the others can still prove it. So one
  // bad or frozen node neither fails nor blocks the version.
  void StepCanary() {
    bool hopeful = false;
    for (const auto& [id, node] : nodes_) {
      if (!node.canary) continue;
      if (node.asked && node.proved()) {
        decision_.canary_proved = true;
        decision_.state = RolloutState::kRolling;
        return;
      }
      hopeful = hopeful || (node.live && !node.failed);
    }
    if (!hopeful) {
      const auto next = std::ranges::find_if(nodes_, [](const auto& entry) {
        return entry.second.live && !entry.second.canary;
      });
      if (next != nodes_.end()) {
        next->second.canary = true;
        decision_.canaries.push_back(next->first);
      }
    }
    Ask([](const NodeView& node) { return node.canary; });
  }

  void StepWave() {
    AskLive();
    if (!LiveAreDecided() || tally_.proved == 0) return;
    decision_.promote = true;
    End(RolloutState::kComplete, Owing());
  }

  bool LiveAreDecided() const {
    return PERENNIAL_MUTANT("rollout.wave_not_awaited") ||
           std::ranges::all_of(nodes_, [](const auto& entry) {
             const auto& node = entry.second;
             return !node.live || (node.asked && node.decided());
           });
  }

  void AskLive() {
    Ask([](const NodeView& node) { return node.live || node.canary; });
  }
  void Ask(const std::function<bool(const NodeView&)>& whom) {
    for (size_t i = 0; i < facts_.lines.size(); ++i) {
      const auto& line = facts_.lines[i];
      if (!line.asked && whom(nodes_.at(line.node_id))) decision_.ask.push_back(i);
    }
  }

  // Who still has to take the version up, in words; empty when nobody has.
  std::string Owing() const {
    std::string owing;
    for (const auto& [id, node] : nodes_) {
      if (node.asked && node.proved()) continue;
      owing += (owing.empty() ? "" : ", ") + node.name;
    }
    return owing.empty() ? owing : kOwing + owing;
  }

  RolloutDecision End(RolloutState state, std::string reason) {
    decision_.state = state;
    decision_.reason = std::move(reason);
    return decision_;
  }

  const RolloutFacts& facts_;
  Nodes nodes_;
  const Tally tally_;
  RolloutDecision decision_;
};

}  // namespace

Duration ForcingGrace(const RolloutFacts& facts) {
  if (!facts.must_serve_at || !facts.from_not_after) return Duration::zero();
  const Duration left = *facts.from_not_after - *facts.must_serve_at;
  return std::clamp<Duration>(left / 8, Duration::zero(), kGraceMax);
}

RolloutDecision DecideRollout(const RolloutFacts& facts) { return Decider(facts).Decide(); }

}  // namespace perennial::certificates
