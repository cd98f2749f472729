// SPDX-License-Identifier: Apache-2.0
#include "storage/postgres_sql.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace perennial::storage {
namespace {

constexpr std::string_view kOrdinary[] = {"SELECT", "VALUES", "INSERT", "UPDATE", "DELETE",
                                          "WITH",   "CREATE", "ALTER",  "DROP"};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Returns where to go on after a literal, a quoted name or a comment that begins at `at`; `at`
// itself where none does.
size_t SkipQuoted(std::string_view sql, size_t at) {
  const auto end_of = [&](std::string_view mark, size_t from) {
    const auto found = sql.find(mark, from);
    return found == std::string_view::npos ? sql.size() : found + mark.size();
  };
  if (sql[at] == '\'' || sql[at] == '"') return end_of(sql.substr(at, 1), at + 1);
  if (sql.substr(at).starts_with("--")) return end_of("\n", at);
  if (sql.substr(at).starts_with("/*")) return end_of("*/", at + 2);
  return at;
}

}  // namespace

ErrorCode CodeOfSqlState(std::string_view state) {
  if (state == "23502") return ErrorCode::kInternal;         // A value that we forgot.
  if (state == "P0001") return ErrorCode::kConflict;         // RAISE EXCEPTION of a trigger.
  if (state == "22021") return ErrorCode::kInvalidArgument;  // Not UTF-8.
  if (state == "55P03" || state == "57014") return ErrorCode::kUnavailable;  // Waited too long.
  const auto kind = state.substr(0, 2);
  if (kind == "23") return ErrorCode::kConflict;
  // 08 connection, 40 serialization and deadlock, 53 resources, 57 operator, 58 system, XX001 and
  // XX002 damage.
  for (const std::string_view away : {"08", "40", "53", "57", "58"}) {
    if (kind == away) return ErrorCode::kUnavailable;
  }
  if (state == "XX001" || state == "XX002") return ErrorCode::kUnavailable;
  return ErrorCode::kInternal;
}

bool IsOrdinaryStatement(std::string_view sql) {
  const auto begin = std::min(sql.find_first_not_of(" \t\r\n("), sql.size());
  const auto word = sql.substr(
      begin,
      sql.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", begin) - begin);
  std::string upper(word);
  for (auto& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return std::ranges::find(kOrdinary, upper) != std::end(kOrdinary);
}

Result<void> CheckPlaceholders(std::string_view sql, size_t count) {
  std::vector<bool> used(count, false);
  for (size_t at = 0; at < sql.size();) {
    if (const auto next = SkipQuoted(sql, at); next != at) {
      at = next;
      continue;
    }
    if (sql[at++] != '$' || at == sql.size() || !IsDigit(sql[at])) continue;
    size_t number = 0;
    while (at < sql.size() && IsDigit(sql[at]) && number < 100000) {
      number = number * 10 + static_cast<size_t>(sql[at++] - '0');
    }
    if (number == 0 || number > count) {
      return Fail(ErrorCode::kInternal,
                  fmt::format("a placeholder without a parameter in: {}", sql));
    }
    used[number - 1] = true;
  }
  if (std::ranges::find(used, false) != used.end()) {
    return Fail(ErrorCode::kInternal, fmt::format("a parameter without a placeholder in: {}", sql));
  }
  return {};
}

}  // namespace perennial::storage
