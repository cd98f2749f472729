// SPDX-License-Identifier: Apache-2.0
// A load balancer as this service holds it: the value that the public API shows, and what it does not show.
#pragma once

#include <string>
#include <vector>

#include "api/load_balancer/load_balancer_types.h"
#include "products/common/uses.h"

namespace perennial::load_balancer {

namespace wire = perennial::api::load_balancer;

struct Model {
  wire::LoadBalancer value;  // Its listeners and backend sets are the only copy there is.
  std::string tenancy_id;
  std::string node_pool_id;
  int64_t version = 0;            // Grows with every change; the etag of everything in it.
  int64_t placement_version = 0;  // The highest that was ever sent to identity.
  std::vector<std::string> node_ids;  // Where identity has accepted it, sorted.

  const std::string& id() const { return value.id; }
};

// UsesOf reads the uses of certificates out of the model, so that there is no second truth about them.
std::vector<products::Use> UsesOf(const Model& model);

// PointerOf returns where the request that makes `after` of `before` names the certificate, as a JSON
// pointer into its body; a `before` without id: the body is that of a whole load balancer. Empty when
// nothing new names it.
std::string PointerOf(const Model& before, const Model& after, const std::string& certificate_id);

// The etag of the load balancer as a whole, good for each part of it too.
std::string EtagOf(const Model& model);

}  // namespace perennial::load_balancer
