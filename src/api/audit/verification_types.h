// SPDX-License-Identifier: Apache-2.0
// GET /20260101/audit/verification: what the audit role found when it read every chain again
// (ADR-0017).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/time.h"
#include "base/wire_enum.h"

namespace perennial::api::audit {

// CHECKING: not yet read to its end once. A chain that was found broken is so until it was read to
// its end again without a finding.
enum class ChainState { kChecking, kIntact, kBroken };
constexpr auto WireNames(std::type_identity<ChainState>) {
  return std::to_array<WireName<ChainState>>({{ChainState::kChecking, "CHECKING"},
                                              {ChainState::kIntact, "INTACT"},
                                              {ChainState::kBroken, "BROKEN"}});
}

struct BrokenRecord {
  int64_t position = 0;  // The first that does not fit; 1 is the chain's first.
  std::string reason;
  Time time_found;
};
struct ChainVerification {
  std::string service;  // "certificates"
  ChainState state = ChainState::kChecking;
  int64_t records = 0;  // That were read and fit, up to the head as it was then.
  std::string head_hash;
  std::optional<Time> time_first_record, time_last_record, time_checked;
  std::optional<BrokenRecord> broken_record;
};
struct AuditVerification {
  std::vector<ChainVerification> items;  // One a service.
};

}  // namespace perennial::api::audit
