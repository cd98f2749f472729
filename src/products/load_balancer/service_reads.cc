// SPDX-License-Identifier: Apache-2.0
// What the load balancer service tells: to users, to waiters, and to the nodes.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "products/load_balancer/service.h"
#include "service/page.h"

namespace perennial::load_balancer {

using authz::Permission;
using service::Call;
using service::Outcome;
using service::Reply;

namespace {

void ShowAddresses(const authz::Snapshot& snapshot, Model& model) {
  const auto addresses = AddressesOf(snapshot, model);
  model.value.ip_addresses.clear();
  for (const auto& address : addresses) {
    model.value.ip_addresses.push_back({address, !model.value.is_private.value_or(false)});
  }
}

std::string UpperCase(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

Result<int64_t> ParsePageNumber(const std::string& text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Fail(ErrorCode::kInvalidArgument, "page: is not a token of this list");
  }
  return number;
}

// The resources are written as they were hashed, byte for byte.
std::string EncodeConfiguration(const products::StoredConfiguration& head) {
  return fmt::format(R"({{"version":{},"previousHash":"{}","hash":"{}","resources":{}}})", head.version,
                     head.previous_hash, head.hash, head.resources);
}

wire::WorkRequest ToWire(const products::WorkRequest& request) {
  wire::WorkRequest out;
  out.id = request.id;
  out.load_balancer_id = request.resource_id;
  out.compartment_id = request.compartment_id;
  out.type = request.type;
  out.lifecycle_state = *FromWireName<wire::WorkRequestState>(WireNameOf(request.state));
  out.message = request.message;
  out.time_accepted = request.time_accepted;
  out.time_finished = request.time_finished;
  if (!request.error_code.empty()) {
    out.error_details.push_back({*FromWireName<wire::WorkRequestErrorCode>(request.error_code),
                                 request.error_message});
  }
  return out;
}

}  // namespace

Result<Tagged<wire::LoadBalancer>> LoadBalancerService::GetLoadBalancer(Call& call) {
  TRY_ASSIGN(auto model, Load(call, Permission::kLoadBalancerRead));
  const auto etag = EtagOf(model);
  ShowAddresses(call.snapshot(), model);
  return Tagged<wire::LoadBalancer>{std::move(model.value), etag};
}

Result<LoadBalancerService::Page> LoadBalancerService::ListLoadBalancers(Call& call) {
  const auto compartment_id = call.Query("compartmentId");
  if (!compartment_id) return Fail(ErrorCode::kMissingArgument, "compartmentId: is required");
  call.About("", *compartment_id);
  TRY(call.Require(Permission::kLoadBalancerInspect, *compartment_id));
  TRY_ASSIGN(const auto page,
             service::ParsePage(call, {{"TIMECREATED", service::SortOrder::kDescending},
                                       {"DISPLAYNAME", service::SortOrder::kAscending}}));
  ListQuery query{.compartment_id = *compartment_id,
                  .display_name = call.Query("displayName"),
                  .by_name = page.sort_by == "DISPLAYNAME",
                  .descending = page.order == service::SortOrder::kDescending,
                  .limit = page.limit + 1,
                  .after = page.after};
  if (const auto state = call.Query("lifecycleState")) {
    query.state = FromWireName<wire::LifecycleState>(UpperCase(*state));
    if (!query.state) {
      return Fail(ErrorCode::kInvalidArgument,
                  "lifecycleState: must be one of " + WireNameList<wire::LifecycleState>());
    }
  }
  TRY_ASSIGN(auto models, service_.database().ReadValue([&](storage::Session& session) {
    return store_.List(session, query);
  }));
  Page answer;
  if (std::ssize(models) > page.limit) {
    models.resize(static_cast<size_t>(page.limit));
    const auto& last = models.back();
    answer.next = service::EncodePageToken(
        {query.by_name ? last.value.display_name : std::to_string(ToMicros(last.value.time_created)),
         last.id()});
  }
  for (auto& model : models) {
    ShowAddresses(call.snapshot(), model);
    answer.items.push_back(std::move(model.value));
  }
  return answer;
}

Result<wire::WorkRequest> LoadBalancerService::GetWorkRequest(Call& call) {
  TRY_ASSIGN(const auto request, service_.database().ReadValue([&](storage::Session& session) {
    return work_requests_.Get(session, call.PathValue("workRequestId"));
  }));
  call.About(request.resource_id, request.compartment_id);
  TRY(call.Require(Permission::kLoadBalancerRead, request.compartment_id));
  return ToWire(request);
}

Result<LoadBalancerService::WorkPage> LoadBalancerService::ListWorkRequests(Call& call) {
  const auto& id = call.PathValue("loadBalancerId");
  TRY_ASSIGN(const auto compartment_id, service_.database().ReadValue([&](storage::Session& session) {
    return store_.CompartmentOf(session, id);
  }));
  call.About(id, compartment_id);
  TRY(call.Require(Permission::kLoadBalancerRead, compartment_id));
  TRY_ASSIGN(const auto limit, call.QueryInt("limit", 1, 1000));
  std::optional<int64_t> before;
  if (const auto token = call.Query("page")) {
    TRY_ASSIGN(const auto key, service::ParsePageToken(*token, 1));
    TRY_ASSIGN(before, ParsePageNumber(key[0]));
  }
  const int64_t count = limit.value_or(100);
  TRY_ASSIGN(auto requests, service_.database().ReadValue([&](storage::Session& session) {
    return work_requests_.ListOf(session, id, count + 1, before);
  }));
  WorkPage answer;
  if (std::ssize(requests) > count) {
    requests.resize(static_cast<size_t>(count));
    answer.next = service::EncodePageToken({std::to_string(requests.back().number)});
  }
  for (const auto& request : requests) answer.items.push_back(ToWire(request));
  return answer;
}

Result<Outcome> LoadBalancerService::NodeConfiguration(Call& call) {
  TRY(RequireNodeItself(call));
  const std::string& node_id = call.PathValue("nodeId");
  TRY_ASSIGN(const auto after, call.QueryInt("after", 0, INT64_MAX));
  TRY_ASSIGN(const auto wait, call.WaitSeconds());
  const int64_t known = after.value_or(0);
  if (!call.last_chance()) {
    TRY_ASSIGN(const bool changed, service_.database().WriteValue([&](storage::Session& session) {
      return configurations_.Acknowledge(session, node_id, known, service_.clock().Now());
    }));
    // What only the configurations before this one needed can be detached now.
    if (changed) Wake();
  }
  TRY_ASSIGN(const auto head, service_.database().ReadValue([&](storage::Session& session) {
    return configurations_.Head(session, node_id);
  }));
  if (head.version <= known && wait > Duration::zero() && !call.last_chance()) {
    return service::Wait{{TopicOf(node_id), known}, wait};
  }
  return Outcome(Reply::Json(EncodeConfiguration(head)));
}

}  // namespace perennial::load_balancer
