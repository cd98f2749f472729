// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "cli/testing.h"
#include "pki/issue.h"
#include "pki/testing.h"

namespace perennial::cli {
namespace {

using ::testing::HasSubstr;
using testing::World;

class Trust : public ::testing::Test {
 protected:
  Trust() {
    world_.run_program = [this](const std::vector<std::string>& words) -> Result<ProgramEnd> {
      std::string line;
      for (const auto& word : words) line += (line.empty() ? "" : " ") + word;
      ran_.push_back(line);
      return ProgramEnd{};
    };
  }
  void KeepCa(const std::string& pem) {
    ASSERT_TRUE(world_.files.ReplaceAtomically(world_.directory + "/ca.pem", pem, 0644));
  }
  // As perenniald makes one: bound to some names.
  static std::string Bound(std::vector<pki::NameConstraint> permitted) {
    auto key = pki::testing::Must(pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256));
    auto request = pki::testing::Request(pki::CertificateProfile::kRootCa, key.public_key());
    request.name_constraints.permitted = std::move(permitted);
    return pki::testing::Must(pki::IssueCertificate(request, key)).pem();
  }
  World world_;
  std::vector<std::string> ran_;
};

TEST_F(Trust, InstallsThePlatformCaForServersOnly) {
  KeepCa(Bound({{pki::NameConstraintType::kDns, "pki.corp.example"}}));
  ASSERT_EQ(world_.Run({"trust", "install"}), 0) << world_.err();
  EXPECT_THAT(world_.out(), HasSubstr("pki.corp.example and nothing else"));
  ASSERT_EQ(ran_.size(), 2u);
  EXPECT_THAT(ran_[0], HasSubstr("certutil -d sql:" + world_.directory + "/.pki/nssdb -N"));
  EXPECT_THAT(ran_[1], HasSubstr(" -A -t C,, -n Perennial platform CA "));
}

TEST_F(Trust, InstallsNoCaThatCouldVouchForAnyHost) {
  for (const auto& pem : {pki::testing::MakeRoot().certificate.pem(),
                          Bound({{pki::NameConstraintType::kIp, "127.0.0.1/32"}})}) {
    KeepCa(pem);
    EXPECT_EQ(world_.Run({"trust", "install"}), 3);
    EXPECT_THAT(world_.err(), HasSubstr("ANY name"));
    EXPECT_TRUE(ran_.empty());
  }
}

TEST_F(Trust, ShowsTheCommandThatWorksWhereTheContextsAre) {
  KeepCa(Bound({{pki::NameConstraintType::kDns, "pki.corp.example"}}));
  ASSERT_EQ(world_.Run({"trust", "show"}), 0) << world_.err();
  EXPECT_THAT(world_.out(), HasSubstr("Chromium  perennial trust install\n"));
  const auto elsewhere = world_.directory + "/it's here";
  std::filesystem::copy(world_.directory, elsewhere);
  ASSERT_EQ(world_.Run({"--config-directory", elsewhere, "trust", "show"}), 0) << world_.err();
  EXPECT_THAT(world_.out(), HasSubstr("perennial --config-directory '" + world_.directory +
                                      "/it'\\''s here' trust install\n"));
}

TEST_F(Trust, InstallsNothingThatIsNoCertificate) {
  EXPECT_EQ(world_.Run({"trust", "install"}), 78);
  EXPECT_TRUE(ran_.empty());
}

TEST_F(Trust, SaysWhichPackageBringsCertutil) {
  KeepCa(Bound({{pki::NameConstraintType::kDns, "pki.corp.example"}}));
  world_.run_program = [](const auto&) -> Result<ProgramEnd> {
    return Fail(ErrorCode::kNotFound, "certutil cannot be started");
  };
  EXPECT_EQ(world_.Run({"trust", "install"}), 1);
  EXPECT_THAT(world_.err(), HasSubstr("libnss3-tools"));
}

}  // namespace
}  // namespace perennial::cli
