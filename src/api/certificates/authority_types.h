// SPDX-License-Identifier: Apache-2.0
// Certificate authorities on the wire (oci-api §2.2, §2.3).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/certificates/common_types.h"

namespace perennial::api::certificates {

// Members of all variants; CheckVariant (variants.h) says which belong to config_type.
struct CreateCertificateAuthorityConfigDetails {
  AuthorityConfigType config_type = AuthorityConfigType::kRootGeneratedInternally;
  std::optional<std::string> issuer_certificate_authority_id;
  std::optional<CertificateSubject> subject;
  std::optional<std::string> version_name;
  std::optional<Validity> validity;
  std::optional<SignatureAlgorithm> signing_algorithm;
  std::optional<std::string> certificate_pem;
};

struct NameConstraintSubtreeNode {
  NameConstraintType type = NameConstraintType::kDns;
  std::string value;
};
struct NameConstraint {
  std::optional<std::vector<NameConstraintSubtreeNode>> permitted_subtree;
  std::optional<std::vector<NameConstraintSubtreeNode>> excluded_subtree;
};
// Members of both variants; see CheckVariant.
struct CertificateAuthorityRule {
  AuthorityRuleType rule_type = AuthorityRuleType::kIssuanceExpiry;
  std::optional<std::string> leaf_certificate_max_validity_duration;       // ISO 8601.
  std::optional<std::string> certificate_authority_max_validity_duration;  // ISO 8601.
  std::optional<int64_t> path_length_constraint;
  std::optional<NameConstraint> name_constraint;
};

struct CreateCertificateAuthorityDetails {
  std::string name;
  std::string compartment_id;
  CreateCertificateAuthorityConfigDetails certificate_authority_config;
  std::optional<std::string> description;
  std::optional<std::vector<CertificateAuthorityRule>> certificate_authority_rules;
  std::optional<CertificateRevocationListDetails> certificate_revocation_list_details;
  std::optional<std::string> kms_key_id;
  std::optional<std::string> external_key_description;
  std::optional<FreeformTags> freeform_tags;
  std::optional<DefinedTags> defined_tags;
};

struct CertificateAuthorityVersionSummary {
  std::string certificate_authority_id;
  Time time_created;
  int64_t version_number = 0;
  std::vector<Stage> stages;
  std::optional<int64_t> issuer_ca_version_number;
  std::optional<std::string> serial_number;
  std::optional<std::string> version_name;
  std::optional<Time> time_of_deletion;
  std::optional<Validity> validity;
  std::optional<RevocationStatus> revocation_status;
};

struct CertificateAuthority {
  std::string id;
  std::string name;
  Time time_created;
  LifecycleState lifecycle_state = LifecycleState::kActive;
  std::string compartment_id;
  AuthorityConfigType config_type = AuthorityConfigType::kRootGeneratedInternally;
  std::optional<std::string> issuer_certificate_authority_id;
  std::optional<std::string> description;
  std::optional<std::string> external_key_description;
  std::optional<Time> time_of_deletion;
  std::optional<std::string> kms_key_id;
  std::optional<std::string> lifecycle_details;
  std::vector<CertificateAuthorityRule> certificate_authority_rules;
  std::optional<CertificateAuthorityVersionSummary> current_version;
  std::optional<CertificateRevocationListDetails> certificate_revocation_list_details;
  std::optional<CertificateSubject> subject;
  std::optional<SignatureAlgorithm> signing_algorithm;
  FreeformTags freeform_tags;
  DefinedTags defined_tags;
};

struct CertificateAuthoritySummary {
  std::string id;
  std::string name;
  Time time_created;
  LifecycleState lifecycle_state = LifecycleState::kActive;
  std::string compartment_id;
  AuthorityConfigType config_type = AuthorityConfigType::kRootGeneratedInternally;
  std::optional<std::string> issuer_certificate_authority_id;  // Its own id, of a root.
  std::optional<std::string> description;
  std::optional<Time> time_of_deletion;
  std::optional<std::string> kms_key_id;
  std::vector<CertificateAuthorityRule> certificate_authority_rules;
  std::optional<CertificateAuthorityVersionSummary> current_version_summary;
  std::optional<CertificateSubject> subject;
  std::optional<SignatureAlgorithm> signing_algorithm;
  FreeformTags freeform_tags;
  DefinedTags defined_tags;
};
struct CertificateAuthorityCollection {
  std::vector<CertificateAuthoritySummary> items;
};

// GetCertificateAuthorityBundle
struct CertificateAuthorityBundle {
  std::string certificate_authority_id;
  std::string certificate_authority_name;
  std::string serial_number;
  std::string certificate_pem;
  Time time_created;
  int64_t version_number = 0;
  Validity validity;
  std::vector<Stage> stages;
  std::optional<std::string> cert_chain_pem;
  std::optional<std::string> version_name;
  std::optional<BundleRevocationStatus> revocation_status;
};

}  // namespace perennial::api::certificates
