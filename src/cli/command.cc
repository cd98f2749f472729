// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "cli/output/text.h"

namespace perennial::cli {
namespace {

std::unexpected<Failure> BadValue(const std::string& name, const std::string& value,
                                  std::string rule) {
  return Stop(Exit::kUsage, fmt::format("{} cannot be \"{}\"", name, Printable(value)),
              std::move(rule));
}

std::optional<int64_t> WholeNumber(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "90d" as people type it.
std::optional<seconds> ShortPeriod(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  const auto number = WholeNumber(text.substr(0, text.size() - 1));
  if (!number || *number < 0 || *number > 36500 * int64_t{86400}) return std::nullopt;
  switch (text.back()) {
    case 'd':
      return *number <= 36500 ? std::optional(seconds(*number * 86400)) : std::nullopt;
    case 'h':
      return *number <= 36500 * 24 ? std::optional(seconds(*number * 3600)) : std::nullopt;
    case 'm':
      return *number <= 36500 * 1440 ? std::optional(seconds(*number * 60)) : std::nullopt;
    case 's':
      return seconds(*number);
    default:
      return std::nullopt;
  }
}

std::string FlagLine(const Flag& flag) {
  auto left = flag.name;
  if (flag.name == "--output") left = "-o, --output";
  if (flag.name == "--help") left = "-h, --help";
  if (!flag.value.empty()) left += " " + flag.value;
  auto right = flag.help;
  if (!flag.one_of.empty()) right += fmt::format(": {}", fmt::join(flag.one_of, ", "));
  if (!flag.fallback.empty()) right += fmt::format(" [{}]", flag.fallback);
  if (flag.required) right += " (required)";
  if (flag.many) right += " (may be repeated)";
  return fmt::format("  {:<28}  {}\n", left, right);
}

}  // namespace

void Arguments::Set(const std::string& name, std::vector<std::string> values) {
  values_[name] = std::move(values);
}

std::optional<std::string> Arguments::Get(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end() || found->second.empty()) return std::nullopt;
  return found->second.back();
}

std::vector<std::string> Arguments::All(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>{} : found->second;
}

Outcome<std::optional<int64_t>> Arguments::Number(const std::string& name) const {
  const auto text = Get(name);
  if (!text) return std::optional<int64_t>();
  const auto number = WholeNumber(*text);
  if (!number) return BadValue(name, *text, "it is a whole number");
  return number;
}

Outcome<std::optional<seconds>> Arguments::Period(const std::string& name) const {
  const auto text = Get(name);
  if (!text) return std::optional<seconds>();
  if (const auto period = ShortPeriod(*text)) return period;
  const auto period = ParseDuration(*text);
  if (!period) return BadValue(name, *text, "it is a period: P30D, PT200S, 90d, 12h, 15m or 40s");
  return std::optional(*period);
}

Outcome<std::optional<Time>> Arguments::Moment(const std::string& name) const {
  const auto text = Get(name);
  if (!text) return std::optional<Time>();
  const auto time = ParseTime(*text);
  if (!time) return BadValue(name, *text, "it is a time as 2026-12-31T23:59:59Z");
  return std::optional(*time);
}

std::string Command::Name() const { return fmt::format("{}", fmt::join(path, " ")); }

const std::vector<Flag>& GlobalFlags() {
  static const std::vector<Flag> kFlags = {
      {.name = "--config-directory", .value = "DIR", .help = "where contexts and keys are kept"},
      {.name = "--context", .value = "NAME", .help = "another context than the current one"},
      {.name = "--output", .value = "FORMAT", .help = "table, json or name", .fallback = "table"},
      {.name = "--help", .help = "this text"},
      {.name = "--version", .help = "the version of this program"},
  };
  return kFlags;
}

std::string Canonical(std::string_view word) {
  static const std::map<std::string_view, std::string_view> kAliases = {
      {"cert", "certificate"},
      {"certs", "certificate"},
      {"certificates", "certificate"},
      {"lb", "load-balancer"},
      {"certificate-authority", "ca"},
      {"subordinate", "issuing"},
      {"ls", "list"},
      {"get", "show"},
      {"rm", "delete"},
      {"wr", "work-request"},
  };
  const auto found = kAliases.find(word);
  return std::string(found == kAliases.end() ? word : found->second);
}

std::string HelpOf(const Command& command) {
  std::string text = fmt::format("perennial {} - {}\n\nusage: perennial {}", command.Name(),
                                 command.summary, command.Name());
  for (const auto& operand : command.operands) text += " " + operand.name;
  bool optional = false;
  for (const auto& flag : command.flags) {
    if (flag.required) text += " " + flag.name + " " + flag.value;
    optional = optional || !flag.required;
  }
  if (optional) text += " [OPTION…]";
  text += "\n";
  if (!command.detail.empty()) text += "\n" + command.detail + "\n";
  if (!command.operands.empty()) text += "\n";
  for (const auto& operand : command.operands) {
    text += fmt::format("  {:<28}  {}\n", operand.name, operand.help);
  }
  if (!command.flags.empty()) text += "\n";
  for (const auto& flag : command.flags) text += FlagLine(flag);
  text += "\nfor every command:\n";
  for (const auto& flag : GlobalFlags()) text += FlagLine(flag);
  return text + fmt::format("\nexample:\n  perennial {}\n", command.example);
}

std::string HelpOfGroup(const CommandTree& tree, const std::vector<std::string>& path) {
  std::string text = fmt::format("usage: perennial {}{}COMMAND …\n\n", fmt::join(path, " "),
                                 path.empty() ? "" : " ");
  for (const auto& command : tree) {
    if (command.path.size() < path.size() ||
        !std::equal(path.begin(), path.end(), command.path.begin())) {
      continue;
    }
    text += fmt::format("  {:<30}  {}\n", command.Name(), command.summary);
  }
  text += "\nfor every command:\n";
  for (const auto& flag : GlobalFlags()) text += FlagLine(flag);
  if (path.empty()) {
    text +=
        "\nexit codes: 0 ok, 1 failed, 2 usage, 3 refused or not found, 4 conflict, 5 "
        "unreachable,\n"
        "            6 timed out and still going, 78 bad configuration\n"
        "names or OCIDs may be used everywhere; cert is short for certificate, lb for "
        "load-balancer\n"
        "\nexample:\n  perennial status\n";
  }
  return text;
}

std::string CompletionScript(const CommandTree& tree, std::string_view shell) {
  // Words and flags behind each path. Names of resources are not completed: that would be a call.
  std::map<std::string, std::vector<std::string>> words;
  const auto add = [&](const std::string& path, const std::string& word) {
    auto& list = words[path];
    if (std::ranges::find(list, word) == list.end()) list.push_back(word);
  };
  for (const auto& command : tree) {
    std::string path;
    for (const auto& word : command.path) {
      add(path, word);
      path += path.empty() ? word : " " + word;
    }
    for (const auto& flag : command.flags) add(path, flag.name);
    for (const auto& flag : GlobalFlags()) add(path, flag.name);
  }
  std::string text = "# Completion of perennial; made by `perennial completion`.\n";
  if (shell == "zsh") text += "autoload -U +X bashcompinit && bashcompinit\n";
  text +=
      "_perennial() {\n"
      "  local word path='' i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    word=${COMP_WORDS[i]}\n"
      "    [[ $word == -* ]] && break\n"
      "    case $word in cert) word=certificate ;; lb) word=load-balancer ;; esac\n"
      "    path+=\"${path:+ }$word\"\n"
      "  done\n"
      "  local choices=''\n"
      "  case $path in\n";
  // The longest paths first, as words of a user (names) may follow behind a command.
  for (auto at = words.rbegin(); at != words.rend(); ++at) {
    const auto& [path, list] = *at;
    const auto pattern = path.empty() ? std::string("''") : fmt::format("'{0}' | '{0} '*", path);
    text += fmt::format("    {}) choices='{}' ;;\n", pattern, fmt::join(list, " "));
  }
  text +=
      "  esac\n"
      "  COMPREPLY=($(compgen -W \"$choices\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
      "}\n"
      "complete -F _perennial perennial\n";
  return text;
}

}  // namespace perennial::cli
