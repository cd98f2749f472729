// SPDX-License-Identifier: Apache-2.0
#include "http_signature/key_id.h"

#include <fmt/format.h>

#include "base/ocid.h"

namespace perennial::http_signature {
namespace {

constexpr std::string_view kTokenPrefix = "ST$";
constexpr std::string_view kEnrolmentPrefix = "enrolment/";

// aa:bb:… of 16 bytes, lower case: one key has one spelling.
bool IsFingerprint(std::string_view text) {
  if (text.size() != 47) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool hex = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
    if (i % 3 == 2 ? text[i] != ':' : !hex) return false;
  }
  return true;
}

}  // namespace

Result<KeyId> ParseKeyId(std::string_view text) {
  KeyId id;
  if (text.starts_with(kTokenPrefix) && text.size() > kTokenPrefix.size()) {
    id.kind = KeyId::Kind::kToken;
    id.token = std::string(text.substr(kTokenPrefix.size()));
    return id;
  }
  if (text.starts_with(kEnrolmentPrefix) &&
      !OcidType(text.substr(kEnrolmentPrefix.size())).empty()) {
    id.kind = KeyId::Kind::kEnrolment;
    id.principal_id = std::string(text.substr(kEnrolmentPrefix.size()));
    return id;
  }
  const auto first = text.find('/');
  const auto second = first == std::string_view::npos ? first : text.find('/', first + 1);
  if (second != std::string_view::npos) {
    id.kind = KeyId::Kind::kApiKey;
    id.tenancy_id = std::string(text.substr(0, first));
    id.user_id = std::string(text.substr(first + 1, second - first - 1));
    id.fingerprint = std::string(text.substr(second + 1));
    if (OcidType(id.tenancy_id) == "tenancy" && OcidType(id.user_id) == "user" &&
        IsFingerprint(id.fingerprint)) {
      return id;
    }
  }
  return Fail(ErrorCode::kUnauthenticated,
              "the keyId is neither tenancy/user/fingerprint nor ST$ and a token");
}

std::string ApiKeyId(std::string_view tenancy_id, std::string_view user_id,
                     std::string_view fingerprint) {
  return fmt::format("{}/{}/{}", tenancy_id, user_id, fingerprint);
}

std::string TokenKeyId(std::string_view token) { return fmt::format("{}{}", kTokenPrefix, token); }

std::string EnrolmentKeyId(std::string_view principal_id) {
  return fmt::format("{}{}", kEnrolmentPrefix, principal_id);
}

}  // namespace perennial::http_signature
