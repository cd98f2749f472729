// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/versions/issuing.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/metrics.h"
#include "base/proof.h"
#include "certificates/control_plane/store/version_store.h"
#include "pki/lint.h"
#include "pki/verify.h"

namespace perennial::certificates {
namespace {

// Another one is drawn when the database knows the serial already (security.md E16).
constexpr int kSerialsTried = 3;

std::string KeyContext(Kind kind, const std::string& owner_id, int64_t number) {
  return fmt::format(
      "certificates/{}/{}/{}",
      kind == Kind::kCertificate ? "certificate_version" : "certificate_authority_version",
      owner_id, number);
}

pki::CertificateTemplate TemplateFor(const IssueRequest& request, const pki::PublicKey& key) {
  pki::CertificateTemplate fields{.serial = {},
                                  .subject = request.subject,
                                  .issuer_name = {},
                                  .issuer_key_id = {},
                                  .not_before = request.life.not_before,
                                  .not_after = request.life.not_after,
                                  .public_key = key,
                                  .subject_alternative_names = request.alternative_names,
                                  .profile = request.profile,
                                  .path_length = request.path_length,
                                  .name_constraints = request.name_constraints,
                                  .crl_urls = {},
                                  .signature_algorithm = request.signature_algorithm};
  if (request.issuer != nullptr) {
    fields.issuer_name = request.issuer->certificate.subject_der();
    fields.issuer_key_id = request.issuer->certificate.subject_key_id();
  }
  return fields;
}

// Lints what will be signed before it is: with a signature of zeros it is a certificate that
// parses.
Result<void> LintToBeSigned(const std::vector<uint8_t>& to_be_signed,
                            const pki::CertificateTemplate& fields) {
  const std::vector<uint8_t> placeholder(64, 0);
  TRY_ASSIGN(const auto certificate,
             pki::AssembleCertificate(to_be_signed, fields.signature_algorithm, placeholder,
                                      &fields.public_key));
  const auto violations = pki::LintCertificate(certificate);
  if (!violations.empty()) {
    return Fail(ErrorCode::kInvalidArgument, pki::Describe(violations));
  }
  return {};
}

// What is handed out was looked at as a stranger would: signature, key and the whole chain.
Result<void> CheckIssued(const pki::Certificate& certificate, const pki::PrivateKey& key,
                         const IssueRequest& request) {
  if (!pki::KeyMatches(certificate, key)) {
    return Fail(ErrorCode::kInternal, "a new certificate does not hold its key");
  }
  std::vector<pki::Certificate> chain{certificate};
  if (request.issuer != nullptr) {
    if (!certificate.IsSignedBy(request.issuer->certificate.public_key())) {
      return Fail(ErrorCode::kInternal, "the signature of a new certificate does not verify");
    }
    TRY_ASSIGN(chain, pki::ParseChainPem(request.issuer->ChainPem()));
  }
  const std::vector<pki::Certificate> anchors{chain.back()};
  chain.pop_back();
  auto verified = pki::VerifyChain(certificate, chain, anchors, request.life.not_before);
  if (!verified) {
    return Fail(ErrorCode::kInternal,
                "a new certificate does not verify: " + verified.error().message);
  }
  return {};
}

}  // namespace

Result<pki::PrivateKey> Issuing::OpenKey(Kind kind, const VersionRow& version) const {
  if (!version.private_key) return Fail(ErrorCode::kNotFound, "the version has no private key");
  TRY_ASSIGN(
      const auto secret,
      envelope_.Unwrap(*version.private_key, KeyContext(kind, version.owner_id, version.number)));
  return pki::PrivateKey::ParsePkcs8Der(secret.Reveal());
}

Result<std::vector<uint8_t>> Issuing::Record(const IssueRequest& request,
                                             pki::CertificateTemplate& fields) {
  for (int tried = 0; tried < kSerialsTried; ++tried) {
    fields.serial = pki::MakeSerial(random_);
    TRY_ASSIGN(auto to_be_signed, pki::EncodeToBeSigned(fields));
    TRY(LintToBeSigned(to_be_signed, fields));
    const IssuanceRow row{
        .issuer_id = request.issuer == nullptr ? request.subject_id : request.issuer->row.id,
        .serial = HexEncode(fields.serial),
        .subject_id = request.subject_id,
        .number = request.number,
        .to_be_signed = to_be_signed,
        .recorded_at = clock_.Now()};
    if (PERENNIAL_MUTANT("certificates.serial_not_reserved")) return to_be_signed;
    TRY_ASSIGN(const bool reserved, database_.WriteValue([&](storage::Session& session) {
      return ReserveSerial(session, row);
    }));
    if (reserved) return to_be_signed;
  }
  return Fail(ErrorCode::kConflict, "this version was begun by another request; look, then repeat");
}

Result<VersionRow> Issuing::IssueVersion(const IssueRequest& request) {
  TRY_ASSIGN(const auto key, pki::PrivateKey::Generate(request.key_algorithm));
  auto fields = TemplateFor(request, key.public_key());
  const auto* issuer = request.issuer;
  const auto violations =
      pki::CheckIssuanceRules(fields, issuer == nullptr ? pki::IssuanceRules{} : issuer->rules,
                              issuer == nullptr ? nullptr : &issuer->certificate);
  if (!violations.empty() && !PERENNIAL_MUTANT("certificates.skip_issuance_rules")) {
    return Fail(ErrorCode::kInvalidArgument, pki::Describe(violations));
  }

  // Recorded before it is signed: after a crash we know every serial that may exist (security.md
  // T6).
  TRY_ASSIGN(const auto to_be_signed, Record(request, fields));
  PERENNIAL_FAULT_POINT("certificates.recorded_not_signed");
  std::optional<pki::PrivateKey> issuer_key;
  if (issuer != nullptr) {
    TRY_ASSIGN(issuer_key, OpenKey(Kind::kCertificateAuthority, issuer->version));
  }
  const pki::Signer& signer = issuer_key ? *issuer_key : key;
  TRY_ASSIGN(const auto signature, signer.Sign(fields.signature_algorithm, to_be_signed));
  static Counter signatures =
      GetCounter("perennial_certificates_signatures_total", "Certificates signed.");
  signatures.Add();
  TRY_ASSIGN(const auto certificate,
             pki::AssembleCertificate(to_be_signed, fields.signature_algorithm, signature,
                                      &fields.public_key));
  TRY(CheckIssued(certificate, key, request));

  VersionRow version;
  version.owner_id = request.subject_id;
  version.number = request.number;
  version.name = request.version_name;
  version.serial = HexEncode(fields.serial);
  version.not_before = fields.not_before;
  version.not_after = fields.not_after;
  version.certificate_pem = certificate.pem();
  version.fingerprint_sha256 = certificate.FingerprintSha256();
  version.created_at = clock_.Now();
  if (issuer != nullptr) {
    version.issuer_version = issuer->version.number;
    version.chain_pem = issuer->ChainPem();
  }
  TRY_ASSIGN(version.private_key,
             envelope_.Wrap(key.ToPkcs8Der(),
                            KeyContext(request.kind, request.subject_id, request.number)));
  PERENNIAL_FAULT_POINT("certificates.signed_not_stored");
  return version;
}

}  // namespace perennial::certificates
