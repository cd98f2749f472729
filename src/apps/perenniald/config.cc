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
      .Key("database", Nested(TableReader(path).Key("url", Into(config.database_url))))
      .Key("console", Nested(TableReader(path)
                                 .Key("directory", Into(config.console_directory))
                                 .Key("url", Into(config.own_certificate.url))
                                 .Key("certificate", Into(config.own_certificate.certificate))
                                 .Key("key", Into(config.own_certificate.key))))
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

// Relative to the file, unless it is absolute or nothing.
void Locate(std::string& place, const std::string& config_path) {
  const auto slash = config_path.rfind('/');
  if (place.empty() || place.front() == '/' || slash == std::string::npos) return;
  place = config_path.substr(0, slash + 1) + place;
}

// The name of the console's URL must be one that no client asks for who pins the platform CA.
Result<void> CheckOwnCertificate(const Config& config, const std::string& path) {
  const auto& own = config.own_certificate;
  const auto bad = [&](std::string_view key, std::string_view rule) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: [console] {}: {}", path, key, rule));
  };
  for (const auto& [key, value] :
       {std::pair("url", own.url), {"certificate", own.certificate}, {"key", own.key}}) {
    if (value.empty() && own.url.size() + own.certificate.size() + own.key.size() > 0) {
      return bad(key, "is missing; url, certificate and key stand together");
    }
  }
  if (!own.configured()) return {};
  if (!config.roles.contains("identity")) {
    return bad("url", "only the process with the role identity serves the console");
  }
  const auto host = HostOf(own.url);
  if (!host) return bad("url", host.error().message);
  const auto& at = config.endpoints;
  auto taken = at.updates;
  taken.insert(taken.end(), {config.url, at.identity, at.certificates, at.load_balancer, at.audit});
  for (const auto& url : taken) {
    TRY_ASSIGN(const auto other, HostOf(url));
    if (NameIn(other) == NameIn(*host) || NameIn(*host) == "localhost") {
      return bad("url", fmt::format("\"{}\" must stay with the platform CA, which agents and "
                                    "command lines pin; give the console a name of its own",
                                    NameIn(*host)));
    }
  }
  return {};
}

}  // namespace

std::string NameIn(std::string_view host) { return std::string(host.substr(0, host.find(':'))); }

void AddSpellings(std::vector<std::string>& hosts, const std::string& host) {
  hosts.push_back(host);
  if (host.ends_with(":443")) hosts.push_back(NameIn(host));
}

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
  if (!config.database_url.empty()) {
    if (const auto checked = CheckDatabaseUrl(config.database_url); !checked) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("{}: [database] url: {}", path, checked.error().message));
    }
  }
  TRY_ASSIGN(const auto host, HostOf(config.url));
  AddSpellings(config.accepted_hosts, host);
  for (auto* endpoint : {&config.endpoints.identity, &config.endpoints.certificates,
                         &config.endpoints.load_balancer, &config.endpoints.audit}) {
    if (endpoint->empty()) *endpoint = config.url;
  }
  if (config.endpoints.updates.empty()) config.endpoints.updates = {config.url};
  auto& own = config.own_certificate;
  TRY(CheckOwnCertificate(config, path));
  if (own.configured()) AddSpellings(config.accepted_hosts, *HostOf(own.url));
  for (auto* place : {&config.data_directory, &own.certificate, &own.key}) Locate(*place, path);
  return config;
}

Result<Config> LoadConfig(const std::string& path) {
  const auto text = SystemFiles().Read(path);
  if (text) return ParseConfig(*text, path);
  if (text.error().code != ErrorCode::kNotFound) return std::unexpected(text.error());
  return Fail(ErrorCode::kNotFound,
              fmt::format("{}: there is no such file; `perenniald init` writes one, and --config "
                          "names another",
                          path));
}

}  // namespace perennial::apps
