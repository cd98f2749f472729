// SPDX-License-Identifier: Apache-2.0
#include "sim/part.h"

#include "base/check.h"

namespace perennial::sim {

void Part::Kill() {
  if (!alive_) return;
  alive_ = false;
  faults.Clear();
  if (depth_ == 0) Destroy();
}

void Part::Begin() {
  if (alive_ || depth_ > 0) return;
  ++depth_;
  alive_ = true;
  try {
    if (!Start()) alive_ = false;
  } catch (const Crash& crash) {
    CHECK(crash.part == this);
    alive_ = false;
  }
  --depth_;
  if (!alive_) Destroy();
}

bool Part::Enter(const std::function<void()>& work) {
  ++depth_;
  try {
    work();
  } catch (const Crash& crash) {
    // Somebody else's death passes through nobody: each call between processes ends in an Enter.
    CHECK(crash.part == this);
  }
  --depth_;
  const bool lives = alive_;
  if (!lives && depth_ == 0) Destroy();
  return lives;
}

void Part::Die() {
  alive_ = false;
  faults.Clear();
  throw Crash{this};
}

}  // namespace perennial::sim
