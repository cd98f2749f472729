// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/testing.h"

namespace perennial::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

CommandTree Tree() {
  return {{.path = {"certificate", "create"},
           .summary = "make one",
           .flags = {{.name = "--name", .value = "NAME", .help = "its name", .required = true},
                     {.name = "--dns", .value = "NAME", .help = "a host", .many = true},
                     {.name = "--key",
                      .value = "KIND",
                      .help = "kind",
                      .fallback = "ec",
                      .one_of = {"ec", "rsa"}},
                     {.name = "--days", .value = "N", .help = "life"},
                     {.name = "--yes", .help = "do not ask"}},
           .example = "certificate create --name shop"},
          {.path = {"certificate", "show"},
           .summary = "show one",
           .operands = {{"CERTIFICATE", "name or OCID"}},
           .example = "certificate show shop"}};
}

Failure UsageOf(const std::vector<std::string>& words) {
  const auto tree = Tree();
  const auto parsed = Parse(tree, words);
  EXPECT_FALSE(parsed.has_value());
  if (parsed) return Failure(Exit::kOk, "");
  EXPECT_EQ(parsed.error().exit, Exit::kUsage);
  return parsed.error();
}

TEST(Parse, TakesHelpAndVersionAsWordsToo) {
  const auto tree = Tree();
  const auto help = Parse(tree, {"--context", "x", "help", "cert", "create"});
  ASSERT_TRUE(help.has_value());
  EXPECT_EQ(help->command->Name(), "certificate create");
  EXPECT_TRUE(help->options.help);
  EXPECT_TRUE(Parse(tree, {"help"})->options.help);
  EXPECT_TRUE(Parse(tree, {"version"})->options.version);
  EXPECT_EQ(UsageOf({"help", "certifcate"}).why, "did you mean \"certificate\"?");
}

TEST(Parse, ReadsFlagsOperandsAndOptionsAnywhere) {
  const auto tree = Tree();
  const auto parsed = Parse(tree, {"--context", "prod", "cert", "create", "--dns", "a",
                                   "--name=shop", "--dns", "b", "--yes", "-o", "json"});
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->command->Name(), "certificate create");
  EXPECT_EQ(parsed->options.context, "prod");
  EXPECT_EQ(parsed->options.output, "json");
  EXPECT_EQ(parsed->arguments.Value("--name"), "shop");
  EXPECT_THAT(parsed->arguments.All("--dns"), ElementsAre("a", "b"));
  EXPECT_TRUE(parsed->arguments.Has("--yes"));
  EXPECT_EQ(parsed->arguments.Value("--key"), "ec");
  EXPECT_FALSE(parsed->arguments.Has("--days"));

  const auto shown = Parse(tree, {"certificate", "get", "shop", "--context=x"});
  ASSERT_TRUE(shown.has_value());
  EXPECT_EQ(shown->command->Name(), "certificate show");
  EXPECT_EQ(shown->arguments.Value("CERTIFICATE"), "shop");
}

TEST(Parse, AnOptionTakesOneValueAndTheWordBehindItIsAnOperand) {
  const auto tree = Tree();
  const auto parsed = Parse(tree, {"--config-directory", "d", "certificate", "show", "shop"});
  ASSERT_TRUE(parsed.has_value()) << parsed.error().what;
  EXPECT_EQ(parsed->options.config_directory, "d");
  EXPECT_EQ(parsed->arguments.Value("CERTIFICATE"), "shop");
}

TEST(Parse, AMistypedWordIsAnsweredWithTheNearest) {
  EXPECT_THAT(UsageOf({"certifcate", "show", "x"}).why, HasSubstr("did you mean \"certificate\"?"));
  const auto verb = UsageOf({"certificate", "shwo", "x"});
  EXPECT_THAT(verb.what, HasSubstr("\"shwo\" is not a command of certificate"));
  EXPECT_THAT(verb.why, HasSubstr("did you mean \"show\"?"));
  EXPECT_EQ(verb.next, "perennial certificate show --help");
  EXPECT_THAT(UsageOf({"certificate", "create", "--nmae", "x"}).why,
              HasSubstr("did you mean --name?"));
}

TEST(Parse, NamesWhatIsMissingTwiceOrTooMuch) {
  EXPECT_EQ(UsageOf({"certificate", "create"}).what, "--name NAME is missing");
  EXPECT_EQ(UsageOf({"certificate", "create", "--name"}).what, "an option has no value");
  EXPECT_EQ(UsageOf({"certificate", "create", "--name", "a", "--name", "b"}).what,
            "--name is given twice");
  EXPECT_THAT(UsageOf({"certificate", "show"}).what, HasSubstr("needs a CERTIFICATE"));
  EXPECT_THAT(UsageOf({"certificate", "show", "a", "b"}).what,
              HasSubstr("\"b\" is one word too many"));
  EXPECT_THAT(UsageOf({"certificate", "create", "--name", "a", "--key", "dsa"}).why,
              HasSubstr("one of: ec, rsa"));
  EXPECT_THAT(UsageOf({"--days", "3", "certificate", "create"}).what,
              HasSubstr("--days stands before"));
  EXPECT_THAT(UsageOf({"certificate", "show", "a", "-o", "yaml"}).why,
              HasSubstr("table, json, name"));
}

TEST(Arguments, TakePeriodsAsPeopleAndAsTheWireWritesThem) {
  Arguments arguments;
  arguments.Set("a", {"90d"});
  arguments.Set("b", {"PT200S"});
  arguments.Set("c", {"soon"});
  arguments.Set("d", {"99999999999d"});
  EXPECT_EQ(**arguments.Period("a"), std::chrono::seconds(90 * 24h));
  EXPECT_EQ(**arguments.Period("b"), 200s);
  EXPECT_EQ(arguments.Period("c").error().exit, Exit::kUsage);
  EXPECT_EQ(arguments.Period("d").error().exit, Exit::kUsage);
  EXPECT_FALSE(arguments.Period("not given")->has_value());
  EXPECT_EQ(arguments.Number("b").error().exit, Exit::kUsage);
}

// The whole tree as it is shipped.
class Shipped : public ::testing::Test {
 protected:
  testing::World world_;
};

TEST_F(Shipped, EveryCommandHasAnExampleThatParses) {
  Environment environment{.clock = world_.clock,
                          .random = world_.random,
                          .files = world_.files,
                          .out = std::cout,
                          .err = std::cerr,
                          .in = std::cin};
  const Runner runner(environment);
  ASSERT_GT(runner.tree().size(), 60u);
  for (const auto& command : runner.tree()) {
    SCOPED_TRACE(command.Name());
    ASSERT_TRUE(command.run);
    // Words as a shell would make them, good enough for quotes and $(…).
    std::vector<std::string> words;
    std::string word;
    int depth = 0;
    bool quoted = false;
    for (const char c : command.example + " ") {
      if (c == '"') {
        quoted = !quoted;
      } else if (c == ' ' && !quoted && depth == 0) {
        if (!word.empty()) words.push_back(word);
        word.clear();
      } else {
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        word += c;
      }
    }
    if (const auto redirect = std::ranges::find(words, ">"); redirect != words.end()) {
      words.erase(redirect, words.end());
    }
    const auto parsed = Parse(runner.tree(), words);
    ASSERT_TRUE(parsed.has_value()) << parsed.error().what << ": " << parsed.error().why;
    EXPECT_EQ(parsed->command, &command);
    EXPECT_THAT(HelpOf(command), HasSubstr("perennial " + command.example));
  }
}

TEST_F(Shipped, HelpAndVersionNeedNoServer) {
  EXPECT_EQ(world_.Run({"--help"}), 0);
  EXPECT_THAT(world_.out(), HasSubstr("listener create"));
  EXPECT_EQ(world_.Run({"listener", "create", "--help"}), 0);
  EXPECT_THAT(world_.out(), HasSubstr("example:\n  perennial listener create --lb shop-front"));
  EXPECT_EQ(world_.Run({"--version"}), 0);
  EXPECT_EQ(world_.Run({"completion", "bash"}), 0);
  EXPECT_THAT(world_.out(), HasSubstr("complete -F _perennial perennial"));
  EXPECT_TRUE(world_.server.requests.empty());
}

TEST_F(Shipped, NoCommandIsAUsageError) {
  EXPECT_EQ(world_.Run({}), 2);
  EXPECT_EQ(world_.Run({"certificate"}), 2);
  EXPECT_THAT(world_.err(), HasSubstr("next: perennial certificate --help"));
}

}  // namespace
}  // namespace perennial::cli
