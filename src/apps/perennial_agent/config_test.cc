// SPDX-License-Identifier: Apache-2.0
#include "apps/perennial_agent/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perennial::apps {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kPath[] = "/etc/perennial/agent.toml";

TEST(AgentConfig, ReadsWhatJoinWrites) {
  AgentConfig written;
  written.url = "https://pki.example:8643";
  written.addresses = {"10.0.0.11", "::1"};
  written.poll_wait = seconds(5);
  written.haproxy_program = "/opt/with \"quotes\"\\and\nlines/haproxy";
  const auto read = ParseAgentConfig(EncodeAgentConfig(written), "/var/lib/node/agent.toml");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->url, written.url);
  EXPECT_EQ(read->addresses, written.addresses);
  EXPECT_EQ(read->poll_wait, seconds(5));
  EXPECT_EQ(read->haproxy_program, written.haproxy_program);
  EXPECT_EQ(read->directory, "/var/lib/node");
  EXPECT_EQ(read->haproxy_directory, "/var/lib/node/haproxy");
}

TEST(AgentConfig, NamesPlaceAndNearestKeyOfWhatItDoesNotKnow) {
  const auto message = [](const char* text) {
    const auto config = ParseAgentConfig(text, kPath);
    return config ? "" : config.error().message;
  };
  EXPECT_EQ(message("url = \"https://a:1\"\npol_wait = \"PT5S\"\n"),
            "/etc/perennial/agent.toml:2:1: unknown key \"pol_wait\"; did you mean \"poll_wait\"?");
  EXPECT_THAT(message("[haproxy]\n  progam = \"x\"\n"),
              HasSubstr(":2:3: unknown key \"progam\"; did you mean \"program\"?"));
  EXPECT_THAT(message("addresses = [\"node-a\"]\n"), HasSubstr("is not an IP address"));
  EXPECT_THAT(message("poll_wait = 30\n"), HasSubstr(":1:13: must be a string"));
  EXPECT_THAT(message("url = \n"), HasSubstr("agent.toml:1:"));
  EXPECT_THAT(message("addresses = [\"::1\"]\n"), HasSubstr("\"url\" is missing"));
}

TEST(AgentConfig, TakesAbsolutePathsAsTheyAre) {
  const auto config = ParseAgentConfig(
      "url = \"https://a:1\"\naddresses = [\"::1\"]\ndirectory = \"/srv/agent/\"\n"
      "resource_principal_files = false\n[haproxy]\ndirectory = \"/run/hap/../haproxy\"\n",
      kPath);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->directory, "/srv/agent");
  EXPECT_EQ(config->haproxy_directory, "/run/haproxy");
  EXPECT_FALSE(config->resource_principal_files);
}

}  // namespace
}  // namespace perennial::apps
