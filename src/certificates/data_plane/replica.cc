// SPDX-License-Identifier: Apache-2.0
#include "certificates/data_plane/replica.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/json.h"

namespace perennial::replica {
namespace {

// How much of the past stays in memory: whoever was away for longer is compared in full.
constexpr size_t kTracesMax = 100'000;

}  // namespace

// The same as storage's chain hash, which this room may not name.
std::string FeedHash(std::string_view previous, int64_t position,
                     const std::vector<feed::Change>& changes) {
  std::string text;
  if (const auto bytes = HexDecode(previous)) text = AsText(*bytes);
  for (int shift = 56; shift >= 0; shift -= 8) {
    text.push_back(static_cast<char>(static_cast<uint64_t>(position) >> shift));
  }
  text += EncodeJson(changes);
  return HexEncode(Sha256(text));
}

Replica::Replica(int64_t position, std::string hash, const std::vector<feed::Change>& rows) {
  for (const auto& row : rows) ApplyChange(row, position);
  position_ = position;
  hash_ = std::move(hash);
  traces_.clear();
  tail_from_ = position;
  hashes_ = {{position_, hash_}};
}

Replica::Applied Replica::Apply(const feed::FeedItem& item) {
  if (item.position <= position_) return Applied::kAlreadySeen;
  if (item.position != position_ + 1 || FeedHash(hash_, item.position, item.changes) != item.hash) {
    return Applied::kGap;
  }
  if (hashes_.empty()) hashes_.emplace_back(position_, hash_);
  for (const auto& change : item.changes) ApplyChange(change, item.position);
  position_ = item.position;
  hash_ = item.hash;
  hashes_.emplace_back(position_, hash_);
  return Applied::kYes;
}

size_t Replica::KindIndex(const std::string& kind) {
  const auto found = std::ranges::find(kinds_, kind);
  if (found != kinds_.end()) return static_cast<size_t>(found - kinds_.begin());
  kinds_.push_back(kind);
  return kinds_.size() - 1;
}

void Replica::ApplyChange(const feed::Change& change, int64_t position) {
  if (change.kind == feed::ChangeKind::kAssociationCreated) {
    Entry& entry = entries_[change.association_id];
    entry = Entry{.certificates_resource_id = change.certificates_resource_id.value_or(""),
                  .resource_id = change.resource_id.value_or(""),
                  .kind = KindIndex(change.product_kind.value_or("")),
                  .version = change.current_version,
                  .revision = change.revision,
                  .wants = {}};
  }
  const auto found = entries_.find(change.association_id);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  Trace trace{.position = position,
              .association_id = change.association_id,
              .node_id = change.node_id.value_or(""),
              .product_kind = kinds_[entry.kind],
              .ended = change.kind == feed::ChangeKind::kAssociationEnded};
  switch (change.kind) {
    case feed::ChangeKind::kAssociationCreated: break;
    case feed::ChangeKind::kAssociationEnded: entries_.erase(found); break;
    case feed::ChangeKind::kCurrentVersion: entry.version = change.version; break;
    case feed::ChangeKind::kContentRevision: entry.revision = change.revision; break;
    case feed::ChangeKind::kNodeWant:
      std::erase_if(entry.wants, [&](const auto& want) { return want.first == trace.node_id; });
      if (change.version) entry.wants.emplace_back(trace.node_id, *change.version);
      break;
  }
  Remember(std::move(trace));
}

void Replica::Remember(Trace trace) {
  traces_.push_back(std::move(trace));
  while (traces_.size() > kTracesMax) {
    tail_from_ = traces_.front().position;
    traces_.pop_front();
  }
  while (hashes_.size() > 1 && hashes_.front().first < tail_from_) hashes_.pop_front();
}

std::optional<Replica::Target> Replica::TargetOf(std::string_view association_id,
                                                 std::string_view node_id) const {
  const auto found = entries_.find(association_id);
  if (found == entries_.end()) return std::nullopt;
  const Entry& entry = found->second;
  Target target{.product_kind = kinds_[entry.kind],
                .version = entry.version,
                .revision = entry.version ? std::nullopt : entry.revision};
  for (const auto& [node, version] : entry.wants) {
    if (node == node_id) target.version = version;
  }
  return target;
}

bool Replica::IsTail(int64_t position, std::string_view hash) const {
  if (position < tail_from_ || position > position_) return false;
  const auto found = std::ranges::lower_bound(hashes_, position, {},
                                              &std::pair<int64_t, std::string>::first);
  if (found != hashes_.end() && found->first == position) return found->second == hash;
  return position == 0 && hash == kFeedOrigin && tail_from_ == 0;
}

void Replica::ForEachAfter(int64_t position, const std::function<void(const Trace&)>& visit) const {
  auto begin = std::ranges::upper_bound(traces_, position, {}, &Trace::position);
  for (; begin != traces_.end(); ++begin) visit(*begin);
}

std::vector<feed::Change> Replica::Rows() const {
  std::vector<feed::Change> rows;
  for (const auto& [id, entry] : entries_) {
    rows.push_back({.kind = feed::ChangeKind::kAssociationCreated,
                    .association_id = id,
                    .certificates_resource_id = entry.certificates_resource_id,
                    .resource_id = entry.resource_id,
                    .product_kind = kinds_[entry.kind],
                    .current_version = entry.version,
                    .node_id = std::nullopt,
                    .version = std::nullopt,
                    .revision = entry.revision});
    for (const auto& [node, version] : entry.wants) {
      feed::Change want{.kind = feed::ChangeKind::kNodeWant, .association_id = id};
      want.node_id = node;
      want.version = version;
      rows.push_back(std::move(want));
    }
  }
  // Iteration of the map has no order; a file that is written twice shall be the same.
  std::ranges::sort(rows, {}, [](const feed::Change& row) {
    return std::tuple(row.association_id, row.kind, row.node_id.value_or(""));
  });
  return rows;
}

}  // namespace perennial::replica
