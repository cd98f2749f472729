// SPDX-License-Identifier: Apache-2.0
#include "api/certificates/variants.h"

#include <fmt/format.h>

#include <initializer_list>

namespace perennial::api::certificates {
namespace {

enum class Rule { kRequired, kAllowed, kForeign };

struct Member {
  std::string_view name;
  bool present;
  Rule rule;
};

Rule RequiredIf(bool own) { return own ? Rule::kRequired : Rule::kForeign; }
Rule AllowedIf(bool own) { return own ? Rule::kAllowed : Rule::kForeign; }

Result<void> CheckMembers(std::string_view pointer, std::string_view variant,
                          std::initializer_list<Member> members) {
  for (const auto& member : members) {
    if (member.present && member.rule == Rule::kForeign) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("{}/{}: is not a field of {}", pointer, member.name, variant));
    }
    if (!member.present && member.rule == Rule::kRequired) {
      return Fail(ErrorCode::kMissingArgument,
                  fmt::format("{}/{}: is required in {}", pointer, member.name, variant));
    }
  }
  return {};
}

std::unexpected<Error> Bad(std::string_view pointer, std::string_view rule) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: {}", pointer, rule));
}

}  // namespace

Result<void> CheckVariant(std::string_view pointer, const CreateCertificateConfigDetails& config) {
  const auto type = config.config_type;
  const bool issued = type == CertificateConfigType::kIssuedByInternalCa;
  const bool from_csr = type == CertificateConfigType::kManagedExternallyIssuedByInternalCa;
  const bool imported = type == CertificateConfigType::kImported;
  return CheckMembers(
      pointer, WireNameOf(type),
      {{"issuerCertificateAuthorityId", config.issuer_certificate_authority_id.has_value(),
        RequiredIf(issued || from_csr)},
       {"subject", config.subject.has_value(), RequiredIf(issued)},
       {"subjectAlternativeNames", config.subject_alternative_names.has_value(), AllowedIf(issued)},
       {"certificateProfileType", config.certificate_profile_type.has_value(), RequiredIf(issued)},
       {"keyAlgorithm", config.key_algorithm.has_value(), AllowedIf(issued)},
       {"signatureAlgorithm", config.signature_algorithm.has_value(), AllowedIf(issued)},
       {"validity", config.validity.has_value(), AllowedIf(issued || from_csr)},
       {"csrPem", config.csr_pem.has_value(), RequiredIf(from_csr)},
       {"certificatePem", config.certificate_pem.has_value(), RequiredIf(imported)},
       {"certChainPem", config.cert_chain_pem.has_value(), RequiredIf(imported)},
       {"privateKeyPem", config.private_key_pem.has_value(), RequiredIf(imported)},
       {"privateKeyPemPassphrase", config.private_key_pem_passphrase.has_value(),
        AllowedIf(imported)}});
}

Result<void> CheckVariant(std::string_view pointer, const UpdateCertificateConfigDetails& config) {
  const auto type = config.config_type;
  const bool from_csr = type == CertificateConfigType::kManagedExternallyIssuedByInternalCa;
  const bool imported = type == CertificateConfigType::kImported;
  return CheckMembers(pointer, WireNameOf(type),
                      {{"validity", config.validity.has_value(), AllowedIf(!imported)},
                       {"csrPem", config.csr_pem.has_value(), RequiredIf(from_csr)},
                       {"certificatePem", config.certificate_pem.has_value(), RequiredIf(imported)},
                       {"certChainPem", config.cert_chain_pem.has_value(), RequiredIf(imported)},
                       {"privateKeyPem", config.private_key_pem.has_value(), RequiredIf(imported)},
                       {"privateKeyPemPassphrase", config.private_key_pem_passphrase.has_value(),
                        AllowedIf(imported)}});
}

Result<void> CheckVariant(std::string_view pointer,
                          const CreateCertificateAuthorityConfigDetails& config) {
  using Type = AuthorityConfigType;
  const auto type = config.config_type;
  const bool root_outside = type == Type::kRootManagedExternally;
  const bool subordinate = type == Type::kSubordinateIssuedByInternalCa ||
                           type == Type::kSubordinateManagedInternallyIssuedByExternalCa;
  const bool issued_here =
      type == Type::kRootGeneratedInternally || type == Type::kSubordinateIssuedByInternalCa;
  return CheckMembers(
      pointer, WireNameOf(type),
      {{"issuerCertificateAuthorityId", config.issuer_certificate_authority_id.has_value(),
        RequiredIf(subordinate)},
       {"subject", config.subject.has_value(), RequiredIf(!root_outside)},
       {"validity", config.validity.has_value(), AllowedIf(issued_here)},
       {"signingAlgorithm", config.signing_algorithm.has_value(), AllowedIf(!root_outside)},
       {"certificatePem", config.certificate_pem.has_value(), RequiredIf(root_outside)}});
}

Result<void> CheckVariant(std::string_view pointer, const CertificateAuthorityRule& rule) {
  const bool issuance = rule.rule_type == AuthorityRuleType::kIssuance;
  TRY(CheckMembers(
      pointer, WireNameOf(rule.rule_type),
      {{"leafCertificateMaxValidityDuration",
        rule.leaf_certificate_max_validity_duration.has_value(), AllowedIf(!issuance)},
       {"certificateAuthorityMaxValidityDuration",
        rule.certificate_authority_max_validity_duration.has_value(), AllowedIf(!issuance)},
       {"pathLengthConstraint", rule.path_length_constraint.has_value(), AllowedIf(issuance)},
       {"nameConstraint", rule.name_constraint.has_value(), AllowedIf(issuance)}}));
  if (rule.path_length_constraint && *rule.path_length_constraint < 0) {
    return Bad(fmt::format("{}/pathLengthConstraint", pointer), "is at least 0");
  }
  if (const auto& names = rule.name_constraint) {
    const auto empty = [](const auto& list) { return !list || list->empty(); };
    if (empty(names->permitted_subtree) && empty(names->excluded_subtree)) {
      return Bad(fmt::format("{}/nameConstraint", pointer),
                 "permits or excludes at least one subtree");
    }
  }
  return {};
}

Result<void> CheckVariant(std::string_view pointer, const Change& change) {
  const bool created = change.kind == ChangeKind::kAssociationCreated;
  const bool want = change.kind == ChangeKind::kNodeWant;
  const bool current = change.kind == ChangeKind::kCurrentVersion;
  const bool content = change.kind == ChangeKind::kContentRevision;
  return CheckMembers(
      pointer, WireNameOf(change.kind),
      {{"certificatesResourceId", change.certificates_resource_id.has_value(), RequiredIf(created)},
       {"resourceId", change.resource_id.has_value(), RequiredIf(created)},
       {"productKind", change.product_kind.has_value(), RequiredIf(created)},
       {"currentVersion", change.current_version.has_value(), AllowedIf(created)},
       {"nodeId", change.node_id.has_value(), RequiredIf(want)},
       {"version", change.version.has_value(), current ? Rule::kRequired : AllowedIf(want)},
       {"revision", change.revision.has_value(), content ? Rule::kRequired : AllowedIf(created)}});
}

Result<void> CheckBody(const CreateCertificateDetails& details) {
  TRY(CheckVariant("/certificateConfig", details.certificate_config));
  if (details.certificate_rules) {
    if (details.certificate_rules->size() > 1) {
      return Bad("/certificateRules", "a certificate has at most one renewal rule");
    }
    if (!details.certificate_rules->empty() &&
        details.certificate_config.config_type != CertificateConfigType::kIssuedByInternalCa) {
      return Bad("/certificateRules",
                 "only a certificate that is ISSUED_BY_INTERNAL_CA can renew itself");
    }
  }
  return CheckTags("", details.freeform_tags, details.defined_tags);
}

Result<void> CheckBody(const UpdateCertificateDetails& details) {
  if (details.current_version_number &&
      (details.description || details.certificate_config || details.certificate_rules ||
       details.freeform_tags || details.defined_tags)) {
    return Bad("/currentVersionNumber", "may not be combined with any other field");
  }
  if (details.certificate_config) {
    TRY(CheckVariant("/certificateConfig", *details.certificate_config));
  }
  if (details.certificate_rules && details.certificate_rules->size() > 1) {
    return Bad("/certificateRules", "a certificate has at most one renewal rule");
  }
  return CheckTags("", details.freeform_tags, details.defined_tags);
}

Result<void> CheckBody(const CreateCertificateAuthorityDetails& details) {
  TRY(CheckVariant("/certificateAuthorityConfig", details.certificate_authority_config));
  if (details.certificate_authority_rules) {
    size_t index = 0;
    bool seen_expiry = false, seen_issuance = false;
    for (const auto& rule : *details.certificate_authority_rules) {
      const auto pointer = fmt::format("/certificateAuthorityRules/{}", index++);
      TRY(CheckVariant(pointer, rule));
      auto& seen = rule.rule_type == AuthorityRuleType::kIssuance ? seen_issuance : seen_expiry;
      if (seen) return Bad(pointer, "there is at most one rule of each type");
      seen = true;
    }
  }
  return CheckTags("", details.freeform_tags, details.defined_tags);
}

}  // namespace perennial::api::certificates
