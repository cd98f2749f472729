// SPDX-License-Identifier: Apache-2.0
// What a replica knows: of each association the version that its nodes are to serve. State moves by
// applying items of the change feed in order; their hashes are checked. No key is ever here.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "api/certificates/feed_types.h"

namespace perennial::replica {

namespace feed = perennial::api::certificates;

// Position 0 of the feed has this hash.
inline constexpr std::string_view kFeedOrigin =
    "0000000000000000000000000000000000000000000000000000000000000000";

// FeedHash is the hash of an item behind one with hash `previous` (storage/chain_log.h).
std::string FeedHash(std::string_view previous, int64_t position,
                     const std::vector<feed::Change>& changes);

// Used by one thread at a time; PollService guards it.
class Replica {
 public:
  Replica() = default;
  Replica(Replica&&) = default;  // Never copied: traces refer into kinds_.
  Replica& operator=(Replica&&) = default;
  // A replica as of a snapshot: rows as the changes that would make them.
  Replica(int64_t position, std::string hash, const std::vector<feed::Change>& rows);

  enum class Applied {
    kYes,
    kAlreadySeen,
    kGap,  // Not the next item, or one that does not chain to ours: take a snapshot.
  };
  Applied Apply(const feed::FeedItem& item);

  int64_t position() const { return position_; }
  const std::string& hash() const { return hash_; }

  // What a node is to serve for an association.
  struct Target {
    std::string_view product_kind;    // Lives as long as the replica.
    std::optional<int64_t> version;   // Of a certificate: what a rollout wants of the node, else CURRENT.
    std::optional<int64_t> revision;  // Of an authority or bundle.
    int64_t Number() const { return version ? *version : revision.value_or(0); }
  };
  std::optional<Target> TargetOf(std::string_view association_id, std::string_view node_id) const;

  // One change that was applied: to every node, or to one.
  struct Trace {
    int64_t position = 0;
    std::string association_id;
    std::string node_id;            // Empty: every node's.
    std::string_view product_kind;
    bool ended = false;
  };
  // IsTail tells whether the changes after `position` are all still known, and that the item there
  // had `hash`. ForEachAfter then visits them, oldest first.
  bool IsTail(int64_t position, std::string_view hash) const;
  void ForEachAfter(int64_t position, const std::function<void(const Trace&)>& visit) const;

  // Rows writes the whole state as changes, sorted: a replica made of them is like this one.
  std::vector<feed::Change> Rows() const;
  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string certificates_resource_id, resource_id;
    size_t kind = 0;  // Index into kinds_.
    std::optional<int64_t> version, revision;
    std::vector<std::pair<std::string, int64_t>> wants;  // Of single nodes.
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  void ApplyChange(const feed::Change& change, int64_t position);
  void Remember(Trace trace);
  size_t KindIndex(const std::string& kind);

  int64_t position_ = 0;
  std::string hash_{kFeedOrigin};
  std::unordered_map<std::string, Entry, Hash, std::equal_to<>> entries_;
  std::deque<std::string> kinds_;                       // Few; never shrinks, so views stay valid.
  std::deque<Trace> traces_;                            // The newest last.
  std::deque<std::pair<int64_t, std::string>> hashes_;  // Of recent positions, this one included.
  int64_t tail_from_ = 0;  // Traces are complete for positions beyond this.
};

}  // namespace perennial::replica
