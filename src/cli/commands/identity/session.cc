// SPDX-License-Identifier: Apache-2.0
// user link; session list, end: how people sign in to the console.
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/commands/common.h"

namespace perennial::cli {
namespace {

Outcome<void> MakeLink(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto user, FindUser(session, arguments.Value("USER")));
  TRY_ASSIGN(auto* client, session.identity());
  TRY_ASSIGN(const auto context, session.context());
  TRY_ASSIGN(const auto made, WithNext(client->CreateSignInLink(user, session.Once()),
                                       "perennial user list   (shows who there is)"));
  const auto link = context.url + made.link;
  if (session.json()) {
    session.PrintJson(
        EncodeJson(api::identity::SignInLink{.link = link, .time_expires = made.time_expires}));
  }
  if (session.names()) session.PrintLine(link);
  if (session.table()) {
    session.PrintLine(link);
    session.PrintLine(fmt::format(
        "It signs {} in to the console once, until {}. Whoever has it can: send it as you would "
        "send a password.",
        arguments.Value("USER"), FormatTime(made.time_expires)));
  }
  return {};
}

Outcome<void> ListSessions(Session& session, const Arguments& arguments) {
  api::Query query;
  if (const auto text = arguments.Get("--user")) {
    TRY_ASSIGN(const auto user, FindUser(session, *text));
    query.emplace_back("userId", user);
  }
  TRY_ASSIGN(auto* client, session.identity());
  TRY_ASSIGN(const auto found, WithNext(client->ListSessions(query), "perennial user list"));
  Table table({"USER", "SIGNED IN", "BY", "FROM", "LAST USED", "ENDS", "ID"});
  for (const auto& each : found.items) {
    table.Add({each.user_name, Relative(each.time_created, session.Now()), each.signed_in_by,
               each.address, Relative(each.time_of_last_use, session.Now()),
               Relative(each.time_ends, session.Now()), each.id});
  }
  PrintList(session, EncodeJson(found), IdsOf(found.items), table,
            "Nobody is signed in to the console.");
  return {};
}

Outcome<void> EndSession(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(auto* client, session.identity());
  TRY(WithNext(client->EndSession(arguments.Value("SESSION"), session.Once()),
               "perennial session list   (shows those that are open)"));
  if (session.names()) session.PrintLine(arguments.Value("SESSION"));
  if (session.table()) session.PrintLine("session ended");
  return {};
}

}  // namespace

void AddSessionCommands(CommandTree& tree) {
  tree.push_back({.path = {"user", "link"},
                  .summary = "a link that signs a user in to the console, once",
                  .operands = {{"USER", "name or OCID"}},
                  .example = "user link dana",
                  .run = MakeLink});
  tree.push_back(
      {.path = {"session", "list"},
       .summary = "who is signed in to the console",
       .flags = {{.name = "--user", .value = "USER", .help = "name or OCID; yourself without it"}},
       .example = "session list --user dana",
       .run = ListSessions});
  tree.push_back({.path = {"session", "end"},
                  .summary = "sign a session out, at once",
                  .operands = {{"SESSION", "as session list shows it"}},
                  .example = "session end $(perennial session list -o name | head -n 1)",
                  .run = EndSession});
}

}  // namespace perennial::cli
