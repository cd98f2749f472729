// SPDX-License-Identifier: Apache-2.0
// Verifying signed requests: HTTP Signatures, draft-cavage-08, as OCI's "version 1" (oci-api §1.2).
//
// The verifier fixes what must be covered, never the signer. In two steps, because the key is
// looked up in between: Inspect → key of key_id → Verify. Every failure is kUnauthenticated with a
// short true reason. Pure functions; safe to call from many threads.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/http.h"
#include "base/time.h"
#include "pki/key.h"

namespace perennial::http_signature {

// What the Authorization header says.
struct SignatureHeader {
  std::string version = "1";
  std::string key_id;
  std::string algorithm;             // Lower case.
  std::vector<std::string> headers;  // Lower case, in order, none twice.
  std::vector<uint8_t> signature;
};

// ParseAuthorization reads `Signature
// version="1",keyId="…",algorithm="…",headers="…",signature="…"`, in any order. Unknown or repeated
// parameters, another version and loose base64 are refused.
Result<SignatureHeader> ParseAuthorization(std::string_view value);

// SigningString is what is signed: one line for each name. A name that the request lacks or has
// twice is refused. `(request-target)` is written with `target` in place of the request's own, when
// given.
Result<std::string> SigningString(const HttpRequest& request, std::span<const std::string> headers,
                                  std::string_view target = {});

// Inspect does what costs nothing: one Authorization header, well formed, that covers what this
// method must cover: (request-target), host and date or x-date; with a body, and for POST, PUT,
// PATCH and unknown methods always, also content-type, content-length and x-content-sha256; every
// covered header is there once.
Result<SignatureHeader> Inspect(const HttpRequest& request);

struct VerifyOptions {
  Time now;
  std::span<const std::string>
      accepted_hosts;              // host:port as clients know us; compared without case.
  std::chrono::seconds skew{300};  // Either way, inclusive.
};

// What a verified request states. Default: nothing, for operations that take unsigned requests.
struct SignedFacts {
  std::string key_id;
  std::string algorithm;
  std::string signing_string;  // The spelling that verified.
  std::vector<uint8_t> signature;
  Time signed_date;
  std::string digest;  // SHA-256 of the signing string, 32 raw bytes: the identity of this request.
};

// Verify judges `header`, which Inspect returned for this request, under `key`: the algorithm that
// the key implies (rsa-sha256, or ecdsa-sha256 for P-256), the host, the signed date (x-date before
// date), the body's length and digest, the signature. Where the raw query does not verify, its
// re-spellings as signed by the OCI TypeScript SDK are tried: {}|\^` escaped, non-ASCII unescaped.
Result<SignedFacts> Verify(const HttpRequest& request, const SignatureHeader& header,
                           const pki::PublicKey& key, const VerifyOptions& options);

// AlgorithmName returns the only algorithm that a key may sign requests with; empty for a key that
// may not.
std::string_view AlgorithmName(const pki::PublicKey& key);

}  // namespace perennial::http_signature
