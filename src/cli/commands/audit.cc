// SPDX-License-Identifier: Apache-2.0
// audit, and api: any GET as it is.
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/commands/common.h"

namespace perennial::cli {
namespace {

using namespace api::audit;

std::string Last(const std::string& type) {
  const auto dot = type.rfind('.');
  return dot == std::string::npos ? type : type.substr(dot + 1);
}

Outcome<void> List(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto since, arguments.Period("--since"));
  TRY_ASSIGN(const auto limit, arguments.Number("--limit"));
  TRY_ASSIGN(const auto compartment, CompartmentOf(session, arguments));
  TRY_ASSIGN(auto* client, session.audit());
  const AuditClient::Window window{.compartment_id = compartment,
                                   .start = session.Now() - since.value_or(seconds(3600)),
                                   // A service's clock may be a little ahead of ours.
                                   .end = session.Now() + std::chrono::minutes(5)};
  auto all =
      api::AllPages([&](const std::string& page) { return client->ListEvents(window, page); });
  if (!all) return std::unexpected(Failure(all.error()));
  if (limit && *limit >= 0 && all->size() > static_cast<size_t>(*limit)) {
    all->erase(all->begin(), all->end() - *limit);
  }
  Table table({"TIME", "WHO", "WHAT", "RESOURCE", "ANSWER", "FROM", "ID"});
  std::vector<std::string> ids;
  for (const auto& event : *all) {
    ids.push_back(event.event_id);
    const auto& data = event.data;
    const auto status = data.response ? data.response->status.value_or("") : "";
    const bool refused = status.starts_with('4') || status.starts_with('5');
    const auto who =
        !data.identity
            ? std::string()
            : data.identity->principal_name.value_or(data.identity->principal_id.value_or(""));
    // What a service did by itself, such as a renewal, was an answer to nobody.
    const auto answer = status == "0" ? std::string("own act") : status;
    table.Add({FormatTime(event.event_time), who, data.event_name.value_or(Last(event.event_type)),
               data.resource_name.value_or(data.resource_id.value_or("")),
               Cell(answer, refused ? Tone::kWarning : Tone::kPlain),
               data.identity ? data.identity->ip_address.value_or("") : "", event.event_id});
  }
  PrintList(session, EncodeJson(*all), ids, table,
            "Nothing in this time. To look further back: perennial audit list --since 7d");
  return {};
}

Outcome<void> Verify(Session&, const Arguments&) {
  return Stop(Exit::kUsage, "the audit is verified on the server's host",
              "it must be read from the databases, not from an API that could leave something out",
              "on the server: perenniald audit verify --config /etc/perennial/perenniald.toml");
}

std::string WordOf(const ChainVerification& chain) {
  if (chain.broken_record) return fmt::format("BROKEN at {}", chain.broken_record->position);
  return chain.state == ChainState::kIntact ? "intact" : "being read";
}

Outcome<void> Status(Session& session, const Arguments&) {
  TRY_ASSIGN(auto* client, session.audit());
  TRY_ASSIGN(const auto found, client->GetVerification());
  Table table({"SERVICE", "CHAIN", "RECORDS", "FIRST", "LAST", "HEAD", "CHECKED"});
  std::vector<std::string> names;
  const auto moment = [](const std::optional<Time>& at) { return at ? FormatTime(*at) : "-"; };
  const ChainVerification* broken = nullptr;
  for (const auto& chain : found.items) {
    names.push_back(chain.service);
    if (broken == nullptr && chain.broken_record) broken = &chain;
    table.Add({chain.service,
               Cell(WordOf(chain), chain.broken_record ? Tone::kBad : Tone::kPlain),
               std::to_string(chain.records), moment(chain.time_first_record),
               moment(chain.time_last_record), chain.head_hash.substr(0, 16),
               moment(chain.time_checked)});
  }
  PrintList(session, EncodeJson(found), names, table, "No chain is followed.");
  if (broken == nullptr) return {};
  return Stop(Exit::kFailed,
              fmt::format("record {} of {} does not fit its chain", broken->broken_record->position,
                          broken->service),
              broken->broken_record->reason,
              "on the server: perenniald audit verify --config /etc/perennial/perenniald.toml");
}

// Which service answers a path: the dated prefix names it, and under our own the first word.
std::string ServiceOf(const std::string& path) {
  const auto begins = [&](std::initializer_list<std::string_view> prefixes) {
    for (const auto prefix : prefixes) {
      if (path.starts_with(prefix)) return true;
    }
    return false;
  };
  if (begins({"/20210224/", "/20260101/associations", "/20260101/rollouts", "/20260101/why",
              "/20260101/certificates", "/20260101/changeFeed", "/20260101/inventory",
              "/20260101/overview"})) {
    return "certificates";
  }
  if (begins({"/20170115/"})) return "load-balancer";
  if (begins({"/20190901/", "/20260101/audit/"})) return "audit";
  return "identity";
}

Outcome<void> Raw(Session& session, const Arguments& arguments) {
  const auto path = arguments.Value("PATH");
  if (arguments.Value("METHOD") != "GET") {
    return Stop(Exit::kUsage, fmt::format("\"{}\" cannot be sent", arguments.Value("METHOD")),
                "only GET: what changes something has a command of its own", "perennial --help");
  }
  if (!path.starts_with('/')) {
    return Stop(Exit::kUsage, fmt::format("\"{}\" is not a path", path),
                "it begins with a slash, as /20260101/endpoints");
  }
  const auto service = arguments.Get("--service").value_or(ServiceOf(path));
  TRY_ASSIGN(const auto current, session.context());
  auto url = current.url;
  if (service != "identity") {
    TRY_ASSIGN(const auto* urls, session.endpoints());
    if (service == "certificates") url = urls->certificates;
    if (service == "load-balancer") url = urls->load_balancer;
    if (service == "audit") url = urls->audit;
  }
  TRY_ASSIGN(const auto client, session.ClientOf(url));
  TRY_ASSIGN(const auto response, client.Send({.method = "GET", .target = path}));
  session.PrintJson(response.body);
  if (const auto page = FindHeader(response.headers, "opc-next-page")) {
    session.err() << Printable(fmt::format("more: add page={} to the query", *page)) << "\n";
  }
  return {};
}

}  // namespace

void AddAuditCommands(CommandTree& tree) {
  tree.push_back(
      {.path = {"audit", "list"},
       .summary = "who did, and who tried, what",
       .flags = {{.name = "--since", .value = "PERIOD", .help = "how far back", .fallback = "1h"},
                 {.name = "--limit", .value = "N", .help = "the last N only"},
                 CompartmentFlag()},
       .example = "audit list --since 1h",
       .run = List});
  tree.push_back({.path = {"audit", "status"},
                  .summary = "whether the records of every service are intact, as the audit role finds",
                  .example = "audit status",
                  .run = Status});
  tree.push_back({.path = {"audit", "verify"},
                  .summary = "how to verify that nothing was changed or left out",
                  .example = "audit verify",
                  .run = Verify});
  tree.push_back({.path = {"api"},
                  .summary = "send a signed GET and print the answer",
                  .operands = {{"METHOD", "GET"}, {"PATH", "as /20260101/endpoints"}},
                  .flags = {{.name = "--service",
                             .value = "SERVICE",
                             .help = "who is asked; the path tells without it",
                             .one_of = {"identity", "certificates", "load-balancer", "audit"}}},
                  .example = "api GET /20260101/endpoints",
                  .run = Raw});
}

}  // namespace perennial::cli
