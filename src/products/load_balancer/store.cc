// SPDX-License-Identifier: Apache-2.0
#include "products/load_balancer/store.h"

#include <fmt/format.h>

#include <charconv>

namespace perennial::load_balancer {

namespace {

constexpr std::string_view kColumns =
    "id, tenancy_id, attributes, lifecycle_state, node_pool_id, version, placement_version";

// Attributes are the value without what stands in rows of its own.
std::string EncodeAttributes(wire::LoadBalancer value) {
  value.listeners.clear();
  value.backend_sets.clear();
  return EncodeJson(value);
}

Result<Model> FromRow(storage::Session& session, const storage::Row& row) {
  Model model;
  TRY_ASSIGN(model.value, DecodeJson<wire::LoadBalancer>(row.Text(2), UnknownFields::kIgnore));
  model.tenancy_id = row.Text(1);
  const auto state = FromWireName<wire::LifecycleState>(row.Text(3));
  if (!state) return Fail(ErrorCode::kInternal, "load balancer with state " + row.Text(3));
  model.value.lifecycle_state = *state;
  model.node_pool_id = row.Text(4);
  model.version = row.Int(5);
  model.placement_version = row.Int(6);
  TRY_ASSIGN(const auto sets,
             session.Query("SELECT name, definition FROM backend_set WHERE load_balancer_id = $1",
                           {row.Text(0)}));
  for (const auto& set : sets) {
    TRY_ASSIGN(auto value, DecodeJson<wire::BackendSet>(set.Text(1), UnknownFields::kIgnore));
    model.value.backend_sets.emplace(set.Text(0), std::move(value));
  }
  TRY_ASSIGN(const auto listeners,
             session.Query("SELECT name, definition FROM listener WHERE load_balancer_id = $1",
                           {row.Text(0)}));
  for (const auto& listener : listeners) {
    TRY_ASSIGN(auto value, DecodeJson<wire::Listener>(listener.Text(1), UnknownFields::kIgnore));
    model.value.listeners.emplace(listener.Text(0), std::move(value));
  }
  TRY_ASSIGN(const auto nodes, session.Query("SELECT node_id FROM placement WHERE load_balancer_id = $1 "
                                             "ORDER BY node_id",
                                             {row.Text(0)}));
  for (const auto& node : nodes) model.node_ids.push_back(node.Text(0));
  return model;
}

Result<std::vector<Model>> FromRows(storage::Session& session, const std::vector<storage::Row>& rows) {
  std::vector<Model> models;
  for (const auto& row : rows) {
    TRY_ASSIGN(auto model, FromRow(session, row));
    models.push_back(std::move(model));
  }
  return models;
}

Result<std::vector<std::string>> Texts(storage::Session& session, std::string_view sql,
                                       std::vector<storage::Value> parameters = {}) {
  TRY_ASSIGN(const auto rows, session.Query(sql, std::move(parameters)));
  std::vector<std::string> texts;
  for (const auto& row : rows) texts.push_back(row.Text(0));
  return texts;
}

Result<void> PutBackendSet(storage::Session& session, const std::string& id,
                           const wire::BackendSet& set) {
  TRY(session.Execute("INSERT INTO backend_set (load_balancer_id, name, definition) VALUES ($1, $2, $3) "
                      "ON CONFLICT (load_balancer_id, name) DO UPDATE SET definition = $3",
                      {id, set.name, EncodeJson(set)}));
  return {};
}

Result<void> PutListener(storage::Session& session, const Model& model,
                         const wire::Listener& listener) {
  auto stored = session.Execute("INSERT INTO listener (load_balancer_id, name, node_pool_id, port, "
                                "backend_set_name, definition) VALUES ($1, $2, $3, $4, $5, $6) "
                                "ON CONFLICT (load_balancer_id, name) DO UPDATE SET port = $4, "
                                "backend_set_name = $5, definition = $6",
                                {model.id(), listener.name, model.node_pool_id, listener.port,
                                 listener.default_backend_set_name, EncodeJson(listener)});
  if (stored) return {};
  // Only a race comes here, and the name of the constraint is not for the caller.
  if (stored.error().code == ErrorCode::kConflict) {
    stored.error().message = fmt::format("port {} of this node pool is taken", listener.port);
  }
  return std::unexpected(std::move(stored).error());
}

}  // namespace

Result<Model> Store::Get(storage::Session& session, const std::string& id) const {
  TRY_ASSIGN(const auto row,
             session.QueryOne(fmt::format("SELECT {} FROM load_balancer WHERE id = $1 AND "
                                          "lifecycle_state <> 'DELETED'",
                                          kColumns),
                              {id}));
  if (!row) return Fail(ErrorCode::kNotFound, "no such load balancer");
  return FromRow(session, *row);
}

Result<std::string> Store::CompartmentOf(storage::Session& session, const std::string& id) const {
  TRY_ASSIGN(const auto row,
             session.QueryOne("SELECT compartment_id FROM load_balancer WHERE id = $1", {id}));
  if (!row) return Fail(ErrorCode::kNotFound, "no such load balancer");
  return row->Text(0);
}

Result<std::vector<Model>> Store::List(storage::Session& session, const ListQuery& query) const {
  std::vector<storage::Value> parameters{query.compartment_id};
  std::string where = "compartment_id = $1 AND lifecycle_state <> 'DELETED'";
  const auto add = [&](storage::Value value) {
    parameters.push_back(std::move(value));
    return fmt::format("${}", parameters.size());
  };
  if (query.display_name) where += " AND display_name = " + add(*query.display_name);
  if (query.state) where += " AND lifecycle_state = " + add(WireNameOf(*query.state));
  const std::string_view key = query.by_name ? "display_name" : "time_created";
  const std::string_view direction = query.descending ? "DESC" : "ASC";
  if (query.after) {
    storage::Value last = query.after->at(0);
    if (!query.by_name) {
      int64_t micros = 0;
      const std::string& text = query.after->at(0);
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), micros);
      if (error != std::errc() || end != text.data() + text.size()) {
        return Fail(ErrorCode::kInvalidArgument, "page: is not a token of this list");
      }
      last = micros;
    }
    const auto first = add(std::move(last));
    where += fmt::format(" AND ({}, id) {} ({}, {})", key, query.descending ? "<" : ">", first,
                         add(query.after->at(1)));
  }
  TRY_ASSIGN(const auto rows,
             session.Query(fmt::format("SELECT {} FROM load_balancer WHERE {} ORDER BY {} {}, id {} "
                                       "LIMIT {}",
                                       kColumns, where, key, direction, direction, query.limit),
                           parameters));
  return FromRows(session, rows);
}

Result<std::vector<std::string>> Store::Ids(storage::Session& session) const {
  return Texts(session, "SELECT id FROM load_balancer WHERE lifecycle_state <> 'DELETED' ORDER BY id");
}

Result<std::vector<Model>> Store::PlacedOn(storage::Session& session,
                                           const std::string& node_id) const {
  TRY_ASSIGN(const auto rows,
             session.Query(fmt::format("SELECT {} FROM load_balancer WHERE lifecycle_state IN "
                                       "('CREATING', 'ACTIVE') AND id IN (SELECT load_balancer_id FROM "
                                       "placement WHERE node_id = $1) ORDER BY id",
                                       kColumns),
                           {node_id}));
  return FromRows(session, rows);
}

Result<std::vector<std::string>> Store::PlacedNodes(storage::Session& session) const {
  return Texts(session, "SELECT node_id FROM placement UNION SELECT node_id FROM node_configuration "
                        "ORDER BY node_id");
}

Result<void> Store::Insert(storage::Session& session, const Model& model) const {
  TRY(session.Execute("INSERT INTO load_balancer (id, tenancy_id, compartment_id, display_name, "
                      "lifecycle_state, node_pool_id, attributes, version, time_created) "
                      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                      {model.id(), model.tenancy_id, model.value.compartment_id,
                       model.value.display_name, WireNameOf(model.value.lifecycle_state),
                       model.node_pool_id, EncodeAttributes(model.value), model.version,
                       model.value.time_created}));
  for (const auto& [name, set] : model.value.backend_sets) {
    TRY(PutBackendSet(session, model.id(), set));
  }
  for (const auto& [name, listener] : model.value.listeners) TRY(PutListener(session, model, listener));
  return {};
}

Result<void> Store::Save(storage::Session& session, const Model& before, Model& after) const {
  after.version = before.version + 1;
  TRY_ASSIGN(const auto updated,
             session.Execute("UPDATE load_balancer SET display_name = $3, lifecycle_state = $4, "
                             "attributes = $5, version = $6 WHERE id = $1 AND version = $2",
                             {after.id(), before.version, after.value.display_name,
                              WireNameOf(after.value.lifecycle_state), EncodeAttributes(after.value),
                              after.version}));
  if (updated != 1) return Fail(ErrorCode::kIncorrectState, "the load balancer has just been changed");
  // Listeners name backend sets by foreign key: sets come before what names them and go after it.
  for (const auto& [name, set] : after.value.backend_sets) {
    TRY(PutBackendSet(session, after.id(), set));
  }
  for (const auto& [name, listener] : before.value.listeners) {
    if (after.value.listeners.contains(name)) continue;
    TRY(session.Execute("DELETE FROM listener WHERE load_balancer_id = $1 AND name = $2",
                        {after.id(), name}));
  }
  for (const auto& [name, listener] : after.value.listeners) TRY(PutListener(session, after, listener));
  for (const auto& [name, set] : before.value.backend_sets) {
    if (after.value.backend_sets.contains(name)) continue;
    TRY(session.Execute("DELETE FROM backend_set WHERE load_balancer_id = $1 AND name = $2",
                        {after.id(), name}));
  }
  return {};
}

Result<std::vector<PortHolder>> Store::PortHolders(storage::Session& session,
                                                   const std::vector<std::string>& pool_ids,
                                                   int64_t port) const {
  std::vector<PortHolder> holders;
  for (const auto& pool_id : pool_ids) {
    TRY_ASSIGN(const auto rows,
               session.Query("SELECT l.load_balancer_id, b.compartment_id, l.name FROM listener l JOIN "
                             "load_balancer b ON b.id = l.load_balancer_id "
                             "WHERE l.node_pool_id = $1 AND l.port = $2",
                             {pool_id, port}));
    for (const auto& row : rows) holders.push_back({row.Text(0), row.Text(1), row.Text(2), port});
  }
  return holders;
}

Result<std::set<PortConflict>> Store::PortConflictsOn(storage::Session& session,
                                                      const std::string& node_id) const {
  TRY_ASSIGN(const auto rows, session.Query("SELECT load_balancer_id, listener_name, port FROM "
                                            "port_conflict WHERE node_id = $1",
                                            {node_id}));
  std::set<PortConflict> conflicts;
  for (const auto& row : rows) conflicts.insert({row.Text(0), row.Text(1), row.Int(2)});
  return conflicts;
}

Result<void> Store::SetPortConflicts(storage::Session& session, const std::string& node_id,
                                     const std::set<PortConflict>& conflicts) const {
  TRY(session.Execute("DELETE FROM port_conflict WHERE node_id = $1", {node_id}));
  for (const auto& conflict : conflicts) {
    TRY(session.Execute("INSERT INTO port_conflict (node_id, load_balancer_id, listener_name, port) "
                        "VALUES ($1, $2, $3, $4)",
                        {node_id, conflict.load_balancer_id, conflict.listener_name, conflict.port}));
  }
  return {};
}

Result<int64_t> Store::NextPlacementVersion(storage::Session& session, const std::string& id) const {
  TRY_ASSIGN(const auto rows, session.Query("UPDATE load_balancer SET placement_version = "
                                            "placement_version + 1 WHERE id = $1 "
                                            "RETURNING placement_version",
                                            {id}));
  if (rows.size() != 1) return Fail(ErrorCode::kNotFound, "no such load balancer");
  return rows[0].Int(0);
}

Result<void> Store::SetPlacement(storage::Session& session, const std::string& id, int64_t version,
                                 const std::vector<std::string>& node_ids) const {
  TRY_ASSIGN(const auto newest,
             session.QueryOne("SELECT 1 FROM load_balancer WHERE id = $1 AND placement_version = $2",
                              {id, version}));
  if (!newest) return Fail(ErrorCode::kIncorrectState, "a newer placement is on its way");
  TRY(session.Execute("DELETE FROM placement WHERE load_balancer_id = $1", {id}));
  for (const auto& node_id : node_ids) {
    TRY(session.Execute("INSERT INTO placement (load_balancer_id, node_id) VALUES ($1, $2)",
                        {id, node_id}));
  }
  return {};
}

}  // namespace perennial::load_balancer
