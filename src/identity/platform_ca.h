// SPDX-License-Identifier: Apache-2.0
// The platform CA: TLS of our own processes and what a node or a login pins, nothing else. It is
// apart from tenants' CAs, which are objects of the certificates service.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/secret_bytes.h"
#include "identity/store/store.h"
#include "keys/envelope.h"
#include "pki/certificate.h"
#include "pki/key.h"

namespace perennial::identity {

inline constexpr seconds kPlatformCaLife = std::chrono::days(3652);  // Ten years.
inline constexpr seconds kServerCertificateLife = std::chrono::days(30);

// What a process serves TLS with.
struct ServerIdentity {
  std::string chain_pem;  // Leaf, then the platform CA: `perennial login` pins it by its hash.
  SecretBytes private_key_pem;
  Time expires;  // Renew at two thirds of kServerCertificateLife.
};

// Safe to call from many threads. Everything handed in must outlive it.
class PlatformCa {
 public:
  // Create makes key and certificate in the caller's transaction, or leaves what is there. `names`
  // are DNS names, each with all below it, and addresses: the critical name constraints.
  // kInvalidArgument for a name that is neither.
  static Result<void> Create(Session& session, const Store& store, const keys::Envelope& envelope,
                             Clock& clock, Random& random, const std::vector<std::string>& names);

  // Load: kNotFound before Create, kInternal when the key does not open.
  static Result<PlatformCa> Load(Session& session, const keys::Envelope& envelope, Clock& clock,
                                 Random& random);

  const pki::Certificate& certificate() const { return certificate_; }
  // Hash is what people compare and nodes pin: "sha256:" and the hex of the DER's hash.
  std::string Hash() const { return "sha256:" + certificate_.FingerprintSha256(); }

  // Issue signs a TLS server certificate. kInvalidArgument: no name, a name that is malformed or
  // lies outside the CA's constraints.
  Result<pki::Certificate> Issue(const pki::PublicKey& key,
                                 const std::vector<std::string>& names) const;

  // Record remembers a certificate; nothing leaves before its row is durable.
  static Result<void> Record(Session& session, const Store& store, std::string_view principal_id,
                             const pki::Certificate& certificate);

  // IssueServerIdentity makes a P-256 key and its certificate, recorded: for identity's own
  // process.
  Result<ServerIdentity> IssueServerIdentity(storage::Database& database, const Store& store,
                                             const std::vector<std::string>& names) const;

 private:
  PlatformCa(pki::Certificate certificate, pki::PrivateKey key, Clock& clock, Random& random)
      : certificate_(std::move(certificate)),
        key_(std::move(key)),
        clock_(&clock),
        random_(&random) {}

  pki::Certificate certificate_;
  pki::PrivateKey key_;
  Clock* clock_;
  Random* random_;
};

}  // namespace perennial::identity
