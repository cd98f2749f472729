// SPDX-License-Identifier: Apache-2.0
// What kind of thing an IP address stands for.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace perennial {

// NamesOneHost is false for what no host can be reached at or bound to as itself: 0.0.0.0/8, ::,
// multicast, broadcast and the reserved class above (RFC 6890), mapped IPv4 included. `bytes` are 4
// or 16 in network order; any other number names nothing.
inline bool NamesOneHost(std::span<const uint8_t> bytes) {
  if (bytes.size() == 4) return bytes[0] != 0 && bytes[0] < 224;
  if (bytes.size() != 16) return false;
  const auto zero = [](uint8_t byte) { return byte == 0; };
  const bool mapped = std::all_of(bytes.begin(), bytes.begin() + 10, zero) && bytes[10] == 0xff &&
                      bytes[11] == 0xff;
  if (mapped) return NamesOneHost(bytes.subspan(12));
  return bytes[0] != 0xff && !std::ranges::all_of(bytes, zero);
}

// PeerNetwork is what a peer is counted under: an IPv4 address whole, of IPv6 the /64, since one
// host has all of the rest. `bytes` are 4 or 16 in network order; the result lies within them.
inline std::span<const uint8_t> PeerNetwork(std::span<const uint8_t> bytes) {
  return bytes.size() == 16 ? bytes.first(8) : bytes;
}

}  // namespace perennial
