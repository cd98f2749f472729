// SPDX-License-Identifier: Apache-2.0
#include "cli/evidence_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/encoding.h"
#include "base/http.h"
#include "base/ocid.h"
#include "http_signature/key_id.h"
#include "http_signature/signature.h"
#include "http_signature/token.h"

namespace perennial::cli {
namespace {

constexpr auto kClocksDiffer = std::chrono::minutes(5);

// The value of one line of a signing string, "name: value". A name that stands there twice has
// none: it could be read either way.
std::optional<std::string> SignedValue(std::string_view text, std::string_view name) {
  std::optional<std::string> value;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    if (line.size() >= name.size() + 2 && line.starts_with(name) && line[name.size()] == ':') {
      if (value) return std::nullopt;
      value = line.substr(name.size() + 2);
    }
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return value;
}

std::optional<pki::SignatureAlgorithm> AlgorithmOf(std::string_view name) {
  if (name == "rsa-sha256") return pki::SignatureAlgorithm::kSha256WithRsa;
  if (name == "ecdsa-sha256") return pki::SignatureAlgorithm::kSha256WithEcdsa;
  return std::nullopt;
}

Check CheckSignature(const api::certificates::WhyEvidence& evidence, const pki::PublicKey& key) {
  const auto algorithm = AlgorithmOf(evidence.algorithm);
  const auto signature = Base64Decode(evidence.signature);
  if (!algorithm || !signature || http_signature::AlgorithmName(key) != evidence.algorithm) {
    return {false, "the signature cannot be read: " + evidence.algorithm};
  }
  if (!key.Verify(*algorithm, AsBytes(evidence.signing_string), *signature)) {
    return {false, "the signature does NOT fit the signed text and the key"};
  }
  return {true, fmt::format("the signature fits the signed text ({})", evidence.algorithm)};
}

Check CheckDigest(const api::certificates::WhyEvidence& evidence) {
  const bool same = HexEncode(Sha256(evidence.signing_string)) == evidence.digest;
  return {same, same ? "the digest is that of the signed text"
                     : "the digest is NOT that of the signed text"};
}

// A session's key id holds the token, and the token the key that the browser made.
Check CheckToken(const api::certificates::WhyEvidence& evidence, const std::string& token,
                 const pki::PublicKey& key) {
  const auto claims = http_signature::ReadToken(token);
  if (!claims || claims->ptype != "user") return {false, "the session's token cannot be read"};
  if (claims->sub != evidence.user_id) return {false, "the session's token names ANOTHER user"};
  const auto own = pki::PublicKey::FromJwk(claims->jwk);
  if (!own || !(*own == key)) return {false, "the session's token names ANOTHER key"};
  if (evidence.signed_date >= claims->exp || evidence.signed_date < claims->iat - kClocksDiffer) {
    return {false, "the session's token was NOT alive when this was signed"};
  }
  return {true, fmt::format("signed in the console, with the key of session {}", claims->jti)};
}

// The key id is what the user wrote into the request: tenancy/user/fingerprint, or ST$token.
Check CheckKeyId(const api::certificates::WhyEvidence& evidence, const pki::PublicKey& key) {
  const auto id = http_signature::ParseKeyId(evidence.key_id);
  if (!id) return {false, "the key id cannot be read"};
  if (id->kind == http_signature::KeyId::Kind::kToken) return CheckToken(evidence, id->token, key);
  if (id->kind != http_signature::KeyId::Kind::kApiKey) return {false, "it is no USER's key id"};
  if (id->user_id != evidence.user_id) return {false, "the key id names ANOTHER user"};
  if (id->fingerprint != key.Md5Fingerprint()) return {false, "the key id names ANOTHER key"};
  return {true, fmt::format("the key is {}", id->fingerprint)};
}

Check CheckDate(const api::certificates::WhyEvidence& evidence) {
  auto text = SignedValue(evidence.signing_string, "x-date");
  if (!text) text = SignedValue(evidence.signing_string, "date");
  const auto date = text ? ParseHttpDate(*text) : Fail(ErrorCode::kInvalidArgument, "no date");
  if (!date || ToSeconds(*date) != ToSeconds(evidence.signed_date)) {
    return {false, "the signed date is NOT the one that the service tells"};
  }
  return {true, "signed at " + FormatTime(*date)};
}

Check CheckSubject(const api::certificates::WhyEvidence& evidence, const std::string& request,
                   const std::string& resource_id) {
  const auto target = request.substr(std::min(request.find(' '), request.size() - 1) + 1);
  const auto path = target.substr(0, target.find('?'));
  // Whole segments only: an id inside a longer one is another id.
  if ((path + "/").find("/" + resource_id + "/") != std::string::npos) {
    return {true, "the signed path names this load balancer"};
  }
  // ocid1.<type>.perennial.<region>.<unique>
  const auto digest = HexDecode(evidence.digest);
  const std::string_view id = resource_id;
  const auto region_end = id.rfind('.');
  const auto region_begin =
      region_end == std::string_view::npos ? region_end : id.rfind('.', region_end - 1);
  if (digest && region_begin != std::string_view::npos) {
    const auto region = id.substr(region_begin + 1, region_end - region_begin - 1);
    if (MakeDerivedOcid(OcidType(id), region, AsText(*digest)) == resource_id) {
      return {true,
              "the signed request created this load balancer: its OCID derives from the digest"};
    }
  }
  return {false, "the signed request is about something ELSE than this load balancer"};
}

}  // namespace

bool EvidenceReport::Holds() const {
  return !checks.empty() &&
         std::ranges::all_of(checks, [](const Check& check) { return check.holds; });
}

EvidenceReport CheckEvidence(const api::certificates::WhyEvidence& evidence,
                             const EvidenceSubject& subject) {
  EvidenceReport report;
  const auto key = pki::PublicKey::ParsePem(evidence.public_key_pem);
  if (!key) {
    report.checks.push_back({false, "the public key cannot be read: " + key.error().message});
    return report;
  }
  report.checks.push_back(CheckSignature(evidence, *key));
  report.checks.push_back(CheckDigest(evidence));
  report.checks.push_back(CheckKeyId(evidence, *key));
  report.checks.push_back(CheckDate(evidence));
  const auto request = SignedValue(evidence.signing_string, "(request-target)");
  report.request = request.value_or("");
  if (report.request.empty()) {
    report.checks.push_back({false, "the signed text names no request"});
  } else {
    report.checks.push_back(CheckSubject(evidence, report.request, subject.resource_id));
    const bool changes =
        !report.request.starts_with("get ") && !report.request.starts_with("head ");
    if (!changes) report.checks.push_back({false, "the request only READS: it allows nothing"});
  }
  if (subject.own_key) {
    // Another key of the same user is possible; then its registration is identity's word.
    const bool same = *subject.own_key == *key;
    report.checks.push_back(
        {true, same ? "it is your own key, as it lies on this machine"
                    : "it is another key of yours than the one on this machine"});
  }
  return report;
}

}  // namespace perennial::cli
