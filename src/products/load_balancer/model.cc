// SPDX-License-Identifier: Apache-2.0
#include "products/load_balancer/model.h"

#include "service/page.h"

namespace perennial::load_balancer {

std::vector<products::Use> UsesOf(const Model& model) {
  std::vector<products::Use> uses;
  for (const auto& [name, listener] : model.value.listeners) {
    if (!listener.ssl_configuration) continue;
    for (const auto& id : listener.ssl_configuration->certificate_ids) {
      uses.push_back({model.id(), "listener/" + name, id});
    }
  }
  return uses;
}

std::string PointerOf(const Model& before, const Model& after, const std::string& certificate_id) {
  for (const auto& [name, listener] : after.value.listeners) {
    if (!listener.ssl_configuration) continue;
    const auto was = before.value.listeners.find(name);
    if (was != before.value.listeners.end() && was->second.ssl_configuration &&
        was->second.ssl_configuration->certificate_ids == listener.ssl_configuration->certificate_ids) {
      continue;
    }
    const auto& ids = listener.ssl_configuration->certificate_ids;
    for (size_t i = 0; i < ids.size(); ++i) {
      if (ids[i] != certificate_id) continue;
      const auto place = "/sslConfiguration/certificateIds/" + std::to_string(i);
      return before.id().empty() ? "/listeners/" + name + place : place;
    }
  }
  return {};
}

std::string EtagOf(const Model& model) { return service::EtagOf(model.id(), model.version); }

}  // namespace perennial::load_balancer
