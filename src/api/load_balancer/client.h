// SPDX-License-Identifier: Apache-2.0
// The typed client of the load balancer service. Errors are those of Client::Send.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "api/client.h"
#include "api/load_balancer/listener_states.h"
#include "api/load_balancer/load_balancer_types.h"
#include "api/load_balancer/node_configuration.h"

namespace perennial::api::load_balancer {

// Safe to call from many threads. Mutations return the OCID of the work request.
class LoadBalancerClient {
 public:
  explicit LoadBalancerClient(Client client) : client_(std::move(client)) {}

  // The public API, /20170115. `query` of lists: compartmentId is required.
  Result<std::string> CreateLoadBalancer(const CreateLoadBalancerDetails& details,
                                         const CallOptions& options = {}) const;
  Result<Tagged<LoadBalancer>> GetLoadBalancer(const std::string& id) const;
  Result<Page<LoadBalancer>> ListLoadBalancers(const Query& query) const;
  Result<std::string> DeleteLoadBalancer(const std::string& id,
                                         const CallOptions& options = {}) const;
  Result<std::string> CreateBackendSet(const std::string& id,
                                       const CreateBackendSetDetails& details,
                                       const CallOptions& options = {}) const;
  Result<std::string> UpdateBackendSet(const std::string& id, const std::string& name,
                                       const UpdateBackendSetDetails& details,
                                       const CallOptions& options = {}) const;
  Result<Tagged<BackendSet>> GetBackendSet(const std::string& id, const std::string& name) const;
  Result<Page<BackendSet>> ListBackendSets(const std::string& id) const;
  Result<std::string> DeleteBackendSet(const std::string& id, const std::string& name,
                                       const CallOptions& options = {}) const;
  // A backend's name is "ip:port".
  Result<std::string> CreateBackend(const std::string& id, const std::string& set,
                                    const CreateBackendDetails& details,
                                    const CallOptions& options = {}) const;
  Result<Tagged<Backend>> GetBackend(const std::string& id, const std::string& set,
                                     const std::string& name) const;
  Result<Page<Backend>> ListBackends(const std::string& id, const std::string& set) const;
  Result<std::string> DeleteBackend(const std::string& id, const std::string& set,
                                    const std::string& name, const CallOptions& options = {}) const;
  Result<std::string> CreateListener(const std::string& id, const CreateListenerDetails& details,
                                     const CallOptions& options = {}) const;
  Result<std::string> UpdateListener(const std::string& id, const std::string& name,
                                     const UpdateListenerDetails& details,
                                     const CallOptions& options = {}) const;
  Result<std::string> DeleteListener(const std::string& id, const std::string& name,
                                     const CallOptions& options = {}) const;
  Result<WorkRequest> GetWorkRequest(const std::string& id) const;
  Result<Page<WorkRequest>> ListWorkRequests(const std::string& id, const Query& query = {}) const;

  // Our own, /20260101. `query`: loadBalancerId, nodeId, filter.
  Result<ListenerStates> GetListenerStates(const Query& query) const;

  // For the node itself.
  Result<void> ReportListeners(const std::string& node_id,
                               const ReportListenersDetails& details) const;
  // Parked while there is nothing newer than `after`,
  // which it acknowledges.
  Result<NodeConfiguration> GetNodeConfiguration(const std::string& node_id, int64_t after,
                                                 Duration wait) const;
  Result<NodeConfigurationAsSent> GetNodeConfigurationAsSent(const std::string& node_id,
                                                             int64_t after, Duration wait) const;

 private:
  Result<std::string> CallForWorkRequest(const CallSpec& spec) const;

  Client client_;
};

}  // namespace perennial::api::load_balancer
