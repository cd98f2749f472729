// SPDX-License-Identifier: Apache-2.0
// ControlPlane over the network: the typed clients of api/, signed as the node or as one of its
// resources.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "agent/control_plane.h"
#include "agent/resource_tokens.h"
#include "api/enrolment_credential.h"
#include "api/identity/client.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/mutex.h"
#include "base/random.h"
#include "net/transport.h"

namespace perennial::agent {

// Safe to call from many threads; nothing is held while a call is parked.
class RemoteControlPlane final : public ControlPlane {
 public:
  struct Parts {
    net::Transport& transport;
    Clock& clock;
    Random& random;
    Files& files;
  };
  struct Options {
    std::string identity_url;
    api::EnrolmentKey node;      // The node's OCID and its enrolment key.
    std::string endpoints_path;  // endpoints.json: where the other services were last time.
    ResourceTokens::Options resource_tokens;
    std::string agent_version;
  };
  RemoteControlPlane(Parts parts, Options options);

  Result<std::optional<Configuration>> ConfigurationAfter(int64_t version, Duration wait) override;
  // Poll asks the replicas one after the other, in an order of this process' own, and stays with
  // the one that answered and has heard from the control plane lately. When none has, the answer
  // that is the least old counts.
  Result<PollAnswer> Poll(const PollQuestion& question) override;
  void Expect(const std::vector<std::string>& resource_ids) override;
  void Tell(int64_t wanted, int64_t served) override;
  Result<BundleAnswer> FetchBundle(const std::string& resource_id,
                                   const std::string& certificate_id, int64_t version) override;
  // SendReports drops what the service will never take, with a line in the log.
  Result<void> SendReports(const std::vector<Report>& reports) override;
  Result<void> SendListeners(const ListenerReport& report) override;

  // Refresh keeps the resources' tokens and files alive; ResourceTokens::Refresh.
  Duration Refresh() { return tokens_.Refresh(); }

 private:
  // Endpoints asks identity at start and after failures, at most every ten seconds; otherwise, and
  // when identity is away, what is known counts. kUnavailable when nothing is.
  Result<api::identity::Endpoints> Endpoints() EXCLUDES(mutex_);
  void Adopt(api::identity::Endpoints endpoints) REQUIRES(mutex_);
  void MoveBehind(const std::string& replica) EXCLUDES(mutex_);
  api::Client ClientFor(const std::string& url, http_signature::CredentialSource& credential) const;
  // Judged returns the result as it is; a failure that another address may cure has the endpoints
  // asked for anew.
  template <class T>
  Result<T> Judged(Result<T> result) EXCLUDES(mutex_);

  const Parts parts_;
  const Options options_;
  std::atomic<int64_t> wanted_{-1},
      served_{-1};  // -1: not told yet. Read while a token is asked for.
  api::EnrolmentCredential credential_;
  const api::identity::IdentityClient identity_;
  ResourceTokens tokens_;

  Mutex mutex_;
  api::identity::Endpoints endpoints_ GUARDED_BY(mutex_);
  std::vector<std::string> replicas_ GUARDED_BY(mutex_);  // endpoints_.updates, in our order.
  bool doubtful_ GUARDED_BY(mutex_) = true;
  Duration ask_not_before_ GUARDED_BY(mutex_) = Duration::zero();  // Monotonic.
};

}  // namespace perennial::agent
