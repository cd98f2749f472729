// SPDX-License-Identifier: Apache-2.0
// Identity's rows as values. Ids are OCIDs; a version counts the changes of what has an etag.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/tags.h"
#include "authz/facts.h"
#include "base/time.h"
#include "service/page.h"
#include "storage/storage.h"

namespace perennial::identity {

struct TenancyRow {
  std::string id, name, description;
  Time created_at;
};

// Kept in one column, as JSON.
struct Tags {
  api::FreeformTags freeform_tags;
  api::DefinedTags defined_tags;
};

// What compartments, users, groups and policies have alike. parent_id is where it stands: of users
// and groups the tenancy, of compartments and policies the compartment.
struct NamedRow {
  std::string id, tenancy_id, parent_id, name, description;
  Tags tags;
  Time created_at;
  int64_t version = 1;
};
struct CompartmentRow : NamedRow {};
struct GroupRow : NamedRow {};
struct UserRow : NamedRow {
  std::optional<std::string> email;
  authz::PrincipalState state = authz::PrincipalState::kActive;
};
struct PolicyRow : NamedRow {
  std::vector<std::string> statements;
  std::optional<std::string> version_date;
};

struct ApiKeyRow {
  std::string user_id, fingerprint, public_key_pem;
  Time created_at;
};
struct MembershipRow {
  std::string id, tenancy_id, user_id, group_id;
  Time created_at;
};

struct NodePoolRow {
  std::string id, tenancy_id, compartment_id, display_name;
  std::vector<std::string> addresses;
  Time created_at;
};
// What a user gave out so that one node can enrol. Only the token's hash is kept.
struct NodeTokenRow {
  std::string id, hash, tenancy_id, created_by;
  std::vector<std::string> node_pool_ids, product_kinds;
  Time created_at, expires_at;
  std::optional<Time> used_at;
  std::optional<std::string> node_id;
};
struct NodeRow {
  std::string id, tenancy_id, name, public_key_pem;
  std::vector<std::string> node_pool_ids, product_kinds, addresses;
  authz::NodeState state = authz::NodeState::kActive;
  Time created_at;
  std::optional<Time> last_seen_at;
  std::optional<std::string> agent_version;
  std::optional<int64_t> wanted_count, served_count;
  int64_t version = 1;
};

// A service or a replica, by the key with which it gets its tokens.
struct ProcessRow {
  std::string id;
  std::string kind;  // "loadbalancer", "certificates", …; "replica" for a replica.
  std::string public_key_pem;
  std::vector<std::string> names;  // What its server certificate may name.
  authz::PrincipalState state = authz::PrincipalState::kActive;
  Time created_at;
};
inline constexpr std::string_view kReplicaKind = "replica";

struct ResourceRow {
  std::string id, kind, tenancy_id, compartment_id, owner_service_id, user_id;
  std::vector<std::string> node_pool_ids;
  std::string evidence_digest;  // Lower-case hex.
  Time created_at;
  std::optional<Time> ended_at;  // An id is never used again, so the row stays.
};
struct PlacementRow {
  std::string resource_id;
  int64_t version = 0;
  std::vector<std::string> node_ids;
};

// A key that signs tokens. It signs from current_at to replaced_at, and verifies until retired_at.
struct TokenKeyRow {
  std::string kid, public_jwk;
  storage::Blob private_key;  // Wrapped; empty once the key has been replaced.
  Time created_at;
  std::optional<Time> current_at, replaced_at, retired_at;
};

struct PlatformCaRow {
  std::string certificate_pem;
  storage::Blob private_key;  // Wrapped.
  Time created_at;
};

// One page of a list. `next` is the key of its last row when there is more.
template <class Row>
struct Page {
  std::vector<Row> rows;
  std::optional<std::vector<std::string>> next;
};
struct ListFilter {
  service::PageRequest page;
  std::optional<std::string> name;
};

}  // namespace perennial::identity
