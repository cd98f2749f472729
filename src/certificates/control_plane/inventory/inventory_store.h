// SPDX-License-Identifier: Apache-2.0
// Everything that the colours of certificates are judged by, in a fixed number of statements,
// however many certificates there are. All run in the caller's transaction.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "api/certificates/inventory_types.h"
#include "certificates/control_plane/inventory/decide_risk.h"
#include "storage/storage.h"

namespace perennial::certificates {

struct InventoryQuery {
  std::vector<std::string> compartment_ids;  // None: nothing is found.
  std::string search;  // In name, host names, subject; serial and fingerprint from four digits on.
};

// What a node said last of one association, over all its places there.
struct NodeWord {
  std::string association_id, node_id;
  std::optional<Time> proved_at;  // Of the current version, or a newer one.
  std::optional<Time> failed_at;
  std::string failure;  // In words.
};

struct InventoryAssociation {
  std::string id, resource_id;
};

// One certificate, before placements are looked at.
struct InventoryRow {
  std::string id, name, compartment_id;
  int64_t latest_version = 1;
  RiskFacts facts;  // Without nodes, and without `now`.
  std::vector<InventoryAssociation> associations;
  std::vector<NodeWord> words;
};

Result<std::vector<InventoryRow>> FindInventory(storage::Session& session,
                                                const InventoryQuery& query);

// What only a page of rows needs.
struct InventoryDetails {
  std::string subject;
  std::vector<std::string> alternative_names;
  std::optional<std::string> issuer_id, issuer_name, issuer_compartment_id;
  std::string serial, fingerprint;
};
Result<std::map<std::string, InventoryDetails>> FindInventoryDetails(
    storage::Session& session, const std::vector<std::string>& certificate_ids);

// FindSightings says when each node polled or reported last.
Result<std::map<std::string, Time>> FindSightings(storage::Session& session);

// AuthoritiesIn counts those that are not DELETED.
Result<int64_t> AuthoritiesIn(storage::Session& session,
                              const std::vector<std::string>& compartment_ids);

}  // namespace perennial::certificates
