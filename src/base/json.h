// SPDX-License-Identifier: Apache-2.0
// JSON text ↔ described structs. This header is light on purpose: a wire type is a plain struct in
// api/<service>/types.h, and one codec.cc beside it includes json_codec.h and instantiates the two
// functions below for it with PERENNIAL_JSON_TYPE.
//
// Fields are snake_case in C++ and camelCase on the wire. std::optional is a field that may be
// absent or null; std::vector an array; std::map<std::string, T> an object with free keys; Time an
// RFC 3339 string; an enum the string of its WireNames; RawJson any value, kept as text. Everything
// else is required.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/error.h"

namespace perennial {

// A JSON value of any shape, kept as its text. Empty means absent.
struct RawJson {
  std::string text;
  friend auto operator<=>(const RawJson&, const RawJson&) = default;
};

// Requests refuse what they do not know, answers and stored values ignore it.
enum class UnknownFields { kRefuse, kIgnore };

// DecodeJson returns the value. kCannotParse: not JSON (RFC 8259), a duplicate key, deeper than 32,
// invalid UTF-8. kMissingArgument and kInvalidArgument: the message begins with the JSON pointer
// (RFC 6901) of the field, as "/certificateConfig/subject/commonName: is required".
template <class T>
Result<T> DecodeJson(std::string_view text, UnknownFields unknown);

// EncodeJson leaves absent optionals out. Fields come in the order of declaration.
template <class T>
std::string EncodeJson(const T& value);

// CanonicalJson parses and writes JSON again, keys sorted, no white space: for digests of equal
// bodies.
Result<std::string> CanonicalJson(std::string_view text);

}  // namespace perennial
