// SPDX-License-Identifier: Apache-2.0
// Bytes as text and back, and SHA-256. Decoders are strict: but for the case of hex, one value has
// one spelling.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace perennial {

using Sha256Digest = std::array<uint8_t, 32>;

inline std::span<const uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
inline std::string_view AsText(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Sha256Digest Sha256(std::span<const uint8_t> bytes);
inline Sha256Digest Sha256(std::string_view text) { return Sha256(AsBytes(text)); }

std::string HexEncode(std::span<const uint8_t> bytes);  // Lower case.
// Either case: escapes in URLs and names are written so. White space and odd lengths are refused.
std::optional<std::vector<uint8_t>> HexDecode(std::string_view text);

std::string Base64Encode(std::span<const uint8_t> bytes);  // RFC 4648 §4, padded.
// Refuses white space, missing padding, the URL-safe alphabet and non-zero trailing bits.
std::optional<std::vector<uint8_t>> Base64Decode(std::string_view text);

std::string Base64UrlEncode(std::span<const uint8_t> bytes);  // RFC 4648 §5, no padding, as in JWS.
std::optional<std::vector<uint8_t>> Base64UrlDecode(std::string_view text);

std::string Base32Encode(std::span<const uint8_t> bytes);  // RFC 4648 §6, lower case, no padding.

// IsUtf8 tells whether the text is well-formed UTF-8 (RFC 3629): no overlong form, no surrogate.
bool IsUtf8(std::string_view text);

// Clip returns the first `max` bytes at most, without half a character at the end: for quoting in
// messages.
std::string_view Clip(std::string_view text, size_t max);

// ConstantTimeEquals compares secrets without telling where they differ.
bool ConstantTimeEquals(std::string_view a, std::string_view b);

}  // namespace perennial
