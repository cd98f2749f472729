// SPDX-License-Identifier: Apache-2.0
// Bundles for tests: a root, and leaves under it.
#pragma once

#include <string>

#include "agent/gate.h"
#include "agent/installer.h"
#include "base/clock.h"
#include "base/random.h"
#include "pki/issue.h"
#include "pki/key.h"

namespace perennial::agent {

class TestAuthority {
 public:
  explicit TestAuthority(Clock& clock) : clock_(clock) {}

  // Fetched issues a leaf for `names`, as GetCertificateBundle would answer it.
  FetchedBundle Fetched(int64_t version, const std::vector<std::string>& names,
                        seconds lifetime = std::chrono::hours(24)) {
    const auto key = *pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256);
    std::vector<pki::SubjectAlternativeName> alternative;
    for (const auto& name : names) {
      alternative.push_back({pki::SubjectAlternativeNameType::kDns, name});
    }
    const auto begin = ToSeconds(clock_.Now());
    const auto leaf = *pki::IssueCertificate({.serial = pki::MakeSerial(random_),
                                              .subject = {.common_name = names.front()},
                                              .issuer_name = root_.subject_der(),
                                              .issuer_key_id = root_.subject_key_id(),
                                              .not_before = begin,
                                              .not_after = begin + lifetime - seconds(1),
                                              .public_key = key.public_key(),
                                              .subject_alternative_names = alternative,
                                              .profile = pki::CertificateProfile::kTlsServer},
                                             key_);
    return {.version = version,
            .certificate_pem = leaf.pem(),
            .chain_pem = root_.pem(),
            .private_key_pem = key.ToPkcs8Pem()};
  }

  ServingBundle Bundle(const std::string& association_id, int64_t version,
                       const std::string& name) {
    return *CheckBundle(
        Fetched(version, {name}),
        {.association_id = association_id, .wanted_version = version, .now = clock_.Now()});
  }

 private:
  pki::Certificate MakeRoot() {
    const auto begin = ToSeconds(clock_.Now()) - std::chrono::hours(1);
    return *pki::IssueCertificate({.serial = pki::MakeSerial(random_),
                                   .subject = {.common_name = "Test Root"},
                                   .not_before = begin,
                                   .not_after = begin + std::chrono::hours(24 * 365),
                                   .public_key = key_.public_key(),
                                   .profile = pki::CertificateProfile::kRootCa},
                                  key_);
  }

  Clock& clock_;
  SystemRandom random_;
  const pki::PrivateKey key_ = *pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256);
  const pki::Certificate root_ = MakeRoot();
};

}  // namespace perennial::agent
