// SPDX-License-Identifier: Apache-2.0
// The public load-balancer API, /20170115 (oci-api §3.0, §3.1). Lists are bare JSON arrays; a
// mutation answers with no body and the header opc-work-request-id.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "api/load_balancer/ssl_types.h"
#include "api/tags.h"
#include "base/time.h"
#include "base/wire_enum.h"

namespace perennial::api::load_balancer {

enum class LifecycleState { kCreating, kFailed, kActive, kDeleting, kDeleted };
constexpr auto WireNames(std::type_identity<LifecycleState>) {
  return std::to_array<WireName<LifecycleState>>({{LifecycleState::kCreating, "CREATING"},
                                                  {LifecycleState::kFailed, "FAILED"},
                                                  {LifecycleState::kActive, "ACTIVE"},
                                                  {LifecycleState::kDeleting, "DELETING"},
                                                  {LifecycleState::kDeleted, "DELETED"}});
}

// Of a listener or, in CreateLoadBalancer, of a value of `listeners`, where the key is the name.
struct ListenerDetails {
  std::string default_backend_set_name;
  int64_t port = 0;
  std::string protocol;  // HTTP or TCP.
  std::optional<std::vector<std::string>> hostname_names;
  std::optional<std::string> path_route_set_name;
  std::optional<SslConfigurationDetails> ssl_configuration;
  std::optional<ConnectionConfiguration> connection_configuration;
  std::optional<std::string> routing_policy_name;
  std::optional<std::vector<std::string>> rule_set_names;
};
using UpdateListenerDetails = ListenerDetails;
struct CreateListenerDetails {
  std::string name;
  std::string default_backend_set_name;
  int64_t port = 0;
  std::string protocol;
  std::optional<std::vector<std::string>> hostname_names;
  std::optional<std::string> path_route_set_name;
  std::optional<SslConfigurationDetails> ssl_configuration;
  std::optional<ConnectionConfiguration> connection_configuration;
  std::optional<std::string> routing_policy_name;
  std::optional<std::vector<std::string>> rule_set_names;

  ListenerDetails WithoutName() const {
    return {default_backend_set_name,
            port,
            protocol,
            hostname_names,
            path_route_set_name,
            ssl_configuration,
            connection_configuration,
            routing_policy_name,
            rule_set_names};
  }
};
struct Listener {
  std::string name;
  std::string default_backend_set_name;
  int64_t port = 0;
  std::string protocol;
  std::vector<std::string> hostname_names;
  std::optional<std::string> path_route_set_name;
  std::optional<SslConfiguration> ssl_configuration;
  std::optional<ConnectionConfiguration> connection_configuration;
  std::vector<std::string> rule_set_names;
  std::optional<std::string> routing_policy_name;
};

struct HealthCheckerDetails {
  std::string protocol;  // HTTP or TCP.
  std::optional<std::string> url_path;
  std::optional<int64_t> port;  // 0: the backend's.
  std::optional<int64_t> return_code;
  std::optional<int64_t> retries;
  std::optional<int64_t> timeout_in_millis;
  std::optional<int64_t> interval_in_millis;
  std::optional<std::string> response_body_regex;
  std::optional<bool> is_force_plain_text;
};
struct HealthChecker {
  std::string protocol;
  int64_t port = 0;
  int64_t return_code = 200;
  std::string response_body_regex = ".*";
  std::optional<std::string> url_path;
  int64_t retries = 3;
  int64_t timeout_in_millis = 3000;
  int64_t interval_in_millis = 10000;
  std::optional<bool> is_force_plain_text;
};

struct BackendDetails {
  std::string ip_address;
  int64_t port = 0;
  std::optional<int64_t> weight;
  std::optional<int64_t> max_connections;
  std::optional<bool> backup, drain, offline;
};
using CreateBackendDetails = BackendDetails;
struct Backend {
  std::string name;  // ip:port
  std::string ip_address;
  int64_t port = 0;
  int64_t weight = 1;
  bool drain = false;
  bool backup = false;
  bool offline = false;
  std::optional<int64_t> max_connections;
};

struct SessionPersistenceConfigurationDetails {
  std::string cookie_name;
  std::optional<bool> disable_fallback;
};
struct LbCookieSessionPersistenceConfigurationDetails {
  std::optional<std::string> cookie_name;
  std::optional<bool> disable_fallback;
  std::optional<std::string> domain, path;
  std::optional<int64_t> max_age_in_seconds;
  std::optional<bool> is_secure, is_http_only;
};

// Of a value of `backendSets` in CreateLoadBalancer, where the key is the name.
struct BackendSetDetails {
  std::string policy;  // ROUND_ROBIN, LEAST_CONNECTIONS or IP_HASH.
  HealthCheckerDetails health_checker;
  std::optional<std::vector<BackendDetails>> backends;
  std::optional<int64_t> backend_max_connections;
  std::optional<SslConfigurationDetails> ssl_configuration;
  std::optional<SessionPersistenceConfigurationDetails> session_persistence_configuration;
  std::optional<LbCookieSessionPersistenceConfigurationDetails>
      lb_cookie_session_persistence_configuration;
};
struct CreateBackendSetDetails {
  std::string name;
  std::string policy;
  HealthCheckerDetails health_checker;
  std::optional<std::vector<BackendDetails>> backends;
  std::optional<int64_t> backend_max_connections;
  std::optional<SslConfigurationDetails> ssl_configuration;
  std::optional<SessionPersistenceConfigurationDetails> session_persistence_configuration;
  std::optional<LbCookieSessionPersistenceConfigurationDetails>
      lb_cookie_session_persistence_configuration;

  BackendSetDetails WithoutName() const {
    return {policy,
            health_checker,
            backends,
            backend_max_connections,
            ssl_configuration,
            session_persistence_configuration,
            lb_cookie_session_persistence_configuration};
  }
};
struct UpdateBackendSetDetails {
  std::string policy;
  std::vector<BackendDetails> backends;
  HealthCheckerDetails health_checker;
  std::optional<int64_t> backend_max_connections;
  std::optional<SslConfigurationDetails> ssl_configuration;
  std::optional<SessionPersistenceConfigurationDetails> session_persistence_configuration;
  std::optional<LbCookieSessionPersistenceConfigurationDetails>
      lb_cookie_session_persistence_configuration;

  BackendSetDetails WithOptionalBackends() const {
    return {policy,
            health_checker,
            backends,
            backend_max_connections,
            ssl_configuration,
            session_persistence_configuration,
            lb_cookie_session_persistence_configuration};
  }
};
struct BackendSet {
  std::string name;
  std::string policy;
  std::vector<Backend> backends;
  HealthChecker health_checker;
  std::optional<int64_t> backend_max_connections;
  std::optional<SslConfiguration> ssl_configuration;
  std::optional<SessionPersistenceConfigurationDetails> session_persistence_configuration;
  std::optional<LbCookieSessionPersistenceConfigurationDetails>
      lb_cookie_session_persistence_configuration;
};

}  // namespace perennial::api::load_balancer
