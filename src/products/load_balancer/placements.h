// SPDX-License-Identifier: Apache-2.0
// On which nodes a load balancer runs: the enrolled nodes of its pool, for this kind of product.
#pragma once

#include <string>
#include <vector>

#include "authz/snapshot.h"
#include "products/common/gateways.h"
#include "products/load_balancer/configurations.h"
#include "products/load_balancer/store.h"
#include "service/service.h"

namespace perennial::load_balancer {

inline constexpr std::string_view kProductKind = "loadbalancer";

// WantedNodes: active nodes of the pool that are enrolled for load balancers, and draining ones that have
// it already; sorted.
std::vector<std::string> WantedNodes(const authz::Snapshot& snapshot, const Model& model);

// One caller at a time.
class Placer {
 public:
  Placer(service::Service& service, const Store& store, const ConfigurationWriter& writer,
         products::ResourceGateway& resources);

  // Place brings identity and the nodes' configurations to the wanted set. It returns true when something
  // changed. kUnavailable: identity is away or knows less than we do; try again.
  Result<bool> Place(const std::string& load_balancer_id);

  // PlaceAll does it for every load balancer; one that fails does not hold up the others, but the first
  // failure is returned.
  Result<void> PlaceAll();

 private:
  service::Service& service_;
  const Store& store_;
  const ConfigurationWriter& writer_;
  products::ResourceGateway& resources_;
};

}  // namespace perennial::load_balancer
