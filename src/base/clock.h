// SPDX-License-Identifier: Apache-2.0
// The seam through which all of the system learns what time it is.
#pragma once

#include <atomic>
#include <chrono>

#include "base/time.h"

namespace perennial {

// Safe to call from many threads.
class Clock {
 public:
  virtual ~Clock() = default;

  // Now returns UTC. It can jump when an operator sets the clock: never measure a wait with it.
  virtual Time Now() const = 0;

  // Monotonic returns time since some fixed moment of this process; it never goes back.
  virtual Duration Monotonic() const = 0;
};

class SystemClock final : public Clock {
 public:
  Time Now() const override;
  Duration Monotonic() const override;
};

// A clock that a test moves. Starts at 2026-01-01T00:00:00Z.
class ManualClock final : public Clock {
 public:
  Time Now() const override { return FromMicros(now_.load()); }
  Duration Monotonic() const override { return Duration(monotonic_.load()); }
  void Advance(Duration by) {
    now_ += by.count();
    monotonic_ += by.count();
  }
  void Set(Time now) { now_ = ToMicros(now); }

 private:
  std::atomic<int64_t> now_{1767225600000000};
  std::atomic<int64_t> monotonic_{0};
};

}  // namespace perennial
