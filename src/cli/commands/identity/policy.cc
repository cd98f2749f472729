// SPDX-License-Identifier: Apache-2.0
// policy: who may do what.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/commands/commands.h"
#include "cli/commands/common.h"

namespace perennial::cli {
namespace {

using namespace api::identity;

void PrintPolicy(Session& session, const Policy& policy) {
  Fields fields;
  fields.Add("name", policy.name);
  fields.Add("id", policy.id);
  fields.Add("description", policy.description);
  for (const auto& statement : policy.statements) fields.Add("statement", statement);
  fields.Add("created", RelativeAndExact(policy.time_created, session.Now()));
  PrintOne(session, EncodeJson(policy), policy.id, fields);
}

Outcome<void> Create(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto compartment, CompartmentOf(session, arguments));
  TRY_ASSIGN(auto* client, session.identity());
  TRY_ASSIGN(const auto created,
             WithNext(client->CreatePolicy(
                          {.compartment_id = compartment,
                           .name = arguments.Value("--name"),
                           .statements = arguments.All("--statement"),
                           .description =
                               arguments.Get("--description").value_or(arguments.Value("--name"))},
                          session.Once()),
                      "perennial policy create --help   (shows how a statement is written)"));
  PrintPolicy(session, created.value);
  return {};
}

Outcome<void> List(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto compartment, CompartmentOf(session, arguments));
  TRY_ASSIGN(auto* client, session.identity());
  TRY_ASSIGN(const auto all, All({{"compartmentId", compartment}}, [&](const api::Query& query) {
               return client->ListPolicies(query);
             }));
  Table table({"NAME", "STATEMENT", "ID"});
  for (const auto& policy : all) {
    for (size_t i = 0; i < policy.statements.size(); ++i) {
      table.Add({i == 0 ? policy.name : "\"", policy.statements[i], i == 0 ? policy.id : "\""});
    }
  }
  PrintList(session, EncodeJson(all), IdsOf(all), table, "No policies here.");
  return {};
}

Outcome<void> Delete(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto compartment, CompartmentOf(session, arguments));
  const auto name = arguments.Value("POLICY");
  TRY_ASSIGN(const auto id, FindPolicy(session, compartment, name));
  TRY(session.ConfirmByName(
      arguments, fmt::format("The policy \"{}\" and what it allows will be gone", name), name));
  TRY_ASSIGN(auto* client, session.identity());
  TRY(WithNext(client->DeletePolicy(id, session.Once()), "perennial policy list"));
  if (session.names()) session.PrintLine(id);
  if (session.table()) session.PrintLine(fmt::format("policy {} deleted", name));
  return {};
}

}  // namespace

void AddPolicyCommands(CommandTree& tree) {
  tree.push_back(
      {.path = {"policy", "create"},
       .summary = "allow a group something",
       .flags = {{.name = "--name",
                  .value = "NAME",
                  .help = "unique in its compartment",
                  .required = true},
                 {.name = "--statement",
                  .value = "TEXT",
                  .help = "what is allowed to whom",
                  .required = true,
                  .many = true},
                 {.name = "--description", .value = "TEXT", .help = "for people"},
                 CompartmentFlag()},
       .example = "policy create --name web-team --statement "
                  "\"Allow group web-team to read leaf-certificates in tenancy\"",
       .run = Create,
       .detail =
           "A statement is: Allow group GROUP to inspect|read|use|manage TYPE in tenancy, or\n"
           "in compartment COMPARTMENT."});
  tree.push_back({.path = {"policy", "list"},
                  .summary = "policies of a compartment, statement by statement",
                  .flags = {CompartmentFlag()},
                  .example = "policy list",
                  .run = List});
  tree.push_back({.path = {"policy", "delete"},
                  .summary = "take back what it allows",
                  .operands = {{"POLICY", "name or OCID"}},
                  .flags = {YesFlag(), CompartmentFlag()},
                  .example = "policy delete web-team --yes",
                  .run = Delete});
}

}  // namespace perennial::cli
