// SPDX-License-Identifier: Apache-2.0
// The clock of one process: the world's, and how far this host is off.
#pragma once

#include "base/clock.h"

namespace perennial::sim {

class SkewedClock final : public Clock {
 public:
  explicit SkewedClock(const Clock& world) : world_(world) {}
  Time Now() const override { return world_.Now() + offset; }
  Duration Monotonic() const override { return world_.Monotonic(); }

  Duration offset{};

 private:
  const Clock& world_;
};

}  // namespace perennial::sim
