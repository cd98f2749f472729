// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/inventory/inventory.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include "certificates/control_plane/operations/requests.h"
#include "certificates/control_plane/store/guarded.h"
#include "service/page.h"

namespace perennial::certificates {
namespace {

using authz::Permission;
using service::Call;
using service::Reply;

constexpr int64_t kUsualPage = 100;
constexpr size_t kSearchMax = 256;
constexpr auto kExpiringWithin = std::chrono::days(30);

enum class Filter { kAll, kNeedsYou, kExpiring, kUnproved, kUnused };
constexpr auto WireNames(std::type_identity<Filter>) {
  return std::to_array<WireName<Filter>>({{Filter::kAll, "all"},
                                          {Filter::kNeedsYou, "needsYou"},
                                          {Filter::kExpiring, "expiring"},
                                          {Filter::kUnproved, "unproved"},
                                          {Filter::kUnused, "unused"}});
}

enum class Sort { kExpiry, kName, kNext, kRisk };
constexpr auto WireNames(std::type_identity<Sort>) {
  return std::to_array<WireName<Sort>>({{Sort::kExpiry, "expiry"},
                                        {Sort::kName, "name"},
                                        {Sort::kNext, "next"},
                                        {Sort::kRisk, "risk"}});
}

template <class E>
Result<E> ChoiceOf(const Call& call, std::string_view parameter, E usual) {
  const auto text = call.Query(parameter);
  if (!text) return usual;
  const auto found = FromWireName<E>(*text);
  if (!found) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: must be one of {}", parameter, WireNameList<E>()));
  }
  return *found;
}

bool Passes(Filter filter, const InventoryEntry& entry) {
  const auto& facts = entry.row.facts;
  const auto risk = entry.decision.risk;
  switch (filter) {
    case Filter::kAll:
      return true;
    case Filter::kNeedsYou:
      return risk == wire::Risk::kRed || risk == wire::Risk::kAmber;
    case Filter::kExpiring:
      return facts.not_after <= facts.now + kExpiringWithin;
    case Filter::kUnproved:
      return facts.associations > 0 && (facts.nodes_owing > 0 || facts.nodes_serving == 0);
    case Filter::kUnused:
      return facts.associations == 0;
  }
  return true;
}

// The place of a row in the order that was asked for; a page token is the key of its last row.
struct Key {
  int64_t rank = 0;
  std::string text, id;
  friend auto operator<=>(const Key&, const Key&) = default;
};

Key KeyOf(Sort sort, const InventoryEntry& entry) {
  const auto& facts = entry.row.facts;
  switch (sort) {
    case Sort::kExpiry:
      return {ToMicros(facts.not_after), "", entry.row.id};
    case Sort::kName:
      return {0, entry.row.name, entry.row.id};
    case Sort::kNext: {
      const auto& time = entry.decision.next.time;
      // What is under way is next of all; where nothing happens comes last.
      if (!time && entry.decision.next.kind == wire::NextKind::kRollout) {
        return {0, "", entry.row.id};
      }
      return {time ? ToMicros(*time) : std::numeric_limits<int64_t>::max(), "", entry.row.id};
    }
    case Sort::kRisk:
      return {SeverityOf(entry.decision.risk), fmt::format("{:020}", ToMicros(facts.not_after)),
              entry.row.id};
  }
  return {};
}

Result<std::optional<Key>> AfterOf(const Call& call) {
  const auto token = call.Query("page");
  if (!token) return std::optional<Key>();
  TRY_ASSIGN(const auto parts, service::ParsePageToken(*token, 3));
  Key key{0, parts[1], parts[2]};
  const auto* end = parts[0].data() + parts[0].size();
  const auto read = std::from_chars(parts[0].data(), end, key.rank);
  if (read.ec != std::errc() || read.ptr != end) {
    return Fail(ErrorCode::kInvalidArgument, "page: is not a token of opc-next-page");
  }
  return std::optional(std::move(key));
}

struct Page {
  std::vector<const InventoryEntry*> entries;
  std::optional<std::string> next;
};

Page PageOf(const std::vector<const InventoryEntry*>& all, Sort sort,
            const std::optional<Key>& after, size_t limit) {
  std::vector<std::pair<Key, const InventoryEntry*>> keyed;
  for (const auto* entry : all) {
    auto key = KeyOf(sort, *entry);
    if (!after || key > *after) keyed.emplace_back(std::move(key), entry);
  }
  const auto shown = std::min(limit, keyed.size());
  std::ranges::partial_sort(keyed, keyed.begin() + static_cast<std::ptrdiff_t>(shown), {},
                            [](const auto& each) -> const Key& { return each.first; });
  Page page;
  for (size_t i = 0; i < shown; ++i) page.entries.push_back(keyed[i].second);
  if (shown < keyed.size()) {
    const auto& last = keyed[shown - 1].first;
    page.next = service::EncodePageToken({std::to_string(last.rank), last.text, last.id});
  }
  return page;
}

wire::InventoryItem ItemOf(const Call& call, const InventoryEntry& entry,
                           const InventoryDetails& details) {
  const auto& facts = entry.row.facts;
  wire::InventoryItem item;
  item.id = entry.row.id;
  item.name = entry.row.name;
  item.compartment_id = entry.row.compartment_id;
  item.subject = details.subject;
  item.subject_alternative_names = details.alternative_names;
  item.issuer_id = details.issuer_id;
  if (details.issuer_compartment_id &&
      call.May(Permission::kCertificateAuthorityInspect, *details.issuer_compartment_id)) {
    item.issuer_name = details.issuer_name;
  }
  item.lifecycle_state = facts.state;
  item.current_version_number = facts.current_version;
  item.latest_version_number = entry.row.latest_version;
  item.serial_number = details.serial;
  item.fingerprint = details.fingerprint;
  item.time_of_expiry = facts.not_after;
  item.next = entry.decision.next;
  item.risk = entry.decision.risk;
  item.reason = entry.decision.reason;
  item.nodes_serving = facts.nodes_serving;
  item.nodes_owing = facts.nodes_owing;
  item.association_count = facts.associations;
  item.time_of_deletion = facts.deletion_at;
  return item;
}

}  // namespace

Result<std::vector<std::string>> InventoryOperations::CompartmentsFor(Call& call,
                                                                      wire::AssociationType kind,
                                                                      Permission permission) const {
  const auto named = call.Query("compartmentId");
  if (named && *named != call.caller().tenancy_id) {
    TRY(call.Require(permission, *named));
    return std::vector{*named};
  }
  TRY_ASSIGN(auto compartments, service_.database().ReadValue([&](storage::Session& session) {
    return CompartmentsOf(session, kind);
  }));
  std::erase_if(compartments, [&](const std::string& id) { return !call.May(permission, id); });
  return compartments;
}

Result<std::vector<InventoryEntry>> InventoryOperations::Look(Call& call,
                                                              InventoryQuery query) const {
  TRY_ASSIGN(query.compartment_ids,
             CompartmentsFor(call, Kind::kCertificate, Permission::kCertificateInspect));
  TRY_ASSIGN(auto rows, service_.database().ReadValue([&](storage::Session& session) {
    return FindInventory(session, query);
  }));
  return JudgeInventory(std::move(rows), call.snapshot(), call.now());
}

Result<Reply> InventoryOperations::List(Call& call) {
  TRY_ASSIGN(const auto filter, ChoiceOf(call, "filter", Filter::kAll));
  TRY_ASSIGN(const auto sort, ChoiceOf(call, "sort", Sort::kExpiry));
  TRY_ASSIGN(const auto limit, call.QueryInt("limit", 1, 1000));
  TRY_ASSIGN(const auto after, AfterOf(call));
  InventoryQuery query{.compartment_ids = {}, .search = call.Query("search").value_or("")};
  if (query.search.size() > kSearchMax) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("search: must be at most {} bytes", kSearchMax));
  }
  TRY_ASSIGN(const auto entries, Look(call, std::move(query)));
  std::vector<const InventoryEntry*> wanted;
  for (const auto& entry : entries) {
    if (Passes(filter, entry)) wanted.push_back(&entry);
  }
  auto page = PageOf(wanted, sort, after, static_cast<size_t>(limit.value_or(kUsualPage)));
  std::vector<std::string> ids;
  for (const auto* entry : page.entries) ids.push_back(entry->row.id);
  TRY_ASSIGN(auto details, service_.database().ReadValue([&](storage::Session& session) {
    return FindInventoryDetails(session, ids);
  }));
  wire::Inventory answer;
  answer.total = static_cast<int64_t>(wanted.size());
  for (const auto* entry : page.entries) {
    answer.items.push_back(ItemOf(call, *entry, details[entry->row.id]));
  }
  return PageReply(EncodeJson(answer), std::move(page.next));
}

Result<Reply> InventoryOperations::Overview(Call& call) {
  TRY_ASSIGN(const auto entries, Look(call, {}));
  auto overview = SummaryOf(entries, call.now());
  TRY_ASSIGN(const auto compartments, CompartmentsFor(call, Kind::kCertificateAuthority,
                                                      Permission::kCertificateAuthorityInspect));
  TRY_ASSIGN(overview.counts.authorities,
             service_.database().ReadValue(
                 [&](storage::Session& session) { return AuthoritiesIn(session, compartments); }));
  const auto& tenancy = call.caller().tenancy_id;
  if (call.May(Permission::kNodeInspect, tenancy)) {
    for (const auto* node : call.snapshot().Nodes()) {
      if (node->tenancy_id == tenancy && node->state != authz::NodeState::kRemoved) {
        ++overview.counts.nodes;
      }
    }
  }
  std::set<std::string> owing;
  for (const auto& entry : entries) {
    for (const auto& node : entry.owing) owing.insert(node.node_id);
  }
  overview.counts.nodes_owing = static_cast<int64_t>(owing.size());
  return Reply::Json(EncodeJson(overview));
}

Result<Reply> InventoryOperations::Nodes(Call& call) {
  TRY_ASSIGN(const auto entries, Look(call, {}));
  std::map<std::string, int64_t> serving, owing;
  for (const auto& entry : entries) {
    for (const auto& id : entry.serving) ++serving[id];
    for (const auto& node : entry.owing) ++owing[node.node_id];
  }
  TRY_ASSIGN(const auto seen, service_.database().ReadValue(
                                  [&](storage::Session& session) { return FindSightings(session); }));
  wire::NodeServingCollection answer;
  for (const auto* node : call.snapshot().Nodes()) {
    if (node->state == authz::NodeState::kRemoved) continue;
    // As for ListNodes: one pool that the caller may look into suffices.
    const bool visible = std::ranges::any_of(node->node_pool_ids, [&](const std::string& id) {
      const auto* pool = call.snapshot().NodePool(id);
      return pool != nullptr && call.May(Permission::kNodeInspect, pool->compartment_id);
    });
    if (!visible) continue;
    wire::NodeServing item{.node_id = node->id,
                           .wanted_count = serving[node->id] + owing[node->id],
                           .served_count = serving[node->id]};
    if (const auto at = seen.find(node->id); at != seen.end()) item.time_last_seen = at->second;
    answer.items.push_back(std::move(item));
  }
  return Reply::Json(EncodeJson(answer));
}

}  // namespace perennial::certificates
