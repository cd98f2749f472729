// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/associations/association_store.h"

#include <fmt/format.h>

#include "certificates/control_plane/store/row_reader.h"

namespace perennial::certificates {
namespace {

constexpr char kSelectAssociation[] =
    "SELECT a.id, a.name, a.kind, a.certificates_resource_id, a.resource_id, a.resource_kind, "
    "a.created_at, g.compartment_id "
    "FROM association a JOIN guarded g ON g.id = a.certificates_resource_id ";

constexpr char kSelectEvidence[] =
    "SELECT e.digest, e.presenter_id, e.presenter_kind, e.operation, e.user_id, e.user_name, "
    "e.tenancy_id, e.key_id, e.algorithm, e.public_key_pem, e.signing_string, e.signature, "
    "e.signed_at, e.pairs_digest, e.answer, e.judged_at_position, e.recorded_at FROM evidence e ";

Result<AssociationRow> ReadAssociation(const storage::Row& row) {
  AssociationRow association;
  association.id = row.Text(0);
  association.name = row.Text(1);
  TRY_ASSIGN(association.kind, StoredEnum<Kind>(row, 2));
  association.certificates_resource_id = row.Text(3);
  association.resource_id = row.Text(4);
  association.resource_kind = row.Text(5);
  association.created_at = row.At(6);
  association.compartment_id = row.Text(7);
  return association;
}

EvidenceRow ReadEvidence(const storage::Row& row) {
  return {.digest = row.Text(0),
          .presenter_id = row.Text(1),
          .presenter_kind = row.Text(2),
          .operation = row.Text(3),
          .user_id = row.Text(4),
          .user_name = row.Text(5),
          .tenancy_id = row.Text(6),
          .key_id = row.Text(7),
          .algorithm = row.Text(8),
          .public_key_pem = row.Text(9),
          .signing_string = row.Text(10),
          .signature = row.Text(11),
          .signed_at = row.At(12),
          .pairs_digest = row.Text(13),
          .answer = row.Text(14),
          .judged_at_position = row.Int(15),
          .recorded_at = row.At(16)};
}

Result<std::vector<AssociationRow>> QueryAssociations(storage::Session& session, const std::string& sql,
                                                 std::vector<storage::Value> parameters) {
  TRY_ASSIGN(const auto rows, session.Query(sql, std::move(parameters)));
  std::vector<AssociationRow> associations;
  for (const auto& row : rows) {
    TRY_ASSIGN(auto association, ReadAssociation(row));
    associations.push_back(std::move(association));
  }
  return associations;
}

Result<std::optional<AssociationRow>> OnlyAssociation(storage::Session& session,
                                                      const std::string& sql,
                                                      std::vector<storage::Value> parameters) {
  TRY_ASSIGN(auto found, QueryAssociations(session, sql, std::move(parameters)));
  if (found.empty()) return std::optional<AssociationRow>();
  return std::optional(std::move(found.front()));
}

Result<std::vector<EvidenceRow>> Evidences(storage::Session& session, const std::string& sql,
                                           std::vector<storage::Value> parameters) {
  TRY_ASSIGN(const auto rows, session.Query(sql, std::move(parameters)));
  std::vector<EvidenceRow> evidence;
  for (const auto& row : rows) evidence.push_back(ReadEvidence(row));
  return evidence;
}

// "(g.kind = … AND g.compartment_id IN (…)) OR …": what the caller may see.
std::string VisibleCondition(const AssociationFilter& filter,
                             std::vector<storage::Value>& parameters) {
  std::string condition;
  for (const auto& [kind, compartments] : filter.visible) {
    if (compartments.empty()) continue;
    parameters.emplace_back(WireNameOf(kind));
    const auto kind_at = parameters.size();
    std::string places;
    for (const auto& id : compartments) {
      parameters.emplace_back(id);
      places += fmt::format("{}${}", places.empty() ? "" : ", ", parameters.size());
    }
    condition += fmt::format("{}(a.kind = ${} AND g.compartment_id IN ({}))",
                             condition.empty() ? "" : " OR ", kind_at, places);
  }
  return condition;
}

}  // namespace

Result<void> LockResource(storage::Session& session, const std::string& certificates_resource_id) {
  // Changes nothing: on a database with several writers it takes the row's lock.
  TRY(session.Execute("UPDATE guarded SET revision = revision WHERE id = $1",
                      {certificates_resource_id}));
  return {};
}

Result<std::optional<AssociationRow>> FindAssociation(storage::Session& session,
                                                      const std::string& id) {
  return OnlyAssociation(session, std::string(kSelectAssociation) + "WHERE a.id = $1", {id});
}

Result<std::optional<AssociationRow>> FindPair(storage::Session& session,
                                               const wire::AssociationPair& pair) {
  return OnlyAssociation(
      session,
      std::string(kSelectAssociation) +
          "WHERE a.certificates_resource_id = $1 AND a.resource_id = $2",
      {pair.certificates_resource_id, pair.resource_id});
}

Result<std::vector<AssociationRow>> AssociationsOf(storage::Session& session,
                                                   const std::string& certificates_resource_id) {
  return QueryAssociations(
      session,
      std::string(kSelectAssociation) + "WHERE a.certificates_resource_id = $1 ORDER BY a.id",
      {certificates_resource_id});
}

Result<void> InsertAssociation(storage::Session& session, const AssociationRow& row) {
  TRY(session.Execute(
      "INSERT INTO association (id, name, kind, certificates_resource_id, resource_id, "
      "resource_kind, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
      {row.id, row.name, WireNameOf(row.kind), row.certificates_resource_id, row.resource_id,
       row.resource_kind, row.created_at}));
  return {};
}

Result<void> DeleteAssociation(storage::Session& session, const std::string& id) {
  TRY(session.Execute("DELETE FROM association WHERE id = $1", {id}));
  return {};
}

Result<std::vector<AssociationRow>> ListAssociations(storage::Session& session,
                                                     const AssociationFilter& filter) {
  std::vector<storage::Value> parameters;
  const auto visible = VisibleCondition(filter, parameters);
  if (visible.empty()) return std::vector<AssociationRow>();
  std::string sql = fmt::format("{}WHERE ({})", kSelectAssociation, visible);
  const auto add = [&](const char* column, const std::optional<std::string>& value) {
    if (!value) return;
    parameters.emplace_back(*value);
    sql += fmt::format(" AND {} = ${}", column, parameters.size());
  };
  add("a.id", filter.id);
  add("a.name", filter.name);
  add("a.certificates_resource_id", filter.certificates_resource_id);
  add("a.resource_id", filter.resource_id);

  const bool by_name = filter.page.sort_by == "NAME";
  const std::string key = by_name ? "a.name" : "a.created_at";
  const bool ascending = filter.page.order == service::SortOrder::kAscending;
  if (filter.page.after) {
    const auto& after = *filter.page.after;
    if (by_name) {
      parameters.emplace_back(after[0]);
    } else {
      const auto micros = fmt::format("{}", after[0]);
      if (micros.empty() || micros.size() > 18 ||
          micros.find_first_not_of("0123456789") != std::string::npos) {
        return Fail(ErrorCode::kInvalidArgument, "page: is not a token of opc-next-page");
      }
      parameters.emplace_back(int64_t{std::stoll(micros)});
    }
    const auto value_at = parameters.size();
    parameters.emplace_back(after[1]);
    sql += fmt::format(" AND ({0} {1} ${2} OR ({0} = ${2} AND a.id {1} ${3}))", key,
                       ascending ? ">" : "<", value_at, parameters.size());
  }
  parameters.emplace_back(filter.page.limit + 1);
  sql += fmt::format(" ORDER BY {0} {1}, a.id {1} LIMIT ${2}", key, ascending ? "ASC" : "DESC",
                     parameters.size());
  return QueryAssociations(session, sql, std::move(parameters));
}

Result<std::optional<Fence>> FindFence(storage::Session& session,
                                       const wire::AssociationPair& pair) {
  TRY_ASSIGN(const auto row,
             session.QueryOne("SELECT fence_at, closed_until, set_by, set_at FROM "
                              "association_fence WHERE certificates_resource_id = $1 AND "
                              "resource_id = $2",
                              {pair.certificates_resource_id, pair.resource_id}));
  if (!row) return std::optional<Fence>();
  return std::optional(Fence{row->At(0), row->OptionalTime(1), row->Text(2), row->At(3)});
}

Result<Fence> RaiseFence(storage::Session& session, const wire::AssociationPair& pair,
                         const Fence& fence) {
  TRY(session.Execute(
      "INSERT INTO association_fence (certificates_resource_id, resource_id, fence_at, "
      "closed_until, set_by, set_at) VALUES ($1, $2, $3, $4, $5, $6) "
      "ON CONFLICT (certificates_resource_id, resource_id) DO UPDATE SET "
      "fence_at = CASE WHEN excluded.fence_at > association_fence.fence_at "
      "THEN excluded.fence_at ELSE association_fence.fence_at END, "
      "closed_until = COALESCE(excluded.closed_until, association_fence.closed_until), "
      "set_by = excluded.set_by, set_at = excluded.set_at",
      {pair.certificates_resource_id, pair.resource_id, fence.at, fence.closed_until, fence.set_by,
       fence.set_at}));
  TRY_ASSIGN(auto now, FindFence(session, pair));
  if (!now) return Fail(ErrorCode::kInternal, "a fence that was set is not there");
  return std::move(*now);
}

Result<std::optional<EvidenceRow>> FindEvidence(storage::Session& session,
                                                const std::string& digest) {
  TRY_ASSIGN(auto found,
             Evidences(session, std::string(kSelectEvidence) + "WHERE e.digest = $1", {digest}));
  if (found.empty()) return std::optional<EvidenceRow>();
  return std::optional(std::move(found.front()));
}

Result<bool> InsertEvidence(storage::Session& session, const EvidenceRow& row) {
  TRY_ASSIGN(const auto count,
             session.Execute(
                 "INSERT INTO evidence (digest, presenter_id, presenter_kind, operation, user_id, "
                 "user_name, tenancy_id, key_id, algorithm, public_key_pem, signing_string, "
                 "signature, signed_at, pairs_digest, answer, judged_at_position, recorded_at) "
                 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, "
                 "$17) ON CONFLICT (digest) DO NOTHING",
                 {row.digest, row.presenter_id, row.presenter_kind, row.operation, row.user_id,
                  row.user_name, row.tenancy_id, row.key_id, row.algorithm, row.public_key_pem,
                  row.signing_string, row.signature, row.signed_at, row.pairs_digest, row.answer,
                  row.judged_at_position, row.recorded_at}));
  return count == 1;
}

Result<void> InsertEvidencePair(storage::Session& session, const std::string& digest,
                                const wire::AssociationPair& pair,
                                const std::string& association_id) {
  TRY(session.Execute(
      "INSERT INTO evidence_pair (digest, certificates_resource_id, resource_id, association_id) "
      "VALUES ($1, $2, $3, $4)",
      {digest, pair.certificates_resource_id, pair.resource_id, association_id}));
  return {};
}

Result<std::vector<EvidenceRow>> EvidenceOfAssociation(storage::Session& session,
                                                       const std::string& association_id) {
  return Evidences(session,
                   std::string(kSelectEvidence) +
                       "JOIN evidence_pair p ON p.digest = e.digest WHERE p.association_id = $1 "
                       "ORDER BY e.recorded_at, e.digest",
                   {association_id});
}

Result<Time> NewestClick(storage::Session& session, const std::string& association_id) {
  TRY_ASSIGN(const auto row,
             session.QueryOne("SELECT MAX(e.signed_at) FROM evidence e JOIN evidence_pair p ON "
                              "p.digest = e.digest WHERE p.association_id = $1",
                              {association_id}));
  const auto newest = row ? row->OptionalTime(0) : std::nullopt;
  if (!newest) return Fail(ErrorCode::kInternal, "an association has no evidence");
  return *newest;
}

Result<wire::Change> CreatedChange(storage::Session& session, const AssociationRow& row) {
  wire::Change change;
  change.kind = wire::ChangeKind::kAssociationCreated;
  change.association_id = row.id;
  change.certificates_resource_id = row.certificates_resource_id;
  change.resource_id = row.resource_id;
  change.product_kind = row.resource_kind;
  if (row.kind == Kind::kCaBundle) return change;
  TRY_ASSIGN(const auto found, session.QueryOne(fmt::format("SELECT current_version FROM {} "
                                                            "WHERE id = $1",
                                                            OwnerTable(row.kind)),
                                                {row.certificates_resource_id}));
  if (!found) return Fail(ErrorCode::kInternal, "an associated resource has no row of its own");
  (row.kind == Kind::kCertificate ? change.current_version : change.revision) = found->Int(0);
  return change;
}

}  // namespace perennial::certificates
