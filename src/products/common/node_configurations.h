// SPDX-License-Identifier: Apache-2.0
// The typed configuration of each node: whole, versioned, chained by hash (wire.md, Products). What stands
// in it belongs to the product; here it is canonical JSON.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "products/common/uses.h"
#include "storage/storage.h"

namespace perennial::products {

struct StoredConfiguration {
  int64_t version = 0;  // 0: nothing was ever written for this node.
  std::string previous_hash;
  std::string hash;
  std::string resources;  // Canonical JSON array.
};

struct ConfigurationDraft {
  std::string node_id;
  std::string resources;  // Canonical JSON array.
  // What a structural change is judged by: `resources` without the versions of certificates. A draft whose
  // structure equals the head's writes nothing, so a rotation never raises a version.
  std::string structure;
  std::vector<Pair> references;
};

// ConfigurationHash chains one version to the one before: hex of SHA-256(previous ‖ version ‖ resources).
std::string ConfigurationHash(const std::string& previous_hash, int64_t version,
                              const std::string& resources);

// Safe to call from many threads; each function works in the caller's transaction.
class NodeConfigurations {
 public:
  // Head returns the newest configuration; version 0 and the empty array when there is none.
  Result<StoredConfiguration> Head(storage::Session& session, const std::string& node_id) const;

  // Raise writes the next version if the structure differs from the head's. It returns the version
  // written, or 0 when nothing changed.
  Result<int64_t> Raise(storage::Session& session, const ConfigurationDraft& draft, Time now) const;

  // Acknowledge records that the node runs `version`, and that it was seen. A version that we never wrote
  // counts as 0. It returns true when the acknowledged version changed.
  Result<bool> Acknowledge(storage::Session& session, const std::string& node_id, int64_t version,
                           Time now) const;

  // StillNeeded lists the pairs that live nodes may be using or about to use: those of every version from
  // the acknowledged one on. A node is live when it is among `enrolled` and was seen since `seen_since`.
  Result<std::vector<Pair>> StillNeeded(storage::Session& session, const std::set<std::string>& enrolled,
                                        Time seen_since) const;
};

}  // namespace perennial::products
