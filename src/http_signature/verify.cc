// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/encoding.h"
#include "base/proof.h"
#include "http_signature/signature.h"

namespace perennial::http_signature {
namespace {

std::unexpected<Error> Refuse(std::string reason) {
  return Fail(ErrorCode::kUnauthenticated, std::move(reason));
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

// The value of a header if it is signed. Inspect saw to it that it is there once.
std::optional<std::string> SignedValue(const HttpRequest& request, const SignatureHeader& header,
                                       std::string_view name) {
  if (std::ranges::find(header.headers, name) == header.headers.end()) return std::nullopt;
  return FindHeader(request.headers, name);
}

Result<void> CheckHost(const HttpRequest& request, const SignatureHeader& header,
                       const VerifyOptions& options) {
  if (PERENNIAL_MUTANT("signature.skip_host")) return {};
  const auto host = SignedValue(request, header, "host");
  for (const auto& accepted : options.accepted_hosts) {
    if (host && EqualsIgnoringCase(*host, accepted)) return {};
  }
  return Refuse("the request was signed for another host");
}

Result<Time> CheckDate(const HttpRequest& request, const SignatureHeader& header,
                       const VerifyOptions& options) {
  auto text = SignedValue(request, header, "x-date");
  if (!text) text = SignedValue(request, header, "date");
  if (!text) return Refuse("neither date nor x-date is signed");
  const auto date = ParseHttpDate(*text);
  if (!date) return Refuse("the signed date cannot be read");
  const auto off = options.now > *date ? options.now - *date : *date - options.now;
  if (off > options.skew && !PERENNIAL_MUTANT("signature.skip_date")) {
    return Refuse(fmt::format("the signed date is more than {} seconds off the server's clock",
                              options.skew.count()));
  }
  return *date;
}

// What the headers say of the body must be true whether they had to be signed or not.
Result<void> CheckBody(const HttpRequest& request, const SignatureHeader& header) {
  const auto length = SignedValue(request, header, "content-length");
  if (length && *length != std::to_string(request.body.size())) {
    return Refuse("the content-length is not the body's");
  }
  const auto digest = SignedValue(request, header, "x-content-sha256");
  if (digest && *digest != Base64Encode(Sha256(request.body)) &&
      !PERENNIAL_MUTANT("signature.skip_body_digest")) {
    return Refuse("x-content-sha256 is not the body's digest");
  }
  return {};
}

// What `fetch` escapes only after the TypeScript SDK has signed.
std::string EscapedQuery(std::string_view target) {
  constexpr std::string_view kRaw = "{}|\\^`";
  std::string out;
  bool in_query = false;
  for (const char c : target) {
    in_query |= c == '?';
    if (in_query && kRaw.contains(c)) {
      out += PercentEncode(std::string_view(&c, 1));
    } else {
      out += c;
    }
  }
  return out;
}

// What it signs as UTF-8 although it sends it escaped.
std::string UnescapedQuery(std::string_view target) {
  std::string out;
  bool in_query = false;
  for (size_t i = 0; i < target.size(); ++i) {
    in_query |= target[i] == '?';
    if (in_query && target[i] == '%' && i + 2 < target.size()) {
      const auto byte = HexDecode(target.substr(i + 1, 2));
      if (byte && byte->front() >= 0x80) {
        out += static_cast<char>(byte->front());
        i += 2;
        continue;
      }
    }
    out += target[i];
  }
  return out;
}

// The target as it is and its re-spellings; each names the same request.
std::vector<std::string> TargetSpellings(const std::string& target) {
  std::vector<std::string> spellings = {target};
  for (auto& other :
       {EscapedQuery(target), UnescapedQuery(target), UnescapedQuery(EscapedQuery(target))}) {
    if (std::ranges::find(spellings, other) == spellings.end()) spellings.push_back(other);
  }
  return spellings;
}

}  // namespace

std::string_view AlgorithmName(const pki::PublicKey& key) {
  if (key.family() == pki::KeyFamily::kRsa) return "rsa-sha256";
  if (key.algorithm() == pki::KeyAlgorithm::kEcdsaP256) return "ecdsa-sha256";
  return {};
}

Result<SignedFacts> Verify(const HttpRequest& request, const SignatureHeader& header,
                           const pki::PublicKey& key, const VerifyOptions& options) {
  const auto algorithm = AlgorithmName(key);
  // The header may agree with the key; it never chooses.
  if (algorithm.empty() || header.algorithm != algorithm) {
    return Refuse(algorithm.empty() ? "this kind of key signs no requests"
                                    : fmt::format("this key signs with {}", algorithm));
  }
  TRY(CheckHost(request, header, options));
  TRY_ASSIGN(const auto date, CheckDate(request, header, options));
  TRY(CheckBody(request, header));

  const auto scheme = key.family() == pki::KeyFamily::kRsa
                          ? pki::SignatureAlgorithm::kSha256WithRsa
                          : pki::SignatureAlgorithm::kSha256WithEcdsa;
  for (const auto& target : TargetSpellings(request.target)) {
    TRY_ASSIGN(auto text, SigningString(request, header.headers, target));
    if (!key.Verify(scheme, AsBytes(text), header.signature)) continue;
    const auto digest = Sha256(text);
    return SignedFacts{.key_id = header.key_id,
                       .algorithm = std::string(algorithm),
                       .signing_string = std::move(text),
                       .signature = header.signature,
                       .signed_date = date,
                       .digest = std::string(AsText(digest))};
  }
  return Refuse("the signature does not verify");
}

}  // namespace perennial::http_signature
