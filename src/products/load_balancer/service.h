// SPDX-License-Identifier: Apache-2.0
// The load balancer service: one public method an operation. Mutations answer 204 with the id of a work
// request; everything that a user can get wrong is judged before that, and leaves nothing behind.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "products/common/attachments.h"
#include "products/common/new_resources.h"
#include "products/common/node_configurations.h"
#include "products/common/work_requests.h"
#include "products/load_balancer/listener_states.h"
#include "products/load_balancer/model.h"
#include "products/load_balancer/store.h"
#include "products/load_balancer/upkeep.h"
#include "service/call.h"
#include "service/service.h"

namespace perennial::load_balancer {

// A part of a load balancer with the etag of the whole.
template <class T>
struct Tagged {
  T value;
  std::string etag;
};

// Safe to call from many threads; Step from one Loop.
class LoadBalancerService {
 public:
  // `wake` is called when there is work for Step; it may be empty. References outlive the service.
  LoadBalancerService(service::Service& service, products::CertificatesGateway& certificates,
                      products::ResourceGateway& resources, std::function<void()> wake = {});

  // Step does what is due and returns how long to pause (upkeep.h).
  Duration Step() { return upkeep_.Step(); }
  // Ready is empty when the service may be sent requests.
  std::string Ready() const { return upkeep_.Ready(); }
  // SetWake replaces `wake`, before the server starts.
  void SetWake(std::function<void()> wake) { wake_ = std::move(wake); }

  Result<service::Reply> CreateLoadBalancer(service::Call& call);
  Result<Tagged<wire::LoadBalancer>> GetLoadBalancer(service::Call& call);
  struct Page {
    std::vector<wire::LoadBalancer> items;
    std::string next;  // Empty on the last page.
  };
  Result<Page> ListLoadBalancers(service::Call& call);
  Result<service::Reply> DeleteLoadBalancer(service::Call& call);

  // NoteAhead remembers a click that is dated ahead of our clock (ADR 21). It comes before a change of a load
  // balancer is even read: a click that is refused here is one that could be kept and presented elsewhere.
  // Fails only as the database does.
  Result<void> NoteAhead(const service::Call& call);

  Result<service::Reply> CreateBackendSet(service::Call& call);
  Result<service::Reply> UpdateBackendSet(service::Call& call);
  Result<service::Reply> DeleteBackendSet(service::Call& call);
  Result<Tagged<wire::BackendSet>> GetBackendSet(service::Call& call);
  Result<Tagged<std::vector<wire::BackendSet>>> ListBackendSets(service::Call& call);

  Result<service::Reply> CreateBackend(service::Call& call);
  Result<service::Reply> DeleteBackend(service::Call& call);
  Result<Tagged<wire::Backend>> GetBackend(service::Call& call);
  Result<Tagged<std::vector<wire::Backend>>> ListBackends(service::Call& call);

  Result<service::Reply> CreateListener(service::Call& call);
  Result<service::Reply> UpdateListener(service::Call& call);
  Result<service::Reply> DeleteListener(service::Call& call);

  Result<wire::WorkRequest> GetWorkRequest(service::Call& call);
  struct WorkPage {
    std::vector<wire::WorkRequest> items;
    std::string next;
  };
  Result<WorkPage> ListWorkRequests(service::Call& call);

  // NodeConfiguration is for the node itself. Asking after V acknowledges V.
  Result<service::Outcome> NodeConfiguration(service::Call& call);
  // ReportListeners too; what a node says of its listeners is told to users by ListListenerStates.
  Result<service::Reply> ReportListeners(service::Call& call);
  Result<wire::ListenerStates> ListListenerStates(service::Call& call);

 private:
  // A step from the stored load balancer to the wanted one. Pure: it is tried before the attach and made
  // in the commit, on what stands there then.
  using Change = std::function<Result<void>(Model&)>;

  // Mutate is the one path of every change to a load balancer that exists.
  Result<service::Reply> Mutate(service::Call& call, const std::string& type, const Change& change);
  Result<void> JudgeChange(service::Call& call, storage::Session& session, const Model& before,
                           Model& after, const Change& change) const;
  Result<Model> Load(service::Call& call, authz::Permission permission);
  // A node learns and tells of itself and of no other; that others exist is none of its business.
  Result<void> RequireNodeItself(const service::Call& call) const;
  Result<service::Reply> Accept(storage::Session& session, const service::Call& call,
                                const Model& model, const std::string& type) const;
  Result<void> CheckPorts(const service::Call& call, storage::Session& session, const Model& before,
                          const Model& after) const;
  Result<void> NoteAhead(const service::Call& call, const std::string& load_balancer_id);
  Result<products::AttachTicket> AttachNew(const service::Call& call, const Model& before,
                                           const Model& after);
  Result<service::Reply> CommitNew(service::Call& call, const Model& model,
                                   const products::AttachTicket& ticket);
  void Wake() const;

  service::Service& service_;
  Store store_;
  products::Attachments attachments_;
  products::NewResources new_resources_;
  products::WorkRequests work_requests_;
  products::NodeConfigurations configurations_;
  ListenerStore listeners_;
  Upkeep upkeep_;
  std::function<void()> wake_;
};

}  // namespace perennial::load_balancer
