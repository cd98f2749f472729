// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/renewal_schedule.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/spelled_duration.h"

namespace perennial::certificates {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

// A number that is the same in every process and for ever. The parts cannot run into each other: an
// OCID holds no slash.
uint64_t HashOf(std::string_view certificate_id, int64_t number, std::string_view purpose) {
  const auto digest = Sha256(fmt::format("{}/{}/{}", purpose, certificate_id, number));
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | digest[i];
  return value;
}

seconds Slack(const RenewalRule& rule, seconds lifetime, const RenewalLimits& limits) {
  if (limits.interval_min >= days(1)) return days(1);
  return std::max(EffectiveAdvance(rule), lifetime / 10);
}

seconds Jitter(std::string_view certificate_id, int64_t version, const RenewalRule& rule,
               seconds lifetime) {
  const auto advance = EffectiveAdvance(rule);
  const auto bound = std::min(lifetime / 10, (rule.interval - advance) / 4);
  if (bound <= seconds(0)) return seconds(0);
  const auto hash = HashOf(certificate_id, version, "renewal-jitter");
  return seconds(hash % static_cast<uint64_t>(bound.count()));
}

}  // namespace

VersionLife LifeOf(sys_seconds from, seconds length) { return {from, from + length - seconds(1)}; }

VersionLife LifeOf(const VersionRow& version) {
  return {ToSeconds(version.not_before), ToSeconds(version.not_after)};
}

seconds EffectiveAdvance(const RenewalRule& rule) {
  return std::min(rule.advance, rule.interval / 2);
}

seconds LatestInterval(seconds advance, seconds lifetime, const RenewalLimits& limits) {
  // I + slack(I) grows with I, so the longest I that fits is found by halving.
  seconds fits{0};
  seconds too_long = lifetime + seconds(1);
  while (too_long - fits > seconds(1)) {
    const auto middle = fits + (too_long - fits) / 2;
    if (middle + Slack({middle, advance}, lifetime, limits) <= lifetime) {
      fits = middle;
    } else {
      too_long = middle;
    }
  }
  return fits;
}

Result<void> CheckRenewalRule(std::string_view pointer, const RenewalRule& rule, seconds lifetime,
                              const RenewalLimits& limits) {
  if (rule.advance < seconds(0)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}/advanceRenewalPeriod: must not be negative", pointer));
  }
  if (rule.interval < limits.interval_min) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}/renewalInterval: must be at least {}", pointer,
                            SpellDuration(limits.interval_min)));
  }
  if (rule.interval > lifetime - Slack(rule, lifetime, limits)) {
    const auto latest = LatestInterval(rule.advance, lifetime, limits);
    if (latest < limits.interval_min) {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("{}/renewalInterval: a certificate that lives {} cannot renew itself; "
                      "give it a longer validity",
                      pointer, SpellDuration(lifetime)));
    }
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("{}/renewalInterval: the certificate would expire before it is renewed; "
                    "must be at most {}",
                    pointer, SpellDuration(latest)));
  }
  return {};
}

RenewalDecision DecideRenewal(std::string_view certificate_id, int64_t version,
                              const RenewalRule& rule, const VersionLife& life) {
  const auto jitter = Jitter(certificate_id, version, rule, life.length());
  const auto planned = life.not_before + rule.interval - EffectiveAdvance(rule) - jitter;
  // An accepted rule never reaches this bound; a life that its issuer has cut short may.
  const auto end = life.not_after + seconds(1);
  const auto latest = end - std::min<seconds>(hours(24), life.length() / 10);
  return {.renew_at = std::min(planned, latest),
          .jitter = jitter,
          .must_serve_at = MustServeAt(rule, life)};
}

sys_seconds MustServeAt(const std::optional<RenewalRule>& rule, const VersionLife& life) {
  const seconds quarter = rule ? EffectiveAdvance(*rule) / 4 : seconds(0);
  return life.not_after - std::max(std::min<seconds>(hours(24), life.length() / 10), quarter);
}

seconds RetryDelay(std::string_view certificate_id, int64_t attempts, const RenewalRule& rule) {
  const auto advance = EffectiveAdvance(rule);
  const auto most = std::max(seconds(1), std::min<seconds>(hours(1), advance / 4));
  auto delay = std::max(seconds(1), std::min<seconds>(minutes(1), advance / 20));
  for (int64_t i = 1; i < attempts && delay < most; ++i) delay *= 2;
  delay = std::min(delay, most);
  // 80 to 120 percent, so that what failed together does not come back together.
  const auto percent = 80 + static_cast<int64_t>(HashOf(certificate_id, attempts, "retry") % 41);
  return std::max(seconds(1), seconds(delay.count() * percent / 100));
}

}  // namespace perennial::certificates
