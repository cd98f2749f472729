// SPDX-License-Identifier: Apache-2.0
// Our own calls of identity, /20260101 (wire.md): nodes, pools, resources and where they are
// placed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "api/identity/trust_types.h"
#include "base/time.h"
#include "base/wire_enum.h"

namespace perennial::api::identity {

enum class NodeState { kActive, kDraining, kRemoved };
constexpr auto WireNames(std::type_identity<NodeState>) {
  return std::to_array<WireName<NodeState>>({{NodeState::kActive, "ACTIVE"},
                                             {NodeState::kDraining, "DRAINING"},
                                             {NodeState::kRemoved, "REMOVED"}});
}

// POST /nodeTokens (a user with NODE_ENROL).
struct CreateNodeTokenDetails {
  std::vector<std::string> node_pool_ids;
  std::vector<std::string> product_kinds;  // "loadbalancer"
  int64_t expires_in_seconds = 3600;       // At most 86400.
};
struct NodeToken {
  std::string id;
  std::string token;    // "pnj_…": shown once, stored as a hash.
  std::string ca_hash;  // "sha256:…" of the platform CA's DER.
  Time time_expires;
};

// POST /nodes/actions/enrol: unsigned; the token is the authority and the proof shows the key.
struct EnrolNodeDetails {
  std::string token;
  std::string name;
  std::vector<std::string> addresses;
  std::string public_key_pem;
  std::string proof;  // Base64 of the signature by that key over EnrolmentProofText.
};
struct EnrolledNode {
  std::string node_id;
  std::string tenancy_id;
  std::string platform_ca_pem;
  Endpoints endpoints;
};
inline std::string EnrolmentProofText(std::string_view token, std::string_view public_key_pem) {
  std::string text = "perennial-enrol\n";
  return text.append(token).append("\n").append(public_key_pem);
}

// POST, GET /nodePools; GET /nodePools/{id}. The OCID is of type subnet.
struct CreateNodePoolDetails {
  std::string display_name;
  std::string compartment_id;
  std::vector<std::string> addresses;  // What load balancers in it answer on.
};
struct NodePool {
  std::string id;
  std::string compartment_id;
  std::string display_name;
  std::vector<std::string> addresses;
  Time time_created;
};
struct NodePoolCollection {
  std::vector<NodePool> items;
};

// GET /nodes, /nodes/{id}; POST /nodes/{id}/actions/{drain,remove,pollNow}.
struct Node {
  std::string id;
  std::string tenancy_id;
  std::string name;
  NodeState state = NodeState::kActive;
  std::vector<std::string> node_pool_ids;
  std::vector<std::string> product_kinds;
  std::vector<std::string> addresses;
  Time time_enrolled;
  std::optional<Time> time_last_seen;
  std::optional<std::string> agent_version;
  std::optional<int64_t> wanted_count, served_count;
};
struct NodeCollection {
  std::vector<Node> items;
};

// POST /resources (the service that owns the kind). All is read from what the user signed.
struct CreateResourceDetails {
  http_signature::Evidence evidence;
};
struct Resource {
  std::string id;
  std::string kind;  // "loadbalancer"
  std::string tenancy_id;
  std::string compartment_id;
  std::vector<std::string> node_pool_ids;
};
// POST /resources/{id}/actions/move
struct MoveResourceDetails {
  http_signature::Evidence evidence;
};
// PUT /resources/{id}/placements: the full set.
struct PutPlacementsDetails {
  int64_t version = 0;  // Must grow; the same version with the same nodes is accepted again.
  std::vector<std::string> node_ids;
};

}  // namespace perennial::api::identity
