// SPDX-License-Identifier: Apache-2.0
#include "agent/prover.h"

#include <fmt/format.h>

#include "base/encoding.h"

namespace perennial::agent {
namespace {

constexpr size_t kNamesMax = 8;

}  // namespace

std::vector<std::string> ServerNamesToProbe(const std::vector<std::string>& dns_names) {
  std::vector<std::string> names;
  for (const auto& name : dns_names) {
    if (names.size() == kNamesMax) break;
    names.push_back(name.starts_with("*.") ? "perennial-probe" + name.substr(1) : name);
  }
  names.emplace_back();
  return names;
}

Sight Prover::Look(const Endpoint& endpoint, const std::string& server_name,
                   const std::string& fingerprint) {
  Sight sight{.endpoint = endpoint, .server_name = server_name};
  for (int i = 0; i < kHandshakesToProve; ++i) {
    const auto answer = probe_.Handshake(
        {.address = endpoint.address, .port = endpoint.port, .server_name = server_name});
    sight.seen = clock_.Now();
    if (!answer) {
      sight.result = ProofResult::kInconclusive;
      sight.reason = answer.error().message;
      return sight;
    }
    sight.fingerprint_sha256 = HexEncode(Sha256(answer->chain_der.front()));
    if (sight.fingerprint_sha256 != fingerprint) {
      sight.result = ProofResult::kFailed;
      sight.reason = "another certificate is shown";
      return sight;
    }
  }
  sight.result = ProofResult::kProved;
  return sight;
}

Proof Prover::Prove(const Expected& expected) {
  Proof proof;
  bool failed = false;
  bool unseen = expected.endpoints.empty();
  for (const auto& endpoint : expected.endpoints) {
    for (const auto& name : ServerNamesToProbe(expected.dns_names)) {
      proof.sights.push_back(Look(endpoint, name, expected.fingerprint_sha256));
      failed |= proof.sights.back().result == ProofResult::kFailed;
      unseen |= proof.sights.back().result == ProofResult::kInconclusive;
    }
  }
  proof.result = failed   ? ProofResult::kFailed
                 : unseen ? ProofResult::kInconclusive
                          : ProofResult::kProved;
  return proof;
}

}  // namespace perennial::agent
