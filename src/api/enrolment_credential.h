// SPDX-License-Identifier: Apache-2.0
// How services, replicas and nodes come by their short tokens: they exchange the long-lived
// enrolment key for a token over a fresh session key, again and again (protocols.md §1).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "api/identity/client.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/random.h"
#include "http_signature/signer.h"
#include "net/transport.h"
#include "pki/key.h"

namespace perennial::api {

// The long-lived key of one principal, enrolled with identity.
struct EnrolmentKey {
  std::string principal_id;                // OCID of the service, replica or node.
  std::shared_ptr<const pki::Signer> key;  // P-256.
};

// EnrolmentSigningKey is for the two calls that are signed by the enrolment key itself.
http_signature::SigningKey EnrolmentSigningKey(const EnrolmentKey& enrolment);

// Safe to call from many threads.
class EnrolmentCredential final : public http_signature::CredentialSource {
 public:
  struct Options {
    // Adds what the principal tells of itself at each exchange: a node's version and counts. May be
    // empty.
    std::function<void(identity::ExchangeTokenDetails&)> describe;
    Duration deadline = std::chrono::seconds(10);
  };

  EnrolmentCredential(net::Transport& transport, Clock& clock, Random& random,
                      std::string identity_url, EnrolmentKey enrolment, Options options);
  EnrolmentCredential(net::Transport& transport, Clock& clock, Random& random,
                      std::string identity_url, EnrolmentKey enrolment)
      : EnrolmentCredential(transport, clock, random, std::move(identity_url), std::move(enrolment),
                            Options{}) {}

  // Current returns the session key under its token. It exchanges when there is none, or from half
  // of the token's life on; when that fails it goes on with the token it has until that expires,
  // and asks identity at most once in two seconds. One thread exchanges; the others go on with the
  // old token, or wait when there is none. Without a token that lives it returns identity's error:
  // kUnavailable when it could not be reached, kUnauthenticated when the enrolment key is not
  // accepted (any more).
  Result<std::shared_ptr<const http_signature::SigningKey>> Current() override;

  // RenewSoon has Current exchange again before half of the token's life, though not within ten seconds
  // of the last exchange: for what `describe` tells has changed.
  void RenewSoon();

  // Discard forgets the token, so that the next Current exchanges: for a 401 to a token that should
  // live.
  void Discard();

 private:
  struct Session {
    std::shared_ptr<const http_signature::SigningKey> key;
    Time asked_at, renew_at, expires;
  };
  Result<Session> Exchange() const;

  Clock& clock_;
  http_signature::StaticCredential enrolment_credential_;
  const identity::IdentityClient client_;
  const Options options_;

  Mutex mutex_;
  Condition changed_;
  bool exchanging_ GUARDED_BY(mutex_) = false;
  Session session_ GUARDED_BY(mutex_);                         // key is null: there is none.
  Duration not_before_ GUARDED_BY(mutex_) = Duration::zero();  // No attempt earlier (monotonic).
  Error last_error_ GUARDED_BY(mutex_);
};

// The TLS certificate of a process of its own, signed by the platform CA.
struct ProcessCertificate {
  std::shared_ptr<const pki::PrivateKey> key;
  std::string chain_pem;  // Leaf first.
  Time renew_at;          // At two thirds of its life.
  Time expires;
};

// RequestProcessCertificate makes a P-256 key and asks identity for a certificate of these names.
// Errors are those of Client::Send; kInvalidArgument for a name that the principal was not
// registered with.
Result<ProcessCertificate> RequestProcessCertificate(net::Transport& transport, Clock& clock,
                                                     Random& random,
                                                     const std::string& identity_url,
                                                     const EnrolmentKey& enrolment,
                                                     std::vector<std::string> names);

}  // namespace perennial::api
