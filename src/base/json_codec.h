// SPDX-License-Identifier: Apache-2.0
// lint: allow size: the two directions of one mapping belong side by side.
// The generic half of json.h. Include it only in codec.cc files: it is expensive to compile.
//
//   BOOST_DESCRIBE_STRUCT(Validity, (), (time_of_validity_not_after, time_of_validity_not_before))
//   PERENNIAL_JSON_TYPE(Validity)     // outside of any namespace other than the type's own: see
//   below
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <boost/mp11.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "base/wire_enum.h"

namespace perennial::json_internal {

namespace bj = boost::json;

// ParseStrict refuses what one reader could understand differently from another: duplicate keys
// above all.
Result<bj::value> ParseStrict(std::string_view text);

// snake_case to camelCase.
std::string WireFieldName(const char* member);

// JSON pointer with one more step (RFC 6901 escapes).
std::string Below(const std::string& pointer, std::string_view step);

std::unexpected<Error> BadField(const std::string& pointer, std::string_view rule);

template <class T>
constexpr bool kIsOptional = false;
template <class T>
constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
constexpr bool kIsVector = false;
template <class T>
constexpr bool kIsVector<std::vector<T>> = true;
template <class T>
constexpr bool kIsMap = false;
template <class T>
constexpr bool kIsMap<std::map<std::string, T>> = true;

template <class T>
Result<T> Decode(const bj::value& value, const std::string& pointer, UnknownFields unknown);

template <class T>
Result<T> DecodeStruct(const bj::value& value, const std::string& pointer, UnknownFields unknown) {
  if (!value.is_object()) return BadField(pointer, "must be an object");
  const auto& object = value.get_object();
  T out{};
  std::optional<Error> failure;
  std::vector<std::string> known;
  boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_any_access>>(
      [&](auto member) {
        if (failure) return;
        using Field = std::remove_reference_t<decltype(out.*member.pointer)>;
        const std::string name = WireFieldName(member.name);
        known.push_back(name);
        const auto* found = object.if_contains(name);
        if (found == nullptr || (found->is_null() && kIsOptional<Field>)) {
          if constexpr (!kIsOptional<Field> && !std::is_same_v<Field, RawJson>) {
            failure = Error{ErrorCode::kMissingArgument,
                            fmt::format("{}: is required", Below(pointer, name))};
          }
          return;
        }
        auto decoded = Decode<Field>(*found, Below(pointer, name), unknown);
        if (!decoded) {
          failure = std::move(decoded).error();
        } else {
          out.*member.pointer = std::move(*decoded);
        }
      });
  if (failure) return std::unexpected(std::move(*failure));
  if (unknown == UnknownFields::kRefuse) {
    for (const auto& [key, unused] : object) {
      if (std::ranges::find(known, std::string_view(key)) == known.end()) {
        return BadField(Below(pointer, std::string_view(key)), "is not a field of this request");
      }
    }
  }
  return out;
}

template <class T>
Result<T> Decode(const bj::value& value, const std::string& pointer, UnknownFields unknown) {
  if constexpr (kIsOptional<T>) {
    if (value.is_null()) return T{};
    TRY_ASSIGN(auto inner, Decode<typename T::value_type>(value, pointer, unknown));
    return T{std::move(inner)};
  } else if constexpr (std::is_same_v<T, RawJson>) {
    return RawJson{bj::serialize(value)};
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (!value.is_string()) return BadField(pointer, "must be a string");
    return std::string(value.get_string());
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!value.is_bool()) return BadField(pointer, "must be true or false");
    return value.get_bool();
  } else if constexpr (std::is_integral_v<T>) {
    boost::system::error_code error;
    const T number = value.to_number<T>(error);
    if (error) return BadField(pointer, "must be a whole number in range");
    return number;
  } else if constexpr (std::is_floating_point_v<T>) {
    boost::system::error_code error;
    const T number = value.to_number<T>(error);
    if (error) return BadField(pointer, "must be a number");
    return number;
  } else if constexpr (std::is_same_v<T, Time>) {
    if (!value.is_string()) return BadField(pointer, "must be an RFC 3339 time");
    auto time = ParseTime(value.get_string());
    if (!time) return BadField(pointer, time.error().message);
    return *time;
  } else if constexpr (std::is_enum_v<T>) {
    if (value.is_string()) {
      if (const auto found = FromWireName<T>(value.get_string())) return *found;
    }
    return BadField(pointer, fmt::format("must be one of {}", WireNameList<T>()));
  } else if constexpr (kIsVector<T>) {
    if (!value.is_array()) return BadField(pointer, "must be an array");
    T out;
    for (const auto& item : value.get_array()) {
      TRY_ASSIGN(auto decoded, Decode<typename T::value_type>(
                                   item, Below(pointer, std::to_string(out.size())), unknown));
      out.push_back(std::move(decoded));
    }
    return out;
  } else if constexpr (kIsMap<T>) {
    if (!value.is_object()) return BadField(pointer, "must be an object");
    T out;
    for (const auto& [key, item] : value.get_object()) {
      TRY_ASSIGN(auto decoded, Decode<typename T::mapped_type>(
                                   item, Below(pointer, std::string_view(key)), unknown));
      out.emplace(std::string(key), std::move(decoded));
    }
    return out;
  } else {
    return DecodeStruct<T>(value, pointer, unknown);
  }
}

template <class T>
bj::value Encode(const T& value) {
  if constexpr (kIsOptional<T>) {
    return value ? Encode(*value) : bj::value(nullptr);
  } else if constexpr (std::is_same_v<T, RawJson>) {
    return value.text.empty() ? bj::value(nullptr) : bj::parse(value.text);
  } else if constexpr (std::is_same_v<T, std::string>) {
    return bj::value(bj::string_view(value));
  } else if constexpr (std::is_same_v<T, bool> || std::is_floating_point_v<T>) {
    return bj::value(value);
  } else if constexpr (std::is_unsigned_v<T>) {
    return bj::value(static_cast<uint64_t>(value));
  } else if constexpr (std::is_integral_v<T>) {
    return bj::value(static_cast<int64_t>(value));
  } else if constexpr (std::is_same_v<T, Time>) {
    return bj::value(bj::string_view(FormatTime(value)));
  } else if constexpr (std::is_enum_v<T>) {
    return bj::value(bj::string_view(WireNameOf(value)));
  } else if constexpr (kIsVector<T>) {
    bj::array out;
    for (const auto& item : value) out.push_back(Encode(item));
    return out;
  } else if constexpr (kIsMap<T>) {
    bj::object out;
    for (const auto& [key, item] : value) out.emplace(key, Encode(item));
    return out;
  } else {
    bj::object out;
    boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_any_access>>(
        [&](auto member) {
          const auto& field = value.*member.pointer;
          using Field = std::remove_cvref_t<decltype(field)>;
          if constexpr (kIsOptional<Field>) {
            if (!field) return;
          } else if constexpr (std::is_same_v<Field, RawJson>) {
            if (field.text.empty()) return;
          }
          out.emplace(WireFieldName(member.name), Encode(field));
        });
    return out;
  }
}

}  // namespace perennial::json_internal

// Use at global namespace scope with the qualified name, after BOOST_DESCRIBE_STRUCT of the type
// and of every struct inside it (that one in the type's own namespace).
#define PERENNIAL_JSON_TYPE(...)                                               \
  template <>                                                                  \
  perennial::Result<__VA_ARGS__> perennial::DecodeJson<__VA_ARGS__>(           \
      std::string_view text, perennial::UnknownFields unknown) {               \
    auto value = perennial::json_internal::ParseStrict(text);                  \
    if (!value) return std::unexpected(std::move(value).error());              \
    return perennial::json_internal::Decode<__VA_ARGS__>(*value, "", unknown); \
  }                                                                            \
  template <>                                                                  \
  std::string perennial::EncodeJson<__VA_ARGS__>(const __VA_ARGS__& value) {   \
    return boost::json::serialize(perennial::json_internal::Encode(value));    \
  }
