// SPDX-License-Identifier: Apache-2.0
// Listeners on their nodes: what nodes say of them, and what users are told.
#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "products/load_balancer/service.h"

namespace perennial::load_balancer {

using authz::Permission;
using service::Call;
using service::Reply;

namespace {

constexpr size_t kClosedMax = 1000;
constexpr size_t kTextMax = 1000;
constexpr size_t kShownMax = 1000;
constexpr std::string_view kTroubled = "troubled";

std::string NameOf(const authz::Snapshot& snapshot, const std::string& node_id) {
  const auto* node = snapshot.Node(node_id);
  return node == nullptr ? node_id : node->name;
}

Result<void> Check(const wire::ReportListenersDetails& report) {
  if (report.closed.size() > kClosedMax) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("/closed: at most {}", kClosedMax));
  }
  if (report.problem.value_or("").size() > kTextMax) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("/problem: at most {} bytes", kTextMax));
  }
  for (size_t i = 0; i < report.closed.size(); ++i) {
    if (report.closed[i].reason.size() <= kTextMax) continue;
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("/closed/{}/reason: at most {} bytes", i, kTextMax));
  }
  return {};
}

}  // namespace

Result<void> LoadBalancerService::RequireNodeItself(const Call& call) const {
  const auto& kinds = call.caller().product_kinds;
  if (call.PathValue("nodeId") == call.caller().id &&
      std::ranges::find(kinds, kProductKind) != kinds.end()) {
    return {};
  }
  return Fail(ErrorCode::kNotFound, "no such node");
}

// Whoever made the listener learns of it where he looks for what became of his changes, too.
Result<Reply> LoadBalancerService::ReportListeners(Call& call) {
  TRY(RequireNodeItself(call));
  TRY_ASSIGN(const auto report, call.Body<wire::ReportListenersDetails>());
  TRY(Check(report));
  const auto& node_id = call.caller().id;
  TRY(service_.database().Write([&](storage::Session& session) -> Result<void> {
    TRY_ASSIGN(const auto closed, listeners_.SetReport(session, node_id, report));
    for (const auto& listener : closed) {
      TRY_ASSIGN(const auto compartment_id, store_.CompartmentOf(session, listener.load_balancer_id));
      TRY(work_requests_.AcceptFailed(
          session,
          {.id = service_.NewId("loadbalancerworkrequest"),
           .resource_id = listener.load_balancer_id,
           .compartment_id = compartment_id,
           .type = "ServeListener"},
          fmt::format("listener '{}' is not served by node {}: {}", listener.name,
                      NameOf(call.snapshot(), node_id), listener.reason),
          call.now()));
      Log(LogLevel::kWarn, "load_balancer", "a node does not serve a listener",
          {{"resource", listener.load_balancer_id},
           {"listener", listener.name},
           {"node", node_id},
           {"reason", listener.reason}});
    }
    return {};
  }));
  return Reply::Empty();
}

Result<wire::ListenerStates> LoadBalancerService::ListListenerStates(Call& call) {
  const auto load_balancer_id = call.Query("loadBalancerId");
  const auto filter = call.Query("filter");
  if (filter && *filter != kTroubled) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("filter: must be {}", kTroubled));
  }
  if (load_balancer_id) {
    TRY_ASSIGN(const auto model, service_.database().ReadValue([&](storage::Session& session) {
      return store_.Get(session, *load_balancer_id);
    }));
    call.About(model.id(), model.value.compartment_id, model.value.display_name);
    TRY(call.Require(Permission::kLoadBalancerRead, model.value.compartment_id));
  }
  std::vector<ListenerPlace> places;
  std::map<std::string, NodeWord> words;
  TRY(service_.database().Read([&](storage::Session& session) -> Result<void> {
    TRY_ASSIGN(places, listeners_.Places(session, load_balancer_id, call.Query("nodeId")));
    TRY_ASSIGN(words, listeners_.Words(session));
    return {};
  }));
  wire::ListenerStates answer;
  for (auto& place : places) {
    if (answer.items.size() == kShownMax) break;
    if (!call.May(Permission::kLoadBalancerRead, place.compartment_id)) continue;
    const auto& word = words[place.node_id];
    const auto* node = call.snapshot().Node(place.node_id);
    const bool own = node != nullptr && node->tenancy_id == call.caller().tenancy_id;
    auto judged = JudgeListener(place, word, own, call.now());
    if (filter && !judged.troubled) continue;
    wire::ListenerOnNode item{.load_balancer_id = place.load_balancer_id,
                              .load_balancer_name = place.load_balancer_name,
                              .listener_name = place.listener_name,
                              .port = place.port,
                              .node_id = place.node_id,
                              .node_name = NameOf(call.snapshot(), place.node_id),
                              .state = judged.state,
                              .troubled = judged.troubled,
                              .time_last_seen = word.last_seen};
    if (!judged.reason.empty()) item.reason = std::move(judged.reason);
    answer.items.push_back(std::move(item));
  }
  return answer;
}

}  // namespace perennial::load_balancer
