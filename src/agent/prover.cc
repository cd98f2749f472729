// SPDX-License-Identifier: Apache-2.0
#include "agent/prover.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/proof.h"

namespace perennial::agent {
namespace {

constexpr size_t kNamesMax = 8;

net::ProbeKeyType KeyTypeOf(std::string_view name) {
  if (name == "RSA") return net::ProbeKeyType::kRsa;
  if (name == "ECDSA") return net::ProbeKeyType::kEcdsa;
  return net::ProbeKeyType::kAny;
}

}  // namespace

std::vector<std::string> ServerNamesToProbe(const std::vector<std::string>& dns_names,
                                            bool shows_by_default) {
  std::vector<std::string> names;
  for (const auto& name : dns_names) {
    if (names.size() == kNamesMax) break;
    names.push_back(name.starts_with("*.") ? "perennial-probe" + name.substr(1) : name);
  }
  if (shows_by_default) names.emplace_back();
  return names;
}

Sight Prover::Look(const Endpoint& endpoint, const std::string& server_name,
                   const Expected& expected) {
  Sight sight{.endpoint = endpoint, .server_name = server_name};
  if (PERENNIAL_MUTANT("agent.probe_always_true")) {
    sight.fingerprint_sha256 = expected.fingerprint_sha256;
    sight.seen = clock_.Now();
    sight.result = ProofResult::kProved;
    return sight;
  }
  for (int i = 0; i < kHandshakesToProve; ++i) {
    const auto answer = probe_.Handshake({.address = endpoint.address,
                                          .port = endpoint.port,
                                          .server_name = server_name,
                                          .key_type = KeyTypeOf(expected.key_type)});
    sight.seen = clock_.Now();
    if (!answer) {
      sight.result = ProofResult::kInconclusive;
      sight.reason = answer.error().message;
      return sight;
    }
    sight.fingerprint_sha256 = HexEncode(Sha256(answer->chain_der.front()));
    if (sight.fingerprint_sha256 != expected.fingerprint_sha256) {
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
    const auto names = ServerNamesToProbe(expected.dns_names, endpoint.shows_by_default);
    if (names.empty()) {
      unseen = true;
      proof.sights.push_back({.endpoint = endpoint,
                              .reason = "the certificate has no DNS name to ask the listener for",
                              .seen = clock_.Now()});
    }
    for (const auto& name : names) {
      proof.sights.push_back(Look(endpoint, name, expected));
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
