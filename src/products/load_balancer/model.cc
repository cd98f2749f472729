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

std::string EtagOf(const Model& model) { return service::EtagOf(model.id(), model.version); }

}  // namespace perennial::load_balancer
