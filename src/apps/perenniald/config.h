// SPDX-License-Identifier: Apache-2.0
// perenniald.toml, parsed once. What is not written there has the default shown here.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "apps/perenniald/database.h"
#include "base/error.h"
#include "base/log.h"
#include "base/time.h"

namespace perennial::apps {

// One word a role; `all` in the file stands for every one of them.
inline constexpr std::string_view kRoles[] = {"identity", "certificates", "replica",
                                              "load-balancer", "audit"};

struct EndpointConfig {
  std::string identity, certificates, load_balancer, audit;
  std::vector<std::string> updates;
};

// The console's own certificate, from elsewhere than the platform CA: all three, or none.
struct OwnCertificateConfig {
  std::string url;               // https://host[:port], where browsers find the console.
  std::string certificate, key;  // Files: PEM, absolute, or relative to the configuration.
  bool configured() const { return !url.empty(); }
};

struct Config {
  std::string url;  // https://host:port, where clients find the API.
  std::string region = "home-1";
  std::string data_directory;  // Absolute, or relative to the file.
  std::string database_url;    // PostgreSQL; empty: SQLite files in the data directory.
  std::set<std::string> roles;
  std::vector<std::string> listen = {"127.0.0.1:8643"};
  std::string metrics_listen;               // Empty: no metrics.
  std::vector<std::string> accepted_hosts;  // those of both URLs are always among them.
  EndpointConfig endpoints;                 // Each defaults to `url`.

  // The built console. Empty: where this program was installed or built, if it is there.
  std::string console_directory;
  OwnCertificateConfig own_certificate;

  LogLevel log_level = LogLevel::kInfo;
  LogFormat log_format = LogFormat::kLogfmt;

  int64_t connections_per_peer = 256;  // Of one IPv4 address or IPv6 /64.
  seconds renewal_interval_min = std::chrono::days(1);
  seconds poll_wait =
      seconds(30);         // How long an idle poll is parked; a node is live for three of them.
  int worker_threads = 4;  // Of each role.

  DatabaseConfig database() const { return {data_directory, database_url}; }
};

// ParseConfig reads the text of the file. kInvalidArgument: the message names file, line, column,
// what is wrong, and for an unknown key the nearest one there is.
Result<Config> ParseConfig(std::string_view text, const std::string& path);

// LoadConfig reads the file. kNotFound without one; otherwise as ParseConfig.
Result<Config> LoadConfig(const std::string& path);

// HostOf returns host:port of an https URL; kInvalidArgument for anything else, a path or an
// address literal that would be baked into certificates included.
Result<std::string> HostOf(std::string_view url);

// NameIn is the host of host:port.
std::string NameIn(std::string_view host);

// AddSpellings adds `host` as a signed `host` header may spell it: browsers and SDKs leave the
// default port of HTTPS out.
void AddSpellings(std::vector<std::string>& hosts, const std::string& host);

}  // namespace perennial::apps
