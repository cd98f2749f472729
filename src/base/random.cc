// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"

#include <openssl/rand.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace perennial {

std::vector<uint8_t> Random::Bytes(size_t count) {
  std::vector<uint8_t> bytes(count);
  Fill(bytes);
  return bytes;
}

uint64_t Random::Uint64() {
  uint64_t value = 0;
  Fill({reinterpret_cast<uint8_t*>(&value), sizeof value});
  return value;
}

void SystemRandom::Fill(std::span<uint8_t> out) {
  CHECK(RAND_bytes(out.data(), static_cast<int>(out.size())) == 1);
}

void SeededRandom::Fill(std::span<uint8_t> out) {
  // SplitMix64: small, and every seed gives a full-period sequence.
  for (size_t at = 0; at < out.size(); at += 8) {
    constexpr uint64_t kStep = 0x9e3779b97f4a7c15;
    uint64_t mixed = state_.fetch_add(kStep) + kStep;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    mixed ^= mixed >> 31;
    std::memcpy(out.data() + at, &mixed, std::min<size_t>(8, out.size() - at));
  }
}

}  // namespace perennial
