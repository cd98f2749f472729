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

TEST(Config, TakesADatabaseWithoutAUser) {
  const auto config = Parse("[database]\nurl = \"postgresql://a:5432,b/perennial?passfile=/x\"\n");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->database().url, "postgresql://a:5432,b/perennial?passfile=/x");
  EXPECT_TRUE(Parse("")->database().url.empty());
  for (const auto* url :
       {"mysql://a/b", "postgresql://a", "postgresql://a/", "postgresql:///?host=/x",
        "postgresql://me@a/b", "postgresql://me:secret@a/b", "postgresql://a/b?user=me",
        "postgresql://a/b?password=secret", "postgresql://a/b?x=y z"}) {
    EXPECT_THAT(Refusal(std::string("[database]\nurl = \"") + url + "\"\n"),
                HasSubstr("[database] url: the database's URL must be like"))
        << url;
  }
}

TEST(Config, GivesEachStoringRoleASchemaOfItsOwn) {
  EXPECT_EQ(SchemaOf("load-balancer"), "perennial_load_balancer");
  for (const auto* role : {"identity", "certificates", "load-balancer", "audit"}) {
    EXPECT_THAT(DatabaseSql(), HasSubstr("CREATE SCHEMA AUTHORIZATION " + SchemaOf(role) + ";"));
  }
}

}  // namespace
}  // namespace perennial::apps
