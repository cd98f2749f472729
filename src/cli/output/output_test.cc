// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <sstream>

#include "cli/output/table.h"
#include "cli/output/text.h"

namespace perennial::cli {
namespace {

using namespace std::chrono_literals;

std::string Printed(const Table& table, bool colours = false) {
  std::ostringstream out;
  table.Print(out, colours);
  return out.str();
}

TEST(Table, ColumnsAreAsWideAsTheirWidestCellAndNothingTrails) {
  Table table({"NAME", "STATE"});
  table.Add({"shop", "ACTIVE"});
  table.Add({"a-longer-name", ""});
  EXPECT_EQ(Printed(table),
            "NAME           STATE\n"
            "shop           ACTIVE\n"
            "a-longer-name  -\n");
}

TEST(Table, CountsCharactersNotBytes) {
  Table table({"NAME", "X"});
  table.Add({"çé→", "1"});
  table.Add({"abcd", "2"});
  EXPECT_EQ(Printed(table), "NAME  X\nçé→   1\nabcd  2\n");
}

TEST(Table, ANameOfSomebodyElseCannotSteerTheTerminal) {
  Table table({"NAME"});
  table.Add({"\033[2Jgone\nfake row\u009b1m"});
  const auto text = Printed(table);
  EXPECT_EQ(text.find('\033'), std::string::npos);
  EXPECT_EQ(text, "NAME\n?[2Jgone?fake row?1m\n");
}

TEST(Table, ColoursOnlyWhereTheyAreWanted) {
  Table table({"STATE"});
  table.Add({Cell("FAILED", Tone::kBad)});
  EXPECT_EQ(Printed(table, false).find('\033'), std::string::npos);
  EXPECT_NE(Printed(table, true).find("\033[1;31mFAILED\033[0m"), std::string::npos);
}

TEST(Fields, AreAlignedAndEmptyOnesLeftOut) {
  Fields fields;
  fields.Add("id", "1");
  fields.Add("details", "");
  fields.Add("issuer", "root");
  std::ostringstream out;
  fields.Print(out, false);
  EXPECT_EQ(out.str(), "id:      1\nissuer:  root\n");
}

TEST(Text, TimesAreTellingAndExact) {
  const auto now = FromMicros(1767225600000000);
  EXPECT_EQ(Relative(now, now), "now");
  EXPECT_EQ(Relative(now + 40s, now), "in 40 s");
  EXPECT_EQ(Relative(now - 15min, now), "15 min ago");
  EXPECT_EQ(Relative(now + 90 * 24h, now), "in 90 days");
  EXPECT_EQ(RelativeAndExact(now + 5h, now), "in 5 h (2026-01-01T05:00:00.000Z)");
  EXPECT_EQ(RelativeAndExact(std::nullopt, now), "-");
}

TEST(Text, JsonIsIndentedAndOtherwiseLeftAlone) {
  EXPECT_EQ(PrettyJson(R"({"a":[1,{"b":"x, {y}: \"z\""}],"c":{},"d":[]})"),
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x, {y}: \\\"z\\\"\"\n    }\n  ],\n"
            "  \"c\": {},\n  \"d\": []\n}");
}

TEST(Text, TheNearestWordIsOneSlipAway) {
  const std::vector<std::string> words = {"list", "show", "create", "schedule-deletion"};
  EXPECT_EQ(Nearest("lsit", words), "list");
  EXPECT_EQ(Nearest("creat", words), "create");
  EXPECT_EQ(Nearest("schedule", words), "schedule-deletion");
  EXPECT_EQ(Nearest("xyzzy", words), "");
}

}  // namespace
}  // namespace perennial::cli
