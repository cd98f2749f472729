// SPDX-License-Identifier: Apache-2.0
#include "identity/platform_ca.h"

#include "base/encoding.h"
#include "pki/issue.h"
#include "pki/rules.h"

namespace perennial::identity {
namespace {

constexpr std::string_view kContext = "identity/platform_ca/private-key";

// A node whose clock is a little behind must be able to log in within the first minute too.
constexpr auto kBackdate = std::chrono::minutes(1);

bool IsAddress(std::string_view name) { return pki::ParseIpAddress(name).has_value(); }

Result<pki::NameConstraints> ConstraintsOf(const std::vector<std::string>& names) {
  pki::NameConstraints constraints;
  bool address = false;
  for (const auto& name : names) {
    if (IsAddress(name)) {
      const char* length = name.find(':') == std::string::npos ? "/32" : "/128";
      constraints.permitted.push_back({pki::NameConstraintType::kIp, name + length});
      address = true;
    } else {
      constraints.permitted.push_back({pki::NameConstraintType::kDns, name});
    }
  }
  // A type of name without any constraint would be free (RFC 5280 §4.2.1.10).
  if (!address) {
    constraints.permitted.push_back({pki::NameConstraintType::kIp, "127.0.0.1/32"});
  }
  for (auto& constraint : constraints.permitted) {
    TRY_ASSIGN(constraint, pki::ParseNameConstraint(constraint));
  }
  if (constraints.permitted.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "the platform CA needs at least one name");
  }
  return constraints;
}

}  // namespace

Result<void> PlatformCa::Create(Session& session, const Store& store,
                                const keys::Envelope& envelope, Clock& clock, Random& random,
                                const std::vector<std::string>& names) {
  TRY_ASSIGN(const auto present, store.FindPlatformCa(session));
  if (present) return {};
  TRY_ASSIGN(const auto constraints, ConstraintsOf(names));
  TRY_ASSIGN(const auto key, pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256));
  const auto start = ToSeconds(clock.Now()) - kBackdate;
  pki::CertificateTemplate request{
      .serial = pki::MakeSerial(random),
      // Two installations have two names: a trust store may hold both.
      .subject = {.common_name = "Perennial platform CA " + HexEncode(random.Bytes(4))},
      .issuer_name = {},
      .issuer_key_id = {},
      .not_before = start,
      .not_after = start + kPlatformCaLife - seconds(1),
      .public_key = key.public_key(),
      .subject_alternative_names = {},
      .profile = pki::CertificateProfile::kRootCa,
      .path_length = 0,
      .name_constraints = constraints,
      .crl_urls = {},
      .signature_algorithm = pki::SignatureAlgorithm::kSha256WithEcdsa};
  TRY_ASSIGN(const auto certificate, pki::IssueCertificate(request, key));
  PlatformCaRow row{
      .certificate_pem = certificate.pem(), .private_key = {}, .created_at = clock.Now()};
  TRY_ASSIGN(row.private_key, envelope.Wrap(key.ToPkcs8Der(), kContext));
  return store.Insert(session, row);
}

Result<PlatformCa> PlatformCa::Load(Session& session, const keys::Envelope& envelope, Clock& clock,
                                    Random& random) {
  TRY_ASSIGN(const auto row, Store(clock, nullptr).FindPlatformCa(session));
  if (!row)
    return Fail(ErrorCode::kNotFound, "there is no platform CA: run `perenniald init` first");
  TRY_ASSIGN(auto certificate, pki::ParseCertificatePem(row->certificate_pem));
  TRY_ASSIGN(const auto der, envelope.Unwrap(row->private_key, kContext));
  TRY_ASSIGN(auto key, pki::PrivateKey::ParsePkcs8Der(der.Reveal()));
  return PlatformCa(std::move(certificate), std::move(key), clock, random);
}

Result<pki::Certificate> PlatformCa::Issue(const pki::PublicKey& key,
                                           const std::vector<std::string>& names) const {
  if (names.empty())
    return Fail(ErrorCode::kInvalidArgument, "/names: must hold at least one name");
  const auto start = ToSeconds(clock_->Now()) - kBackdate;
  pki::CertificateTemplate request{
      .serial = pki::MakeSerial(*random_),
      .subject = {.common_name = names.front()},
      .issuer_name = certificate_.subject_der(),
      .issuer_key_id = certificate_.subject_key_id(),
      .not_before = start,
      .not_after = start + kServerCertificateLife - seconds(1),
      .public_key = key,
      .subject_alternative_names = {},
      .profile = pki::CertificateProfile::kTlsServer,
      .path_length = std::nullopt,
      .name_constraints = {},
      .crl_urls = {},
      .signature_algorithm = pki::SignatureAlgorithm::kSha256WithEcdsa};
  for (const auto& name : names) {
    const auto type = IsAddress(name) ? pki::SubjectAlternativeNameType::kIp
                                      : pki::SubjectAlternativeNameType::kDns;
    TRY_ASSIGN(auto parsed, pki::ParseSubjectAlternativeName({type, name}));
    request.subject_alternative_names.push_back(std::move(parsed));
  }
  const auto violations = pki::CheckIssuanceRules(
      request, {.name_constraints = {certificate_.fields().name_constraints}}, &certificate_);
  if (!violations.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "/names: " + pki::Describe(violations));
  }
  return pki::IssueCertificate(request, key_);
}

Result<void> PlatformCa::Record(Session& session, const Store& store, std::string_view principal_id,
                                const pki::Certificate& certificate) {
  return store.InsertServerCertificate(session, certificate.SerialHex(), principal_id,
                                       certificate.pem());
}

Result<ServerIdentity> PlatformCa::IssueServerIdentity(
    storage::Database& database, const Store& store, const std::vector<std::string>& names) const {
  TRY_ASSIGN(const auto key, pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256));
  TRY_ASSIGN(const auto leaf, Issue(key.public_key(), names));
  TRY(database.Write([&](Session& session) -> Result<void> {
    TRY(Record(session, store, "identity", leaf));
    return store.AppendAudit(session, {.operation = "IssueServerCertificate",
                                       .reason = "the API's own certificate",
                                       .resource_name = names.front()});
  }));
  return ServerIdentity{.chain_pem = leaf.pem() + certificate_.pem(),
                        .private_key_pem = key.ToPkcs8Pem(),
                        .expires = leaf.not_after()};
}

}  // namespace perennial::identity
