// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "products/load_balancer/service.h"
#include "service/router.h"

namespace perennial::load_balancer {

// AddRoutes enters every operation of the load balancer service, and waits in /readyz for its first round.
// Both objects must outlive the router.
void AddRoutes(service::Router& router, service::Service& service, LoadBalancerService& load_balancers);

}  // namespace perennial::load_balancer
