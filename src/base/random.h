// SPDX-License-Identifier: Apache-2.0
// The seam for chance. Keys, serials, tokens and ids draw from a cryptographic source.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace perennial {

// Safe to call from many threads.
class Random {
 public:
  virtual ~Random() = default;

  // Fill writes unpredictable bytes over all of `out`. A system without randomness stops the
  // process.
  virtual void Fill(std::span<uint8_t> out) = 0;

  std::vector<uint8_t> Bytes(size_t count);
  uint64_t Uint64();
};

// The operating system's generator, by way of OpenSSL.
class SystemRandom final : public Random {
 public:
  void Fill(std::span<uint8_t> out) override;
};

// The same bytes from the same seed: for tests and the simulator only.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  void Fill(std::span<uint8_t> out) override;

 private:
  std::atomic<uint64_t> state_;
};

}  // namespace perennial
