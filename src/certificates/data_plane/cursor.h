// SPDX-License-Identifier: Apache-2.0
// A cursor of the poll: (position, hash), opaque to nodes and authenticated by HMAC-SHA-256.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace perennial::replica {

struct Cursor {
  int64_t position = 0;
  std::string hash;
  friend bool operator==(const Cursor&, const Cursor&) = default;
};

std::string SealCursor(const Cursor& cursor, std::string_view key);

// OpenCursor returns nothing for a text that was not sealed with this key.
std::optional<Cursor> OpenCursor(std::string_view text, std::string_view key);

}  // namespace perennial::replica
