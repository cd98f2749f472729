// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/ocid.h"
#include "base/proof.h"
#include "identity/service.h"
#include "identity/wire.h"

namespace perennial::identity {
namespace {

using api::evidence::Action;
using authz::Permission;

constexpr size_t kNodesOfAResourceMax = 1000;

RawJson DetailOf(const JudgedEvidence& judged) {
  return {fmt::format(R"({{"onBehalfOf":"{}","evidenceDigest":"{}"}})", judged.user.id,
                      HexEncode(AsBytes(judged.signed_facts.digest)))};
}

// RequireOfUser judges what the user who signed may do; the service that presents it has no say.
Result<void> RequireOfUser(service::Call& call, const JudgedEvidence& judged, Permission permission,
                           const std::string& compartment_id) {
  const auto decision =
      authz::Decide(call.snapshot(), {judged.user, permission, compartment_id, {}});
  if (!decision.allowed()) {
    return Fail(ErrorCode::kPermissionDenied, fmt::format("user {} lacks {} in {}", judged.user.id,
                                                          WireNameOf(permission), compartment_id));
  }
  call.Allowed(decision);
  return {};
}

Result<void> RequirePoolsOfUser(service::Call& call, const JudgedEvidence& judged) {
  const auto& ids = judged.subject.node_pool_ids;
  for (size_t i = 0; i < ids.size(); ++i) {
    const auto* pool = call.snapshot().NodePool(ids[i]);
    if (pool == nullptr || pool->tenancy_id != judged.user.tenancy_id ||
        !RequireOfUser(call, judged, Permission::kNodePoolRead, pool->compartment_id)) {
      return Fail(
          ErrorCode::kRelatedNotFound,
          fmt::format("/subnetIds/{}: names a node pool that does not exist, or that you may not "
                      "read",
                      i));
    }
  }
  return {};
}

// A node takes a resource when it was enrolled, by a user, for one of the pools that the user's own
// create request named and for this kind of product (security.md B27).
std::string WhyNotOn(const ResourceRow& resource, const authz::NodeFact* node, bool was_there) {
  if (node == nullptr || node->state == authz::NodeState::kRemoved) return "is not a node";
  if (node->state == authz::NodeState::kDraining && !was_there)
    return "is draining and takes nothing new";
  if (std::ranges::find(node->product_kinds, resource.kind) == node->product_kinds.end()) {
    return "is not enrolled for " + resource.kind;
  }
  const bool in_pool = std::ranges::any_of(node->node_pool_ids, [&](const std::string& pool) {
    return std::ranges::find(resource.node_pool_ids, pool) != resource.node_pool_ids.end();
  });
  if (!in_pool && !PERENNIAL_MUTANT("identity.any_node_pool")) {
    return "is not enrolled for a node pool of the resource";
  }
  return {};
}

}  // namespace

// A resource of another kind is absent for the caller; so is one that has ended.
Result<ResourceRow> IdentityService::RequireOwned(Call& call, const std::string& id) const {
  call.About(id);
  TRY_ASSIGN(auto row, ReadRow([&](Session& s) { return parts_.store.FindResource(s, id); }));
  if (row.kind != call.caller().service_kind) {
    return Fail(ErrorCode::kPermissionDenied, "a resource of another kind of service");
  }
  call.About(id, row.compartment_id);
  call.Allowed({authz::Decision::Basis::kOwner, "owner of kind " + row.kind});
  return row;
}

Result<service::Reply> IdentityService::CreateResource(
    Call& call, const api::identity::CreateResourceDetails& details) {
  TRY_ASSIGN(const auto judged, JudgeEvidence(call, details.evidence, call.caller().id));
  if (judged.subject.action != Action::kCreate) {
    return Fail(ErrorCode::kUnauthenticated, "evidence: the request creates no resource");
  }
  const auto permission = FromWireName<Permission>(judged.subject.permission);
  if (!permission)
    return Fail(ErrorCode::kInternal, "a permission of the evidence table is unknown");
  const auto& digest = judged.signed_facts.digest;
  ResourceRow row{.id = MakeDerivedOcid(judged.subject.product_kind, parts_.config.region, digest),
                  .kind = judged.subject.product_kind,
                  .tenancy_id = judged.user.tenancy_id,
                  .compartment_id = judged.subject.compartment_id,
                  .owner_service_id = call.caller().id,
                  .user_id = judged.user.id,
                  .node_pool_ids = judged.subject.node_pool_ids,
                  .evidence_digest = HexEncode(AsBytes(digest)),
                  .created_at = call.now()};
  call.About(row.id, row.compartment_id);
  call.Detail(DetailOf(judged));
  TRY(RequireOfUser(call, judged, *permission, row.compartment_id));
  TRY(RequirePoolsOfUser(call, judged));
  return call.Commit([&](Session& session) -> Result<Reply> {
    TRY_ASSIGN(const auto present, parts_.store.FindResource(session, row.id));
    if (present && present->ended_at) {
      return Fail(ErrorCode::kConflict, "the resource of this request has been deleted since");
    }
    if (present) return Reply::Json(EncodeJson(ToWire(*present)));
    TRY(parts_.store.Insert(session, row));
    return Reply::Json(EncodeJson(ToWire(row)));
  });
}

Result<service::Reply> IdentityService::MoveResource(
    Call& call, const std::string& id, const api::identity::MoveResourceDetails& details) {
  TRY_ASSIGN(auto row, RequireOwned(call, id));
  if (row.ended_at) return Fail(ErrorCode::kNotFound, "the resource has ended");
  TRY_ASSIGN(const auto judged, JudgeEvidence(call, details.evidence, call.caller().id));
  if (judged.subject.action != Action::kMove || judged.subject.resource_id != id) {
    return Fail(ErrorCode::kUnauthenticated, "evidence: the request does not move this resource");
  }
  const auto permission = FromWireName<Permission>(judged.subject.permission);
  if (!permission)
    return Fail(ErrorCode::kInternal, "a permission of the evidence table is unknown");
  call.Detail(DetailOf(judged));
  // Both ends, or a user could pull in, or push away, what is not theirs (security.md D06).
  TRY(RequireOfUser(call, judged, *permission, row.compartment_id));
  TRY(RequireOfUser(call, judged, *permission, judged.subject.compartment_id));
  row.compartment_id = judged.subject.compartment_id;
  return call.Commit([&](Session& session) -> Result<Reply> {
    TRY(parts_.store.MoveResource(session, id, row.compartment_id));
    return Reply::Json(EncodeJson(ToWire(row)));
  });
}

Result<service::Reply> IdentityService::DeleteResource(Call& call, const std::string& id) {
  TRY_ASSIGN(const auto row, RequireOwned(call, id));
  if (row.ended_at) return Reply::Empty();
  return call.Commit([&](Session& session) -> Result<Reply> {
    TRY(parts_.store.EndResource(session, id));
    return Reply::Empty();
  });
}

Result<service::Reply> IdentityService::PutPlacements(
    Call& call, const std::string& resource_id,
    const api::identity::PutPlacementsDetails& details) {
  TRY_ASSIGN(const auto row, RequireOwned(call, resource_id));
  if (row.ended_at) return Fail(ErrorCode::kNotFound, "the resource has ended");
  if (details.version < 1) return Fail(ErrorCode::kInvalidArgument, "/version: must be 1 or more");
  PlacementRow wanted{resource_id, details.version, details.node_ids};
  std::ranges::sort(wanted.node_ids);
  const auto twice = std::ranges::unique(wanted.node_ids);
  wanted.node_ids.erase(twice.begin(), twice.end());
  if (wanted.node_ids.size() > kNodesOfAResourceMax) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("/nodeIds: at most {}", kNodesOfAResourceMax));
  }
  return call.Commit([&](Session& session) -> Result<Reply> {
    TRY_ASSIGN(const auto present, parts_.store.FindPlacement(session, resource_id));
    const api::identity::PutPlacementsDetails answer{wanted.version, wanted.node_ids};
    if (present && present->version == wanted.version && present->node_ids == wanted.node_ids) {
      return Reply::Json(EncodeJson(answer));
    }
    if (present && wanted.version <= present->version) {
      return Fail(ErrorCode::kConflict,
                  fmt::format("/version: must be above {}, which is placed", present->version));
    }
    for (const auto& id : wanted.node_ids) {
      const bool was_there =
          present && std::ranges::find(present->node_ids, id) != present->node_ids.end();
      if (const auto why = WhyNotOn(row, call.snapshot().Node(id), was_there); !why.empty()) {
        return Fail(ErrorCode::kConflict, fmt::format("/nodeIds: {} {}", id, why));
      }
    }
    TRY(parts_.store.Put(session, wanted));
    return Reply::Json(EncodeJson(answer));
  });
}

}  // namespace perennial::identity
