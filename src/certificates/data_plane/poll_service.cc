// SPDX-License-Identifier: Apache-2.0
#include "certificates/data_plane/poll_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "certificates/data_plane/cursor.h"

namespace perennial::replica {
namespace {

using api::updates::PollAnswer;
using api::updates::PollRequest;
using api::updates::UpdateNews;

// Sets are a convenience: a caller whose set was forgotten sends it again.
constexpr size_t kKnownItemsMax = 4'000'000;

Result<void> CheckRequest(const PollRequest& request) {
  const auto bad = [](std::string message) { return Fail(ErrorCode::kInvalidArgument, message); };
  if (request.format != api::updates::kPollFormat) return bad("/format: must be 1");
  if (request.wait_seconds < 0 || request.wait_seconds > api::updates::kPollWaitSecondsMax) {
    return bad("/waitSeconds: must be 0 to 50");
  }
  const size_t ids = (request.set ? request.set->size() : 0) +
                     (request.added ? request.added->size() : 0) +
                     (request.removed ? request.removed->size() : 0);
  if (ids > api::updates::kPollSetMax) {
    return bad(fmt::format("/set: has more than {} associations", api::updates::kPollSetMax));
  }
  if (request.set && (request.added || request.removed)) {
    return bad("/set: is sent alone, or added and removed are");
  }
  if (!request.set && !request.set_digest) return bad("/set: is required on the first call");
  return {};
}

}  // namespace

PollService::PollService(NewsBoard& news, Clock& clock, std::string cursor_key)
    : news_(news), clock_(clock), cursor_key_(std::move(cursor_key)) {}

Result<PollService::Answer> PollService::Poll(const PollCaller& caller, const PollRequest& request,
                                              bool last_chance) {
  TRY(CheckRequest(request));
  MutexLock lock(mutex_);
  if (!ready_) return Fail(ErrorCode::kUnavailable, "this replica knows nothing yet; ask another");
  if (caller.is_node) sightings_[caller.id] = clock_.Now();
  TRY_ASSIGN(const Known* known, SetOf(caller, request));
  PollAnswer answer;
  if (known == nullptr) {
    answer.need_set = true;
    return answer;
  }
  answer.changes = NewsFor(caller, request, *known, answer);
  if (answer.changes.empty() && request.wait_seconds > 0 && !last_chance) {
    return NotYet{kReplicaTopic, replica_.position()};
  }
  answer.cursor = SealCursor({replica_.position(), replica_.hash()}, cursor_key_);
  answer.set_digest = known->set.Digest();
  answer.behind_seconds = std::chrono::duration<double>(BehindLocked()).count();
  return answer;
}

// Null: the caller must send its whole set.
Result<PollService::Known*> PollService::SetOf(const PollCaller& caller,
                                               const PollRequest& request) {
  auto found = known_.find(caller.id);
  // A parked request that comes again has been taken up already.
  if (found != known_.end() && found->second.request_id == caller.request_id) {
    return &found->second;
  }
  if (request.set) {
    if (found != known_.end()) known_items_ -= found->second.set.items().size();
    found = known_.insert_or_assign(caller.id, Known{api::updates::ServedSet(*request.set), "", 0})
                .first;
    known_items_ += found->second.set.items().size();
  } else {
    if (found == known_.end() || found->second.set.Digest() != *request.set_digest) return nullptr;
    known_items_ -= found->second.set.items().size();
    found->second.set.Apply(request.added.value_or(std::vector<api::updates::ServedAssociation>()),
                            request.removed.value_or(std::vector<std::string>()));
    known_items_ += found->second.set.items().size();
    if (found->second.set.items().size() > api::updates::kPollSetMax) {
      return Fail(ErrorCode::kInvalidArgument, "/added: makes the set larger than allowed");
    }
  }
  found->second.request_id = caller.request_id;
  found->second.used = ++uses_;
  EvictSets();
  return &known_.find(caller.id)->second;
}

std::vector<UpdateNews> PollService::NewsFor(const PollCaller& caller, const PollRequest& request,
                                             const Known& known, PollAnswer&) const {
  const Replica& replica = std::as_const(replica_);  // The lambdas below run under the lock that we hold.
  const std::string node = caller.is_node ? caller.id : "";
  std::vector<UpdateNews> news;
  std::set<std::string_view> told;
  const auto is_callers = [&](std::string_view kind) {
    return std::ranges::find(caller.product_kinds, kind) != caller.product_kinds.end();
  };
  const auto compare = [&](const std::string& id, int64_t served) {
    const auto target = replica.TargetOf(id, node);
    if (!target || !is_callers(target->product_kind) || target->Number() == served) return;
    if (!told.insert(id).second) return;
    news.push_back({.association_id = id,
                    .wanted = target->version,
                    .revision = target->revision,
                    .ended = false});
  };

  const auto cursor = request.cursor ? OpenCursor(*request.cursor, cursor_key_) : std::nullopt;
  const bool tail = cursor && !request.set && replica.IsTail(cursor->position, cursor->hash);
  if (!tail) {
    for (const auto& [id, served] : known.set.items()) compare(id, served);
    return news;
  }
  if (request.added) {
    for (const auto& item : *request.added) compare(item.association_id, item.version);
  }
  replica.ForEachAfter(cursor->position, [&](const Replica::Trace& trace) {
    const auto served = known.set.items().find(trace.association_id);
    if (served == known.set.items().end() || !is_callers(trace.product_kind) ||
        (!trace.node_id.empty() && trace.node_id != node)) {
      return;
    }
    if (trace.ended && told.insert(served->first).second) {
      news.push_back({.association_id = served->first,
                      .wanted = std::nullopt,
                      .revision = std::nullopt,
                      .ended = true});
    } else {
      compare(served->first, served->second);
    }
  });
  return news;
}

void PollService::EvictSets() {
  while (known_items_ > kKnownItemsMax && known_.size() > 1) {
    const auto oldest =
        std::ranges::min_element(known_, {}, [](const auto& entry) { return entry.second.used; });
    known_items_ -= oldest->second.set.items().size();
    known_.erase(oldest);
  }
}

void PollService::Replace(Replica replica) {
  int64_t position = 0;
  {
    MutexLock lock(mutex_);
    replica_ = std::move(replica);
    ready_ = true;
    position = replica_.position();
  }
  news_.Publish(kReplicaTopic, position);
}

bool PollService::Apply(const std::vector<api::certificates::FeedItem>& items) {
  int64_t position = 0;
  bool whole = true;
  {
    MutexLock lock(mutex_);
    for (const auto& item : items) {
      whole = replica_.Apply(item) != Replica::Applied::kGap;
      if (!whole) break;
    }
    position = replica_.position();
  }
  news_.Publish(kReplicaTopic, position);
  return whole;
}

void PollService::Confirmed() {
  MutexLock lock(mutex_);
  confirmed_at_ = clock_.Monotonic();
}

bool PollService::ready() const {
  MutexLock lock(mutex_);
  return ready_;
}

int64_t PollService::position() const {
  MutexLock lock(mutex_);
  return replica_.position();
}

std::string PollService::hash() const {
  MutexLock lock(mutex_);
  return replica_.hash();
}

Duration PollService::BehindLocked() const {
  return confirmed_at_ ? clock_.Monotonic() - *confirmed_at_ : Duration(std::chrono::hours(24));
}

Duration PollService::Behind() const {
  MutexLock lock(mutex_);
  return BehindLocked();
}

PollService::State PollService::CopyState() const {
  MutexLock lock(mutex_);
  return {replica_.position(), replica_.hash(), replica_.Rows()};
}

std::vector<api::certificates::NodeSighting> PollService::TakeSightings() {
  MutexLock lock(mutex_);
  std::vector<api::certificates::NodeSighting> taken;
  for (const auto& [node, seen] : sightings_) taken.push_back({node, seen});
  sightings_.clear();
  return taken;
}

}  // namespace perennial::replica
