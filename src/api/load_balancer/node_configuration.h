// SPDX-License-Identifier: Apache-2.0
// The typed configuration of a node, GET /20260101/nodes/{id}/configuration (wire.md, Products). No
// field is text that a proxy would parse: names are [A-Za-z0-9_-]{1,64}, addresses are IP
// addresses, and the rest is OCIDs, numbers and enums. So it cannot express a directive
// (security.md B29, F12).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/wire_enum.h"

namespace perennial::api::load_balancer {

enum class ListenerProtocol { kHttp, kTcp };
constexpr auto WireNames(std::type_identity<ListenerProtocol>) {
  return std::to_array<WireName<ListenerProtocol>>(
      {{ListenerProtocol::kHttp, "HTTP"}, {ListenerProtocol::kTcp, "TCP"}});
}
enum class BalancingPolicy { kRoundRobin, kLeastConnections, kIpHash };
constexpr auto WireNames(std::type_identity<BalancingPolicy>) {
  return std::to_array<WireName<BalancingPolicy>>(
      {{BalancingPolicy::kRoundRobin, "ROUND_ROBIN"},
       {BalancingPolicy::kLeastConnections, "LEAST_CONNECTIONS"},
       {BalancingPolicy::kIpHash, "IP_HASH"}});
}
enum class HealthProtocol { kHttp, kTcp };
constexpr auto WireNames(std::type_identity<HealthProtocol>) {
  return std::to_array<WireName<HealthProtocol>>(
      {{HealthProtocol::kHttp, "HTTP"}, {HealthProtocol::kTcp, "TCP"}});
}
enum class TlsProtocol { kTls12, kTls13 };
constexpr auto WireNames(std::type_identity<TlsProtocol>) {
  return std::to_array<WireName<TlsProtocol>>(
      {{TlsProtocol::kTls12, "TLSv1.2"}, {TlsProtocol::kTls13, "TLSv1.3"}});
}

// What to poll for and, for a node that starts with nothing, what to fetch.
struct CertificateReference {
  std::string association_id;
  std::string certificate_id;
  int64_t current_version = 0;  // CURRENT when this was written; 0: not known.
  friend auto operator<=>(const CertificateReference&, const CertificateReference&) = default;
};
// An authority or CA bundle that peers are verified against.
struct TrustReference {
  std::string association_id;
  std::string certificates_resource_id;
  friend auto operator<=>(const TrustReference&, const TrustReference&) = default;
};

struct ListenerTlsConfiguration {
  std::vector<CertificateReference> certificates;
  std::vector<TrustReference> trusted;
  std::vector<TlsProtocol> protocols;  // Not empty, none twice.
  bool verify_peer = false;
  int64_t verify_depth = 1;
  friend bool operator==(const ListenerTlsConfiguration&,
                         const ListenerTlsConfiguration&) = default;
};
struct ListenerConfiguration {
  std::string name;
  int64_t port = 0;
  ListenerProtocol protocol = ListenerProtocol::kHttp;
  std::string default_backend_set;
  std::optional<ListenerTlsConfiguration> ssl;
  int64_t idle_timeout_s = 60;
  friend bool operator==(const ListenerConfiguration&, const ListenerConfiguration&) = default;
};

struct HealthCheckerConfiguration {
  HealthProtocol protocol = HealthProtocol::kTcp;
  int64_t port = 0;  // 0: the backend's.
  std::optional<std::string>
      url_path;  // HTTP only: `/` and RFC 3986 path characters, no escape needed.
  int64_t return_code = 200;
  int64_t retries = 3;
  int64_t timeout_ms = 3000;
  int64_t interval_ms = 10000;
  friend bool operator==(const HealthCheckerConfiguration&,
                         const HealthCheckerConfiguration&) = default;
};
struct BackendConfiguration {
  std::string ip_address;
  int64_t port = 0;
  int64_t weight = 1;
  bool drain = false;
  bool backup = false;
  bool offline = false;
  std::optional<int64_t> max_connections;
  friend bool operator==(const BackendConfiguration&, const BackendConfiguration&) = default;
};
struct BackendSetConfiguration {
  std::string name;
  BalancingPolicy policy = BalancingPolicy::kRoundRobin;
  HealthCheckerConfiguration health_checker;
  std::vector<BackendConfiguration> backends;
  friend bool operator==(const BackendSetConfiguration&, const BackendSetConfiguration&) = default;
};

struct LoadBalancerConfiguration {
  std::string id;
  std::string tenancy_id;
  std::string compartment_id;
  std::vector<std::string> addresses;  // What its listeners bind.
  std::vector<ListenerConfiguration> listeners;
  std::vector<BackendSetConfiguration> backend_sets;
  friend bool operator==(const LoadBalancerConfiguration&,
                         const LoadBalancerConfiguration&) = default;
};

// The whole of what a node is to run. Versions grow; `hash` chains each to the one before. Version
// 0 with no resources: nothing was ever written for this node.
struct NodeConfiguration {
  int64_t version = 0;
  std::string previous_hash;
  std::string hash;
  std::vector<LoadBalancerConfiguration> resources;
  friend bool operator==(const NodeConfiguration&, const NodeConfiguration&) = default;
};

// The same as sent: the agent passes `resources` on unread, so that nothing in it is lost on the way
// to the installer, which refuses what it does not know.
struct NodeConfigurationAsSent {
  int64_t version = 0;
  std::string previous_hash;
  std::string hash;
  RawJson resources;
};

// IsProxyName: [A-Za-z0-9_-]{1,64}. IsHealthPath: what may stand in url_path.
bool IsProxyName(std::string_view text);
bool IsHealthPath(std::string_view text);

// CheckConfiguration holds what the types alone do not: names, addresses, OCIDs, ranges, that every
// default backend set is there, and that no two listeners share address and port. Both ends call
// it: the service before it stores, the agent before it renders. kInvalidArgument begins with the
// pointer.
Result<void> CheckConfiguration(const NodeConfiguration& configuration);

}  // namespace perennial::api::load_balancer
