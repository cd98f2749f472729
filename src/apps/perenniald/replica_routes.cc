// SPDX-License-Identifier: Apache-2.0
#include "apps/perenniald/replica_routes.h"

#include "api/updates/types.h"
#include "base/json.h"
#include "service/call.h"

namespace perennial::apps {
namespace {

using service::Call;
using service::Outcome;
using service::Reply;

// 10,000 associations of about 80 bytes, and room.
constexpr size_t kPollBytesMax = 2 * 1024 * 1024;

replica::PollCaller CallerOf(const Call& call) {
  const auto& caller = call.caller();
  const bool is_node = caller.kind == authz::PrincipalKind::kNode;
  return {.id = caller.id,
          .is_node = is_node,
          .product_kinds = is_node ? caller.product_kinds : std::vector{caller.service_kind},
          .request_id = call.request_id()};
}

Result<Outcome> Poll(replica::PollService& polls, Call& call) {
  TRY_ASSIGN(const auto request, call.Body<api::updates::PollRequest>());
  TRY_ASSIGN(auto answer, polls.Poll(CallerOf(call), request, call.last_chance()));
  if (auto* wait = std::get_if<NotYet>(&answer)) {
    return Outcome(service::Wait{std::move(*wait), seconds(request.wait_seconds)});
  }
  return Outcome(Reply::Json(EncodeJson(std::get<api::updates::PollAnswer>(answer))));
}

}  // namespace

void AddReplicaRoutes(service::Router& router, service::Service& service,
                      replica::PollService& polls) {
  router.Add(service, {.name = "PollUpdates",
                       .method = "POST",
                       .path = "/20260101/updates/actions/poll",
                       .callers = {{authz::PrincipalKind::kNode, ""},
                                   {authz::PrincipalKind::kService, ""}},
                       .handler = [&polls](Call& call) { return Poll(polls, call); },
                       .serves_stale = true,
                       .body_limit = kPollBytesMax});
  router.AddReadiness([&polls] {
    return polls.ready() ? std::string() : "replica: the change feed was not reached yet";
  });
}

}  // namespace perennial::apps
