// SPDX-License-Identifier: Apache-2.0
#include "apps/perenniald/config.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <functional>
#include <map>

#include "base/files.h"

namespace perennial::apps {
namespace {

// Levenshtein distance, for "did you mean".
size_t Distance(std::string_view a, std::string_view b) {
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

// Walks one table: each key has a reader, and a key without one is an error that names its place.
class TableReader {
 public:
  using Read = std::function<Result<void>(const toml::node&)>;
  explicit TableReader(const std::string& path) : path_(path) {}

  TableReader& Key(std::string name, Read read) {
    readers_.emplace(std::move(name), std::move(read));
    return *this;
  }

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
        readers_, {}, [&](const auto& reader) { return Distance(reader.first, key.str()); });
    return At(key.source(), fmt::format("unknown key \"{}\"; did you mean \"{}\"?", key.str(),
                                        nearest->first));
  }
  const std::string path_;
  std::map<std::string, Read> readers_;
};

Result<std::string> Text(const toml::node& node) {
  const auto value = node.value_exact<std::string>();
  if (!value) return Fail(ErrorCode::kInvalidArgument, "must be a string in quotes");
  return *value;
}

TableReader::Read Into(std::string& field) {
  return [&field](const toml::node& node) -> Result<void> {
    TRY_ASSIGN(field, Text(node));
    return {};
  };
}

TableReader::Read Into(std::vector<std::string>& field) {
  return [&field](const toml::node& node) -> Result<void> {
    const auto* array = node.as_array();
    if (array == nullptr) {
      return Fail(ErrorCode::kInvalidArgument, "must be a list such as [\"127.0.0.1:8643\"]");
    }
    field.clear();
    for (const auto& item : *array) {
      TRY_ASSIGN(auto text, Text(item));
      field.push_back(std::move(text));
    }
    return {};
  };
}

TableReader::Read Into(seconds& field) {
  return [&field](const toml::node& node) -> Result<void> {
    TRY_ASSIGN(const auto text, Text(node));
    TRY_ASSIGN(field, ParseDuration(text));
    if (field <= seconds::zero()) return Fail(ErrorCode::kInvalidArgument, "must be longer than zero");
    return {};
  };
}

template <class T>
TableReader::Read Choice(T& field, std::map<std::string, T> choices) {
  return [&field, choices = std::move(choices)](const toml::node& node) -> Result<void> {
    TRY_ASSIGN(const auto text, Text(node));
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

Result<void> ReadRoles(const toml::node& node, std::set<std::string>& roles) {
  std::vector<std::string> names;
  TRY(Into(names)(node));
  for (const auto& name : names) {
    if (name == "all") {
      roles.insert(std::begin(kRoles), std::end(kRoles));
    } else if (std::ranges::find(kRoles, name) != std::end(kRoles)) {
      roles.insert(name);
    } else {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("\"{}\" is not a role; there are all, identity, certificates, replica, "
                              "load-balancer and audit", name));
    }
  }
  return {};
}

Result<void> ReadTable(const toml::table& table, const std::string& path, Config& config) {
  const auto nested = [](TableReader reader) {
    return [reader = std::move(reader)](const toml::node& node) -> Result<void> {
      const auto* inner = node.as_table();
      if (inner == nullptr) return Fail(ErrorCode::kInvalidArgument, "must be a table");
      return reader.Run(*inner);
    };
  };
  auto& endpoints = config.endpoints;
  TableReader reader(path);
  reader.Key("url", Into(config.url))
      .Key("region", Into(config.region))
      .Key("data_directory", Into(config.data_directory))
      .Key("roles", [&](const toml::node& node) { return ReadRoles(node, config.roles); })
      .Key("listen", Into(config.listen))
      .Key("metrics_listen", Into(config.metrics_listen))
      .Key("accepted_hosts", Into(config.accepted_hosts))
      .Key("endpoints", nested(TableReader(path)
                                   .Key("identity", Into(endpoints.identity))
                                   .Key("certificates", Into(endpoints.certificates))
                                   .Key("updates", Into(endpoints.updates))
                                   .Key("load_balancer", Into(endpoints.load_balancer))
                                   .Key("audit", Into(endpoints.audit))))
      .Key("limits", nested(TableReader(path).Key("renewal_interval_min",
                                                  Into(config.renewal_interval_min))))
      .Key("updates", nested(TableReader(path).Key("poll_wait", Into(config.poll_wait))))
      .Key("log", nested(TableReader(path)
                             .Key("level", Choice<LogLevel>(config.log_level,
                                                            {{"debug", LogLevel::kDebug},
                                                             {"info", LogLevel::kInfo},
                                                             {"warn", LogLevel::kWarn},
                                                             {"error", LogLevel::kError}}))
                             .Key("format", Choice<LogFormat>(config.log_format,
                                                              {{"logfmt", LogFormat::kLogfmt},
                                                               {"json", LogFormat::kJson}}))));
  return reader.Run(table);
}

}  // namespace

Result<std::string> HostOf(std::string_view url) {
  constexpr std::string_view kScheme = "https://";
  const auto bad = [&](std::string_view why) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("\"{}\" must be like https://pki.corp.example:8643: {}", url, why));
  };
  if (!url.starts_with(kScheme)) return bad("it begins with https://");
  std::string host(url.substr(kScheme.size()));
  if (host.find_first_of("/?#@ ") != std::string::npos) return bad("only host and port are given");
  if (host.find(':') == std::string::npos) host += ":443";
  const auto name = host.substr(0, host.find(':'));
  if (name.empty() || name.find_first_not_of("0123456789.") == std::string::npos ||
      name.front() == '[') {
    return bad("use a name, not an address: it is baked into every certificate");
  }
  return host;
}

Result<Config> ParseConfig(std::string_view text, const std::string& path) {
  Config config;
  toml::table table;
  try {
    table = toml::parse(text, path);
  } catch (const toml::parse_error& error) {  // The library's way to say no; it goes no further.
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}:{}:{}: {}", path, error.source().begin.line,
                            error.source().begin.column, error.description()));
  }
  TRY(ReadTable(table, path, config));

  const auto missing = [&](std::string_view key) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: the key \"{}\" is missing", path, key));
  };
  if (config.url.empty()) return missing("url");
  if (config.data_directory.empty()) return missing("data_directory");
  if (config.roles.empty()) return missing("roles");
  TRY_ASSIGN(const auto host, HostOf(config.url));
  config.accepted_hosts.push_back(host);
  for (auto* endpoint : {&config.endpoints.identity, &config.endpoints.certificates,
                         &config.endpoints.load_balancer, &config.endpoints.audit}) {
    if (endpoint->empty()) *endpoint = config.url;
  }
  if (config.endpoints.updates.empty()) config.endpoints.updates = {config.url};
  if (config.data_directory.front() != '/') {
    const auto slash = path.rfind('/');
    if (slash != std::string::npos) {
      config.data_directory = path.substr(0, slash + 1) + config.data_directory;
    }
  }
  return config;
}

Result<Config> LoadConfig(const std::string& path) {
  TRY_ASSIGN(const auto text, SystemFiles().Read(path));
  return ParseConfig(text, path);
}

}  // namespace perennial::apps
