// SPDX-License-Identifier: Apache-2.0
#include "certificates/data_plane/poll_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "base/proof.h"
#include "certificates/data_plane/cursor.h"

namespace perennial::replica {
namespace {

using api::updates::kPollSetMax;
using api::updates::PollAnswer;
using api::updates::PollRequest;
using api::updates::UpdateNews;

// Sets of callers are kept up to so many associations in all; who was not heard longest is forgotten
// first, and is asked for its set again.
constexpr size_t kKnownItemsMax = 2'000'000;
constexpr Duration kLongTime = std::chrono::hours(24 * 365);

template <class T>
size_t SizeOf(const std::optional<std::vector<T>>& list) {
  return list ? list->size() : 0;
}

Result<void> Check(const PollRequest& request) {
  if (request.format != api::updates::kPollFormat) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("/format: this replica speaks format {}", api::updates::kPollFormat));
  }
  if (request.wait_seconds < 0 || request.wait_seconds > api::updates::kPollWaitSecondsMax) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("/waitSeconds: must be 0 to {}", api::updates::kPollWaitSecondsMax));
  }
  for (const auto& [pointer, size] :
       {std::pair{"/set", SizeOf(request.set)}, std::pair{"/added", SizeOf(request.added)},
        std::pair{"/removed", SizeOf(request.removed)}}) {
    if (size > kPollSetMax && !PERENNIAL_MUTANT("replica.any_size")) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("{}: at most {} associations", pointer, kPollSetMax));
    }
  }
  if (request.set && (request.added || request.removed)) {
    return Fail(ErrorCode::kInvalidArgument, "/set: stands alone, without added and removed");
  }
  if (!request.set && !request.set_digest) {
    return Fail(ErrorCode::kMissingArgument, "/set: is required unless setDigest names it");
  }
  return {};
}

bool IsOfKind(const PollCaller& caller, std::string_view kind) {
  return std::ranges::find(caller.product_kinds, kind) != caller.product_kinds.end() ||
         PERENNIAL_MUTANT("replica.any_kind");
}

// NewsFor returns what the caller should know, and sets the cursor behind it.
std::vector<UpdateNews> NewsFor(const Replica& replica, const std::string& cursor_key,
                                const PollCaller& caller, const PollRequest& request,
                                const api::updates::ServedSet& set, PollAnswer& answer) {
  answer.cursor = SealCursor({replica.position(), replica.hash()}, cursor_key);
  std::map<std::string, UpdateNews> news;  // One for each association, in a fixed order.
  const std::string_view node = caller.is_node ? std::string_view(caller.id) : std::string_view();
  const auto compare = [&](const std::string& id, int64_t served) {
    const auto target = replica.TargetOf(id, node);
    // One of another product's kind is as absent as one that is not there (security.md C02).
    if (!target || !IsOfKind(caller, target->product_kind)) return;
    if (target->Number() == served) {
      news.erase(id);
      return;
    }
    news[id] = {.association_id = id, .wanted = target->version, .revision = target->revision};
  };

  const auto cursor = request.cursor ? OpenCursor(*request.cursor, cursor_key) : std::nullopt;
  if (cursor && cursor->position > replica.position()) {
    // It has heard of more than we know: we have no news, and must not take its cursor back.
    answer.cursor = request.cursor;
    return {};
  }
  if (!cursor || request.set || !replica.IsTail(cursor->position, cursor->hash)) {
    for (const auto& [id, served] : set.items()) compare(id, served);
  } else {
    if (request.added) {
      for (const auto& item : *request.added) compare(item.association_id, item.version);
    }
    replica.ForEachAfter(cursor->position, [&](const Replica::Trace& trace) {
      if (!trace.node_id.empty() && trace.node_id != node) return;
      const auto served = set.items().find(trace.association_id);
      if (served == set.items().end()) return;
      if (!trace.ended) {
        compare(trace.association_id, served->second);
      } else if (IsOfKind(caller, trace.product_kind)) {
        UpdateNews ended;
        ended.association_id = trace.association_id;
        ended.ended = true;
        news[trace.association_id] = std::move(ended);
      }
    });
  }
  std::vector<UpdateNews> list;
  for (auto& [id, item] : news) list.push_back(std::move(item));
  return list;
}

}  // namespace

PollService::PollService(NewsBoard& news, Clock& clock, std::string cursor_key)
    : news_(news), clock_(clock), cursor_key_(std::move(cursor_key)) {}

// SetOf returns what the caller serves; null when it has to tell. A parked request that comes again
// has told already.
Result<PollService::Known*> PollService::SetOf(const PollCaller& caller,
                                               const PollRequest& request) {
  auto found = known_.find(caller.id);
  if (found != known_.end() && found->second.request_id == caller.request_id) {
    return &found->second;
  }
  if (!request.set && (found == known_.end() || found->second.set.Digest() != *request.set_digest)) {
    return nullptr;
  }
  auto& known = found == known_.end() ? known_[caller.id] : found->second;
  const size_t before = known.set.items().size();
  if (request.set) {
    known.set = api::updates::ServedSet(*request.set);
  } else if (request.added || request.removed) {
    known.set.Apply(request.added.value_or(std::vector<api::updates::ServedAssociation>{}),
                    request.removed.value_or(std::vector<std::string>{}));
  }
  known_items_ += known.set.items().size() - before;
  if (known.set.items().size() > kPollSetMax) {
    known_items_ -= known.set.items().size();
    known_.erase(caller.id);
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("/added: the set would have more than {} associations", kPollSetMax));
  }
  known.request_id = caller.request_id;
  known.used = ++uses_;
  EvictSets();
  return &known;
}

// EvictSets never forgets the set that was used last.
void PollService::EvictSets() {
  while (known_items_ > kKnownItemsMax && known_.size() > 1) {
    const auto oldest = std::ranges::min_element(
        known_, {}, [](const auto& entry) { return entry.second.used; });
    known_items_ -= oldest->second.set.items().size();
    known_.erase(oldest);
  }
}

Result<PollService::Answer> PollService::Poll(const PollCaller& caller, const PollRequest& request,
                                              bool last_chance) {
  TRY(Check(request));
  MutexLock lock(mutex_);
  if (!ready_) return Fail(ErrorCode::kUnavailable, "this replica knows nothing yet");
  if (caller.is_node) {
    // A parked request that is woken says nothing of whether the node still lives.
    auto& last = last_request_[caller.id];
    if (last != caller.request_id) sightings_[caller.id] = clock_.Now();
    last = caller.request_id;
  }
  PollAnswer answer;
  // In whole seconds, so that an idle answer has always the same size.
  answer.behind_seconds =
      static_cast<double>(std::chrono::floor<seconds>(BehindLocked()).count());
  TRY_ASSIGN(const Known* known, SetOf(caller, request));
  if (known == nullptr) {
    answer.need_set = true;
    return Answer(std::move(answer));
  }
  answer.changes = NewsFor(replica_, cursor_key_, caller, request, known->set, answer);
  if (answer.changes.empty() && request.wait_seconds > 0 && !last_chance) {
    return Answer(NotYet{kReplicaTopic, replica_.position()});
  }
  answer.set_digest = known->set.Digest();
  return Answer(std::move(answer));
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

bool PollService::Apply(const std::vector<feed::FeedItem>& items) {
  int64_t position = 0;
  bool whole = true;
  {
    MutexLock lock(mutex_);
    for (const auto& item : items) {
      if (replica_.Apply(item) == Replica::Applied::kGap) {
        whole = false;
        break;
      }
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

Duration PollService::Behind() const {
  MutexLock lock(mutex_);
  return BehindLocked();
}

Duration PollService::BehindLocked() const {
  return confirmed_at_ ? clock_.Monotonic() - *confirmed_at_ : kLongTime;
}

PollService::State PollService::CopyState() const {
  MutexLock lock(mutex_);
  return {replica_.position(), replica_.hash(), replica_.Rows()};
}

std::vector<feed::NodeSighting> PollService::TakeSightings() {
  std::map<std::string, Time> taken;
  {
    MutexLock lock(mutex_);
    taken.swap(sightings_);
  }
  std::vector<feed::NodeSighting> list;
  for (const auto& [id, seen] : taken) list.push_back({id, seen});
  return list;
}

}  // namespace perennial::replica
