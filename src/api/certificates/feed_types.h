// SPDX-License-Identifier: Apache-2.0
// The change feed that replicas follow (protocols.md §4). It holds what a poll needs and no key.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/time.h"
#include "base/wire_enum.h"

namespace perennial::api::certificates {

enum class ChangeKind {
  kAssociationCreated,  // associationId, certificatesResourceId, resourceId, productKind,
                        // currentVersion, revision
  kAssociationEnded,    // associationId
  kCurrentVersion,      // associationId, version
  kNodeWant,  // associationId, nodeId, version; absent: the node is back on the current version
  kContentRevision,  // associationId, revision
};
constexpr auto WireNames(std::type_identity<ChangeKind>) {
  return std::to_array<WireName<ChangeKind>>(
      {{ChangeKind::kAssociationCreated, "ASSOCIATION_CREATED"},
       {ChangeKind::kAssociationEnded, "ASSOCIATION_ENDED"},
       {ChangeKind::kCurrentVersion, "CURRENT_VERSION"},
       {ChangeKind::kNodeWant, "NODE_WANT"},
       {ChangeKind::kContentRevision, "CONTENT_REVISION"}});
}

// One change. Only the members listed at its kind are there; CheckVariant (variants.h) holds that.
struct Change {
  ChangeKind kind = ChangeKind::kAssociationCreated;
  std::string association_id;
  std::optional<std::string> certificates_resource_id;
  std::optional<std::string> resource_id;
  std::optional<std::string> product_kind;  // "loadbalancer"
  std::optional<int64_t> current_version;   // Of a certificate.
  std::optional<std::string> node_id;
  std::optional<int64_t> version;
  std::optional<int64_t> revision;  // Of the content of an authority or bundle.
  friend bool operator==(const Change&, const Change&) = default;
};

// One transaction's changes. `hash` chains it to the one before (storage/chain_log.h), lower-case
// hex.
struct FeedItem {
  int64_t position = 0;
  std::string hash;
  std::vector<Change> changes;
};
// GET /changeFeed?after=P&hash=H&limit=&waitSeconds=. Position and hash are those of the last item,
// or, when there is none, P and H.
struct ChangeFeed {
  int64_t position = 0;
  std::string hash;
  std::vector<FeedItem> items;
};

enum class SnapshotTable { kAssociations, kNodeWants };
constexpr auto WireNames(std::type_identity<SnapshotTable>) {
  return std::to_array<WireName<SnapshotTable>>(
      {{SnapshotTable::kAssociations, "ASSOCIATIONS"}, {SnapshotTable::kNodeWants, "NODE_WANTS"}});
}
// A row as the change that would make it, with the position of its last change.
struct SnapshotRow {
  int64_t position = 0;
  Change change;  // ASSOCIATION_CREATED or NODE_WANT.
};
// GET /changeFeed/snapshot?table=&page=; the next page by opc-next-page. The head is that at the
// time of this page: the feed is applied from the first page's head, and the replica is ready past
// the last one's.
struct FeedSnapshot {
  int64_t position = 0;
  std::string hash;
  std::vector<SnapshotRow> items;
};

// POST /nodes/actions/sightings, by a replica: which nodes polled lately, so that a rollout knows
// who lives.
struct NodeSighting {
  std::string node_id;
  Time time_seen;
};
struct NodeSightings {
  std::vector<NodeSighting> items;
};

}  // namespace perennial::api::certificates
