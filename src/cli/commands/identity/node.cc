// SPDX-License-Identifier: Apache-2.0
// node and node-pool.
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/commands/common.h"
#include "cli/commands/health.h"

namespace perennial::cli {
namespace {

using namespace api::identity;

std::string Joined(const std::vector<std::string>& texts) {
  std::string joined;
  for (const auto& text : texts) joined += (joined.empty() ? "" : " ") + text;
  return joined;
}

Cell SeenCell(const SeenNode& seen, Time now) {
  const auto& last = seen.node.time_last_seen;
  if (!last) return {"never", Tone::kWarning};
  return {Relative(*last, now), IsMissing(seen, now) ? Tone::kBad : Tone::kPlain};
}

std::string ServedText(const Node& node) {
  if (!node.wanted_count || !node.served_count) return "";
  return fmt::format("{} of {}", *node.served_count, *node.wanted_count);
}

using api::load_balancer::ListenerOnNode;
using api::load_balancer::ListenerState;

// "3 open", or how many of them are not and need somebody.
Cell ListenersCell(const std::vector<ListenerOnNode>& listeners, const std::string& node_id) {
  size_t all = 0, open = 0, troubled = 0;
  for (const auto& each : listeners) {
    if (each.node_id != node_id) continue;
    ++all;
    if (each.state == ListenerState::kOpen) ++open;
    if (each.troubled) ++troubled;
  }
  if (all == 0) return "";
  if (troubled > 0) return {fmt::format("{} of {} not served", troubled, all), Tone::kBad};
  if (open == all) return fmt::format("{} open", all);
  return {fmt::format("{} of {} open", open, all), Tone::kWarning};
}

Outcome<void> CreateToken(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto compartment, CompartmentOf(session, arguments));
  CreateNodeTokenDetails details;
  for (const auto& pool : arguments.All("--pool")) {
    TRY_ASSIGN(auto id, FindNodePool(session, compartment, pool));
    details.node_pool_ids.push_back(std::move(id));
  }
  details.product_kinds = arguments.All("--kind");
  TRY_ASSIGN(const auto life, arguments.Period("--expires-in"));
  details.expires_in_seconds = life.value_or(seconds(3600)).count();
  TRY_ASSIGN(auto* client, session.identity());
  TRY_ASSIGN(const auto token, WithNext(client->CreateNodeToken(details, session.Once()),
                                        "perennial node-pool list   (shows the pools)"));
  if (!session.table()) {
    // The token is what a script wants; its id opens nothing.
    if (session.json()) session.PrintJson(EncodeJson(token));
    if (session.names()) session.PrintLine(token.token);
    return {};
  }
  TRY_ASSIGN(const auto current, session.context());
  Fields fields;
  fields.Add("token", token.token);
  fields.Add("valid", "once; it ends " + RelativeAndExact(token.time_expires, session.Now()));
  fields.Add("CA hash", token.ca_hash);
  fields.Print(session.out(), session.colours());
  session.out() << "\nIt is shown this once. On the node:\n"
                << Printable(
                       fmt::format(
                           "  perennial-agent join --url {} --ca-hash {} --token {} --directory "
                           "/var/lib/perennial-agent --name NAME --address ADDRESS\n",
                           current.url, token.ca_hash, token.token),
                       true);
  return {};
}

Outcome<void> List(Session& session, const Arguments&) {
  TRY_ASSIGN(const auto tenancy, session.tenancy());
  TRY_ASSIGN(auto* client, session.identity());
  TRY_ASSIGN(const auto all, All({{"compartmentId", tenancy}}, [&](const api::Query& query) {
               return client->ListNodes(query);
             }));
  const auto listeners =
      session.table() ? KnownListeners(session, {}) : std::vector<ListenerOnNode>();
  Table table({"NAME", "STATE", "LAST SEEN", "SERVES", "LISTENERS", "AGENT", "ADDRESSES", "ID"});
  NodeCollection nodes;
  for (auto& seen : Join(all, KnownServing(session))) {
    auto& node = seen.node;
    table.Add({node.name, StateCellOf(node.state), SeenCell(seen, session.Now()),
               Cell(ServedText(node), Owes(node) ? Tone::kWarning : Tone::kPlain),
               ListenersCell(listeners, node.id), node.agent_version.value_or(""),
               Joined(node.addresses), node.id});
    nodes.items.push_back(std::move(node));
  }
  PrintList(session, EncodeJson(nodes), IdsOf(all), table,
            "No nodes. Enrol one:\n"
            "  perennial node token create --pool edge --kind loadbalancer");
  return {};
}

Outcome<std::string> NodeIdOf(Session& session, const Arguments& arguments) {
  return FindNode(session, arguments.Value("NODE"));
}

Outcome<void> ShowNode(Session& session, const std::string& id) {
  TRY_ASSIGN(auto* client, session.identity());
  TRY_ASSIGN(auto found,
             WithNext(client->GetNode(id), "perennial node list   (shows what is there)"));
  const auto seen = Join({std::move(found)}, KnownServing(session)).front();
  const auto& node = seen.node;
  Fields fields;
  fields.Add("name", node.name);
  fields.Add("id", node.id);
  fields.Add("state", StateCellOf(node.state));
  fields.Add("addresses", Joined(node.addresses));
  fields.Add("pools", Joined(node.node_pool_ids));
  fields.Add("kinds", Joined(node.product_kinds));
  fields.Add("agent", node.agent_version.value_or(""));
  fields.Add("last seen", node.time_last_seen
                              ? Cell(RelativeAndExact(node.time_last_seen, session.Now()),
                                     SeenCell(seen, session.Now()).tone)
                              : Cell("never", Tone::kWarning));
  fields.Add("serves", Cell(ServedText(node), Owes(node) ? Tone::kWarning : Tone::kPlain));
  const auto listeners =
      session.table() ? KnownListeners(session, {{"nodeId", id}}) : std::vector<ListenerOnNode>();
  fields.Add("listeners", ListenersCell(listeners, id));
  for (const auto& each : listeners) {
    if (!each.troubled) continue;
    fields.Add("not served", Cell(fmt::format("{} of {}: {}", each.listener_name,
                                              each.load_balancer_name, each.reason.value_or("")),
                                  Tone::kBad));
  }
  fields.Add("enrolled", RelativeAndExact(node.time_enrolled, session.Now()));
  PrintOne(session, EncodeJson(node), node.id, fields);
  return {};
}

Outcome<void> Show(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto id, NodeIdOf(session, arguments));
  return ShowNode(session, id);
}

Outcome<void> PollNow(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto id, NodeIdOf(session, arguments));
  TRY_ASSIGN(auto* client, session.identity());
  TRY(WithNext(client->PollNodeNow(id, session.Once()), "perennial node show " + id));
  return ShowNode(session, id);
}

Outcome<void> Drain(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto id, NodeIdOf(session, arguments));
  TRY_ASSIGN(auto* client, session.identity());
  TRY(WithNext(client->DrainNode(id, session.Once()), "perennial node show " + id));
  return ShowNode(session, id);
}

Outcome<void> Remove(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto id, NodeIdOf(session, arguments));
  TRY_ASSIGN(auto* client, session.identity());
  TRY_ASSIGN(const auto node,
             WithNext(client->GetNode(id), "perennial node list   (shows what is there)"));
  TRY(session.ConfirmByName(
      arguments,
      fmt::format("The node \"{}\" loses its key and everything placed on it", node.name),
      node.name));
  TRY(WithNext(client->RemoveNode(id, session.Once()), "perennial node show " + id));
  if (session.names()) session.PrintLine(id);
  if (session.table()) session.PrintLine(fmt::format("node {} removed", node.name));
  if (session.json()) return ShowNode(session, id);
  return {};
}

void PrintPool(Session& session, const NodePool& pool) {
  Fields fields;
  fields.Add("name", pool.display_name);
  fields.Add("id", pool.id);
  fields.Add("addresses", Joined(pool.addresses));
  fields.Add("created", RelativeAndExact(pool.time_created, session.Now()));
  PrintOne(session, EncodeJson(pool), pool.id, fields);
}

Outcome<void> CreatePool(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto compartment, CompartmentOf(session, arguments));
  TRY_ASSIGN(auto* client, session.identity());
  TRY_ASSIGN(const auto pool,
             WithNext(client->CreateNodePool({.display_name = arguments.Value("--name"),
                                              .compartment_id = compartment,
                                              .addresses = arguments.All("--address")},
                                             session.Once()),
                      "perennial node-pool list   (shows what is there)"));
  PrintPool(session, pool);
  return {};
}

Outcome<void> ListPools(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto compartment, CompartmentOf(session, arguments));
  TRY_ASSIGN(auto* client, session.identity());
  TRY_ASSIGN(const auto all, All({{"compartmentId", compartment}}, [&](const api::Query& query) {
               return client->ListNodePools(query);
             }));
  Table table({"NAME", "ADDRESSES", "CREATED", "ID"});
  for (const auto& pool : all) {
    table.Add({pool.display_name, Joined(pool.addresses),
               Relative(pool.time_created, session.Now()), pool.id});
  }
  PrintList(session, EncodeJson(NodePoolCollection{all}), IdsOf(all), table,
            "No node pools here. Make one:\n"
            "  perennial node-pool create --name edge --address 127.0.0.1");
  return {};
}

}  // namespace

void AddNodeCommands(CommandTree& tree) {
  const Operand operand{"NODE", "name or OCID"};
  tree.push_back(
      {.path = {"node-pool", "create"},
       .summary = "addresses that load balancers can answer on",
       .flags = {{.name = "--name", .value = "NAME", .help = "for people", .required = true},
                 {.name = "--address",
                  .value = "ADDRESS",
                  .help = "an address of its nodes",
                  .required = true,
                  .many = true},
                 CompartmentFlag()},
       .example = "node-pool create --name edge --address 127.0.0.1",
       .run = CreatePool,
       .detail =
           "Name the addresses of all nodes that shall ever join: a pool cannot be changed, and "
           "a node\nserves only on those of its addresses that its pool has."});
  tree.push_back({.path = {"node-pool", "list"},
                  .summary = "node pools of a compartment",
                  .flags = {CompartmentFlag()},
                  .example = "node-pool list",
                  .run = ListPools});
  tree.push_back({.path = {"node", "token", "create"},
                  .summary = "a one-time token for a new node to join with",
                  .flags = {{.name = "--pool",
                             .value = "POOL",
                             .help = "which pool it may join",
                             .required = true,
                             .many = true},
                            {.name = "--kind",
                             .value = "KIND",
                             .help = "what may be placed on it",
                             .many = true,
                             .fallback = "loadbalancer",
                             .one_of = {"loadbalancer"}},
                            {.name = "--expires-in",
                             .value = "PERIOD",
                             .help = "how long it can be used, at most a day",
                             .fallback = "1h"},
                            CompartmentFlag()},
                  .example = "node token create --pool edge --kind loadbalancer --expires-in 1h",
                  .run = CreateToken});
  tree.push_back({.path = {"node", "list"},
                  .summary = "nodes, when they were seen and what they serve",
                  .example = "node list",
                  .run = List,
                  .detail = "Seen: its last poll. Serves: how many of the certificates that are "
                            "wanted of it it has proved.\nListeners: how many it has open; "
                            "perennial node show NODE says why one is not."});
  const auto add = [&](const char* verb, const char* summary, std::vector<Flag> flags,
                       std::function<Outcome<void>(Session&, const Arguments&)> run) {
    const bool asks = !flags.empty();
    tree.push_back({.path = {"node", verb},
                    .summary = summary,
                    .operands = {operand},
                    .flags = std::move(flags),
                    .example = fmt::format("node {} edge-1{}", verb, asks ? " --yes" : ""),
                    .run = std::move(run)});
  };
  add("show", "one node", {}, Show);
  add("poll-now", "have it ask for news at once", {}, PollNow);
  add("drain", "place nothing new on it", {}, Drain);
  add("remove", "take its key and everything placed on it away", {YesFlag()}, Remove);
}

}  // namespace perennial::cli
