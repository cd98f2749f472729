// SPDX-License-Identifier: Apache-2.0
// The node speaking as exactly one of the resources placed on it (protocols.md §3): one RSA session
// key a day, and for each resource identity's token over it. RSA, because the unmodified OCI SDK
// signs with nothing else.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "api/identity/client.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/mutex.h"
#include "http_signature/signer.h"
#include "pki/key.h"

namespace perennial::agent {

// Safe to call from many threads; one of them asks identity, the others wait for it.
class ResourceTokens {
 public:
  struct Options {
    // `<directory>/<unique part of the OCID>/{rpst,private.pem,env}`, 0600, are kept for the OCI
    // SDK's resource-principal signer (oci-api §1.3); empty: nothing is written. Absolute.
    std::string directory;
    // Makes the day's session key: 0.2 s of CPU, which a simulation of years does not have.
    std::function<Result<pki::PrivateKey>()> make_session_key = [] {
      return pki::PrivateKey::Generate(pki::KeyAlgorithm::kRsa2048);
    };
  };
  // `identity` signs as the node. All references must outlive this object.
  ResourceTokens(const api::identity::IdentityClient& identity, Clock& clock, Files& files,
                 Options options);

  // Expect says for which resources, all of them, a key may be asked for. What is not among them
  // any more is forgotten; its files are removed with the next Refresh.
  void Expect(const std::vector<std::string>& resource_ids) EXCLUDES(mutex_);

  // KeyOf returns what signs as this resource. From half of a token's life on it asks for new ones,
  // for all expected resources in one batch; when that fails it goes on with the token it has.
  // kNotFound: the resource is not placed on this node. Otherwise what identity said, kUnavailable
  // when it could not be asked; then it is not asked again for two seconds.
  Result<std::shared_ptr<const http_signature::SigningKey>> KeyOf(const std::string& resource_id)
      EXCLUDES(mutex_, asking_);

  // Discard forgets the resource's token: for a 401 to one that should live.
  void Discard(const std::string& resource_id) EXCLUDES(mutex_);

  // Refresh renews what is past half of its life, so that the files never hold a dead token.
  // Returns the pause before the next call.
  Duration Refresh() EXCLUDES(mutex_, asking_);

 private:
  struct Token {
    std::shared_ptr<const http_signature::SigningKey> key;
    Time renew_at, expires;
  };
  // Ask renews what is stale among the expected resources and `also`.
  Result<void> Ask(const std::string& also) REQUIRES(asking_) EXCLUDES(mutex_);
  std::vector<std::string> Stale(const std::string& also) REQUIRES(asking_) EXCLUDES(mutex_);
  Result<void> AskFor(const std::vector<std::string>& ids) REQUIRES(asking_) EXCLUDES(mutex_);
  Result<void> MakeSessionKey() REQUIRES(asking_);
  void WriteFiles(const std::string& resource_id, const std::string& token) REQUIRES(asking_);
  void RemoveFiles(const std::string& resource_id);
  std::string DirectoryOf(const std::string& resource_id) const;
  std::shared_ptr<const http_signature::SigningKey> Living(const std::string& resource_id)
      REQUIRES(mutex_);

  const api::identity::IdentityClient& identity_;
  Clock& clock_;
  Files& files_;
  const Options options_;

  Mutex asking_;  // Held while identity is asked; before mutex_.
  std::shared_ptr<const pki::PrivateKey> session_key_ GUARDED_BY(asking_);
  Time session_key_until_ GUARDED_BY(asking_);
  Duration not_before_ GUARDED_BY(asking_) = Duration::zero();  // Monotonic.
  Error last_error_ GUARDED_BY(asking_);
  // What identity did not name: each question about it is audited there, so it is not asked for on
  // the way.
  std::map<std::string, Duration> not_placed_until_ GUARDED_BY(asking_);

  Mutex mutex_;
  std::map<std::string, Token> tokens_ GUARDED_BY(mutex_);
  std::set<std::string> expected_ GUARDED_BY(mutex_);
  std::set<std::string> gone_ GUARDED_BY(mutex_);  // Their files are still there.
};

// Signs as one resource. `tokens` must outlive it.
class ResourceCredential final : public http_signature::CredentialSource {
 public:
  ResourceCredential(ResourceTokens& tokens, std::string resource_id)
      : tokens_(tokens), resource_id_(std::move(resource_id)) {}
  Result<std::shared_ptr<const http_signature::SigningKey>> Current() override {
    return tokens_.KeyOf(resource_id_);
  }

 private:
  ResourceTokens& tokens_;
  const std::string resource_id_;
};

}  // namespace perennial::agent
