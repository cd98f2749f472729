// SPDX-License-Identifier: Apache-2.0
// What perenniald and perennial-agent answer to words that they do not understand.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/version.h"

namespace perennial::apps {

inline void AddVersionFlag(CLI::App& app) {
  app.set_version_flag("--version", fmt::format("{} {}", app.get_name(), kVersion));
}

// RunVerb runs the verb that the words name. It returns an exit status when they name none: 0 after
// help or the version, else `usage`; all is said then.
inline std::optional<int> RunVerb(CLI::App& app, int argc, char** argv, int usage) {
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::RequiredError& error) {  // Of a verb, or of an option.
    const auto words = app.remaining();
    if (!app.get_subcommands().empty()) {
      app.exit(error);
    } else if (words.empty()) {
      fmt::print(stderr, "{}", app.help());
    } else {
      fmt::print(stderr, "{0}: \"{1}\" is not a verb\n  next: {0} --help\n", app.get_name(),
                 words.front());
    }
    return usage;
  } catch (const CLI::ParseError& error) {  // The library's way to say no, and to print help.
    return app.exit(error) == 0 ? 0 : usage;
  }
}

}  // namespace perennial::apps
