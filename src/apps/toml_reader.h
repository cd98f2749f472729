// SPDX-License-Identifier: Apache-2.0
// Configuration files of our programs: each key has a reader, and a key without one is an error
// that names file, line, column and the nearest key there is.
#pragma once

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace perennial::apps {

// EditDistance is Levenshtein's, for "did you mean".
inline size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1] ? 1 : 0)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

// Walks one table. `path` is the file's name, for messages.
class TableReader {
 public:
  using Read = std::function<Result<void>(const toml::node&)>;
  explicit TableReader(std::string path) : path_(std::move(path)) {}

  TableReader& Key(std::string name, Read read) {
    readers_.emplace(std::move(name), std::move(read));
    return *this;
  }

  // Run calls the reader of each key that is there. kInvalidArgument: the message is complete.
  Result<void> Run(const toml::table& table) const {
    for (const auto& [key, node] : table) {
      const auto reader = readers_.find(std::string(key.str()));
      if (reader == readers_.end()) return Unknown(key);
      if (auto read = reader->second(node); !read) return At(node.source(), read.error().message);
    }
    return {};
  }

 private:
  std::unexpected<Error> At(const toml::source_region& region, std::string_view what) const {
    return Fail(ErrorCode::kInvalidArgument,
                what.starts_with(path_) ? std::string(what)
                                        : fmt::format("{}:{}:{}: {}", path_, region.begin.line,
                                                      region.begin.column, what));
  }
  std::unexpected<Error> Unknown(const toml::key& key) const {
    const auto nearest = std::ranges::min_element(
        readers_, {}, [&](const auto& reader) { return EditDistance(reader.first, key.str()); });
    return At(key.source(),
              fmt::format("unknown key \"{}\"; did you mean \"{}\"?", key.str(), nearest->first));
  }
  const std::string path_;
  std::map<std::string, Read> readers_;
};

inline Result<std::string> TomlText(const toml::node& node) {
  const auto value = node.value_exact<std::string>();
  if (!value) return Fail(ErrorCode::kInvalidArgument, "must be a string in quotes");
  return *value;
}

// The readers of plain values; the field must outlive them.
inline TableReader::Read Into(std::string& field) {
  return [&field](const toml::node& node) -> Result<void> {
    TRY_ASSIGN(field, TomlText(node));
    return {};
  };
}

inline TableReader::Read Into(std::vector<std::string>& field) {
  return [&field](const toml::node& node) -> Result<void> {
    const auto* array = node.as_array();
    if (array == nullptr) {
      return Fail(ErrorCode::kInvalidArgument, "must be a list such as [\"127.0.0.1\"]");
    }
    field.clear();
    for (const auto& item : *array) {
      TRY_ASSIGN(auto text, TomlText(item));
      field.push_back(std::move(text));
    }
    return {};
  };
}

inline TableReader::Read Into(bool& field) {
  return [&field](const toml::node& node) -> Result<void> {
    const auto value = node.value_exact<bool>();
    if (!value) return Fail(ErrorCode::kInvalidArgument, "must be true or false");
    field = *value;
    return {};
  };
}

// A whole number of 1 or more.
inline TableReader::Read Into(int64_t& field) {
  return [&field](const toml::node& node) -> Result<void> {
    const auto value = node.value_exact<int64_t>();
    if (!value || *value < 1) {
      return Fail(ErrorCode::kInvalidArgument, "must be a whole number of 1 or more");
    }
    field = *value;
    return {};
  };
}

inline TableReader::Read Into(seconds& field) {
  return [&field](const toml::node& node) -> Result<void> {
    TRY_ASSIGN(const auto text, TomlText(node));
    TRY_ASSIGN(field, ParseDuration(text));
    if (field <= seconds::zero()) {
      return Fail(ErrorCode::kInvalidArgument, "must be longer than zero");
    }
    return {};
  };
}

template <class T>
TableReader::Read Choice(T& field, std::map<std::string, T> choices) {
  return [&field, choices = std::move(choices)](const toml::node& node) -> Result<void> {
    TRY_ASSIGN(const auto text, TomlText(node));
    const auto chosen = choices.find(text);
    if (chosen == choices.end()) {
      std::string names;
      for (const auto& [name, unused] : choices) names += (names.empty() ? "" : ", ") + name;
      return Fail(ErrorCode::kInvalidArgument, fmt::format("must be one of {}", names));
    }
    field = chosen->second;
    return {};
  };
}

// Nested reads a table below a key.
inline TableReader::Read Nested(TableReader reader) {
  return [reader = std::move(reader)](const toml::node& node) -> Result<void> {
    const auto* inner = node.as_table();
    if (inner == nullptr) return Fail(ErrorCode::kInvalidArgument, "must be a table");
    return reader.Run(*inner);
  };
}

// ParseToml returns the table; kInvalidArgument with file, line and column.
inline Result<toml::table> ParseToml(std::string_view text, const std::string& path) {
  try {
    return toml::parse(text, path);
  } catch (const toml::parse_error& error) {  // The library's way to say no; it goes no further.
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}:{}:{}: {}", path, error.source().begin.line,
                            error.source().begin.column, error.description()));
  }
}

}  // namespace perennial::apps
