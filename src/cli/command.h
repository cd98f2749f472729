// SPDX-License-Identifier: Apache-2.0
// The command tree as data. Parsing, help, completion and "did you mean" are all made from it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "cli/outcome.h"

namespace perennial::cli {

class Session;

struct Flag {
  std::string name;   // "--dns"
  std::string value;  // What the value is, "NAME"; empty: a switch.
  std::string help;
  bool required = false;
  bool many = false;                // May be given several times.
  std::string fallback;             // The value when it is not given; empty: none.
  std::vector<std::string> one_of;  // Empty: anything.
};

// A word behind the command.
struct Operand {
  std::string name;  // "CERTIFICATE"
  std::string help;
};

// What was typed behind a command. Flags are asked for with their dashes, operands as they are
// named.
class Arguments {
 public:
  void Set(const std::string& name, std::vector<std::string> values);

  bool Has(const std::string& name) const { return values_.contains(name); }
  std::optional<std::string> Get(const std::string& name) const;
  // Value is for what is required or has a fallback; empty when it is neither and not given.
  std::string Value(const std::string& name) const { return Get(name).value_or(""); }
  std::vector<std::string> All(const std::string& name) const;

  // These stop with kUsage when the value is not what it should be.
  Outcome<std::optional<int64_t>> Number(const std::string& name) const;
  // ISO 8601 ("PT200S"), or short as "90d", "12h", "15m", "40s".
  Outcome<std::optional<seconds>> Period(const std::string& name) const;
  Outcome<std::optional<Time>> Moment(const std::string& name) const;  // RFC 3339.

 private:
  std::map<std::string, std::vector<std::string>> values_;
};

struct Command {
  std::vector<std::string> path;  // {"certificate", "create"}
  std::string summary;            // One line.
  std::vector<Operand> operands;  // All required.
  std::vector<Flag> flags;
  std::string example;  // Behind "perennial ": runs as written after docs/guides/first-hour.md.
  std::function<Outcome<void>(Session&, const Arguments&)> run;
  std::string detail;  // More for the help; may be empty.

  std::string Name() const;  // "certificate create"
};

using CommandTree = std::vector<Command>;

// The options that every command takes, before or behind it.
struct GlobalOptions {
  std::string config_directory;
  std::string context;           // Empty: the current one.
  std::string output = "table";  // table, json or name.
  bool help = false;
  bool version = false;
};
const std::vector<Flag>& GlobalFlags();

// Shorter and older words for the same: "cert" is "certificate".
std::string Canonical(std::string_view word);

// Parsed is a command and what was typed behind it; without a command (for `--help`, `--version`)
// `group` is how far the path went.
struct Parsed {
  const Command* command = nullptr;
  std::vector<std::string> group;
  Arguments arguments;
  GlobalOptions options;
};

// Parse stops with kUsage: a word that is no command, with the nearest; a flag that the command
// does not have, likewise; a required one that is missing.
Outcome<Parsed> Parse(const CommandTree& tree, const std::vector<std::string>& words);

// The help of one command, and of all commands below a path.
std::string HelpOf(const Command& command);
std::string HelpOfGroup(const CommandTree& tree, const std::vector<std::string>& path);

// A shell's completion, `shell` being bash or zsh.
std::string CompletionScript(const CommandTree& tree, std::string_view shell);

}  // namespace perennial::cli
