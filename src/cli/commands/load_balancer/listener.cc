// SPDX-License-Identifier: Apache-2.0
// listener: the one click. The request itself is the proof that the user wanted it, so it is signed
// once and never rebuilt by anybody.
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/commands/load_balancer/load_balancer.h"

namespace perennial::cli {
namespace {

using namespace api::load_balancer;

std::string NextShow(const Arguments& arguments) {
  return "perennial load-balancer show " + arguments.Value("--lb");
}

SslConfigurationDetails TlsWith(std::string certificate_id) {
  return {.certificate_ids = std::vector<std::string>{std::move(certificate_id)},
          .protocols = std::vector<std::string>{"TLSv1.2", "TLSv1.3"}};
}

// A replacement must say everything that shall stay.
ListenerDetails ReplacementOf(const Listener& is) {
  ListenerDetails details{.default_backend_set_name = is.default_backend_set_name,
                          .port = is.port,
                          .protocol = is.protocol,
                          .path_route_set_name = is.path_route_set_name,
                          .connection_configuration = is.connection_configuration,
                          .routing_policy_name = is.routing_policy_name};
  if (!is.hostname_names.empty()) details.hostname_names = is.hostname_names;
  if (!is.rule_set_names.empty()) details.rule_set_names = is.rule_set_names;
  if (is.ssl_configuration) details.ssl_configuration = DetailsOf(*is.ssl_configuration);
  return details;
}

// The certificate may lie in another compartment than the load balancer.
Outcome<std::string> CertificateOf(Session& session, const Arguments& arguments) {
  const auto other = arguments.Get("--certificate-compartment");
  TRY_ASSIGN(const auto compartment,
             other ? FindCompartment(session, *other) : CompartmentOf(session, arguments));
  return FindCertificate(session, compartment, arguments.Value("--certificate"));
}

// How long nodes that live are waited for: each takes its configuration up within seconds.
constexpr Duration kNodesPatience = std::chrono::seconds(30);
constexpr Duration kLookEvery = std::chrono::milliseconds(300);

// The listener on its nodes, once none is about to take it up any more, or patience has an end.
Result<std::vector<ListenerOnNode>> AwaitNodes(Session& session, const LoadBalancerClient& client,
                                               const std::string& load_balancer_id,
                                               const std::string& listener, Duration patience) {
  const auto started = session.clock().Monotonic();
  while (true) {
    TRY_ASSIGN(auto states, client.GetListenerStates({{"loadBalancerId", load_balancer_id}}));
    std::erase_if(states.items, [&](const auto& each) { return each.listener_name != listener; });
    const bool going = std::ranges::any_of(states.items, [](const ListenerOnNode& each) {
      return each.state == ListenerState::kPending && !each.troubled;
    });
    if (!going || session.clock().Monotonic() - started >= patience) return std::move(states.items);
    session.environment().pause(kLookEvery);
  }
}

// The work request ends when the configuration is accepted. What counts is what the nodes make of
// it.
Outcome<void> TellNodes(Session& session, const Arguments& arguments,
                        const std::string& load_balancer_id, const std::string& listener,
                        const std::string& done) {
  TRY_ASSIGN(const auto wait, arguments.Period("--wait"));
  if (wait == seconds(0)) return {};
  TRY_ASSIGN(auto* client, session.load_balancers());
  const auto found = AwaitNodes(session, *client, load_balancer_id, listener,
                                std::min<Duration>(wait.value_or(seconds(120)), kNodesPatience));
  if (!found) {
    session.err() << Printable("what the nodes make of it: " + found.error().message) << "\n";
  }
  const auto states = found.value_or(std::vector<ListenerOnNode>());
  const auto next = "perennial listener list --lb " + arguments.Value("--lb");
  const auto troubled = std::ranges::count_if(states, &ListenerOnNode::troubled);
  if (troubled > 0) {
    const auto& first = *std::ranges::find_if(states, &ListenerOnNode::troubled);
    return Stop(
        Exit::kFailed,
        fmt::format("{}, and {} of {} serve it", done,
                    states.size() - static_cast<size_t>(troubled), Count(states.size(), "node")),
        fmt::format("{}: {}", first.node_name, first.reason.value_or("")), next);
  }
  if (!session.table()) return {};
  const auto open = std::ranges::count(states, ListenerState::kOpen, &ListenerOnNode::state);
  if (!found) {
    session.PrintLine(done);
  } else if (states.empty()) {
    session.PrintLine(done + "; its load balancer has no node yet");
  } else if (static_cast<size_t>(open) == states.size()) {
    session.PrintLine(fmt::format("{}, and open on {}", done, Count(states.size(), "node")));
  } else {
    const auto& first = *std::ranges::find_if(
        states, [](const auto& each) { return each.state != ListenerState::kOpen; });
    session.PrintLine(fmt::format("{}, and open on {} of {}; {}: {}", done, open,
                                  Count(states.size(), "node"), first.node_name,
                                  first.reason.value_or("")));
  }
  return {};
}

Outcome<void> ListOnNodes(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto id, LoadBalancerIdOf(session, arguments));
  TRY_ASSIGN(auto* client, session.load_balancers());
  TRY_ASSIGN(const auto states, WithNext(client->GetListenerStates({{"loadBalancerId", id}}),
                                         "perennial load-balancer list"));
  Table table({"LISTENER", "PORT", "NODE", "STATE", "REASON"});
  std::vector<std::string> names;
  for (const auto& each : states.items) {
    if (names.empty() || names.back() != each.listener_name) names.push_back(each.listener_name);
    auto state = StateCellOf(each.state);
    if (each.troubled) state.tone = Tone::kBad;
    table.Add({each.listener_name, std::to_string(each.port), each.node_name, state,
               each.reason.value_or("")});
  }
  PrintList(session, EncodeJson(states), names, table,
            "It has no listener, or no node that could serve one.");
  return {};
}

Outcome<void> Create(Session& session, const Arguments& arguments) {
  CreateListenerDetails details{.name = arguments.Value("--name"),
                                .default_backend_set_name = arguments.Value("--backend-set"),
                                .protocol = arguments.Value("--protocol")};
  TRY_ASSIGN(details.port, PortOf(arguments, "--port", 443));
  if (!arguments.Has("--certificate") && !arguments.Has("--plain")) {
    return Stop(Exit::kUsage, "--certificate CERTIFICATE is missing",
                "a listener without one serves plain text; say --plain if that is wanted");
  }
  TRY_ASSIGN(const auto id, LoadBalancerIdOf(session, arguments));
  if (arguments.Has("--certificate")) {
    TRY_ASSIGN(auto certificate, CertificateOf(session, arguments));
    details.ssl_configuration = TlsWith(std::move(certificate));
  }
  TRY_ASSIGN(auto* client, session.load_balancers());
  TRY(FinishWork(session, arguments, client->CreateListener(id, details, session.Once()),
                 NextShow(arguments), ""));
  return TellNodes(session, arguments, id, details.name,
                   fmt::format("listener {} is made on port {}", details.name, details.port));
}

Outcome<void> Update(Session& session, const Arguments& arguments) {
  const auto name = arguments.Value("LISTENER");
  TRY_ASSIGN(const auto id, LoadBalancerIdOf(session, arguments));
  TRY_ASSIGN(auto* client, session.load_balancers());
  TRY_ASSIGN(const auto found,
             WithNext(client->GetLoadBalancer(id), "perennial load-balancer list"));
  const auto at = found.value.listeners.find(name);
  if (at == found.value.listeners.end()) {
    std::vector<std::string> names;
    for (const auto& [each, unused] : found.value.listeners) names.push_back(each);
    const auto near = Nearest(name, names);
    return Stop(Exit::kRefused, fmt::format("there is no listener \"{}\"", name),
                near.empty() ? "" : fmt::format("did you mean \"{}\"?", near), NextShow(arguments));
  }
  auto details = ReplacementOf(at->second);
  TRY_ASSIGN(details.port, PortOf(arguments, "--port", details.port));
  if (const auto set = arguments.Get("--backend-set")) details.default_backend_set_name = *set;
  if (const auto protocol = arguments.Get("--protocol")) details.protocol = *protocol;
  if (arguments.Has("--certificate")) {
    TRY_ASSIGN(auto certificate, CertificateOf(session, arguments));
    if (!details.ssl_configuration) details.ssl_configuration = TlsWith(certificate);
    details.ssl_configuration->certificate_ids = std::vector<std::string>{certificate};
  }
  auto options = session.Once();
  options.if_match = found.etag;
  TRY(FinishWork(session, arguments, client->UpdateListener(id, name, details, options),
                 NextShow(arguments), ""));
  return TellNodes(session, arguments, id, name, fmt::format("listener {} is changed", name));
}

Outcome<void> Delete(Session& session, const Arguments& arguments) {
  const auto name = arguments.Value("LISTENER");
  TRY_ASSIGN(const auto id, LoadBalancerIdOf(session, arguments));
  TRY(session.ConfirmByName(
      arguments, fmt::format("The listener \"{}\" will be deleted: its port closes", name), name));
  TRY_ASSIGN(auto* client, session.load_balancers());
  return FinishWork(session, arguments, client->DeleteListener(id, name, session.Once()),
                    NextShow(arguments), fmt::format("listener {} deleted", name));
}

}  // namespace

SslConfigurationDetails DetailsOf(const SslConfiguration& is) {
  SslConfigurationDetails details{.verify_depth = is.verify_depth,
                                  .verify_peer_certificate = is.verify_peer_certificate,
                                  .has_session_resumption = is.has_session_resumption,
                                  .certificate_name = is.certificate_name,
                                  .cipher_suite_name = is.cipher_suite_name,
                                  .server_order_preference = is.server_order_preference};
  if (!is.trusted_certificate_authority_ids.empty()) {
    details.trusted_certificate_authority_ids = is.trusted_certificate_authority_ids;
  }
  if (!is.certificate_ids.empty()) details.certificate_ids = is.certificate_ids;
  if (!is.protocols.empty()) details.protocols = is.protocols;
  return details;
}

void AddListenerCommands(CommandTree& tree) {
  const Operand operand{"LISTENER", "its name"};
  const Flag certificate{.name = "--certificate", .value = "CERTIFICATE", .help = "what it serves"};
  const Flag elsewhere{.name = "--certificate-compartment",
                       .value = "COMPARTMENT",
                       .help = "where the certificate is, if not in the same one"};
  const std::vector<std::string> protocols = {"HTTP", "TCP"};
  tree.push_back(
      {.path = {"listener", "create"},
       .summary = "serve a certificate on a port: one click",
       .flags = {LoadBalancerFlag(),
                 {.name = "--name", .value = "NAME", .help = "unique in it", .required = true},
                 {.name = "--port", .value = "PORT", .help = "443 without it"},
                 certificate,
                 elsewhere,
                 {.name = "--plain", .help = "no TLS"},
                 {.name = "--backend-set",
                  .value = "BACKEND_SET",
                  .help = "where requests go",
                  .required = true},
                 {.name = "--protocol",
                  .value = "PROTOCOL",
                  .help = "what is forwarded",
                  .fallback = "HTTP",
                  .one_of = protocols},
                 WaitFlag(),
                 CompartmentFlag()},
       .example = "listener create --lb shop-front --name https --port 443 --certificate shop "
                  "--backend-set app",
       .run = Create});
  tree.push_back(
      {.path = {"listener", "update"},
       .summary = "change a listener; what is not named stays",
       .operands = {operand},
       .flags =
           {LoadBalancerFlag(),
            certificate,
            elsewhere,
            {.name = "--port", .value = "PORT", .help = "another port"},
            {.name = "--backend-set", .value = "BACKEND_SET", .help = "another set"},
            {.name = "--protocol", .value = "PROTOCOL", .help = "another one", .one_of = protocols},
            WaitFlag(),
            CompartmentFlag()},
       .example = "listener update https --lb shop-front --certificate shop",
       .run = Update});
  tree.push_back({.path = {"listener", "list"},
                  .summary = "listeners of a load balancer, and which node has them open",
                  .flags = {LoadBalancerFlag(), CompartmentFlag()},
                  .example = "listener list --lb shop-front",
                  .run = ListOnNodes,
                  .detail = "OPEN: the node has it open. CLOSED: the node cannot open it, and the "
                            "reason says what to do.\nPENDING: the node is about to. SILENT: the "
                            "node does not speak; it goes on with what it has."});
  tree.push_back({.path = {"listener", "delete"},
                  .summary = "close its port",
                  .operands = {operand},
                  .flags = {LoadBalancerFlag(), YesFlag(), WaitFlag(), CompartmentFlag()},
                  .example = "listener delete https --lb shop-front --yes",
                  .run = Delete});
}

}  // namespace perennial::cli
