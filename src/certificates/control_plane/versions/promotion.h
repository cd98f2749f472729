// SPDX-License-Identifier: Apache-2.0
// How a version becomes CURRENT, in one place, and the two seams to the change feed and to
// rollouts.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "certificates/control_plane/renewal_schedule.h"
#include "storage/storage.h"

namespace perennial::certificates {

// The change feed, as promotion needs it. Called inside the writing transaction.
class FeedWriter {
 public:
  virtual ~FeedWriter() = default;
  // CurrentVersionChanged tells the replicas of every association of the certificate.
  virtual Result<void> CurrentVersionChanged(storage::Session& session,
                                             const std::string& certificate_id,
                                             int64_t version) = 0;
};

// Rollouts, as renewals and updates need them. Called inside the writing transaction.
class RolloutStarter {
 public:
  virtual ~RolloutStarter() = default;
  // Begin takes over a renewed version, LATEST and PENDING: it starts a rollout, or promotes at
  // once where there is no association or no live node. A live rollout of an older version is
  // superseded.
  virtual Result<void> Begin(storage::Session& session, const std::string& certificate_id,
                             int64_t version) = 0;
  // PromotedByUser is told after a user's own promotion: a live rollout ends as SUPERSEDED.
  virtual Result<void> PromotedByUser(storage::Session& session, const std::string& certificate_id,
                                      int64_t version) = 0;
};

// Safe to call from many threads, each with a session of its own.
class Promotion {
 public:
  explicit Promotion(FeedWriter& feed) : feed_(feed) {}

  // Promote makes `version` CURRENT and the one before PREVIOUS, fixes the next renewal by the
  // promoted version's own life, forgets earlier failures, and writes the feed. Promoting what is
  // CURRENT already changes nothing. kNotFound without such a version; kIncorrectState when the
  // certificate is not ACTIVE, or the version is scheduled for deletion.
  Result<void> Promote(storage::Session& session, const std::string& certificate_id,
                       int64_t version);

  // Abandon takes a rolled-back version out of PENDING; it becomes DEPRECATED. The renewal is due
  // again, later after each failure, never stopped. `reason` is shown in lifecycleDetails.
  Result<void> Abandon(storage::Session& session, const std::string& certificate_id,
                       int64_t version, Time now, const std::string& reason);

 private:
  FeedWriter& feed_;
};

}  // namespace perennial::certificates
