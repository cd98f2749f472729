// SPDX-License-Identifier: Apache-2.0
#include "identity/store/store.h"

#include <algorithm>

namespace perennial::identity {
namespace {

using storage::Row;
using storage::Value;

template <class T>
std::optional<T> Maybe(const std::optional<Row>& row, T (*read)(const Row&)) {
  return row ? std::optional(read(*row)) : std::nullopt;
}

template <class T>
std::vector<T> All(const std::vector<Row>& rows, T (*read)(const Row&)) {
  std::vector<T> all;
  for (const auto& row : rows) all.push_back(read(row));
  return all;
}

constexpr const char* kSelectPool =
    "SELECT id, tenancy_id, compartment_id, display_name, addresses, created_at FROM node_pool ";
NodePoolRow ReadPool(const Row& row) {
  return {row.Text(0), row.Text(1), row.Text(2), row.Text(3), SplitColumn(row.Text(4)), row.At(5)};
}

constexpr const char* kSelectNode =
    "SELECT id, tenancy_id, name, public_key_pem, node_pool_ids, product_kinds, addresses, state, "
    "created_at, last_seen_at, agent_version, wanted_count, served_count, version FROM node ";
NodeRow ReadNode(const Row& row) {
  return {.id = row.Text(0),
          .tenancy_id = row.Text(1),
          .name = row.Text(2),
          .public_key_pem = row.Text(3),
          .node_pool_ids = SplitColumn(row.Text(4)),
          .product_kinds = SplitColumn(row.Text(5)),
          .addresses = SplitColumn(row.Text(6)),
          .state = FromWireName<authz::NodeState>(row.Text(7)).value(),
          .created_at = row.At(8),
          .last_seen_at = row.OptionalTime(9),
          .agent_version = row.OptionalText(10),
          .wanted_count = row.OptionalInt(11),
          .served_count = row.OptionalInt(12),
          .version = row.Int(13)};
}

constexpr const char* kSelectProcess =
    "SELECT id, kind, public_key_pem, names, state, created_at FROM process ";
ProcessRow ReadProcess(const Row& row) {
  return {row.Text(0),
          row.Text(1),
          row.Text(2),
          SplitColumn(row.Text(3)),
          FromWireName<authz::PrincipalState>(row.Text(4)).value(),
          row.At(5)};
}

ResourceRow ReadResource(const Row& row) {
  return {.id = row.Text(0),
          .kind = row.Text(1),
          .tenancy_id = row.Text(2),
          .compartment_id = row.Text(3),
          .owner_service_id = row.Text(4),
          .user_id = row.Text(5),
          .node_pool_ids = SplitColumn(row.Text(6)),
          .evidence_digest = row.Text(7),
          .created_at = row.At(8),
          .ended_at = row.OptionalTime(9)};
}

authz::ResourceFact FactOf(const ResourceRow& row) {
  return {.id = row.id,
          .kind = row.kind,
          .tenancy_id = row.tenancy_id,
          .compartment_id = row.compartment_id,
          .node_pool_ids = row.node_pool_ids,
          .owner_service_id = row.owner_service_id,
          .evidence_digest = row.evidence_digest};
}

}  // namespace

// --- Node pools and tokens

Result<void> Store::Insert(Session& session, const NodePoolRow& row) const {
  TRY_ASSIGN(const auto taken,
             session.QueryOne("SELECT 1 FROM node_pool WHERE compartment_id = $1 AND name_key = $2",
                              {row.compartment_id, NameKey(row.display_name)}));
  if (taken) {
    return Fail(ErrorCode::kAlreadyExists,
                "/displayName: there is a node pool of this name already");
  }
  TRY(session.Execute(
      "INSERT INTO node_pool (id, tenancy_id, compartment_id, display_name, name_key, "
      "addresses, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
      {row.id, row.tenancy_id, row.compartment_id, row.display_name, NameKey(row.display_name),
       JoinColumn(row.addresses), row.created_at}));
  return PutFact(session, authz::NodePoolFact{.id = row.id,
                                              .tenancy_id = row.tenancy_id,
                                              .compartment_id = row.compartment_id,
                                              .display_name = row.display_name,
                                              .addresses = row.addresses});
}

Result<std::optional<NodePoolRow>> Store::FindNodePool(Session& session,
                                                       std::string_view id) const {
  TRY_ASSIGN(const auto row, session.QueryOne(std::string(kSelectPool) + "WHERE id = $1", {id}));
  return Maybe(row, ReadPool);
}

Result<std::vector<NodePoolRow>> Store::ListNodePools(Session& session, std::string_view tenancy_id,
                                                      std::string_view after_id,
                                                      int64_t limit) const {
  TRY_ASSIGN(const auto rows,
             session.Query(std::string(kSelectPool) +
                               "WHERE tenancy_id = $1 AND id > $2 ORDER BY id LIMIT $3",
                           {tenancy_id, after_id, limit}));
  return All(rows, ReadPool);
}

Result<void> Store::Insert(Session& session, const NodeTokenRow& row) const {
  TRY(session.Execute(
      "INSERT INTO node_token (id, hash, tenancy_id, created_by, node_pool_ids, "
      "product_kinds, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
      {row.id, row.hash, row.tenancy_id, row.created_by, JoinColumn(row.node_pool_ids),
       JoinColumn(row.product_kinds), row.created_at, row.expires_at}));
  return {};
}

Result<std::optional<NodeTokenRow>> Store::FindNodeToken(Session& session,
                                                         std::string_view hash) const {
  TRY_ASSIGN(
      const auto row,
      session.QueryOne("SELECT id, hash, tenancy_id, created_by, node_pool_ids, product_kinds, "
                       "created_at, expires_at, used_at, node_id FROM node_token WHERE hash = $1",
                       {hash}));
  if (!row) return std::optional<NodeTokenRow>();
  return std::optional(NodeTokenRow{.id = row->Text(0),
                                    .hash = row->Text(1),
                                    .tenancy_id = row->Text(2),
                                    .created_by = row->Text(3),
                                    .node_pool_ids = SplitColumn(row->Text(4)),
                                    .product_kinds = SplitColumn(row->Text(5)),
                                    .created_at = row->At(6),
                                    .expires_at = row->At(7),
                                    .used_at = row->OptionalTime(8),
                                    .node_id = row->OptionalText(9)});
}

Result<bool> Store::UseNodeToken(Session& session, std::string_view id,
                                 std::string_view node_id) const {
  TRY_ASSIGN(const auto changed, session.Execute("UPDATE node_token SET used_at = $2, node_id = $3 "
                                                 "WHERE id = $1 AND node_id IS NULL",
                                                 {id, clock_.Now(), node_id}));
  return changed == 1;
}

Result<void> Store::PruneNodeTokens(Session& session, Time before) const {
  TRY(session.Execute("DELETE FROM node_token WHERE expires_at < $1", {before}));
  return {};
}

// --- Nodes

Result<void> Store::Insert(Session& session, const NodeRow& row) const {
  TRY_ASSIGN(const auto taken,
             session.QueryOne("SELECT 1 FROM node WHERE tenancy_id = $1 AND name = $2 "
                              "AND state <> 'REMOVED'",
                              {row.tenancy_id, row.name}));
  if (taken) {
    return Fail(ErrorCode::kAlreadyExists,
                "/name: a node of this name is enrolled; remove it first, or give another name");
  }
  TRY_ASSIGN(const auto same_key, FindNodeByKey(session, row.public_key_pem));
  if (same_key)
    return Fail(ErrorCode::kAlreadyExists, "/publicKeyPem: a node has this key already");
  TRY(session.Execute(
      "INSERT INTO node (id, tenancy_id, name, public_key_pem, node_pool_ids, "
      "product_kinds, addresses, state, created_at, version) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      {row.id, row.tenancy_id, row.name, row.public_key_pem, JoinColumn(row.node_pool_ids),
       JoinColumn(row.product_kinds), JoinColumn(row.addresses), WireNameOf(row.state),
       row.created_at, row.version}));
  TRY(session.Execute("INSERT INTO node_tenancy (tenancy_id, node_id) VALUES ($1, $2)",
                      {row.tenancy_id, row.id}));
  return PutNodeFact(session, row.id);
}

Result<void> Store::ShareNode(Session& session, const NodeRow& node, const NodeRow& added) const {
  const auto joined = [](std::vector<std::string> all, const std::vector<std::string>& more) {
    for (const auto& item : more) {
      if (std::ranges::find(all, item) == all.end()) all.push_back(item);
    }
    return JoinColumn(all);
  };
  TRY(session.Execute(
      "UPDATE node SET node_pool_ids = $2, product_kinds = $3, addresses = $4, "
      "version = version + 1 WHERE id = $1",
      {node.id, joined(node.node_pool_ids, added.node_pool_ids),
       joined(node.product_kinds, added.product_kinds), joined(node.addresses, added.addresses)}));
  TRY(
      session.Execute("INSERT INTO node_tenancy (tenancy_id, node_id) VALUES ($1, $2) "
                      "ON CONFLICT (tenancy_id, node_id) DO NOTHING",
                      {added.tenancy_id, node.id}));
  return PutNodeFact(session, node.id);
}

Result<bool> Store::UnshareNode(Session& session, std::string_view node_id,
                                std::string_view tenancy_id,
                                const std::vector<std::string>& pool_ids) const {
  TRY_ASSIGN(const auto node, FindNode(session, node_id));
  if (!node) return Fail(ErrorCode::kNotFound, "no such node");
  std::vector<std::string> left;
  for (const auto& pool : node->node_pool_ids) {
    if (std::ranges::find(pool_ids, pool) == pool_ids.end()) left.push_back(pool);
  }
  if (left.empty()) return false;
  TRY(session.Execute("UPDATE node SET node_pool_ids = $2, version = version + 1 WHERE id = $1",
                      {node_id, JoinColumn(left)}));
  TRY(session.Execute("DELETE FROM node_tenancy WHERE node_id = $1 AND tenancy_id = $2",
                      {node_id, tenancy_id}));
  TRY(PutNodeFact(session, node_id));
  return true;
}

Result<std::optional<NodeRow>> Store::FindNode(Session& session, std::string_view id) const {
  TRY_ASSIGN(const auto row, session.QueryOne(std::string(kSelectNode) + "WHERE id = $1", {id}));
  return Maybe(row, ReadNode);
}

Result<std::optional<NodeRow>> Store::FindNodeByKey(Session& session,
                                                    std::string_view public_key_pem) const {
  TRY_ASSIGN(
      const auto row,
      session.QueryOne(std::string(kSelectNode) + "WHERE public_key_pem = $1", {public_key_pem}));
  return Maybe(row, ReadNode);
}

Result<std::vector<NodeRow>> Store::ListNodes(Session& session, std::string_view tenancy_id,
                                              std::string_view after_id, int64_t limit) const {
  TRY_ASSIGN(
      const auto rows,
      session.Query(std::string(kSelectNode) +
                        "WHERE id IN (SELECT node_id FROM node_tenancy WHERE tenancy_id = $1) "
                        "AND id > $2 ORDER BY id LIMIT $3",
                    {tenancy_id, after_id, limit}));
  return All(rows, ReadNode);
}

Result<void> Store::SetNodeState(Session& session, std::string_view id,
                                 authz::NodeState state) const {
  TRY(session.Execute("UPDATE node SET state = $2, version = version + 1 WHERE id = $1",
                      {id, WireNameOf(state)}));
  return PutNodeFact(session, id);
}

Result<void> Store::TouchNode(Session& session, std::string_view id) const {
  return PutNodeFact(session, id);
}

Result<void> Store::SetNodeSeen(Session& session, std::string_view id,
                                const NodeReport& report) const {
  TRY(session.Execute(
      "UPDATE node SET last_seen_at = $2, agent_version = COALESCE($3, agent_version), "
      "wanted_count = COALESCE($4, wanted_count), "
      "served_count = COALESCE($5, served_count) WHERE id = $1",
      {id, clock_.Now(), report.agent_version, report.wanted_count, report.served_count}));
  return {};
}

Result<void> Store::PutNodeFact(Session& session, std::string_view node_id) const {
  TRY_ASSIGN(const auto node, FindNode(session, node_id));
  if (!node) return Fail(ErrorCode::kInternal, "a fact of a node that does not exist");
  return PutFact(session, authz::NodeFact{.id = node->id,
                                          .tenancy_id = node->tenancy_id,
                                          .name = node->name,
                                          .node_pool_ids = node->node_pool_ids,
                                          .product_kinds = node->product_kinds,
                                          .public_key_pem = node->public_key_pem,
                                          .state = node->state});
}

// --- Services and replicas

Result<void> Store::Insert(Session& session, const ProcessRow& row) const {
  TRY(
      session.Execute("INSERT INTO process (id, kind, public_key_pem, names, state, created_at) "
                      "VALUES ($1, $2, $3, $4, $5, $6)",
                      {row.id, row.kind, row.public_key_pem, JoinColumn(row.names),
                       WireNameOf(row.state), row.created_at}));
  return PutProcessFact(session, row.id);
}

Result<std::optional<ProcessRow>> Store::FindProcess(Session& session, std::string_view id) const {
  TRY_ASSIGN(const auto row, session.QueryOne(std::string(kSelectProcess) + "WHERE id = $1", {id}));
  return Maybe(row, ReadProcess);
}

Result<std::optional<ProcessRow>> Store::FindProcessByKey(Session& session,
                                                          std::string_view public_key_pem) const {
  TRY_ASSIGN(const auto row,
             session.QueryOne(std::string(kSelectProcess) + "WHERE public_key_pem = $1",
                              {public_key_pem}));
  return Maybe(row, ReadProcess);
}

Result<void> Store::SetProcessState(Session& session, std::string_view id,
                                    authz::PrincipalState state) const {
  TRY(session.Execute("UPDATE process SET state = $2 WHERE id = $1", {id, WireNameOf(state)}));
  return PutProcessFact(session, id);
}

Result<void> Store::SetProcessNames(Session& session, std::string_view id,
                                    const std::vector<std::string>& names) const {
  TRY(session.Execute("UPDATE process SET names = $2 WHERE id = $1", {id, JoinColumn(names)}));
  return PutProcessFact(session, id);
}

Result<void> Store::PutProcessFact(Session& session, std::string_view id) const {
  TRY_ASSIGN(const auto row, FindProcess(session, id));
  if (!row) return Fail(ErrorCode::kInternal, "a fact of a process that does not exist");
  if (row->kind == kReplicaKind) {
    return PutFact(session, authz::ReplicaFact{.id = row->id,
                                               .public_key_pem = row->public_key_pem,
                                               .state = row->state,
                                               .names = row->names});
  }
  return PutFact(session, authz::ServiceFact{.id = row->id,
                                             .kind = row->kind,
                                             .public_key_pem = row->public_key_pem,
                                             .state = row->state,
                                             .names = row->names});
}

// --- Resources and placements

Result<void> Store::Insert(Session& session, const ResourceRow& row) const {
  TRY(session.Execute(
      "INSERT INTO resource (id, kind, tenancy_id, compartment_id, owner_service_id, "
      "user_id, node_pool_ids, evidence_digest, created_at) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
      {row.id, row.kind, row.tenancy_id, row.compartment_id, row.owner_service_id, row.user_id,
       JoinColumn(row.node_pool_ids), row.evidence_digest, row.created_at}));
  return PutFact(session, FactOf(row));
}

Result<std::optional<ResourceRow>> Store::FindResource(Session& session,
                                                       std::string_view id) const {
  TRY_ASSIGN(
      const auto row,
      session.QueryOne("SELECT id, kind, tenancy_id, compartment_id, owner_service_id, user_id, "
                       "node_pool_ids, evidence_digest, created_at, ended_at FROM resource "
                       "WHERE id = $1",
                       {id}));
  return Maybe(row, ReadResource);
}

Result<void> Store::MoveResource(Session& session, std::string_view id,
                                 std::string_view compartment_id) const {
  TRY(session.Execute("UPDATE resource SET compartment_id = $2 WHERE id = $1",
                      {id, compartment_id}));
  TRY_ASSIGN(const auto row, FindResource(session, id));
  if (!row) return Fail(ErrorCode::kInternal, "a resource that does not exist was moved");
  return PutFact(session, FactOf(*row));
}

Result<void> Store::EndResource(Session& session, std::string_view id) const {
  TRY(session.Execute("UPDATE resource SET ended_at = $2 WHERE id = $1", {id, clock_.Now()}));
  TRY(session.Execute("DELETE FROM placement WHERE resource_id = $1", {id}));
  TRY(EndFact<authz::PlacementFact>(session, id));
  return EndFact<authz::ResourceFact>(session, id);
}

Result<std::optional<PlacementRow>> Store::FindPlacement(Session& session,
                                                         std::string_view resource_id) const {
  TRY_ASSIGN(const auto row,
             session.QueryOne("SELECT resource_id, version, node_ids FROM placement "
                              "WHERE resource_id = $1",
                              {resource_id}));
  if (!row) return std::optional<PlacementRow>();
  return std::optional(PlacementRow{row->Text(0), row->Int(1), SplitColumn(row->Text(2))});
}

Result<void> Store::Put(Session& session, const PlacementRow& row) const {
  TRY(
      session.Execute("INSERT INTO placement (resource_id, version, node_ids) VALUES ($1, $2, $3) "
                      "ON CONFLICT (resource_id) DO UPDATE SET version = excluded.version, "
                      "node_ids = excluded.node_ids",
                      {row.resource_id, row.version, JoinColumn(row.node_ids)}));
  return PutFact(session, authz::PlacementFact{.resource_id = row.resource_id,
                                               .version = row.version,
                                               .node_ids = row.node_ids});
}

}  // namespace perennial::identity
