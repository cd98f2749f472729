// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "api/load_balancer/load_balancer_types.h"

namespace perennial::api::load_balancer {
namespace {

constexpr std::string_view kNotOffered = "is not offered yet";

std::unexpected<Error> Bad(std::string_view pointer, std::string_view name, std::string_view rule) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("{}/{}: {}", pointer, name, rule));
}

// Empty is as good as absent: SDKs send both.
template <class T>
bool Given(const std::optional<T>& value) {
  return value && !value->empty();
}

Result<void> CheckSsl(std::string_view pointer, const SslConfigurationDetails& ssl,
                      bool certificates_allowed) {
  if (Given(ssl.certificate_name)) {
    return Bad(pointer, "certificateName",
               "certificates of the load balancer itself are not offered: name one of the "
               "certificates service in certificateIds");
  }
  if (ssl.certificate_ids && ssl.certificate_ids->size() > 1) {
    return Bad(pointer, "certificateIds", "takes exactly one certificate");
  }
  if (!certificates_allowed && Given(ssl.certificate_ids)) {
    return Bad(pointer, "certificateIds", "no certificate is presented to backends");
  }
  return {};
}

}  // namespace

Result<void> CheckOffered(std::string_view pointer, const ListenerDetails& details) {
  if (Given(details.hostname_names)) return Bad(pointer, "hostnameNames", kNotOffered);
  if (Given(details.path_route_set_name)) return Bad(pointer, "pathRouteSetName", kNotOffered);
  if (Given(details.routing_policy_name)) return Bad(pointer, "routingPolicyName", kNotOffered);
  if (Given(details.rule_set_names)) return Bad(pointer, "ruleSetNames", kNotOffered);
  if (details.ssl_configuration) {
    TRY(CheckSsl(fmt::format("{}/sslConfiguration", pointer), *details.ssl_configuration, true));
  }
  if (const auto& connection = details.connection_configuration) {
    const auto at = fmt::format("{}/connectionConfiguration", pointer);
    if (connection->backend_tcp_proxy_protocol_version.value_or(0) != 0) {
      return Bad(at, "backendTcpProxyProtocolVersion", kNotOffered);
    }
    if (Given(connection->backend_tcp_proxy_protocol_options)) {
      return Bad(at, "backendTcpProxyProtocolOptions", kNotOffered);
    }
  }
  return {};
}

Result<void> CheckOffered(std::string_view pointer, const BackendSetDetails& details) {
  if (details.session_persistence_configuration) {
    return Bad(pointer, "sessionPersistenceConfiguration", kNotOffered);
  }
  if (details.lb_cookie_session_persistence_configuration) {
    return Bad(pointer, "lbCookieSessionPersistenceConfiguration", kNotOffered);
  }
  // Traffic to backends is not encrypted yet; to take the words and not do it would be a lie.
  if (details.ssl_configuration) return Bad(pointer, "sslConfiguration", kNotOffered);
  if (const auto& regex = details.health_checker.response_body_regex; regex && *regex != ".*") {
    if (!regex->empty()) {
      return Bad(fmt::format("{}/healthChecker", pointer), "responseBodyRegex",
                 "only .* is offered: a health check judges the status");
    }
  }
  return {};
}

Result<void> CheckOffered(const CreateLoadBalancerDetails& details) {
  if (Given(details.hostnames)) return Bad("", "hostnames", kNotOffered);
  if (Given(details.certificates)) return Bad("", "certificates", kNotOffered);
  if (Given(details.ssl_cipher_suites)) return Bad("", "sslCipherSuites", kNotOffered);
  if (Given(details.path_route_sets)) return Bad("", "pathRouteSets", kNotOffered);
  if (Given(details.rule_sets)) return Bad("", "ruleSets", kNotOffered);
  if (Given(details.security_attributes)) return Bad("", "securityAttributes", kNotOffered);
  if (Given(details.reserved_ips)) return Bad("", "reservedIps", kNotOffered);
  if (details.is_request_id_enabled.value_or(false)) {
    return Bad("", "isRequestIdEnabled", kNotOffered);
  }
  if (Given(details.request_id_header)) return Bad("", "requestIdHeader", kNotOffered);
  if (details.ip_mode && *details.ip_mode != "IPV4") {
    return Bad("", "ipMode", "must be one of IPV4");
  }
  if (details.listeners) {
    for (const auto& [name, listener] : *details.listeners) {
      TRY(CheckOffered("/listeners/" + name, listener));
    }
  }
  if (details.backend_sets) {
    for (const auto& [name, set] : *details.backend_sets) {
      TRY(CheckOffered("/backendSets/" + name, set));
    }
  }
  return {};
}

}  // namespace perennial::api::load_balancer
