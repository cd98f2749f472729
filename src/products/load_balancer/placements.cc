// SPDX-License-Identifier: Apache-2.0
#include "products/load_balancer/placements.h"

#include <algorithm>
#include <set>

#include "base/log.h"

namespace perennial::load_balancer {

std::vector<std::string> WantedNodes(const authz::Snapshot& snapshot, const Model& model) {
  const bool going = model.value.lifecycle_state == wire::LifecycleState::kDeleting ||
                     model.value.lifecycle_state == wire::LifecycleState::kDeleted;
  if (going) return {};
  std::vector<std::string> wanted;
  for (const auto* node : snapshot.NodesOf(model.node_pool_id)) {
    if (std::ranges::find(node->product_kinds, kProductKind) == node->product_kinds.end()) continue;
    const bool has_it = std::ranges::find(model.node_ids, node->id) != model.node_ids.end();
    if (node->state == authz::NodeState::kActive ||
        (node->state == authz::NodeState::kDraining && has_it)) {
      wanted.push_back(node->id);
    }
  }
  std::ranges::sort(wanted);
  return wanted;
}

Placer::Placer(service::Service& service, const Store& store, const ConfigurationWriter& writer,
               products::ResourceGateway& resources)
    : service_(service), store_(store), writer_(writer), resources_(resources) {}

Result<bool> Placer::Place(const std::string& load_balancer_id) {
  TRY_ASSIGN(const auto snapshot, service_.identity().Current());
  auto& database = service_.database();
  TRY_ASSIGN(const Model model, database.ReadValue([&](storage::Session& session) {
    return store_.Get(session, load_balancer_id);
  }));
  const auto wanted = WantedNodes(*snapshot, model);
  if (wanted == model.node_ids) return false;

  // The version is reserved first, durably: identity takes each only once, and a crash after the call must
  // not leave us with one that it has seen.
  TRY_ASSIGN(const int64_t version, database.WriteValue([&](storage::Session& session) {
    return store_.NextPlacementVersion(session, load_balancer_id);
  }));
  if (auto placed = resources_.Place(load_balancer_id, version, wanted); !placed) {
    // Identity may know of a node's removal before we do. That passes with the next snapshot.
    return Fail(ErrorCode::kUnavailable, "placing " + load_balancer_id + ": " + placed.error().message);
  }
  std::set<std::string> touched(wanted.begin(), wanted.end());
  touched.insert(model.node_ids.begin(), model.node_ids.end());
  const service::OwnAct act{
      .operation = "PlaceLoadBalancer",
      .reason = "nodes of its pool: " + std::to_string(model.node_ids.size()) + " before, " +
                std::to_string(wanted.size()) + " now",
      .compartment_id = model.value.compartment_id,
      .resource_id = load_balancer_id,
      .resource_name = model.value.display_name,
      .details = {}};
  TRY(service_.Act(act, [&](storage::Session& session) -> Result<void> {
    TRY(store_.SetPlacement(session, load_balancer_id, version, wanted));
    for (const auto& node_id : touched) TRY(writer_.Write(session, *snapshot, node_id));
    return {};
  }));
  return true;
}

Result<void> Placer::PlaceAll() {
  TRY_ASSIGN(const auto ids, service_.database().ReadValue(
                                 [&](storage::Session& session) { return store_.Ids(session); }));
  Result<void> outcome;
  for (const auto& id : ids) {
    auto placed = Place(id);
    if (placed || placed.error().code == ErrorCode::kNotFound) continue;
    if (outcome) outcome = Fail(placed.error().code, id + ": " + placed.error().message);
  }
  return outcome;
}

}  // namespace perennial::load_balancer
