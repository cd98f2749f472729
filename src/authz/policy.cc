// SPDX-License-Identifier: Apache-2.0
// What a parsed policy means; parsing is in policy_parser.cc.
#include "authz/policy.h"

#include <algorithm>

namespace perennial::authz {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool Matches(Condition::Match match, std::string_view pattern, std::string_view value) {
  switch (match) {
    case Condition::Match::kText:
      return EqualsIgnoringCase(value, pattern);
    case Condition::Match::kPrefix:
      return EqualsIgnoringCase(value.substr(0, pattern.size()), pattern);
    case Condition::Match::kSuffix:
      return value.size() >= pattern.size() &&
             EqualsIgnoringCase(value.substr(value.size() - pattern.size()), pattern);
    case Condition::Match::kContains:
      return !std::ranges::search(value, pattern, {}, Lower, Lower).empty() || pattern.empty();
  }
  return false;
}

}  // namespace

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, Lower, Lower);
}

bool Condition::Holds(const Variables& variables) const {
  const auto holds = [&](const Condition& condition) { return condition.Holds(variables); };
  switch (kind) {
    case Kind::kAny:
      return std::ranges::any_of(inner, holds);
    case Kind::kAll:
      return !inner.empty() && std::ranges::all_of(inner, holds);
    case Kind::kEquals:
    case Kind::kNotEquals:
      break;
  }
  const auto [begin, end] = variables.equal_range(variable);
  if (begin == end) return false;
  const bool matches = std::any_of(
      begin, end, [&](const auto& entry) { return Matches(match, value, entry.second); });
  return matches == (kind == Kind::kEquals);
}

bool Condition::Demands(std::string_view wanted_variable, std::string_view wanted_value) const {
  const auto demands = [&](const Condition& condition) {
    return condition.Demands(wanted_variable, wanted_value);
  };
  switch (kind) {
    case Kind::kAny:
      return !inner.empty() && std::ranges::all_of(inner, demands);
    case Kind::kAll:
      return std::ranges::any_of(inner, demands);
    case Kind::kEquals:
      return match == Match::kText && EqualsIgnoringCase(variable, wanted_variable) &&
             EqualsIgnoringCase(value, wanted_value);
    case Kind::kNotEquals:
      return false;
  }
  return false;
}

}  // namespace perennial::authz
