// SPDX-License-Identifier: Apache-2.0
#include "api/load_balancer/client.h"

namespace perennial::api::load_balancer {
namespace {

constexpr std::string_view kPublic = "/20170115";
constexpr std::string_view kOwn = "/20260101";
constexpr std::string_view kBalancers = "loadBalancers";
constexpr std::string_view kSets = "backendSets";

}  // namespace

Result<std::string> LoadBalancerClient::CallForWorkRequest(const CallSpec& spec) const {
  TRY_ASSIGN(const auto response, client_.Send(spec));
  auto id = FindHeader(response.headers, "opc-work-request-id");
  if (!id) return Fail(ErrorCode::kInternal, "the answer names no work request");
  return *std::move(id);
}

Result<std::string> LoadBalancerClient::CreateLoadBalancer(const CreateLoadBalancerDetails& details,
                                                           const CallOptions& options) const {
  return CallForWorkRequest(Post(MakeTarget(kPublic, {kBalancers}), details, options));
}

Result<Tagged<LoadBalancer>> LoadBalancerClient::GetLoadBalancer(const std::string& id) const {
  return client_.CallTagged<LoadBalancer>(Get(MakeTarget(kPublic, {kBalancers, id})));
}

Result<Page<LoadBalancer>> LoadBalancerClient::ListLoadBalancers(const Query& query) const {
  return client_.CallArray<LoadBalancer>(Get(MakeTarget(kPublic, {kBalancers}, query)));
}

Result<std::string> LoadBalancerClient::DeleteLoadBalancer(const std::string& id,
                                                           const CallOptions& options) const {
  return CallForWorkRequest(Delete(MakeTarget(kPublic, {kBalancers, id}), options));
}

Result<std::string> LoadBalancerClient::CreateBackendSet(const std::string& id,
                                                         const CreateBackendSetDetails& details,
                                                         const CallOptions& options) const {
  return CallForWorkRequest(Post(MakeTarget(kPublic, {kBalancers, id, kSets}), details, options));
}

Result<std::string> LoadBalancerClient::UpdateBackendSet(const std::string& id,
                                                         const std::string& name,
                                                         const UpdateBackendSetDetails& details,
                                                         const CallOptions& options) const {
  return CallForWorkRequest(
      Put(MakeTarget(kPublic, {kBalancers, id, kSets, name}), details, options));
}

Result<Tagged<BackendSet>> LoadBalancerClient::GetBackendSet(const std::string& id,
                                                             const std::string& name) const {
  return client_.CallTagged<BackendSet>(Get(MakeTarget(kPublic, {kBalancers, id, kSets, name})));
}

Result<Page<BackendSet>> LoadBalancerClient::ListBackendSets(const std::string& id) const {
  return client_.CallArray<BackendSet>(Get(MakeTarget(kPublic, {kBalancers, id, kSets})));
}

Result<std::string> LoadBalancerClient::DeleteBackendSet(const std::string& id,
                                                         const std::string& name,
                                                         const CallOptions& options) const {
  return CallForWorkRequest(Delete(MakeTarget(kPublic, {kBalancers, id, kSets, name}), options));
}

Result<std::string> LoadBalancerClient::CreateBackend(const std::string& id, const std::string& set,
                                                      const CreateBackendDetails& details,
                                                      const CallOptions& options) const {
  return CallForWorkRequest(
      Post(MakeTarget(kPublic, {kBalancers, id, kSets, set, "backends"}), details, options));
}

Result<Tagged<Backend>> LoadBalancerClient::GetBackend(const std::string& id,
                                                       const std::string& set,
                                                       const std::string& name) const {
  return client_.CallTagged<Backend>(
      Get(MakeTarget(kPublic, {kBalancers, id, kSets, set, "backends", name})));
}

Result<Page<Backend>> LoadBalancerClient::ListBackends(const std::string& id,
                                                       const std::string& set) const {
  return client_.CallArray<Backend>(
      Get(MakeTarget(kPublic, {kBalancers, id, kSets, set, "backends"})));
}

Result<std::string> LoadBalancerClient::DeleteBackend(const std::string& id, const std::string& set,
                                                      const std::string& name,
                                                      const CallOptions& options) const {
  return CallForWorkRequest(
      Delete(MakeTarget(kPublic, {kBalancers, id, kSets, set, "backends", name}), options));
}

Result<std::string> LoadBalancerClient::CreateListener(const std::string& id,
                                                       const CreateListenerDetails& details,
                                                       const CallOptions& options) const {
  return CallForWorkRequest(
      Post(MakeTarget(kPublic, {kBalancers, id, "listeners"}), details, options));
}

Result<std::string> LoadBalancerClient::UpdateListener(const std::string& id,
                                                       const std::string& name,
                                                       const UpdateListenerDetails& details,
                                                       const CallOptions& options) const {
  return CallForWorkRequest(
      Put(MakeTarget(kPublic, {kBalancers, id, "listeners", name}), details, options));
}

Result<std::string> LoadBalancerClient::DeleteListener(const std::string& id,
                                                       const std::string& name,
                                                       const CallOptions& options) const {
  return CallForWorkRequest(
      Delete(MakeTarget(kPublic, {kBalancers, id, "listeners", name}), options));
}

Result<WorkRequest> LoadBalancerClient::GetWorkRequest(const std::string& id) const {
  return client_.Call<WorkRequest>(Get(MakeTarget(kPublic, {"loadBalancerWorkRequests", id})));
}

Result<Page<WorkRequest>> LoadBalancerClient::ListWorkRequests(const std::string& id,
                                                               const Query& query) const {
  return client_.CallArray<WorkRequest>(
      Get(MakeTarget(kPublic, {kBalancers, id, "workRequests"}, query)));
}

Result<ListenerStates> LoadBalancerClient::GetListenerStates(const Query& query) const {
  return client_.Call<ListenerStates>(Get(MakeTarget(kOwn, {"listenerStates"}, query)));
}

Result<void> LoadBalancerClient::ReportListeners(const std::string& node_id,
                                                 const ReportListenersDetails& details) const {
  return client_.CallEmpty(Put(MakeTarget(kOwn, {"nodes", node_id, "listeners"}), details));
}

namespace {

CallSpec NodeConfigurationCall(const std::string& node_id, int64_t after, Duration wait) {
  return Get(MakeTarget(kOwn, {"nodes", node_id, "configuration"},
                        {{"after", std::to_string(after)}, {"waitSeconds", WholeSeconds(wait)}}),
             {.wait = wait});
}

}  // namespace

Result<NodeConfiguration> LoadBalancerClient::GetNodeConfiguration(const std::string& node_id,
                                                                   int64_t after,
                                                                   Duration wait) const {
  return client_.Call<NodeConfiguration>(NodeConfigurationCall(node_id, after, wait));
}

Result<NodeConfigurationAsSent> LoadBalancerClient::GetNodeConfigurationAsSent(
    const std::string& node_id, int64_t after, Duration wait) const {
  return client_.Call<NodeConfigurationAsSent>(NodeConfigurationCall(node_id, after, wait));
}

}  // namespace perennial::api::load_balancer
