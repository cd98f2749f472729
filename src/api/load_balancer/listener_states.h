// SPDX-License-Identifier: Apache-2.0
// Which node has which listener open: a work request ends when a configuration is accepted, and this
// says what the nodes made of it. Our own calls, /20260101.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/time.h"
#include "base/wire_enum.h"

namespace perennial::api::load_balancer {

// PUT /nodes/{id}/listeners, by the node itself: every listener of the version that is not named is
// open. It replaces what the node said before.
struct NodeListener {
  std::string load_balancer_id, name;
  int64_t port = 0;
  bool waiting = false;  // Only for its certificate, which the node fetches by itself.
  std::string reason;    // In words, with what to do.
};
struct ReportListenersDetails {
  int64_t configuration_version = 0;
  // Why a newer version is not taken up, or why nothing of this one is served.
  std::optional<std::string> problem;
  std::vector<NodeListener> closed;
};

// OPEN: the node has it open. CLOSED: the node cannot open it, and `reason` says what to do. PENDING:
// the node is about to. SILENT: the node does not speak.
enum class ListenerState { kOpen, kClosed, kPending, kSilent };
constexpr auto WireNames(std::type_identity<ListenerState>) {
  return std::to_array<WireName<ListenerState>>({{ListenerState::kOpen, "OPEN"},
                                                 {ListenerState::kClosed, "CLOSED"},
                                                 {ListenerState::kPending, "PENDING"},
                                                 {ListenerState::kSilent, "SILENT"}});
}

// GET /listenerStates?loadBalancerId=&nodeId=&filter=troubled
struct ListenerOnNode {
  std::string load_balancer_id, load_balancer_name;
  std::string listener_name;
  int64_t port = 0;
  std::string node_id, node_name;
  ListenerState state = ListenerState::kPending;
  std::optional<std::string> reason;   // In words, unless OPEN.
  bool troubled = false;               // Somebody must do something.
  std::optional<Time> time_last_seen;  // When the node last asked for its configuration.
};
struct ListenerStates {
  std::vector<ListenerOnNode> items;  // By load balancer, listener and node; at most 1000.
};

}  // namespace perennial::api::load_balancer
