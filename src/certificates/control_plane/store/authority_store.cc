// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/store/authority_store.h"

#include <fmt/format.h>

#include <charconv>

#include "certificates/control_plane/store/guarded.h"
#include "certificates/control_plane/store/row_reader.h"
#include "certificates/control_plane/store/version_store.h"

namespace perennial::certificates {
namespace {

constexpr char kColumns[] =
    "a.config_type, a.issuer_id, a.subject, a.signing_algorithm, a.rules, a.kms_key_id, "
    "a.external_key_description, a.current_version, a.previous_version, a.latest_version, "
    "a.last_version";
constexpr size_t kColumnCount = 11;

Result<AuthorityRow> ReadAuthority(const storage::Row& row) {
  AuthorityRow authority;
  TRY(ReadGuarded(row, authority));
  const size_t at = kGuardedColumnCount;
  TRY_ASSIGN(authority.config_type, StoredEnum<wire::AuthorityConfigType>(row, at));
  authority.issuer_id = row.OptionalText(at + 1);
  TRY_ASSIGN(authority.subject, StoredJson<wire::CertificateSubject>(row, at + 2));
  TRY_ASSIGN(authority.signing_algorithm, StoredEnum<wire::SignatureAlgorithm>(row, at + 3));
  TRY_ASSIGN(authority.rules, StoredJson<std::vector<wire::CertificateAuthorityRule>>(row, at + 4));
  authority.kms_key_id = row.OptionalText(at + 5);
  authority.external_key_description = row.OptionalText(at + 6);
  authority.marks = {row.Int(at + 7), row.OptionalInt(at + 8), row.Int(at + 9), row.Int(at + 10)};
  return authority;
}

// What a page token says of the last row, as the column holds it.
Result<storage::Value> SortValue(const service::PageRequest& page) {
  const auto& text = page.after->front();
  if (page.sort_by == "NAME") return storage::Value(text);
  int64_t micros = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), micros);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Fail(ErrorCode::kInvalidArgument, "page: belongs to a list in another order");
  }
  return storage::Value(micros);
}

}  // namespace

Result<void> AppendFilter(const ResourceFilter& filter, std::string& sql,
                          std::vector<storage::Value>& parameters) {
  const auto bind = [&](storage::Value value) {
    parameters.push_back(std::move(value));
    return fmt::format("${}", parameters.size());
  };
  std::string compartments;
  for (const auto& id : filter.compartment_ids) {
    compartments += (compartments.empty() ? "" : ", ") + bind(id);
  }
  // An empty list of compartments is a list of nothing.
  sql += " WHERE g.compartment_id IN (" + (compartments.empty() ? "NULL" : compartments) + ")";
  if (filter.id) sql += " AND g.id = " + bind(*filter.id);
  if (filter.name) sql += " AND g.name = " + bind(*filter.name);
  if (filter.state) sql += " AND g.lifecycle_state = " + bind(WireNameOf(*filter.state));
  if (filter.issuer_id) sql += " AND a.issuer_id = " + bind(*filter.issuer_id);

  const auto& page = filter.page;
  const char* column = page.sort_by == "NAME"             ? "g.name"
                       : page.sort_by == "EXPIRATIONDATE" ? "v.not_after"
                                                          : "g.created_at";
  const bool ascending = page.order == service::SortOrder::kAscending;
  if (page.after) {
    TRY_ASSIGN(auto value, SortValue(page));
    sql += fmt::format(" AND ({}, g.id) {} (", column, ascending ? ">" : "<");
    sql += bind(std::move(value)) + ", ";
    sql += bind(page.after->back()) + ")";
  }
  const char* order = ascending ? "ASC" : "DESC";
  sql +=
      fmt::format(" ORDER BY {} {}, g.id {} LIMIT {}", column, order, order, bind(page.limit + 1));
  return {};
}

Result<void> InsertAuthority(storage::Session& session, const AuthorityRow& row,
                             const VersionRow& version) {
  TRY(InsertGuarded(session, row));
  TRY(session.Execute(
      "INSERT INTO certificate_authority (id, config_type, issuer_id, subject, signing_algorithm, "
      "rules, kms_key_id, external_key_description, current_version, previous_version, "
      "latest_version, last_version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
      {row.id, WireNameOf(row.config_type), row.issuer_id, EncodeJson(row.subject),
       WireNameOf(row.signing_algorithm), EncodeJson(row.rules), row.kms_key_id,
       row.external_key_description, row.marks.current, row.marks.previous, row.marks.latest,
       row.marks.last}));
  if (row.issuer_id) TRY(LinkIssuer(session, row.id, *row.issuer_id));
  return InsertVersion(session, Kind::kCertificateAuthority, version);
}

Result<std::optional<AuthorityRow>> FindAuthority(storage::Session& session,
                                                  const std::string& id) {
  TRY_ASSIGN(const auto row,
             session.QueryOne(fmt::format("SELECT {}, {} FROM guarded g "
                                          "JOIN certificate_authority a ON a.id = g.id "
                                          "WHERE g.id = $1",
                                          kGuardedColumns, kColumns),
                              {id}));
  if (!row) return std::optional<AuthorityRow>();
  TRY_ASSIGN(auto authority, ReadAuthority(*row));
  return std::optional(std::move(authority));
}

Result<std::vector<ListedAuthority>> ListAuthorities(storage::Session& session,
                                                     const ResourceFilter& filter) {
  auto sql = fmt::format(
      "SELECT {}, {}, {} FROM guarded g JOIN certificate_authority a ON a.id = g.id "
      "JOIN certificate_authority_version v ON v.owner_id = a.id AND v.number = a.current_version",
      kGuardedColumns, kColumns, kVersionColumns);
  std::vector<storage::Value> parameters;
  TRY(AppendFilter(filter, sql, parameters));
  TRY_ASSIGN(const auto rows, session.Query(sql, std::move(parameters)));
  std::vector<ListedAuthority> listed;
  for (const auto& row : rows) {
    TRY_ASSIGN(auto authority, ReadAuthority(row));
    listed.push_back({std::move(authority), ReadVersion(row, kGuardedColumnCount + kColumnCount)});
  }
  return listed;
}

}  // namespace perennial::certificates
