// SPDX-License-Identifier: Apache-2.0
#include "identity/sessions/limiter.h"

#include <algorithm>
#include <chrono>

#include "base/encoding.h"
#include "base/ip_address.h"
#include "base/proof.h"
#include "pki/name.h"

namespace perennial::identity {

std::string AddressLimiter::NetworkOf(std::string_view address) {
  const auto bytes = pki::ParseIpAddress(address);
  if (!bytes) return std::string(address);
  return HexEncode(PeerNetwork(bytes->bytes));
}

double AddressLimiter::TokensOf(const Bucket& bucket, Duration now) const {
  const double passed = std::chrono::duration<double>(now - bucket.at).count();
  return std::min(options_.burst, bucket.tokens + passed * options_.per_second);
}

Result<void> AddressLimiter::Take(std::string_view address, Duration monotonic) {
  auto network = NetworkOf(address);
  MutexLock lock(mutex_);
  if (!buckets_.contains(network) && buckets_.size() >= options_.addresses_max) {
    // A full bucket says no more than none.
    std::erase_if(buckets_, [&](const auto& entry) {
      return TokensOf(entry.second, monotonic) >= options_.burst;
    });
    if (buckets_.size() >= options_.addresses_max) network = "others";
  }
  auto& bucket = buckets_.try_emplace(network, Bucket{options_.burst, monotonic}).first->second;
  bucket = {TokensOf(bucket, monotonic), monotonic};
  if (bucket.tokens < 1 && !PERENNIAL_MUTANT("sessions.no_limit")) {
    return Fail(ErrorCode::kRateLimited,
                "too many sign-ins from this address; try again in a moment");
  }
  bucket.tokens -= 1;
  return {};
}

}  // namespace perennial::identity
