// SPDX-License-Identifier: Apache-2.0
// What identity knows, one plain struct a kind. Identity writes them, everybody reads them: as rows
// of GET /20260101/authorizationSnapshot (wire.md). JSON by base/json.h.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/json.h"
#include "base/wire_enum.h"

namespace perennial::authz {

// Of users, services and replicas. Only ACTIVE ones act.
enum class PrincipalState { kActive, kInactive };
constexpr auto WireNames(std::type_identity<PrincipalState>) {
  return std::to_array<WireName<PrincipalState>>(
      {{PrincipalState::kActive, "ACTIVE"}, {PrincipalState::kInactive, "INACTIVE"}});
}

// A draining node serves what it has and gets nothing new; a removed one is refused.
enum class NodeState { kActive, kDraining, kRemoved };
constexpr auto WireNames(std::type_identity<NodeState>) {
  return std::to_array<WireName<NodeState>>({{NodeState::kActive, "ACTIVE"},
                                             {NodeState::kDraining, "DRAINING"},
                                             {NodeState::kRemoved, "REMOVED"}});
}

enum class CompartmentState { kActive, kDeleted };
constexpr auto WireNames(std::type_identity<CompartmentState>) {
  return std::to_array<WireName<CompartmentState>>(
      {{CompartmentState::kActive, "ACTIVE"}, {CompartmentState::kDeleted, "DELETED"}});
}

// Identity's token keys: published as NEXT before first use, verified with until RETIRED.
enum class TokenKeyState { kNext, kCurrent, kRetired };
constexpr auto WireNames(std::type_identity<TokenKeyState>) {
  return std::to_array<WireName<TokenKeyState>>({{TokenKeyState::kNext, "NEXT"},
                                                 {TokenKeyState::kCurrent, "CURRENT"},
                                                 {TokenKeyState::kRetired, "RETIRED"}});
}

struct UserKey {
  std::string fingerprint;  // MD5 of the DER SubjectPublicKeyInfo, colon hex, lower case.
  std::string public_key_pem;
};
// Each fact has its word on the wire, kKind, and FactId below gives the id under which it stands.
struct UserFact {
  static constexpr std::string_view kKind = "user";
  std::string id, tenancy_id, name;
  PrincipalState state = PrincipalState::kActive;
  std::vector<UserKey> keys;
};
struct GroupFact {
  static constexpr std::string_view kKind = "group";
  std::string id, tenancy_id, name;
};
struct MembershipFact {
  static constexpr std::string_view kKind = "membership";
  std::string id, user_id, group_id;
};
struct TenancyFact {
  static constexpr std::string_view kKind = "tenancy";
  std::string id, name;
};
struct CompartmentFact {
  static constexpr std::string_view kKind = "compartment";
  std::string id;
  std::string parent_id;  // Another compartment, or the tenancy; empty for the tenancy itself.
  std::string tenancy_id, name;
  CompartmentState state = CompartmentState::kActive;
};
struct PolicyFact {
  static constexpr std::string_view kKind = "policy";
  std::string id, compartment_id;
  std::vector<std::string> statements;
};
// A load balancer, gateway or firewall, as the user's own create request made it.
struct ResourceFact {
  static constexpr std::string_view kKind = "resource";
  std::string id;
  std::string kind;  // "loadbalancer"
  std::string tenancy_id, compartment_id;
  std::vector<std::string> node_pool_ids;
  std::string owner_service_id;
  std::string evidence_digest;  // Lower-case hex.
};
struct PlacementFact {
  static constexpr std::string_view kKind = "placement";
  std::string resource_id;
  int64_t version = 0;
  std::vector<std::string> node_ids;
};
struct NodeFact {
  static constexpr std::string_view kKind = "node";
  std::string id, tenancy_id, name;
  std::vector<std::string> node_pool_ids, product_kinds;
  std::string public_key_pem;
  NodeState state = NodeState::kActive;
};
struct NodePoolFact {
  static constexpr std::string_view kKind = "nodePool";
  std::string id, tenancy_id, compartment_id, display_name;
  std::vector<std::string> addresses;
};
struct ServiceFact {
  static constexpr std::string_view kKind = "service";
  std::string id;
  std::string kind;  // "loadbalancer", "certificates", "audit"
  std::string public_key_pem;
  PrincipalState state = PrincipalState::kActive;
  std::vector<std::string> names;  // For its server certificate.
};
struct ReplicaFact {
  static constexpr std::string_view kKind = "replica";
  std::string id, public_key_pem;
  PrincipalState state = PrincipalState::kActive;
  std::vector<std::string> names;
};
struct TokenKeyFact {
  static constexpr std::string_view kKind = "tokenKey";
  std::string kid;
  RawJson jwk;
  TokenKeyState state = TokenKeyState::kCurrent;
};
// A token that must not be accepted although it has not expired.
struct RetiredTokenFact {
  static constexpr std::string_view kKind = "retiredToken";
  std::string jti;
};

// One line of the snapshot. `value` is the fact's JSON; absent or null says that the fact is gone.
struct SnapshotEntry {
  std::string kind, id;
  RawJson value;
};

template <class Fact>
const std::string& FactId(const Fact& fact) {
  return fact.id;
}
inline const std::string& FactId(const PlacementFact& fact) { return fact.resource_id; }
inline const std::string& FactId(const TokenKeyFact& fact) { return fact.kid; }
inline const std::string& FactId(const RetiredTokenFact& fact) { return fact.jti; }

template <class Fact>
SnapshotEntry EntryOf(const Fact& fact) {
  return {std::string(Fact::kKind), FactId(fact), RawJson{EncodeJson(fact)}};
}
template <class Fact>
SnapshotEntry GoneEntry(std::string id) {
  return {std::string(Fact::kKind), std::move(id), RawJson{}};
}

}  // namespace perennial::authz
