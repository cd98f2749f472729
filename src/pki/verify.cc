// SPDX-License-Identifier: Apache-2.0
#include "pki/verify.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "pki/lint.h"
#include "pki/primitives/openssl.h"

namespace perennial::pki {
namespace {

constexpr size_t kIntermediatesMax = 10;
constexpr size_t kAnchorsMax = 100;

using StackPtr =
    OpensslPtr<STACK_OF(X509), [](STACK_OF(X509) * stack) { sk_X509_pop_free(stack, X509_free); }>;

std::unexpected<Error> Refuse(std::string why) {
  return Fail(ErrorCode::kInvalidArgument, std::move(why));
}

Result<X509Ptr> ToX509(const Certificate& certificate) {
  const uint8_t* bytes = certificate.der().data();
  X509Ptr x509(d2i_X509(nullptr, &bytes, static_cast<long>(certificate.der().size())));
  if (!x509)
    return Refuse("OpenSSL cannot read the certificate of '" + certificate.subject() + "'");
  return x509;
}

Result<void> CheckTime(const Certificate& certificate, Time at) {
  // notAfter counts to its last second; X509_verify_cert would end one second early.
  if (at < certificate.not_before()) {
    return Refuse("the certificate of '" + certificate.subject() + "' is not valid before " +
                  FormatTime(certificate.not_before()));
  }
  if (ToSeconds(at) > ToSeconds(certificate.not_after())) {
    return Refuse("the certificate of '" + certificate.subject() + "' expired at " +
                  FormatTime(certificate.not_after()));
  }
  return {};
}

Result<void> CheckLints(const Certificate& certificate) {
  const auto violations = LintCertificate(certificate);
  if (violations.empty()) return {};
  return Refuse("the certificate of '" + certificate.subject() + "': " + Describe(violations));
}

Result<void> SetExpectations(X509_VERIFY_PARAM* param, const std::optional<std::string>& dns_name) {
  // Times were judged by CheckTime. Any anchor ends the path, also one that is not self-signed.
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT | X509_V_FLAG_NO_CHECK_TIME |
                                         X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
  X509_VERIFY_PARAM_set_depth(param, static_cast<int>(kIntermediatesMax) + 1);
  if (!dns_name) return {};
  TRY_ASSIGN(const auto host, ParseDnsName(*dns_name));
  X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM_set_hostflags(
      param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  CHECK(X509_VERIFY_PARAM_set1_host(param, host.data(), host.size()) == 1);
  return {};
}

// Those that are valid now. Of two certificates of one CA, OpenSSL would take the first without a
// look at its time, so an expired one may not even be offered. What was left out goes to `fault`.
std::vector<const Certificate*> ValidNow(std::span<const Certificate> certificates, Time at,
                                         std::string& fault) {
  std::vector<const Certificate*> valid;
  for (const auto& certificate : certificates) {
    const auto checked = CheckTime(certificate, at);
    if (checked) {
      valid.push_back(&certificate);
    } else {
      fault += "; " + checked.error().message;
    }
  }
  return valid;
}

}  // namespace

Result<void> VerifyChain(const Certificate& leaf, std::span<const Certificate> intermediates,
                         std::span<const Certificate> anchors, Time at,
                         std::optional<std::string> dns_name) {
  if (intermediates.size() > kIntermediatesMax)
    return Refuse("more than 10 intermediate certificates");
  if (anchors.size() > kAnchorsMax) return Refuse("more than 100 trust anchors");
  TRY(CheckLints(leaf));
  for (const auto& certificate : intermediates) TRY(CheckLints(certificate));
  TRY(CheckTime(leaf, at));

  std::string left_out;
  const X509StorePtr store(X509_STORE_new());
  for (const Certificate* anchor : ValidNow(anchors, at, left_out)) {
    TRY_ASSIGN(const auto x509, ToX509(*anchor));
    CHECK(X509_STORE_add_cert(store.get(), x509.get()) == 1);
  }
  const StackPtr untrusted(sk_X509_new_null());
  for (const Certificate* certificate : ValidNow(intermediates, at, left_out)) {
    TRY_ASSIGN(auto x509, ToX509(*certificate));
    CHECK(sk_X509_push(untrusted.get(), x509.get()) > 0);
    x509.release();
  }
  TRY_ASSIGN(const auto target, ToX509(leaf));
  const X509StoreCtxPtr ctx(X509_STORE_CTX_new());
  CHECK(X509_STORE_CTX_init(ctx.get(), store.get(), target.get(), untrusted.get()) == 1);
  TRY(SetExpectations(X509_STORE_CTX_get0_param(ctx.get()), dns_name));
  if (X509_verify_cert(ctx.get()) == 1) return {};
  return Refuse("the chain of '" + leaf.subject() + "' does not hold: certificate " +
                std::to_string(X509_STORE_CTX_get_error_depth(ctx.get())) + ": " +
                X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx.get())) + left_out);
}

Result<void> CheckChainOrder(const Certificate& leaf, std::span<const Certificate> chain) {
  if (chain.size() > kIntermediatesMax) return Refuse("more than 10 certificates in the chain");
  const Certificate* below = &leaf;
  for (size_t i = 0; i < chain.size(); ++i) {
    const auto& issuer = chain[i];
    const bool seen = issuer == leaf || std::ranges::find(chain.first(i), issuer) !=
                                            chain.begin() + static_cast<ptrdiff_t>(i);
    if (seen) return Refuse("certificate " + std::to_string(i) + " of the chain is there twice");
    if (below->issuer_der() != issuer.subject_der() || !issuer.is_ca() ||
        !below->IsSignedBy(issuer.public_key())) {
      return Refuse("certificate " + std::to_string(i) +
                    " of the chain did not issue the one before it");
    }
    below = &issuer;
  }
  return {};
}

bool KeyMatches(const Certificate& certificate, const PrivateKey& key) {
  return certificate.public_key() == key.public_key();
}

}  // namespace perennial::pki
