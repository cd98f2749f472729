// SPDX-License-Identifier: Apache-2.0
// What users ask of rollouts, and what nodes and replicas report.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "certificates/control_plane/feed/feed.h"
#include "certificates/control_plane/rollout/rollouts.h"
#include "service/call.h"
#include "service/service.h"

namespace perennial::certificates {

// RolloutPositions returns where the topics of these rollouts stand. For service::NewsWatch.
Result<std::vector<NotYet>> RolloutPositions(storage::Session& session,
                                             const std::vector<std::string>& topics);

// Safe to call from many threads. Each method answers one operation.
class RolloutOperations {
 public:
  // `wake_renewals` wakes the loop of the renewal scheduler. The references must outlive this object.
  RolloutOperations(service::Service& service, Rollouts& rollouts, Feed& feed,
                    std::function<void()> wake_renewals)
      : service_(service),
        rollouts_(rollouts),
        feed_(feed),
        wake_renewals_(std::move(wake_renewals)) {}

  Result<service::Reply> List(service::Call& call);
  // Get is parked while the rollout's position is not beyond `after`.
  Result<service::Outcome> Get(service::Call& call);
  Result<service::Reply> Pause(service::Call& call);
  Result<service::Reply> Resume(service::Call& call);
  Result<service::Reply> RollBack(service::Call& call);

  // Renew makes a certificate due now; PollNow tells its current version to every node again.
  Result<service::Reply> Renew(service::Call& call);
  Result<service::Reply> PollNow(service::Call& call);

 private:
  using Act = std::function<Result<void>(storage::Session&, RolloutRow&)>;
  Result<service::Reply> ActOn(service::Call& call, const Act& act);

  service::Service& service_;
  Rollouts& rollouts_;
  Feed& feed_;
  const std::function<void()> wake_renewals_;
};

// Reports are not audited one by one: they change nothing that anybody is allowed by.
class Reports {
 public:
  Reports(service::Service& service, Rollouts& rollouts) : service_(service), rollouts_(rollouts) {}

  // Observe takes up what a node saw. An item is rejected, by index, when the association is not
  // there or its resource not placed on the caller (NotAuthorizedOrNotFound), and when it claims to
  // have proved what is not that version (InvalidParameter).
  Result<service::Reply> Observe(service::Call& call);
  // Sight takes up which nodes a replica has heard.
  Result<service::Reply> Sight(service::Call& call);

 private:
  service::Service& service_;
  Rollouts& rollouts_;
};

}  // namespace perennial::certificates
