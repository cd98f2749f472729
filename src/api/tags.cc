// SPDX-License-Identifier: Apache-2.0
#include "api/tags.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/json_codec.h"

namespace perennial::api {
namespace {

constexpr size_t kFreeformMax = 10;
constexpr size_t kDefinedMax = 64;
constexpr size_t kKeyCharactersMax = 100;
constexpr size_t kValueCharactersMax = 256;
constexpr size_t kBytesMax = 5 * 1024;

// How many characters of UTF-8 begin in the text.
size_t CharacterCount(std::string_view text) {
  return std::ranges::count_if(text,
                               [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; });
}

bool HasControl(std::string_view text) {
  return std::ranges::any_of(text,
                             [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; });
}

std::string Step(std::string_view key) {
  std::string out = "/";
  for (const char c : key.substr(0, 128)) {
    if (HasControl({&c, 1})) {
      out += '?';
    } else {
      out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    }
  }
  return out;
}

// Counts what it has seen, so that the whole is bounded too.
class TagChecker {
 public:
  Result<void> Key(const std::string& pointer, std::string_view key) {
    bytes_ += key.size();
    if (key.empty() || CharacterCount(key) > kKeyCharactersMax || HasControl(key) || !IsUtf8(key)) {
      return Bad(pointer, "a key has 1 to 100 characters and no control characters");
    }
    return Whole(pointer);
  }
  Result<void> Value(const std::string& pointer, std::string_view value) {
    bytes_ += value.size();
    if (CharacterCount(value) > kValueCharactersMax || HasControl(value) || !IsUtf8(value)) {
      return Bad(pointer, "a value has at most 256 characters and no control characters");
    }
    return Whole(pointer);
  }
  static std::unexpected<Error> Bad(const std::string& pointer, std::string_view rule) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: {}", pointer, rule));
  }

 private:
  Result<void> Whole(const std::string& pointer) const {
    if (bytes_ > kBytesMax) return Bad(pointer, "all tags together have at most 5120 bytes");
    return {};
  }
  size_t bytes_ = 0;
};

// What a defined value says, for its bounds. Its text is JSON that a parser wrote.
Result<std::string> DefinedValue(const std::string& pointer, const RawJson& raw) {
  const auto& text = raw.text;
  if (text.empty() || text == "null" || text.front() == '{' || text.front() == '[') {
    return TagChecker::Bad(pointer, "a defined tag is a string, a number or a boolean");
  }
  if (text.front() != '"') return text;
  return json_internal::Decode<std::string>(boost::json::parse(text), pointer,
                                            UnknownFields::kRefuse);
}

}  // namespace

Result<void> CheckTags(std::string_view pointer, const std::optional<FreeformTags>& freeform,
                       const std::optional<DefinedTags>& defined) {
  TagChecker checker;
  if (freeform) {
    const auto here = fmt::format("{}/freeformTags", pointer);
    if (freeform->size() > kFreeformMax) return TagChecker::Bad(here, "at most 10 free-form tags");
    for (const auto& [key, value] : *freeform) {
      const auto at = here + Step(key);
      TRY(checker.Key(at, key));
      TRY(checker.Value(at, value));
    }
  }
  if (defined) {
    const auto here = fmt::format("{}/definedTags", pointer);
    size_t count = 0;
    for (const auto& [name_space, tags] : *defined) {
      TRY(checker.Key(here + Step(name_space), name_space));
      count += tags.size();
      if (count > kDefinedMax) return TagChecker::Bad(here, "at most 64 defined tags");
      for (const auto& [key, raw] : tags) {
        const auto at = here + Step(name_space) + Step(key);
        TRY(checker.Key(at, key));
        TRY_ASSIGN(const auto value, DefinedValue(at, raw));
        TRY(checker.Value(at, value));
      }
    }
  }
  return {};
}

}  // namespace perennial::api
