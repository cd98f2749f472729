// SPDX-License-Identifier: Apache-2.0
#include "certificates/data_plane/cursor.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <charconv>

#include "base/check.h"
#include "base/encoding.h"

namespace perennial::replica {
namespace {

constexpr size_t kHashLength = 64;  // Hex of SHA-256.

std::string Tag(std::string_view text, std::string_view key) {
  std::array<uint8_t, 32> tag;
  unsigned int length = tag.size();
  CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), AsBytes(text).data(),
             text.size(), tag.data(), &length) != nullptr);
  return Base64UrlEncode(tag);
}

}  // namespace

std::string SealCursor(const Cursor& cursor, std::string_view key) {
  const auto text = fmt::format("{}.{}", cursor.position, cursor.hash);
  return fmt::format("{}.{}", text, Tag(text, key));
}

std::optional<Cursor> OpenCursor(std::string_view text, std::string_view key) {
  const auto last = text.rfind('.');
  if (last == std::string_view::npos) return std::nullopt;
  const auto sealed = text.substr(0, last);
  if (!ConstantTimeEquals(text.substr(last + 1), Tag(sealed, key))) return std::nullopt;
  const auto dot = sealed.find('.');
  if (dot == std::string_view::npos || sealed.size() - dot - 1 != kHashLength) return std::nullopt;
  Cursor cursor{.position = 0, .hash = std::string(sealed.substr(dot + 1))};
  const auto [end, error] = std::from_chars(sealed.data(), sealed.data() + dot, cursor.position);
  if (error != std::errc() || end != sealed.data() + dot) return std::nullopt;
  return cursor;
}

}  // namespace perennial::replica
