// SPDX-License-Identifier: Apache-2.0
// Identity's view of itself: read from its own tables, so it is never old.
#pragma once

#include <memory>

#include "base/mutex.h"
#include "identity/store/store.h"
#include "service/identity_view.h"

namespace perennial::identity {

// Safe to call from many threads, but not inside a Read of the same database: it needs a reader of
// its own while others may wait for it.
class LocalIdentityView final : public service::IdentityView {
 public:
  LocalIdentityView(storage::Database& database, const Store& store)
      : database_(database), store_(store) {}

  // Current holds every fact that was committed before the call, by whatever process.
  Result<std::shared_ptr<const authz::Snapshot>> Current() const override;
  Duration Age() const override { return Duration::zero(); }

 private:
  storage::Database& database_;
  const Store& store_;
  mutable Mutex mutex_;
  mutable authz::SnapshotBuilder builder_ GUARDED_BY(mutex_);
  mutable std::shared_ptr<const authz::Snapshot> current_ GUARDED_BY(mutex_);
};

}  // namespace perennial::identity
