// SPDX-License-Identifier: Apache-2.0
// The load balancer as a whole, and its work requests (oci-api §3.1).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "api/load_balancer/types.h"

namespace perennial::api::load_balancer {

struct ShapeDetails {
  int64_t minimum_bandwidth_in_mbps = 10;
  int64_t maximum_bandwidth_in_mbps = 10;
};
struct ReservedIp {
  std::optional<std::string> id;
};
struct IpAddress {
  std::string ip_address;
  std::optional<bool> is_public;
};

struct CreateLoadBalancerDetails {
  std::string compartment_id;
  std::string display_name;
  std::string shape_name;
  std::vector<std::string> subnet_ids;  // The first is a node pool.
  std::optional<ShapeDetails> shape_details;
  std::optional<bool> is_private;
  std::optional<bool> is_delete_protection_enabled;
  std::optional<std::string> ip_mode;
  std::optional<bool> is_request_id_enabled;
  std::optional<std::string> request_id_header;
  std::optional<std::vector<ReservedIp>> reserved_ips;
  std::optional<std::map<std::string, ListenerDetails>> listeners;
  std::optional<std::map<std::string, BackendSetDetails>> backend_sets;
  std::optional<std::vector<std::string>> network_security_group_ids;
  // Not offered yet: CheckOffered refuses them unless they are empty.
  std::optional<std::map<std::string, RawJson>> hostnames, certificates, ssl_cipher_suites,
      path_route_sets, rule_sets, security_attributes;
  std::optional<FreeformTags> freeform_tags;
  std::optional<DefinedTags> defined_tags;
};

// CheckOffered names by pointer the first thing in a body that this version does not offer, or that
// would change how the proxy is set up in a way it cannot be: kInvalidArgument.
Result<void> CheckOffered(const CreateLoadBalancerDetails& details);
Result<void> CheckOffered(std::string_view pointer, const ListenerDetails& details);
Result<void> CheckOffered(std::string_view pointer, const BackendSetDetails& details);

struct LoadBalancer {
  std::string id;
  std::string compartment_id;
  std::string display_name;
  LifecycleState lifecycle_state = LifecycleState::kActive;
  Time time_created;
  std::string shape_name;
  std::vector<IpAddress> ip_addresses;
  std::optional<ShapeDetails> shape_details;
  std::optional<bool> is_private;
  std::optional<bool> is_delete_protection_enabled;
  std::vector<std::string> subnet_ids;
  std::vector<std::string> network_security_group_ids;
  std::map<std::string, Listener> listeners;
  std::map<std::string, BackendSet> backend_sets;
  // Always empty for now; clients expect the maps.
  std::map<std::string, RawJson> hostnames, certificates, ssl_cipher_suites, path_route_sets,
      rule_sets, routing_policies;
  FreeformTags freeform_tags;
  DefinedTags defined_tags;
};

enum class WorkRequestState { kAccepted, kInProgress, kFailed, kSucceeded };
constexpr auto WireNames(std::type_identity<WorkRequestState>) {
  return std::to_array<WireName<WorkRequestState>>({{WorkRequestState::kAccepted, "ACCEPTED"},
                                                    {WorkRequestState::kInProgress, "IN_PROGRESS"},
                                                    {WorkRequestState::kFailed, "FAILED"},
                                                    {WorkRequestState::kSucceeded, "SUCCEEDED"}});
}
enum class WorkRequestErrorCode { kBadInput, kInternalError };
constexpr auto WireNames(std::type_identity<WorkRequestErrorCode>) {
  return std::to_array<WireName<WorkRequestErrorCode>>(
      {{WorkRequestErrorCode::kBadInput, "BAD_INPUT"},
       {WorkRequestErrorCode::kInternalError, "INTERNAL_ERROR"}});
}
struct WorkRequestError {
  WorkRequestErrorCode error_code = WorkRequestErrorCode::kBadInput;
  std::string message;
};
struct WorkRequest {
  std::string id;
  std::string load_balancer_id;
  std::string type;  // "CreateListener"
  WorkRequestState lifecycle_state = WorkRequestState::kAccepted;
  std::string message;
  Time time_accepted;
  std::vector<WorkRequestError> error_details;
  std::optional<std::string> compartment_id;
  std::optional<Time> time_finished;  // Waiters end only when it is there.
};

}  // namespace perennial::api::load_balancer
