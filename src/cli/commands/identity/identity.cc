// SPDX-License-Identifier: Apache-2.0
// compartment, user, group, api-key.
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/commands/common.h"
#include "pki/key.h"

namespace perennial::cli {
namespace {

using namespace api::identity;

// Compartments, users and groups look alike on the wire and in a table.
template <class T>
void PrintThing(Session& session, const T& thing) {
  Fields fields;
  fields.Add("name", thing.name);
  fields.Add("id", thing.id);
  fields.Add("description", thing.description);
  fields.Add("state", StateCellOf(thing.lifecycle_state));
  fields.Add("created", RelativeAndExact(thing.time_created, session.Now()));
  PrintOne(session, EncodeJson(thing), thing.id, fields);
}

template <class T>
Outcome<void> ListThings(Session& session,
                         Result<api::Page<T>> (IdentityClient::*list)(const api::Query&) const,
                         std::string_view when_empty) {
  TRY_ASSIGN(const auto tenancy, session.tenancy());
  TRY_ASSIGN(auto* client, session.identity());
  TRY_ASSIGN(const auto all, All({{"compartmentId", tenancy}},
                                 [&](const api::Query& query) { return (client->*list)(query); }));
  Table table({"NAME", "STATE", "CREATED", "DESCRIPTION", "ID"});
  for (const auto& each : all) {
    table.Add({each.name, StateCellOf(each.lifecycle_state),
               Relative(each.time_created, session.Now()), each.description, each.id});
  }
  PrintList(session, EncodeJson(all), IdsOf(all), table, when_empty);
  return {};
}

// A description is required by the API; people need not write one.
std::string DescriptionOf(const Arguments& arguments) {
  return arguments.Get("--description").value_or(arguments.Value("--name"));
}

Outcome<void> CreateCompartment(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(auto* client, session.identity());
  TRY_ASSIGN(const auto tenancy, session.tenancy());
  TRY_ASSIGN(const auto created,
             WithNext(client->CreateCompartment({.compartment_id = tenancy,
                                                 .name = arguments.Value("--name"),
                                                 .description = DescriptionOf(arguments)},
                                                session.Once()),
                      "perennial compartment list   (shows the names that are taken)"));
  PrintThing(session, created.value);
  return {};
}

Outcome<void> CreateUser(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(auto* client, session.identity());
  TRY_ASSIGN(const auto tenancy, session.tenancy());
  TRY_ASSIGN(const auto created,
             WithNext(client->CreateUser({.compartment_id = tenancy,
                                          .name = arguments.Value("--name"),
                                          .description = DescriptionOf(arguments),
                                          .email = arguments.Get("--email")},
                                         session.Once()),
                      "perennial user list   (shows the names that are taken)"));
  PrintThing(session, created.value);
  return {};
}

Outcome<void> CreateGroup(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(auto* client, session.identity());
  TRY_ASSIGN(const auto tenancy, session.tenancy());
  TRY_ASSIGN(const auto created,
             WithNext(client->CreateGroup({.compartment_id = tenancy,
                                           .name = arguments.Value("--name"),
                                           .description = DescriptionOf(arguments)},
                                          session.Once()),
                      "perennial group list   (shows the names that are taken)"));
  PrintThing(session, created.value);
  return {};
}

Outcome<void> AddUser(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto group, FindGroup(session, arguments.Value("GROUP")));
  TRY_ASSIGN(const auto user, FindUser(session, arguments.Value("USER")));
  TRY_ASSIGN(auto* client, session.identity());
  TRY_ASSIGN(const auto added,
             WithNext(client->AddUserToGroup({.user_id = user, .group_id = group}, session.Once()),
                      "perennial group list"));
  if (session.json()) session.PrintJson(EncodeJson(added.value));
  if (session.names()) session.PrintLine(added.value.id);
  if (session.table()) {
    session.PrintLine(
        fmt::format("{} belongs to {}", arguments.Value("USER"), arguments.Value("GROUP")));
  }
  return {};
}

// --user, or who is speaking.
Outcome<std::string> UserOf(Session& session, const Arguments& arguments) {
  if (const auto text = arguments.Get("--user")) return FindUser(session, *text);
  TRY_ASSIGN(const auto current, session.context());
  return current.user_id;
}

void PrintKeys(Session& session, const std::vector<ApiKey>& keys, std::string_view json) {
  Table table({"FINGERPRINT", "STATE", "CREATED"});
  std::vector<std::string> fingerprints;
  for (const auto& key : keys) {
    fingerprints.push_back(key.fingerprint);
    table.Add({key.fingerprint, StateCellOf(key.lifecycle_state),
               Relative(key.time_created, session.Now())});
  }
  PrintList(session, json, fingerprints, table,
            "No API keys. Register one:\n  perennial api-key upload --key-file public.pem");
}

Outcome<void> UploadKey(Session& session, const Arguments& arguments) {
  const auto path = arguments.Value("--key-file");
  const auto pem = session.environment().files.Read(path);
  if (!pem) return Stop(Exit::kFailed, fmt::format("{} cannot be read", path), pem.error().message);
  const auto key = pki::PublicKey::ParsePem(*pem);
  if (!key) {
    const bool is_private = pem->find("PRIVATE KEY") != std::string::npos;
    return Stop(Exit::kUsage, fmt::format("{} is not a public key in PEM", path),
                is_private ? "it holds the private key, which must never leave this machine"
                           : key.error().message,
                fmt::format("openssl pkey -in {} -pubout -out public.pem", path));
  }
  TRY_ASSIGN(const auto user, UserOf(session, arguments));
  TRY_ASSIGN(auto* client, session.identity());
  TRY_ASSIGN(const auto uploaded,
             WithNext(client->UploadApiKey(user, {.key = key->ToPem()}, session.Once()),
                      "perennial api-key list   (shows the keys; a user can have three)"));
  PrintKeys(session, {uploaded.value}, EncodeJson(uploaded.value));
  return {};
}

Outcome<void> ListKeys(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto user, UserOf(session, arguments));
  TRY_ASSIGN(auto* client, session.identity());
  TRY_ASSIGN(const auto page, WithNext(client->ListApiKeys(user), "perennial user list"));
  PrintKeys(session, page.items, EncodeJson(page.items));
  return {};
}

Outcome<void> DeleteKey(Session& session, const Arguments& arguments) {
  const auto fingerprint = arguments.Value("FINGERPRINT");
  TRY_ASSIGN(const auto user, UserOf(session, arguments));
  TRY_ASSIGN(const auto current, session.context());
  const bool own = current.fingerprint == fingerprint && current.user_id == user;
  TRY(session.ConfirmByName(arguments,
                            own ? "This is the key that you are using: nothing will work after this"
                                : "The API key will be refused within seconds",
                            fingerprint));
  TRY_ASSIGN(auto* client, session.identity());
  TRY(WithNext(client->DeleteApiKey(user, fingerprint, session.Once()),
               "perennial api-key list   (shows the keys)"));
  if (session.names()) session.PrintLine(fingerprint);
  if (session.table()) session.PrintLine("API key deleted");
  return {};
}

std::vector<Flag> NamedFlags() {
  return {{.name = "--name", .value = "NAME", .help = "unique in the tenancy", .required = true},
          {.name = "--description", .value = "TEXT", .help = "for people; the name without it"}};
}

}  // namespace

void AddIdentityCommands(CommandTree& tree) {
  tree.push_back({.path = {"compartment", "create"},
                  .summary = "a place that policies can speak of",
                  .flags = NamedFlags(),
                  .example = "compartment create --name web",
                  .run = CreateCompartment});
  tree.push_back({.path = {"compartment", "list"},
                  .summary = "compartments of the tenancy",
                  .example = "compartment list",
                  .run = [](Session& s, const Arguments&) {
                    return ListThings(s, &IdentityClient::ListCompartments,
                                      "No compartments: everything is in the root.");
                  }});
  auto user_flags = NamedFlags();
  user_flags.push_back({.name = "--email", .value = "ADDRESS", .help = "for people"});
  tree.push_back({.path = {"user", "create"},
                  .summary = "somebody who can sign requests",
                  .flags = std::move(user_flags),
                  .example = "user create --name dana",
                  .run = CreateUser});
  tree.push_back({.path = {"user", "list"},
                  .summary = "users of the tenancy",
                  .example = "user list",
                  .run = [](Session& s, const Arguments&) {
                    return ListThings(s, &IdentityClient::ListUsers, "No users.");
                  }});
  tree.push_back({.path = {"group", "create"},
                  .summary = "whom policies speak of",
                  .flags = NamedFlags(),
                  .example = "group create --name web-team",
                  .run = CreateGroup});
  tree.push_back({.path = {"group", "list"},
                  .summary = "groups of the tenancy",
                  .example = "group list",
                  .run = [](Session& s, const Arguments&) {
                    return ListThings(s, &IdentityClient::ListGroups, "No groups.");
                  }});
  tree.push_back({.path = {"group", "add-user"},
                  .summary = "make a user a member of a group",
                  .operands = {{"GROUP", "name or OCID"}, {"USER", "name or OCID"}},
                  .example = "group add-user web-team dana",
                  .run = AddUser});
  const Flag user{.name = "--user", .value = "USER", .help = "name or OCID; yourself without it"};
  tree.push_back(
      {.path = {"api-key", "upload"},
       .summary = "register a public key for signing",
       .flags =
           {{.name = "--key-file", .value = "FILE", .help = "a public key, PEM", .required = true},
            user},
       .example = "api-key upload --user dana --key-file public.pem",
       .run = UploadKey});
  tree.push_back({.path = {"api-key", "list"},
                  .summary = "API keys of a user",
                  .flags = {user},
                  .example = "api-key list --user dana",
                  .run = ListKeys});
  tree.push_back({.path = {"api-key", "delete"},
                  .summary = "refuse a key from now on",
                  .operands = {{"FINGERPRINT", "as api-key list shows it"}},
                  .flags = {user, YesFlag()},
                  .example =
                      "api-key delete $(perennial api-key list --user dana -o name | head -n 1) "
                      "--user dana --yes",
                  .run = DeleteKey});
}

}  // namespace perennial::cli
