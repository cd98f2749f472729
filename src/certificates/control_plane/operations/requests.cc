// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/operations/requests.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "certificates/control_plane/store/guarded.h"
#include "service/page.h"

namespace perennial::certificates {
namespace {

constexpr size_t kTextMax = 400;
// The clock of a client may differ from ours by as much as its signature's date may.
constexpr auto kAheadMax = std::chrono::minutes(5);
constexpr auto kBackMax = std::chrono::days(1);

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

}  // namespace

Result<void> CheckName(std::string_view pointer, std::string_view name) {
  if (name.empty() || name.size() > 255 || !std::ranges::all_of(name, IsNameCharacter)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: must be 1 to 255 letters, digits, '-', '_' or '.'", pointer));
  }
  return {};
}

Result<void> CheckName(std::string_view pointer, const std::optional<std::string>& name) {
  if (!name) return {};
  return CheckName(pointer, std::string_view(*name));
}

Result<void> CheckText(std::string_view pointer, const std::optional<std::string>& text) {
  if (!text) return {};
  const auto is_control = [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
  };
  if (text->size() > kTextMax || !IsUtf8(*text) || std::ranges::any_of(*text, is_control)) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("{}: must be at most {} bytes without control characters", pointer, kTextMax));
  }
  return {};
}

Result<VersionLife> LifeFor(std::string_view pointer, const std::optional<wire::Validity>& wanted,
                            const UsualLife& usual, const Issuer* issuer, Time now,
                            const Settings& settings) {
  auto from = ToSeconds(now) - settings.backdate;
  if (issuer != nullptr) from = std::max(from, ToSeconds(issuer->version.not_before));
  if (wanted && wanted->time_of_validity_not_before) {
    const auto asked = *wanted->time_of_validity_not_before;
    if (asked > now + kAheadMax || asked < now - kBackMax) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("{}/timeOfValidityNotBefore: must be now; at most five minutes ahead "
                              "and one day back",
                              pointer));
    }
    from = ToSeconds(asked);
  }
  if (wanted) {
    const auto until = ToSeconds(wanted->time_of_validity_not_after);
    if (until <= now || until <= from) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("{}/timeOfValidityNotAfter: must be later than now and than "
                              "timeOfValidityNotBefore",
                              pointer));
    }
    return VersionLife{from, until};
  }
  auto life = LifeOf(from, std::min(usual.length, usual.most.value_or(usual.length)));
  if (issuer != nullptr) {
    life.not_after = std::min(life.not_after, ToSeconds(issuer->version.not_after));
  }
  return life;
}

Result<Issuer> RequireIssuer(service::Call& call, storage::Database& database,
                             std::string_view pointer, const std::string& id) {
  // Absent and not allowed look alike, also to a clock: both are judged on the row.
  auto issuer =
      database.ReadValue([&](storage::Session& session) { return LoadIssuer(session, id); });
  const auto refuse = [&] {
    return Fail(ErrorCode::kRelatedNotFound,
                fmt::format("{}: does not exist, or you are not allowed to use it", pointer));
  };
  if (!issuer && issuer.error().code == ErrorCode::kNotFound) return refuse();
  if (!issuer && issuer.error().code == ErrorCode::kIncorrectState) {
    // Its state is told only to who may use it.
    TRY_ASSIGN(const auto row, database.ReadValue([&](storage::Session& session) {
      return FindAuthority(session, id);
    }));
    if (!row || !call.May(authz::Permission::kCertificateAuthorityApply, row->compartment_id,
                          VariablesOf(*row))) {
      return refuse();
    }
  }
  if (!issuer) return issuer;
  const auto may = call.Require(authz::Permission::kCertificateAuthorityApply,
                                issuer->row.compartment_id, VariablesOf(issuer->row));
  if (!may) return refuse();
  return issuer;
}

Error AtConfig(std::string_view pointer, Error error) {
  if (error.code == ErrorCode::kInvalidArgument || error.code == ErrorCode::kMissingArgument) {
    if (!error.message.starts_with('/'))
      error.message = fmt::format("{}/{}", pointer, error.message);
  }
  return error;
}

Result<ResourceFilter> ListFilterOf(service::Call& call, storage::Database& database, Kind kind,
                                    authz::Permission permission, std::string_view id_parameter) {
  ResourceFilter filter;
  TRY_ASSIGN(filter.page,
             service::ParsePage(call, {{"TIMECREATED", service::SortOrder::kDescending},
                                       {"NAME", service::SortOrder::kAscending},
                                       {"EXPIRATIONDATE", service::SortOrder::kDescending}}));
  filter.id = call.Query(id_parameter);
  filter.name = call.Query("name");
  filter.issuer_id = call.Query("issuerCertificateAuthorityId");
  if (auto text = call.Query("lifecycleState")) {
    std::ranges::transform(*text, text->begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    filter.state = FromWireName<State>(*text);
    if (!filter.state) {
      return Fail(ErrorCode::kInvalidArgument,
                  "lifecycleState: must be one of " + WireNameList<State>());
    }
  }
  if (const auto compartment = call.Query("compartmentId")) {
    TRY(call.Require(permission, *compartment));
    filter.compartment_ids = {*compartment};
    return filter;
  }
  TRY_ASSIGN(const auto compartments, database.ReadValue([&](storage::Session& session) {
    return CompartmentsOf(session, kind);
  }));
  for (const auto& id : compartments) {
    if (call.May(permission, id)) filter.compartment_ids.push_back(id);
  }
  return filter;
}

std::string SortValueOf(const ResourceFilter& filter, const GuardedRow& row,
                        const VersionRow& current) {
  if (filter.page.sort_by == "NAME") return row.name;
  const bool by_end = filter.page.sort_by == "EXPIRATIONDATE";
  return std::to_string(ToMicros(by_end ? current.not_after : row.created_at));
}

service::Reply PageReply(std::string body, std::optional<std::string> next_page) {
  auto reply = service::Reply::Json(std::move(body));
  if (next_page) reply.headers.emplace_back("opc-next-page", std::move(*next_page));
  return reply;
}

Variables VariablesOf(const CertificateRow& row) {
  return {{"target.leaf-certificate.id", row.id},
          {"target.leaf-certificate.name", row.name},
          {"target.leaf-certificate.subject", row.subject.common_name},
          {"target.leaf-certificate.type", std::string(WireNameOf(row.config_type))},
          {"target.leaf-certificate.profile-type", std::string(WireNameOf(row.profile))},
          {"target.issuer-certificate-authority.id", row.issuer_id.value_or("")}};
}

Variables VariablesOf(const AuthorityRow& row) {
  return {{"target.certificate-authority.id", row.id},
          {"target.certificate-authority.name", row.name},
          {"target.certificate-authority.subject", row.subject.common_name},
          {"target.certificate-authority.type", row.issuer_id ? "SUBORDINATE_CA" : "ROOT_CA"},
          {"target.issuer-certificate-authority.id", row.issuer_id.value_or("")}};
}

}  // namespace perennial::certificates
