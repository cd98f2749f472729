// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "base/json.h"
#include "certificates/control_plane/feed/feed.h"

namespace perennial::certificates {
namespace {

using api::certificates::ChangeFeed;
using api::certificates::SnapshotTable;
using service::Call;
using service::Outcome;
using service::Reply;

constexpr int64_t kLimit = 500;
constexpr int64_t kLimitMax = 5000;

}  // namespace

Result<Outcome> FeedOperations::Get(Call& call) {
  TRY_ASSIGN(const auto after, call.QueryInt("after", 0, std::numeric_limits<int64_t>::max()));
  TRY_ASSIGN(const auto limit, call.QueryInt("limit", 1, kLimitMax));
  TRY_ASSIGN(const auto wait, call.WaitSeconds());
  const auto hash = call.Query("hash").value_or("");
  TRY_ASSIGN(const auto feed,
             service_.database().ReadValue([&](storage::Session& session) {
               return feed_.After(session, after.value_or(0), hash, limit.value_or(kLimit));
             }));
  if (feed.items.empty() && wait > Duration::zero() && !call.last_chance()) {
    return Outcome(service::Wait{{kFeedTopic, feed.position}, wait});
  }
  return Outcome(Reply::Json(EncodeJson(feed)));
}

Result<Reply> FeedOperations::Snapshot(Call& call) {
  const auto table = FromWireName<SnapshotTable>(call.Query("table").value_or(""));
  if (!table) {
    return Fail(ErrorCode::kInvalidArgument,
                "table: must be one of " + WireNameList<SnapshotTable>());
  }
  const auto after = call.Query("page").value_or("");
  TRY_ASSIGN(auto page, service_.database().ReadValue([&](storage::Session& session) {
    return feed_.Snapshot(session, *table, after, kLimit);
  }));
  auto reply = Reply::Json(EncodeJson(page.snapshot));
  if (!page.next.empty()) reply.headers.emplace_back("opc-next-page", page.next);
  return reply;
}

}  // namespace perennial::certificates
