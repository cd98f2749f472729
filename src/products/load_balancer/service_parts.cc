// SPDX-License-Identifier: Apache-2.0
// Backend sets, backends and listeners: each operation says which step of the model it is.
#include "products/load_balancer/rules.h"
#include "products/load_balancer/service.h"

namespace perennial::load_balancer {

using authz::Permission;
using service::Call;
using service::Reply;

namespace {

Result<wire::BackendSet> FindSet(const Model& model, const std::string& name) {
  const auto found = model.value.backend_sets.find(name);
  if (found == model.value.backend_sets.end()) {
    return Fail(ErrorCode::kNotFound, "no such backend set");
  }
  return found->second;
}

}  // namespace

Result<Reply> LoadBalancerService::CreateBackendSet(Call& call) {
  TRY_ASSIGN(const auto details, call.Body<wire::CreateBackendSetDetails>());
  TRY_ASSIGN(const auto set, MakeBackendSet("", details.name, details.WithoutName()));
  return Mutate(call, "CreateBackendSet", [&](Model& model) { return AddBackendSet(model, set); });
}

Result<Reply> LoadBalancerService::UpdateBackendSet(Call& call) {
  TRY_ASSIGN(const auto details, call.Body<wire::UpdateBackendSetDetails>());
  TRY_ASSIGN(const auto set, MakeBackendSet("", call.PathValue("backendSetName"),
                                            details.WithOptionalBackends()));
  return Mutate(call, "UpdateBackendSet", [&](Model& model) { return ReplaceBackendSet(model, set); });
}

Result<Reply> LoadBalancerService::DeleteBackendSet(Call& call) {
  return Mutate(call, "DeleteBackendSet", [&](Model& model) {
    return RemoveBackendSet(model, call.PathValue("backendSetName"));
  });
}

Result<Tagged<wire::BackendSet>> LoadBalancerService::GetBackendSet(Call& call) {
  TRY_ASSIGN(const auto model, Load(call, Permission::kLoadBalancerRead));
  TRY_ASSIGN(auto set, FindSet(model, call.PathValue("backendSetName")));
  return Tagged<wire::BackendSet>{std::move(set), EtagOf(model)};
}

Result<Tagged<std::vector<wire::BackendSet>>> LoadBalancerService::ListBackendSets(Call& call) {
  TRY_ASSIGN(const auto model, Load(call, Permission::kLoadBalancerRead));
  Tagged<std::vector<wire::BackendSet>> list{{}, EtagOf(model)};
  for (const auto& [name, set] : model.value.backend_sets) list.value.push_back(set);
  return list;
}

Result<Reply> LoadBalancerService::CreateBackend(Call& call) {
  TRY_ASSIGN(const auto details, call.Body<wire::CreateBackendDetails>());
  TRY_ASSIGN(const auto backend, MakeBackend("", details));
  return Mutate(call, "CreateBackend", [&](Model& model) {
    return AddBackend(model, call.PathValue("backendSetName"), backend);
  });
}

Result<Reply> LoadBalancerService::DeleteBackend(Call& call) {
  return Mutate(call, "DeleteBackend", [&](Model& model) {
    return RemoveBackend(model, call.PathValue("backendSetName"), call.PathValue("backendName"));
  });
}

Result<Tagged<wire::Backend>> LoadBalancerService::GetBackend(Call& call) {
  TRY_ASSIGN(const auto model, Load(call, Permission::kLoadBalancerRead));
  TRY_ASSIGN(const auto set, FindSet(model, call.PathValue("backendSetName")));
  for (const auto& backend : set.backends) {
    if (backend.name == call.PathValue("backendName")) {
      return Tagged<wire::Backend>{backend, EtagOf(model)};
    }
  }
  return Fail(ErrorCode::kNotFound, "no such backend");
}

Result<Tagged<std::vector<wire::Backend>>> LoadBalancerService::ListBackends(Call& call) {
  TRY_ASSIGN(const auto model, Load(call, Permission::kLoadBalancerRead));
  TRY_ASSIGN(auto set, FindSet(model, call.PathValue("backendSetName")));
  return Tagged<std::vector<wire::Backend>>{std::move(set.backends), EtagOf(model)};
}

Result<Reply> LoadBalancerService::CreateListener(Call& call) {
  TRY_ASSIGN(const auto details, call.Body<wire::CreateListenerDetails>());
  TRY_ASSIGN(const auto listener, MakeListener("", details.name, details.WithoutName()));
  return Mutate(call, "CreateListener", [&](Model& model) { return AddListener(model, listener); });
}

Result<Reply> LoadBalancerService::UpdateListener(Call& call) {
  TRY_ASSIGN(const auto details, call.Body<wire::UpdateListenerDetails>());
  TRY_ASSIGN(const auto listener, MakeListener("", call.PathValue("listenerName"), details));
  return Mutate(call, "UpdateListener", [&](Model& model) { return ReplaceListener(model, listener); });
}

Result<Reply> LoadBalancerService::DeleteListener(Call& call) {
  return Mutate(call, "DeleteListener", [&](Model& model) {
    return RemoveListener(model, call.PathValue("listenerName"));
  });
}

}  // namespace perennial::load_balancer
