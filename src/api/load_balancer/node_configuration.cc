// SPDX-License-Identifier: Apache-2.0
#include "api/load_balancer/node_configuration.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/ocid.h"

namespace perennial::api::load_balancer {
namespace {

constexpr int64_t kVersionMax = int64_t{1} << 53;
constexpr size_t kPathMax = 256;

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// An IP address as inet_pton reads it: no zone, no port, no brackets, no leading zeros.
bool IsIpAddress(const std::string& text) {
  unsigned char bytes[16];
  return text.find('\0') == std::string::npos && (inet_pton(AF_INET, text.c_str(), bytes) == 1 ||
                                                  inet_pton(AF_INET6, text.c_str(), bytes) == 1);
}

bool IsHash(std::string_view text) {
  return text.empty() || (text.size() == 64 && std::ranges::all_of(text, [](char c) {
                            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                          }));
}

// Judges one configuration; `pointer` is where the values stand.
class Checker {
 public:
  static std::unexpected<Error> Bad(const std::string& pointer, std::string_view rule) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: {}", pointer, rule));
  }
  static Result<void> Range(const std::string& pointer, int64_t value, int64_t low, int64_t high) {
    if (value >= low && value <= high) return {};
    return Bad(pointer, fmt::format("is from {} to {}", low, high));
  }
  static Result<void> Name(const std::string& pointer, std::string_view name) {
    if (IsProxyName(name)) return {};
    return Bad(pointer, "has 1 to 64 letters, digits, hyphens and underscores");
  }
  static Result<void> Address(const std::string& pointer, const std::string& address) {
    if (IsIpAddress(address)) return {};
    return Bad(pointer, "is an IP address");
  }
  static Result<void> Id(const std::string& pointer, std::string_view id,
                         std::initializer_list<std::string_view> types) {
    if (std::ranges::find(types, OcidType(id)) != types.end()) return {};
    return Bad(pointer, fmt::format("is the OCID of a {}", fmt::join(types, " or ")));
  }

  static Result<void> Tls(const std::string& at, const ListenerTlsConfiguration& tls) {
    size_t index = 0;
    for (const auto& certificate : tls.certificates) {
      const auto here = fmt::format("{}/certificates/{}", at, index++);
      TRY(Id(here + "/associationId", certificate.association_id, {"association"}));
      TRY(Id(here + "/certificateId", certificate.certificate_id, {"certificate"}));
      TRY(Range(here + "/currentVersion", certificate.current_version, 0, kVersionMax));
    }
    if (tls.certificates.empty()) return Bad(at + "/certificates", "is not empty");
    index = 0;
    for (const auto& trusted : tls.trusted) {
      const auto here = fmt::format("{}/trusted/{}", at, index++);
      TRY(Id(here + "/associationId", trusted.association_id, {"association"}));
      TRY(Id(here + "/certificatesResourceId", trusted.certificates_resource_id,
             {"certificateauthority", "cabundle"}));
    }
    if (tls.protocols.empty()) return Bad(at + "/protocols", "is not empty");
    if (std::set(tls.protocols.begin(), tls.protocols.end()).size() != tls.protocols.size()) {
      return Bad(at + "/protocols", "names each protocol once");
    }
    return Range(at + "/verifyDepth", tls.verify_depth, 1, 10);
  }

  static Result<void> Listener(const std::string& at, const ListenerConfiguration& listener,
                               const std::set<std::string>& backend_sets) {
    TRY(Name(at + "/name", listener.name));
    TRY(Range(at + "/port", listener.port, 1, 65535));
    TRY(Range(at + "/idleTimeoutS", listener.idle_timeout_s, 1, 7200));
    if (!backend_sets.contains(listener.default_backend_set)) {
      return Bad(at + "/defaultBackendSet", "is not a backend set of this load balancer");
    }
    if (listener.ssl) TRY(Tls(at + "/ssl", *listener.ssl));
    return {};
  }

  static Result<void> Health(const std::string& at, const HealthCheckerConfiguration& health) {
    TRY(Range(at + "/port", health.port, 0, 65535));
    TRY(Range(at + "/returnCode", health.return_code, 100, 599));
    TRY(Range(at + "/retries", health.retries, 1, 30));
    TRY(Range(at + "/timeoutMs", health.timeout_ms, 1, 600'000));
    TRY(Range(at + "/intervalMs", health.interval_ms, 100, 1'800'000));
    if (health.url_path && !IsHealthPath(*health.url_path)) {
      return Bad(at + "/urlPath",
                 "begins with a slash and has at most 256 letters, digits and / - . _ ~");
    }
    return {};
  }

  static Result<void> Backend(const std::string& at, const BackendConfiguration& backend) {
    TRY(Address(at + "/ipAddress", backend.ip_address));
    TRY(Range(at + "/port", backend.port, 1, 65535));
    TRY(Range(at + "/weight", backend.weight, 0, 256));
    if (backend.max_connections) {
      TRY(Range(at + "/maxConnections", *backend.max_connections, 0, 1'000'000));
    }
    return {};
  }

  Result<void> LoadBalancer(const std::string& at, const LoadBalancerConfiguration& balancer) {
    TRY(Id(at + "/id", balancer.id, {"loadbalancer"}));
    TRY(Id(at + "/tenancyId", balancer.tenancy_id, {"tenancy"}));
    TRY(Id(at + "/compartmentId", balancer.compartment_id, {"compartment", "tenancy"}));
    if (!ids_.insert(balancer.id).second) return Bad(at + "/id", "stands here twice");
    size_t index = 0;
    for (const auto& address : balancer.addresses) {
      TRY(Address(fmt::format("{}/addresses/{}", at, index++), address));
    }
    std::set<std::string> sets;
    index = 0;
    for (const auto& set : balancer.backend_sets) {
      const auto here = fmt::format("{}/backendSets/{}", at, index++);
      TRY(Name(here + "/name", set.name));
      if (!sets.insert(set.name).second) return Bad(here + "/name", "stands here twice");
      TRY(Health(here + "/healthChecker", set.health_checker));
      size_t backend = 0;
      for (const auto& item : set.backends) {
        TRY(Backend(fmt::format("{}/backends/{}", here, backend++), item));
      }
    }
    std::set<std::string> names;
    index = 0;
    for (const auto& listener : balancer.listeners) {
      const auto here = fmt::format("{}/listeners/{}", at, index++);
      TRY(Listener(here, listener, sets));
      if (!names.insert(listener.name).second) return Bad(here + "/name", "stands here twice");
      for (const auto& address : balancer.addresses) {
        if (!bound_.emplace(address, listener.port).second) {
          return Bad(here + "/port", "is bound by another listener on the same address");
        }
      }
    }
    return {};
  }

 private:
  std::set<std::string> ids_;
  std::set<std::pair<std::string, int64_t>> bound_;
};

}  // namespace

bool IsProxyName(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return IsAlphanumeric(c) || c == '-' || c == '_';
  });
}

bool IsHealthPath(std::string_view text) {
  return text.starts_with('/') && text.size() <= kPathMax && std::ranges::all_of(text, [](char c) {
           return IsAlphanumeric(c) || std::string_view("/-._~").contains(c);
         });
}

Result<void> CheckConfiguration(const NodeConfiguration& configuration) {
  TRY(Checker::Range("/version", configuration.version, 0, kVersionMax));
  if (!IsHash(configuration.previous_hash)) {
    return Checker::Bad("/previousHash", "is a SHA-256 in lower-case hex");
  }
  if (!IsHash(configuration.hash)) {
    return Checker::Bad("/hash", "is a SHA-256 in lower-case hex");
  }
  Checker checker;
  size_t index = 0;
  for (const auto& balancer : configuration.resources) {
    TRY(checker.LoadBalancer(fmt::format("/resources/{}", index++), balancer));
  }
  return {};
}

}  // namespace perennial::api::load_balancer
