// SPDX-License-Identifier: Apache-2.0
#include "base/encoding.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

namespace perennial {
namespace {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kBase32 = "abcdefghijklmnopqrstuvwxyz234567";

// Encodes `bits` bits a character, the last group filled up with zero bits.
std::string EncodeBits(std::span<const uint8_t> bytes, std::string_view alphabet, int bits) {
  std::string out;
  out.reserve((bytes.size() * 8 + bits - 1) / bits);
  uint32_t pending = 0;
  int have = 0;
  for (const uint8_t byte : bytes) {
    pending = (pending << 8) | byte;
    have += 8;
    while (have >= bits) {
      have -= bits;
      out.push_back(alphabet[(pending >> have) & ((1u << bits) - 1)]);
    }
  }
  if (have > 0) out.push_back(alphabet[(pending << (bits - have)) & ((1u << bits) - 1)]);
  return out;
}

std::optional<std::vector<uint8_t>> DecodeBase64(std::string_view text, std::string_view alphabet) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::vector<uint8_t> out;
  out.reserve(text.size() * 3 / 4);
  uint32_t pending = 0;
  int have = 0;
  for (const char c : text) {
    const auto value = alphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    pending = ((pending << 6) | static_cast<uint32_t>(value)) & 0xffffff;
    have += 6;
    if (have >= 8) {
      have -= 8;
      out.push_back(static_cast<uint8_t>(pending >> have));
    }
  }
  // Bits that are left over must be zero, or one value would have several spellings.
  if ((pending & ((1u << have) - 1)) != 0) return std::nullopt;
  return out;
}

}  // namespace

Sha256Digest Sha256(std::span<const uint8_t> bytes) {
  Sha256Digest digest;
  SHA256(bytes.data(), bytes.size(), digest.data());
  return digest;
}

std::string HexEncode(std::span<const uint8_t> bytes) {
  return EncodeBits(bytes, "0123456789abcdef", 4);
}

std::optional<std::vector<uint8_t>> HexDecode(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  const auto nibble = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::vector<uint8_t> out;
  out.reserve(text.size() / 2);
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = nibble(text[i]);
    const int low = nibble(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<uint8_t>(high * 16 + low));
  }
  return out;
}

std::string Base64Encode(std::span<const uint8_t> bytes) {
  std::string out = EncodeBits(bytes, kBase64, 6);
  while (out.size() % 4 != 0) out.push_back('=');
  return out;
}

std::optional<std::vector<uint8_t>> Base64Decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  size_t padding = 0;
  while (padding < 2 && text.ends_with('=')) {
    text.remove_suffix(1);
    ++padding;
  }
  if ((text.size() + padding) % 4 != 0 || (padding > 0 && text.size() % 4 != 4 - padding)) {
    return std::nullopt;
  }
  return DecodeBase64(text, kBase64);
}

std::string Base64UrlEncode(std::span<const uint8_t> bytes) {
  return EncodeBits(bytes, kBase64Url, 6);
}

std::optional<std::vector<uint8_t>> Base64UrlDecode(std::string_view text) {
  return DecodeBase64(text, kBase64Url);
}

std::string Base32Encode(std::span<const uint8_t> bytes) { return EncodeBits(bytes, kBase32, 5); }

bool IsUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<uint8_t>(text[i++]);
    if (lead < 0x80) continue;
    const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4 || text.size() - i < static_cast<size_t>(more)) return false;
    uint32_t point = lead & (0x3f >> more);
    for (int k = 0; k < more; ++k) {
      const auto next = static_cast<uint8_t>(text[i++]);
      if ((next & 0xc0) != 0x80) return false;
      point = (point << 6) | (next & 0x3f);
    }
    const uint32_t least = more == 1 ? 0x80 : more == 2 ? 0x800 : 0x10000;
    if (point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return false;
  }
  return true;
}

std::string_view Clip(std::string_view text, size_t max) {
  if (text.size() <= max) return text;
  // A byte 10xxxxxx continues a character (RFC 3629 §3).
  while (max > 0 && (static_cast<uint8_t>(text[max]) & 0xc0) == 0x80) --max;
  return text.substr(0, max);
}

bool ConstantTimeEquals(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace perennial
