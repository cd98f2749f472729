// SPDX-License-Identifier: Apache-2.0
// The only locks of the project, annotated for clang's -Wthread-safety. They are a seam: the
// simulator runs one thread at a time and decides here who goes on.
#pragma once

#include <condition_variable>
#include <mutex>

#include "base/clock.h"

#if defined(__clang__)
#define PERENNIAL_ANNOTATE(x) __attribute__((x))
#else
#define PERENNIAL_ANNOTATE(x)
#endif
#define GUARDED_BY(x) PERENNIAL_ANNOTATE(guarded_by(x))
#define REQUIRES(...) PERENNIAL_ANNOTATE(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) PERENNIAL_ANNOTATE(locks_excluded(__VA_ARGS__))

namespace perennial {

class PERENNIAL_ANNOTATE(capability("mutex")) Mutex {
 public:
  void Lock() PERENNIAL_ANNOTATE(acquire_capability()) { mutex_.lock(); }
  void Unlock() PERENNIAL_ANNOTATE(release_capability()) { mutex_.unlock(); }

 private:
  friend class Condition;
  std::mutex mutex_;
};

class PERENNIAL_ANNOTATE(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) PERENNIAL_ANNOTATE(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.Lock();
  }
  ~MutexLock() PERENNIAL_ANNOTATE(release_capability()) { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// Waits are always in a loop around the awaited fact: wake-ups may be spurious.
class Condition {
 public:
  void Wait(Mutex& mutex) REQUIRES(mutex);
  // WaitFor returns false when `timeout` passed first.
  bool WaitFor(Mutex& mutex, Duration timeout) REQUIRES(mutex);
  void NotifyAll() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace perennial
