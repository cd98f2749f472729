// SPDX-License-Identifier: Apache-2.0
// The change feed: what replicas need to answer polls, in commit order, chained by hash, without
// keys (protocols.md §4, ADR-0010).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "api/certificates/feed_types.h"
#include "base/news.h"
#include "certificates/control_plane/versions/promotion.h"
#include "service/call.h"
#include "service/page.h"
#include "service/service.h"
#include "storage/chain_log.h"

namespace perennial::certificates {

// Where news of the feed is published: the position of its last item.
inline constexpr char kFeedTopic[] = "certificates/change_feed";

// Safe to call from many threads, each with a session of its own.
class Feed final : public FeedWriter {
 public:
  // `news` must outlive this object.
  explicit Feed(NewsBoard& news) : news_(news) {}

  // Write appends the changes as one item in the caller's transaction; no changes, no item. Make it
  // the last statement: from here until the commit every other writer of the feed waits.
  Result<void> Write(storage::Session& session, const std::vector<api::certificates::Change>& changes);

  // CurrentVersionChanged writes one change for each association of the certificate.
  Result<void> CurrentVersionChanged(storage::Session& session, const std::string& certificate_id,
                                     int64_t version) override;

  // After returns up to `limit` items beyond `position`. kSnapshotNeeded as in ChainLog::After.
  Result<api::certificates::ChangeFeed> After(storage::Session& session, int64_t position,
                                              std::string_view hash, int64_t limit) const;

  // A page of one table, by key. `after` is what `next` of the page before was; empty at the first
  // and the last. Each row carries the head's position: its last change is not later.
  struct Page {
    api::certificates::FeedSnapshot snapshot;
    std::string next;
  };
  Result<Page> Snapshot(storage::Session& session, api::certificates::SnapshotTable table,
                        const std::string& after, int64_t limit) const;

  // KeepTail forgets items that are older than a week, a bounded number a call. Only this process's
  // memory knows when an item was new, so after a restart a week begins anew.
  Result<void> KeepTail(storage::Database& database, Time now);

 private:
  NewsBoard& news_;
  const storage::ChainLog log_{"change_feed"};
  std::vector<std::pair<Time, int64_t>> heads_;  // When the head was where. Only KeepTail.
};

// The two calls of replicas. Safe to call from many threads.
class FeedOperations {
 public:
  FeedOperations(service::Service& service, Feed& feed) : service_(service), feed_(feed) {}

  // Get answers GET /changeFeed, parked while there is nothing new.
  Result<service::Outcome> Get(service::Call& call);
  // Snapshot answers GET /changeFeed/snapshot.
  Result<service::Reply> Snapshot(service::Call& call);

 private:
  service::Service& service_;
  Feed& feed_;
};

}  // namespace perennial::certificates
