// SPDX-License-Identifier: Apache-2.0
// What a service knows of identity: an immutable snapshot, and how old it is (architecture decision
// 9).
#pragma once

#include <memory>

#include "authz/snapshot.h"
#include "base/error.h"
#include "base/time.h"

namespace perennial::service {

// An older view than this serves reads and renewals only: grants and changes are refused.
inline constexpr Duration kIdentityAgeMax = std::chrono::seconds(5);

// Safe to call from many threads.
class IdentityView {
 public:
  virtual ~IdentityView() = default;

  // Current returns the newest snapshot; kUnavailable before the first one has arrived.
  virtual Result<std::shared_ptr<const authz::Snapshot>> Current() const = 0;

  // Age says how long ago identity last confirmed that Current is all it has.
  virtual Duration Age() const = 0;
};

// A fixed view, for tests and for a process that has just opened identity's own database.
class FixedIdentityView final : public IdentityView {
 public:
  explicit FixedIdentityView(std::shared_ptr<const authz::Snapshot> snapshot)
      : snapshot_(std::move(snapshot)) {}
  Result<std::shared_ptr<const authz::Snapshot>> Current() const override { return snapshot_; }
  Duration Age() const override { return Duration::zero(); }

 private:
  std::shared_ptr<const authz::Snapshot> snapshot_;
};

}  // namespace perennial::service
