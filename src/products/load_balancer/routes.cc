// SPDX-License-Identifier: Apache-2.0
// The only file here that knows paths. Lists are bare JSON arrays, as clients of the public API expect.
#include "products/load_balancer/routes.h"

namespace perennial::load_balancer {

namespace {

using service::Call;
using service::Operation;
using service::Outcome;
using service::Reply;

constexpr char kBase[] = "/20170115/loadBalancers";

Operation UserOperation(std::string name, std::string method, std::string path,
                        service::OperationHandler handler) {
  Operation operation;
  operation.name = std::move(name);
  operation.method = std::move(method);
  operation.path = std::move(path);
  operation.callers = {{authz::PrincipalKind::kUser, ""}};
  operation.handler = std::move(handler);
  operation.serves_stale = operation.method == "GET";
  operation.takes_retry_token = operation.method == "POST" || operation.method == "PUT";
  return operation;
}

// A mutation as it stands in LoadBalancerService.
using Change = Result<Reply> (LoadBalancerService::*)(Call&);
service::OperationHandler Changing(LoadBalancerService& service, Change change) {
  return [&service, change](Call& call) -> Result<Outcome> {
    TRY_ASSIGN(auto reply, (service.*change)(call));
    return Outcome(std::move(reply));
  };
}

// The same for a load balancer that exists.
service::OperationHandler ChangingOne(LoadBalancerService& service, Change change) {
  return [&service, change = Changing(service, change)](Call& call) -> Result<Outcome> {
    TRY(service.NoteAhead(call));
    return change(call);
  };
}

template <class T>
service::OperationHandler Reading(LoadBalancerService& service,
                                  Result<Tagged<T>> (LoadBalancerService::*read)(Call&)) {
  return [&service, read](Call& call) -> Result<Outcome> {
    TRY_ASSIGN(const auto found, (service.*read)(call));
    return Outcome(Reply::Json(EncodeJson(found.value)).With("etag", found.etag));
  };
}

template <class Page>
service::OperationHandler Listing(LoadBalancerService& service,
                                  Result<Page> (LoadBalancerService::*list)(Call&)) {
  return [&service, list](Call& call) -> Result<Outcome> {
    TRY_ASSIGN(const auto page, (service.*list)(call));
    auto reply = Reply::Json(EncodeJson(page.items));
    if (!page.next.empty()) reply.headers.emplace_back("opc-next-page", page.next);
    return Outcome(std::move(reply));
  };
}

}  // namespace

void AddRoutes(service::Router& router, service::Service& service,
               LoadBalancerService& load_balancers) {
  using S = LoadBalancerService;
  S& lb = load_balancers;
  const std::string all = kBase;
  const std::string one = all + "/{loadBalancerId}";
  const std::string sets = one + "/backendSets";
  const std::string set = sets + "/{backendSetName}";
  const std::string backends = set + "/backends";
  const std::string backend = backends + "/{backendName}";
  const std::string listeners = one + "/listeners";
  const std::string listener = listeners + "/{listenerName}";
  const auto add = [&](const char* name, const char* method, const std::string& path,
                       service::OperationHandler handler) {
    router.Add(service, UserOperation(name, method, path, std::move(handler)));
  };

  add("CreateLoadBalancer", "POST", all, Changing(lb, &S::CreateLoadBalancer));
  add("ListLoadBalancers", "GET", all, Listing(lb, &S::ListLoadBalancers));
  add("GetLoadBalancer", "GET", one, Reading(lb, &S::GetLoadBalancer));
  add("DeleteLoadBalancer", "DELETE", one, ChangingOne(lb, &S::DeleteLoadBalancer));

  add("CreateBackendSet", "POST", sets, ChangingOne(lb, &S::CreateBackendSet));
  add("ListBackendSets", "GET", sets, Reading(lb, &S::ListBackendSets));
  add("GetBackendSet", "GET", set, Reading(lb, &S::GetBackendSet));
  add("UpdateBackendSet", "PUT", set, ChangingOne(lb, &S::UpdateBackendSet));
  add("DeleteBackendSet", "DELETE", set, ChangingOne(lb, &S::DeleteBackendSet));

  add("CreateBackend", "POST", backends, ChangingOne(lb, &S::CreateBackend));
  add("ListBackends", "GET", backends, Reading(lb, &S::ListBackends));
  add("GetBackend", "GET", backend, Reading(lb, &S::GetBackend));
  add("DeleteBackend", "DELETE", backend, ChangingOne(lb, &S::DeleteBackend));

  add("CreateListener", "POST", listeners, ChangingOne(lb, &S::CreateListener));
  add("UpdateListener", "PUT", listener, ChangingOne(lb, &S::UpdateListener));
  add("DeleteListener", "DELETE", listener, ChangingOne(lb, &S::DeleteListener));

  add("GetWorkRequest", "GET", "/20170115/loadBalancerWorkRequests/{workRequestId}",
      [&lb](Call& call) -> Result<Outcome> {
        TRY_ASSIGN(const auto request, lb.GetWorkRequest(call));
        return Outcome(Reply::Json(EncodeJson(request)));
      });
  add("ListWorkRequests", "GET", one + "/workRequests", Listing(lb, &S::ListWorkRequests));

  Operation configuration;
  configuration.name = "GetNodeConfiguration";
  configuration.method = "GET";
  configuration.path = "/20260101/nodes/{nodeId}/configuration";
  configuration.callers = {{authz::PrincipalKind::kNode, ""}};
  configuration.serves_stale = true;
  configuration.handler = [&lb](Call& call) { return lb.NodeConfiguration(call); };
  router.Add(service, std::move(configuration));

  Operation report;
  report.name = "ReportListeners";
  report.method = "PUT";
  report.path = "/20260101/nodes/{nodeId}/listeners";
  report.callers = {{authz::PrincipalKind::kNode, ""}};
  report.serves_stale = true;
  report.handler = Changing(lb, &S::ReportListeners);
  router.Add(service, std::move(report));

  add("ListListenerStates", "GET", "/20260101/listenerStates", [&lb](Call& call) -> Result<Outcome> {
    TRY_ASSIGN(const auto states, lb.ListListenerStates(call));
    return Outcome(Reply::Json(EncodeJson(states)));
  });

  router.Add(service, service::AuditRecordsOperation(service));
  router.AddReadiness([&lb] { return lb.Ready(); });
}

}  // namespace perennial::load_balancer
