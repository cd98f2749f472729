// SPDX-License-Identifier: Apache-2.0
// What people do: load balancers, listeners and certificates come, change and go.
#pragma once

#include <string>
#include <vector>

#include "sim/chance.h"
#include "sim/world.h"

namespace perennial::sim {

// Used by one thread. It chooses among what is really there, and is often refused.
class Workload {
 public:
  explicit Workload(World& world) : world_(world) {}

  // Act does one thing, chosen by `chance`, and returns what it was and what came of it.
  std::string Act(Chance& chance);

 private:
  struct Listener {
    std::string load_balancer_id, name;
    int64_t port = 0;
  };
  std::vector<std::string> LoadBalancers();
  std::vector<Listener> Listeners();
  std::vector<std::string> Certificates(std::string_view state);
  std::string CreateLoadBalancer(Chance& chance);
  std::string CreateListener(Chance& chance);
  std::string UpdateListener(Chance& chance);
  std::string DeleteListener(Chance& chance);
  std::string CreateCertificate(Chance& chance);
  std::string DeleteCertificate(Chance& chance);
  api::CallOptions Options(Chance& chance);

  World& world_;
  int made_ = 0;
};

}  // namespace perennial::sim
