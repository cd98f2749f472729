// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <set>

#include "base/encoding.h"
#include "base/json_codec.h"

namespace perennial {
namespace json_internal {
namespace {

constexpr size_t kDepthMax = 32;

// Boost.JSON keeps the last of two equal keys. Two readers that keep different ones would judge
// different requests, so this scanner looks for a repeated key before anything is built. It runs on
// text that the parser has accepted already: strings are well formed and brackets are balanced.
bool HasDuplicateKey(std::string_view text) {
  std::vector<std::set<std::string>>
      open;  // One set of keys for each open object; empty for arrays.
  std::vector<bool> is_object;
  bool expect_key = false;
  for (size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '{':
      case '[':
        open.emplace_back();
        is_object.push_back(text[i] == '{');
        expect_key = text[i] == '{';
        break;
      case '}':
      case ']':
        open.pop_back();
        is_object.pop_back();
        expect_key = false;
        break;
      case ',':
        expect_key = !is_object.empty() && is_object.back();
        break;
      case '"': {
        const size_t begin = i++;
        while (text[i] != '"') i += text[i] == '\\' ? 2 : 1;
        if (!expect_key) break;
        // "a" and "\u0061" are one key: compare what they mean.
        const auto quoted = text.substr(begin, i - begin + 1);
        auto key = std::string(quoted.substr(1, quoted.size() - 2));
        if (key.contains('\\')) key = std::string(bj::parse(quoted).get_string());
        if (!open.back().insert(std::move(key)).second) return true;
        expect_key = false;
        break;
      }
      default:
        break;
    }
  }
  return false;
}

bj::value Sorted(const bj::value& value) {
  if (value.is_array()) {
    bj::array out;
    for (const auto& item : value.get_array()) out.push_back(Sorted(item));
    return out;
  }
  if (value.is_object()) {
    std::map<std::string, const bj::value*> fields;
    for (const auto& field : value.get_object())
      fields.emplace(std::string(field.key()), &field.value());
    bj::object out;
    for (const auto& [key, item] : fields) out.emplace(key, Sorted(*item));
    return out;
  }
  return value;
}

}  // namespace

Result<bj::value> ParseStrict(std::string_view text) {
  bj::parse_options options;
  options.max_depth = kDepthMax;
  boost::system::error_code error;
  auto value = bj::parse(text, error, {}, options);
  if (error) {
    return Fail(ErrorCode::kCannotParse, fmt::format("the body is not JSON: {}", error.message()));
  }
  if (HasDuplicateKey(text)) {
    return Fail(ErrorCode::kCannotParse, "the body has an object with the same key twice");
  }
  return value;
}

std::string WireFieldName(const char* member) {
  std::string name;
  bool upper = false;
  for (const char* c = member; *c != '\0'; ++c) {
    if (*c == '_') {
      upper = true;
    } else {
      name.push_back(upper && *c >= 'a' && *c <= 'z' ? static_cast<char>(*c - 32) : *c);
      upper = false;
    }
  }
  return name;
}

std::string Below(const std::string& pointer, std::string_view step) {
  std::string out = pointer + '/';
  for (const char c : Clip(step, 128)) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::unexpected<Error> BadField(const std::string& pointer, std::string_view rule) {
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("{}: {}", pointer.empty() ? "/" : pointer, rule));
}

}  // namespace json_internal

Result<std::string> CanonicalJson(std::string_view text) {
  TRY_ASSIGN(const auto value, json_internal::ParseStrict(text));
  return boost::json::serialize(json_internal::Sorted(value));
}

}  // namespace perennial
