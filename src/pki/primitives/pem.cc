// SPDX-License-Identifier: Apache-2.0
#include "pki/primitives/pem.h"

#include <openssl/evp.h>

#include <algorithm>
#include <optional>

#include "base/encoding.h"

namespace perennial::pki {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";
constexpr size_t kLineMax = 76;  // RFC 7468 writes 64; RFC 2045 allowed 76.

std::unexpected<Error> Refuse(std::string why) {
  return Fail(ErrorCode::kInvalidArgument, "not acceptable PEM: " + std::move(why));
}

// Returns the label of a `-----BEGIN label-----` or `-----END label-----` line.
std::optional<std::string_view> Label(std::string_view line, std::string_view prefix) {
  if (!line.starts_with(prefix) || !line.ends_with(kDashes)) return std::nullopt;
  if (line.size() < prefix.size() + kDashes.size()) return std::nullopt;
  line.remove_prefix(prefix.size());
  line.remove_suffix(kDashes.size());
  const bool plain = std::ranges::all_of(
      line, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' '; });
  if (line.empty() || line.size() > 40 || !plain) return std::nullopt;
  return line;
}

bool IsBase64Line(std::string_view line) {
  return !line.empty() && line.size() <= kLineMax && std::ranges::all_of(line, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/' || c == '=';
  });
}

std::string_view TakeLine(std::string_view& text) {
  const auto end = text.find('\n');
  auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// Reads the lines up to the END of `label` into one block.
Result<PemBlock> TakeBody(std::string_view& text, std::string_view label) {
  std::string base64;
  base64.reserve(text.size());  // Never reallocated, so that no copy of a key stays behind.
  while (true) {
    if (text.empty()) {
      WipeText(base64);
      return Refuse("a block has no END line");
    }
    const auto line = TakeLine(text);
    if (const auto end = Label(line, kEnd)) {
      auto bytes = *end == label ? Base64Decode(base64) : std::nullopt;
      WipeText(base64);
      if (*end != label) return Refuse("BEGIN and END name different labels");
      if (!bytes || bytes->empty()) return Refuse("the base64 text is not canonical");
      return PemBlock{std::string(label), SecretBytes(std::move(*bytes))};
    }
    if (!IsBase64Line(line)) {
      WipeText(base64);
      return Refuse("a block holds something other than full lines of base64");
    }
    base64 += line;
  }
}

}  // namespace

Result<std::vector<PemBlock>> ParsePem(std::string_view text, size_t blocks_max) {
  if (text.size() > kPemBytesMax) return Refuse("longer than 256 KiB");
  std::vector<PemBlock> blocks;
  while (!text.empty()) {
    const auto line = TakeLine(text);
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    const auto label = Label(line, kBegin);
    if (!label) return Refuse("there is text outside the blocks");
    if (blocks.size() == blocks_max) {
      return Refuse("more than " + std::to_string(blocks_max) + " block(s)");
    }
    TRY_ASSIGN(auto block, TakeBody(text, *label));
    blocks.push_back(std::move(block));
  }
  return blocks;
}

std::string EncodePem(std::string_view label, std::span<const uint8_t> bytes) {
  constexpr size_t kBytesPerLine = 48;
  std::string out;
  // Reserved once: a reallocation would leave a copy of a key behind.
  out.reserve(2 * (label.size() + 20) + (bytes.size() / kBytesPerLine + 1) * 66);
  out.append(kBegin).append(label).append("-----\n");
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(bytes.size(), kBytesPerLine));
    bytes = bytes.subspan(part.size());
    unsigned char line[65];
    const int length = EVP_EncodeBlock(line, part.data(), static_cast<int>(part.size()));
    out.append(reinterpret_cast<const char*>(line), static_cast<size_t>(length)).push_back('\n');
    OPENSSL_cleanse(line, sizeof line);
  }
  out.append(kEnd).append(label).append("-----\n");
  return out;
}

}  // namespace perennial::pki
