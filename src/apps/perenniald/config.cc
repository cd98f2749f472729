// SPDX-License-Identifier: Apache-2.0
#include "apps/perenniald/config.h"

#include <fmt/format.h>

#include <algorithm>

#include "apps/toml_reader.h"
#include "base/files.h"

namespace perennial::apps {
namespace {

Result<void> ReadRoles(const toml::node& node, std::set<std::string>& roles) {
  std::vector<std::string> names;
  TRY(Into(names)(node));
  for (const auto& name : names) {
    if (name == "all") {
      roles.insert(std::begin(kRoles), std::end(kRoles));
    } else if (std::ranges::find(kRoles, name) != std::end(kRoles)) {
      roles.insert(name);
    } else {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("\"{}\" is not a role; there are all, identity, certificates, replica, "
                      "load-balancer and audit",
                      name));
    }
  }
  return {};
}

Result<void> ReadTable(const toml::table& table, const std::string& path, Config& config) {
  auto& endpoints = config.endpoints;
  TableReader reader(path);
  reader.Key("url", Into(config.url))
      .Key("region", Into(config.region))
      .Key("data_directory", Into(config.data_directory))
      .Key("roles", [&](const toml::node& node) { return ReadRoles(node, config.roles); })
      .Key("listen", Into(config.listen))
      .Key("metrics_listen", Into(config.metrics_listen))
      .Key("accepted_hosts", Into(config.accepted_hosts))
      .Key("endpoints", Nested(TableReader(path)
                                   .Key("identity", Into(endpoints.identity))
                                   .Key("certificates", Into(endpoints.certificates))
                                   .Key("updates", Into(endpoints.updates))
                                   .Key("load_balancer", Into(endpoints.load_balancer))
                                   .Key("audit", Into(endpoints.audit))))
      .Key("limits", Nested(TableReader(path)
                                .Key("renewal_interval_min", Into(config.renewal_interval_min))
                                .Key("connections_per_peer", Into(config.connections_per_peer))))
      .Key("updates", Nested(TableReader(path).Key("poll_wait", Into(config.poll_wait))))
      .Key("console", Nested(TableReader(path).Key("directory", Into(config.console_directory))))
      .Key("log", Nested(TableReader(path)
                             .Key("level",
                                  Choice<LogLevel>(config.log_level, {{"debug", LogLevel::kDebug},
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
  TRY_ASSIGN(const auto table, ParseToml(text, path));
  TRY(ReadTable(table, path, config));

  const auto missing = [&](std::string_view key) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: the key \"{}\" is missing", path, key));
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
