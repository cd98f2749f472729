// SPDX-License-Identifier: Apache-2.0
#include "certificates/data_plane/replica.h"

#include <algorithm>
#include <tuple>

#include "base/encoding.h"
#include "base/json.h"
#include "base/proof.h"

namespace perennial::replica {
namespace {

constexpr size_t kTracesMax = 100'000;
constexpr size_t kHashesMax = 50'000;

}  // namespace

std::string FeedHash(std::string_view previous, int64_t position,
                     const std::vector<feed::Change>& changes) {
  const auto bytes = HexDecode(previous);
  std::string text(bytes ? AsText(*bytes) : std::string_view());
  for (int shift = 56; shift >= 0; shift -= 8) {
    text.push_back(static_cast<char>(static_cast<uint64_t>(position) >> shift));
  }
  text += EncodeJson(changes);
  return HexEncode(Sha256(text));
}

Replica::Replica(int64_t position, std::string hash, const std::vector<feed::Change>& rows)
    : position_(position), hash_(std::move(hash)), tail_from_(position) {
  // Associations first: a want needs one.
  for (const auto& row : rows) {
    if (row.kind == feed::ChangeKind::kAssociationCreated) ApplyChange(row, 0);
  }
  for (const auto& row : rows) {
    if (row.kind == feed::ChangeKind::kNodeWant) ApplyChange(row, 0);
  }
  hashes_.emplace_back(position_, hash_);
}

Replica::Applied Replica::Apply(const feed::FeedItem& item) {
  if (item.position <= position_) return Applied::kAlreadySeen;
  if (item.position != position_ + 1) return Applied::kGap;
  if (FeedHash(hash_, item.position, item.changes) != item.hash &&
      !PERENNIAL_MUTANT("replica.any_hash")) {
    return Applied::kGap;
  }
  if (hashes_.empty()) hashes_.emplace_back(position_, hash_);
  for (const auto& change : item.changes) ApplyChange(change, item.position);
  position_ = item.position;
  hash_ = item.hash;
  hashes_.emplace_back(position_, hash_);
  if (hashes_.size() > kHashesMax) hashes_.pop_front();
  return Applied::kYes;
}

// ApplyChange is idempotent: the tail of the feed is applied over a snapshot that may hold some of it
// already. What concerns an association that is not there any more changes nothing.
void Replica::ApplyChange(const feed::Change& change, int64_t position) {
  const auto found = entries_.find(change.association_id);
  if (change.kind == feed::ChangeKind::kAssociationCreated) {
    auto& entry = found == entries_.end() ? entries_[change.association_id] : found->second;
    entry.certificates_resource_id = change.certificates_resource_id.value_or("");
    entry.resource_id = change.resource_id.value_or("");
    entry.kind = KindIndex(change.product_kind.value_or(""));
    entry.version = change.current_version;
    entry.revision = change.revision;
    Remember({position, change.association_id, "", kinds_[entry.kind], false});
    return;
  }
  if (found == entries_.end()) return;
  auto& entry = found->second;
  Trace trace{position, change.association_id, "", kinds_[entry.kind], false};
  switch (change.kind) {
    case feed::ChangeKind::kAssociationEnded:
      trace.ended = true;
      entries_.erase(found);
      break;
    case feed::ChangeKind::kCurrentVersion:
      entry.version = change.version;
      break;
    case feed::ChangeKind::kContentRevision:
      entry.revision = change.revision;
      break;
    case feed::ChangeKind::kNodeWant: {
      trace.node_id = change.node_id.value_or("");
      std::erase_if(entry.wants, [&](const auto& want) { return want.first == trace.node_id; });
      if (change.version) entry.wants.emplace_back(trace.node_id, *change.version);
      break;
    }
    default:
      return;
  }
  Remember(std::move(trace));
}

void Replica::Remember(Trace trace) {
  if (trace.position == 0) return;  // A row of a snapshot is no news.
  traces_.push_back(std::move(trace));
  while (traces_.size() > kTracesMax) {
    // An item is forgotten whole, or its rest would pass for all of it.
    tail_from_ = traces_.front().position;
    while (!traces_.empty() && traces_.front().position <= tail_from_) traces_.pop_front();
  }
}

size_t Replica::KindIndex(const std::string& kind) {
  const auto found = std::ranges::find(kinds_, kind);
  if (found != kinds_.end()) return static_cast<size_t>(found - kinds_.begin());
  kinds_.push_back(kind);
  return kinds_.size() - 1;
}

std::optional<Replica::Target> Replica::TargetOf(std::string_view association_id,
                                                 std::string_view node_id) const {
  const auto found = entries_.find(association_id);
  if (found == entries_.end()) return std::nullopt;
  const auto& entry = found->second;
  Target target{kinds_[entry.kind], entry.version, entry.revision};
  for (const auto& [node, version] : entry.wants) {
    if (node == node_id) target.version = version;
  }
  return target;
}

bool Replica::IsTail(int64_t position, std::string_view hash) const {
  if (position > position_ || position < tail_from_) return false;
  const auto at = std::ranges::lower_bound(hashes_, position, {},
                                           [](const auto& entry) { return entry.first; });
  if (at == hashes_.end() || at->first != position) {
    return position == position_ && hash == hash_;
  }
  return at->second == hash;
}

void Replica::ForEachAfter(int64_t position,
                           const std::function<void(const Trace&)>& visit) const {
  auto at = std::ranges::upper_bound(traces_, position, {}, &Trace::position);
  for (; at != traces_.end(); ++at) visit(*at);
}

std::vector<feed::Change> Replica::Rows() const {
  std::vector<feed::Change> rows;
  for (const auto& [id, entry] : entries_) {
    auto& row = rows.emplace_back();
    row.kind = feed::ChangeKind::kAssociationCreated;
    row.association_id = id;
    row.certificates_resource_id = entry.certificates_resource_id;
    row.resource_id = entry.resource_id;
    row.product_kind = kinds_[entry.kind];
    row.current_version = entry.version;
    row.revision = entry.revision;
    for (const auto& [node, version] : entry.wants) {
      auto& want = rows.emplace_back();
      want.kind = feed::ChangeKind::kNodeWant;
      want.association_id = id;
      want.node_id = node;
      want.version = version;
    }
  }
  std::ranges::sort(rows, [](const auto& a, const auto& b) {
    return std::tie(a.association_id, a.kind, a.node_id) <
           std::tie(b.association_id, b.kind, b.node_id);
  });
  return rows;
}

}  // namespace perennial::replica
