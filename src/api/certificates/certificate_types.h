// SPDX-License-Identifier: Apache-2.0
// Certificates on the wire (oci-api §2.2, §2.3).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/certificates/common_types.h"

namespace perennial::api::certificates {

// Members of all variants; CheckVariant (variants.h) says which belong to config_type.
struct CreateCertificateConfigDetails {
  CertificateConfigType config_type = CertificateConfigType::kIssuedByInternalCa;
  std::optional<std::string> version_name;
  std::optional<std::string> issuer_certificate_authority_id;
  std::optional<CertificateSubject> subject;
  std::optional<std::vector<CertificateSubjectAlternativeName>> subject_alternative_names;
  std::optional<CertificateProfileType> certificate_profile_type;
  std::optional<KeyAlgorithm> key_algorithm;
  std::optional<SignatureAlgorithm> signature_algorithm;
  std::optional<Validity> validity;
  std::optional<std::string> csr_pem;
  std::optional<std::string> certificate_pem, cert_chain_pem, private_key_pem,
      private_key_pem_passphrase;
};

// One rule type exists; the list may hold one rule.
struct CertificateRule {
  CertificateRuleType rule_type = CertificateRuleType::kRenewal;
  std::string renewal_interval;        // ISO 8601.
  std::string advance_renewal_period;  // ISO 8601.
};

struct CreateCertificateDetails {
  std::string name;
  std::string compartment_id;
  CreateCertificateConfigDetails certificate_config;
  std::optional<std::string> description;
  std::optional<std::vector<CertificateRule>> certificate_rules;
  std::optional<FreeformTags> freeform_tags;
  std::optional<DefinedTags> defined_tags;
};

// Members of all variants; see CheckVariant.
struct UpdateCertificateConfigDetails {
  CertificateConfigType config_type = CertificateConfigType::kIssuedByInternalCa;
  std::optional<std::string> version_name;
  std::optional<Validity> validity;
  std::optional<UpdateStage> stage;
  std::optional<std::string> csr_pem;
  std::optional<std::string> certificate_pem, cert_chain_pem, private_key_pem,
      private_key_pem_passphrase;
};
// Absent means unchanged. current_version_number may not stand beside anything else (CheckVariant).
struct UpdateCertificateDetails {
  std::optional<std::string> description;
  std::optional<int64_t> current_version_number;
  std::optional<UpdateCertificateConfigDetails> certificate_config;
  std::optional<std::vector<CertificateRule>> certificate_rules;
  std::optional<FreeformTags> freeform_tags;
  std::optional<DefinedTags> defined_tags;
};

// CertificateVersion and CertificateVersionSummary have the same fields.
struct CertificateVersion {
  std::string certificate_id;
  Time time_created;
  int64_t version_number = 0;
  std::vector<Stage> stages;
  std::optional<std::string> serial_number;
  std::optional<int64_t> issuer_ca_version_number;
  std::optional<std::string> version_name;
  std::optional<std::vector<CertificateSubjectAlternativeName>> subject_alternative_names;
  std::optional<Time> time_of_deletion;
  std::optional<Validity> validity;
  std::optional<RevocationStatus> revocation_status;
};
struct CertificateVersionCollection {
  std::vector<CertificateVersion> items;
};

struct Certificate {
  std::string id;
  std::string name;
  Time time_created;
  LifecycleState lifecycle_state = LifecycleState::kActive;
  std::string compartment_id;
  CertificateConfigType config_type = CertificateConfigType::kIssuedByInternalCa;
  std::optional<std::string> issuer_certificate_authority_id;
  std::optional<std::string> description;
  std::vector<CertificateRule> certificate_rules;
  std::optional<Time> time_of_deletion;
  std::optional<std::string> lifecycle_details;
  std::optional<CertificateVersion> current_version;
  std::optional<CertificateSubject> subject;
  std::optional<CertificateRevocationListDetails> certificate_revocation_list_details;
  std::optional<KeyAlgorithm> key_algorithm;
  std::optional<SignatureAlgorithm> signature_algorithm;
  std::optional<CertificateProfileType> certificate_profile_type;
  FreeformTags freeform_tags;
  DefinedTags defined_tags;
};

struct CertificateSummary {
  std::string id;
  std::string name;
  Time time_created;
  LifecycleState lifecycle_state = LifecycleState::kActive;
  std::string compartment_id;
  CertificateConfigType config_type = CertificateConfigType::kIssuedByInternalCa;
  std::optional<std::string> issuer_certificate_authority_id;
  std::optional<std::string> description;
  std::optional<Time> time_of_deletion;
  std::vector<CertificateRule> certificate_rules;
  std::optional<CertificateVersion> current_version_summary;
  std::optional<CertificateSubject> subject;
  std::optional<KeyAlgorithm> key_algorithm;
  std::optional<SignatureAlgorithm> signature_algorithm;
  std::optional<CertificateProfileType> certificate_profile_type;
  FreeformTags freeform_tags;
  DefinedTags defined_tags;
};
struct CertificateCollection {
  std::vector<CertificateSummary> items;
};

// GetCertificateBundle. private_key_pem is there exactly in the second variant.
struct CertificateBundle {
  BundleType certificate_bundle_type = BundleType::kPublicOnly;
  std::string certificate_id;
  std::string certificate_name;
  int64_t version_number = 0;
  std::string serial_number;
  Time time_created;
  Validity validity;
  std::vector<Stage> stages;
  std::optional<std::string> certificate_pem;
  std::optional<std::string> cert_chain_pem;
  std::optional<std::string> private_key_pem;
  std::optional<std::string> private_key_pem_passphrase;
  std::optional<std::string> version_name;
  std::optional<BundleRevocationStatus> revocation_status;
  // Ours, to a resource only: the version that its node is to serve now, this one or another.
  std::optional<int64_t> wanted_version_number;
};

// ListCertificateBundleVersions; not paged.
struct CertificateBundleVersionSummary {
  std::string certificate_id;
  std::string certificate_name;
  int64_t version_number = 0;
  Time time_created;
  std::vector<Stage> stages;
  std::optional<std::string> serial_number;
  std::optional<std::string> version_name;
  std::optional<Validity> validity;
  std::optional<Time> time_of_deletion;
  std::optional<BundleRevocationStatus> revocation_status;
};
struct CertificateBundleVersionCollection {
  std::vector<CertificateBundleVersionSummary> items;
};

}  // namespace perennial::api::certificates
