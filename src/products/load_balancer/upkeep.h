// SPDX-License-Identifier: Apache-2.0
// What the load balancer service does by itself: finishes work requests, keeps placements and node
// configurations true, detaches what is no longer needed, ends what was never completed.
#pragma once

#include <set>
#include <string>

#include "base/trouble.h"
#include "products/common/attachments.h"
#include "products/common/new_resources.h"
#include "products/common/node_configurations.h"
#include "products/common/work_requests.h"
#include "products/load_balancer/configurations.h"
#include "products/load_balancer/placements.h"
#include "products/load_balancer/store.h"
#include "service/service.h"

namespace perennial::load_balancer {

// A node that did not ask for its configuration for so long holds no detach back.
inline constexpr Duration kNodeLive = std::chrono::minutes(3);

class Upkeep {
 public:
  Upkeep(service::Service& service, const Store& store, products::Attachments& attachments,
         products::NewResources& new_resources, products::ResourceGateway& resources);

  // Step does a bounded round of all of it and returns how long to pause. Call it from one Loop, and wake
  // that Loop after commits and acknowledgements.
  Duration Step();

  // Ready is empty once a round was completed, else what is missing, in words.
  std::string Ready() const;

 private:
  Result<products::WorkStep> Work(const products::WorkRequest& request);
  Result<products::WorkStep> Create(const Model& model);
  Result<products::WorkStep> Delete(const Model& model);
  Result<products::WorkStep> Publish(const Model& model);
  Result<void> FollowIdentity();
  Result<void> DetachUnneeded();
  Result<std::vector<products::Pair>> Acknowledged(storage::Session& session) const;

  service::Service& service_;
  const Store& store_;
  products::Attachments& attachments_;
  products::NewResources& new_resources_;
  products::ResourceGateway& resources_;
  const ConfigurationWriter writer_;
  Placer placer_;
  products::NodeConfigurations configurations_;
  products::WorkRequestRunner runner_;
  // Only Step touches these.
  int64_t placed_at_position_ = -1;  // Of the identity snapshot.
  Trouble unfollowed_{"load_balancer", "nodes are not kept in line with identity"};
  Trouble undetached_{"load_balancer", "what is no longer used is not detached"};
  mutable Mutex mutex_;
  std::string missing_ GUARDED_BY(mutex_) = "the first round of placements and work requests";
};

}  // namespace perennial::load_balancer
