// SPDX-License-Identifier: Apache-2.0
// status: the 3 a.m. page. Red first; it exits 1 when anything is red.
#include <fmt/format.h>

#include <algorithm>
#include <set>

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
  size_t certificates = 0, in_use = 0, nodes = 0;
  std::optional<Time> first_expiry;
  std::string first_to_expire;
};

// A part of the page that is refused or unreachable must not hide the others.
template <class T>
std::vector<T> OrUnseen(Picture& picture, const std::string& part, Outcome<std::vector<T>> all) {
  if (all) return std::move(*all);
  picture.unseen.push_back(fmt::format("{}: {}", part, all.error().what));
  return {};
}

Outcome<std::vector<std::string>> Compartments(Session& session) {
  TRY_ASSIGN(const auto tenancy, session.tenancy());
  TRY_ASSIGN(auto* client, session.identity());
  std::vector<std::string> ids = {tenancy};
  const auto all = All({{"compartmentId", tenancy}},
                       [&](const api::Query& query) { return client->ListCompartments(query); });
  if (!all && all.error().ConcernsAccess()) return std::unexpected(all.error());
  if (all) {
    for (const auto& each : *all) ids.push_back(each.id);
  }
  return ids;
}

void LookAtCertificate(Session& session, CertificatesClient& client, const CertificateSummary& each,
                       const std::set<std::string>& used, Picture& picture) {
  ++picture.certificates;
  if (const auto trouble = Trouble(each, session.Now())) {
    picture.findings.push_back({true, fmt::format("certificate {} {}", each.name, *trouble),
                                fmt::format("perennial certificate show {}", each.id)});
  }
  const auto& version = each.current_version_summary;
  if (version && version->validity) {
    const auto not_after = version->validity->time_of_validity_not_after;
    if (!picture.first_expiry || not_after < *picture.first_expiry) {
      picture.first_expiry = not_after;
      picture.first_to_expire = each.name;
    }
  }
  // What nobody uses has no rollout to look at.
  if (!used.contains(each.id)) return;
  ++picture.in_use;
  const auto rollouts = client.ListRollouts({{"certificateId", each.id}, {"limit", "1"}});
  if (!rollouts) {
    picture.unseen.push_back(
        fmt::format("rollouts of {}: {}", each.name, Failure(rollouts.error()).what));
    return;
  }
  if (rollouts->items.empty()) return;
  const auto& newest = rollouts->items.front();
  if (const auto trouble = Trouble(newest, session.Now())) {
    picture.findings.push_back({true, fmt::format("certificate {}: {}", each.name, *trouble),
                                fmt::format("perennial rollout show {}", newest.id)});
  } else if (newest.owing_count > 0) {
    picture.findings.push_back(
        {true,
         fmt::format("certificate {}: {} still owe version {}", each.name,
                     Count(static_cast<size_t>(newest.owing_count), "node"), newest.to_version),
         fmt::format("perennial rollout show {}", newest.id)});
  } else if (newest.paused) {
    picture.findings.push_back({false,
                                fmt::format("certificate {}: its rollout is paused", each.name),
                                fmt::format("perennial rollout resume {}", newest.id)});
  }
}

Outcome<void> LookAtCertificates(Session& session, const std::vector<std::string>& compartments,
                                 Picture& picture) {
  TRY_ASSIGN(auto* client, session.certificates());
  for (const auto& compartment : compartments) {
    const auto certificates = OrUnseen(
        picture, "certificates", All({{"compartmentId", compartment}}, [&](const auto& query) {
          return client->ListCertificates(query);
        }));
    if (certificates.empty()) continue;
    const auto associations = OrUnseen(
        picture, "associations", All({{"compartmentId", compartment}}, [&](const auto& query) {
          return client->ListAssociations(query);
        }));
    std::set<std::string> used;
    for (const auto& each : associations) used.insert(each.certificates_resource_id);
    for (const auto& each : certificates) LookAtCertificate(session, *client, each, used, picture);
  }
  return {};
}

Outcome<void> LookAtNodes(Session& session, Picture& picture) {
  TRY_ASSIGN(const auto tenancy, session.tenancy());
  TRY_ASSIGN(auto* client, session.identity());
  const auto nodes = OrUnseen(picture, "nodes",
                              All({{"compartmentId", tenancy}},
                                  [&](const auto& query) { return client->ListNodes(query); }));
  for (const auto& node : nodes) {
    if (node.state == api::identity::NodeState::kRemoved) continue;
    ++picture.nodes;
    const auto next = fmt::format("perennial node show {}", node.id);
    if (IsMissing(node, session.Now())) {
      const auto since = node.time_last_seen ? RelativeAndExact(node.time_last_seen, session.Now())
                                             : std::string("never");
      picture.findings.push_back(
          {true,
           fmt::format("node {} is silent: last seen {}; it goes on serving what it has", node.name,
                       since),
           next});
    } else if (Owes(node)) {
      picture.findings.push_back({true,
                                  fmt::format("node {} serves {} of {} certificates", node.name,
                                              *node.served_count, *node.wanted_count),
                                  next});
    } else if (node.state == api::identity::NodeState::kDraining) {
      picture.findings.push_back({false, fmt::format("node {} is draining", node.name), next});
    }
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
        fmt::format("{{\"red\":{},\"findings\":[{}],\"unseen\":[{}],\"certificates\":{},\"inUse\":{"
                    "},\"nodes\":{}}}",
                    red, findings, unseen, picture.certificates, picture.in_use, picture.nodes));
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
    session.out() << Paint("GREEN ", Tone::kGood, session.colours()) << "nothing needs you\n";
  }
  session.PrintLine(fmt::format(
      "{}, {} in use, {}{}", Count(picture.certificates, "certificate"), picture.in_use,
      Count(picture.nodes, "node"),
      picture.first_expiry ? fmt::format("; the first to expire is {}, {}", picture.first_to_expire,
                                         RelativeAndExact(picture.first_expiry, session.Now()))
                           : ""));
}

Outcome<void> Status(Session& session, const Arguments&) {
  Picture picture;
  TRY_ASSIGN(const auto compartments, Compartments(session));
  TRY(LookAtCertificates(session, compartments, picture));
  TRY(LookAtNodes(session, picture));
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
       .detail = "Red: a certificate that expired, failed or is late; a rollout that stalled or\n"
                 "was rolled back; a node that is silent, or serves less than it should."});
}

}  // namespace perennial::cli
