// SPDX-License-Identifier: Apache-2.0
// The arithmetic of a renewal (conventions.md): the only place that knows it. Pure functions, whole
// seconds, UTC.
//
//   L   lifetime: notAfter − notBefore + 1 s, since RFC 5280 counts both ends
//   I   renewalInterval          A   advanceRenewalPeriod          m   limits.renewal_interval_min
//   A'  min(A, I ÷ 2)            slack  P1D where m = P1D, else max(A', L ÷ 10)
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "certificates/control_plane/store/rows.h"

namespace perennial::certificates {

using std::chrono::sys_seconds;

struct RenewalLimits {
  seconds interval_min = std::chrono::days(1);  // m. The demo and tests lower it.
};

// From notBefore to notAfter, both inclusive.
struct VersionLife {
  sys_seconds not_before, not_after;
  seconds length() const { return not_after - not_before + seconds(1); }
};
// LifeOf is the life that starts at `from` and lasts exactly `length`.
VersionLife LifeOf(sys_seconds from, seconds length);
VersionLife LifeOf(const VersionRow& version);

// CheckRenewalRule refuses with kInvalidArgument a rule that would let a certificate of this
// lifetime expire, or renew it too often. The message begins with the pointer of the field below
// `pointer` and names the bound.
Result<void> CheckRenewalRule(std::string_view pointer, const RenewalRule& rule, seconds lifetime,
                              const RenewalLimits& limits);

// LatestInterval returns the longest I that CheckRenewalRule accepts; less than m when none is.
seconds LatestInterval(seconds advance, seconds lifetime, const RenewalLimits& limits);

// EffectiveAdvance is A': an advance period that is too long is lowered, not refused.
seconds EffectiveAdvance(const RenewalRule& rule);

// What was decided for one version, when it was issued. The jitter spreads certificates that were
// made at once.
struct RenewalDecision {
  sys_seconds renew_at;
  seconds jitter{};
  sys_seconds must_serve_at;
};
// DecideRenewal returns notBefore + I − A' − J; only a life that its issuer has cut short is
// renewed earlier.
RenewalDecision DecideRenewal(std::string_view certificate_id, int64_t version,
                              const RenewalRule& rule, const VersionLife& life);

// MustServeAt is when the next version is put into service with or without proof (protocols.md §5).
// Without a rule A' counts as zero.
sys_seconds MustServeAt(const std::optional<RenewalRule>& rule, const VersionLife& life);

// RetryDelay is how long after failed attempt `attempts` (1 is the first) the next is due: doubled
// each time up to a bound, ± 20 % by hash, at least one second.
seconds RetryDelay(std::string_view certificate_id, int64_t attempts, const RenewalRule& rule);

}  // namespace perennial::certificates
