// SPDX-License-Identifier: Apache-2.0
// backend-set and backend.
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

Outcome<void> CreateSet(Session& session, const Arguments& arguments) {
  CreateBackendSetDetails details{.name = arguments.Value("--name"),
                                  .policy = arguments.Value("--policy")};
  details.health_checker.protocol = arguments.Value("--health");
  details.health_checker.url_path = arguments.Get("--health-path");
  if (details.health_checker.protocol == "HTTP" && !details.health_checker.url_path) {
    details.health_checker.url_path = "/";
  }
  if (arguments.Has("--health-port")) {
    TRY_ASSIGN(details.health_checker.port, PortOf(arguments, "--health-port", 0));
  }
  std::vector<BackendDetails> backends;
  for (const auto& text : arguments.All("--backend")) {
    TRY_ASSIGN(const auto address, ParseAddress(text));
    backends.push_back({.ip_address = address.ip, .port = address.port});
  }
  if (!backends.empty()) details.backends = std::move(backends);
  TRY_ASSIGN(const auto id, LoadBalancerIdOf(session, arguments));
  TRY_ASSIGN(auto* client, session.load_balancers());
  return FinishWork(session, arguments, client->CreateBackendSet(id, details, session.Once()),
                    NextShow(arguments), fmt::format("backend set {} created", details.name));
}

// Everything that no flag names stays as it is, also of each backend that is named again.
Outcome<UpdateBackendSetDetails> Changed(const BackendSet& is, const Arguments& arguments) {
  UpdateBackendSetDetails details{
      .policy = arguments.Get("--policy").value_or(is.policy),
      .backends = {},
      .health_checker = {.protocol = arguments.Get("--health").value_or(is.health_checker.protocol),
                         .url_path = is.health_checker.url_path,
                         .port = is.health_checker.port,
                         .return_code = is.health_checker.return_code,
                         .retries = is.health_checker.retries,
                         .timeout_in_millis = is.health_checker.timeout_in_millis,
                         .interval_in_millis = is.health_checker.interval_in_millis,
                         .response_body_regex = is.health_checker.response_body_regex,
                         .is_force_plain_text = is.health_checker.is_force_plain_text},
      .backend_max_connections = is.backend_max_connections,
      .ssl_configuration = {},
      .session_persistence_configuration = is.session_persistence_configuration,
      .lb_cookie_session_persistence_configuration =
          is.lb_cookie_session_persistence_configuration};
  if (is.ssl_configuration) details.ssl_configuration = DetailsOf(*is.ssl_configuration);
  auto& health = details.health_checker;
  if (arguments.Has("--health-path")) health.url_path = arguments.Get("--health-path");
  if (health.protocol == "HTTP" && !health.url_path) health.url_path = "/";
  if (health.protocol != "HTTP") health.url_path.reset();
  if (arguments.Has("--health-port")) {
    TRY_ASSIGN(health.port, PortOf(arguments, "--health-port", 0));
  }
  const auto keep = [&](const Backend& backend) {
    details.backends.push_back({.ip_address = backend.ip_address,
                                .port = backend.port,
                                .weight = backend.weight,
                                .max_connections = backend.max_connections,
                                .backup = backend.backup,
                                .drain = backend.drain,
                                .offline = backend.offline});
  };
  if (!arguments.Has("--backend")) std::ranges::for_each(is.backends, keep);
  for (const auto& text : arguments.All("--backend")) {
    TRY_ASSIGN(const auto address, ParseAddress(text));
    const auto same = std::ranges::find_if(is.backends, [&](const Backend& backend) {
      return backend.ip_address == address.ip && backend.port == address.port;
    });
    if (same != is.backends.end()) {
      keep(*same);
    } else {
      details.backends.push_back({.ip_address = address.ip, .port = address.port});
    }
  }
  return details;
}

Outcome<void> UpdateSet(Session& session, const Arguments& arguments) {
  const auto name = arguments.Value("BACKEND_SET");
  TRY_ASSIGN(const auto id, LoadBalancerIdOf(session, arguments));
  TRY_ASSIGN(auto* client, session.load_balancers());
  TRY_ASSIGN(const auto found,
             WithNext(client->GetLoadBalancer(id), "perennial load-balancer list"));
  const auto at = found.value.backend_sets.find(name);
  if (at == found.value.backend_sets.end()) {
    std::vector<std::string> names;
    for (const auto& [each, unused] : found.value.backend_sets) names.push_back(each);
    const auto near = Nearest(name, names);
    return Stop(Exit::kRefused, fmt::format("there is no backend set \"{}\"", name),
                near.empty() ? "" : fmt::format("did you mean \"{}\"?", near), NextShow(arguments));
  }
  TRY_ASSIGN(const auto details, Changed(at->second, arguments));
  auto options = session.Once();
  options.if_match = found.etag;
  return FinishWork(session, arguments, client->UpdateBackendSet(id, name, details, options),
                    NextShow(arguments), fmt::format("backend set {} changed", name));
}

Outcome<void> ListSets(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto id, LoadBalancerIdOf(session, arguments));
  TRY_ASSIGN(auto* client, session.load_balancers());
  TRY_ASSIGN(const auto page, client->ListBackendSets(id));
  Table table({"NAME", "POLICY", "HEALTH", "BACKENDS"});
  std::vector<std::string> names;
  for (const auto& each : page.items) {
    names.push_back(each.name);
    table.Add({each.name, each.policy,
               fmt::format("{} every {} s", each.health_checker.protocol,
                           each.health_checker.interval_in_millis / 1000),
               std::to_string(each.backends.size())});
  }
  PrintList(session, EncodeJson(page.items), names, table,
            "No backend sets. Make one:\n"
            "  perennial backend-set create --lb shop-front --name app --backend 127.0.0.1:8080");
  return {};
}

Outcome<void> DeleteSet(Session& session, const Arguments& arguments) {
  const auto name = arguments.Value("BACKEND_SET");
  TRY_ASSIGN(const auto id, LoadBalancerIdOf(session, arguments));
  TRY(session.ConfirmByName(arguments, fmt::format("The backend set \"{}\" will be deleted", name),
                            name));
  TRY_ASSIGN(auto* client, session.load_balancers());
  return FinishWork(session, arguments, client->DeleteBackendSet(id, name, session.Once()),
                    NextShow(arguments), fmt::format("backend set {} deleted", name));
}

Outcome<void> AddBackend(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto address, ParseAddress(arguments.Value("ADDRESS")));
  CreateBackendDetails details{.ip_address = address.ip, .port = address.port};
  TRY_ASSIGN(details.weight, arguments.Number("--weight"));
  if (arguments.Has("--backup")) details.backup = true;
  TRY_ASSIGN(const auto id, LoadBalancerIdOf(session, arguments));
  TRY_ASSIGN(auto* client, session.load_balancers());
  return FinishWork(session, arguments,
                    client->CreateBackend(id, arguments.Value("--set"), details, session.Once()),
                    NextShow(arguments),
                    fmt::format("backend {} added", arguments.Value("ADDRESS")));
}

Outcome<void> ListBackends(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto id, LoadBalancerIdOf(session, arguments));
  TRY_ASSIGN(auto* client, session.load_balancers());
  TRY_ASSIGN(const auto page,
             WithNext(client->ListBackends(id, arguments.Value("--set")),
                      "perennial backend-set list --lb " + arguments.Value("--lb")));
  Table table({"BACKEND", "WEIGHT", "STATE"});
  std::vector<std::string> names;
  for (const auto& each : page.items) {
    names.push_back(each.name);
    std::string state = each.backup ? "backup" : "in use";
    if (each.drain) state = "draining";
    if (each.offline) state = "offline";
    table.Add({each.name, std::to_string(each.weight), state});
  }
  PrintList(session, EncodeJson(page.items), names, table,
            "No backends. Add one:\n"
            "  perennial backend add 127.0.0.1:8080 --lb shop-front --set app");
  return {};
}

Outcome<void> RemoveBackend(Session& session, const Arguments& arguments) {
  const auto name = arguments.Value("ADDRESS");
  TRY(ParseAddress(name));
  TRY_ASSIGN(const auto id, LoadBalancerIdOf(session, arguments));
  TRY_ASSIGN(auto* client, session.load_balancers());
  return FinishWork(session, arguments,
                    client->DeleteBackend(id, arguments.Value("--set"), name, session.Once()),
                    fmt::format("perennial backend list --lb {} --set {}", arguments.Value("--lb"),
                                arguments.Value("--set")),
                    fmt::format("backend {} removed", name));
}

void AddSetCommands(CommandTree& tree) {
  tree.push_back(
      {.path = {"backend-set", "create"},
       .summary = "make a set of backends that a listener can forward to",
       .flags =
           {LoadBalancerFlag(),
            {.name = "--name", .value = "NAME", .help = "unique in it", .required = true},
            {.name = "--backend", .value = "ADDRESS", .help = "as 10.0.0.3:8080", .many = true},
            {.name = "--policy",
             .value = "POLICY",
             .help = "how requests are spread",
             .fallback = "ROUND_ROBIN",
             .one_of = {"ROUND_ROBIN", "LEAST_CONNECTIONS", "IP_HASH"}},
            {.name = "--health",
             .value = "PROTOCOL",
             .help = "how backends are checked",
             .fallback = "TCP",
             .one_of = {"TCP", "HTTP"}},
            {.name = "--health-path", .value = "PATH", .help = "for HTTP; / without it"},
            {.name = "--health-port", .value = "PORT", .help = "the backend's without it"},
            WaitFlag(),
            CompartmentFlag()},
       .example = "backend-set create --lb shop-front --name app --backend 127.0.0.1:8080",
       .run = CreateSet});
  tree.push_back(
      {.path = {"backend-set", "update"},
       .summary = "change one; what no flag names stays",
       .operands = {{"BACKEND_SET", "its name"}},
       .flags = {LoadBalancerFlag(),
                 {.name = "--backend",
                  .value = "ADDRESS",
                  .help = "all that there shall be, in place of those that are",
                  .many = true},
                 {.name = "--policy",
                  .value = "POLICY",
                  .help = "how requests are spread",
                  .one_of = {"ROUND_ROBIN", "LEAST_CONNECTIONS", "IP_HASH"}},
                 {.name = "--health",
                  .value = "PROTOCOL",
                  .help = "how backends are checked",
                  .one_of = {"TCP", "HTTP"}},
                 {.name = "--health-path", .value = "PATH", .help = "for HTTP"},
                 {.name = "--health-port", .value = "PORT", .help = "where they are checked"},
                 WaitFlag(),
                 CompartmentFlag()},
       .example = "backend-set update app --lb shop-front --policy LEAST_CONNECTIONS",
       .run = UpdateSet});
  tree.push_back({.path = {"backend-set", "list"},
                  .summary = "backend sets of a load balancer",
                  .flags = {LoadBalancerFlag(), CompartmentFlag()},
                  .example = "backend-set list --lb shop-front",
                  .run = ListSets});
  tree.push_back({.path = {"backend-set", "delete"},
                  .summary = "delete one that no listener uses",
                  .operands = {{"BACKEND_SET", "its name"}},
                  .flags = {LoadBalancerFlag(), YesFlag(), WaitFlag(), CompartmentFlag()},
                  .example = "backend-set delete app --lb shop-front --yes",
                  .run = DeleteSet});
}

}  // namespace

void AddBackendCommands(CommandTree& tree) {
  AddSetCommands(tree);
  const Flag set{.name = "--set", .value = "BACKEND_SET", .help = "its name", .required = true};
  const Operand address{"ADDRESS", "as 10.0.0.3:8080"};
  tree.push_back({.path = {"backend", "add"},
                  .summary = "add a backend to a set",
                  .operands = {address},
                  .flags = {LoadBalancerFlag(),
                            set,
                            {.name = "--weight", .value = "N", .help = "its share; 1 without it"},
                            {.name = "--backup", .help = "used only when the others are down"},
                            WaitFlag(),
                            CompartmentFlag()},
                  .example = "backend add 127.0.0.1:8081 --lb shop-front --set app",
                  .run = AddBackend});
  tree.push_back({.path = {"backend", "list"},
                  .summary = "backends of a set",
                  .flags = {LoadBalancerFlag(), set, CompartmentFlag()},
                  .example = "backend list --lb shop-front --set app",
                  .run = ListBackends});
  tree.push_back({.path = {"backend", "remove"},
                  .summary = "take a backend out of a set",
                  .operands = {address},
                  .flags = {LoadBalancerFlag(), set, WaitFlag(), CompartmentFlag()},
                  .example = "backend remove 127.0.0.1:8081 --lb shop-front --set app",
                  .run = RemoveBackend});
}

}  // namespace perennial::cli
