// SPDX-License-Identifier: Apache-2.0
// Signing requests, as the OCI SDKs do.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "base/http.h"
#include "base/time.h"
#include "pki/key.h"

namespace perennial::http_signature {

struct SigningKey {
  std::string key_id;
  std::shared_ptr<const pki::Signer> key;  // A pki::PrivateKey, as a rule. RSA or P-256.
};

// Sign adds date, Authorization and, with a body or for POST, PUT and PATCH, content-length,
// x-content-sha256 and (where absent) content-type: application/json. What was there of these is
// replaced, so a request may be signed again. kInternal when it has no host header; what the key
// says when it cannot sign.
Result<void> Sign(HttpRequest& request, const SigningKey& key, Time now);

// Where a client finds the key to sign with; a token is renewed behind it. Safe to call from many
// threads.
class CredentialSource {
 public:
  virtual ~CredentialSource() = default;

  // Current returns the key to sign with now. kUnavailable: there is none yet, or none any more.
  virtual Result<std::shared_ptr<const SigningKey>> Current() = 0;
};

// A key that stays: an API key, an enrolment key.
class StaticCredential final : public CredentialSource {
 public:
  explicit StaticCredential(SigningKey key)
      : key_(std::make_shared<const SigningKey>(std::move(key))) {}
  Result<std::shared_ptr<const SigningKey>> Current() override { return key_; }

 private:
  const std::shared_ptr<const SigningKey> key_;
};

}  // namespace perennial::http_signature
