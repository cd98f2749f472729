// SPDX-License-Identifier: Apache-2.0
#include "agent/gate.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/bundle.h"
#include "pki/certificate.h"
#include "pki/key.h"
#include "pki/verify.h"

namespace perennial::agent {
namespace {

// One second of tolerance: certificates begin at the second in which they were made.
constexpr auto kNotBeforeSkew = std::chrono::seconds(1);

std::unexpected<Error> Refuse(std::string why) {
  return Fail(ErrorCode::kInvalidArgument, std::move(why));
}

Result<void> CheckVersion(const FetchedBundle& bundle, const GateContext& context) {
  if (bundle.version != context.wanted_version) {
    return Refuse(fmt::format("version {} came, version {} was wanted", bundle.version,
                              context.wanted_version));
  }
  if (context.served && bundle.version < context.served->version && !context.is_rollback) {
    return Refuse(fmt::format("version {} is older than version {}, which is served",
                              bundle.version, context.served->version));
  }
  return {};
}

Result<void> CheckNames(const std::vector<std::string>& names, const GateContext& context) {
  if (!context.served || context.is_rollback) return {};
  for (const auto& name : context.served->dns_names) {
    if (std::ranges::find(names, name) == names.end()) {
      return Refuse(fmt::format("the name {} is served now and is lost in version {}", name,
                                context.wanted_version));
    }
  }
  return {};
}

// The chain travels with its root, so that the node can judge it alone; the root is not served.
Result<std::vector<pki::Certificate>> CheckChain(const pki::Certificate& leaf,
                                                 const std::string& chain_pem, Time now) {
  TRY_ASSIGN(auto chain, pki::ParseChainPem(chain_pem));
  TRY(pki::CheckChainOrder(leaf, chain));
  if (chain.empty() || !chain.back().is_self_issued()) {
    return Refuse("the chain does not end in a self-signed root");
  }
  const std::vector<pki::Certificate> anchors = {chain.back()};
  chain.pop_back();
  TRY(pki::VerifyChain(leaf, chain, anchors, now));
  return chain;
}

}  // namespace

Result<ServingBundle> CheckBundle(FetchedBundle bundle, const GateContext& context) {
  TRY(CheckVersion(bundle, context));
  TRY_ASSIGN(const auto leaf, pki::ParseCertificatePem(bundle.certificate_pem));
  TRY_ASSIGN(const auto key, pki::PrivateKey::ParsePem(bundle.private_key_pem));
  if (!pki::KeyMatches(leaf, key)) return Refuse("the private key is not the certificate's");
  if (leaf.is_ca()) return Refuse("the certificate is one of a CA");
  if (leaf.not_before() > context.now + kNotBeforeSkew) {
    return Refuse(fmt::format("it is not valid before {}", FormatTime(leaf.not_before())));
  }
  if (leaf.not_after() < context.now) {
    return Refuse(fmt::format("it expired at {}", FormatTime(leaf.not_after())));
  }
  TRY_ASSIGN(const auto chain,
             CheckChain(leaf, bundle.chain_pem, std::max(context.now, leaf.not_before())));
  auto names = leaf.DnsNames();
  TRY(CheckNames(names, context));
  TRY_ASSIGN(auto pem, pki::EncodeServingPem(leaf, chain, key));
  return ServingBundle{
      .association_id = context.association_id,
      .version = bundle.version,
      .fingerprint_sha256 = leaf.FingerprintSha256(),
      .dns_names = std::move(names),
      .key_type = key.public_key().family() == pki::KeyFamily::kRsa ? "RSA" : "ECDSA",
      .not_after = leaf.not_after(),
      .pem = std::move(pem)};
}

}  // namespace perennial::agent
