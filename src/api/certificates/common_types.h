// SPDX-License-Identifier: Apache-2.0
// What certificates and authorities have in common on the wire (oci-api §2.2).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/certificates/enums.h"
#include "api/tags.h"
#include "base/time.h"

namespace perennial::api::certificates {

struct Validity {
  Time time_of_validity_not_after;
  std::optional<Time> time_of_validity_not_before;  // Always present in answers.
  friend bool operator==(const Validity&, const Validity&) = default;
};

struct CertificateSubject {
  std::string common_name;
  std::optional<std::string> country, domain_component, distinguished_name_qualifier,
      generation_qualifier, given_name, initials, locality_name, organization, organizational_unit,
      pseudonym, serial_number, state_or_province_name, street, surname, title, user_id;
  friend bool operator==(const CertificateSubject&, const CertificateSubject&) = default;
};

struct CertificateSubjectAlternativeName {
  SubjectAlternativeNameType type = SubjectAlternativeNameType::kDns;
  std::string value;
  friend bool operator==(const CertificateSubjectAlternativeName&,
                         const CertificateSubjectAlternativeName&) = default;
};

struct RevocationStatus {
  Time time_of_revocation;
  RevocationReason revocation_reason = RevocationReason::kUnspecified;
};
// The retrieval API says the same with another name.
struct BundleRevocationStatus {
  Time time_revoked;
  RevocationReason revocation_reason = RevocationReason::kUnspecified;
};

struct ObjectStorageBucketConfigDetails {
  std::string object_storage_bucket_name;
  std::string object_storage_object_name_format;
  std::optional<std::string> object_storage_namespace;
};
struct CertificateRevocationListDetails {
  ObjectStorageBucketConfigDetails object_storage_config;
  std::optional<std::vector<std::string>> custom_formatted_urls;
};

// Of schedule…Deletion, of certificates, authorities and their versions. An empty body is {}.
struct ScheduleDeletionDetails {
  std::optional<Time> time_of_deletion;
};

}  // namespace perennial::api::certificates
