// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/operations/certificates.h"

#include <fmt/format.h>

#include <limits>

#include "api/certificates/variants.h"
#include "base/proof.h"
#include "certificates/control_plane/operations/renewal_rules.h"
#include "certificates/control_plane/operations/requests.h"
#include "certificates/control_plane/operations/views.h"
#include "certificates/control_plane/store/certificate_store.h"
#include "certificates/control_plane/store/version_store.h"
#include "service/page.h"

namespace perennial::certificates {
namespace {

using authz::Permission;
using service::Call;
using service::Reply;

constexpr char kConfig[] = "/certificateConfig";
constexpr seconds kUsualLife = std::chrono::days(90);

Result<void> Check(const wire::CreateCertificateDetails& details) {
  const auto& config = details.certificate_config;
  if (config.config_type != wire::CertificateConfigType::kIssuedByInternalCa) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{}/configType: {} is not offered yet",
                                                         kConfig, WireNameOf(config.config_type)));
  }
  TRY(wire::CheckBody(details));
  TRY(CheckName("/name", std::string_view(details.name)));
  TRY(CheckText("/description", details.description));
  return CheckName(fmt::format("{}/versionName", kConfig), config.version_name);
}

// Clients look at alternative names alone. Where none is given, a common name that is a host's is
// one.
std::vector<wire::CertificateSubjectAlternativeName> NamesOf(
    const wire::CreateCertificateConfigDetails& config) {
  using Name = wire::CertificateSubjectAlternativeName;
  if (config.subject_alternative_names && !config.subject_alternative_names->empty()) {
    return *config.subject_alternative_names;
  }
  if (pki::ParseDnsName(config.subject->common_name)) {
    return {Name{wire::SubjectAlternativeNameType::kDns, config.subject->common_name}};
  }
  return {};
}

CertificateRow RowFor(const wire::CreateCertificateDetails& details, std::string id,
                      const Issuer& issuer, std::optional<RenewalRule> renewal,
                      const VersionLife& life, Time now) {
  const auto& config = details.certificate_config;
  CertificateRow row;
  row.id = std::move(id);
  row.compartment_id = details.compartment_id;
  row.name = details.name;
  row.description = details.description;
  row.tags = {details.freeform_tags.value_or(api::FreeformTags{}),
              details.defined_tags.value_or(api::DefinedTags{})};
  row.created_at = now;
  row.config_type = config.config_type;
  row.issuer_id = issuer.row.id;
  row.subject = *config.subject;
  row.alternative_names = NamesOf(config);
  row.profile = *config.certificate_profile_type;
  row.key_algorithm = config.key_algorithm.value_or(wire::KeyAlgorithm::kRsa2048);
  row.signature_algorithm = config.signature_algorithm.value_or(issuer.row.signing_algorithm);
  row.renewal = renewal;
  if (renewal) row.renew_at = DecideRenewal(row.id, 1, *renewal, life).renew_at;
  return row;
}

}  // namespace

Result<Reply> Certificates::Create(Call& call) {
  TRY_ASSIGN(const auto details, call.Body<wire::CreateCertificateDetails>());
  TRY(Check(details));
  const auto& config = details.certificate_config;
  call.About("", details.compartment_id, details.name);
  TRY(call.Require(
      Permission::kCertificateCreate, details.compartment_id,
      {{"target.leaf-certificate.name", details.name},
       {"target.leaf-certificate.subject", config.subject->common_name},
       {"target.leaf-certificate.type", std::string(WireNameOf(config.config_type))},
       {"target.leaf-certificate.profile-type",
        std::string(WireNameOf(*config.certificate_profile_type))},
       {"target.issuer-certificate-authority.id", *config.issuer_certificate_authority_id}}));
  TRY_ASSIGN(const auto issuer,
             RequireIssuer(call, service_.database(),
                           fmt::format("{}/issuerCertificateAuthorityId", kConfig),
                           *config.issuer_certificate_authority_id));
  TRY_ASSIGN(const auto life,
             LifeFor(fmt::format("{}/validity", kConfig), config.validity,
                     {kUsualLife, issuer.rules.leaf_max_validity}, &issuer, call.now(), settings_));
  std::optional<RenewalRule> renewal;
  if (details.certificate_rules) {
    TRY_ASSIGN(renewal,
               RenewalRuleOf(*details.certificate_rules, life.length(), settings_.renewal));
  }
  const auto row =
      RowFor(details, service_.NewId("certificate"), issuer, renewal, life, call.now());
  call.About(row.id, row.compartment_id, row.name);
  auto request = RequestFor(row, issuer, 1, life);
  request.version_name = config.version_name;
  auto version = issuing_.IssueVersion(request);
  if (!version) return std::unexpected(AtConfig(kConfig, version.error()));

  return call.Commit([&](storage::Session& session) -> Result<Reply> {
    TRY(InsertCertificate(session, row, *version));
    PERENNIAL_FAULT_POINT("certificates.certificate_not_committed");
    return Reply::Json(EncodeJson(CertificateView(row, *version))).With("etag", EtagOf(row));
  });
}

Result<FoundCertificate> FindWithCurrent(storage::Session& session, const std::string& id) {
  TRY_ASSIGN(auto row, FindCertificate(session, id));
  if (!row) return Fail(ErrorCode::kNotFound, "no such certificate");
  TRY_ASSIGN(auto version, FindVersion(session, Kind::kCertificate, id, row->marks.current));
  if (!version) return Fail(ErrorCode::kInternal, "a certificate lacks its current version");
  return FoundCertificate{std::move(*row), std::move(*version)};
}

Result<Reply> Certificates::Get(Call& call) {
  const auto& id = call.PathValue("certificateId");
  call.About(id);
  TRY_ASSIGN(const auto found, service_.database().ReadValue([&](storage::Session& session) {
    return FindWithCurrent(session, id);
  }));
  const auto& row = found.row;
  call.About(id, row.compartment_id, row.name);
  TRY(call.Require(Permission::kCertificateRead, row.compartment_id, VariablesOf(row)));
  return Reply::Json(EncodeJson(CertificateView(row, found.current))).With("etag", EtagOf(row));
}

Result<Reply> Certificates::List(Call& call) {
  TRY_ASSIGN(const auto filter, ListFilterOf(call, service_.database(), Kind::kCertificate,
                                             Permission::kCertificateInspect, "certificateId"));
  TRY_ASSIGN(auto listed, service_.database().ReadValue([&](storage::Session& session) {
    return ListCertificates(session, filter);
  }));
  std::optional<std::string> next;
  if (listed.size() > static_cast<size_t>(filter.page.limit)) {
    listed.pop_back();
    const auto& last = listed.back();
    next = service::EncodePageToken({SortValueOf(filter, last.row, last.current), last.row.id});
  }
  wire::CertificateCollection answer;
  for (const auto& [row, current] : listed) {
    answer.items.push_back(CertificateSummaryView(row, current));
  }
  return PageReply(EncodeJson(answer), std::move(next));
}

Result<Reply> Certificates::GetVersion(Call& call) {
  const auto& id = call.PathValue("certificateId");
  call.About(id);
  TRY_ASSIGN(const auto number, VersionNumberOf(call.PathValue("certificateVersionNumber")));
  std::optional<VersionRow> version;
  TRY_ASSIGN(
      const auto found,
      service_.database().ReadValue([&](storage::Session& session) -> Result<FoundCertificate> {
        TRY_ASSIGN(version, FindVersion(session, Kind::kCertificate, id, number));
        return FindWithCurrent(session, id);
      }));
  const auto& row = found.row;
  call.About(id, row.compartment_id, row.name);
  TRY(call.Require(Permission::kCertificateVersionRead, row.compartment_id, VariablesOf(row)));
  if (!version) return Fail(ErrorCode::kNotFound, "no such version");
  return Reply::Json(EncodeJson(VersionView(row, *version))).With("etag", EtagOf(row));
}

Result<Reply> Certificates::ListVersions(Call& call) {
  const auto& id = call.PathValue("certificateId");
  call.About(id);
  TRY_ASSIGN(const auto page,
             service::ParsePage(call, {{"VERSION_NUMBER", service::SortOrder::kAscending}}));
  VersionFilter filter{.order = page.order, .limit = page.limit + 1};
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  TRY_ASSIGN(filter.number, call.QueryInt("versionNumber", 1, kMost));
  if (page.after) {
    TRY_ASSIGN(filter.after, VersionNumberOf(page.after->front()));
  }
  std::vector<VersionRow> versions;
  TRY_ASSIGN(
      const auto found,
      service_.database().ReadValue([&](storage::Session& session) -> Result<FoundCertificate> {
        TRY_ASSIGN(versions, certificates::ListVersions(session, Kind::kCertificate, id, filter));
        return FindWithCurrent(session, id);
      }));
  call.About(id, found.row.compartment_id, found.row.name);
  TRY(call.Require(Permission::kCertificateVersionInspect, found.row.compartment_id,
                   VariablesOf(found.row)));
  std::optional<std::string> next;
  if (versions.size() > static_cast<size_t>(page.limit)) {
    versions.pop_back();
    next = service::EncodePageToken({std::to_string(versions.back().number), id});
  }
  wire::CertificateVersionCollection answer;
  for (const auto& version : versions) answer.items.push_back(VersionView(found.row, version));
  return PageReply(EncodeJson(answer), std::move(next));
}

}  // namespace perennial::certificates
