// SPDX-License-Identifier: Apache-2.0
#include "base/ocid.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/encoding.h"

namespace perennial {
namespace {

constexpr size_t kUniqueLength = 40;

bool IsSlug(std::string_view text, std::string_view extra) {
  return std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || extra.contains(c);
  });
}

// The five parts between the dots, or nothing.
std::optional<std::array<std::string_view, 5>> Split(std::string_view ocid) {
  std::array<std::string_view, 5> parts;
  for (size_t i = 0; i < parts.size(); ++i) {
    const auto dot = ocid.find('.');
    if ((dot == std::string_view::npos) != (i + 1 == parts.size())) return std::nullopt;
    parts[i] = ocid.substr(0, dot);
    ocid.remove_prefix(dot == std::string_view::npos ? ocid.size() : dot + 1);
  }
  return parts;
}

}  // namespace

std::string_view OcidType(std::string_view ocid) {
  if (ocid.size() > 255) return {};
  const auto parts = Split(ocid);
  if (!parts) return {};
  const auto& [scheme, type, realm, region, unique] = *parts;
  if (scheme != "ocid1" || type.empty() || !IsSlug(type, "") || realm != "perennial" ||
      !IsSlug(region, "-") || unique.empty() || !IsSlug(unique, "")) {
    return {};
  }
  return type;
}

Result<std::string> ParseOcid(std::string_view text, std::string_view type) {
  const auto found = OcidType(text);
  if (found.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("\"{}\" is not an OCID (ocid1.<type>.perennial.<region>.<unique>)",
                            Clip(text, 80)));
  }
  if (!type.empty() && found != type) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("this is the OCID of a {}, a {} is expected", found, type));
  }
  return std::string(text);
}

std::string MakeOcid(std::string_view type, std::string_view region, Random& random) {
  const auto unique = Base32Encode(random.Bytes(25));
  return fmt::format("ocid1.{}.perennial.{}.{}", type, region, unique.substr(0, kUniqueLength));
}

std::string MakeDerivedOcid(std::string_view type, std::string_view region,
                            std::string_view evidence_digest_bytes) {
  const auto digest = Sha256(fmt::format("perennial-resource{}", evidence_digest_bytes));
  return fmt::format("ocid1.{}.perennial.{}.{}", type, region,
                     Base32Encode(digest).substr(0, kUniqueLength));
}

}  // namespace perennial
