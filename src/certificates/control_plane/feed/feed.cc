// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/feed/feed.h"

#include "base/json.h"

namespace perennial::certificates {
namespace {

namespace api_certificates = perennial::api::certificates;
using api_certificates::Change;
using api_certificates::ChangeKind;
using api_certificates::SnapshotTable;

constexpr std::chrono::hours kTail{24 * 7};
constexpr size_t kHeadsMax = 24 * 7 * 2;

Change AssociationChange(const storage::Row& row) {
  Change change{.kind = ChangeKind::kAssociationCreated,
                .association_id = row.Text(0),
                .certificates_resource_id = row.Text(1),
                .resource_id = row.Text(2),
                .product_kind = row.Text(3),
                .current_version = row.OptionalInt(4),
                .node_id = std::nullopt,
                .version = std::nullopt,
                .revision = row.OptionalInt(5)};
  return change;
}

}  // namespace

Result<void> Feed::Write(storage::Session& session, const std::vector<Change>& changes) {
  if (changes.empty()) return {};
  TRY_ASSIGN(const auto entry, log_.Append(session, EncodeJson(changes)));
  session.AfterCommit(
      [&news = news_, position = entry.position] { news.Publish(kFeedTopic, position); });
  return {};
}

Result<void> Feed::CurrentVersionChanged(storage::Session& session,
                                         const std::string& certificate_id, int64_t version) {
  TRY_ASSIGN(const auto rows, session.Query("SELECT id FROM association "
                                            "WHERE certificates_resource_id = $1 ORDER BY id",
                                            {certificate_id}));
  std::vector<Change> changes;
  for (const auto& row : rows) {
    auto& change = changes.emplace_back();
    change.kind = ChangeKind::kCurrentVersion;
    change.association_id = row.Text(0);
    change.version = version;
  }
  return Write(session, changes);
}

Result<api_certificates::ChangeFeed> Feed::After(storage::Session& session, int64_t position,
                                                 std::string_view hash, int64_t limit) const {
  TRY_ASSIGN(const auto entries, log_.After(session, position, hash, limit));
  api_certificates::ChangeFeed feed{.position = position, .hash = std::string(hash), .items = {}};
  for (const auto& entry : entries) {
    TRY_ASSIGN(auto changes,
               DecodeJson<std::vector<Change>>(entry.payload, UnknownFields::kIgnore));
    feed.items.push_back({entry.position, entry.hash, std::move(changes)});
    feed.position = entry.position;
    feed.hash = entry.hash;
  }
  return feed;
}

Result<Feed::Page> Feed::Snapshot(storage::Session& session, SnapshotTable table,
                                  const std::string& after, int64_t limit) const {
  Page page;
  TRY_ASSIGN(const auto head, log_.Head(session));
  page.snapshot.position = head.position;
  page.snapshot.hash = head.hash;
  std::vector<std::string> key{"", ""};
  if (!after.empty()) {
    TRY_ASSIGN(key, service::ParsePageToken(after, 2));
  }
  // One more row tells that there is a next page.
  TRY_ASSIGN(
      const auto rows,
      table == SnapshotTable::kAssociations
          ? session.Query("SELECT a.id, a.certificates_resource_id, a.resource_id, "
                          "a.resource_kind, c.current_version, h.current_version "
                          "FROM association a "
                          "LEFT JOIN certificate c ON c.id = a.certificates_resource_id "
                          "LEFT JOIN certificate_authority h ON h.id = a.certificates_resource_id "
                          "WHERE a.id > $1 ORDER BY a.id LIMIT $2",
                          {key[0], limit + 1})
          : session.Query("SELECT n.association_id, n.node_id, n.wanted_version "
                          "FROM rollout r JOIN rollout_node n ON n.rollout_id = r.id "
                          "JOIN certificate c ON c.id = r.certificate_id "
                          "JOIN association a ON a.id = n.association_id "
                          "WHERE r.live = 1 AND n.wanted_version <> c.current_version AND "
                          "(n.association_id > $1 OR (n.association_id = $1 AND n.node_id > $2)) "
                          "ORDER BY n.association_id, n.node_id LIMIT $3",
                          {key[0], key[1], limit + 1}));
  for (size_t i = 0; i < rows.size() && i < static_cast<size_t>(limit); ++i) {
    auto& item = page.snapshot.items.emplace_back();
    item.position = head.position;
    if (table == SnapshotTable::kAssociations) {
      item.change = AssociationChange(rows[i]);
      key = {rows[i].Text(0), ""};
    } else {
      item.change.kind = ChangeKind::kNodeWant;
      item.change.association_id = rows[i].Text(0);
      item.change.node_id = rows[i].Text(1);
      item.change.version = rows[i].Int(2);
      key = {rows[i].Text(0), rows[i].Text(1)};
    }
  }
  if (rows.size() > static_cast<size_t>(limit)) page.next = service::EncodePageToken(key);
  return page;
}

Result<void> Feed::KeepTail(storage::Database& database, Time now) {
  TRY_ASSIGN(const auto head, database.ReadValue(
                                  [&](storage::Session& session) { return log_.Head(session); }));
  heads_.emplace_back(now, head.position);
  std::optional<int64_t> old;
  while (heads_.size() > 1 && (heads_.front().first < now - kTail || heads_.size() > kHeadsMax)) {
    old = heads_.front().second;
    heads_.erase(heads_.begin());
  }
  if (!old) return {};
  return database.Write(
      [&](storage::Session& session) { return log_.Prune(session, *old); });
}

}  // namespace perennial::certificates
