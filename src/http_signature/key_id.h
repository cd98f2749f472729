// SPDX-License-Identifier: Apache-2.0
// The three things a keyId can be.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace perennial::http_signature {

struct KeyId {
  enum class Kind {
    kApiKey,     // tenancy OCID/user OCID/fingerprint
    kToken,      // ST$token: a session, service, node, replica or resource-principal token
    kEnrolment,  // enrolment/principal OCID
  };
  Kind kind = Kind::kApiKey;
  std::string tenancy_id, user_id, fingerprint;  // kApiKey
  std::string token;                             // kToken
  std::string principal_id;                      // kEnrolment
};

// ParseKeyId returns kUnauthenticated for anything else.
Result<KeyId> ParseKeyId(std::string_view text);

// The spellings, for signers.
std::string ApiKeyId(std::string_view tenancy_id, std::string_view user_id,
                     std::string_view fingerprint);
std::string TokenKeyId(std::string_view token);
std::string EnrolmentKeyId(std::string_view principal_id);

}  // namespace perennial::http_signature
