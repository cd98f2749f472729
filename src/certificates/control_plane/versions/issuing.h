// SPDX-License-Identifier: Apache-2.0
// Issuing: reserve the serial, record what will be signed, lint it, sign it, check it. Storing the
// version is the caller's transaction; a crash before that leaves a known serial and nothing else.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "certificates/control_plane/renewal_schedule.h"
#include "certificates/control_plane/store/rows.h"
#include "keys/envelope.h"
#include "pki/certificate.h"
#include "pki/issue.h"
#include "pki/key.h"
#include "pki/rules.h"
#include "storage/storage.h"

namespace perennial::certificates {

// An authority that can sign: its current version, parsed, and what it and those above it demand.
struct Issuer {
  AuthorityRow row;
  VersionRow version;
  pki::Certificate certificate;
  pki::IssuanceRules rules;

  // The chain that what it issues is served with: itself and those above, up to the root.
  std::string ChainPem() const { return version.certificate_pem + version.chain_pem; }
};

// LoadIssuer: kNotFound without such an authority; kIncorrectState when it is not ACTIVE or
// UPDATING.
Result<Issuer> LoadIssuer(storage::Session& session, const std::string& id);

// An authority's own issuance rule: how many authorities may follow it, and the names that it may
// certify.
struct IssuanceRule {
  std::optional<int> path_length;
  pki::NameConstraints name_constraints;
};
IssuanceRule IssuanceRuleOf(const std::vector<wire::CertificateAuthorityRule>& rules);

pki::Subject SubjectOf(const wire::CertificateSubject& subject);

// What is to be issued; the key, the serial and the issuer's names are added here.
struct IssueRequest {
  Kind kind = Kind::kCertificate;
  std::string subject_id;
  int64_t number = 1;  // Drawn by the caller, or 1 of something new.
  std::optional<std::string> version_name;
  VersionLife life;
  pki::KeyAlgorithm key_algorithm = pki::KeyAlgorithm::kRsa2048;
  pki::SignatureAlgorithm signature_algorithm = pki::SignatureAlgorithm::kSha256WithRsa;
  pki::CertificateProfile profile = pki::CertificateProfile::kTlsServer;
  pki::Subject subject;
  std::vector<pki::SubjectAlternativeName> alternative_names;
  std::optional<int> path_length;         // Of an authority.
  pki::NameConstraints name_constraints;  // Of an authority.
  const Issuer* issuer = nullptr;         // Null for a root.
};

// RequestFor is the request for one more version of the certificate as it stands.
IssueRequest RequestFor(const CertificateRow& row, const Issuer& issuer, int64_t number,
                        const VersionLife& life);

// Safe to call from many threads; none may hold a transaction.
class Issuing {
 public:
  // The references must outlive this object.
  Issuing(storage::Database& database, const keys::Envelope& envelope, Random& random, Clock& clock)
      : database_(database), envelope_(envelope), random_(random), clock_(clock) {}

  // IssueVersion returns the version, not yet stored and not pending, its key wrapped.
  // kInvalidArgument names every rule that the request breaks; kConflict when the number was
  // reserved before; kUnavailable when the issuer's key or the database cannot be reached.
  Result<VersionRow> IssueVersion(const IssueRequest& request);

  // OpenKey unwraps the private key of a stored version; kNotFound when it has none (any more).
  Result<pki::PrivateKey> OpenKey(Kind kind, const VersionRow& version) const;

 private:
  Result<std::vector<uint8_t>> Record(const IssueRequest& request,
                                      pki::CertificateTemplate& fields);

  storage::Database& database_;
  const keys::Envelope& envelope_;
  Random& random_;
  Clock& clock_;
};

}  // namespace perennial::certificates
