// SPDX-License-Identifier: Apache-2.0
// association: which load balancer may read which certificate.
#include "cli/commands/certificates/association.h"

#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/commands/common.h"

namespace perennial::cli {
namespace {

using namespace api::certificates;

Outcome<void> List(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto compartment, CompartmentOf(session, arguments));
  api::Query query;
  if (const auto text = arguments.Get("--certificate")) {
    TRY_ASSIGN(auto id, FindCertificate(session, compartment, *text));
    query.emplace_back("certificatesResourceId", std::move(id));
  }
  if (const auto text = arguments.Get("--load-balancer")) {
    TRY_ASSIGN(auto id, FindLoadBalancer(session, compartment, *text));
    query.emplace_back("associatedResourceId", std::move(id));
  }
  return ListAssociations(session, compartment, std::move(query));
}

Outcome<std::string> IdOf(const Arguments& arguments) {
  const auto id = arguments.Value("ASSOCIATION");
  if (LooksLikeOcid(id)) return id;
  return Stop(Exit::kUsage, fmt::format("\"{}\" is not an OCID", id),
              "associations are named by OCID", "perennial association list   (shows them)");
}

Outcome<void> Show(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto id, IdOf(arguments));
  TRY_ASSIGN(auto* client, session.certificates());
  TRY_ASSIGN(const auto found, WithNext(client->GetAssociation(id),
                                        "perennial association list   (shows what is there)"));
  const auto& association = found.value;
  Fields fields;
  fields.Add("name", association.name);
  fields.Add("id", association.id);
  fields.Add("state", StateCellOf(association.lifecycle_state));
  fields.Add("kind", std::string(WireNameOf(association.association_type)));
  fields.Add("certificate", NameOf(KnownCertificates(session, association.compartment_id),
                                   association.certificates_resource_id));
  fields.Add("certificate id", association.certificates_resource_id);
  fields.Add("used by", NameOf(KnownLoadBalancers(session, association.compartment_id),
                               association.associated_resource_id));
  fields.Add("used by id", association.associated_resource_id);
  fields.Add("since", RelativeAndExact(association.time_created, session.Now()));
  PrintOne(session, EncodeJson(association), association.id, fields);
  return {};
}

// The service wants the certificate's name as well: what was typed, or, with --yes, what we looked
// up.
Outcome<void> ForceDetach(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto id, IdOf(arguments));
  TRY_ASSIGN(auto* client, session.certificates());
  TRY_ASSIGN(const auto found, WithNext(client->GetAssociation(id),
                                        "perennial association list   (shows what is there)"));
  const auto& association = found.value;
  const auto name = NameOf(KnownCertificates(session, association.compartment_id),
                           association.certificates_resource_id);
  TRY(session.ConfirmByName(
      arguments,
      fmt::format("{} loses {} at once, and cannot get it back for ten minutes",
                  NameOf(KnownLoadBalancers(session, association.compartment_id),
                         association.associated_resource_id),
                  name),
      name));
  TRY(WithNext(client->ForceDetach(id, {.confirm_name = name}, session.Once()),
               "perennial association show " + id));
  if (session.names()) session.PrintLine(id);
  if (session.table()) session.err() << "detached\n";
  return {};
}

}  // namespace

Outcome<void> ListAssociations(Session& session, const std::string& compartment, api::Query query) {
  query.emplace_back("compartmentId", compartment);
  TRY_ASSIGN(auto* client, session.certificates());
  TRY_ASSIGN(const auto all,
             All(query, [&](const api::Query& asked) { return client->ListAssociations(asked); }));
  Table table({"CERTIFICATE", "USED BY", "STATE", "SINCE", "ID"});
  if (session.table() && !all.empty()) {
    const auto certificates = KnownCertificates(session, compartment);
    const auto load_balancers = KnownLoadBalancers(session, compartment);
    for (const auto& each : all) {
      table.Add({NameOf(certificates, each.certificates_resource_id),
                 NameOf(load_balancers, each.associated_resource_id),
                 StateCellOf(each.lifecycle_state), Relative(each.time_created, session.Now()),
                 each.id});
    }
  }
  PrintList(session, EncodeJson(AssociationCollection{all}), IdsOf(all), table, "Nobody uses it.");
  return {};
}

void AddAssociationCommands(CommandTree& tree) {
  tree.push_back(
      {.path = {"association", "list"},
       .summary = "which load balancer uses which certificate",
       .flags = {{.name = "--certificate", .value = "CERTIFICATE", .help = "of this one only"},
                 {.name = "--load-balancer", .value = "LOAD_BALANCER", .help = "of this one only"},
                 CompartmentFlag()},
       .example = "association list --certificate shop",
       .run = List});
  tree.push_back({.path = {"association", "show"},
                  .summary = "one association",
                  .operands = {{"ASSOCIATION", "its OCID"}},
                  .example = "association show $(perennial association list -o name | head -n 1)",
                  .run = Show});
  tree.push_back({.path = {"association", "force-detach"},
                  .summary = "take a certificate away from a load balancer that does not let go",
                  .operands = {{"ASSOCIATION", "its OCID"}},
                  .flags = {YesFlag()},
                  .example = "association force-detach "
                             "$(perennial association list -o name | head -n 1) --yes",
                  .run = ForceDetach});
}

}  // namespace perennial::cli
