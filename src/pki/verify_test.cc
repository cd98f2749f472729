// SPDX-License-Identifier: Apache-2.0
#include "pki/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

#include "pki/bundle.h"
#include "pki/testing.h"

namespace perennial::pki {
namespace {

using ::testing::HasSubstr;
using testing::Identity;
using testing::Issue;
using testing::kDay;
using testing::kStart;
using testing::MakeRoot;
using testing::Must;
using ::testing::Not;

class VerifyTest : public ::testing::Test {
 protected:
  std::string Fault(const Certificate& leaf, std::vector<Certificate> intermediates,
                    std::vector<Certificate> anchors, Time at = kStart,
                    std::optional<std::string> name = std::nullopt) {
    const auto verified = VerifyChain(leaf, intermediates, anchors, at, std::move(name));
    return verified ? "" : verified.error().message;
  }

  Identity root_ = MakeRoot();
  Identity ca_ = Issue(root_, CertificateProfile::kSubordinateCa, [](CertificateTemplate& request) {
    request.subject.common_name = "Issuing CA";
    request.path_length = 0;
  });
  Identity leaf_ = Issue(ca_);
};

TEST_F(VerifyTest, AcceptsAChainInAnyOrderForItsNames) {
  EXPECT_EQ(Fault(leaf_.certificate, {ca_.certificate}, {root_.certificate}), "");
  EXPECT_EQ(Fault(leaf_.certificate, {root_.certificate, ca_.certificate}, {root_.certificate}),
            "");
  EXPECT_EQ(
      Fault(leaf_.certificate, {ca_.certificate}, {root_.certificate}, kStart, "shop.example.com"),
      "");
  EXPECT_EQ(
      Fault(leaf_.certificate, {ca_.certificate}, {root_.certificate}, kStart, "SHOP.example.com"),
      "");
  EXPECT_EQ(Fault(leaf_.certificate, {}, {ca_.certificate}), "")
      << "an anchor need not be self-signed";
}

TEST_F(VerifyTest, RefusesAMissingLinkAStrangerAndAnotherName) {
  const Identity stranger = MakeRoot();
  EXPECT_NE(Fault(leaf_.certificate, {}, {root_.certificate}), "");
  EXPECT_NE(Fault(leaf_.certificate, {ca_.certificate}, {stranger.certificate}), "")
      << "same name, other key";
  EXPECT_NE(Fault(leaf_.certificate, {ca_.certificate}, {}), "");
  EXPECT_THAT(
      Fault(leaf_.certificate, {ca_.certificate}, {root_.certificate}, kStart, "other.example.com"),
      HasSubstr("ostname mismatch"));
  EXPECT_NE(Fault(leaf_.certificate, {ca_.certificate}, {root_.certificate}, kStart, "example.com"),
            "");
  EXPECT_NE(Fault(leaf_.certificate, {ca_.certificate}, {root_.certificate}, kStart, "not a name"),
            "");
}

TEST_F(VerifyTest, TheCommonNameIsNoHost) {
  const Identity leaf =
      Issue(ca_, CertificateProfile::kTlsServer,
            [](CertificateTemplate& request) { request.subject.common_name = "www.example.com"; });
  EXPECT_NE(
      Fault(leaf.certificate, {ca_.certificate}, {root_.certificate}, kStart, "www.example.com"),
      "");
}

TEST_F(VerifyTest, AWildcardCoversExactlyOneLabel) {
  const Identity leaf =
      Issue(ca_, CertificateProfile::kTlsServer, [](CertificateTemplate& request) {
        request.subject_alternative_names = {{SubjectAlternativeNameType::kDns, "*.example.com"}};
      });
  const auto fault = [&](const char* name) {
    return Fault(leaf.certificate, {ca_.certificate}, {root_.certificate}, kStart, name);
  };
  EXPECT_EQ(fault("a.example.com"), "");
  EXPECT_NE(fault("a.b.example.com"), "");
  EXPECT_NE(fault("example.com"), "");
}

TEST_F(VerifyTest, JudgesEachTimeOfThePathToTheSecond) {
  const Identity brief =
      Issue(root_, CertificateProfile::kSubordinateCa,
            [](CertificateTemplate& request) { request.not_after = kStart + kDay - seconds(1); });
  const Identity leaf = Issue(brief);
  EXPECT_EQ(
      Fault(leaf.certificate, {brief.certificate}, {root_.certificate}, kStart + kDay - seconds(1)),
      "");
  EXPECT_EQ(Fault(leaf.certificate, {brief.certificate}, {root_.certificate},
                  kStart + kDay - std::chrono::microseconds(1)),
            "");
  EXPECT_THAT(Fault(leaf.certificate, {brief.certificate}, {root_.certificate}, kStart + kDay),
              HasSubstr("Example CA' expired"));
  EXPECT_THAT(Fault(leaf.certificate, {brief.certificate}, {root_.certificate},
                    kStart - std::chrono::microseconds(1)),
              HasSubstr("not valid before"));
}

TEST_F(VerifyTest, AnExpiredTwinOfACaHidesNothing) {
  // The same CA, name and key, certified twice: the first has expired.
  const auto certify = [&](std::chrono::sys_seconds end) {
    auto request =
        testing::Request(CertificateProfile::kSubordinateCa, ca_.key.public_key(), &root_);
    request.subject.common_name = "Issuing CA";
    request.not_after = end;
    return Must(IssueCertificate(request, root_.key));
  };
  const auto old = certify(kStart + kDay);
  const auto renewed = certify(kStart + 100 * kDay);
  const auto at = kStart + 2 * kDay;
  EXPECT_EQ(Fault(leaf_.certificate, {old, renewed}, {root_.certificate}, at), "");
  EXPECT_EQ(Fault(leaf_.certificate, {renewed, old}, {root_.certificate}, at), "");
  EXPECT_THAT(Fault(leaf_.certificate, {old}, {root_.certificate}, at), HasSubstr("expired"));
  EXPECT_EQ(Fault(leaf_.certificate, {}, {old, renewed}, at), "");
}

TEST_F(VerifyTest, RefusesACaBelowPathLengthZeroAndALeafAsCa) {
  const Identity deeper =
      Issue(ca_, CertificateProfile::kSubordinateCa,
            [](CertificateTemplate& request) { request.subject.common_name = "Too deep"; });
  const Identity leaf = Issue(deeper);
  EXPECT_THAT(Fault(leaf.certificate, {deeper.certificate, ca_.certificate}, {root_.certificate}),
              HasSubstr("path length"));
  const Identity below_leaf = Issue(leaf_);
  EXPECT_NE(
      Fault(below_leaf.certificate, {leaf_.certificate, ca_.certificate}, {root_.certificate}), "");
}

TEST_F(VerifyTest, RefusesAClientCertificateForAServer) {
  const Identity client =
      Issue(ca_, CertificateProfile::kTlsClient, [](CertificateTemplate& request) {
        request.subject_alternative_names = {
            {SubjectAlternativeNameType::kDns, "shop.example.com"}};
      });
  EXPECT_EQ(Fault(client.certificate, {ca_.certificate}, {root_.certificate}), "");
  EXPECT_NE(
      Fault(client.certificate, {ca_.certificate}, {root_.certificate}, kStart, "shop.example.com"),
      "");
}

// security.md E15: name constraints times names, and many CAs of one name.
TEST_F(VerifyTest, IsBoundedWhateverItIsGiven) {
  const Identity constrained =
      Issue(root_, CertificateProfile::kSubordinateCa, [](CertificateTemplate& request) {
        for (int i = 0; i < 1000; ++i) {
          request.name_constraints.permitted.push_back(
              {NameConstraintType::kDns, "n" + std::to_string(i) + ".example"});
        }
      });
  const Identity leaf =
      Issue(constrained, CertificateProfile::kTlsServer, [](CertificateTemplate& request) {
        request.subject_alternative_names.clear();
        for (int i = 0; i < 1000; ++i) {
          request.subject_alternative_names.push_back(
              {SubjectAlternativeNameType::kDns, "x" + std::to_string(i) + ".n999.example"});
        }
      });
  std::vector<Certificate> twins;
  for (int i = 0; i < 10; ++i)
    twins.push_back(MakeRoot(KeyAlgorithm::kEcdsaP256, "Example CA").certificate);
  const auto begin = std::clock();
  Fault(leaf.certificate, {constrained.certificate}, {root_.certificate});
  Fault(leaf.certificate, twins, {root_.certificate});
  // Ten times the limit of 100 ms, for the sanitizer.
  EXPECT_LT(std::clock() - begin, CLOCKS_PER_SEC);
  EXPECT_NE(
      Fault(leaf_.certificate, std::vector<Certificate>(11, ca_.certificate), {root_.certificate}),
      "");
  EXPECT_NE(
      Fault(leaf_.certificate, {ca_.certificate}, std::vector<Certificate>(101, root_.certificate)),
      "");
}

// security.md E11.
TEST_F(VerifyTest, TheOrderOfAServedChainIsStrict) {
  const auto ordered = [&](std::vector<Certificate> chain) {
    return CheckChainOrder(leaf_.certificate, chain).has_value();
  };
  const Identity other = Issue(root_, CertificateProfile::kSubordinateCa);
  EXPECT_TRUE(ordered({}));
  EXPECT_TRUE(ordered({ca_.certificate}));
  EXPECT_TRUE(ordered({ca_.certificate, root_.certificate}));
  EXPECT_FALSE(ordered({root_.certificate, ca_.certificate}));
  EXPECT_FALSE(ordered({ca_.certificate, ca_.certificate}));
  EXPECT_FALSE(ordered({leaf_.certificate, ca_.certificate}));
  EXPECT_FALSE(ordered({ca_.certificate, root_.certificate, root_.certificate}));
  EXPECT_FALSE(ordered({ca_.certificate, other.certificate}));
  EXPECT_FALSE(ordered({other.certificate}));
  EXPECT_FALSE(ordered({root_.certificate}));
}

TEST_F(VerifyTest, TheServedTextIsOnlyWhatWeEncoded) {
  const std::vector<Certificate> chain{ca_.certificate};
  const auto pem = EncodeServingPem(leaf_.certificate, chain, leaf_.key);
  ASSERT_TRUE(pem.has_value());
  const std::string text(pem->RevealText());
  EXPECT_EQ(text, leaf_.certificate.pem() + ca_.certificate.pem() +
                      std::string(leaf_.key.ToPkcs8Pem().RevealText()));
  EXPECT_THAT(text, Not(HasSubstr("\n\n")));
  EXPECT_THAT(text, Not(HasSubstr("\r")));
  EXPECT_TRUE(text.ends_with("-----END PRIVATE KEY-----\n"));
  EXPECT_FALSE(EncodeServingPem(leaf_.certificate, chain, ca_.key).has_value());
  EXPECT_TRUE(KeyMatches(leaf_.certificate, leaf_.key));
  EXPECT_FALSE(KeyMatches(leaf_.certificate, ca_.key));
}

}  // namespace
}  // namespace perennial::pki
