// SPDX-License-Identifier: Apache-2.0
#include "products/load_balancer/ports.h"

#include <algorithm>
#include <tuple>

namespace perennial::load_balancer {

namespace {

bool Overlap(const std::vector<std::string>& left, const std::vector<std::string>& right) {
  return std::ranges::any_of(left, [&](const std::string& address) {
    return std::ranges::find(right, address) != right.end();
  });
}

// Whether the node serves this very port of the load balancer on all of these addresses.
bool IsServed(const std::vector<wire::LoadBalancerConfiguration>& head, const std::string& id,
              const std::vector<std::string>& addresses, int64_t port) {
  const auto balancer = std::ranges::find(head, id, &wire::LoadBalancerConfiguration::id);
  if (balancer == head.end()) return false;
  const auto& had = balancer->addresses;
  return std::ranges::find(balancer->listeners, port, &wire::ListenerConfiguration::port) !=
             balancer->listeners.end() &&
         std::ranges::all_of(addresses, [&](const std::string& address) {
           return std::ranges::find(had, address) != had.end();
         });
}

}  // namespace

std::set<PortConflict> TakeOutConflicts(std::vector<wire::LoadBalancerConfiguration>& wanted,
                                        const std::vector<wire::LoadBalancerConfiguration>& head,
                                        const std::map<std::string, Time>& created) {
  // In the order in which they may choose.
  std::map<std::tuple<bool, Time, std::string, int64_t>, std::pair<size_t, std::string>> queue;
  for (size_t i = 0; i < wanted.size(); ++i) {
    const auto& balancer = wanted[i];
    for (const auto& listener : balancer.listeners) {
      const bool served = IsServed(head, balancer.id, balancer.addresses, listener.port);
      queue.emplace(std::tuple(!served, created.at(balancer.id), balancer.id, listener.port),
                    std::pair(i, listener.name));
    }
  }
  std::set<PortConflict> conflicts;
  std::set<std::pair<std::string, int64_t>> bound;
  for (const auto& [turn, place] : queue) {
    auto& balancer = wanted[place.first];
    const int64_t port = std::get<3>(turn);
    const bool taken = std::ranges::any_of(balancer.addresses, [&](const std::string& address) {
      return bound.contains({address, port});
    });
    if (!taken) {
      for (const auto& address : balancer.addresses) bound.emplace(address, port);
      continue;
    }
    conflicts.insert({balancer.id, place.second, port});
    std::erase_if(balancer.listeners,
                  [&](const auto& listener) { return listener.name == place.second; });
  }
  return conflicts;
}

std::vector<std::string> PoolsThatShareAddresses(const authz::Snapshot& snapshot,
                                                 std::string_view pool_id) {
  std::set<std::string> pools{std::string(pool_id)};
  const auto* pool = snapshot.NodePool(pool_id);
  if (pool == nullptr) return {pools.begin(), pools.end()};
  for (const auto* node : snapshot.NodesOf(pool_id)) {
    if (node->state == authz::NodeState::kRemoved) continue;
    for (const auto& other_id : node->node_pool_ids) {
      const auto* other = snapshot.NodePool(other_id);
      if (other != nullptr && Overlap(pool->addresses, other->addresses)) pools.insert(other_id);
    }
  }
  return {pools.begin(), pools.end()};
}

std::set<products::Pair> NewPairs(const Model& before, const Model& after) {
  const auto had = UsesOf(before);
  std::set<products::Pair> pairs;
  for (const auto& use : UsesOf(after)) {
    if (std::ranges::find(had, use) != had.end()) continue;
    pairs.insert({use.certificates_resource_id, use.resource_id});
  }
  return pairs;
}

Result<void> CheckProved(const std::set<products::Pair>& pairs, const products::AttachTicket& ticket) {
  for (const auto& pair : pairs) {
    if (std::ranges::find(ticket.items, pair, &products::Attached::pair) != ticket.items.end()) continue;
    return Fail(ErrorCode::kIncorrectState, "the load balancer has just been changed; try again");
  }
  return {};
}

}  // namespace perennial::load_balancer
