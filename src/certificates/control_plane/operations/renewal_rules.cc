// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/operations/renewal_rules.h"

#include <charconv>

namespace perennial::certificates {
namespace {

Result<seconds> DurationAt(const char* pointer, const std::string& text) {
  auto duration = ParseDuration(text);
  if (!duration) {
    return Fail(ErrorCode::kInvalidArgument,
                std::string(pointer) + ": " + duration.error().message);
  }
  return duration;
}

}  // namespace

Result<std::optional<RenewalRule>> RenewalRuleOf(const std::vector<wire::CertificateRule>& rules,
                                                 seconds lifetime, const RenewalLimits& limits) {
  if (rules.empty()) return std::optional<RenewalRule>();
  RenewalRule rule;
  TRY_ASSIGN(rule.interval,
             DurationAt("/certificateRules/0/renewalInterval", rules.front().renewal_interval));
  TRY_ASSIGN(rule.advance, DurationAt("/certificateRules/0/advanceRenewalPeriod",
                                      rules.front().advance_renewal_period));
  TRY(CheckRenewalRule("/certificateRules/0", rule, lifetime, limits));
  return std::optional(rule);
}

Result<int64_t> VersionNumberOf(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1) {
    return Fail(ErrorCode::kNotFound, "no such version");
  }
  return number;
}

}  // namespace perennial::certificates
