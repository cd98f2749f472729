// SPDX-License-Identifier: Apache-2.0
#include "base/mutex.h"

#include <algorithm>

namespace perennial {

// The caller holds the lock; std::unique_lock borrows it for the wait and gives it back still
// locked.
void Condition::Wait(Mutex& mutex) {
  std::unique_lock borrowed(mutex.mutex_, std::adopt_lock);
  condition_.wait(borrowed);
  borrowed.release();
}

bool Condition::WaitFor(Mutex& mutex, Duration timeout) {
  std::unique_lock borrowed(mutex.mutex_, std::adopt_lock);
  // "For ever" must not overflow the clock of the wait and return at once.
  constexpr Duration kLongest = std::chrono::hours(24) * 36500;
  const auto status = condition_.wait_for(borrowed, std::min(timeout, kLongest));
  borrowed.release();
  return status == std::cv_status::no_timeout;
}

}  // namespace perennial
