// SPDX-License-Identifier: Apache-2.0
#include "certificates/data_plane/follower.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/json.h"
#include "base/log.h"

namespace perennial::replica {
namespace {

constexpr int64_t kLimit = 1000;
constexpr Duration kPauseFirst = std::chrono::milliseconds(200);
constexpr Duration kPauseMax = seconds(10);
constexpr size_t kKeyBytes = 32;
constexpr int64_t kFormat = 1;
constexpr int kSightingsMax = 5000;

void Warn(std::string_view message, const Error& error) {
  Log(LogLevel::kWarn, "replica", message, {{"reason", error.message}});
}

}  // namespace

Result<SnapshotFile> ReadSnapshotFile(const Files& files, const std::string& path) {
  TRY_ASSIGN(const auto text, files.Read(path));
  TRY_ASSIGN(auto file, DecodeJson<SnapshotFile>(text, UnknownFields::kIgnore));
  if (file.format != kFormat || file.position < 0 || file.hash.size() != kFeedOrigin.size()) {
    return Fail(ErrorCode::kInvalidArgument, "the snapshot file is of another format");
  }
  return file;
}

std::string CursorKeyFrom(const Files& files, const std::string& path, Random& random) {
  if (!path.empty()) {
    if (const auto file = ReadSnapshotFile(files, path)) {
      const auto key = Base64Decode(file->cursor_key);
      if (key && key->size() == kKeyBytes) return std::string(AsText(*key));
    }
  }
  return std::string(AsText(random.Bytes(kKeyBytes)));
}

void Follower::LoadFromDisk() {
  if (options_.path.empty()) return;
  const auto file = ReadSnapshotFile(files_, options_.path);
  if (!file) {
    if (file.error().code != ErrorCode::kNotFound) {
      Warn("the snapshot file is not used", file.error());
    }
    return;
  }
  polls_.Replace(Replica(file->position, file->hash, file->rows));
  saved_position_ = file->position;
  Log(LogLevel::kInfo, "replica", "serving from the snapshot file until the feed is followed",
      {{"position", std::to_string(file->position)}});
}

Duration Follower::Step() {
  const auto followed = Follow();
  if (clock_.Monotonic() - saved_at_ >= options_.save_every || !saved_position_) {
    if (const auto saved = Save(); !saved) Warn("the snapshot could not be kept", saved.error());
  }
  if (followed) {
    trouble_.Over();
    return pause_ = Duration::zero();
  }
  trouble_.Met(followed.error().message);
  return pause_ = Longer(pause_, kPauseFirst, kPauseMax);
}

Result<void> Follower::Follow() {
  if (snapshot_needed_ || !polls_.ready()) TRY(TakeSnapshot());
  const auto position = polls_.position();
  const auto answer =
      client_.GetChangeFeed(position, polls_.hash(), kLimit, options_.wait);
  if (!answer && answer.error().code == ErrorCode::kSnapshotNeeded) {
    snapshot_needed_ = true;
    return {};
  }
  TRY(answer);
  if (!polls_.Apply(answer->items)) {
    // A gap or a hash that does not chain: what we have may be of another history.
    Log(LogLevel::kError, "replica", "the change feed does not continue what is known",
        {{"position", std::to_string(polls_.position())}});
    snapshot_needed_ = true;
    return {};
  }
  polls_.Confirmed();
  return {};
}

// TakeSnapshot notes the head, pages the tables, applies the tail from the noted head, and is whole
// past the head that was seen at the end. Only then does it serve.
Result<void> Follower::TakeSnapshot() {
  std::vector<feed::Change> rows;
  std::optional<feed::FeedSnapshot> first;
  int64_t whole_from = 0;
  for (const auto table : {feed::SnapshotTable::kAssociations, feed::SnapshotTable::kNodeWants}) {
    std::string page;
    do {
      TRY_ASSIGN(auto answer, client_.GetFeedSnapshot(table, page));
      for (auto& row : answer.snapshot.items) rows.push_back(std::move(row.change));
      whole_from = std::max(whole_from, answer.snapshot.position);
      page = std::move(answer.next_page);
      answer.snapshot.items.clear();
      if (!first) first = std::move(answer.snapshot);
    } while (!page.empty());
  }
  Replica replica(first->position, first->hash, rows);
  while (replica.position() < whole_from) {
    TRY_ASSIGN(const auto tail, client_.GetChangeFeed(replica.position(), replica.hash(), kLimit,
                                                      Duration::zero()));
    if (tail.items.empty()) return Fail(ErrorCode::kUnavailable, "the feed ends before the snapshot");
    for (const auto& item : tail.items) {
      if (replica.Apply(item) == Replica::Applied::kGap) {
        return Fail(ErrorCode::kUnavailable, "the feed does not continue the snapshot");
      }
    }
  }
  Log(LogLevel::kInfo, "replica", "a snapshot was taken",
      {{"position", std::to_string(replica.position())},
       {"associations", std::to_string(replica.size())}});
  polls_.Replace(std::move(replica));
  snapshot_needed_ = false;
  saved_position_.reset();
  return {};
}

Result<void> Follower::Save() {
  saved_at_ = clock_.Monotonic();
  if (options_.path.empty() || !polls_.ready()) return {};
  if (saved_position_ == polls_.position()) return {};
  auto state = polls_.CopyState();
  const SnapshotFile file{.format = kFormat,
                          .position = state.position,
                          .hash = std::move(state.hash),
                          .cursor_key = Base64Encode(AsBytes(polls_.cursor_key())),
                          .rows = std::move(state.rows)};
  TRY(files_.ReplaceAtomically(options_.path, EncodeJson(file), 0600));
  saved_position_ = file.position;
  return {};
}

Duration Follower::SightingsStep() {
  auto seen = polls_.TakeSightings();
  for (size_t at = 0; at < seen.size(); at += kSightingsMax) {
    const auto end = std::min(seen.size(), at + kSightingsMax);
    feed::NodeSightings part;
    part.items.assign(seen.begin() + static_cast<std::ptrdiff_t>(at),
                      seen.begin() + static_cast<std::ptrdiff_t>(end));
    // Lost ones come again with the next poll of each node.
    if (const auto sent = client_.ReportSightings(part); !sent) {
      unsighted_.Met(sent.error().message);
      break;
    }
    unsighted_.Over();
  }
  return options_.sight_every;
}

}  // namespace perennial::replica
