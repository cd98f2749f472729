// SPDX-License-Identifier: Apache-2.0
// PEM (RFC 7468), read strictly; what leaves is always our own encoding (security.md E12).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/secret_bytes.h"

namespace perennial::pki {

inline constexpr size_t kPemBytesMax = 256 * 1024;

struct PemBlock {
  std::string label;  // As `CERTIFICATE`.
  SecretBytes bytes;  // A secret until the label says otherwise.
};

// ParsePem returns the blocks in their order. Lines end in LF or CR LF; outside blocks only white
// space may stand; inside only full lines of base64. kInvalidArgument for comments, headers
// (encrypted keys have them), a byte order mark, blank lines inside, nested or unequal labels, more
// than `blocks_max` blocks, or 256 KiB.
Result<std::vector<PemBlock>> ParsePem(std::string_view text, size_t blocks_max);

// EncodePem writes 64 columns, LF, no blank line.
std::string EncodePem(std::string_view label, std::span<const uint8_t> bytes);

}  // namespace perennial::pki
