// SPDX-License-Identifier: Apache-2.0
#include "cli/login.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/testing.h"
#include "pki/testing.h"

namespace perennial::cli {
namespace {

using pki::testing::Issue;
using pki::testing::MakeRoot;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::World;

class Login : public ::testing::Test {
 protected:
  Login() {
    const auto leaf = Issue(root_);
    world_.chain_pem = leaf.certificate.pem() + root_.certificate.pem();
    hash_ = "sha256:" + root_.certificate.FingerprintSha256();
    key_file_ = world_.directory + "/my-key.pem";
    const auto pem = World::Key().ToPkcs8Pem();
    EXPECT_TRUE(world_.files.ReplaceAtomically(key_file_, std::string(pem.RevealText()), 0600));
  }
  int Run(const std::string& hash, std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"login",      testing::kUrl,     "--ca-hash", hash,
                                      "--tenancy",  testing::kTenancy, "--user",    testing::kUser,
                                      "--key-file", key_file_};
    words.insert(words.end(), more.begin(), more.end());
    return world_.Run(words);
  }
  Contexts Saved() { return *ContextDirectory(world_.files, world_.directory).Load(); }

  const pki::testing::Identity root_ = MakeRoot();
  World world_{false};
  std::string hash_, key_file_;
};

TEST_F(Login, KeepsTheContextTheCaAndACopyOfTheKey) {
  ASSERT_EQ(Run(hash_, {"--context", "dana"}), 0) << world_.err();
  const auto contexts = Saved();
  EXPECT_EQ(contexts.current, "dana");
  const auto& context = contexts.contexts.front();
  EXPECT_EQ(context.ca_file, "ca.pem");
  EXPECT_EQ(context.fingerprint, World::Key().public_key().Md5Fingerprint());
  EXPECT_EQ(world_.files.Read(world_.directory + "/ca.pem"), root_.certificate.pem());
  const auto mode =
      std::filesystem::status(world_.directory + "/" + context.key_file).permissions();
  EXPECT_EQ(static_cast<int>(mode & std::filesystem::perms::mask), 0600);
  EXPECT_EQ(world_.Run({"whoami"}), 0);
}

TEST_F(Login, AnotherHashIsRefusedBeforeAnythingIsSentOrSaved) {
  auto wrong = hash_;
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  EXPECT_EQ(Run(wrong), 3);
  EXPECT_THAT(world_.err(),
              AllOf(HasSubstr("NOT the server"), HasSubstr("wanted " + wrong),
                    HasSubstr("shows " + hash_), HasSubstr("next: ask the operator")));
  EXPECT_TRUE(world_.server.requests.empty());
  EXPECT_TRUE(Saved().contexts.empty());
}

TEST_F(Login, TheHashOfTheServersOwnCertificateIsNotEnough) {
  // Whoever has one leaf of the CA is not the CA; only the last certificate counts, and it is a CA.
  const auto leaf = Issue(root_);
  world_.chain_pem = leaf.certificate.pem();
  EXPECT_EQ(Run("sha256:" + leaf.certificate.FingerprintSha256()), 3);
  EXPECT_THAT(world_.err(), HasSubstr("is no CA"));
}

TEST_F(Login, AHashThatIsNoneIsAUsageError) {
  EXPECT_EQ(Run(hash_.substr(7)), 2);
  EXPECT_EQ(Run("sha256:12"), 2);
  EXPECT_THAT(world_.err(), HasSubstr("64 hexadecimal digits"));
}

TEST_F(Login, AKeyThatTheServerDoesNotKnowIsNotSaved) {
  world_.server.Refuse("GET /20260101/endpoints", 401, "NotAuthenticated", "unknown key");
  EXPECT_EQ(Run(hash_), 3);
  EXPECT_THAT(world_.err(), AllOf(HasSubstr("is not registered for this user"),
                                  HasSubstr("perennial api-key upload")));
  EXPECT_TRUE(Saved().contexts.empty());
}

TEST_F(Login, AServerThatIsDownIsUnreachable) {
  world_.server.down = "connection refused";
  EXPECT_EQ(Run(hash_), 5);
}

TEST_F(Login, AFileWithoutAKeySaysHowToMakeOne) {
  ASSERT_TRUE(world_.files.ReplaceAtomically(key_file_, "no key", 0600));
  EXPECT_EQ(Run(hash_), 2);
  EXPECT_THAT(world_.err(), HasSubstr("next: openssl genrsa"));
}

TEST_F(Login, ASecondServersCaStandsBesideTheFirst) {
  ASSERT_EQ(Run(hash_, {"--context", "one"}), 0);
  const auto other = MakeRoot();
  world_.chain_pem = other.certificate.pem();
  ASSERT_EQ(Run("sha256:" + other.certificate.FingerprintSha256(), {"--context", "two"}), 0);
  EXPECT_EQ(Saved().Find("two")->ca_file, "two.ca.pem");
  EXPECT_EQ(world_.files.Read(world_.directory + "/ca.pem"), root_.certificate.pem());
  EXPECT_EQ(world_.Run({"context", "use", "one"}), 0);
  EXPECT_EQ(Saved().current, "one");
}

TEST_F(Login, LogoutForgetsTheContextAndKeepsTheKeyUnlessToldOtherwise) {
  ASSERT_EQ(Run(hash_), 0);
  const auto key_path = world_.directory + "/default.key.pem";
  EXPECT_EQ(world_.Run({"logout"}), 0);
  EXPECT_TRUE(Saved().contexts.empty());
  EXPECT_TRUE(std::filesystem::exists(key_path));
  ASSERT_EQ(Run(hash_), 0);
  EXPECT_EQ(world_.Run({"logout", "--delete-key", "--yes"}), 0);
  EXPECT_FALSE(std::filesystem::exists(key_path));
}

TEST_F(Login, ANameThatWouldLeaveTheDirectoryIsRefused) {
  EXPECT_EQ(Run(hash_, {"--context", "../evil"}), 2);
  ContextDirectory directory(world_.files, world_.directory);
  const auto pem = World::Key().ToPkcs8Pem();
  EXPECT_FALSE(directory.Put({.name = "../evil"}, pem.RevealText(), "ca").has_value());
}

}  // namespace
}  // namespace perennial::cli
