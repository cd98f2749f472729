// SPDX-License-Identifier: Apache-2.0
// listener: the one click. The request itself is the proof that the user wanted it, so it is signed
// once and never rebuilt by anybody.
#include <fmt/format.h>

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
  return FinishWork(
      session, arguments, client->CreateListener(id, details, session.Once()), NextShow(arguments),
      fmt::format("listener {} is made; its nodes open port {} now", details.name, details.port));
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
  return FinishWork(session, arguments, client->UpdateListener(id, name, details, options),
                    NextShow(arguments), fmt::format("listener {} changed", name));
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
  tree.push_back({.path = {"listener", "delete"},
                  .summary = "close its port",
                  .operands = {operand},
                  .flags = {LoadBalancerFlag(), YesFlag(), WaitFlag(), CompartmentFlag()},
                  .example = "listener delete https --lb shop-front --yes",
                  .run = Delete});
}

}  // namespace perennial::cli
