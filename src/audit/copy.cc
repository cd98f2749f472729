// SPDX-License-Identifier: Apache-2.0
#include "audit/copy.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>

namespace perennial::audit {
namespace {

constexpr const char* kSchema = R"sql(
CREATE TABLE copied_record (
  source TEXT NOT NULL,
  position BIGINT NOT NULL,
  hash TEXT NOT NULL,
  payload TEXT NOT NULL,
  compartment_id TEXT NOT NULL,
  recorded_at BIGINT NOT NULL,
  PRIMARY KEY (source, position)
);
CREATE INDEX copied_record_by_time ON copied_record (compartment_id, recorded_at, source, position);
CREATE TABLE alarm (
  source TEXT NOT NULL,
  position BIGINT NOT NULL,
  reason TEXT NOT NULL,
  raised_at BIGINT NOT NULL,
  PRIMARY KEY (source, position)
);
)sql";

int64_t NumberOf(const std::string& text) {
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// What LIKE would read as a wildcard stands for itself.
std::string LikeText(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

// What finds the records with this member: an OCID or a word stands in a record as it is written.
std::string Holding(std::string_view member, const std::optional<std::string>& value) {
  return value ? fmt::format(R"(%"{}":"{}"%)", member, LikeText(*value)) : "%";
}

}  // namespace

storage::Migration CopySchema() { return {.number = 2, .name = "copied records", .sql = kSchema}; }

Result<storage::ChainEntry> HeadOf(storage::Session& session, const std::string& source) {
  TRY_ASSIGN(const auto row,
             session.QueryOne("SELECT position, hash FROM copied_record WHERE source = $1 "
                              "ORDER BY position DESC LIMIT 1",
                              {source}));
  if (!row) return storage::ChainEntry{.hash = std::string(storage::kChainOrigin)};
  return storage::ChainEntry{.position = row->Int(0), .hash = row->Text(1)};
}

Result<std::optional<Time>> TimeOfRecord(storage::Session& session, const std::string& source,
                                         int64_t position) {
  TRY_ASSIGN(const auto row,
             session.QueryOne("SELECT recorded_at FROM copied_record "
                              "WHERE source = $1 AND position = $2",
                              {source, position}));
  return row ? std::optional(row->At(0)) : std::nullopt;
}

Result<void> Append(storage::Session& session, const std::string& source,
                    const storage::ChainEntry& entry) {
  TRY_ASSIGN(const auto record,
             DecodeJson<service::AuditRecord>(entry.payload, UnknownFields::kIgnore));
  TRY(session.Execute(
      "INSERT INTO copied_record (source, position, hash, payload, compartment_id, recorded_at) "
      "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (source, position) DO NOTHING",
      {source, entry.position, entry.hash, entry.payload,
       record.compartment_id.value_or(record.tenancy_id), record.time}));
  return {};
}

Result<void> RaiseAlarm(storage::Session& session, const std::string& source, int64_t position,
                        const std::string& reason, Time now) {
  TRY(session.Execute(
      "INSERT INTO alarm (source, position, reason, raised_at) VALUES ($1, $2, $3, $4) "
      "ON CONFLICT (source, position) DO NOTHING",
      {source, position, reason, now}));
  return {};
}

Result<std::vector<Alarm>> Alarms(storage::Session& session) {
  TRY_ASSIGN(const auto rows, session.Query("SELECT source, position, reason, raised_at FROM alarm "
                                            "ORDER BY raised_at, source"));
  std::vector<Alarm> alarms;
  for (const auto& row : rows) alarms.push_back({row.Text(0), row.Int(1), row.Text(2), row.At(3)});
  return alarms;
}

Result<std::vector<CopiedRecord>> Find(storage::Session& session, const EventQuery& query) {
  const bool down = query.newest_first;
  const int64_t beyond = down ? std::numeric_limits<int64_t>::max() : -1;
  const int64_t after_time = query.after ? NumberOf((*query.after)[0]) : beyond;
  const std::string after_source = query.after ? (*query.after)[1] : "";
  const int64_t after_position = query.after ? NumberOf((*query.after)[2]) : 0;
  TRY_ASSIGN(
      const auto rows,
      session.Query(
          fmt::format("SELECT source, position, hash, payload FROM copied_record "
                      "WHERE compartment_id = $1 AND recorded_at >= $2 AND recorded_at < $3 "
                      "AND (recorded_at, source, position) {0} ($4, $5, $6) "
                      "AND payload LIKE $8 ESCAPE '\\' AND payload LIKE $9 ESCAPE '\\' "
                      "ORDER BY recorded_at {1}, source {1}, position {1} LIMIT $7",
                      down ? "<" : ">", down ? "DESC" : "ASC"),
          {query.compartment_id, query.from, query.until, after_time, after_source, after_position,
           query.limit, Holding("resourceId", query.resource_id),
           Holding("outcome", query.outcome)}));
  std::vector<CopiedRecord> found;
  for (const auto& row : rows) {
    TRY_ASSIGN(auto record, DecodeJson<service::AuditRecord>(row.Text(3), UnknownFields::kIgnore));
    found.push_back({row.Text(0), row.Int(1), row.Text(2), std::move(record)});
  }
  return found;
}

}  // namespace perennial::audit
