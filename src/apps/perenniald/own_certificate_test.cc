// SPDX-License-Identifier: Apache-2.0
#include "apps/perenniald/own_certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/clock.h"
#include "pki/testing.h"

namespace perennial::apps {
namespace {

namespace fs = std::filesystem;
using pki::testing::Identity;
using pki::testing::MakeRoot;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A CA elsewhere, a directory with two files, and a watch over them.
class OwnCertificateTest : public ::testing::Test {
 protected:
  OwnCertificateTest() {
    const std::string test = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    directory_ = fs::path(::testing::TempDir()) / ("own-certificate-" + test);
    fs::remove_all(directory_);
    fs::create_directories(directory_);
    config_ = {.url = "https://console.corp.example",
               .certificate = directory_ / "fullchain.pem",
               .key = directory_ / "privkey.pem"};
    Write(Issue({"console.corp.example"}));
  }
  ~OwnCertificateTest() override { fs::remove_all(directory_); }

  Identity Issue(const std::vector<std::string>& names,
                 pki::CertificateProfile profile = pki::CertificateProfile::kTlsServer) {
    return pki::testing::Issue(ca_, profile, [&](pki::CertificateTemplate& request) {
      request.subject_alternative_names.clear();
      for (const auto& name : names) {
        request.subject_alternative_names.push_back({pki::SubjectAlternativeNameType::kDns, name});
      }
    });
  }
  void WriteFile(const std::string& path, const std::string& text, int mode = 0600) {
    ASSERT_TRUE(files_.ReplaceAtomically(path, text, mode));
  }
  void Write(const Identity& identity) {
    WriteFile(config_.certificate, identity.certificate.pem() + ca_.certificate.pem(), 0644);
    WriteFile(config_.key, std::string(identity.key.ToPkcs8Pem().RevealText()));
  }
  std::string Refusal() {
    const auto loaded = LoadOwnCertificate(config_, files_, clock_.Now());
    return loaded ? "accepted" : loaded.error().message;
  }

  SystemFiles files_;
  ManualClock clock_;
  Identity ca_ = MakeRoot();
  fs::path directory_;
  OwnCertificateConfig config_;
};

TEST_F(OwnCertificateTest, IsServedForTheNamesItSpellsOut) {
  Write(Issue({"other.corp.example", "Console.corp.example", "*.corp.example"}));
  const auto own = LoadOwnCertificate(config_, files_, clock_.Now());
  ASSERT_TRUE(own) << own.error().message;
  EXPECT_THAT(own->named.names, ElementsAre("console.corp.example", "other.corp.example"))
      << "what the wildcard also covers may be the API's own name";
}

TEST_F(OwnCertificateTest, MayBeAWildcardOfOneLabelAndBehindLinks) {
  Write(Issue({"*.corp.example"}));
  fs::rename(config_.key, directory_ / "privkey1.pem");
  fs::create_symlink("privkey1.pem", config_.key);
  EXPECT_EQ(Refusal(), "accepted");
  config_.url = "https://console.eu.corp.example";
  EXPECT_THAT(Refusal(), HasSubstr("is not for console.eu.corp.example"));
}

TEST_F(OwnCertificateTest, NamesKeyAndRuleOfWhatIsWrong) {
  const auto good = config_;
  config_.key = directory_ / "absent.pem";
  EXPECT_THAT(Refusal(), AllOf(HasSubstr("[console] key:"), HasSubstr("absent.pem"),
                               HasSubstr("No such file")));
  config_ = good;
  config_.certificate = directory_ / "absent.pem";
  EXPECT_THAT(Refusal(), HasSubstr("[console] certificate:"));
  config_ = good;

  fs::permissions(config_.key, fs::perms::others_read, fs::perm_options::add);
  EXPECT_THAT(Refusal(), AllOf(HasSubstr("[console] key:"), HasSubstr("mode 0604"),
                               HasSubstr("chmod o= " + config_.key)));
  fs::permissions(config_.key, fs::perms(0640));
  EXPECT_EQ(Refusal(), "accepted") << "a group may be made for it";

  WriteFile(config_.key, std::string(MakeRoot().key.ToPkcs8Pem().RevealText()));
  EXPECT_THAT(Refusal(), AllOf(HasSubstr("[console] key:"), HasSubstr("does not belong")));

  Write(Issue({"elsewhere.example"}));
  EXPECT_THAT(Refusal(),
              AllOf(HasSubstr("[console] certificate:"), HasSubstr("not for console.corp.example"),
                    HasSubstr("it is for elsewhere.example")));
  Write(Issue({"console.corp.example"}, pki::CertificateProfile::kTlsClient));
  EXPECT_THAT(Refusal(), HasSubstr("for a TLS server"));
  const auto leaf = Issue({"console.corp.example"});
  Write(leaf);
  WriteFile(config_.certificate, leaf.certificate.pem() + MakeRoot().certificate.pem());
  EXPECT_THAT(Refusal(), HasSubstr("[console] certificate:"));
  WriteFile(config_.certificate, "");
  EXPECT_THAT(Refusal(), HasSubstr("holds no certificate"));
  WriteFile(config_.certificate, "not PEM");
  EXPECT_THAT(Refusal(), HasSubstr("[console] certificate:"));
}

TEST_F(OwnCertificateTest, MustBeValidToTheSecond) {
  clock_.Set(pki::testing::kStart + 90 * pki::testing::kDay - std::chrono::seconds(1));
  EXPECT_EQ(Refusal(), "accepted");
  clock_.Advance(std::chrono::seconds(1));
  EXPECT_THAT(Refusal(), HasSubstr("has expired on 2026-03-31T23:59:59"));
  clock_.Set(pki::testing::kStart - std::chrono::seconds(1));
  EXPECT_THAT(Refusal(), HasSubstr("is not valid before"));
}

class OwnCertificateWatchTest : public OwnCertificateTest {
 protected:
  void Look() { watch_.Look(clock_.Now()); }

  std::vector<std::vector<std::string>> served_;
  std::vector<OwnCertificateNote> notes_;
  OwnCertificateWatch watch_{{.config = config_,
                              .files = files_,
                              .kept = {"pki.corp.example"},
                              .serve = [this](const net::NamedIdentity& named) -> Result<void> {
                                served_.push_back(named.names);
                                return {};
                              },
                              .record = [this](const auto& note) { notes_.push_back(note); }}};
};

TEST_F(OwnCertificateWatchTest, ServesOnceAndAgainWhenTheFilesChange) {
  Look();
  Look();
  EXPECT_EQ(served_.size(), 1u);
  const auto renewed = Issue({"console.corp.example", "pki.corp.example"});
  Write(renewed);
  Look();
  EXPECT_THAT(served_.back(), ElementsAre("console.corp.example"))
      << "the platform's names stay with its certificate";
  ASSERT_EQ(notes_.size(), 2u);
  EXPECT_EQ(notes_[1].fingerprint, renewed.certificate.FingerprintSha256());
}

TEST_F(OwnCertificateWatchTest, KeepsTheOldOneAndSaysWhyOnce) {
  Look();
  const auto renewed = Issue({"console.corp.example"});
  WriteFile(config_.key, std::string(renewed.key.ToPkcs8Pem().RevealText()));
  Look();
  EXPECT_EQ(notes_.size(), 1u) << "the certificate may be on its way";
  Look();
  Look();
  ASSERT_EQ(notes_.size(), 2u);
  EXPECT_TRUE(notes_[1].refused);
  EXPECT_THAT(notes_[1].reason, HasSubstr("does not belong"));
  EXPECT_EQ(served_.size(), 1u);
  Write(renewed);
  Look();
  EXPECT_EQ(served_.size(), 2u);
}

TEST_F(OwnCertificateWatchTest, AHalfRenewedPairIsNoAlarm) {
  Look();
  const auto renewed = Issue({"console.corp.example"});
  WriteFile(config_.key, std::string(renewed.key.ToPkcs8Pem().RevealText()));
  Look();
  Write(renewed);
  Look();
  ASSERT_EQ(notes_.size(), 2u);
  EXPECT_FALSE(notes_[1].refused);
}

TEST_F(OwnCertificateWatchTest, SaysAtOnceWhatIsWrongFromTheStart) {
  fs::remove(config_.certificate);
  Look();
  Look();
  ASSERT_EQ(notes_.size(), 1u);
  EXPECT_TRUE(notes_[0].refused);
  EXPECT_THAT(served_, IsEmpty());
}

}  // namespace
}  // namespace perennial::apps
