// SPDX-License-Identifier: Apache-2.0
// Rows of the database, joined with who is placed where.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "certificates/control_plane/inventory/inventory.h"

namespace perennial::certificates {
namespace {

// A report holds several places of a node and may be cut in two: words so near are of one look.
constexpr seconds kOneLook{60};

struct NodeState {
  bool serves = true;
  std::string reason;
};

const NodeWord* WordOf(const InventoryRow& row, const std::string& association_id,
                       const std::string& node_id) {
  const auto found = std::ranges::find_if(row.words, [&](const NodeWord& word) {
    return word.association_id == association_id && word.node_id == node_id;
  });
  return found == row.words.end() ? nullptr : &*found;
}

// A failure counts until a proof outlives it: an address that is gone is never looked at again.
bool Fails(const NodeWord* word) {
  return word != nullptr && word->failed_at &&
         (!word->proved_at || *word->failed_at + kOneLook >= *word->proved_at);
}

void LookAt(InventoryRow& row, const std::string& association_id, const authz::NodeFact& node,
            std::map<std::string, NodeState>& nodes) {
  auto& state = nodes[node.id];
  const auto* word = WordOf(row, association_id, node.id);
  if (Fails(word)) {
    state = {false, fmt::format("{} cannot serve version {}: {}", node.name,
                                row.facts.current_version, word->failure)};
    if (!row.facts.node_failure) row.facts.node_failure = state.reason;
  } else if ((word == nullptr || !word->proved_at) && state.serves) {
    state = {false,
             fmt::format("{} has not proved version {} yet", node.name, row.facts.current_version)};
  }
}

InventoryEntry Judge(InventoryRow row, const authz::Snapshot& snapshot, Time now) {
  std::map<std::string, NodeState> nodes;
  for (const auto& association : row.associations) {
    const auto* placement = snapshot.PlacementOf(association.resource_id);
    if (placement == nullptr) continue;
    for (const auto& id : placement->node_ids) {
      const auto* node = snapshot.Node(id);
      if (node == nullptr || node->state == authz::NodeState::kRemoved) continue;
      LookAt(row, association.id, *node, nodes);
    }
  }
  InventoryEntry entry;
  for (auto& [id, state] : nodes) {
    if (state.serves) {
      ++row.facts.nodes_serving;
      entry.serving.push_back(id);
    } else {
      ++row.facts.nodes_owing;
      entry.owing.push_back({id, std::move(state.reason)});
    }
  }
  row.facts.now = now;
  entry.decision = DecideRisk(row.facts);
  entry.row = std::move(row);
  return entry;
}

}  // namespace

std::vector<InventoryEntry> JudgeInventory(std::vector<InventoryRow> rows,
                                           const authz::Snapshot& snapshot, Time now) {
  std::vector<InventoryEntry> entries;
  entries.reserve(rows.size());
  for (auto& row : rows) entries.push_back(Judge(std::move(row), snapshot, now));
  return entries;
}

}  // namespace perennial::certificates
