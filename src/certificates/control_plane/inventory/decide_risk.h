// SPDX-License-Identifier: Apache-2.0
// The colour of a certificate: about risk, not about age. A pure function of facts, with the words
// for it and what happens next by itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "api/certificates/inventory_types.h"
#include "api/certificates/rollout_types.h"
#include "base/time.h"

namespace perennial::certificates {

namespace wire = perennial::api::certificates;

// The newest rollout of a certificate, if it brought its latest version.
struct RolloutSeen {
  wire::RolloutState state = wire::RolloutState::kPending;
  bool paused = false;
  bool forced = false;
  int64_t to_version = 0;
  std::optional<std::string> reason;
};

struct RiskFacts {
  Time now;
  wire::LifecycleState state = wire::LifecycleState::kActive;
  std::optional<Time> deletion_at;
  Time not_before, not_after;  // Of the current version.
  int64_t current_version = 1;
  bool renews = false;                // It has a renewal rule.
  std::optional<Time> renew_at;       // When the next attempt is due.
  std::optional<Time> must_serve_at;  // When caution yields to expiry.
  int64_t renewal_attempts = 0;       // That failed, since the last promotion.
  std::optional<std::string> renewal_error;
  int64_t associations = 0;
  int64_t nodes_serving = 0;                // Proved the current version.
  int64_t nodes_owing = 0;                  // Placed, and not proved yet.
  std::optional<std::string> node_failure;  // What a node says that it cannot serve, and why.
  std::optional<Time> changed_at;  // When the current version, or the last association, came to be.
  std::optional<RolloutSeen> rollout;
};

struct RiskDecision {
  wire::Risk risk = wire::Risk::kRed;
  std::string reason;
  wire::NextStep next;
};

// How long a node may take to prove what is new before it is late.
inline constexpr seconds kProofGrace{300};
// How long a renewal may be due before it is late: the scheduler looks twice a minute.
inline constexpr seconds kRenewalGrace{300};

// DecideRisk returns the colour (GREEN: scheduled and proved; BLUE: on its way; AMBER: late,
// unproved or unrenewed; RED: needs somebody now; GREY: served nowhere), one clause that says why
// and, where somebody can act, what to do, and what happens next by itself. Equal facts give equal
// words.
RiskDecision DecideRisk(const RiskFacts& facts);

// SeverityOf orders colours: RED first, GREY last.
int SeverityOf(wire::Risk risk);

}  // namespace perennial::certificates
