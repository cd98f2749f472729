// SPDX-License-Identifier: Apache-2.0
// Issuing in two steps, so that what is about to be signed can be recorded and linted first
// (security.md T6):
//   EncodeToBeSigned → store → Signer::Sign → AssembleCertificate → LintCertificate.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "pki/certificate.h"
#include "pki/key.h"
#include "pki/name.h"

namespace perennial::pki {

enum class CertificateProfile {
  kRootCa,
  kSubordinateCa,
  kTlsServer,
  kTlsServerOrClient,
  kTlsClient,
  kCodeSign,
};
constexpr auto WireNames(std::type_identity<CertificateProfile>) {
  return std::to_array<WireName<CertificateProfile>>(
      {{CertificateProfile::kTlsServerOrClient, "TLS_SERVER_OR_CLIENT"},
       {CertificateProfile::kTlsServer, "TLS_SERVER"},
       {CertificateProfile::kTlsClient, "TLS_CLIENT"},
       {CertificateProfile::kCodeSign, "TLS_CODE_SIGN"},
       {CertificateProfile::kRootCa, "ROOT_CA"},
       {CertificateProfile::kSubordinateCa, "SUBORDINATE_CA"}});
}
inline bool IsCa(CertificateProfile profile) {
  return profile == CertificateProfile::kRootCa || profile == CertificateProfile::kSubordinateCa;
}

struct CertificateTemplate {
  std::vector<uint8_t> serial;  // 1 to 20 bytes, positive; see MakeSerial.
  Subject subject;
  std::vector<uint8_t>
      issuer_name;  // DER: the issuer's subject_der(). Empty for a root: its own subject.
  std::vector<uint8_t> issuer_key_id;  // The issuer's subject_key_id(). Empty for a root: its own.
  std::chrono::sys_seconds not_before;
  std::chrono::sys_seconds not_after;  // Inclusive: N seconds of life end at not_before + N − 1.
  PublicKey public_key;
  std::vector<SubjectAlternativeName> subject_alternative_names;
  CertificateProfile profile = CertificateProfile::kTlsServer;
  std::optional<int> path_length;     // Of a CA.
  NameConstraints name_constraints;   // Of a CA.
  std::vector<std::string> crl_urls;  // Plain http.
  SignatureAlgorithm signature_algorithm =
      SignatureAlgorithm::kSha256WithEcdsa;  // Of the issuer's key.
};

// MakeSerial returns 16 bytes, positive, 126 of their bits random. Uniqueness is for the database
// to enforce.
std::vector<uint8_t> MakeSerial(Random& random);

// EncodeToBeSigned returns the DER TBSCertificate. Names are put into canonical spelling and
// repeated ones dropped. kInvalidArgument or kMissingArgument, naming the field, for what may never
// be signed: a bad serial, name or time, not_after before not_before, CA fields in a leaf, more
// than 1,000 names.
Result<std::vector<uint8_t>> EncodeToBeSigned(const CertificateTemplate& request);

// AssembleCertificate joins the two and parses the outcome. kInvalidArgument when `to_be_signed`
// names another algorithm or does not parse. `subject_key` as in ParseCertificateDer. It does not
// verify the signature.
Result<Certificate> AssembleCertificate(std::span<const uint8_t> to_be_signed,
                                        SignatureAlgorithm algorithm,
                                        std::span<const uint8_t> signature,
                                        const PublicKey* subject_key = nullptr);

// IssueCertificate does it in one go and refuses with kInternal what LintCertificate finds fault
// with. For the platform's own certificates; tenants' go step by step.
Result<Certificate> IssueCertificate(const CertificateTemplate& request, const Signer& signer);

}  // namespace perennial::pki
