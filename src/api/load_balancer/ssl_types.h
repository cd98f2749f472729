// SPDX-License-Identifier: Apache-2.0
// How a listener serves TLS and how a backend set speaks it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/wire_enum.h"

namespace perennial::api::load_balancer {

enum class ServerOrderPreference { kEnabled, kDisabled };
constexpr auto WireNames(std::type_identity<ServerOrderPreference>) {
  return std::to_array<WireName<ServerOrderPreference>>(
      {{ServerOrderPreference::kEnabled, "ENABLED"},
       {ServerOrderPreference::kDisabled, "DISABLED"}});
}

struct SslConfigurationDetails {
  std::optional<int64_t> verify_depth;
  std::optional<bool> verify_peer_certificate;
  std::optional<bool> has_session_resumption;
  std::optional<std::vector<std::string>> trusted_certificate_authority_ids;
  std::optional<std::vector<std::string>> certificate_ids;  // One.
  std::optional<std::string> certificate_name;
  std::optional<std::vector<std::string>> protocols;  // TLSv1.2, TLSv1.3
  std::optional<std::string> cipher_suite_name;
  std::optional<ServerOrderPreference> server_order_preference;
};

struct SslConfiguration {
  int64_t verify_depth = 1;
  bool verify_peer_certificate = false;
  std::optional<bool> has_session_resumption;
  std::vector<std::string> trusted_certificate_authority_ids;
  std::vector<std::string> certificate_ids;
  std::optional<std::string> certificate_name;
  std::optional<ServerOrderPreference> server_order_preference;
  std::optional<std::string> cipher_suite_name;
  std::vector<std::string> protocols;
};

struct ConnectionConfiguration {
  int64_t idle_timeout = 60;  // Seconds, at most 7200.
  std::optional<int64_t> backend_tcp_proxy_protocol_version;
  std::optional<std::vector<std::string>> backend_tcp_proxy_protocol_options;
};

}  // namespace perennial::api::load_balancer
