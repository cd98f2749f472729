// SPDX-License-Identifier: Apache-2.0
#include "products/load_balancer/rules.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <span>

#include "api/load_balancer/node_configuration.h"
#include "base/ip_address.h"
#include "base/ocid.h"

namespace perennial::load_balancer {

namespace {

constexpr auto kCipherSuites = std::to_array<std::string_view>({
    "oci-default-ssl-cipher-suite-v1", "oci-modern-ssl-cipher-suite-v1",
    "oci-compatible-ssl-cipher-suite-v1", "oci-wider-compatible-ssl-cipher-suite-v1",
    "oci-tls-13-recommended-ssl-cipher-suite-v1", "oci-tls-12-13-wider-ssl-cipher-suite-v1"});
constexpr auto kFixedShapes =
    std::to_array<std::string_view>({"10Mbps", "100Mbps", "400Mbps", "8000Mbps"});

std::unexpected<Error> Bad(const std::string& pointer, std::string_view rule) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: {}", pointer, rule));
}

Result<int64_t> InRange(const std::string& pointer, int64_t value, int64_t least, int64_t most) {
  if (value < least || value > most) {
    return Bad(pointer, fmt::format("must be a whole number from {} to {}", least, most));
  }
  return value;
}

Result<void> CheckName(const std::string& pointer, std::string_view name) {
  if (wire::IsProxyName(name)) return {};
  return Bad(pointer, "must be 1 to 64 letters, digits, - or _");
}

// One of the names of the enum that a node will be told.
template <class E>
Result<std::string> OneOf(const std::string& pointer, const std::string& text) {
  if (!FromWireName<E>(text)) return Bad(pointer, "must be one of " + WireNameList<E>());
  return text;
}

Result<std::vector<std::string>> MakeProtocols(const std::string& pointer,
                                               const std::vector<std::string>& protocols) {
  if (protocols.empty()) return Bad(pointer, "must name at least one protocol");
  std::set<std::string> seen;
  for (size_t i = 0; i < protocols.size(); ++i) {
    const auto at = fmt::format("{}/{}", pointer, i);
    TRY(OneOf<wire::TlsProtocol>(at, protocols[i]));
    if (!seen.insert(protocols[i]).second) return Bad(at, "is named twice");
  }
  return protocols;
}

Result<wire::SslConfiguration> MakeSsl(const std::string& pointer,
                                       const wire::SslConfigurationDetails& details) {
  wire::SslConfiguration ssl;
  if (details.certificate_name && !details.certificate_name->empty()) {
    return Bad(pointer + "/certificateName",
               "certificates of the load balancer itself are not offered; name one of the "
               "Certificates service in certificateIds");
  }
  if (details.verify_peer_certificate.value_or(false)) {
    return Bad(pointer + "/verifyPeerCertificate", "verifying peers is not offered yet");
  }
  if (details.trusted_certificate_authority_ids && !details.trusted_certificate_authority_ids->empty()) {
    return Bad(pointer + "/trustedCertificateAuthorityIds", "verifying peers is not offered yet");
  }
  const auto ids = details.certificate_ids.value_or(std::vector<std::string>{});
  if (ids.size() != 1) return Bad(pointer + "/certificateIds", "must hold exactly one certificate");
  if (!ParseOcid(ids[0], "certificate")) {
    return Bad(pointer + "/certificateIds/0", "must be the OCID of a certificate");
  }
  ssl.certificate_ids = ids;
  TRY_ASSIGN(ssl.verify_depth, InRange(pointer + "/verifyDepth", details.verify_depth.value_or(1), 1, 10));
  TRY_ASSIGN(ssl.protocols,
             MakeProtocols(pointer + "/protocols",
                           details.protocols.value_or(std::vector<std::string>{"TLSv1.2"})));
  ssl.cipher_suite_name = details.cipher_suite_name.value_or(std::string(kCipherSuites[0]));
  if (std::ranges::find(kCipherSuites, *ssl.cipher_suite_name) == kCipherSuites.end()) {
    return Bad(pointer + "/cipherSuiteName",
               fmt::format("must be one of {}", fmt::join(kCipherSuites, ", ")));
  }
  ssl.has_session_resumption = details.has_session_resumption.value_or(true);
  ssl.server_order_preference =
      details.server_order_preference.value_or(wire::ServerOrderPreference::kEnabled);
  return ssl;
}

Result<wire::HealthChecker> MakeHealthChecker(const std::string& pointer,
                                              const wire::HealthCheckerDetails& details) {
  wire::HealthChecker checker;
  TRY_ASSIGN(checker.protocol, OneOf<wire::HealthProtocol>(pointer + "/protocol", details.protocol));
  TRY_ASSIGN(checker.port, InRange(pointer + "/port", details.port.value_or(0), 0, 65535));
  TRY_ASSIGN(checker.return_code,
             InRange(pointer + "/returnCode", details.return_code.value_or(200), 100, 599));
  TRY_ASSIGN(checker.retries, InRange(pointer + "/retries", details.retries.value_or(3), 1, 10));
  TRY_ASSIGN(checker.timeout_in_millis,
             InRange(pointer + "/timeoutInMillis", details.timeout_in_millis.value_or(3000), 100, 600000));
  TRY_ASSIGN(checker.interval_in_millis, InRange(pointer + "/intervalInMillis",
                                                 details.interval_in_millis.value_or(10000), 100,
                                                 1800000));
  const auto regex = details.response_body_regex.value_or(".*");
  if (!regex.empty() && regex != ".*") {
    return Bad(pointer + "/responseBodyRegex", "only .* is offered: no text of yours reaches a proxy");
  }
  if (details.is_force_plain_text.has_value()) checker.is_force_plain_text = details.is_force_plain_text;
  if (checker.protocol == "HTTP") {
    checker.url_path = details.url_path.value_or("/");
    if (!wire::IsHealthPath(*checker.url_path)) {
      return Bad(pointer + "/urlPath", "must begin with / and hold only letters, digits and / - . _ ~");
    }
  }
  return checker;
}

Result<void> CheckShape(const wire::CreateLoadBalancerDetails& details) {
  if (details.shape_name == "flexible") {
    if (!details.shape_details) {
      return Fail(ErrorCode::kMissingArgument, "/shapeDetails: is required for the shape flexible");
    }
    const auto least = details.shape_details->minimum_bandwidth_in_mbps;
    TRY(InRange("/shapeDetails/minimumBandwidthInMbps", least, 10, 8000));
    TRY(InRange("/shapeDetails/maximumBandwidthInMbps",
                details.shape_details->maximum_bandwidth_in_mbps, least, 8000));
    return {};
  }
  if (std::ranges::find(kFixedShapes, details.shape_name) == kFixedShapes.end()) {
    return Bad("/shapeName", fmt::format("must be one of flexible, {}", fmt::join(kFixedShapes, ", ")));
  }
  return {};
}

Result<void> CheckDisplayName(const std::string& name) {
  if (name.empty() || name.size() > 1024) return Bad("/displayName", "must have 1 to 1024 characters");
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  if (std::ranges::any_of(name, is_control)) {
    return Bad("/displayName", "must not hold control characters");
  }
  return {};
}

}  // namespace

Result<std::string> ParseAddress(const std::string& pointer, const std::string& text) {
  std::array<unsigned char, 16> bytes{};
  std::array<char, INET6_ADDRSTRLEN> canonical{};
  for (const int family : {AF_INET, AF_INET6}) {
    if (inet_pton(family, text.c_str(), bytes.data()) != 1) continue;
    // A NUL inside would end the text early for inet_pton.
    if (text.find('\0') != std::string::npos) break;
    if (!NamesOneHost(std::span(bytes).first(family == AF_INET ? 4 : 16))) {
      return Bad(pointer,
                 "must be the address of one host, not an unspecified, multicast or broadcast one");
    }
    return std::string(inet_ntop(family, bytes.data(), canonical.data(), canonical.size()));
  }
  return Bad(pointer, "must be an IPv4 or IPv6 address");
}

Result<wire::Listener> MakeListener(const std::string& pointer, const std::string& name,
                                    const wire::ListenerDetails& details) {
  TRY(CheckOffered(pointer, details));
  TRY(CheckName(pointer + "/name", name));
  wire::Listener listener;
  listener.name = name;
  TRY(CheckName(pointer + "/defaultBackendSetName", details.default_backend_set_name));
  listener.default_backend_set_name = details.default_backend_set_name;
  TRY_ASSIGN(listener.port, InRange(pointer + "/port", details.port, 1, 65535));
  TRY_ASSIGN(listener.protocol,
             OneOf<wire::ListenerProtocol>(pointer + "/protocol", details.protocol));
  if (details.ssl_configuration) {
    TRY_ASSIGN(listener.ssl_configuration,
               MakeSsl(pointer + "/sslConfiguration", *details.ssl_configuration));
  }
  listener.connection_configuration =
      wire::ConnectionConfiguration{.idle_timeout = details.protocol == "TCP" ? 300 : 60};
  if (details.connection_configuration) {
    TRY_ASSIGN(listener.connection_configuration->idle_timeout,
               InRange(pointer + "/connectionConfiguration/idleTimeout",
                       details.connection_configuration->idle_timeout, 1, 7200));
  }
  return listener;
}

Result<wire::Backend> MakeBackend(const std::string& pointer, const wire::BackendDetails& details) {
  wire::Backend backend;
  TRY_ASSIGN(backend.ip_address, ParseAddress(pointer + "/ipAddress", details.ip_address));
  TRY_ASSIGN(backend.port, InRange(pointer + "/port", details.port, 1, 65535));
  TRY_ASSIGN(backend.weight, InRange(pointer + "/weight", details.weight.value_or(1), 0, 100));
  backend.name = fmt::format("{}:{}", backend.ip_address, backend.port);
  backend.drain = details.drain.value_or(false);
  backend.backup = details.backup.value_or(false);
  backend.offline = details.offline.value_or(false);
  if (details.max_connections.value_or(0) != 0) {
    TRY_ASSIGN(backend.max_connections,
               InRange(pointer + "/maxConnections", *details.max_connections, 256, 65535));
  }
  return backend;
}

Result<wire::BackendSet> MakeBackendSet(const std::string& pointer, const std::string& name,
                                        const wire::BackendSetDetails& details) {
  TRY(CheckOffered(pointer, details));
  TRY(CheckName(pointer + "/name", name));
  if (details.ssl_configuration) {
    return Bad(pointer + "/sslConfiguration", "TLS towards backends is not offered yet");
  }
  wire::BackendSet set;
  set.name = name;
  TRY_ASSIGN(set.policy, OneOf<wire::BalancingPolicy>(pointer + "/policy", details.policy));
  TRY_ASSIGN(set.health_checker, MakeHealthChecker(pointer + "/healthChecker", details.health_checker));
  const auto backends = details.backends.value_or(std::vector<wire::BackendDetails>{});
  if (backends.size() > kBackendsMax) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("{}/backends: at most {} in a set", pointer, kBackendsMax));
  }
  std::set<std::string> names;
  for (size_t i = 0; i < backends.size(); ++i) {
    const auto at = fmt::format("{}/backends/{}", pointer, i);
    TRY_ASSIGN(auto backend, MakeBackend(at, backends[i]));
    if (!names.insert(backend.name).second) return Bad(at, "is there twice");
    if (backend.backup && set.policy == "IP_HASH") {
      return Bad(at + "/backup", "backup backends are not possible with IP_HASH");
    }
    set.backends.push_back(std::move(backend));
  }
  return set;
}

Result<wire::LoadBalancer> MakeLoadBalancer(const wire::CreateLoadBalancerDetails& details) {
  TRY(CheckOffered(details));
  TRY(CheckDisplayName(details.display_name));
  TRY(CheckShape(details));
  TRY(api::CheckTags("", details.freeform_tags, details.defined_tags));
  if (details.network_security_group_ids && !details.network_security_group_ids->empty()) {
    // To take a security group and not enforce it would be worse than to refuse it.
    return Bad("/networkSecurityGroupIds", "is not offered");
  }
  if (details.subnet_ids.size() != 1) return Bad("/subnetIds", "must hold exactly one node pool");
  if (!ParseOcid(details.subnet_ids[0], "subnet")) {
    return Fail(ErrorCode::kRelatedNotFound, "/subnetIds/0: no such node pool, or you may not read it");
  }
  Model model;
  wire::LoadBalancer& value = model.value;
  value.compartment_id = details.compartment_id;
  value.display_name = details.display_name;
  value.lifecycle_state = wire::LifecycleState::kCreating;
  value.shape_name = details.shape_name;
  value.shape_details = details.shape_details;
  value.is_private = details.is_private.value_or(false);
  value.is_delete_protection_enabled = details.is_delete_protection_enabled.value_or(false);
  value.subnet_ids = details.subnet_ids;
  value.freeform_tags = details.freeform_tags.value_or(api::FreeformTags{});
  value.defined_tags = details.defined_tags.value_or(api::DefinedTags{});
  if (details.backend_sets) {
    for (const auto& [name, set] : *details.backend_sets) {
      TRY_ASSIGN(const auto made, MakeBackendSet("/backendSets/" + name, name, set));
      TRY(AddBackendSet(model, made));
    }
  }
  std::set<int64_t> ports;
  if (details.listeners) {
    for (const auto& [name, listener] : *details.listeners) {
      TRY_ASSIGN(const auto made, MakeListener("/listeners/" + name, name, listener));
      if (!ports.insert(made.port).second) {
        return Bad("/listeners/" + name + "/port", "two listeners have this port");
      }
      TRY(AddListener(model, made));
    }
  }
  return std::move(model.value);
}

}  // namespace perennial::load_balancer
