// SPDX-License-Identifier: Apache-2.0
// Identity's own keys, which sign tokens. One is current for a day; the next is published an hour
// before its first use; the last one verifies until what it signed has died.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/random.h"
#include "http_signature/token.h"
#include "identity/store/store.h"
#include "keys/envelope.h"
#include "pki/key.h"

namespace perennial::identity {

inline constexpr seconds kTokenLife = std::chrono::minutes(15);
// Of people's sessions, which are looked up by every use; a replaced key verifies for as long.
inline constexpr seconds kSessionTokenLife = std::chrono::hours(1);
inline constexpr seconds kTokenKeyLife = std::chrono::hours(24);
inline constexpr seconds kTokenKeyLead = std::chrono::hours(1);
inline constexpr std::string_view kTokenIssuer = "perennial-identity";

// Safe to call from many threads; Step by one at a time. Everything handed in must outlive it.
class TokenKeys {
 public:
  TokenKeys(storage::Database& database, const Store& store, const keys::Envelope& envelope,
            Clock& clock, Random& random);

  // Step makes, promotes, replaces and forgets keys as the clock demands, and takes up what another
  // process of identity did. It returns how long to pause. A failure leaves the old keys in use.
  Result<Duration> Step();

  struct Signed {
    std::string token;
    Time expires;
  };
  // Sign completes the claims (iss, iat, exp, and jti unless it is given) and signs them.
  // kUnavailable before the first Step.
  Result<Signed> Sign(http_signature::TokenClaims claims, Duration life = kTokenLife) const;

 private:
  struct SigningKey {
    std::string kid;
    pki::PrivateKey key;
  };
  Result<TokenKeyRow> MakeKey(Time now) const;
  Result<void> Rotate(Session& session, Time now) const;

  storage::Database& database_;
  const Store& store_;
  const keys::Envelope& envelope_;
  Clock& clock_;
  Random& random_;
  mutable Mutex mutex_;
  std::shared_ptr<const SigningKey> current_ GUARDED_BY(mutex_);
};

}  // namespace perennial::identity
