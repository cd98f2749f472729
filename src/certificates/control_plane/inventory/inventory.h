// SPDX-License-Identifier: Apache-2.0
// GET /inventory, /overview and /nodeServing: what a person sees at a glance.
#pragma once

#include <string>
#include <vector>

#include "certificates/control_plane/inventory/inventory_store.h"
#include "service/call.h"
#include "service/service.h"

namespace perennial::certificates {

// A node that has a certificate to prove.
struct NodeOwing {
  std::string node_id, reason;
};

// A certificate as it was judged.
struct InventoryEntry {
  InventoryRow row;
  RiskDecision decision;
  std::vector<NodeOwing> owing;
  std::vector<std::string> serving;  // Nodes that have proved it.
};

// JudgeInventory joins each row with identity's placements and gives it its colour. A node that is
// removed owes nothing.
std::vector<InventoryEntry> JudgeInventory(std::vector<InventoryRow> rows,
                                           const authz::Snapshot& snapshot, Time now);

// SummaryOf makes the page of Home out of all certificates that the caller may see; counts of what
// is not a certificate are the caller's to add.
wire::Overview SummaryOf(const std::vector<InventoryEntry>& entries, Time now);

// Safe to call from many threads. Each method answers one operation, for certificates in those
// compartments where the caller may inspect them.
class InventoryOperations {
 public:
  explicit InventoryOperations(service::Service& service) : service_(service) {}

  // List: kInvalidArgument for an unknown filter or sort; kPermissionDenied for a compartment that
  // the caller names and may not look into.
  Result<service::Reply> List(service::Call& call);
  Result<service::Reply> Overview(service::Call& call);
  // Nodes answers for the nodes that the caller may inspect.
  Result<service::Reply> Nodes(service::Call& call);

 private:
  Result<std::vector<std::string>> CompartmentsFor(service::Call& call, wire::AssociationType kind,
                                                   authz::Permission permission) const;
  Result<std::vector<InventoryEntry>> Look(service::Call& call, InventoryQuery query) const;

  service::Service& service_;
};

}  // namespace perennial::certificates
