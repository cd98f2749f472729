// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "certificates/control_plane/store/authority_store.h"
#include "certificates/control_plane/store/version_store.h"
#include "certificates/control_plane/versions/issuing.h"

namespace perennial::certificates {
namespace {

// Longer chains are refused when they are parsed.
constexpr int kChainMax = 10;

std::vector<pki::NameConstraint> TreesOf(
    const std::optional<std::vector<wire::NameConstraintSubtreeNode>>& nodes) {
  std::vector<pki::NameConstraint> trees;
  for (const auto& node : nodes.value_or(std::vector<wire::NameConstraintSubtreeNode>{})) {
    trees.push_back({node.type, node.value});
  }
  return trees;
}

// What one authority's issuance rule demands of what stands `distance` below it.
void AddIssuanceRule(const AuthorityRow& authority, int distance, pki::IssuanceRules& rules) {
  const auto own = IssuanceRuleOf(authority.rules);
  if (own.path_length) {
    const int left = *own.path_length - distance;
    rules.path_length = std::min(rules.path_length.value_or(left), left);
  }
  if (!own.name_constraints.empty()) rules.name_constraints.push_back(own.name_constraints);
}

Result<std::optional<seconds>> DurationOf(const std::optional<std::string>& text) {
  if (!text) return std::optional<seconds>();
  TRY_ASSIGN(const auto duration, ParseDuration(*text));
  return std::optional(duration);
}

std::string OrEmpty(const std::optional<std::string>& text) { return text.value_or(""); }

pki::CertificateProfile ProfileOf(wire::CertificateProfileType profile) {
  switch (profile) {
    case wire::CertificateProfileType::kTlsServerOrClient:
      return pki::CertificateProfile::kTlsServerOrClient;
    case wire::CertificateProfileType::kTlsServer:
      return pki::CertificateProfile::kTlsServer;
    case wire::CertificateProfileType::kTlsClient:
      return pki::CertificateProfile::kTlsClient;
    case wire::CertificateProfileType::kTlsCodeSign:
      return pki::CertificateProfile::kCodeSign;
  }
  return pki::CertificateProfile::kTlsServer;
}

}  // namespace

IssuanceRule IssuanceRuleOf(const std::vector<wire::CertificateAuthorityRule>& rules) {
  IssuanceRule own;
  for (const auto& rule : rules) {
    if (rule.rule_type != wire::AuthorityRuleType::kIssuance) continue;
    if (rule.path_length_constraint)
      own.path_length = static_cast<int>(*rule.path_length_constraint);
    if (rule.name_constraint) {
      own.name_constraints = {TreesOf(rule.name_constraint->permitted_subtree),
                              TreesOf(rule.name_constraint->excluded_subtree)};
    }
  }
  return own;
}

Result<Issuer> LoadIssuer(storage::Session& session, const std::string& id) {
  TRY_ASSIGN(auto authority, FindAuthority(session, id));
  if (!authority) return Fail(ErrorCode::kNotFound, "no such certificate authority");
  if (authority->state != State::kActive && authority->state != State::kUpdating) {
    return Fail(ErrorCode::kIncorrectState,
                fmt::format("certificate authority '{}' is {}; it issues only while ACTIVE",
                            authority->name, WireNameOf(authority->state)));
  }
  TRY_ASSIGN(auto version,
             FindVersion(session, Kind::kCertificateAuthority, id, authority->marks.current));
  if (!version) return Fail(ErrorCode::kInternal, "an authority lacks its current version");
  TRY_ASSIGN(auto certificate, pki::ParseCertificatePem(version->certificate_pem));

  pki::IssuanceRules rules;
  for (const auto& rule : authority->rules) {
    if (rule.rule_type != wire::AuthorityRuleType::kIssuanceExpiry) continue;
    TRY_ASSIGN(rules.leaf_max_validity, DurationOf(rule.leaf_certificate_max_validity_duration));
    TRY_ASSIGN(rules.ca_max_validity, DurationOf(rule.certificate_authority_max_validity_duration));
  }
  AddIssuanceRule(*authority, 0, rules);
  auto above_id = authority->issuer_id;
  for (int distance = 1; above_id; ++distance) {
    TRY_ASSIGN(const auto above, FindAuthority(session, *above_id));
    if (!above || distance > kChainMax) {
      return Fail(ErrorCode::kInternal, "the chain above an authority is broken");
    }
    AddIssuanceRule(*above, distance, rules);
    above_id = above->issuer_id;
  }
  return Issuer{std::move(*authority), std::move(*version), std::move(certificate),
                std::move(rules)};
}

pki::Subject SubjectOf(const wire::CertificateSubject& subject) {
  return {.common_name = subject.common_name,
          .country = OrEmpty(subject.country),
          .domain_component = OrEmpty(subject.domain_component),
          .distinguished_name_qualifier = OrEmpty(subject.distinguished_name_qualifier),
          .generation_qualifier = OrEmpty(subject.generation_qualifier),
          .given_name = OrEmpty(subject.given_name),
          .initials = OrEmpty(subject.initials),
          .locality_name = OrEmpty(subject.locality_name),
          .organization = OrEmpty(subject.organization),
          .organizational_unit = OrEmpty(subject.organizational_unit),
          .pseudonym = OrEmpty(subject.pseudonym),
          .serial_number = OrEmpty(subject.serial_number),
          .state_or_province_name = OrEmpty(subject.state_or_province_name),
          .street = OrEmpty(subject.street),
          .surname = OrEmpty(subject.surname),
          .title = OrEmpty(subject.title),
          .user_id = OrEmpty(subject.user_id)};
}

IssueRequest RequestFor(const CertificateRow& row, const Issuer& issuer, int64_t number,
                        const VersionLife& life) {
  IssueRequest request{.kind = Kind::kCertificate,
                       .subject_id = row.id,
                       .number = number,
                       .version_name = std::nullopt,
                       .life = life,
                       .key_algorithm = row.key_algorithm,
                       .signature_algorithm = row.signature_algorithm,
                       .profile = ProfileOf(row.profile),
                       .subject = SubjectOf(row.subject),
                       .alternative_names = {},
                       .path_length = std::nullopt,
                       .name_constraints = {},
                       .issuer = &issuer};
  for (const auto& name : row.alternative_names) {
    request.alternative_names.push_back({name.type, name.value});
  }
  return request;
}

}  // namespace perennial::certificates
