// SPDX-License-Identifier: Apache-2.0
// The rows of this service as values. Ids are OCIDs; a revision counts the changes of what has an
// etag.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/certificates/authority_types.h"
#include "api/certificates/certificate_types.h"
#include "api/tags.h"
#include "base/time.h"
#include "storage/storage.h"

namespace perennial::certificates {

namespace wire = perennial::api::certificates;

// What a row of `guarded` is.
using Kind = wire::AssociationType;
using State = wire::LifecycleState;

// Kept in one column, as JSON.
struct Tags {
  api::FreeformTags freeform_tags;
  api::DefinedTags defined_tags;
};

struct GuardedRow {
  std::string id;
  Kind kind = Kind::kCertificate;
  std::string compartment_id, name;
  State state = State::kActive;
  int64_t revision = 1;
  std::optional<std::string> description;
  Tags tags;
  Time created_at;
  std::optional<Time> deletion_at;  // While PENDING_DELETION: when it ends.
};

// Which version is which. `latest` is the highest that is stored, `last` the highest that was ever
// drawn.
struct VersionMarks {
  int64_t current = 1;
  std::optional<int64_t> previous;
  int64_t latest = 1;
  int64_t last = 1;
};

struct AuthorityRow : GuardedRow {
  wire::AuthorityConfigType config_type = wire::AuthorityConfigType::kRootGeneratedInternally;
  std::optional<std::string> issuer_id;  // Nothing for a root.
  wire::CertificateSubject subject;
  wire::SignatureAlgorithm signing_algorithm = wire::SignatureAlgorithm::kSha256WithRsa;
  std::vector<wire::CertificateAuthorityRule> rules;
  std::optional<std::string> kms_key_id, external_key_description;
  VersionMarks marks;
};

struct RenewalRule {
  seconds interval{};
  seconds advance{};
  friend bool operator==(const RenewalRule&, const RenewalRule&) = default;
};

struct CertificateRow : GuardedRow {
  wire::CertificateConfigType config_type = wire::CertificateConfigType::kIssuedByInternalCa;
  std::optional<std::string> issuer_id;
  wire::CertificateSubject subject;
  std::vector<wire::CertificateSubjectAlternativeName> alternative_names;
  wire::CertificateProfileType profile = wire::CertificateProfileType::kTlsServer;
  wire::KeyAlgorithm key_algorithm = wire::KeyAlgorithm::kRsa2048;
  wire::SignatureAlgorithm signature_algorithm = wire::SignatureAlgorithm::kSha256WithRsa;
  std::optional<RenewalRule> renewal;
  VersionMarks marks;
  std::optional<Time> renew_at;  // Due time of the next attempt; nothing without a rule.
  int64_t renewal_attempts = 0;  // Since the last promotion.
  std::optional<std::string> renewal_error;  // Why the last attempt failed, in words.
};

// A version of a certificate or of an authority.
struct VersionRow {
  std::string owner_id;
  int64_t number = 1;
  std::optional<std::string> name;
  std::string serial;                     // Lower-case hex.
  std::optional<int64_t> issuer_version;  // Nothing for a root.
  Time not_before, not_after;             // not_after is the last second of life.
  std::string certificate_pem;
  std::string chain_pem;  // The issuer and those above it, up to the root. Empty for a root.
  std::string fingerprint_sha256;            // Lower-case hex of the certificate's DER.
  std::optional<storage::Blob> private_key;  // PKCS#8 DER, wrapped; nothing once purged.
  bool pending = false;                      // Staged and not yet promoted.
  Time created_at;
  std::optional<Time> deletion_at;
};

// StagesOf computes the rotation states of a version (oci-api §2.1).
std::vector<wire::Stage> StagesOf(const VersionMarks& marks, const VersionRow& version);

}  // namespace perennial::certificates
