// SPDX-License-Identifier: Apache-2.0
// Which listeners would be in each other's way, and which uses are new: pure functions of facts.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "api/load_balancer/node_configuration.h"
#include "authz/snapshot.h"
#include "products/common/attachments.h"
#include "products/load_balancer/model.h"
#include "products/load_balancer/store.h"

namespace perennial::load_balancer {

// PoolsThatShareAddresses returns the pool, and every other one that has an enrolled node and an address in
// common with it: two proxies cannot listen there on one port.
std::vector<std::string> PoolsThatShareAddresses(const authz::Snapshot& snapshot,
                                                 std::string_view pool_id);

// TakeOutConflicts removes each listener whose address and port another one on the node has, and returns
// what it removed. A pool that joins a node later can bring such a listener although both were in order
// when they were made. Who is served by `head`, the node's newest configuration, keeps the port; among
// others the older load balancer comes first, then the smaller id.
std::set<PortConflict> TakeOutConflicts(std::vector<wire::LoadBalancerConfiguration>& wanted,
                                        const std::vector<wire::LoadBalancerConfiguration>& head,
                                        const std::map<std::string, Time>& created);

// NewPairs lists what `after` names and `before` did not name at the same place. A use that stands
// unchanged needs no new proof; one that is new does, whoever else has the pair already.
std::set<products::Pair> NewPairs(const Model& before, const Model& after);

// CheckProved: each of `pairs` was attached by this very ticket. kIncorrectState otherwise: between the
// attach and the commit somebody else changed what was there.
Result<void> CheckProved(const std::set<products::Pair>& pairs, const products::AttachTicket& ticket);

}  // namespace perennial::load_balancer
