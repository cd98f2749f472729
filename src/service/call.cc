// SPDX-License-Identifier: Apache-2.0
#include "service/call.h"

#include <fmt/format.h>

#include <charconv>

#include "base/check.h"

namespace perennial::service {

Call::Call(Service& service, const Operation& operation, Facts facts)
    : service_(service), operation_(operation), facts_(std::move(facts)) {}

const std::string& Call::PathValue(const std::string& name) const {
  const auto found = facts_.path_values.find(name);
  CHECK(found != facts_.path_values.end());
  return found->second;
}

std::optional<std::string> Call::Query(std::string_view name) const {
  const auto parameters = QueryParameters(facts_.request.target);
  if (!parameters) return std::nullopt;
  for (const auto& [key, value] : *parameters) {
    if (key == name && !value.empty()) return value;
  }
  return std::nullopt;
}

Result<std::optional<int64_t>> Call::QueryInt(std::string_view name, int64_t least,
                                              int64_t most) const {
  const auto text = Query(name);
  if (!text) return std::optional<int64_t>();
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size() || value < least || value > most) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: must be a whole number from {} to {}", name, least, most));
  }
  return std::optional(value);
}

Result<Duration> Call::WaitSeconds() const {
  TRY_ASSIGN(const auto wait, QueryInt("waitSeconds", 0, 50));
  return Duration(seconds(wait.value_or(0)));
}

Result<void> Call::Require(authz::Permission permission, std::string_view compartment_id,
                           std::map<std::string, std::string> variables) {
  const auto decision = authz::Decide(
      snapshot(), {caller(), permission, std::string(compartment_id), std::move(variables)});
  if (!decision.allowed()) {
    return Fail(ErrorCode::kPermissionDenied,
                fmt::format("no policy gives {} in {}", WireNameOf(permission), compartment_id));
  }
  Allowed(decision);
  return {};
}

bool Call::May(authz::Permission permission, std::string_view compartment_id,
               std::map<std::string, std::string> variables) const {
  return authz::Decide(snapshot(),
                       {caller(), permission, std::string(compartment_id), std::move(variables)})
      .allowed();
}

void Call::Allowed(const authz::Decision& decision) {
  if (!audit_.reason.empty() && audit_.reason != decision.evidence) audit_.reason += "; ";
  if (audit_.reason != decision.evidence) audit_.reason += decision.evidence;
}

void Call::About(std::string_view resource_id, std::string_view compartment_id,
                 std::string_view resource_name) {
  audit_.resource_id = resource_id;
  if (!compartment_id.empty()) audit_.compartment_id = compartment_id;
  if (!resource_name.empty()) audit_.resource_name = resource_name;
}

void Call::Detail(RawJson details) { audit_.details = std::move(details); }

Result<void> Call::CheckIfMatch(std::string_view etag, ErrorCode code) const {
  const auto wanted = FindHeader(facts_.request.headers, "if-match");
  if (wanted && *wanted != etag) {
    return Fail(code,
                "if-match: the resource has changed since this etag; read it again and repeat");
  }
  return {};
}

}  // namespace perennial::service
