// SPDX-License-Identifier: Apache-2.0
// Answers polls from the replica (wire.md, "Poll"). The cost of a poll grows with what changed, not
// with what exists.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "api/certificates/feed_types.h"
#include "api/updates/served_set.h"
#include "api/updates/types.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/mutex.h"
#include "base/news.h"
#include "certificates/data_plane/replica.h"

namespace perennial::replica {

// Where news is published: the position that the replica has reached.
inline constexpr char kReplicaTopic[] = "replica/position";

struct PollCaller {
  std::string id;
  bool is_node = true;                     // Else a service.
  std::vector<std::string> product_kinds;  // It learns of associations of these kinds only.
  std::string request_id;  // One for each request: a parked one comes again with the same.
};

// Safe to call from many threads.
class PollService {
 public:
  using Answer = std::variant<api::updates::PollAnswer, NotYet>;

  // `cursor_key` is secret and authenticates cursors. The references must outlive this object.
  PollService(NewsBoard& news, Clock& clock, std::string cursor_key);

  // Poll answers, or says NotYet while nothing that concerns the caller has changed and the request
  // would wait; with `last_chance` it answers. kInvalidArgument: another format, more than 10,000
  // ids, members that do not go together. kUnavailable: the replica knows nothing yet.
  Result<Answer> Poll(const PollCaller& caller, const api::updates::PollRequest& request,
                      bool last_chance);

  // Replace takes a new replica into service: from a file, or from a snapshot of the control plane.
  void Replace(Replica replica);
  // Apply takes items in order; false at a gap, and then no later item was applied.
  bool Apply(const std::vector<api::certificates::FeedItem>& items);
  // Confirmed notes that the control plane has said a moment ago that this is all.
  void Confirmed();

  bool ready() const;  // False until the first Replace.
  int64_t position() const;
  std::string hash() const;
  Duration Behind() const;  // Since the control plane last confirmed.
  // What there is to keep on disk.
  struct State {
    int64_t position = 0;
    std::string hash;
    std::vector<api::certificates::Change> rows;
  };
  State CopyState() const;
  const std::string& cursor_key() const { return cursor_key_; }

  // TakeSightings returns which nodes have polled since the last call, and when last.
  std::vector<api::certificates::NodeSighting> TakeSightings();

 private:
  // What one caller serves, and the request that told so.
  struct Known {
    api::updates::ServedSet set;
    std::string request_id;
    uint64_t used = 0;
  };
  Result<Known*> SetOf(const PollCaller& caller, const api::updates::PollRequest& request)
      REQUIRES(mutex_);
  void EvictSets() REQUIRES(mutex_);
  Duration BehindLocked() const REQUIRES(mutex_);

  NewsBoard& news_;
  Clock& clock_;
  const std::string cursor_key_;

  mutable Mutex mutex_;
  Replica replica_ GUARDED_BY(mutex_);
  bool ready_ GUARDED_BY(mutex_) = false;
  std::optional<Duration> confirmed_at_ GUARDED_BY(mutex_);  // Monotonic.
  std::map<std::string, Known> known_ GUARDED_BY(mutex_);
  size_t known_items_ GUARDED_BY(mutex_) = 0;
  uint64_t uses_ GUARDED_BY(mutex_) = 0;
  std::map<std::string, Time> sightings_ GUARDED_BY(mutex_);
  std::map<std::string, std::string> last_request_ GUARDED_BY(mutex_);  // Of each node.
};

}  // namespace perennial::replica
