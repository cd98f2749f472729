// SPDX-License-Identifier: Apache-2.0
#include "service/page.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"

namespace perennial::service {

// The values are written one after the other, each behind its length: any text may stand in them.
std::string EncodePageToken(const std::vector<std::string>& key) {
  std::string plain = "1";
  for (const auto& value : key) plain += fmt::format(":{}:{}", value.size(), value);
  return Base64UrlEncode(AsBytes(plain));
}

Result<std::vector<std::string>> ParsePageToken(std::string_view text, size_t count) {
  const auto bad = [] {
    return Fail(ErrorCode::kInvalidArgument,
                "page: is not a token of opc-next-page; start again without it");
  };
  const auto bytes = Base64UrlDecode(text);
  if (!bytes || bytes->empty() || bytes->front() != '1') return bad();
  std::string_view rest = AsText(*bytes).substr(1);
  std::vector<std::string> key;
  while (!rest.empty()) {
    if (rest.front() != ':') return bad();
    rest.remove_prefix(1);
    size_t length = 0;
    size_t digits = 0;
    while (digits < rest.size() && digits < 5 && rest[digits] >= '0' && rest[digits] <= '9') {
      length = length * 10 + static_cast<size_t>(rest[digits++] - '0');
    }
    if (digits == 0 || digits >= rest.size() || rest[digits] != ':') return bad();
    rest.remove_prefix(digits + 1);
    if (rest.size() < length) return bad();
    key.emplace_back(rest.substr(0, length));
    rest.remove_prefix(length);
  }
  if (key.size() != count) return bad();
  return key;
}

Result<PageRequest> ParsePage(const Call& call, const std::vector<SortKey>& keys) {
  PageRequest page;
  TRY_ASSIGN(const auto limit, call.QueryInt("limit", 1, 1000));
  page.limit = limit.value_or(100);

  const auto wanted = call.Query("sortBy");
  const auto key = std::ranges::find_if(
      keys, [&](const SortKey& candidate) { return !wanted || candidate.name == *wanted; });
  if (key == keys.end()) {
    std::string names;
    for (const auto& candidate : keys) {
      names += fmt::format("{}{}", names.empty() ? "" : ", ", candidate.name);
    }
    return Fail(ErrorCode::kInvalidArgument, fmt::format("sortBy: must be one of {}", names));
  }
  page.sort_by = key->name;
  page.order = key->natural;
  if (const auto order = call.Query("sortOrder")) {
    if (*order != "ASC" && *order != "DESC") {
      return Fail(ErrorCode::kInvalidArgument, "sortOrder: must be ASC or DESC");
    }
    page.order = *order == "ASC" ? SortOrder::kAscending : SortOrder::kDescending;
  }
  if (const auto token = call.Query("page")) {
    TRY_ASSIGN(page.after, ParsePageToken(*token, 2));
  }
  return page;
}

std::string EtagOf(std::string_view id, int64_t version) {
  const auto digest = Sha256(fmt::format("{}#{}", id, version));
  return HexEncode(std::span(digest).first(16));
}

}  // namespace perennial::service
