// SPDX-License-Identifier: Apache-2.0
#include "apps/perenniald/replica_routes.h"

namespace perennial::apps {
namespace {

using service::Call;
using service::Outcome;
using service::Reply;

constexpr size_t kPollBodyMax = 4 * 1024 * 1024;  // Ten thousand associations.

Result<Outcome> Poll(replica::PollService& polls, Call& call) {
  TRY_ASSIGN(const auto request, call.Body<api::updates::PollRequest>());
  const auto& principal = call.caller();
  replica::PollCaller caller{.id = principal.id,
                             .is_node = principal.kind == authz::PrincipalKind::kNode,
                             .product_kinds = principal.product_kinds,
                             .request_id = call.request_id()};
  if (!caller.is_node) caller.product_kinds = {principal.service_kind};
  TRY_ASSIGN(auto answer, polls.Poll(caller, request, call.last_chance()));
  if (const auto* awaited = std::get_if<NotYet>(&answer)) {
    return Outcome(service::Wait{*awaited, seconds(request.wait_seconds)});
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
                       .body_limit = kPollBodyMax});
  router.AddReadiness([&polls]() -> std::string {
    return polls.ready() ? "" : "replica: the control plane's changes have not arrived yet";
  });
}

}  // namespace perennial::apps
