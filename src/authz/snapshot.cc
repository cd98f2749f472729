// SPDX-License-Identifier: Apache-2.0
#include "authz/snapshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace perennial::authz {
namespace {

// OCI nests compartments six deep; more than this is a loop.
constexpr size_t kPathMax = 16;

using Ids = std::vector<std::string>;

void AddTo(Table<Ids>& index, std::string_view key, const std::string& id) {
  const auto* present = index.Find(key);
  Ids ids = present == nullptr ? Ids{} : *present;
  const auto at = std::ranges::lower_bound(ids, id);
  if (at != ids.end() && *at == id) return;
  ids.insert(at, id);
  index.Put(key, std::move(ids));
}

void RemoveFrom(Table<Ids>& index, std::string_view key, const std::string& id) {
  const auto* present = index.Find(key);
  if (present == nullptr) return;
  Ids ids = *present;
  std::erase(ids, id);
  if (ids.empty()) {
    index.Erase(key);
  } else {
    index.Put(key, std::move(ids));
  }
}

template <class T>
std::vector<const T*> Lookup(const Table<Ids>& index, std::string_view key, const Table<T>& table) {
  std::vector<const T*> found;
  const auto* ids = index.Find(key);
  if (ids == nullptr) return found;
  for (const auto& id : *ids) {
    if (const auto* value = table.Find(id)) found.push_back(value);
  }
  return found;
}

// The fact in an entry, or nothing when the entry says that it is gone.
template <class Fact>
Result<std::optional<Fact>> Read(const SnapshotEntry& entry) {
  if (entry.value.text.empty() || entry.value.text == "null") return std::optional<Fact>();
  auto fact = DecodeJson<Fact>(entry.value.text, UnknownFields::kIgnore);
  if (!fact) {
    return Fail(fact.error().code,
                fmt::format("{} {}: {}", entry.kind, entry.id, fact.error().message));
  }
  if (FactId(*fact) != entry.id) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} {}: its value has another id", entry.kind, entry.id));
  }
  return std::optional<Fact>(std::move(*fact));
}

ParsedPolicy Parse(PolicyFact fact) {
  ParsedPolicy policy{.fact = std::move(fact), .statements = {}};
  for (const auto& text : policy.fact.statements) {
    if (auto statement = ParseStatement(text)) policy.statements.push_back(std::move(*statement));
  }
  return policy;
}

template <class Fact>
void AppendEntries(const Table<Fact>& table, std::vector<SnapshotEntry>& entries) {
  for (const auto* fact : table.All()) entries.push_back(EntryOf(*fact));
}

}  // namespace

const PolicyFact* Snapshot::Policy(std::string_view id) const {
  const auto* policy = policies_.Find(id);
  return policy == nullptr ? nullptr : &policy->fact;
}

const PlacementFact* Snapshot::PlacementOf(std::string_view resource_id) const {
  return placements_.Find(resource_id);
}

const UserFact* Snapshot::UserByKey(std::string_view tenancy_id, std::string_view user_id,
                                    std::string_view fingerprint, const UserKey** key) const {
  const auto* user = User(user_id);
  if (user == nullptr || user->tenancy_id != tenancy_id) return nullptr;
  for (const auto& candidate : user->keys) {
    if (candidate.fingerprint == fingerprint) {
      *key = &candidate;
      return user;
    }
  }
  return nullptr;
}

std::vector<const GroupFact*> Snapshot::GroupsOf(std::string_view user_id) const {
  std::vector<const GroupFact*> groups;
  const auto* user = User(user_id);
  if (user == nullptr) return groups;
  for (const auto* membership : Lookup(memberships_of_user_, user_id, memberships_)) {
    const auto* group = Group(membership->group_id);
    if (group != nullptr && group->tenancy_id == user->tenancy_id) groups.push_back(group);
  }
  return groups;
}

std::vector<const CompartmentFact*> Snapshot::CompartmentPath(std::string_view id) const {
  std::vector<const CompartmentFact*> path;
  while (path.size() < kPathMax) {
    const auto* compartment = Compartment(id);
    if (compartment == nullptr || compartment->state != CompartmentState::kActive) return {};
    if (!path.empty() && compartment->tenancy_id != path.front()->tenancy_id) return {};
    path.push_back(compartment);
    if (compartment->id == compartment->tenancy_id) return path;
    id = compartment->parent_id;
  }
  return {};
}

std::vector<const ParsedPolicy*> Snapshot::PoliciesAt(std::string_view compartment_id) const {
  return Lookup(policies_of_compartment_, compartment_id, policies_);
}

std::vector<const ResourceFact*> Snapshot::ResourcesOn(std::string_view node_id) const {
  return Lookup(resources_of_node_, node_id, resources_);
}

std::vector<const NodeFact*> Snapshot::NodesOf(std::string_view pool_id) const {
  return Lookup(nodes_of_pool_, pool_id, nodes_);
}

std::vector<SnapshotEntry> Snapshot::Entries() const {
  std::vector<SnapshotEntry> entries;
  AppendEntries(tenancies_, entries);
  for (const auto* compartment : compartments_.All()) {
    // A tenancy's root was made here and comes again with the tenancy.
    if (Tenancy(compartment->id) == nullptr) entries.push_back(EntryOf(*compartment));
  }
  AppendEntries(users_, entries);
  AppendEntries(groups_, entries);
  AppendEntries(memberships_, entries);
  for (const auto* policy : policies_.All()) entries.push_back(EntryOf(policy->fact));
  AppendEntries(resources_, entries);
  AppendEntries(placements_, entries);
  AppendEntries(nodes_, entries);
  AppendEntries(node_pools_, entries);
  AppendEntries(services_, entries);
  AppendEntries(replicas_, entries);
  AppendEntries(token_keys_, entries);
  AppendEntries(retired_tokens_, entries);
  return entries;
}

template <class Fact>
Result<void> SnapshotBuilder::ApplyTo(Table<Fact> Snapshot::* table, const SnapshotEntry& entry) {
  auto fact = Read<Fact>(entry);
  if (!fact || !fact->has_value()) {
    (state_.*table).Erase(entry.id);
  } else {
    (state_.*table).Put(entry.id, std::move(**fact));
  }
  TRY(fact);
  return {};
}

Result<void> SnapshotBuilder::ApplyMembership(const SnapshotEntry& entry) {
  if (const auto* old = state_.memberships_.Find(entry.id)) {
    RemoveFrom(state_.memberships_of_user_, old->user_id, entry.id);
  }
  const auto applied = ApplyTo(&Snapshot::memberships_, entry);
  if (const auto* membership = state_.memberships_.Find(entry.id)) {
    AddTo(state_.memberships_of_user_, membership->user_id, entry.id);
  }
  return applied;
}

Result<void> SnapshotBuilder::ApplyTenancy(const SnapshotEntry& entry) {
  const auto applied = ApplyTo(&Snapshot::tenancies_, entry);
  const auto* tenancy = state_.tenancies_.Find(entry.id);
  if (tenancy == nullptr) {
    state_.compartments_.Erase(entry.id);
  } else {
    state_.compartments_.Put(entry.id, {.id = tenancy->id,
                                        .parent_id = {},
                                        .tenancy_id = tenancy->id,
                                        .name = tenancy->name,
                                        .state = CompartmentState::kActive});
  }
  return applied;
}

Result<void> SnapshotBuilder::ApplyPolicy(const SnapshotEntry& entry) {
  if (const auto* old = state_.policies_.Find(entry.id)) {
    RemoveFrom(state_.policies_of_compartment_, old->fact.compartment_id, entry.id);
  }
  auto fact = Read<PolicyFact>(entry);
  if (!fact || !fact->has_value()) {
    state_.policies_.Erase(entry.id);
  } else {
    AddTo(state_.policies_of_compartment_, (*fact)->compartment_id, entry.id);
    state_.policies_.Put(entry.id, Parse(std::move(**fact)));
  }
  TRY(fact);
  return {};
}

Result<void> SnapshotBuilder::ApplyPlacement(const SnapshotEntry& entry) {
  if (const auto* old = state_.placements_.Find(entry.id)) {
    for (const auto& node : old->node_ids) RemoveFrom(state_.resources_of_node_, node, entry.id);
  }
  const auto applied = ApplyTo(&Snapshot::placements_, entry);
  if (const auto* placement = state_.placements_.Find(entry.id)) {
    for (const auto& node : placement->node_ids) AddTo(state_.resources_of_node_, node, entry.id);
  }
  return applied;
}

Result<void> SnapshotBuilder::ApplyNode(const SnapshotEntry& entry) {
  if (const auto* old = state_.nodes_.Find(entry.id)) {
    for (const auto& pool : old->node_pool_ids) RemoveFrom(state_.nodes_of_pool_, pool, entry.id);
  }
  const auto applied = ApplyTo(&Snapshot::nodes_, entry);
  if (const auto* node = state_.nodes_.Find(entry.id)) {
    for (const auto& pool : node->node_pool_ids) AddTo(state_.nodes_of_pool_, pool, entry.id);
  }
  return applied;
}

Result<void> SnapshotBuilder::ApplyRetiredToken(const SnapshotEntry& entry) {
  auto fact = Read<RetiredTokenFact>(entry);
  if (fact && !fact->has_value()) {
    state_.retired_tokens_.Erase(entry.id);
  } else {
    // The one fact that denies: what cannot be read of it still retires the token.
    state_.retired_tokens_.Put(entry.id, {.jti = entry.id});
  }
  TRY(fact);
  return {};
}

Result<void> SnapshotBuilder::Apply(const SnapshotEntry& entry) {
  const auto& kind = entry.kind;
  if (kind == UserFact::kKind) return ApplyTo(&Snapshot::users_, entry);
  if (kind == GroupFact::kKind) return ApplyTo(&Snapshot::groups_, entry);
  if (kind == MembershipFact::kKind) return ApplyMembership(entry);
  if (kind == TenancyFact::kKind) return ApplyTenancy(entry);
  if (kind == CompartmentFact::kKind) {
    // Where identity keeps a row for the root too, the tenancy's own stands.
    if (state_.tenancies_.Find(entry.id) != nullptr) return {};
    return ApplyTo(&Snapshot::compartments_, entry);
  }
  if (kind == PolicyFact::kKind) return ApplyPolicy(entry);
  if (kind == ResourceFact::kKind) return ApplyTo(&Snapshot::resources_, entry);
  if (kind == PlacementFact::kKind) return ApplyPlacement(entry);
  if (kind == NodeFact::kKind) return ApplyNode(entry);
  if (kind == NodePoolFact::kKind) return ApplyTo(&Snapshot::node_pools_, entry);
  if (kind == ServiceFact::kKind) return ApplyTo(&Snapshot::services_, entry);
  if (kind == ReplicaFact::kKind) return ApplyTo(&Snapshot::replicas_, entry);
  if (kind == TokenKeyFact::kKind) return ApplyTo(&Snapshot::token_keys_, entry);
  if (kind == RetiredTokenFact::kKind) return ApplyRetiredToken(entry);
  return {};
}

std::vector<Error> SnapshotBuilder::ApplyAnswer(int64_t position, bool full,
                                                std::span<const SnapshotEntry> entries) {
  std::vector<Error> refused;
  if (full) state_ = Snapshot();
  for (const auto& entry : entries) {
    if (auto applied = Apply(entry); !applied) refused.push_back(std::move(applied).error());
  }
  state_.position_ = position;
  return refused;
}

std::shared_ptr<const Snapshot> SnapshotBuilder::Build() {
  const auto share = [](auto&... tables) { (tables.Share(), ...); };
  share(state_.users_, state_.groups_, state_.memberships_, state_.tenancies_, state_.compartments_,
        state_.policies_, state_.resources_, state_.placements_, state_.nodes_, state_.node_pools_,
        state_.services_, state_.replicas_, state_.token_keys_, state_.retired_tokens_,
        state_.memberships_of_user_, state_.policies_of_compartment_, state_.resources_of_node_,
        state_.nodes_of_pool_);
  return std::make_shared<const Snapshot>(state_);
}

}  // namespace perennial::authz
