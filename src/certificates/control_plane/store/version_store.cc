// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/store/version_store.h"

#include <fmt/format.h>

#include "certificates/control_plane/store/row_reader.h"

namespace perennial::certificates {
namespace {

std::string SelectVersions(Kind kind) {
  return fmt::format("SELECT {} FROM {} v WHERE v.owner_id = $1", kVersionColumns,
                     VersionTable(kind));
}

Result<std::optional<VersionRow>> OnlyVersion(Result<std::optional<storage::Row>> row) {
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::optional<VersionRow>();
  return std::optional(ReadVersion(**row, 0));
}

}  // namespace

const char* OwnerTable(Kind kind) {
  return kind == Kind::kCertificate ? "certificate" : "certificate_authority";
}

const char* VersionTable(Kind kind) {
  return kind == Kind::kCertificate ? "certificate_version" : "certificate_authority_version";
}

std::vector<wire::Stage> StagesOf(const VersionMarks& marks, const VersionRow& version) {
  std::vector<wire::Stage> stages;
  if (version.number == marks.current) stages.push_back(wire::Stage::kCurrent);
  if (version.pending) stages.push_back(wire::Stage::kPending);
  if (version.number == marks.previous) stages.push_back(wire::Stage::kPrevious);
  if (stages.empty()) stages.push_back(wire::Stage::kDeprecated);
  if (version.number == marks.latest) stages.push_back(wire::Stage::kLatest);
  return stages;
}

VersionRow ReadVersion(const storage::Row& row, size_t first) {
  VersionRow version;
  version.owner_id = row.Text(first);
  version.number = row.Int(first + 1);
  version.name = row.OptionalText(first + 2);
  version.serial = row.Text(first + 3);
  version.issuer_version = row.OptionalInt(first + 4);
  version.not_before = row.At(first + 5);
  version.not_after = row.At(first + 6);
  version.certificate_pem = row.Text(first + 7);
  version.chain_pem = row.Text(first + 8);
  version.fingerprint_sha256 = row.Text(first + 9);
  if (!row.IsNull(first + 10)) version.private_key = row.Bytes(first + 10);
  version.pending = row.Bool(first + 11);
  version.created_at = row.At(first + 12);
  version.deletion_at = row.OptionalTime(first + 13);
  return version;
}

Result<void> InsertVersion(storage::Session& session, Kind kind, const VersionRow& row) {
  const auto sql = fmt::format(
      "INSERT INTO {} (owner_id, number, name, serial, issuer_version, not_before, not_after, "
      "certificate_pem, chain_pem, fingerprint_sha256, private_key, pending, created_at, "
      "deletion_at) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT DO NOTHING",
      VersionTable(kind));
  TRY_ASSIGN(const auto count,
             session.Execute(sql, {row.owner_id, row.number, row.name, row.serial,
                                   row.issuer_version, row.not_before, row.not_after,
                                   row.certificate_pem, row.chain_pem, row.fingerprint_sha256,
                                   row.private_key, row.pending, row.created_at, row.deletion_at}));
  if (count == 0) {
    return Fail(ErrorCode::kConflict, "a version of this number or name exists already");
  }
  return {};
}

Result<std::optional<VersionRow>> FindVersion(storage::Session& session, Kind kind,
                                              const std::string& owner_id, int64_t number) {
  return OnlyVersion(
      session.QueryOne(SelectVersions(kind) + " AND v.number = $2", {owner_id, number}));
}

Result<std::optional<VersionRow>> FindVersionByName(storage::Session& session, Kind kind,
                                                    const std::string& owner_id,
                                                    const std::string& name) {
  return OnlyVersion(session.QueryOne(SelectVersions(kind) + " AND v.name = $2", {owner_id, name}));
}

Result<std::vector<VersionRow>> ListVersions(storage::Session& session, Kind kind,
                                             const std::string& owner_id,
                                             const VersionFilter& filter) {
  auto sql = SelectVersions(kind);
  std::vector<storage::Value> parameters{owner_id};
  const bool ascending = filter.order == service::SortOrder::kAscending;
  if (filter.number) {
    parameters.emplace_back(*filter.number);
    sql += fmt::format(" AND v.number = ${}", parameters.size());
  }
  if (filter.after) {
    parameters.emplace_back(*filter.after);
    sql += fmt::format(" AND v.number {} ${}", ascending ? ">" : "<", parameters.size());
  }
  parameters.emplace_back(filter.limit);
  sql +=
      fmt::format(" ORDER BY v.number {} LIMIT ${}", ascending ? "ASC" : "DESC", parameters.size());
  TRY_ASSIGN(const auto rows, session.Query(sql, std::move(parameters)));
  std::vector<VersionRow> versions;
  for (const auto& row : rows) versions.push_back(ReadVersion(row, 0));
  return versions;
}

Result<int64_t> DrawVersion(storage::Session& session, Kind kind, const std::string& owner_id) {
  TRY_ASSIGN(const auto row,
             session.QueryOne(fmt::format("UPDATE {} SET last_version = last_version + 1 "
                                          "WHERE id = $1 RETURNING last_version",
                                          OwnerTable(kind)),
                              {owner_id}));
  if (!row) return Fail(ErrorCode::kNotFound, "no such certificate or authority");
  return row->Int(0);
}

Result<void> SetMarks(storage::Session& session, Kind kind, const std::string& owner_id,
                      const VersionMarks& marks) {
  TRY(session.Execute(fmt::format("UPDATE {} SET current_version = $2, previous_version = $3, "
                                  "latest_version = $4 WHERE id = $1",
                                  OwnerTable(kind)),
                      {owner_id, marks.current, marks.previous, marks.latest}));
  return {};
}

Result<void> ClearPendingThrough(storage::Session& session, Kind kind, const std::string& owner_id,
                                 int64_t through) {
  TRY(session.Execute(fmt::format("UPDATE {} SET pending = 0 "
                                  "WHERE owner_id = $1 AND number <= $2 AND pending = 1",
                                  VersionTable(kind)),
                      {owner_id, through}));
  return {};
}

Result<void> ClearPending(storage::Session& session, Kind kind, const std::string& owner_id,
                          int64_t number) {
  TRY(session.Execute(fmt::format("UPDATE {} SET pending = 0 WHERE owner_id = $1 AND number = $2",
                                  VersionTable(kind)),
                      {owner_id, number}));
  return {};
}

Result<void> WipeKeys(storage::Session& session, Kind kind, const std::string& owner_id) {
  TRY(session.Execute(
      fmt::format("UPDATE {} SET private_key = NULL WHERE owner_id = $1", VersionTable(kind)),
      {owner_id}));
  return {};
}

Result<bool> ReserveSerial(storage::Session& session, const IssuanceRow& row) {
  TRY_ASSIGN(const auto count,
             session.Execute("INSERT INTO issuance (issuer_id, serial, subject_id, number, "
                             "to_be_signed, recorded_at) VALUES ($1, $2, $3, $4, $5, $6) "
                             "ON CONFLICT DO NOTHING",
                             {row.issuer_id, row.serial, row.subject_id, row.number,
                              row.to_be_signed, row.recorded_at}));
  return count == 1;
}

}  // namespace perennial::certificates
