// SPDX-License-Identifier: Apache-2.0
#include "storage/storage.h"

#include <fmt/format.h>

#include "base/check.h"

namespace perennial::storage {

bool Row::IsNull(size_t column) const {
  CHECK(column < columns_.size());
  return std::holds_alternative<std::monostate>(columns_[column].held());
}

int64_t Row::Int(size_t column) const {
  CHECK(column < columns_.size());
  const auto* value = std::get_if<int64_t>(&columns_[column].held());
  CHECK(value != nullptr);
  return *value;
}

std::string Row::Text(size_t column) const {
  CHECK(column < columns_.size());
  const auto* value = std::get_if<std::string>(&columns_[column].held());
  CHECK(value != nullptr);
  return *value;
}

Blob Row::Bytes(size_t column) const {
  CHECK(column < columns_.size());
  const auto* value = std::get_if<Blob>(&columns_[column].held());
  CHECK(value != nullptr);
  return *value;
}

std::optional<int64_t> Row::OptionalInt(size_t column) const {
  if (IsNull(column)) return std::nullopt;
  return Int(column);
}

std::optional<Time> Row::OptionalTime(size_t column) const {
  if (IsNull(column)) return std::nullopt;
  return At(column);
}

std::optional<std::string> Row::OptionalText(size_t column) const {
  if (IsNull(column)) return std::nullopt;
  return Text(column);
}

Result<std::optional<Row>> Session::QueryOne(std::string_view sql, std::vector<Value> parameters) {
  TRY_ASSIGN(auto rows, Query(sql, std::move(parameters)));
  if (rows.size() > 1) {
    return Fail(ErrorCode::kInternal, fmt::format("{} rows instead of one: {}", rows.size(), sql));
  }
  if (rows.empty()) return std::optional<Row>();
  return std::optional<Row>(std::move(rows.front()));
}

}  // namespace perennial::storage
