// SPDX-License-Identifier: Apache-2.0
#include "products/load_balancer/listener_states.h"

#include <fmt/format.h>

#include <set>
#include <tuple>

#include "products/load_balancer/upkeep.h"

namespace perennial::load_balancer {

namespace {

using wire::ListenerState;

std::string ProblemOf(const NodeWord& word, bool own_node) {
  return own_node ? word.problem : "whoever runs the node finds why in its agent's log";
}

}  // namespace

JudgedListener JudgeListener(const ListenerPlace& place, const NodeWord& word, bool own_node, Time now) {
  if (!word.last_seen) {
    return {ListenerState::kSilent, "the node's agent has not asked for its configuration yet", false};
  }
  if (*word.last_seen < now - kNodeLive) {
    return {ListenerState::kSilent, "the node's agent is silent; it goes on with what it has", false};
  }
  if (place.conflict) {
    return {ListenerState::kClosed,
            fmt::format("port {} is taken there by a listener that was first; give this one another "
                        "port, or take the node out of its pool",
                        place.port),
            true};
  }
  if (place.closed && place.closed->waiting) {
    return {ListenerState::kPending, place.closed->reason, false};
  }
  if (place.closed) return {ListenerState::kClosed, place.closed->reason, true};
  const bool taken = word.reported_version.value_or(-1) >= word.newest_version;
  if (place.changing || (!taken && word.problem.empty())) {
    return {ListenerState::kPending, "the node is about to take it up", false};
  }
  if (!taken) {
    return {ListenerState::kPending,
            "the node cannot take up its configuration: " + ProblemOf(word, own_node), true};
  }
  if (!word.problem.empty()) {
    return {ListenerState::kClosed, "the node serves nothing: " + ProblemOf(word, own_node), true};
  }
  return {ListenerState::kOpen, "", false};
}

Result<std::vector<ListenerPlace>> ListenerStore::Places(
    storage::Session& session, const std::optional<std::string>& load_balancer_id,
    const std::optional<std::string>& node_id) const {
  std::string where = "b.lifecycle_state IN ('CREATING', 'ACTIVE')";
  std::vector<storage::Value> parameters;
  const auto narrow = [&](const char* column, const std::optional<std::string>& id) {
    if (!id) return;
    parameters.emplace_back(*id);
    where += fmt::format(" AND {} = ${}", column, parameters.size());
  };
  narrow("b.id", load_balancer_id);
  narrow("p.node_id", node_id);
  TRY_ASSIGN(
      const auto rows,
      session.Query(
          "SELECT b.id, b.display_name, b.compartment_id, l.name, l.port, p.node_id, "
          "EXISTS (SELECT 1 FROM work_request w WHERE w.resource_id = b.id AND w.time_finished IS NULL), "
          "EXISTS (SELECT 1 FROM port_conflict t WHERE t.node_id = p.node_id AND "
          "t.load_balancer_id = b.id AND t.listener_name = l.name AND t.port = l.port), "
          "c.waiting, c.reason FROM load_balancer b JOIN listener l ON l.load_balancer_id = b.id "
          "JOIN placement p ON p.load_balancer_id = b.id LEFT JOIN closed_listener c ON "
          "c.node_id = p.node_id AND c.load_balancer_id = b.id AND c.listener_name = l.name AND "
          "c.port = l.port WHERE " +
              where + " ORDER BY b.display_name, b.id, l.name, p.node_id",
          std::move(parameters)));
  std::vector<ListenerPlace> places;
  for (const auto& row : rows) {
    ListenerPlace place{.load_balancer_id = row.Text(0),
                        .load_balancer_name = row.Text(1),
                        .compartment_id = row.Text(2),
                        .listener_name = row.Text(3),
                        .port = row.Int(4),
                        .node_id = row.Text(5),
                        .changing = row.Int(6) != 0,
                        .conflict = row.Int(7) != 0};
    if (!row.IsNull(8)) {
      place.closed = {.load_balancer_id = place.load_balancer_id,
                      .name = place.listener_name,
                      .port = place.port,
                      .waiting = row.Int(8) != 0,
                      .reason = row.Text(9)};
    }
    places.push_back(std::move(place));
  }
  return places;
}

Result<std::map<std::string, NodeWord>> ListenerStore::Words(storage::Session& session) const {
  std::map<std::string, NodeWord> words;
  TRY_ASSIGN(const auto newest, session.Query("SELECT node_id, MAX(version) FROM node_configuration "
                                              "GROUP BY node_id"));
  for (const auto& row : newest) words[row.Text(0)].newest_version = row.Int(1);
  TRY_ASSIGN(const auto seen, session.Query("SELECT node_id, time_seen FROM node_acknowledgement"));
  for (const auto& row : seen) words[row.Text(0)].last_seen = row.At(1);
  TRY_ASSIGN(const auto reports, session.Query("SELECT node_id, version, problem FROM listener_report"));
  for (const auto& row : reports) {
    auto& word = words[row.Text(0)];
    word.reported_version = row.Int(1);
    word.problem = row.Text(2);
  }
  return words;
}

Result<std::vector<wire::NodeListener>> ListenerStore::SetReport(
    storage::Session& session, const std::string& node_id,
    const wire::ReportListenersDetails& report) const {
  TRY_ASSIGN(const auto places, Places(session, std::nullopt, node_id));
  using Key = std::tuple<std::string, std::string, int64_t>;
  std::map<Key, const ListenerPlace*> placed;
  for (const auto& place : places) {
    placed.emplace(Key(place.load_balancer_id, place.listener_name, place.port), &place);
  }
  TRY(session.Execute("DELETE FROM closed_listener WHERE node_id = $1", {node_id}));
  TRY(session.Execute("INSERT INTO listener_report (node_id, version, problem) VALUES ($1, $2, $3) "
                      "ON CONFLICT (node_id) DO UPDATE SET version = $2, problem = $3",
                      {node_id, report.configuration_version, report.problem.value_or("")}));
  std::vector<wire::NodeListener> closed_now;
  for (const auto& listener : report.closed) {
    const auto found = placed.find({listener.load_balancer_id, listener.name, listener.port});
    if (found == placed.end()) continue;  // Deleted meanwhile, or none of the node's business.
    const auto& before = found->second->closed;
    if (!listener.waiting && (!before || before->waiting)) closed_now.push_back(listener);
    placed.erase(found);  // Named twice counts once.
    TRY(session.Execute("INSERT INTO closed_listener (node_id, load_balancer_id, listener_name, port, "
                        "waiting, reason) VALUES ($1, $2, $3, $4, $5, $6)",
                        {node_id, listener.load_balancer_id, listener.name, listener.port,
                         int64_t{listener.waiting}, listener.reason}));
  }
  return closed_now;
}

}  // namespace perennial::load_balancer
