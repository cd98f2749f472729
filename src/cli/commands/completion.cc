// SPDX-License-Identifier: Apache-2.0
// completion: made from the tree, so it never lags behind.
#include "cli/commands/commands.h"
#include "cli/session.h"

namespace perennial::cli {

void AddCompletionCommands(CommandTree& tree) {
  for (const char* shell : {"bash", "zsh"}) {
    tree.push_back({.path = {"completion", shell},
                    .summary = std::string("completion for ") + shell,
                    .example = std::string("completion ") + shell + " > perennial.completion",
                    .run = [shell](Session& session, const Arguments&) -> Outcome<void> {
                      session.out() << CompletionScript(session.tree(), shell);
                      return {};
                    }});
  }
}

}  // namespace perennial::cli
