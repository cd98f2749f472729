// SPDX-License-Identifier: Apache-2.0
#include "certificates/data_plane/cursor.h"

#include <charconv>
#include <string>

#include "base/encoding.h"
#include "base/proof.h"

namespace perennial::replica {
namespace {

constexpr size_t kHashHex = 64;
constexpr size_t kBlock = 64;
constexpr size_t kMac = 32;

// RFC 2104 over SHA-256.
Sha256Digest Mac(std::string_view key, std::string_view text) {
  std::string block(key);
  if (block.size() > kBlock) block = AsText(Sha256(key));
  block.resize(kBlock, '\0');
  std::string inner = block;
  std::string outer = block;
  for (auto& c : inner) c = static_cast<char>(c ^ 0x36);
  for (auto& c : outer) c = static_cast<char>(c ^ 0x5c);
  inner += text;
  outer += AsText(Sha256(inner));
  return Sha256(outer);
}

}  // namespace

std::string SealCursor(const Cursor& cursor, std::string_view key) {
  const auto plain = std::to_string(cursor.position) + ":" + cursor.hash;
  std::string sealed(AsText(Mac(key, plain)));
  sealed += plain;
  return Base64UrlEncode(AsBytes(sealed));
}

std::optional<Cursor> OpenCursor(std::string_view text, std::string_view key) {
  const auto bytes = Base64UrlDecode(text);
  if (!bytes || bytes->size() < kMac + 2 + kHashHex) return std::nullopt;
  const auto sealed = AsText(*bytes);
  const auto plain = sealed.substr(kMac);
  if (!ConstantTimeEquals(sealed.substr(0, kMac), AsText(Mac(key, plain))) &&
      !PERENNIAL_MUTANT("replica.any_cursor")) {
    return std::nullopt;
  }
  const auto colon = plain.find(':');
  if (colon == std::string_view::npos || plain.size() != colon + 1 + kHashHex) return std::nullopt;
  Cursor cursor;
  const auto [end, error] = std::from_chars(plain.data(), plain.data() + colon, cursor.position);
  if (error != std::errc() || end != plain.data() + colon) return std::nullopt;
  cursor.hash = plain.substr(colon + 1);
  return cursor;
}

}  // namespace perennial::replica
