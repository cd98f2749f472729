// SPDX-License-Identifier: Apache-2.0
#include "products/load_balancer/ports.h"

#include <algorithm>

namespace perennial::load_balancer {

namespace {

bool Overlap(const std::vector<std::string>& left, const std::vector<std::string>& right) {
  return std::ranges::any_of(left, [&](const std::string& address) {
    return std::ranges::find(right, address) != right.end();
  });
}

}  // namespace

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
