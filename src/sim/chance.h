// SPDX-License-Identifier: Apache-2.0
// Where the simulator's own choices come from: a small generator that is the same on every machine.
#pragma once

#include <cstdint>
#include <vector>

namespace perennial::sim {

// splitmix64. Used by one thread.
class Chance {
 public:
  explicit Chance(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // Below returns a number from 0 to `end` - 1; `end` is at least 1.
  uint64_t Below(uint64_t end) { return Next() % end; }
  bool OneIn(uint64_t n) { return Below(n) == 0; }
  int64_t Between(int64_t least, int64_t most) {
    return least + static_cast<int64_t>(Below(static_cast<uint64_t>(most - least + 1)));
  }
  template <class T>
  T& Pick(std::vector<T>& from) {
    return from[Below(from.size())];
  }
  template <class T>
  const T& Pick(const std::vector<T>& from) {
    return from[Below(from.size())];
  }

 private:
  uint64_t state_;
};

}  // namespace perennial::sim
