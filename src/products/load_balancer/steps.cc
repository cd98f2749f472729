// SPDX-License-Identifier: Apache-2.0
// The steps of rules.h: what may follow what.
#include <fmt/format.h>

#include <algorithm>

#include "products/load_balancer/rules.h"

namespace perennial::load_balancer {

namespace {

Result<void> CheckBackendSetExists(const Model& model, const std::string& name) {
  if (model.value.backend_sets.contains(name)) return {};
  // The ingress controller of OCI looks for these words and tries again (oci-api §1.6).
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("/defaultBackendSetName: the load balancer has no backend set '{}'", name));
}

Result<wire::BackendSet*> FindSet(Model& model, const std::string& name) {
  const auto found = model.value.backend_sets.find(name);
  if (found == model.value.backend_sets.end()) {
    return Fail(ErrorCode::kNotFound, "no such backend set");
  }
  return &found->second;
}

}  // namespace

Result<void> AddListener(Model& model, const wire::Listener& listener) {
  if (model.value.listeners.contains(listener.name)) {
    return Fail(ErrorCode::kConflict, fmt::format("listener '{}' already exists", listener.name));
  }
  if (model.value.listeners.size() >= kListenersMax) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("a load balancer has at most {} listeners", kListenersMax));
  }
  TRY(CheckBackendSetExists(model, listener.default_backend_set_name));
  model.value.listeners.emplace(listener.name, listener);
  return {};
}

Result<void> ReplaceListener(Model& model, const wire::Listener& listener) {
  const auto found = model.value.listeners.find(listener.name);
  if (found == model.value.listeners.end()) return Fail(ErrorCode::kNotFound, "no such listener");
  TRY(CheckBackendSetExists(model, listener.default_backend_set_name));
  found->second = listener;
  return {};
}

Result<void> RemoveListener(Model& model, const std::string& name) {
  if (model.value.listeners.erase(name) == 0) return Fail(ErrorCode::kNotFound, "no such listener");
  return {};
}

Result<void> AddBackendSet(Model& model, const wire::BackendSet& set) {
  if (model.value.backend_sets.contains(set.name)) {
    return Fail(ErrorCode::kConflict, fmt::format("backend set '{}' already exists", set.name));
  }
  if (model.value.backend_sets.size() >= kBackendSetsMax) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("a load balancer has at most {} backend sets", kBackendSetsMax));
  }
  model.value.backend_sets.emplace(set.name, set);
  return {};
}

Result<void> ReplaceBackendSet(Model& model, const wire::BackendSet& set) {
  TRY_ASSIGN(auto* found, FindSet(model, set.name));
  *found = set;
  return {};
}

Result<void> RemoveBackendSet(Model& model, const std::string& name) {
  TRY(FindSet(model, name));
  for (const auto& [listener_name, listener] : model.value.listeners) {
    if (listener.default_backend_set_name != name) continue;
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("Can't remove backend set '{}': listener '{}' uses it", name,
                            listener_name));
  }
  model.value.backend_sets.erase(name);
  return {};
}

Result<void> AddBackend(Model& model, const std::string& set_name, const wire::Backend& backend) {
  TRY_ASSIGN(auto* set, FindSet(model, set_name));
  if (std::ranges::find(set->backends, backend.name, &wire::Backend::name) != set->backends.end()) {
    return Fail(ErrorCode::kConflict, fmt::format("backend '{}' already exists", backend.name));
  }
  if (set->backends.size() >= kBackendsMax) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("a backend set has at most {} backends", kBackendsMax));
  }
  if (backend.backup && set->policy == "IP_HASH") {
    return Fail(ErrorCode::kInvalidArgument,
                "/backup: backup backends are not possible with IP_HASH");
  }
  set->backends.push_back(backend);
  return {};
}

Result<void> RemoveBackend(Model& model, const std::string& set_name, const std::string& name) {
  TRY_ASSIGN(auto* set, FindSet(model, set_name));
  const auto removed =
      std::erase_if(set->backends, [&](const wire::Backend& backend) { return backend.name == name; });
  if (removed == 0) return Fail(ErrorCode::kNotFound, "no such backend");
  return {};
}

}  // namespace perennial::load_balancer
