// SPDX-License-Identifier: Apache-2.0
#include "apps/perenniald/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perennial::apps {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kPath[] = "/etc/perennial/perenniald.toml";
constexpr char kBase[] =
    "url = \"https://pki.corp.example:8643\"\ndata_directory = \"data\"\nroles = [\"all\"]\n";

Result<Config> Parse(const std::string& more) { return ParseConfig(kBase + more, kPath); }

std::string Refusal(const std::string& more) {
  const auto config = Parse(more);
  return config ? "accepted" : config.error().message;
}

std::string Own(const std::string& url) {
  return "[console]\nurl = \"" + url + "\"\ncertificate = \"full.pem\"\nkey = \"/run/key.pem\"\n";
}

TEST(Config, TakesAnOwnCertificateForAnotherName) {
  const auto config = Parse(Own("https://console.corp.example:8643"));
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->own_certificate.certificate, "/etc/perennial/full.pem");
  EXPECT_EQ(config->own_certificate.key, "/run/key.pem");
  EXPECT_THAT(config->accepted_hosts, Contains("console.corp.example:8643"));
  EXPECT_THAT(config->accepted_hosts, Contains("pki.corp.example:8643"));
}

TEST(Config, AcceptsTheHostHeaderOfTheDefaultPortAsBrowsersSpellIt) {
  const auto config = Parse(Own("https://console.corp.example"));
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_THAT(config->accepted_hosts, Contains("console.corp.example"));
  EXPECT_THAT(config->accepted_hosts, Not(Contains("pki.corp.example")));
}

TEST(Config, RefusesAnOwnCertificateForANameThatClientsPin) {
  EXPECT_THAT(Refusal(Own("https://pki.corp.example:443")),
              HasSubstr("[console] url: \"pki.corp.example\" must stay with the platform CA"));
  EXPECT_THAT(Refusal(Own("https://localhost:8643")), HasSubstr("[console] url:"));
  EXPECT_THAT(Refusal(Own("https://lb.corp.example:8643") +
                      "[endpoints]\nload_balancer = \"https://lb.corp.example:9000\"\n"),
              HasSubstr("[console] url:"));
}

TEST(Config, WantsAllThreeKeysOfAnOwnCertificate) {
  EXPECT_THAT(Refusal("[console]\ncertificate = \"a\"\nkey = \"b\"\n"),
              HasSubstr("perenniald.toml: [console] url: is missing"));
  EXPECT_THAT(Refusal("[console]\nurl = \"https://c.example\"\nkey = \"b\"\n"),
              HasSubstr("[console] certificate: is missing"));
  EXPECT_THAT(Refusal("[console]\nurl = \"https://c.example\"\ncertificate = \"b\"\n"),
              HasSubstr("[console] key: is missing"));
  EXPECT_THAT(Refusal("[console]\ncertificat = \"b\"\n"),
              HasSubstr("did you mean \"certificate\"?"));
}

TEST(Config, WantsTheConsoleWhereIdentityIs) {
  const auto config = ParseConfig(
      "url = \"https://a.example:1\"\ndata_directory = \"d\"\n"
      "roles = [\"audit\"]\n" +
          Own("https://c.example"),
      kPath);
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().message, HasSubstr("role identity"));
}

}  // namespace
}  // namespace perennial::apps
