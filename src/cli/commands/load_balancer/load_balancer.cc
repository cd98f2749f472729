// SPDX-License-Identifier: Apache-2.0
// load-balancer and work-request.
#include "cli/commands/load_balancer/load_balancer.h"

#include <fmt/format.h>

#include <charconv>

#include "cli/commands/commands.h"

namespace perennial::cli {
namespace {

using namespace api::load_balancer;

std::string AddressesText(const LoadBalancer& load_balancer) {
  std::string text;
  for (const auto& address : load_balancer.ip_addresses) {
    text += (text.empty() ? "" : " ") + address.ip_address;
  }
  return text;
}

std::string CertificatesText(const Listener& listener, const std::vector<Named>& known) {
  std::string text;
  if (!listener.ssl_configuration) return text;
  for (const auto& id : listener.ssl_configuration->certificate_ids) {
    text += (text.empty() ? "" : " ") + NameOf(known, id);
  }
  return text;
}

// How many of the nodes have the listener open.
Cell NodesCell(const std::vector<ListenerOnNode>& states, const std::string& listener) {
  size_t all = 0, open = 0;
  bool troubled = false;
  for (const auto& each : states) {
    if (each.listener_name != listener) continue;
    ++all;
    if (each.state == ListenerState::kOpen) ++open;
    troubled |= each.troubled;
  }
  if (all == 0) return "";
  const auto tone = troubled ? Tone::kBad : open < all ? Tone::kWarning : Tone::kGood;
  return {fmt::format("open on {} of {}", open, all), tone};
}

void PrintListeners(Session& session, const LoadBalancer& load_balancer) {
  const auto known = KnownCertificates(session, load_balancer.compartment_id);
  const auto states = KnownListeners(session, {{"loadBalancerId", load_balancer.id}});
  Table listeners({"LISTENER", "PORT", "PROTOCOL", "CERTIFICATE", "BACKEND SET", "NODES"});
  for (const auto& [name, each] : load_balancer.listeners) {
    listeners.Add({name, std::to_string(each.port),
                   each.protocol + (each.ssl_configuration ? " over TLS" : ""),
                   CertificatesText(each, known), each.default_backend_set_name,
                   NodesCell(states, name)});
  }
  session.out() << "\n";
  listeners.Print(session.out(), session.colours());
  for (const auto& each : states) {
    if (!each.troubled) continue;
    const auto text = fmt::format("{} is not served by {}: {}", each.listener_name, each.node_name,
                                  each.reason.value_or(""));
    session.out() << Paint(Printable(text), Tone::kBad, session.colours()) << "\n";
  }
}

void PrintParts(Session& session, const LoadBalancer& load_balancer) {
  if (!load_balancer.listeners.empty()) PrintListeners(session, load_balancer);
  if (!load_balancer.backend_sets.empty()) {
    Table sets({"BACKEND SET", "POLICY", "HEALTH", "BACKENDS"});
    for (const auto& [name, each] : load_balancer.backend_sets) {
      std::string backends;
      for (const auto& backend : each.backends) {
        backends += (backends.empty() ? "" : " ") + backend.name;
      }
      sets.Add({name, each.policy, each.health_checker.protocol, backends});
    }
    session.out() << "\n";
    sets.Print(session.out(), session.colours());
  }
}

void ShowLoadBalancer(Session& session, const LoadBalancer& load_balancer) {
  Fields fields;
  fields.Add("name", load_balancer.display_name);
  fields.Add("id", load_balancer.id);
  fields.Add("state", StateCellOf(load_balancer.lifecycle_state));
  fields.Add("addresses", AddressesText(load_balancer));
  fields.Add("node pool", load_balancer.subnet_ids.empty() ? "" : load_balancer.subnet_ids.front());
  fields.Add("created", RelativeAndExact(load_balancer.time_created, session.Now()));
  PrintOne(session, EncodeJson(load_balancer), load_balancer.id, fields);
  if (session.table()) PrintParts(session, load_balancer);
}

Outcome<void> Create(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto compartment, CompartmentOf(session, arguments));
  TRY_ASSIGN(const auto pool, FindNodePool(session, compartment, arguments.Value("--pool")));
  TRY_ASSIGN(auto* client, session.load_balancers());
  CreateLoadBalancerDetails details{.compartment_id = compartment,
                                    .display_name = arguments.Value("--name"),
                                    .shape_name = "flexible",
                                    .subnet_ids = {pool},
                                    .shape_details = ShapeDetails{}};
  TRY_ASSIGN(const auto work_id, WithNext(client->CreateLoadBalancer(details, session.Once()),
                                          "perennial node-pool list   (shows the pools)"));
  TRY_ASSIGN(const auto work, AwaitWork(session, arguments, work_id));
  TRY_ASSIGN(const auto created, client->GetLoadBalancer(work.load_balancer_id));
  ShowLoadBalancer(session, created.value);
  return {};
}

Outcome<void> List(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto compartment, CompartmentOf(session, arguments));
  TRY_ASSIGN(auto* client, session.load_balancers());
  TRY_ASSIGN(const auto all, All({{"compartmentId", compartment}}, [&](const api::Query& query) {
               return client->ListLoadBalancers(query);
             }));
  Table table({"NAME", "STATE", "ADDRESSES", "LISTENERS", "ID"});
  for (const auto& each : all) {
    std::string listeners;
    for (const auto& [name, listener] : each.listeners) {
      listeners += fmt::format("{}{}:{}", listeners.empty() ? "" : " ", name, listener.port);
    }
    table.Add({each.display_name, StateCellOf(each.lifecycle_state), AddressesText(each), listeners,
               each.id});
  }
  PrintList(session, EncodeJson(all), IdsOf(all), table,
            "No load balancers here. Make one:\n"
            "  perennial load-balancer create --name shop-front --pool edge");
  return {};
}

Outcome<void> Show(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto id, LoadBalancerIdOf(session, arguments, "LOAD_BALANCER"));
  TRY_ASSIGN(auto* client, session.load_balancers());
  TRY_ASSIGN(const auto found, WithNext(client->GetLoadBalancer(id),
                                        "perennial load-balancer list   (shows what is there)"));
  ShowLoadBalancer(session, found.value);
  return {};
}

Outcome<void> Delete(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto id, LoadBalancerIdOf(session, arguments, "LOAD_BALANCER"));
  TRY_ASSIGN(auto* client, session.load_balancers());
  TRY_ASSIGN(const auto found, WithNext(client->GetLoadBalancer(id),
                                        "perennial load-balancer list   (shows what is there)"));
  const auto& name = found.value.display_name;
  TRY(session.ConfirmByName(arguments,
                            fmt::format("The load balancer \"{}\" will be deleted, with {}", name,
                                        Count(found.value.listeners.size(), "listener")),
                            name));
  auto options = session.Once();
  options.if_match = found.etag;
  return FinishWork(session, arguments, client->DeleteLoadBalancer(id, options),
                    "perennial load-balancer show " + id, "deleted");
}

void AddWorkFields(Session& session, const WorkRequest& work, Fields& fields) {
  fields.Add("id", work.id);
  fields.Add("work", work.type);
  fields.Add("state", StateCellOf(work.lifecycle_state));
  fields.Add("message", work.message);
  for (const auto& error : work.error_details) fields.Add("error", Cell(error.message, Tone::kBad));
  fields.Add("load balancer", work.load_balancer_id);
  fields.Add("accepted", RelativeAndExact(work.time_accepted, session.Now()));
  if (work.time_finished) {
    fields.Add("finished", RelativeAndExact(work.time_finished, session.Now()));
  }
}

void PrintWork(Session& session, const WorkRequest& work) {
  Fields fields;
  AddWorkFields(session, work, fields);
  PrintOne(session, EncodeJson(work), work.id, fields);
}

Outcome<void> ShowWork(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(auto* client, session.load_balancers());
  TRY_ASSIGN(const auto work, WithNext(client->GetWorkRequest(arguments.Value("WORK_REQUEST")),
                                       "perennial work-request list --lb LOAD_BALANCER"));
  PrintWork(session, work);
  return {};
}

Outcome<void> ListWork(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto id, LoadBalancerIdOf(session, arguments));
  TRY_ASSIGN(auto* client, session.load_balancers());
  TRY_ASSIGN(const auto all,
             All({}, [&](const api::Query& query) { return client->ListWorkRequests(id, query); }));
  Table table({"WORK", "STATE", "ACCEPTED", "MESSAGE", "ID"});
  for (const auto& work : all) {
    table.Add(
        {work.type, StateCellOf(work.lifecycle_state), Relative(work.time_accepted, session.Now()),
         work.error_details.empty() ? work.message : work.error_details.front().message, work.id});
  }
  PrintList(session, EncodeJson(all), IdsOf(all), table, "Nothing was ever ordered of it.");
  return {};
}

std::optional<int64_t> ParsePort(std::string_view text) {
  int64_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port < 1 || port > 65535) {
    return std::nullopt;
  }
  return port;
}

}  // namespace

Flag LoadBalancerFlag() {
  return {.name = "--lb", .value = "LOAD_BALANCER", .help = "name or OCID", .required = true};
}

Outcome<std::string> LoadBalancerIdOf(Session& session, const Arguments& arguments,
                                      const std::string& name) {
  TRY_ASSIGN(const auto compartment, CompartmentOf(session, arguments));
  return FindLoadBalancer(session, compartment, arguments.Value(name));
}

Outcome<void> FinishWork(Session& session, const Arguments& arguments,
                         const Result<std::string>& work_request_id, const std::string& next,
                         const std::string& done) {
  TRY_ASSIGN(const auto id, WithNext(work_request_id, next));
  TRY_ASSIGN(const auto work, AwaitWork(session, arguments, id));
  if (!session.table()) {
    PrintWork(session, work);
  } else if (!work.time_finished) {
    session.PrintLine("ordered; to see it: perennial work-request show " + id);
  } else if (!done.empty()) {
    session.PrintLine(done);
  }
  return {};
}

Outcome<Address> ParseAddress(const std::string& text) {
  const auto colon = text.rfind(':');
  const auto port = colon == std::string::npos ? std::nullopt : ParsePort(text.substr(colon + 1));
  if (!port) {
    return Stop(Exit::kUsage, fmt::format("\"{}\" is not an address with a port", text),
                "it is written as 10.0.0.3:8080 or [fd00::3]:8080");
  }
  auto ip = text.substr(0, colon);
  if (ip.starts_with('[') && ip.ends_with(']')) ip = ip.substr(1, ip.size() - 2);
  return Address{.ip = std::move(ip), .port = *port};
}

Outcome<int64_t> PortOf(const Arguments& arguments, const std::string& name, int64_t fallback) {
  const auto text = arguments.Get(name);
  if (!text) return fallback;
  if (const auto port = ParsePort(*text)) return *port;
  return Stop(Exit::kUsage, fmt::format("{} cannot be \"{}\"", name, *text), "it is 1 to 65535");
}

void AddLoadBalancerCommands(CommandTree& tree) {
  const Operand operand{"LOAD_BALANCER", "name or OCID"};
  tree.push_back(
      {.path = {"load-balancer", "create"},
       .summary = "make a load balancer on the nodes of a pool",
       .flags = {{.name = "--name", .value = "NAME", .help = "for people", .required = true},
                 {.name = "--pool", .value = "POOL", .help = "a node pool", .required = true},
                 WaitFlag(),
                 CompartmentFlag()},
       .example = "load-balancer create --name shop-front --pool edge",
       .run = Create});
  tree.push_back({.path = {"load-balancer", "list"},
                  .summary = "load balancers of a compartment",
                  .flags = {CompartmentFlag()},
                  .example = "load-balancer list",
                  .run = List});
  tree.push_back({.path = {"load-balancer", "show"},
                  .summary = "one load balancer with its listeners and backend sets",
                  .operands = {operand},
                  .flags = {CompartmentFlag()},
                  .example = "load-balancer show shop-front",
                  .run = Show});
  tree.push_back({.path = {"load-balancer", "delete"},
                  .summary = "delete it with its listeners",
                  .operands = {operand},
                  .flags = {YesFlag(), WaitFlag(), CompartmentFlag()},
                  .example = "load-balancer delete shop-front --yes",
                  .run = Delete});
  tree.push_back({.path = {"work-request", "list"},
                  .summary = "what was ordered of a load balancer",
                  .flags = {LoadBalancerFlag(), CompartmentFlag()},
                  .example = "work-request list --lb shop-front",
                  .run = ListWork});
  tree.push_back({.path = {"work-request", "show"},
                  .summary = "one of them, with its errors",
                  .operands = {{"WORK_REQUEST", "its OCID"}},
                  .example = "work-request show "
                             "$(perennial work-request list --lb shop-front -o name | head -n 1)",
                  .run = ShowWork});
}

}  // namespace perennial::cli
