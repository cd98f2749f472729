// SPDX-License-Identifier: Apache-2.0
#include "api/tags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perennial::api {
namespace {

using ::testing::StartsWith;

std::string Freeform(std::string key, std::string value) {
  const auto checked =
      CheckTags("", FreeformTags{{std::move(key), std::move(value)}}, std::nullopt);
  return checked ? "ok" : checked.error().message;
}
std::string Defined(std::string json) {
  const auto checked =
      CheckTags("/x", std::nullopt, DefinedTags{{"ops", {{"team", RawJson{std::move(json)}}}}});
  return checked ? "ok" : checked.error().message;
}

TEST(Tags, OrdinaryTagsAreTaken) {
  EXPECT_TRUE(CheckTags("", std::nullopt, std::nullopt));
  EXPECT_EQ(Freeform("owner", "Zoë, 日本"), "ok");
  EXPECT_EQ(Freeform("empty", ""), "ok");
  EXPECT_EQ(Freeform(std::string(100, 'k'), std::string(256, 'v')), "ok");
  EXPECT_EQ(Defined("\"a\""), "ok");
  EXPECT_EQ(Defined("3"), "ok");
  EXPECT_EQ(Defined("false"), "ok");
}

// security.md D14.
TEST(Tags, WhatIsTooLongTooManyOrNotTextIsRefusedByPointer) {
  EXPECT_THAT(Freeform("a/b~", std::string(257, 'v')), StartsWith("/freeformTags/a~1b~0: "));
  EXPECT_THAT(Freeform("k", std::string(10 * 1024, 'v')), StartsWith("/freeformTags/k: "));
  EXPECT_THAT(Freeform("", "v"), StartsWith("/freeformTags/: "));
  EXPECT_THAT(Freeform(std::string(101, 'k'), "v"), StartsWith("/freeformTags/kkk"));
  EXPECT_THAT(Freeform("k", std::string("a\0b", 3)), StartsWith("/freeformTags/k: "));
  EXPECT_THAT(Freeform(std::string("a\0b", 3), "v"), StartsWith("/freeformTags/a?b: "));
  EXPECT_THAT(Freeform("k", "a\nb"), StartsWith("/freeformTags/k: "));
  EXPECT_THAT(Defined(R"("a\u0000b")"), StartsWith("/x/definedTags/ops/team: "));
  EXPECT_THAT(Defined(R"({"a":1})"), StartsWith("/x/definedTags/ops/team: "));
  EXPECT_THAT(Defined("[1]"), StartsWith("/x/definedTags/ops/team: "));
  EXPECT_THAT(Defined("null"), StartsWith("/x/definedTags/ops/team: "));

  FreeformTags many;
  for (int i = 0; i < 1000; ++i) many.emplace(std::to_string(i), "v");
  EXPECT_THAT(CheckTags("", many, std::nullopt).error().message, StartsWith("/freeformTags: "));

  DefinedTags defined;
  for (int i = 0; i < 65; ++i)
    defined[std::to_string(i % 3)].emplace(std::to_string(i), RawJson{"1"});
  EXPECT_THAT(CheckTags("", std::nullopt, defined).error().message, StartsWith("/definedTags: "));

  defined.clear();
  for (int i = 0; i < 40; ++i) {
    defined["n"].emplace(std::to_string(i), RawJson{'"' + std::string(200, 'v') + '"'});
  }
  EXPECT_THAT(CheckTags("", std::nullopt, defined).error().message,
              ::testing::HasSubstr("5120 bytes"));
}

}  // namespace
}  // namespace perennial::api
