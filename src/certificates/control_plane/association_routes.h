// SPDX-License-Identifier: Apache-2.0
// The operations of the certificates service on associations, the change feed and rollouts; routes.h
// has the others.
#pragma once

#include "certificates/control_plane/associations/associations.h"
#include "certificates/control_plane/feed/feed.h"
#include "certificates/control_plane/inventory/inventory.h"
#include "certificates/control_plane/rollout/rollout_operations.h"
#include "service/router.h"
#include "service/service.h"

namespace perennial::certificates {

// The references must outlive the router.
struct AssociationOperations {
  Associations& associations;
  FeedOperations& feed;
  RolloutOperations& rollouts;
  Reports& reports;
};

// AddInventoryRoutes adds inventory and overview.
void AddInventoryRoutes(service::Router& router, service::Service& service,
                        InventoryOperations& inventory);

void AddAssociationRoutes(service::Router& router, service::Service& service,
                          AssociationOperations operations);

}  // namespace perennial::certificates
