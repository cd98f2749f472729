// SPDX-License-Identifier: Apache-2.0
#include "identity/wire.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "http_signature/key_id.h"

namespace perennial::identity {
namespace {

// The fields that all named resources have alike.
template <class Wire>
Wire Named(const NamedRow& row) {
  Wire wire;
  wire.id = row.id;
  wire.compartment_id = row.parent_id;
  wire.name = row.name;
  wire.description = row.description;
  wire.time_created = row.created_at;
  wire.freeform_tags = row.tags.freeform_tags;
  wire.defined_tags = row.tags.defined_tags;
  return wire;
}

}  // namespace

api::identity::Tenancy ToWire(const TenancyRow& row) {
  api::identity::Tenancy wire;
  wire.id = row.id;
  wire.name = row.name;
  wire.description = row.description;
  return wire;
}

api::identity::Compartment ToWire(const CompartmentRow& row) {
  auto wire = Named<api::identity::Compartment>(row);
  wire.is_accessible = true;
  return wire;
}

api::identity::User ToWire(const UserRow& row) {
  auto wire = Named<api::identity::User>(row);
  wire.email = row.email;
  if (row.state != authz::PrincipalState::kActive) {
    wire.lifecycle_state = api::identity::LifecycleState::kInactive;
  }
  wire.capabilities = api::identity::UserCapabilities();
  return wire;
}

api::identity::ApiKey ToWire(const ApiKeyRow& row, std::string_view tenancy_id) {
  api::identity::ApiKey wire;
  wire.key_id = http_signature::ApiKeyId(tenancy_id, row.user_id, row.fingerprint);
  wire.key_value = row.public_key_pem;
  wire.fingerprint = row.fingerprint;
  wire.user_id = row.user_id;
  wire.time_created = row.created_at;
  return wire;
}

api::identity::Group ToWire(const GroupRow& row) { return Named<api::identity::Group>(row); }

api::identity::UserGroupMembership ToWire(const MembershipRow& row) {
  api::identity::UserGroupMembership wire;
  wire.id = row.id;
  wire.compartment_id = row.tenancy_id;
  wire.group_id = row.group_id;
  wire.user_id = row.user_id;
  wire.time_created = row.created_at;
  return wire;
}

api::identity::Policy ToWire(const PolicyRow& row) {
  auto wire = Named<api::identity::Policy>(row);
  wire.statements = row.statements;
  wire.version_date = row.version_date;
  return wire;
}

api::identity::NodePool ToWire(const NodePoolRow& row) {
  return {.id = row.id,
          .compartment_id = row.compartment_id,
          .display_name = row.display_name,
          .addresses = row.addresses,
          .time_created = row.created_at};
}

api::identity::Resource ToWire(const ResourceRow& row) {
  return {.id = row.id,
          .kind = row.kind,
          .tenancy_id = row.tenancy_id,
          .compartment_id = row.compartment_id,
          .node_pool_ids = row.node_pool_ids};
}

api::identity::Node ToWire(const NodeRow& row, const authz::Snapshot& snapshot,
                           std::string_view tenancy_id) {
  std::vector<std::string> pools;
  bool shared = false;
  for (const auto& id : row.node_pool_ids) {
    const auto* pool = snapshot.NodePool(id);
    if (pool == nullptr) continue;
    if (pool->tenancy_id == tenancy_id) {
      pools.push_back(id);
    } else {
      shared = true;
    }
  }
  const int64_t placed = std::ranges::count(snapshot.ResourcesOn(row.id), tenancy_id,
                                            &authz::ResourceFact::tenancy_id);
  const std::string owner = pools.empty() ? row.tenancy_id : std::string(tenancy_id);
  // The agent counts what it serves for all of them together: of a shared node that is nobody's.
  const auto wanted = std::optional(row.wanted_count.value_or(placed));
  return {.id = row.id,
          .tenancy_id = owner,
          .name = row.name,
          .state = static_cast<api::identity::NodeState>(row.state),
          .node_pool_ids = std::move(pools),
          .product_kinds = row.product_kinds,
          .addresses = row.addresses,
          .time_enrolled = row.created_at,
          .time_last_seen = row.last_seen_at,
          .agent_version = row.agent_version,
          .wanted_count = shared ? std::nullopt : wanted,
          .served_count = shared ? std::nullopt : row.served_count};
}

Result<void> CheckText(std::string_view pointer, std::string_view text, size_t most, size_t least) {
  const bool control =
      std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (text.size() < least || text.size() > most || control || !IsUtf8(text)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: must have {} to {} characters, none of them a control character",
                            pointer, least, most));
  }
  return {};
}

Result<void> CheckName(std::string_view pointer, std::string_view name) {
  TRY(CheckText(pointer, name, 100));
  const bool plain = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(" ._+@-").find(c) != std::string_view::npos;
  });
  if (!plain || name.front() == ' ' || name.back() == ' ') {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: may hold letters, digits, inner spaces and . _ + @ -", pointer));
  }
  return {};
}

Result<Tags> TagsOf(const std::optional<api::FreeformTags>& freeform,
                    const std::optional<api::DefinedTags>& defined) {
  TRY(api::CheckTags("", freeform, defined));
  return Tags{freeform.value_or(api::FreeformTags()), defined.value_or(api::DefinedTags())};
}

}  // namespace perennial::identity
