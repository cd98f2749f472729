// SPDX-License-Identifier: Apache-2.0
#include "identity/service.h"

#include <algorithm>
#include <array>

#include "base/log.h"
#include "base/ocid.h"

namespace perennial::identity {
namespace {

// What a replica needs to authenticate nodes and services, and no word about people (wire.md).
constexpr auto kReplicaKinds = std::to_array<std::string_view>(
    {authz::NodeFact::kKind, authz::ServiceFact::kKind, authz::ReplicaFact::kKind,
     authz::TokenKeyFact::kKind, authz::RetiredTokenFact::kKind});

// A follower that was away for longer starts anew; a token that ended longer ago is unknown.
constexpr auto kGoneKept = std::chrono::days(7);

constexpr size_t kToldMax = 10'000;

}  // namespace

Duration IdentityService::Step() {
  auto pause = parts_.token_keys.Step();
  if (!pause) {
    Log(LogLevel::kError, "identity", "token keys could not be rotated",
        {{"reason", pause.error().message}});
    return std::chrono::seconds(5);
  }
  auto pruned = parts_.database.Write([&](Session& session) -> Result<void> {
    TRY(parts_.store.PruneGone(session, parts_.clock.Now() - kGoneKept));
    return parts_.store.PruneNodeTokens(session, parts_.clock.Now() - kGoneKept);
  });
  if (!pruned) {
    Log(LogLevel::kWarn, "identity", "old facts and tokens could not be pruned",
        {{"reason", pruned.error().message}});
  }
  return *pause;
}

std::string IdentityService::NewId(std::string_view type) const {
  return MakeOcid(type, parts_.config.region, parts_.random);
}

Result<std::string> IdentityService::RequireTenancy(Call& call, const std::string& compartment_id,
                                                    authz::Permission permission) const {
  TRY(call.Require(permission, compartment_id));
  const auto* compartment = call.snapshot().Compartment(compartment_id);
  if (compartment == nullptr) return Fail(ErrorCode::kNotFound, "no such compartment");
  if (compartment->id != compartment->tenancy_id) {
    return Fail(
        ErrorCode::kInvalidArgument,
        "/compartmentId: must be the tenancy's OCID: users and groups stand in the tenancy");
  }
  return compartment->tenancy_id;
}

Result<service::Outcome> IdentityService::GetAuthorizationSnapshot(Call& call, int64_t after,
                                                                   Duration wait) {
  std::span<const std::string_view> kinds;
  if (call.caller().kind == authz::PrincipalKind::kReplica) kinds = kReplicaKinds;
  TRY_ASSIGN(auto facts, parts_.database.ReadValue([&](Session& session) {
    return parts_.store.FactsAfter(session, after, kinds);
  }));
  if (!facts.full && facts.position == after && wait > Duration::zero() && !call.last_chance()) {
    return Outcome(service::Wait{{std::string(kFactsTopic), after}, wait});
  }
  api::identity::AuthorizationSnapshot answer{
      .position = facts.position, .full = facts.full, .entries = {}};
  for (auto& entry : facts.entries) {
    answer.entries.push_back({std::move(entry.kind), std::move(entry.id), std::move(entry.value)});
  }
  return Outcome(Reply::Json(EncodeJson(answer)));
}

Result<service::Reply> IdentityService::GetEndpoints(Call&) {
  return Reply::Json(EncodeJson(parts_.config.endpoints));
}

bool IdentityService::FirstTelling(const std::string& what) {
  MutexLock lock(told_mutex_);
  if (told_.size() >= kToldMax) return false;
  return told_.insert(what).second;
}

}  // namespace perennial::identity
