// SPDX-License-Identifier: Apache-2.0
// A user's own signed request, kept byte for byte, so that a service can show on whose behalf it
// acts (protocols.md §2). Its digest is SignedFacts::digest of the request.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/http.h"

namespace perennial::http_signature {

struct Evidence {
  std::string method;
  std::string target;
  HttpHeaders
      headers;  // The signed headers and Authorization, in the order and with the values received.
  std::string body;

  friend bool operator==(const Evidence&, const Evidence&) = default;
};

// MakeEvidence keeps of a request what its signature covers. kUnauthenticated when it is not
// signed.
Result<Evidence> MakeEvidence(const HttpRequest& request);

// ToRequest is the request again, for Inspect and Verify.
HttpRequest ToRequest(const Evidence& evidence);

// {"method", "target", "headers": [[name, value], …], "body": base64}. EvidenceFromJson is strict:
// unknown or missing fields and loose base64 are refused, by pointer.
std::string EvidenceToJson(const Evidence& evidence);
Result<Evidence> EvidenceFromJson(std::string_view json);

}  // namespace perennial::http_signature
