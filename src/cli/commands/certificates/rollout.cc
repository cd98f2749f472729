// SPDX-License-Identifier: Apache-2.0
// rollout list, show, pause, resume, rollback.
#include "cli/commands/certificates/rollout.h"

#include <fmt/format.h>

#include "base/ocid.h"
#include "cli/commands/commands.h"
#include "cli/commands/common.h"
#include "cli/commands/health.h"

namespace perennial::cli {
namespace {

using namespace api::certificates;

Cell RolloutStateCell(const Rollout& rollout) {
  auto cell = StateCellOf(rollout.state);
  if (rollout.paused) cell = {cell.text + ", paused", Tone::kWarning};
  return cell;
}

std::string VersionsText(const Rollout& rollout) {
  return rollout.from_version ? fmt::format("{} → {}", *rollout.from_version, rollout.to_version)
                              : std::to_string(rollout.to_version);
}

Outcome<std::vector<Rollout>> RolloutsOf(Session& session, const std::string& certificate_id) {
  TRY_ASSIGN(auto* client, session.certificates());
  return All({{"certificateId", certificate_id}},
             [&](const api::Query& query) { return client->ListRollouts(query); });
}

Outcome<void> List(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto compartment, CompartmentOf(session, arguments));
  std::vector<Named> certificates;
  if (const auto text = arguments.Get("--certificate")) {
    TRY_ASSIGN(auto id, FindCertificate(session, compartment, *text));
    certificates.push_back({id, *text});
  } else {
    certificates = KnownCertificates(session, compartment);
  }
  std::vector<Rollout> all;
  Table table({"CERTIFICATE", "VERSION", "STATE", "SERVED BY", "STARTED", "REASON", "ID"});
  for (const auto& certificate : certificates) {
    TRY_ASSIGN(const auto rollouts, RolloutsOf(session, certificate.id));
    for (const auto& each : rollouts) {
      table.Add({certificate.name, VersionsText(each), RolloutStateCell(each), ServedText(each),
                 Relative(each.time_started, session.Now()), each.reason.value_or(""), each.id});
      all.push_back(each);
    }
  }
  PrintList(session, EncodeJson(RolloutCollection{all}), IdsOf(all), table,
            "No rollouts. One begins with each renewal:\n  perennial certificate renew shop");
  return {};
}

void PrintLines(Session& session, const Rollout& rollout) {
  if (!rollout.lines || rollout.lines->empty()) return;
  const auto nodes = KnownNodes(session);
  Table table({"NODE", "WAVE", "WANTED", "SERVED", "RESULT", "SEEN", "LAST ERROR"});
  for (const auto& line : *rollout.lines) {
    table.Add(
        {NameOf(nodes, line.node_id), line.wave == 0 ? "canary" : std::to_string(line.wave),
         std::to_string(line.wanted_version),
         line.served_version ? std::to_string(*line.served_version) : "",
         line.result ? StateCellOf(*line.result) : Cell(line.live ? "" : "owing", Tone::kWarning),
         line.time_observed ? Relative(*line.time_observed, session.Now()) : "",
         line.last_error.value_or("")});
  }
  session.out() << "\n";
  table.Print(session.out(), session.colours());
}

Outcome<void> ShowRollout(Session& session, const std::string& id) {
  TRY_ASSIGN(auto* client, session.certificates());
  TRY_ASSIGN(const auto rollout,
             WithNext(client->GetRollout(id), "perennial rollout list   (shows what is there)"));
  const auto now = session.Now();
  Fields fields;
  fields.Add("id", rollout.id);
  fields.Add("certificate", rollout.certificate_id);
  fields.Add("version", VersionsText(rollout));
  fields.Add("state", RolloutStateCell(rollout));
  if (const auto trouble = Trouble(rollout, now)) fields.Add("trouble", Cell(*trouble, Tone::kBad));
  fields.Add("reason", rollout.reason.value_or(""));
  fields.Add("served by", ServedText(rollout));
  fields.Add("forced", rollout.forced ? Cell("yes, without proof", Tone::kBad) : Cell(""));
  fields.Add("started", RelativeAndExact(rollout.time_started, now));
  const auto add = [&](const char* name, const std::optional<Time>& time) {
    if (time) fields.Add(name, RelativeAndExact(time, now));
  };
  add("canary proved", rollout.time_canary_proved);
  add("current since", rollout.time_promoted);
  add("finished", rollout.time_finished);
  add("must serve by", rollout.time_must_serve);
  PrintOne(session, EncodeJson(rollout), rollout.id, fields);
  if (session.table()) PrintLines(session, rollout);
  return {};
}

Outcome<void> Show(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto id, RolloutIdOf(session, arguments, arguments.Value("ROLLOUT")));
  return ShowRollout(session, id);
}

using Act = Result<void> (CertificatesClient::*)(const std::string&, const api::CallOptions&) const;
std::function<Outcome<void>(Session&, const Arguments&)> Acting(Act act) {
  return [act](Session& session, const Arguments& arguments) -> Outcome<void> {
    TRY_ASSIGN(const auto id, RolloutIdOf(session, arguments, arguments.Value("ROLLOUT")));
    TRY_ASSIGN(auto* client, session.certificates());
    TRY(WithNext((client->*act)(id, session.Once()), "perennial rollout show " + id));
    return ShowRollout(session, id);
  };
}

Outcome<void> RollBack(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto id, RolloutIdOf(session, arguments, arguments.Value("ROLLOUT")));
  TRY(session.ConfirmByName(arguments, "Every node goes back to the version before", "rollback"));
  TRY_ASSIGN(auto* client, session.certificates());
  TRY(WithNext(client->RollBackRollout(id, session.Once()), "perennial rollout show " + id));
  return ShowRollout(session, id);
}

}  // namespace

bool IsLive(const Rollout& rollout) {
  return rollout.state == RolloutState::kPending || rollout.state == RolloutState::kCanary ||
         rollout.state == RolloutState::kRolling || rollout.state == RolloutState::kStalled;
}

std::string ServedText(const Rollout& rollout) {
  // The others are those that owe it.
  return fmt::format("{} of {}", rollout.served_count,
                     Count(static_cast<size_t>(std::max<int64_t>(rollout.node_count, 0)), "node"));
}

Outcome<std::string> RolloutIdOf(Session& session, const Arguments& arguments,
                                 const std::string& text) {
  if (OcidType(text) == "rollout") return text;
  TRY_ASSIGN(const auto compartment, CompartmentOf(session, arguments));
  TRY_ASSIGN(const auto certificate, FindCertificate(session, compartment, text));
  TRY_ASSIGN(const auto rollouts, RolloutsOf(session, certificate));
  if (!rollouts.empty()) return rollouts.front().id;
  return Stop(Exit::kRefused, fmt::format("{} was never rolled out", text),
              "its first version needed none; a rollout begins with each renewal",
              fmt::format("perennial certificate renew {}", text));
}

void AddRolloutCommands(CommandTree& tree) {
  const Operand operand{"ROLLOUT", "its OCID, or a certificate: then its newest rollout"};
  tree.push_back(
      {.path = {"rollout", "list"},
       .summary = "how new versions came into use",
       .flags = {{.name = "--certificate", .value = "CERTIFICATE", .help = "of this one only"},
                 CompartmentFlag()},
       .example = "rollout list --certificate shop",
       .run = List});
  tree.push_back({.path = {"rollout", "show"},
                  .summary = "one rollout, node by node",
                  .operands = {operand},
                  .flags = {CompartmentFlag()},
                  .example = "rollout show shop",
                  .run = Show});
  tree.push_back({.path = {"rollout", "pause"},
                  .summary = "hold it where it is; expiry still beats caution",
                  .operands = {operand},
                  .flags = {CompartmentFlag()},
                  .example = "rollout pause shop",
                  .run = Acting(&CertificatesClient::PauseRollout)});
  tree.push_back({.path = {"rollout", "resume"},
                  .summary = "let it go on",
                  .operands = {operand},
                  .flags = {CompartmentFlag()},
                  .example = "rollout resume shop",
                  .run = Acting(&CertificatesClient::ResumeRollout)});
  tree.push_back({.path = {"rollout", "rollback"},
                  .summary = "go back to the version before, everywhere",
                  .operands = {operand},
                  .flags = {YesFlag(), CompartmentFlag()},
                  .example = "rollout rollback shop --yes",
                  .run = RollBack});
}

}  // namespace perennial::cli
