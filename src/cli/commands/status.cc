// SPDX-License-Identifier: Apache-2.0
// status: the 3 a.m. page. Red first; it exits 1 when anything is red.
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/commands/common.h"
#include "cli/commands/health.h"

namespace perennial::cli {
namespace {

using namespace api::certificates;

struct Finding {
  bool red = false;
  std::string what;
  std::string next;
};

struct Picture {
  std::vector<Finding> findings;
  std::vector<std::string> unseen;  // What could not be asked, and why.
  Overview overview;
  size_t nodes = 0;
};

// A part of the page that is refused or unreachable must not hide the others.
template <class T>
std::vector<T> OrUnseen(Picture& picture, const std::string& part, Outcome<std::vector<T>> all) {
  if (all) return std::move(*all);
  picture.unseen.push_back(fmt::format("{}: {}", part, all.error().what));
  return {};
}

// What needs somebody, as the service judged it: the same colours and words as in the console.
Outcome<void> LookAtCertificates(Session& session, Picture& picture) {
  TRY_ASSIGN(auto* client, session.certificates());
  auto overview = client->GetOverview();
  if (!overview) {
    const Failure failure(overview.error());
    if (failure.ConcernsAccess()) return std::unexpected(failure);
    picture.unseen.push_back(fmt::format("certificates: {}", failure.what));
    return {};
  }
  picture.overview = std::move(*overview);
  const auto needing =
      OrUnseen(picture, "certificates",
               All({{"filter", "needsYou"}, {"sort", "risk"}, {"limit", "1000"}},
                   [&](const auto& query) { return client->GetInventory(query); }));
  for (const auto& each : needing) {
    picture.findings.push_back({each.risk == Risk::kRed,
                                fmt::format("certificate {}: {}", each.name, each.reason),
                                fmt::format("perennial certificate show {}", each.id)});
  }
  return {};
}

Outcome<void> LookAtNodes(Session& session, Picture& picture) {
  TRY_ASSIGN(const auto tenancy, session.tenancy());
  TRY_ASSIGN(auto* client, session.identity());
  auto nodes = OrUnseen(picture, "nodes", All({{"compartmentId", tenancy}}, [&](const auto& query) {
                          return client->ListNodes(query);
                        }));
  for (const auto& seen : Join(std::move(nodes), KnownServing(session))) {
    const auto& node = seen.node;
    if (node.state == api::identity::NodeState::kRemoved) continue;
    ++picture.nodes;
    const auto next = fmt::format("perennial node show {}", node.id);
    if (IsMissing(seen, session.Now())) {
      const auto since = node.time_last_seen ? RelativeAndExact(node.time_last_seen, session.Now())
                                             : std::string("never");
      picture.findings.push_back(
          {true,
           fmt::format("node {} is silent: last seen {}; it goes on serving what it has", node.name,
                       since),
           next});
    } else if (Owes(node)) {
      // Each of the certificates is judged by itself, with the patience that a new version needs.
      picture.findings.push_back({false,
                                  fmt::format("node {} serves {} of {} certificates", node.name,
                                              *node.served_count, *node.wanted_count),
                                  next});
    } else if (node.state == api::identity::NodeState::kDraining) {
      picture.findings.push_back({false, fmt::format("node {} is draining", node.name), next});
    }
  }
  return {};
}

Outcome<void> LookAtListeners(Session& session, Picture& picture) {
  TRY_ASSIGN(auto* client, session.load_balancers());
  const auto troubled = client->GetListenerStates({{"filter", "troubled"}});
  if (!troubled) {
    picture.unseen.push_back(fmt::format("listeners: {}", Failure(troubled.error()).what));
    return {};
  }
  for (const auto& each : troubled->items) {
    picture.findings.push_back(
        {true,
         fmt::format("listener {} of {} is not served by {}: {}", each.listener_name,
                     each.load_balancer_name, each.node_name, each.reason.value_or("")),
         fmt::format("perennial listener list --lb {}", each.load_balancer_id)});
  }
  return {};
}

std::string JsonText(std::string_view text) {
  std::string out = "\"";
  for (const char c : Printable(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

int64_t InUse(const Picture& picture) {
  return picture.overview.counts.certificates - picture.overview.counts.grey;
}

void PrintPicture(Session& session, const Picture& picture) {
  const auto red = static_cast<size_t>(
      std::ranges::count_if(picture.findings, [](const Finding& each) { return each.red; }));
  if (session.json()) {
    std::string findings;
    for (const auto& each : picture.findings) {
      findings +=
          fmt::format("{}{{\"red\":{},\"what\":{},\"next\":{}}}", findings.empty() ? "" : ",",
                      each.red, JsonText(each.what), JsonText(each.next));
    }
    std::string unseen;
    for (const auto& each : picture.unseen) {
      unseen += (unseen.empty() ? "" : ",") + JsonText(each);
    }
    session.PrintJson(
        fmt::format("{{\"red\":{},\"findings\":[{}],\"unseen\":[{}],\"sentence\":{},"
                    "\"certificates\":{},\"inUse\":{},\"nodes\":{}}}",
                    red, findings, unseen, JsonText(picture.overview.sentence),
                    picture.overview.counts.certificates, InUse(picture), picture.nodes));
    return;
  }
  const auto out = [&](const Finding& each) {
    const auto tone = each.red ? Tone::kBad : Tone::kWarning;
    session.out() << Paint(each.red ? "RED   " : "note  ", tone, session.colours())
                  << Printable(each.what) << "\n      next: " << Printable(each.next) << "\n";
  };
  for (const auto& each : picture.findings) out(each);
  for (const auto& each : picture.unseen) {
    session.out() << Paint("?     ", Tone::kWarning, session.colours()) << Printable(each) << "\n";
  }
  if (red == 0 && picture.unseen.empty()) {
    session.out() << Paint("GREEN ", Tone::kGood, session.colours())
                  << Printable(picture.overview.counts.amber == 0 ? picture.overview.sentence
                                                                  : "nothing is red")
                  << "\n";
  }
  session.PrintLine(
      fmt::format("{}, {} in use, {}",
                  Count(static_cast<size_t>(picture.overview.counts.certificates), "certificate"),
                  InUse(picture), Count(picture.nodes, "node")));
}

Outcome<void> Status(Session& session, const Arguments&) {
  Picture picture;
  TRY(LookAtCertificates(session, picture));
  TRY(LookAtNodes(session, picture));
  TRY(LookAtListeners(session, picture));
  std::vector<Finding> ordered;
  for (const bool red : {true, false}) {
    std::ranges::copy_if(picture.findings, std::back_inserter(ordered),
                         [&](const Finding& each) { return each.red == red; });
  }
  picture.findings = std::move(ordered);
  PrintPicture(session, picture);
  const bool red =
      std::ranges::any_of(picture.findings, [](const Finding& each) { return each.red; });
  // What could not be seen may be red: never green on ignorance.
  if (red || !picture.unseen.empty()) return Stop(Exit::kFailed, "");
  return {};
}

}  // namespace

void AddStatusCommands(CommandTree& tree) {
  tree.push_back(
      {.path = {"status"},
       .summary = "what needs you, red first; exit code 1 when anything is red",
       .example = "status",
       .run = Status,
       .detail =
           "Red: a certificate that is served expired, whose rollout is stuck, or that no\n"
           "node can serve; a node that is silent; a listener that a node cannot open. A note:\n"
           "what is late or not proved yet, or has no renewal rule."});
}

}  // namespace perennial::cli
