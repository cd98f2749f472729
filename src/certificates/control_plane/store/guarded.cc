// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/store/guarded.h"

#include <fmt/format.h>

#include "certificates/control_plane/store/row_reader.h"

namespace perennial::certificates {
namespace {

bool IsAttachable(State state) { return state == State::kActive || state == State::kUpdating; }

Result<std::vector<std::string>> Texts(storage::Session& session, std::string_view sql,
                                       std::vector<storage::Value> parameters) {
  TRY_ASSIGN(const auto rows, session.Query(sql, std::move(parameters)));
  std::vector<std::string> texts;
  for (const auto& row : rows) texts.push_back(row.Text(0));
  return texts;
}

}  // namespace

Result<void> ReadGuarded(const storage::Row& row, GuardedRow& into) {
  into.id = row.Text(0);
  TRY_ASSIGN(into.kind, StoredEnum<Kind>(row, 1));
  into.compartment_id = row.Text(2);
  into.name = row.Text(3);
  TRY_ASSIGN(into.state, StoredEnum<State>(row, 4));
  into.revision = row.Int(5);
  into.description = row.OptionalText(6);
  TRY_ASSIGN(into.tags, StoredJson<Tags>(row, 7));
  into.created_at = row.At(8);
  into.deletion_at = row.OptionalTime(9);
  return {};
}

Result<std::optional<GuardedRow>> FindGuarded(storage::Session& session, const std::string& id) {
  TRY_ASSIGN(const auto row,
             session.QueryOne(
                 fmt::format("SELECT {} FROM guarded g WHERE g.id = $1", kGuardedColumns), {id}));
  if (!row) return std::optional<GuardedRow>();
  GuardedRow found;
  TRY(ReadGuarded(*row, found));
  return std::optional(std::move(found));
}

Result<void> InsertGuarded(storage::Session& session, const GuardedRow& row) {
  TRY_ASSIGN(
      const auto count,
      session.Execute("INSERT INTO guarded (id, kind, compartment_id, name, lifecycle_state, "
                      "attachable, revision, description, tags, created_at, deletion_at) "
                      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
                      "ON CONFLICT DO NOTHING",
                      {row.id, WireNameOf(row.kind), row.compartment_id, row.name,
                       WireNameOf(row.state), IsAttachable(row.state), row.revision,
                       row.description, EncodeJson(row.tags), row.created_at, row.deletion_at}));
  if (count == 0) {
    return Fail(ErrorCode::kAlreadyExists,
                "/name: the compartment has one of this name already; choose another");
  }
  return {};
}

Result<bool> MoveState(storage::Session& session, const std::string& id, State from, State to,
                       std::optional<Time> deletion_at) {
  TRY_ASSIGN(
      const auto count,
      session.Execute("UPDATE guarded SET lifecycle_state = $3, attachable = $4, "
                      "deletion_at = $5, revision = revision + 1 "
                      "WHERE id = $1 AND lifecycle_state = $2",
                      {id, WireNameOf(from), WireNameOf(to), IsAttachable(to), deletion_at}));
  return count == 1;
}

Result<void> RaiseRevision(storage::Session& session, const std::string& id) {
  TRY(session.Execute("UPDATE guarded SET revision = revision + 1 WHERE id = $1", {id}));
  return {};
}

Result<void> Describe(storage::Session& session, const std::string& id,
                      const std::optional<std::string>& description, const Tags& tags) {
  TRY(
      session.Execute("UPDATE guarded SET description = $2, tags = $3, revision = revision + 1 "
                      "WHERE id = $1",
                      {id, description, EncodeJson(tags)}));
  return {};
}

Result<std::vector<std::string>> UsersOf(storage::Session& session, const std::string& id) {
  return Texts(session,
               "SELECT resource_id FROM association WHERE certificates_resource_id = $1 "
               "ORDER BY created_at, id",
               {id});
}

Result<void> LinkIssuer(storage::Session& session, const std::string& child_id,
                        const std::string& issuer_id) {
  TRY_ASSIGN(const auto issuer, FindGuarded(session, issuer_id));
  if (!issuer || !IsAttachable(issuer->state)) {
    return Fail(ErrorCode::kIncorrectState, "the issuing certificate authority is being deleted");
  }
  TRY(session.Execute("INSERT INTO issuer_link (child_id, issuer_id) VALUES ($1, $2)",
                      {child_id, issuer_id}));
  return {};
}

Result<void> UnlinkIssuer(storage::Session& session, const std::string& child_id) {
  TRY(session.Execute("DELETE FROM issuer_link WHERE child_id = $1", {child_id}));
  return {};
}

Result<std::vector<std::string>> IssuedBy(storage::Session& session, const std::string& issuer_id,
                                          int64_t limit) {
  return Texts(session,
               "SELECT g.name FROM issuer_link l JOIN guarded g ON g.id = l.child_id "
               "WHERE l.issuer_id = $1 ORDER BY g.created_at, g.id LIMIT $2",
               {issuer_id, limit});
}

Result<std::vector<GuardedRow>> DueForDeletion(storage::Session& session, Time now, int64_t limit) {
  TRY_ASSIGN(const auto rows,
             session.Query(fmt::format("SELECT {} FROM guarded g "
                                       "WHERE g.lifecycle_state = 'PENDING_DELETION' "
                                       "AND g.deletion_at <= $1 "
                                       "ORDER BY g.deletion_at, g.id LIMIT $2",
                                       kGuardedColumns),
                           {now, limit}));
  std::vector<GuardedRow> due;
  for (const auto& row : rows) TRY(ReadGuarded(row, due.emplace_back()));
  return due;
}

Result<std::vector<std::string>> CompartmentsOf(storage::Session& session, Kind kind) {
  return Texts(session, "SELECT DISTINCT compartment_id FROM guarded WHERE kind = $1",
               {WireNameOf(kind)});
}

}  // namespace perennial::certificates
