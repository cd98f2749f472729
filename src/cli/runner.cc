// SPDX-License-Identifier: Apache-2.0
#include "cli/runner.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/version.h"
#include "cli/commands/commands.h"
#include "cli/output/table.h"
#include "cli/output/text.h"
#include "cli/session.h"

namespace perennial::cli {
namespace {

CommandTree MakeTree() {
  CommandTree tree;
  AddContextCommands(tree);
  AddStatusCommands(tree);
  AddWhyCommands(tree);
  AddAuthorityCommands(tree);
  AddCertificateCommands(tree);
  AddCertificateDeletionCommands(tree);
  AddAssociationCommands(tree);
  AddRolloutCommands(tree);
  AddRolloutWatchCommands(tree);
  AddLoadBalancerCommands(tree);
  AddBackendCommands(tree);
  AddListenerCommands(tree);
  AddNodeCommands(tree);
  AddIdentityCommands(tree);
  AddSessionCommands(tree);
  AddPolicyCommands(tree);
  AddTrustCommands(tree);
  AddAuditCommands(tree);
  AddCompletionCommands(tree);
  return tree;
}

}  // namespace

Runner::Runner(Environment& environment) : environment_(environment), tree_(MakeTree()) {}

int Runner::Run(const std::vector<std::string>& words) {
  const auto outcome = Obey(words);
  environment_.out.flush();
  if (outcome) return static_cast<int>(Exit::kOk);
  Tell(outcome.error(), words);
  environment_.err.flush();
  return static_cast<int>(outcome.error().exit);
}

Outcome<void> Runner::Obey(const std::vector<std::string>& words) {
  TRY_ASSIGN(auto parsed, Parse(tree_, words));
  if (parsed.options.version) {
    environment_.out << "perennial " << kVersion << "\n";
    return {};
  }
  if (parsed.command == nullptr) {
    const auto help = HelpOfGroup(tree_, parsed.group);
    if (parsed.options.help) {
      environment_.out << help;
      return {};
    }
    environment_.err << help << "\n";
    const auto path = fmt::format("{}", fmt::join(parsed.group, " "));
    return Stop(Exit::kUsage, "no command is named",
                fmt::format("perennial{} takes one of those above", path.empty() ? "" : " " + path),
                fmt::format("perennial {}{}--help", path, path.empty() ? "" : " "));
  }
  if (parsed.options.help) {
    environment_.out << HelpOf(*parsed.command);
    return {};
  }
  if (parsed.options.config_directory.empty()) {
    parsed.options.config_directory = environment_.default_directory;
  }
  Session session(environment_, parsed.options, tree_);
  return parsed.command->run(session, parsed.arguments);
}

void Runner::Tell(const Failure& failure, const std::vector<std::string>& words) {
  auto& err = environment_.err;
  // Results that were printed ("status", "why") need no error on top of them.
  if (failure.what.empty()) return;
  err << Paint("error:", Tone::kBad, environment_.colours) << " " << Printable(failure.what)
      << "\n";
  if (!failure.why.empty()) err << "  why:  " << Printable(failure.why) << "\n";
  auto next = failure.next;
  if (next.empty()) {
    const auto parsed = Parse(tree_, words);
    next = parsed && parsed->command != nullptr
               ? fmt::format("perennial {} --help", parsed->command->Name())
               : "perennial --help";
  }
  err << "  next: " << Printable(next) << "\n";
}

}  // namespace perennial::cli
