// SPDX-License-Identifier: Apache-2.0
// What the load balancer service remembers. Each function works in the caller's transaction.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "products/load_balancer/model.h"
#include "storage/storage.h"

namespace perennial::load_balancer {

// Who holds a port of a pool.
struct PortHolder {
  std::string load_balancer_id;
  std::string compartment_id;
  std::string listener_name;
  int64_t port = 0;
};

// A listener that a node does not serve, because another one there has its port.
struct PortConflict {
  std::string load_balancer_id;
  std::string listener_name;
  int64_t port = 0;
  friend auto operator<=>(const PortConflict&, const PortConflict&) = default;
};

struct ListQuery {
  std::string compartment_id;
  std::optional<std::string> display_name;
  std::optional<wire::LifecycleState> state;
  bool by_name = false;  // Else by time created.
  bool descending = false;
  int64_t limit = 100;
  std::optional<std::vector<std::string>> after;  // Sort value and id of the last one of the page before.
};

// Safe to call from many threads.
class Store {
 public:
  // Get returns kNotFound when there is none, or it is DELETED.
  Result<Model> Get(storage::Session& session, const std::string& id) const;

  // CompartmentOf also knows deleted ones: their work requests can be read for a while.
  Result<std::string> CompartmentOf(storage::Session& session, const std::string& id) const;

  Result<std::vector<Model>> List(storage::Session& session, const ListQuery& query) const;

  // Ids lists what is not DELETED; PlacedOn what is placed on the node and to be served there.
  Result<std::vector<std::string>> Ids(storage::Session& session) const;
  Result<std::vector<Model>> PlacedOn(storage::Session& session, const std::string& node_id) const;
  // PlacedNodes lists the nodes that anything is placed on, or that have a configuration.
  Result<std::vector<std::string>> PlacedNodes(storage::Session& session) const;

  // Insert stores a new one; Save replaces one that was read in this transaction, with its version raised.
  // kConflict: the database refused, as for a port that is taken.
  Result<void> Insert(storage::Session& session, const Model& model) const;
  Result<void> Save(storage::Session& session, const Model& before, Model& after) const;

  // PortHolders lists the listeners on `port` in any of the pools.
  Result<std::vector<PortHolder>> PortHolders(storage::Session& session,
                                              const std::vector<std::string>& pool_ids,
                                              int64_t port) const;

  // PortConflictsOn lists what is recorded of the node; SetPortConflicts replaces it.
  Result<std::set<PortConflict>> PortConflictsOn(storage::Session& session,
                                                 const std::string& node_id) const;
  Result<void> SetPortConflicts(storage::Session& session, const std::string& node_id,
                                const std::set<PortConflict>& conflicts) const;

  // NextPlacementVersion reserves a version before it is sent, so that a crash never sends one twice.
  Result<int64_t> NextPlacementVersion(storage::Session& session, const std::string& id) const;
  // SetPlacement records what identity accepted; kIncorrectState when a newer version was reserved since.
  Result<void> SetPlacement(storage::Session& session, const std::string& id, int64_t version,
                            const std::vector<std::string>& node_ids) const;
};

}  // namespace perennial::load_balancer
