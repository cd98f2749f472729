// SPDX-License-Identifier: Apache-2.0
// How often one address may try. A bucket an address, in bounded memory.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/mutex.h"
#include "base/time.h"

namespace perennial::identity {

// Safe to call from many threads.
class AddressLimiter {
 public:
  struct Options {
    double burst = 60;
    double per_second = 1;
    size_t addresses_max = 4096;
  };
  explicit AddressLimiter(Options options) : options_(options) {}

  // Take is kRateLimited when the address has used up what it may. `monotonic`: Clock::Monotonic.
  // Addresses count by their PeerNetwork. When more addresses are at it
  // than we remember, the new ones share one bucket.
  Result<void> Take(std::string_view address, Duration monotonic) EXCLUDES(mutex_);

  // NetworkOf returns what an address is counted under.
  static std::string NetworkOf(std::string_view address);

 private:
  struct Bucket {
    double tokens = 0;
    Duration at = Duration::zero();
  };
  double TokensOf(const Bucket& bucket, Duration now) const;

  const Options options_;
  Mutex mutex_;
  std::map<std::string, Bucket> buckets_ GUARDED_BY(mutex_);
};

}  // namespace perennial::identity
