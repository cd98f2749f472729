// SPDX-License-Identifier: Apache-2.0
// The typed configuration of a node, built from what is placed on it. No value in it is text that a proxy
// would parse: names of our own alphabet, numbers, enums, addresses, OCIDs (wire.md, Products).
#pragma once

#include <set>
#include <string>
#include <vector>

#include "api/load_balancer/node_configuration.h"
#include "authz/snapshot.h"
#include "products/common/attachments.h"
#include "products/common/node_configurations.h"
#include "products/common/work_requests.h"
#include "products/load_balancer/model.h"
#include "products/load_balancer/store.h"
#include "service/service.h"

namespace perennial::load_balancer {

// One load balancer with the facts that its configuration needs.
struct Placed {
  Model model;
  std::vector<std::string> addresses;  // Of its pool.
  std::vector<products::Attachment> attachments;
};

struct NodeDraft : products::ConfigurationDraft {
  std::set<PortConflict> conflicts;  // What is left out of it.
};

// BuildDraft is a pure function: equal facts give equal bytes. A listener whose certificate has no
// association is left out: it could not be served; and so is one whose port another one has, see
// TakeOutConflicts. `head` is the newest configuration that the node was given.
Result<NodeDraft> BuildDraft(const std::string& node_id, const std::vector<Placed>& placed,
                             const std::vector<wire::LoadBalancerConfiguration>& head = {});

// AddressesOf: a load balancer answers on the addresses of its pool, as identity knows them now.
std::vector<std::string> AddressesOf(const authz::Snapshot& snapshot, const Model& model);

// TopicOf is where a node's new versions are published.
inline constexpr char kConfigurationTopics[] = "load-balancer-configuration/";
std::string TopicOf(const std::string& node_id);

// ConfigurationPositions returns where each node's topic stands. For service::NewsWatch.
Result<std::vector<NotYet>> ConfigurationPositions(storage::Session& session,
                                                   const std::vector<std::string>& topics);

// Safe to call from many threads.
class ConfigurationWriter {
 public:
  ConfigurationWriter(const Store& store, const products::Attachments& attachments,
                      const service::Service& service);

  // Write raises the node's configuration in the caller's transaction if its structure changed, and
  // publishes it after the commit. It returns true when it did. A listener that the node cannot serve
  // for its port gets a failed work request, once.
  Result<bool> Write(storage::Session& session, const authz::Snapshot& snapshot,
                     const std::string& node_id) const;

 private:
  Result<std::vector<wire::LoadBalancerConfiguration>> HeadOf(storage::Session& session,
                                                              const std::string& node_id) const;
  Result<void> Tell(storage::Session& session, const std::string& node_id,
                    const std::vector<Placed>& placed, const std::set<PortConflict>& conflicts) const;

  const Store& store_;
  const products::Attachments& attachments_;
  const service::Service& service_;
  products::NodeConfigurations configurations_;
  products::WorkRequests work_requests_;
};

}  // namespace perennial::load_balancer
