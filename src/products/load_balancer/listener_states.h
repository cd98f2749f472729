// SPDX-License-Identifier: Apache-2.0
// What the nodes made of the listeners: what each said last, and what follows from it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/load_balancer/listener_states.h"
#include "base/time.h"
#include "storage/storage.h"

namespace perennial::load_balancer {

namespace wire = api::load_balancer;

// A listener and a node that its load balancer is placed on.
struct ListenerPlace {
  std::string load_balancer_id, load_balancer_name, compartment_id;
  std::string listener_name;
  int64_t port = 0;
  std::string node_id;
  bool changing = false;  // A work request of the load balancer is not finished.
  bool conflict = false;  // Another listener has the port there (ports.h).
  // What the node said of it; absent when it said nothing, or said it of another port.
  std::optional<wire::NodeListener> closed;
};

struct NodeWord {
  int64_t newest_version = 0;               // That was written for it.
  std::optional<int64_t> reported_version;  // That its proxy took; absent before its first report.
  std::string problem;  // Why that is not the newest one, or why nothing of it is served.
  std::optional<Time> last_seen;            // When it asked for its configuration.
};

struct JudgedListener {
  wire::ListenerState state = wire::ListenerState::kPending;
  std::string reason;     // Empty when it is open.
  bool troubled = false;  // Somebody must do something.
};

// JudgeListener is a pure function. `own_node`: the node belongs to the tenancy that asks; what it says
// of its whole configuration is nobody else's business.
JudgedListener JudgeListener(const ListenerPlace& place, const NodeWord& word, bool own_node, Time now);

// Safe to call from many threads; each function works in the caller's transaction.
class ListenerStore {
 public:
  // Places lists by load balancer, listener and node; of one load balancer or node where it is named.
  Result<std::vector<ListenerPlace>> Places(storage::Session& session,
                                            const std::optional<std::string>& load_balancer_id,
                                            const std::optional<std::string>& node_id) const;

  // Words holds every node that has a configuration, spoke or reported.
  Result<std::map<std::string, NodeWord>> Words(storage::Session& session) const;

  // SetReport replaces what the node said. It keeps only listeners that are placed on the node, and
  // returns those that closed with it: not waiting, and not closed before.
  Result<std::vector<wire::NodeListener>> SetReport(storage::Session& session,
                                                    const std::string& node_id,
                                                    const wire::ReportListenersDetails& report) const;
};

}  // namespace perennial::load_balancer
