// SPDX-License-Identifier: Apache-2.0
// Keeps a copy of identity's facts by following GET /20260101/authorizationSnapshot.
#pragma once

#include <string>

#include "api/identity/client.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/mutex.h"
#include "base/trouble.h"
#include "service/identity_view.h"

namespace perennial::service {

// Step is called by a Loop; the rest is safe from many threads.
class IdentityFollower final : public IdentityView {
 public:
  struct Options {
    // Where the last snapshot is kept, so that a process starts while identity is away. Empty:
    // nowhere.
    std::string path;
    Duration wait =
        std::chrono::seconds(2);  // How long identity may park a call: it bounds the age.
  };
  IdentityFollower(api::identity::IdentityClient& client, Files& files, Clock& clock,
                   Options options);

  // LoadFromDisk takes up what an earlier process kept; absent or unreadable is no error.
  void LoadFromDisk();

  // Step makes one call and returns how long to pause before the next.
  Duration Step();

  Result<std::shared_ptr<const authz::Snapshot>> Current() const override;
  Duration Age() const override;

 private:
  Result<void> Follow();

  api::identity::IdentityClient& client_;
  Files& files_;
  Clock& clock_;
  const Options options_;
  // Only Step touches these.
  Duration pause_ = Duration::zero();  // Grows while identity is away.
  Trouble trouble_{"service", "identity did not answer"};
  authz::SnapshotBuilder builder_;
  mutable Mutex mutex_;
  std::shared_ptr<const authz::Snapshot> current_ GUARDED_BY(mutex_);
  Duration confirmed_at_ GUARDED_BY(mutex_) = Duration::zero();
};

}  // namespace perennial::service
