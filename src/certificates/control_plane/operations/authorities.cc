// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/operations/authorities.h"

#include <fmt/format.h>

#include "api/certificates/variants.h"
#include "base/proof.h"
#include "certificates/control_plane/operations/requests.h"
#include "certificates/control_plane/operations/views.h"
#include "certificates/control_plane/store/authority_store.h"
#include "certificates/control_plane/store/version_store.h"
#include "service/page.h"

namespace perennial::certificates {
namespace {

using authz::Permission;
using service::Call;
using service::Reply;
using wire::AuthorityConfigType;

constexpr char kConfig[] = "/certificateAuthorityConfig";
constexpr seconds kRootLife = std::chrono::days(3650);
constexpr seconds kSubordinateLife = std::chrono::days(1825);

// The key follows from the algorithm that it signs with.
pki::KeyAlgorithm KeyFor(wire::SignatureAlgorithm algorithm) {
  if (pki::FamilyOf(algorithm) == pki::KeyFamily::kRsa) return pki::KeyAlgorithm::kRsa2048;
  return algorithm == wire::SignatureAlgorithm::kSha256WithEcdsa ? pki::KeyAlgorithm::kEcdsaP256
                                                                 : pki::KeyAlgorithm::kEcdsaP384;
}

Result<void> CheckOffered(const wire::CreateCertificateAuthorityDetails& details) {
  const auto type = details.certificate_authority_config.config_type;
  if (type != AuthorityConfigType::kRootGeneratedInternally &&
      type != AuthorityConfigType::kSubordinateIssuedByInternalCa) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}/configType: {} is not offered yet", kConfig, WireNameOf(type)));
  }
  if (details.certificate_revocation_list_details) {
    return Fail(ErrorCode::kInvalidArgument,
                "/certificateRevocationListDetails: is not offered yet");
  }
  return {};
}

Result<void> CheckDuration(const std::string& pointer, const std::optional<std::string>& text) {
  if (!text) return {};
  const auto duration = ParseDuration(*text);
  if (!duration) {
    return Fail(ErrorCode::kInvalidArgument, pointer + ": " + duration.error().message);
  }
  if (*duration <= seconds(0)) {
    return Fail(ErrorCode::kInvalidArgument, pointer + ": must be longer than nothing");
  }
  return {};
}

Result<void> CheckTrees(const std::string& pointer,
                        const std::optional<std::vector<wire::NameConstraintSubtreeNode>>& trees) {
  if (!trees) return {};
  for (size_t i = 0; i < trees->size(); ++i) {
    const auto parsed = pki::ParseNameConstraint({(*trees)[i].type, (*trees)[i].value});
    if (!parsed) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("{}/{}/value: {}", pointer, i, parsed.error().message));
    }
  }
  return {};
}

Result<void> CheckRules(const std::vector<wire::CertificateAuthorityRule>& rules) {
  for (size_t i = 0; i < rules.size(); ++i) {
    const auto& rule = rules[i];
    const auto pointer = fmt::format("/certificateAuthorityRules/{}", i);
    TRY(CheckDuration(pointer + "/leafCertificateMaxValidityDuration",
                      rule.leaf_certificate_max_validity_duration));
    TRY(CheckDuration(pointer + "/certificateAuthorityMaxValidityDuration",
                      rule.certificate_authority_max_validity_duration));
    const auto length = rule.path_length_constraint.value_or(0);
    if (length < 0 || length > 100) {
      return Fail(ErrorCode::kInvalidArgument,
                  pointer + "/pathLengthConstraint: must be from 0 to 100");
    }
    if (!rule.name_constraint) continue;
    const auto& names = *rule.name_constraint;
    TRY(CheckTrees(pointer + "/nameConstraint/permittedSubtree", names.permitted_subtree));
    TRY(CheckTrees(pointer + "/nameConstraint/excludedSubtree", names.excluded_subtree));
    if ((!names.permitted_subtree || names.permitted_subtree->empty()) &&
        (!names.excluded_subtree || names.excluded_subtree->empty())) {
      return Fail(ErrorCode::kInvalidArgument,
                  pointer + "/nameConstraint: must have a permitted or an excluded subtree");
    }
  }
  return {};
}

Result<void> Check(const wire::CreateCertificateAuthorityDetails& details) {
  TRY(CheckOffered(details));
  TRY(wire::CheckBody(details));
  TRY(CheckName("/name", std::string_view(details.name)));
  TRY(CheckText("/description", details.description));
  TRY(CheckText("/kmsKeyId", details.kms_key_id));
  TRY(CheckText("/externalKeyDescription", details.external_key_description));
  TRY(CheckName(fmt::format("{}/versionName", kConfig),
                details.certificate_authority_config.version_name));
  if (details.certificate_authority_rules) TRY(CheckRules(*details.certificate_authority_rules));
  return {};
}

AuthorityRow RowFor(const wire::CreateCertificateAuthorityDetails& details, std::string id,
                    const Issuer* issuer, Time now) {
  const auto& config = details.certificate_authority_config;
  AuthorityRow row;
  row.id = std::move(id);
  row.kind = Kind::kCertificateAuthority;
  row.compartment_id = details.compartment_id;
  row.name = details.name;
  row.description = details.description;
  row.tags = {details.freeform_tags.value_or(api::FreeformTags{}),
              details.defined_tags.value_or(api::DefinedTags{})};
  row.created_at = now;
  row.config_type = config.config_type;
  if (issuer != nullptr) row.issuer_id = issuer->row.id;
  row.subject = *config.subject;
  row.signing_algorithm =
      config.signing_algorithm.value_or(wire::SignatureAlgorithm::kSha256WithRsa);
  row.rules =
      details.certificate_authority_rules.value_or(std::vector<wire::CertificateAuthorityRule>{});
  row.kms_key_id = details.kms_key_id;
  row.external_key_description = details.external_key_description;
  return row;
}

IssueRequest RequestOf(const AuthorityRow& row, const Issuer* issuer, const VersionLife& life,
                       std::optional<std::string> version_name) {
  auto own = IssuanceRuleOf(row.rules);
  if (issuer != nullptr && !own.path_length) {
    // Where something above bounds the depth, the new authority says how much is left.
    own.path_length = pki::PathLengthBelow(issuer->rules, issuer->certificate);
  }
  return {.kind = Kind::kCertificateAuthority,
          .subject_id = row.id,
          .number = 1,
          .version_name = std::move(version_name),
          .life = life,
          .key_algorithm = KeyFor(row.signing_algorithm),
          .signature_algorithm =
              issuer == nullptr ? row.signing_algorithm : issuer->row.signing_algorithm,
          .profile = issuer == nullptr ? pki::CertificateProfile::kRootCa
                                       : pki::CertificateProfile::kSubordinateCa,
          .subject = SubjectOf(row.subject),
          .alternative_names = {},
          .path_length = own.path_length,
          .name_constraints = own.name_constraints,
          .issuer = issuer};
}

}  // namespace

Result<Reply> Authorities::Create(Call& call) {
  TRY_ASSIGN(const auto details, call.Body<wire::CreateCertificateAuthorityDetails>());
  TRY(Check(details));
  const auto& config = details.certificate_authority_config;
  const bool root = config.config_type == AuthorityConfigType::kRootGeneratedInternally;
  call.About("", details.compartment_id, details.name);
  const Variables variables{
      {"target.certificate-authority.name", details.name},
      {"target.certificate-authority.subject", config.subject->common_name},
      {"target.certificate-authority.type", root ? "ROOT_CA" : "SUBORDINATE_CA"}};
  TRY(call.Require(Permission::kCertificateAuthorityCreate, details.compartment_id, variables));
  std::optional<Issuer> issuer;
  if (root) {
    TRY(call.Require(Permission::kCertificateAuthorityApply, details.compartment_id, variables));
  } else {
    TRY_ASSIGN(issuer, RequireIssuer(call, service_.database(),
                                     fmt::format("{}/issuerCertificateAuthorityId", kConfig),
                                     *config.issuer_certificate_authority_id));
  }
  const Issuer* above = issuer ? &*issuer : nullptr;
  const UsualLife usual{root ? kRootLife : kSubordinateLife,
                        issuer ? issuer->rules.ca_max_validity : std::nullopt};
  TRY_ASSIGN(const auto life, LifeFor(fmt::format("{}/validity", kConfig), config.validity, usual,
                                      above, call.now(), settings_));
  const auto row = RowFor(details, service_.NewId("certificateauthority"), above, call.now());
  call.About(row.id, row.compartment_id, row.name);
  auto version = issuing_.IssueVersion(RequestOf(row, above, life, config.version_name));
  if (!version) return std::unexpected(AtConfig(kConfig, version.error()));

  return call.Commit([&](storage::Session& session) -> Result<Reply> {
    TRY(InsertAuthority(session, row, *version));
    PERENNIAL_FAULT_POINT("certificates.authority_not_committed");
    return Reply::Json(EncodeJson(AuthorityView(row, *version))).With("etag", EtagOf(row));
  });
}

Result<Reply> Authorities::Get(Call& call) {
  const auto& id = call.PathValue("certificateAuthorityId");
  call.About(id);
  std::optional<VersionRow> version;
  TRY_ASSIGN(const auto row,
             service_.database().ReadValue(
                 [&](storage::Session& session) -> Result<std::optional<AuthorityRow>> {
                   TRY_ASSIGN(auto found, FindAuthority(session, id));
                   if (!found) return found;
                   TRY_ASSIGN(version, FindVersion(session, Kind::kCertificateAuthority, id,
                                                   found->marks.current));
                   return found;
                 }));
  if (!row || !version) return Fail(ErrorCode::kNotFound, "no such certificate authority");
  call.About(id, row->compartment_id, row->name);
  TRY(call.Require(Permission::kCertificateAuthorityRead, row->compartment_id, VariablesOf(*row)));
  return Reply::Json(EncodeJson(AuthorityView(*row, *version))).With("etag", EtagOf(*row));
}

Result<Reply> Authorities::List(Call& call) {
  TRY_ASSIGN(const auto filter,
             ListFilterOf(call, service_.database(), Kind::kCertificateAuthority,
                          Permission::kCertificateAuthorityInspect, "certificateAuthorityId"));
  TRY_ASSIGN(auto listed, service_.database().ReadValue([&](storage::Session& session) {
    return ListAuthorities(session, filter);
  }));
  std::optional<std::string> next;
  if (listed.size() > static_cast<size_t>(filter.page.limit)) {
    listed.pop_back();
    const auto& last = listed.back();
    next = service::EncodePageToken({SortValueOf(filter, last.row, last.current), last.row.id});
  }
  wire::CertificateAuthorityCollection answer;
  for (const auto& [row, current] : listed) {
    answer.items.push_back(AuthoritySummaryView(row, current));
  }
  return PageReply(EncodeJson(answer), std::move(next));
}

}  // namespace perennial::certificates
