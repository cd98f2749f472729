// SPDX-License-Identifier: Apache-2.0
// Nodes that have joined: shown, drained, removed, woken.
#include <algorithm>

#include "identity/service.h"
#include "identity/wire.h"

namespace perennial::identity {

using authz::Permission;

// To look at a node, one of its pools suffices; to change it, every pool of the caller's tenancy
// must be the caller's to change.
Result<NodeRow> IdentityService::RequireNode(Call& call, const std::string& id,
                                             Permission permission) const {
  call.About(id);
  TRY_ASSIGN(auto row, ReadRow([&](Session& s) { return parts_.store.FindNode(s, id); }));
  const bool one_suffices =
      permission == Permission::kNodeInspect || permission == Permission::kNodeRead;
  bool allowed = false;
  Error refusal{ErrorCode::kPermissionDenied, "no pool of the caller's tenancy holds the node"};
  // Of a shared node, the caller's own tenancy's pools count.
  for (const auto& pool_id : row.node_pool_ids) {
    const auto* pool = call.snapshot().NodePool(pool_id);
    if (pool != nullptr && pool->tenancy_id != call.caller().tenancy_id) continue;
    const bool here = [&] {
      if (pool == nullptr) return false;
      // Whose it is finds a refusal too.
      call.About(id, pool->compartment_id, row.name);
      const auto judged = call.Require(permission, pool->compartment_id);
      if (!judged) refusal = judged.error();
      return judged.has_value();
    }();
    allowed = here;
    if (here == one_suffices) break;
  }
  if (!allowed) return std::unexpected(std::move(refusal));
  return row;
}

api::identity::Node IdentityService::NodeOnWire(const Call& call, const NodeRow& row) const {
  return ToWire(row, call.snapshot(), call.caller().tenancy_id);
}

Result<service::Reply> IdentityService::GetNode(Call& call, const std::string& id) {
  TRY_ASSIGN(const auto row, RequireNode(call, id, Permission::kNodeRead));
  return ReplyWithEtag(NodeOnWire(call, row), row.id, row.version);
}

Result<service::Reply> IdentityService::ListNodes(Call& call, const std::string& after_id,
                                                  int64_t limit) {
  TRY_ASSIGN(const auto rows, parts_.database.ReadValue([&](Session& session) {
    return parts_.store.ListNodes(session, call.caller().tenancy_id, after_id, limit);
  }));
  api::identity::NodeCollection answer;
  for (const auto& row : rows) {
    const bool visible = std::ranges::any_of(row.node_pool_ids, [&](const std::string& id) {
      const auto* pool = call.snapshot().NodePool(id);
      return pool != nullptr && call.May(Permission::kNodeInspect, pool->compartment_id);
    });
    if (visible) answer.items.push_back(NodeOnWire(call, row));
  }
  auto reply = Reply::Json(EncodeJson(answer));
  if (std::ssize(rows) == limit) {
    reply.headers.emplace_back("opc-next-page", service::EncodePageToken({rows.back().id}));
  }
  return reply;
}

Result<service::Reply> IdentityService::ChangeNode(Call& call, const std::string& id,
                                                   authz::NodeState state) {
  const bool remove = state == authz::NodeState::kRemoved;
  TRY_ASSIGN(auto row,
             RequireNode(call, id, remove ? Permission::kNodeDelete : Permission::kNodeUpdate));
  TRY(call.CheckIfMatch(service::EtagOf(row.id, row.version)));
  if (row.state == authz::NodeState::kRemoved && !remove) {
    return Fail(ErrorCode::kIncorrectState, "the node has been removed; enrol it again");
  }
  // What another tenancy shares is not this caller's to change: removing takes its own pools off,
  // draining needs the whole node.
  std::vector<std::string> own;
  for (const auto& pool_id : row.node_pool_ids) {
    const auto* pool = call.snapshot().NodePool(pool_id);
    if (pool == nullptr || pool->tenancy_id == call.caller().tenancy_id) own.push_back(pool_id);
  }
  const bool shared = own.size() < row.node_pool_ids.size();
  if (shared && !remove) {
    return Fail(ErrorCode::kIncorrectState,
                "another tenancy shares this node; remove it to take your pools off");
  }
  return call.Commit([&](Session& session) -> Result<Reply> {
    if (shared) {
      TRY_ASSIGN(const bool left,
                 parts_.store.UnshareNode(session, id, call.caller().tenancy_id, own));
      if (left) return Reply::Empty();
    }
    if (row.state != state) {
      TRY(parts_.store.SetNodeState(session, id, state));
      row.state = state;
      ++row.version;
    }
    return ReplyWithEtag(NodeOnWire(call, row), row.id, row.version);
  });
}

Result<service::Reply> IdentityService::DrainNode(Call& call, const std::string& id) {
  return ChangeNode(call, id, authz::NodeState::kDraining);
}

Result<service::Reply> IdentityService::RemoveNode(Call& call, const std::string& id) {
  return ChangeNode(call, id, authz::NodeState::kRemoved);
}

// The node's fact is written once more: whoever follows identity wakes, and wakes the node's parked
// calls.
Result<service::Reply> IdentityService::PollNode(Call& call, const std::string& id) {
  TRY_ASSIGN(const auto row, RequireNode(call, id, Permission::kNodeUpdate));
  if (row.state == authz::NodeState::kRemoved) {
    return Fail(ErrorCode::kIncorrectState, "the node has been removed; enrol it again");
  }
  return call.Commit([&](Session& session) -> Result<Reply> {
    TRY(parts_.store.TouchNode(session, id));
    session.AfterCommit(
        [this, id, at = ToMicros(call.now())] { parts_.news.Publish("node/" + id, at); });
    return ReplyWithEtag(NodeOnWire(call, row), row.id, row.version);
  });
}

}  // namespace perennial::identity
