// SPDX-License-Identifier: Apache-2.0
// The typed configuration of a node, built from what is placed on it. No value in it is text that a proxy
// would parse: names of our own alphabet, numbers, enums, addresses, OCIDs (wire.md, Products).
#pragma once

#include <string>
#include <vector>

#include "authz/snapshot.h"
#include "products/common/attachments.h"
#include "products/common/node_configurations.h"
#include "products/load_balancer/model.h"
#include "products/load_balancer/store.h"

namespace perennial::load_balancer {

// One load balancer with the facts that its configuration needs.
struct Placed {
  Model model;
  std::vector<std::string> addresses;  // Of its pool.
  std::vector<products::Attachment> attachments;
};

// BuildDraft is a pure function: equal facts give equal bytes. A listener whose certificate has no
// association is left out: it could not be served.
Result<products::ConfigurationDraft> BuildDraft(const std::string& node_id,
                                                const std::vector<Placed>& placed);

// AddressesOf: a load balancer answers on the addresses of its pool, as identity knows them now.
std::vector<std::string> AddressesOf(const authz::Snapshot& snapshot, const Model& model);

// TopicOf is where a node's new versions are published.
std::string TopicOf(const std::string& node_id);

// Safe to call from many threads.
class ConfigurationWriter {
 public:
  ConfigurationWriter(const Store& store, const products::Attachments& attachments, NewsBoard& news,
                      Clock& clock);

  // Write raises the node's configuration in the caller's transaction if its structure changed, and
  // publishes it after the commit. It returns true when it did.
  Result<bool> Write(storage::Session& session, const authz::Snapshot& snapshot,
                     const std::string& node_id) const;

 private:
  const Store& store_;
  const products::Attachments& attachments_;
  products::NodeConfigurations configurations_;
  NewsBoard& news_;
  Clock& clock_;
};

}  // namespace perennial::load_balancer
