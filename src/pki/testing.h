// SPDX-License-Identifier: Apache-2.0
// For tests, here and in the rooms above: a small world of authorities with good defaults.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "pki/certificate.h"
#include "pki/issue.h"
#include "pki/key.h"

namespace perennial::pki::testing {

// 2026-01-01T00:00:00Z.
inline constexpr std::chrono::sys_seconds kStart{std::chrono::seconds(1767225600)};
inline constexpr std::chrono::seconds kDay{86400};

// The value, or the end of the test program with the error's message.
template <class T>
T Must(Result<T> result) {
  if (!result) std::fprintf(stderr, "%s\n", result.error().message.c_str());
  CHECK(result.has_value());
  return std::move(*result);
}

// A certificate with its key.
struct Identity {
  PrivateKey key;
  Certificate certificate;
};

// A request with good defaults: a leaf of 90 days for shop.example.com, a CA of ten years. Name
// `issuer` for all but a root, then change what the test is about.
inline CertificateTemplate Request(CertificateProfile profile, const PublicKey& key,
                                   const Identity* issuer = nullptr) {
  SystemRandom random;
  const bool ca = IsCa(profile);
  const PublicKey& signing_key = issuer == nullptr ? key : issuer->key.public_key();
  const auto days = ca ? 3650 : 90;
  CertificateTemplate request{
      .serial = MakeSerial(random),
      .subject = {.common_name = ca ? "Example CA" : "shop.example.com"},
      .not_before = kStart,
      .not_after = kStart + days * kDay - std::chrono::seconds(1),
      .public_key = key,
      .profile = profile,
      .signature_algorithm = signing_key.family() == KeyFamily::kRsa
                                 ? SignatureAlgorithm::kSha256WithRsa
                                 : SignatureAlgorithm::kSha256WithEcdsa,
  };
  if (profile == CertificateProfile::kTlsServer ||
      profile == CertificateProfile::kTlsServerOrClient) {
    request.subject_alternative_names = {{SubjectAlternativeNameType::kDns, "shop.example.com"}};
  }
  if (issuer != nullptr) {
    request.issuer_name = issuer->certificate.subject_der();
    request.issuer_key_id = issuer->certificate.subject_key_id();
  }
  return request;
}

inline Identity MakeRoot(KeyAlgorithm algorithm = KeyAlgorithm::kEcdsaP256,
                         std::string name = "Example Root") {
  auto key = Must(PrivateKey::Generate(algorithm));
  auto request = Request(CertificateProfile::kRootCa, key.public_key());
  request.subject.common_name = std::move(name);
  auto certificate = Must(IssueCertificate(request, key));
  return {std::move(key), std::move(certificate)};
}

// Issues what Request makes, after `change` had its say.
template <class Change>
Identity Issue(const Identity& issuer, CertificateProfile profile, Change&& change,
               KeyAlgorithm algorithm = KeyAlgorithm::kEcdsaP256) {
  auto key = Must(PrivateKey::Generate(algorithm));
  auto request = Request(profile, key.public_key(), &issuer);
  change(request);
  auto certificate = Must(IssueCertificate(request, issuer.key));
  return {std::move(key), std::move(certificate)};
}
inline Identity Issue(const Identity& issuer,
                      CertificateProfile profile = CertificateProfile::kTlsServer) {
  return Issue(issuer, profile, [](CertificateTemplate&) {});
}

}  // namespace perennial::pki::testing
