// SPDX-License-Identifier: Apache-2.0
// What a rollout does next (protocols.md §5): a pure function of what is known now.
//
// A version is proved by one live node, the canary, then by all the others, the wave, and is then
// promoted. A failure counts only when two nodes report it, or the only live one. Absent nodes owe
// and never block. What is inconclusive is never a failure and blocks until the must-serve time at
// most: expiry beats caution. What a node's gate has refused is never forced.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/certificates/rollout_types.h"
#include "base/time.h"

namespace perennial::certificates {

using RolloutState = api::certificates::RolloutState;
using ObservationResult = api::certificates::ObservationResult;

// One association on one node that its resource is placed on.
struct RolloutLineFacts {
  std::string association_id, node_id;
  std::string node_name;  // For people; where it is empty they read the id.
  bool live = false;    // The node was sighted lately.
  bool canary = false;  // The node is one of the canaries.
  bool asked = false;   // The line wants the new version.
  std::optional<ObservationResult> result;  // What the node said last of the new version.
  std::string error;                        // In words, unless PROVED.
};

struct RolloutFacts {
  RolloutState state = RolloutState::kPending;
  bool paused = false;
  bool forced = false;
  bool promoted = false;  // CURRENT already: by a user, or forced. Then it is only verified.
  Time started_at;
  std::optional<Time> must_serve_at;   // Of the version before; nothing: there is none.
  std::optional<Time> from_not_after;  // Of the version before.
  Time now;
  std::vector<RolloutLineFacts> lines;
};

// Where nodes have still to take the version up, the reason ends with this and their names; what else
// there is to say stands before it, and "; ".
inline constexpr char kOwing[] = "owing: ";

struct RolloutDecision {
  RolloutState state = RolloutState::kPending;
  std::vector<std::string> canaries;  // Nodes that become canaries.
  std::vector<size_t> ask;            // Lines that shall want the new version from now on.
  bool canary_proved = false;         // For the first time.
  bool promote = false;
  bool force = false;        // Goes on without proof: sound the loudest alarm.
  bool abandon = false;      // The version goes out of PENDING; a renewal is due again.
  bool renew_again = false;  // CURRENT, but it cannot be served: a renewal is due again.
  std::string reason;        // In words, where there is something to say.
  bool finished() const {
    return state == RolloutState::kComplete || state == RolloutState::kRolledBack ||
           state == RolloutState::kStalled || state == RolloutState::kSuperseded;
  }
};

RolloutDecision DecideRollout(const RolloutFacts& facts);

// ForcingGrace is how long after its start a rollout that begins past the must-serve time waits for
// a word of the canary's gate.
Duration ForcingGrace(const RolloutFacts& facts);

}  // namespace perennial::certificates
