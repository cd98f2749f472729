// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/rollout/rollout_store.h"

#include <fmt/format.h>

#include "certificates/control_plane/store/row_reader.h"

namespace perennial::certificates {
namespace {

constexpr char kColumns[] =
    "id, certificate_id, from_version, to_version, state, live, paused, forced, revision, reason, "
    "started_at, next_step_at, must_serve_at, canary_proved_at, promoted_at, finished_at";

Result<RolloutRow> ReadRollout(const storage::Row& row) {
  RolloutRow rollout;
  rollout.id = row.Text(0);
  rollout.certificate_id = row.Text(1);
  rollout.from_version = row.OptionalInt(2);
  rollout.to_version = row.Int(3);
  TRY_ASSIGN(rollout.state, StoredEnum<RolloutState>(row, 4));
  rollout.live = row.Bool(5);
  rollout.paused = row.Bool(6);
  rollout.forced = row.Bool(7);
  rollout.revision = row.Int(8);
  rollout.reason = row.OptionalText(9);
  rollout.started_at = row.At(10);
  rollout.next_step_at = row.OptionalTime(11);
  rollout.must_serve_at = row.OptionalTime(12);
  rollout.canary_proved_at = row.OptionalTime(13);
  rollout.promoted_at = row.OptionalTime(14);
  rollout.finished_at = row.OptionalTime(15);
  return rollout;
}

Result<std::vector<RolloutRow>> QueryRollouts(storage::Session& session, std::string_view where,
                                         std::vector<storage::Value> parameters) {
  TRY_ASSIGN(const auto rows, session.Query(fmt::format("SELECT {} FROM rollout {}", kColumns, where),
                                            std::move(parameters)));
  std::vector<RolloutRow> rollouts;
  for (const auto& row : rows) {
    TRY_ASSIGN(auto rollout, ReadRollout(row));
    rollouts.push_back(std::move(rollout));
  }
  return rollouts;
}

Result<std::optional<RolloutRow>> OnlyRollout(storage::Session& session, std::string_view where,
                                              std::vector<storage::Value> parameters) {
  TRY_ASSIGN(auto found, QueryRollouts(session, where, std::move(parameters)));
  if (found.empty()) return std::optional<RolloutRow>();
  return std::optional(std::move(found.front()));
}

Result<std::optional<Time>> OnlyTime(storage::Session& session, std::string_view sql,
                                     std::vector<storage::Value> parameters) {
  TRY_ASSIGN(const auto row, session.QueryOne(sql, std::move(parameters)));
  if (!row) return std::optional<Time>();
  return row->OptionalTime(0);
}

std::optional<std::string_view> NameOf(const std::optional<ObservationResult>& result) {
  if (!result) return std::nullopt;
  return WireNameOf(*result);
}

std::string OrEmpty(const std::optional<std::string>& text) { return text.value_or(""); }

}  // namespace

Result<void> InsertRollout(storage::Session& session, const RolloutRow& row) {
  TRY(session.Execute(
      fmt::format("INSERT INTO rollout ({}, wave) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
                  "$11, $12, $13, $14, $15, $16, 0)",
                  kColumns),
      {row.id, row.certificate_id, row.from_version, row.to_version, WireNameOf(row.state),
       row.live, row.paused, row.forced, row.revision, row.reason, row.started_at,
       row.next_step_at, row.must_serve_at, row.canary_proved_at, row.promoted_at,
       row.finished_at}));
  return {};
}

Result<std::optional<RolloutRow>> FindRollout(storage::Session& session, const std::string& id) {
  return OnlyRollout(session, "WHERE id = $1", {id});
}

Result<std::optional<RolloutRow>> FindLiveRollout(storage::Session& session,
                                                  const std::string& certificate_id) {
  return OnlyRollout(session, "WHERE certificate_id = $1 AND live = 1", {certificate_id});
}

Result<bool> UpdateRollout(storage::Session& session, const RolloutRow& row) {
  // What has ended stays as it ended.
  TRY_ASSIGN(const auto count,
             session.Execute(
                 "UPDATE rollout SET state = $3, live = $4, paused = $5, forced = $6, reason = $7, "
                 "next_step_at = $8, canary_proved_at = $9, promoted_at = $10, finished_at = $11, "
                 "wave = $12, revision = revision + 1 "
                 "WHERE id = $1 AND revision = $2 AND live = 1",
                 {row.id, row.revision, WireNameOf(row.state), row.live, row.paused, row.forced,
                  row.reason, row.next_step_at, row.canary_proved_at, row.promoted_at,
                  row.finished_at, row.state == RolloutState::kRolling}));
  return count == 1;
}

Result<std::vector<RolloutRow>> ListRollouts(storage::Session& session,
                                             const std::string& certificate_id,
                                             const std::optional<std::string>& before,
                                             int64_t limit) {
  if (!before) {
    return QueryRollouts(session, "WHERE certificate_id = $1 ORDER BY started_at DESC, id DESC LIMIT $2",
                    {certificate_id, limit});
  }
  TRY_ASSIGN(const auto last, FindRollout(session, *before));
  if (!last) return Fail(ErrorCode::kInvalidArgument, "page: is not a token of opc-next-page");
  return QueryRollouts(session,
                  "WHERE certificate_id = $1 AND (started_at < $3 OR "
                  "(started_at = $3 AND id < $4)) ORDER BY started_at DESC, id DESC LIMIT $2",
                  {certificate_id, limit, last->started_at, last->id});
}

Result<std::vector<std::string>> DueRollouts(storage::Session& session, Time now, int64_t limit) {
  TRY_ASSIGN(const auto rows, session.Query("SELECT id FROM rollout WHERE live = 1 AND "
                                            "next_step_at <= $1 ORDER BY next_step_at, id LIMIT $2",
                                            {now, limit}));
  std::vector<std::string> ids;
  for (const auto& row : rows) ids.push_back(row.Text(0));
  return ids;
}

Result<std::optional<Time>> NextRolloutStep(storage::Session& session) {
  return OnlyTime(session, "SELECT MIN(next_step_at) FROM rollout WHERE live = 1", {});
}

Result<void> PostponeRollout(storage::Session& session, const RolloutRow& row, Time next_step_at) {
  TRY(session.Execute("UPDATE rollout SET next_step_at = $4 WHERE id = $1 AND revision = $2 AND "
                      "next_step_at = $3 AND live = 1",
                      {row.id, row.revision, row.next_step_at, next_step_at}));
  return {};
}

Result<void> TouchRollout(storage::Session& session, const std::string& certificate_id, Time now) {
  TRY(session.Execute("UPDATE rollout SET next_step_at = $2 WHERE certificate_id = $1 AND live = 1",
                      {certificate_id, now}));
  return {};
}

Result<std::vector<RolloutLineRow>> LinesOf(storage::Session& session,
                                            const std::string& rollout_id) {
  TRY_ASSIGN(const auto rows,
             session.Query("SELECT association_id, resource_id, node_id, wave, live, "
                           "wanted_version, served_version, fingerprint_sha256, result, vantage, "
                           "last_error, observed_at FROM rollout_node WHERE rollout_id = $1 "
                           "ORDER BY wave, node_id, association_id",
                           {rollout_id}));
  std::vector<RolloutLineRow> lines;
  for (const auto& row : rows) {
    auto& line = lines.emplace_back();
    line.association_id = row.Text(0);
    line.resource_id = row.Text(1);
    line.node_id = row.Text(2);
    line.wave = row.Int(3);
    line.live = row.Bool(4);
    line.wanted_version = row.Int(5);
    line.served_version = row.OptionalInt(6);
    line.fingerprint_sha256 = row.OptionalText(7);
    if (!row.IsNull(8)) {
      TRY_ASSIGN(line.result, StoredEnum<ObservationResult>(row, 8));
    }
    line.vantage = row.OptionalText(9);
    line.last_error = row.OptionalText(10);
    line.observed_at = row.OptionalTime(11);
  }
  return lines;
}

Result<std::vector<PlaceRow>> PlacesOf(storage::Session& session, const std::string& rollout_id) {
  TRY_ASSIGN(
      const auto rows,
      session.Query("SELECT p.association_id, p.node_id, p.address, p.server_name, p.key_type, "
                    "p.vantage, p.result, p.fingerprint_sha256, p.reason, p.observed_at "
                    "FROM rollout_place p WHERE p.rollout_id = $1 UNION ALL "
                    "SELECT o.association_id, o.node_id, o.address, o.server_name, o.key_type, "
                    "o.vantage, o.result, o.fingerprint_sha256, o.reason, o.observed_at "
                    "FROM rollout r JOIN rollout_node n ON n.rollout_id = r.id "
                    "JOIN observation o ON o.association_id = n.association_id "
                    "AND o.node_id = n.node_id AND o.version_number = r.to_version "
                    "WHERE r.id = $1 AND NOT EXISTS (SELECT 1 FROM rollout_place p "
                    "WHERE p.rollout_id = r.id AND p.association_id = n.association_id "
                    "AND p.node_id = n.node_id) "
                    "ORDER BY address, server_name, key_type, vantage",
                    {rollout_id}));
  const auto given = [](std::string text) {
    return text.empty() ? std::nullopt : std::optional(std::move(text));
  };
  std::vector<PlaceRow> places;
  for (const auto& row : rows) {
    auto& each = places.emplace_back(PlaceRow{row.Text(0), row.Text(1), {}});
    each.place.address = given(row.Text(2));
    each.place.server_name = given(row.Text(3));
    each.place.key_type = given(row.Text(4));
    each.place.vantage = row.Text(5);
    TRY_ASSIGN(each.place.result, StoredEnum<ObservationResult>(row, 6));
    each.place.fingerprint_sha256 = row.OptionalText(7);
    each.place.reason = row.OptionalText(8);
    each.place.time_observed = row.At(9);
  }
  return places;
}

Result<void> PutLine(storage::Session& session, const std::string& rollout_id,
                     const RolloutLineRow& line) {
  TRY(session.Execute(
      "INSERT INTO rollout_node (rollout_id, association_id, resource_id, node_id, wave, live, "
      "wanted_version, served_version, fingerprint_sha256, result, vantage, last_error, "
      "observed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) "
      "ON CONFLICT (rollout_id, association_id, node_id) DO UPDATE SET wave = excluded.wave, "
      "live = excluded.live, wanted_version = excluded.wanted_version",
      {rollout_id, line.association_id, line.resource_id, line.node_id, line.wave, line.live,
       line.wanted_version, line.served_version, line.fingerprint_sha256, NameOf(line.result),
       line.vantage, line.last_error, line.observed_at}));
  return {};
}

Result<void> DeleteLine(storage::Session& session, const std::string& rollout_id,
                        const RolloutLineRow& line) {
  TRY(session.Execute("DELETE FROM rollout_node WHERE rollout_id = $1 AND association_id = $2 "
                      "AND node_id = $3",
                      {rollout_id, line.association_id, line.node_id}));
  return {};
}

Result<void> NoteReport(storage::Session& session, const LineReport& report) {
  TRY(session.Execute(
      "UPDATE rollout_node SET result = $4, vantage = $5, last_error = $6, observed_at = $7 "
      "WHERE association_id = $1 AND node_id = $2 AND COALESCE(observed_at, 0) <= $7 "
      "AND rollout_id IN (SELECT id FROM rollout WHERE to_version = $3)",
      {report.association_id, report.node_id, report.version, WireNameOf(report.result),
       report.vantage, report.reason, report.observed_at}));
  if (report.result != ObservationResult::kProved) return {};
  TRY(session.Execute(
      "UPDATE rollout_node SET served_version = $3, fingerprint_sha256 = $4 "
      "WHERE association_id = $1 AND node_id = $2 AND rollout_id IN "
      "(SELECT id FROM rollout WHERE to_version = $3 OR live = 1)",
      {report.association_id, report.node_id, report.version, report.fingerprint_sha256}));
  return {};
}

Result<void> PutPlace(storage::Session& session, const std::string& node_id,
                      const api::certificates::Observation& observation) {
  TRY(session.Execute(
      "INSERT INTO rollout_place (rollout_id, association_id, node_id, address, server_name, "
      "key_type, vantage, result, fingerprint_sha256, reason, observed_at) "
      "SELECT r.id, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 FROM rollout r "
      "JOIN rollout_node n ON n.rollout_id = r.id "
      "WHERE n.association_id = $1 AND n.node_id = $2 AND r.to_version = $11 "
      "ON CONFLICT (rollout_id, association_id, node_id, address, server_name, key_type, vantage) "
      "DO UPDATE SET result = excluded.result, "
      "fingerprint_sha256 = excluded.fingerprint_sha256, reason = excluded.reason, "
      "observed_at = excluded.observed_at "
      "WHERE rollout_place.observed_at <= excluded.observed_at",
      {observation.association_id, node_id, OrEmpty(observation.address),
       OrEmpty(observation.server_name), OrEmpty(observation.key_type), observation.vantage,
       WireNameOf(observation.result), observation.fingerprint_sha256, observation.reason,
       observation.time_observed, observation.version_number}));
  return {};
}

Result<void> PutObservation(storage::Session& session, const std::string& node_id,
                            const api::certificates::Observation& observation, Time received_at) {
  TRY(session.Execute(
      "INSERT INTO observation (association_id, node_id, address, server_name, key_type, vantage, "
      "version_number, fingerprint_sha256, result, reason, observed_at, received_at) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) "
      "ON CONFLICT (association_id, node_id, address, server_name, key_type, vantage) "
      "DO UPDATE SET version_number = excluded.version_number, "
      "fingerprint_sha256 = excluded.fingerprint_sha256, result = excluded.result, "
      "reason = excluded.reason, observed_at = excluded.observed_at, "
      "received_at = excluded.received_at WHERE observation.observed_at <= excluded.observed_at",
      {observation.association_id, node_id, OrEmpty(observation.address),
       OrEmpty(observation.server_name), OrEmpty(observation.key_type), observation.vantage,
       observation.version_number, observation.fingerprint_sha256, WireNameOf(observation.result),
       observation.reason, observation.time_observed, received_at}));
  return {};
}

Result<std::optional<ServedNow>> ProvedLast(storage::Session& session,
                                            const std::string& association_id,
                                            const std::string& node_id) {
  TRY_ASSIGN(const auto row,
             session.QueryOne("SELECT version_number, fingerprint_sha256, observed_at "
                              "FROM observation WHERE association_id = $1 AND node_id = $2 "
                              "AND result = 'PROVED' ORDER BY observed_at DESC, version_number DESC "
                              "LIMIT 1",
                              {association_id, node_id}));
  if (!row) return std::optional<ServedNow>();
  return std::optional(ServedNow{row->Int(0), row->OptionalText(1), row->At(2)});
}

Result<void> PutSighting(storage::Session& session, const std::string& node_id, Time seen_at) {
  TRY(session.Execute(
      "INSERT INTO node_sighting (node_id, seen_at) VALUES ($1, $2) "
      "ON CONFLICT (node_id) DO UPDATE SET seen_at = excluded.seen_at "
      "WHERE node_sighting.seen_at < excluded.seen_at",
      {node_id, seen_at}));
  return {};
}

Result<std::optional<Time>> LastSighting(storage::Session& session, const std::string& node_id) {
  return OnlyTime(session, "SELECT seen_at FROM node_sighting WHERE node_id = $1", {node_id});
}

}  // namespace perennial::certificates
