// SPDX-License-Identifier: Apache-2.0
#include "apps/perenniald/own_certificate.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <span>
#include <utility>

#include "base/log.h"
#include "pki/certificate.h"
#include "pki/key.h"
#include "pki/verify.h"

namespace perennial::apps {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kServerAuth = "1.3.6.1.5.5.7.3.1";

std::unexpected<Error> Broken(std::string_view key, std::string_view rule) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("[console] {}: {}", key, rule));
}

// The operator named the path, so a link there is the operator's too.
Result<std::string> ReadNamed(std::string_view key, const std::string& path, const Files& files) {
  std::error_code error;
  const auto real = fs::canonical(path, error);
  if (error) return Broken(key, fmt::format("{} cannot be found: {}", path, error.message()));
  auto text = files.Read(real);
  if (!text) return Broken(key, text.error().message);
  return text;
}

Result<pki::PrivateKey> ReadKey(const std::string& path, const Files& files) {
  TRY_ASSIGN(auto text, ReadNamed("key", path, files));
  const auto pem = SecretBytes::FromText(std::move(text));
  std::error_code error;
  const auto mode = fs::status(path, error).permissions();
  if (error || (mode & fs::perms::others_all) != fs::perms::none) {
    return Broken("key", fmt::format("{0} is open to every user of this host (mode {1:04o}); run "
                                     "`chmod o= {0}`",
                                     path, static_cast<unsigned>(mode & fs::perms::mask)));
  }
  auto key = pki::PrivateKey::ParsePem(pem);
  if (!key) return Broken("key", fmt::format("{}: {}", path, key.error().message));
  return key;
}

bool Covers(const std::string& pattern, const std::string& name) {
  if (!pattern.starts_with("*.")) return pattern == name;
  const auto dot = name.find('.');  // A wildcard is one whole label (RFC 9525 §6.3).
  return dot != std::string::npos && pattern.substr(1) == name.substr(dot);
}

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return text;
}

Result<void> CheckLeaf(const pki::Certificate& leaf, const std::string& path, Time now) {
  const auto& purposes = leaf.fields().extended_key_usage;
  if (leaf.is_ca() ||
      (!purposes.empty() && std::ranges::find(purposes, kServerAuth) == purposes.end())) {
    return Broken("certificate", path + " must begin with a certificate for a TLS server");
  }
  if (now > leaf.not_after()) {
    return Broken("certificate",
                  fmt::format("{} has expired on {}", path, FormatTime(leaf.not_after())));
  }
  if (now < leaf.not_before()) {
    return Broken("certificate",
                  fmt::format("{} is not valid before {}", path, FormatTime(leaf.not_before())));
  }
  return {};
}

// A wildcard stands for the console's own name alone: the others it covers may be clients' names
// for the API.
Result<std::vector<std::string>> NamesOf(const pki::Certificate& leaf, const std::string& path,
                                         const std::string& wanted) {
  std::vector<std::string> names = {wanted};
  bool covered = false;
  for (const auto& spelled : leaf.DnsNames()) {
    const auto name = Lower(spelled);
    covered = covered || Covers(name, wanted);
    if (!name.starts_with("*.") && name != wanted) names.push_back(name);
  }
  if (!covered) {
    return Broken("certificate", fmt::format("{} is not for {}, the name in [console] url; it is "
                                             "for {}",
                                             path, wanted, fmt::join(leaf.DnsNames(), ", ")));
  }
  return names;
}

}  // namespace

Result<OwnCertificate> LoadOwnCertificate(const OwnCertificateConfig& config, const Files& files,
                                          Time now) {
  TRY_ASSIGN(const auto text, ReadNamed("certificate", config.certificate, files));
  TRY_ASSIGN(const auto key, ReadKey(config.key, files));
  auto chain = pki::ParseChainPem(text);
  if (chain && chain->empty()) chain = Fail(ErrorCode::kInvalidArgument, "holds no certificate");
  if (!chain) {
    return Broken("certificate", fmt::format("{}: {}", config.certificate, chain.error().message));
  }
  const auto& leaf = chain->front();
  if (!pki::KeyMatches(leaf, key)) {
    return Broken("key", fmt::format("{} does not belong to the first certificate in {}",
                                     config.key, config.certificate));
  }
  if (auto order = pki::CheckChainOrder(leaf, std::span(*chain).subspan(1)); !order) {
    return Broken("certificate", fmt::format("{}: {}", config.certificate, order.error().message));
  }
  TRY(CheckLeaf(leaf, config.certificate, now));
  TRY_ASSIGN(const auto host, HostOf(config.url));
  TRY_ASSIGN(auto names, NamesOf(leaf, config.certificate, Lower(NameIn(host))));
  return OwnCertificate{.named = {.names = std::move(names),
                                  .identity = {.chain_pem = pki::EncodeChainPem(*chain),
                                               .private_key_pem = key.ToPkcs8Pem()}},
                        .fingerprint = leaf.FingerprintSha256(),
                        .not_after = leaf.not_after()};
}

void OwnCertificateWatch::Look(Time now) {
  const bool first = !std::exchange(looked_, true);
  const auto looked = LookOnce(now);
  if (looked) {
    suspected_.reset();
    complained_.reset();
    return;
  }
  const auto& reason = looked.error().message;
  const bool settled = first || suspected_ == reason;
  suspected_ = reason;
  if (settled && complained_ != reason) Complain(reason);
}

Result<void> OwnCertificateWatch::LookOnce(Time now) {
  TRY_ASSIGN(auto loaded, LoadOwnCertificate(parts_.config, parts_.files, now));
  if (loaded.named.identity.chain_pem == served_chain_pem_) return {};
  std::erase_if(loaded.named.names, [&](const auto& name) {
    return std::ranges::find(parts_.kept, name) != parts_.kept.end();
  });
  TRY(parts_.serve(loaded.named));
  served_chain_pem_ = loaded.named.identity.chain_pem;
  Log(LogLevel::kInfo, "perenniald", "the console has an own certificate",
      {{"names", fmt::format("{}", fmt::join(loaded.named.names, " "))},
       {"fingerprint", loaded.fingerprint},
       {"not_after", FormatTime(loaded.not_after)}});
  parts_.record(
      {.fingerprint = loaded.fingerprint, .reason = "read from " + parts_.config.certificate});
  return {};
}

void OwnCertificateWatch::Complain(const std::string& reason) {
  complained_ = reason;
  Log(LogLevel::kError, "perenniald",
      served_chain_pem_.empty()
          ? "the console's own certificate cannot be used; the platform's is served"
          : "the console's new certificate cannot be used; the one before goes on",
      {{"reason", reason}});
  parts_.record({.refused = true, .reason = reason});
}

}  // namespace perennial::apps
