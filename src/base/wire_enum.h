// SPDX-License-Identifier: Apache-2.0
// Closed enums with their spelling on the wire and in the database.
//
//   enum class Stage { kCurrent, kPending };
//   constexpr auto WireNames(std::type_identity<Stage>) {
//     return std::to_array<WireName<Stage>>({{Stage::kCurrent, "CURRENT"}, {Stage::kPending,
//     "PENDING"}});
//   }
#pragma once

#include <array>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace perennial {

template <class E>
struct WireName {
  E value;
  std::string_view name;
};

// WireNameOf returns the spelling; every enumerator must be in the table.
template <class E>
std::string_view WireNameOf(E value) {
  for (const auto& entry : WireNames(std::type_identity<E>{})) {
    if (entry.value == value) return entry.name;
  }
  std::abort();  // A value outside the enum is a bug, not an answer.
}

template <class E>
std::optional<E> FromWireName(std::string_view name) {
  for (const auto& entry : WireNames(std::type_identity<E>{})) {
    if (entry.name == name) return entry.value;
  }
  return std::nullopt;
}

// WireNameList returns "A, B, C": for messages that name the allowed values.
template <class E>
std::string WireNameList() {
  std::string list;
  for (const auto& entry : WireNames(std::type_identity<E>{})) {
    if (!list.empty()) list += ", ";
    list += entry.name;
  }
  return list;
}

}  // namespace perennial
