// SPDX-License-Identifier: Apache-2.0
#include "products/load_balancer/upkeep.h"

#include <algorithm>

#include "base/log.h"

namespace perennial::load_balancer {

namespace {

constexpr Duration kAgain = std::chrono::seconds(1);
constexpr Duration kIdle = std::chrono::seconds(2);

}  // namespace

Upkeep::Upkeep(service::Service& service, const Store& store, products::Attachments& attachments,
               products::NewResources& new_resources, products::ResourceGateway& resources)
    : service_(service),
      store_(store),
      attachments_(attachments),
      new_resources_(new_resources),
      resources_(resources),
      writer_(store, attachments, service),
      placer_(service, store, writer_, resources),
      runner_(service, [this](const products::WorkRequest& request) { return Work(request); }) {}

std::string Upkeep::Ready() const {
  MutexLock lock(mutex_);
  return missing_;
}

Duration Upkeep::Step() {
  // Of several processes on one database one does all of this: a detach that a second one sent late
  // would end what a click has attached since.
  const auto leads = service_.database().Lead();
  if (!leads || !*leads) {
    if (leads && service_.identity().Current()) {
      MutexLock lock(mutex_);
      missing_.clear();
    }
    return kIdle;
  }
  const Duration pause = runner_.Step();
  const auto followed = FollowIdentity();
  const auto detached = DetachUnneeded();
  followed ? unfollowed_.Over() : unfollowed_.Met(followed.error().message);
  detached ? undetached_.Over() : undetached_.Met(detached.error().message);
  {
    MutexLock lock(mutex_);
    // Once ready, always ready: trouble that comes later is no reason to refuse reads. And
    // certificates may start after us.
    if (!missing_.empty()) missing_ = followed ? "" : followed.error().message;
  }
  return std::min(pause, followed && detached ? kIdle : kAgain);
}

Result<void> Upkeep::FollowIdentity() {
  TRY_ASSIGN(const auto snapshot, service_.identity().Current());
  if (snapshot->position() == placed_at_position_) return {};
  const auto placed = placer_.PlaceAll();
  // A pool's addresses may have changed, with no placement touched.
  TRY_ASSIGN(const auto nodes, service_.database().ReadValue([&](storage::Session& session) {
    return store_.PlacedNodes(session);
  }));
  for (const auto& node_id : nodes) {
    const auto written = service_.database().Write([&](storage::Session& session) -> Result<void> {
      TRY(writer_.Write(session, *snapshot, node_id));
      return {};
    });
    // One node that cannot be written is no reason to leave others.
    if (written) continue;
    Log(LogLevel::kError, "load_balancer", "a node's configuration could not be written",
        {{"node", node_id}, {"error", written.error().message}});
  }
  if (placed) placed_at_position_ = snapshot->position();
  return placed;
}

Result<std::vector<products::Pair>> Upkeep::Acknowledged(storage::Session& session) const {
  TRY_ASSIGN(const auto snapshot, service_.identity().Current());
  std::set<std::string> enrolled;
  for (const auto* node : snapshot->Nodes()) {
    if (node->state != authz::NodeState::kRemoved) enrolled.insert(node->id);
  }
  return configurations_.StillNeeded(session, enrolled, service_.clock().Now() - kNodeLive);
}

Result<void> Upkeep::DetachUnneeded() {
  TRY(attachments_.Reconcile([this](storage::Session& session) { return Acknowledged(session); }));
  TRY(new_resources_.Reap());
  return {};
}

Result<products::WorkStep> Upkeep::Work(const products::WorkRequest& request) {
  auto model = service_.database().ReadValue(
      [&](storage::Session& session) { return store_.Get(session, request.resource_id); });
  if (!model && model.error().code == ErrorCode::kNotFound) {
    return products::WorkStep{.finished = true};  // Deleted by a request before this one.
  }
  if (!model) return std::unexpected(std::move(model).error());
  auto step = request.type == "CreateLoadBalancer"   ? Create(*model)
              : request.type == "DeleteLoadBalancer" ? Delete(*model)
                                                     : Publish(*model);
  // All that the user can get wrong was judged before the request was accepted; what fails here is
  // a matter between services, and giving up would strand the load balancer.
  if (!step) return Fail(ErrorCode::kUnavailable, std::move(step).error().message);
  return step;
}

// Every change ends like this: the nodes that run the load balancer get their next configuration in
// the transaction that calls the work request done.
Result<products::WorkStep> Upkeep::Publish(const Model& model) {
  TRY_ASSIGN(auto snapshot, service_.identity().Current());
  return products::WorkStep{
      .finished = true,
      .effect = [this, id = model.id(), snapshot](storage::Session& session) -> Result<void> {
        TRY_ASSIGN(const auto now, store_.Get(session, id));
        for (const auto& node_id : now.node_ids) TRY(writer_.Write(session, *snapshot, node_id));
        return {};
      }};
}

Result<products::WorkStep> Upkeep::Create(const Model& model) {
  TRY(placer_.Place(model.id()));
  return products::WorkStep{
      .finished = true,
      .effect = [this, id = model.id()](storage::Session& session) -> Result<void> {
        TRY_ASSIGN(const auto before, store_.Get(session, id));
        if (before.value.lifecycle_state != wire::LifecycleState::kCreating) return {};
        Model after = before;
        after.value.lifecycle_state = wire::LifecycleState::kActive;
        return store_.Save(session, before, after);
      }};
}

// First the nodes stop serving it, then its certificates are detached, then identity forgets it: at
// no time may a node hold a key for a load balancer that nobody knows.
Result<products::WorkStep> Upkeep::Delete(const Model& model) {
  TRY_ASSIGN(auto snapshot, service_.identity().Current());
  TRY(service_.database().Write([&](storage::Session& session) -> Result<void> {
    for (const auto& node_id : model.node_ids) TRY(writer_.Write(session, *snapshot, node_id));
    return {};
  }));
  TRY(DetachUnneeded());
  TRY_ASSIGN(const auto left, service_.database().ReadValue([&](storage::Session& session) {
    return attachments_.Of(session, model.id());
  }));
  if (!left.empty()) return products::WorkStep{.finished = false, .again_in = kAgain};
  TRY(resources_.End(model.id()));
  return products::WorkStep{
      .finished = true,
      .effect = [this, id = model.id()](storage::Session& session) -> Result<void> {
        TRY_ASSIGN(const auto before, store_.Get(session, id));
        Model after = before;
        after.value.listeners.clear();
        after.value.backend_sets.clear();
        after.value.lifecycle_state = wire::LifecycleState::kDeleted;
        TRY_ASSIGN(const auto version, store_.NextPlacementVersion(session, id));
        TRY(store_.SetPlacement(session, id, version, {}));
        return store_.Save(session, before, after);
      }};
}

}  // namespace perennial::load_balancer
