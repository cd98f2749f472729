// SPDX-License-Identifier: Apache-2.0
// Rollouts, what nodes observe, and the chain from click to key (protocols.md §5, wire.md).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "api/certificates/association_types.h"
#include "base/time.h"
#include "base/wire_enum.h"

namespace perennial::api::certificates {

enum class ObservationResult { kProved, kRefusedByGate, kFailed, kInconclusive };
constexpr auto WireNames(std::type_identity<ObservationResult>) {
  return std::to_array<WireName<ObservationResult>>(
      {{ObservationResult::kProved, "PROVED"},
       {ObservationResult::kRefusedByGate, "REFUSED_BY_GATE"},
       {ObservationResult::kFailed, "FAILED"},
       {ObservationResult::kInconclusive, "INCONCLUSIVE"}});
}

// POST /observations: what one node saw of one version, at one place.
struct Observation {
  std::string association_id;
  int64_t version_number = 0;
  std::optional<std::string> fingerprint_sha256;  // Of the leaf that was served; lower-case hex.
  std::optional<std::string> address;             // "10.0.0.5:443"
  std::optional<std::string> server_name;
  std::optional<std::string> key_type;  // "RSA" or "ECDSA"
  std::string vantage;                  // "node": from where it was looked.
  ObservationResult result = ObservationResult::kProved;
  std::optional<std::string> reason;  // In words, unless PROVED.
  Time time_observed;
};
struct CreateObservationsDetails {
  std::vector<Observation> items;
};
struct RejectedObservation {
  int64_t index = 0;
  std::string code;  // As in error bodies.
};
struct ObservationsAnswer {
  std::vector<RejectedObservation> rejected;
};

enum class RolloutState {
  kPending,
  kCanary,
  kRolling,
  kComplete,
  kRolledBack,
  kStalled,
  kSuperseded
};
constexpr auto WireNames(std::type_identity<RolloutState>) {
  return std::to_array<WireName<RolloutState>>({{RolloutState::kPending, "PENDING"},
                                                {RolloutState::kCanary, "CANARY"},
                                                {RolloutState::kRolling, "ROLLING"},
                                                {RolloutState::kComplete, "COMPLETE"},
                                                {RolloutState::kRolledBack, "ROLLED_BACK"},
                                                {RolloutState::kStalled, "STALLED"},
                                                {RolloutState::kSuperseded, "SUPERSEDED"}});
}

// What a node saw last of the rolled out version at one address.
struct RolloutPlace {
  std::optional<std::string> address, server_name, key_type;  // As in Observation.
  std::string vantage;
  ObservationResult result = ObservationResult::kInconclusive;
  std::optional<std::string> fingerprint_sha256;
  std::optional<std::string> reason;
  Time time_observed;
};

// One association on one node.
struct RolloutLine {
  std::string association_id;
  std::string resource_id;
  std::string node_id;
  int64_t wave = 0;   // 0 is the canary.
  bool live = false;  // An absent node is owing: it never blocks.
  int64_t wanted_version = 0;
  std::optional<int64_t> served_version;
  std::optional<std::string> fingerprint_sha256;
  std::optional<Time> time_observed;
  std::optional<std::string> vantage;
  std::optional<ObservationResult> result;
  std::optional<std::string> last_error;  // In words.
  // By address. Only the last look at each is kept: once a later version was looked at, none is
  // left of this one.
  std::optional<std::vector<RolloutPlace>> places;
};

// Of GET /rollouts?certificateId=, without lines; of GET /rollouts/{id}?after=&waitSeconds=, with
// them.
struct Rollout {
  std::string id;
  std::string certificate_id;
  RolloutState state = RolloutState::kPending;
  bool paused = false;
  bool forced = false;  // Expiry was nearer than caution: went on without proof.
  std::optional<int64_t> from_version;
  int64_t to_version = 0;
  int64_t position = 0;  // Grows with each change; for `after`.
  Time time_started;
  std::optional<Time> time_canary_proved;
  std::optional<Time> time_promoted;
  std::optional<Time> time_finished;
  std::optional<Time> time_must_serve;
  std::optional<std::string> reason;  // Why it stalled, rolled back or was superseded.
  int64_t node_count = 0, served_count = 0, owing_count = 0;
  std::optional<std::vector<RolloutLine>> lines;
};
struct RolloutCollection {
  std::vector<Rollout> items;  // The newest first.
};

// GET /why?resourceId=&certificatesResourceId=. `perennial why` verifies each signature itself.
struct WhyEvidence {
  std::string digest;  // SHA-256 of the signing string, lower-case hex.
  std::string signing_string;
  std::string signature;  // Base64.
  std::string algorithm;
  std::string key_id;
  std::string public_key_pem;
  std::string operation;  // "CreateListener"
  Time signed_date;
  std::string user_id;
  std::string user_name;
  std::string presenter_id;  // The service.
};
struct WhyPlacement {
  std::string node_id;
  std::string node_name;
};
struct WhyKeyRead {
  std::string node_id;
  int64_t version_number = 0;
  Time time_read;
};
struct WhyProof {
  std::string node_id;
  Observation observation;
};
struct WhyChain {
  Association association;
  std::string certificates_resource_name;
  std::vector<WhyEvidence> evidence;
  std::vector<WhyPlacement> placements;
  std::vector<WhyKeyRead> last_key_reads;  // At most one a node.
  std::vector<WhyProof> last_proofs;       // At most one a node.
};

}  // namespace perennial::api::certificates
