// SPDX-License-Identifier: Apache-2.0
#include "apps/perennial_agent/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "apps/toml_reader.h"
#include "base/files.h"
#include "pki/name.h"

namespace perennial::apps {
namespace {

Result<void> CheckAddresses(const std::vector<std::string>& addresses) {
  for (const auto& address : addresses) {
    if (pki::ParseIpAddress(address)) continue;
    return Fail(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is not an IP address", address));
  }
  return {};
}

Result<void> ReadTable(const toml::table& table, const std::string& path, AgentConfig& config) {
  TableReader haproxy(path);
  haproxy.Key("program", Into(config.haproxy_program))
      .Key("directory", Into(config.haproxy_directory));
  TableReader log(path);
  log.Key("level", Choice<LogLevel>(config.log_level, {{"debug", LogLevel::kDebug},
                                                       {"info", LogLevel::kInfo},
                                                       {"warn", LogLevel::kWarn},
                                                       {"error", LogLevel::kError}}))
      .Key("format", Choice<LogFormat>(config.log_format, {{"logfmt", LogFormat::kLogfmt},
                                                           {"json", LogFormat::kJson}}));
  TableReader reader(path);
  reader.Key("url", Into(config.url))
      .Key("directory", Into(config.directory))
      .Key("addresses",
           [&](const toml::node& node) -> Result<void> {
             TRY(Into(config.addresses)(node));
             return CheckAddresses(config.addresses);
           })
      .Key("poll_wait", Into(config.poll_wait))
      .Key("resource_principal_files", Into(config.resource_principal_files))
      .Key("haproxy", Nested(std::move(haproxy)))
      .Key("log", Nested(std::move(log)));
  return reader.Run(table);
}

std::string Below(const std::string& directory, const std::string& path) {
  return AbsolutePath((std::filesystem::path(directory) / path).string());
}

// A basic string of TOML 1.0.
std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      quoted += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

}  // namespace

std::string AbsolutePath(const std::string& path) {
  auto text = std::filesystem::absolute(path).lexically_normal().string();
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

Result<AgentConfig> ParseAgentConfig(std::string_view text, const std::string& path) {
  AgentConfig config;
  TRY_ASSIGN(const auto table, ParseToml(text, path));
  TRY(ReadTable(table, path, config));
  const auto missing = [&](std::string_view key) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: the key \"{}\" is missing", path, key));
  };
  if (config.url.empty()) return missing("url");
  if (config.addresses.empty()) return missing("addresses");
  config.directory = Below(std::filesystem::path(path).parent_path().string(), config.directory);
  config.haproxy_directory = Below(config.directory, config.haproxy_directory);
  return config;
}

Result<AgentConfig> LoadAgentConfig(const std::string& path) {
  const auto absolute = AbsolutePath(path);
  const auto text = SystemFiles().Read(absolute);
  if (text) return ParseAgentConfig(*text, absolute);
  if (text.error().code != ErrorCode::kNotFound) return std::unexpected(text.error());
  return Fail(
      ErrorCode::kNotFound,
      fmt::format("{}: there is no such file; `perennial-agent join` writes one", absolute));
}

std::string EncodeAgentConfig(const AgentConfig& config) {
  std::vector<std::string> addresses;
  for (const auto& address : config.addresses) addresses.push_back(Quoted(address));
  return fmt::format(
      "# Written by `perennial-agent join`. Paths are relative to this file.\n"
      "url = {}\n"
      "directory = {}\n"
      "addresses = [{}]\n"
      "poll_wait = {}\n"
      "\n"
      "[haproxy]\n"
      "program = {}\n"
      "directory = {}\n",
      Quoted(config.url), Quoted(config.directory), fmt::join(addresses, ", "),
      Quoted(FormatDuration(config.poll_wait)), Quoted(config.haproxy_program),
      Quoted(config.haproxy_directory));
}

}  // namespace perennial::apps
