// SPDX-License-Identifier: Apache-2.0
#include "certificates/data_plane/follower.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/json_codec.h"
#include "base/log.h"

namespace perennial::replica {
namespace {

constexpr int64_t kItemsPerCall = 1000;
constexpr Duration kPauseFirst = std::chrono::milliseconds(100);
constexpr Duration kPauseMax = std::chrono::seconds(5);
constexpr size_t kCursorKeyLength = 32;

}  // namespace

BOOST_DESCRIBE_STRUCT(SnapshotFile, (), (format, position, hash, cursor_key, rows))

}  // namespace perennial::replica

namespace perennial::api::certificates {
BOOST_DESCRIBE_STRUCT(Change, (),
                      (kind, association_id, certificates_resource_id, resource_id, product_kind,
                       current_version, node_id, version, revision))
}  // namespace perennial::api::certificates

PERENNIAL_JSON_TYPE(perennial::replica::SnapshotFile)

namespace perennial::replica {

Result<SnapshotFile> ReadSnapshotFile(const Files& files, const std::string& path) {
  TRY_ASSIGN(const auto text, files.Read(path));
  TRY_ASSIGN(auto file, DecodeJson<SnapshotFile>(text, UnknownFields::kIgnore));
  if (file.format != 1) return Fail(ErrorCode::kCannotParse, "the file has another format");
  return file;
}

std::string CursorKeyFrom(const Files& files, const std::string& path, Random& random) {
  const auto file = ReadSnapshotFile(files, path);
  if (file) {
    const auto key = Base64Decode(file->cursor_key);
    if (key && key->size() == kCursorKeyLength) return std::string(AsText(*key));
  }
  const auto fresh = random.Bytes(kCursorKeyLength);
  return std::string(AsText(fresh));
}

void Follower::LoadFromDisk() {
  auto file = ReadSnapshotFile(files_, options_.path);
  if (!file) {
    if (file.error().code != ErrorCode::kNotFound) {
      Log(LogLevel::kWarn, "replica", "the snapshot file cannot be read; going on without",
          {{"reason", file.error().message}});
    }
    return;
  }
  saved_position_ = file->position;
  polls_.Replace(Replica(file->position, file->hash, file->rows));
}

Duration Follower::Step() {
  auto followed = polls_.ready() && !snapshot_needed_ ? Follow() : TakeSnapshot();
  if (followed) {
    if (clock_.Monotonic() >= saved_at_ + options_.save_every) {
      if (auto saved = Save(); !saved) {
        Log(LogLevel::kWarn, "replica", "the snapshot file could not be written",
            {{"reason", saved.error().message}});
      }
    }
    return pause_ = Duration::zero();
  }
  Log(LogLevel::kWarn, "replica", "the control plane did not answer; what is known is served",
      {{"reason", followed.error().message}});
  return pause_ = std::clamp(pause_ * 2, kPauseFirst, kPauseMax);
}

Result<void> Follower::Follow() {
  auto answer =
      client_.GetChangeFeed(polls_.position(), polls_.hash(), kItemsPerCall, options_.wait);
  if (!answer && answer.error().code == ErrorCode::kSnapshotNeeded) {
    // A lost tail, a restore, another database: noticed by content.
    snapshot_needed_ = true;
    return {};
  }
  if (!answer) return std::unexpected(answer.error());
  if (!polls_.Apply(answer->items)) {
    Log(LogLevel::kError, "replica", "a change does not chain to what is known; taking a snapshot");
    snapshot_needed_ = true;
    return {};
  }
  if (answer->items.size() < static_cast<size_t>(kItemsPerCall)) polls_.Confirmed();
  return {};
}

// The head is noted first, the tables are paged, and the feed is applied from the noted head: what changed
// meanwhile comes twice, which does no harm.
Result<void> Follower::TakeSnapshot() {
  std::optional<std::pair<int64_t, std::string>> head;
  std::vector<feed::Change> rows;
  for (const auto table : {feed::SnapshotTable::kAssociations, feed::SnapshotTable::kNodeWants}) {
    std::string page;
    do {
      TRY_ASSIGN(auto answer, client_.GetFeedSnapshot(table, page));
      if (!head) head.emplace(answer.snapshot.position, answer.snapshot.hash);
      for (auto& item : answer.snapshot.items) rows.push_back(std::move(item.change));
      page = std::move(answer.next_page);
    } while (!page.empty());
  }
  polls_.Replace(Replica(head->first, head->second, rows));
  snapshot_needed_ = false;
  return {};
}

Duration Follower::SightingsStep() {
  auto taken = polls_.TakeSightings();
  if (taken.empty()) return options_.sight_every;
  if (auto sent = client_.ReportSightings({.items = std::move(taken)}); !sent) {
    Log(LogLevel::kWarn, "replica", "which nodes were heard could not be told",
        {{"reason", sent.error().message}});
  }
  return options_.sight_every;
}

Result<void> Follower::Save() {
  saved_at_ = clock_.Monotonic();
  if (options_.path.empty() || saved_position_ == polls_.position()) return {};
  auto state = polls_.CopyState();
  const SnapshotFile file{.format = 1,
                          .position = state.position,
                          .hash = std::move(state.hash),
                          .cursor_key = Base64Encode(AsBytes(polls_.cursor_key())),
                          .rows = std::move(state.rows)};
  TRY(files_.ReplaceAtomically(options_.path, EncodeJson(file), 0600));
  saved_position_ = file.position;
  return {};
}

}  // namespace perennial::replica
