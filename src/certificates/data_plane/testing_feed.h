// SPDX-License-Identifier: Apache-2.0
// For tests: a change feed that chains, and its changes in short.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "certificates/data_plane/replica.h"

namespace perennial::replica::testing {

struct TestFeed {
  feed::FeedItem Next(std::vector<feed::Change> changes) {
    hash = FeedHash(hash, ++position, changes);
    return {position, hash, std::move(changes)};
  }
  int64_t position = 0;
  std::string hash{kFeedOrigin};
};

inline feed::Change Created(const std::string& id, int64_t version,
                            const std::string& kind = "loadbalancer") {
  feed::Change change;
  change.kind = feed::ChangeKind::kAssociationCreated;
  change.association_id = id;
  change.certificates_resource_id = "certificate";
  change.resource_id = "balancer";
  change.product_kind = kind;
  change.current_version = version;
  return change;
}
inline feed::Change Current(const std::string& id, int64_t version) {
  feed::Change change;
  change.kind = feed::ChangeKind::kCurrentVersion;
  change.association_id = id;
  change.version = version;
  return change;
}
inline feed::Change Want(const std::string& id, const std::string& node,
                         std::optional<int64_t> version) {
  feed::Change change;
  change.kind = feed::ChangeKind::kNodeWant;
  change.association_id = id;
  change.node_id = node;
  change.version = version;
  return change;
}
inline feed::Change Ended(const std::string& id) {
  feed::Change change;
  change.kind = feed::ChangeKind::kAssociationEnded;
  change.association_id = id;
  return change;
}

}  // namespace perennial::replica::testing
