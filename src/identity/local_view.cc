// SPDX-License-Identifier: Apache-2.0
#include "identity/local_view.h"

#include "base/log.h"

namespace perennial::identity {

Result<std::shared_ptr<const authz::Snapshot>> LocalIdentityView::Current() const {
  int64_t have = 0;
  {
    MutexLock lock(mutex_);
    if (current_ != nullptr) have = builder_.position();
  }
  // The database is read without the lock: no reader waits for another one's reader.
  TRY_ASSIGN(const auto facts, database_.ReadValue([&](Session& session) -> Result<FactsAnswer> {
    TRY_ASSIGN(const int64_t position, store_.FactPosition(session));
    if (position == have && have > 0) return FactsAnswer{.position = position};
    return store_.FactsAfter(session, have, {});
  }));
  MutexLock lock(mutex_);
  // Another thread may have read later and been here first; its answer holds all of ours.
  if (current_ == nullptr || facts.position > builder_.position()) {
    for (const auto& refused : builder_.ApplyAnswer(facts.position, facts.full, facts.entries)) {
      Log(LogLevel::kError, "identity", "a fact cannot be read; it grants nothing",
          {{"reason", refused.message}});
    }
    current_ = builder_.Build();
  }
  return current_;
}

}  // namespace perennial::identity
