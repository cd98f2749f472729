// SPDX-License-Identifier: Apache-2.0
// Who makes a request, after the signature was verified.
#pragma once

#include <array>
#include <string>
#include <type_traits>
#include <vector>

#include "base/wire_enum.h"

namespace perennial::authz {

enum class PrincipalKind {
  kUser,
  kService,    // One of our own services, in one process.
  kNode,       // A host with an agent and proxies.
  kReplica,    // A process of the certificates data plane.
  kResource,   // One load balancer or gateway, on the node that runs it.
  kEnrolment,  // A service, node or replica that signs with its long-lived key to get its token.
};
constexpr auto WireNames(std::type_identity<PrincipalKind>) {
  return std::to_array<WireName<PrincipalKind>>({{PrincipalKind::kUser, "user"},
                                                 {PrincipalKind::kService, "service"},
                                                 {PrincipalKind::kNode, "node"},
                                                 {PrincipalKind::kReplica, "replica"},
                                                 {PrincipalKind::kResource, "resource"},
                                                 {PrincipalKind::kEnrolment, "enrolment"}});
}

struct Principal {
  PrincipalKind kind = PrincipalKind::kUser;
  std::string id;          // The OCID; of a resource principal, that of the resource.
  std::string tenancy_id;  // Empty for services and replicas: they belong to no tenant.
  std::string name;        // For people who read the audit.

  std::string service_kind;                // A service's: "loadbalancer", "certificates", "audit".
  std::vector<std::string> product_kinds;  // A node's: what it is enrolled to run.

  // Of a resource principal only.
  std::string resource_type;  // "loadbalancer"
  std::string resource_compartment_id;
  std::string node_id;  // The node that holds the session key.

  std::string key_id;    // As it stood in the signature; of an API key it ends in the fingerprint.
  std::string token_id;  // The token's jti; empty where no token was used.
};

}  // namespace perennial::authz
