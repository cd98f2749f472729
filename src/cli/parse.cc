// SPDX-License-Identifier: Apache-2.0
// From words to a command and its arguments. The path is followed here, because the answer to a
// mistyped word comes out of our tree; what stands behind it is CLI11's work.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/command.h"
#include "cli/output/text.h"

namespace perennial::cli {
namespace {

std::unexpected<Failure> Usage(std::string what, std::string why, std::string next) {
  return Stop(Exit::kUsage, std::move(what), std::move(why), std::move(next));
}

bool StartsWithPath(const Command& command, const std::vector<std::string>& path) {
  return command.path.size() >= path.size() &&
         std::equal(path.begin(), path.end(), command.path.begin());
}

std::vector<std::string> NextWords(const CommandTree& tree, const std::vector<std::string>& path) {
  std::vector<std::string> words;
  for (const auto& command : tree) {
    if (!StartsWithPath(command, path) || command.path.size() == path.size()) continue;
    const auto& word = command.path[path.size()];
    if (std::ranges::find(words, word) == words.end()) words.push_back(word);
  }
  return words;
}

std::string HelpCommand(const std::vector<std::string>& path) {
  return fmt::format("perennial {}{}--help", fmt::join(path, " "), path.empty() ? "" : " ");
}

const Flag* GlobalFlagOf(std::string_view word) {
  const auto name = word == "-o"   ? "--output"
                    : word == "-h" ? "--help"
                                   : word.substr(0, word.find('='));
  const auto found = std::ranges::find(GlobalFlags(), name, &Flag::name);
  return found == GlobalFlags().end() ? nullptr : &*found;
}

std::unexpected<Failure> UnknownWord(const CommandTree& tree, const std::vector<std::string>& path,
                                     const std::string& word) {
  const auto near = Nearest(Canonical(word), NextWords(tree, path));
  auto full = path;
  full.push_back(near);
  return Usage(fmt::format("\"{}\" is not a command{}", Printable(word),
                           path.empty() ? "" : fmt::format(" of {}", fmt::join(path, " "))),
               near.empty() ? "" : fmt::format("did you mean \"{}\"?", near),
               near.empty() ? HelpCommand(path) : HelpCommand(full));
}

// Splits `words` into the command's path and everything else, flags in front included.
struct Split {
  const Command* command = nullptr;
  std::vector<std::string> path;
  std::vector<std::string> rest;
};
Outcome<Split> FollowPath(const CommandTree& tree, const std::vector<std::string>& words) {
  Split split;
  for (size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    if (split.command != nullptr) {
      split.rest.push_back(word);
    } else if (word.starts_with('-')) {
      const auto* flag = GlobalFlagOf(word);
      if (flag == nullptr) {
        return Usage(fmt::format("{} stands before a command is named", Printable(word)),
                     "only the options of all commands may stand there", HelpCommand(split.path));
      }
      split.rest.push_back(word);
      if (!flag->value.empty() && word.find('=') == std::string::npos && i + 1 < words.size()) {
        split.rest.push_back(words[++i]);
      }
    } else if (split.path.empty() && (word == "help" || word == "version")) {
      split.rest.push_back("--" + word);  // `help certificate` is `certificate --help`.
    } else {
      const auto canonical = Canonical(word);
      const auto choices = NextWords(tree, split.path);
      if (std::ranges::find(choices, canonical) == choices.end()) {
        return UnknownWord(tree, split.path, word);
      }
      split.path.push_back(canonical);
      const auto found = std::ranges::find(tree, split.path, &Command::path);
      if (found != tree.end()) split.command = &*found;
    }
  }
  return split;
}

struct Bound {
  std::map<std::string, std::vector<std::string>> values;
  std::vector<std::string> words;
};

void AddFlag(CLI::App& app, const Flag& flag, Bound& bound) {
  auto name = flag.name;
  if (name == "--output") name = "-o," + name;
  if (name == "--help") name = "-h," + name;
  auto& values = bound.values[flag.name];
  if (flag.value.empty()) {
    app.add_flag_callback(name, [&values] { values = {"true"}; });
    return;
  }
  // One value each, so that the word behind it may be an operand.
  auto* option = app.add_option(name, values)->type_size(1)->expected(1)->allow_extra_args(false);
  option->multi_option_policy(flag.many ? CLI::MultiOptionPolicy::TakeAll
                                        : CLI::MultiOptionPolicy::Throw);
}

std::vector<std::string> FlagNames(const std::vector<Flag>& flags) {
  std::vector<std::string> names;
  for (const auto& flag : flags) names.push_back(flag.name);
  for (const auto& flag : GlobalFlags()) names.push_back(flag.name);
  return names;
}

std::unexpected<Failure> Unexpected(const Command& command, const std::vector<std::string>& path,
                                    const std::string& word) {
  if (word.starts_with('-')) {
    const auto near = Nearest(word.substr(0, word.find('=')), FlagNames(command.flags));
    return Usage(fmt::format("perennial {} has no option {}", command.Name(), Printable(word)),
                 near.empty() ? "" : fmt::format("did you mean {}?", near), HelpCommand(path));
  }
  return Usage(fmt::format("\"{}\" is one word too many", Printable(word)),
               command.operands.empty()
                   ? fmt::format("perennial {} takes options only", command.Name())
                   : fmt::format("perennial {} takes {}", command.Name(),
                                 Count(command.operands.size(), "word")),
               HelpCommand(path));
}

// What CLI11 does not know: words, required options, closed values, fallbacks.
Outcome<Arguments> Judge(const Command& command, const Bound& bound) {
  Arguments arguments;
  for (const auto& flag : command.flags) {
    const auto& values = bound.values.at(flag.name);
    if (values.empty()) {
      if (!flag.fallback.empty()) arguments.Set(flag.name, {flag.fallback});
      if (!flag.required) continue;
      return Usage(fmt::format("{} {} is missing", flag.name, flag.value), flag.help,
                   HelpCommand(command.path));
    }
    for (const auto& value : values) {
      if (flag.one_of.empty() || std::ranges::find(flag.one_of, value) != flag.one_of.end())
        continue;
      return Usage(fmt::format("{} cannot be \"{}\"", flag.name, Printable(value)),
                   fmt::format("it is one of: {}", fmt::join(flag.one_of, ", ")),
                   HelpCommand(command.path));
    }
    arguments.Set(flag.name, values);
  }
  for (size_t i = 0; i < command.operands.size(); ++i) {
    if (i >= bound.words.size()) {
      return Usage(fmt::format("perennial {} needs a {}", command.Name(), command.operands[i].name),
                   command.operands[i].help, HelpCommand(command.path));
    }
    arguments.Set(command.operands[i].name, {bound.words[i]});
  }
  return arguments;
}

Outcome<void> ReadOptions(const Bound& bound, const std::vector<std::string>& path,
                          GlobalOptions& options) {
  const auto last = [&](const char* name, std::string& into) {
    const auto& values = bound.values.at(name);
    if (!values.empty()) into = values.back();
  };
  last("--config-directory", options.config_directory);
  last("--context", options.context);
  last("--output", options.output);
  options.help = !bound.values.at("--help").empty();
  options.version = !bound.values.at("--version").empty();
  if (options.output != "table" && options.output != "json" && options.output != "name") {
    return Usage(fmt::format("-o cannot be \"{}\"", Printable(options.output)),
                 "it is one of: table, json, name", HelpCommand(path));
  }
  return {};
}

}  // namespace

Outcome<Parsed> Parse(const CommandTree& tree, const std::vector<std::string>& words) {
  TRY_ASSIGN(auto split, FollowPath(tree, words));
  static const Command kNone;
  const auto& command = split.command == nullptr ? kNone : *split.command;

  CLI::App app;
  app.set_help_flag();
  Bound bound;
  for (const auto& flag : GlobalFlags()) AddFlag(app, flag, bound);
  for (const auto& flag : command.flags) AddFlag(app, flag, bound);
  app.allow_extras();
  std::ranges::reverse(split.rest);  // As CLI11 wants them.
  try {
    app.parse(split.rest);
  } catch (const CLI::ArgumentMismatch&) {
    for (const auto* option : app.get_options()) {
      if (option->count() > 1 &&
          option->get_multi_option_policy() == CLI::MultiOptionPolicy::Throw) {
        return Usage(fmt::format("{} is given twice", option->get_name()), "it has one value",
                     HelpCommand(split.path));
      }
    }
    return Usage("an option has no value",
                 "options and their values are separated by a space or =", HelpCommand(split.path));
  } catch (const CLI::ParseError& error) {
    return Usage(error.what(), "", HelpCommand(split.path));
  }
  for (const auto& word : app.remaining()) {
    const bool is_word = !word.starts_with('-') && bound.words.size() < command.operands.size();
    if (!is_word && word != "--") return Unexpected(command, split.path, word);
    if (is_word) bound.words.push_back(word);
  }

  Parsed parsed{.command = split.command, .group = split.path, .arguments = {}, .options = {}};
  TRY(ReadOptions(bound, split.path, parsed.options));
  if (parsed.command != nullptr && !parsed.options.help) {
    TRY_ASSIGN(parsed.arguments, Judge(command, bound));
  }
  return parsed;
}

}  // namespace perennial::cli
