// SPDX-License-Identifier: Apache-2.0
#include "pki/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pki/testing.h"
#include "pki/verify.h"

namespace perennial::pki {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::Identity;
using ::testing::IsEmpty;
using testing::Issue;
using testing::kDay;
using testing::kStart;
using testing::MakeRoot;
using testing::Must;
using testing::Request;
using ::testing::UnorderedElementsAre;

std::vector<std::string> RulesOf(const std::vector<Violation>& violations) {
  std::vector<std::string> rules;
  for (const auto& violation : violations) rules.emplace_back(violation.rule);
  return rules;
}

constexpr auto kDns = NameConstraintType::kDns;
constexpr auto kIp = NameConstraintType::kIp;
constexpr auto kDirectory = NameConstraintType::kDirectoryName;

std::vector<std::string> Names(const NameConstraints& constraints,
                               const SubjectAlternativeName& name,
                               const std::string& common_name = "Title") {
  return RulesOf(
      CheckNames({.common_name = common_name, .organization = "Example"}, {name}, constraints));
}
std::vector<std::string> Dns(const NameConstraints& constraints, const std::string& name) {
  return Names(constraints, {SubjectAlternativeNameType::kDns, name});
}
std::vector<std::string> Ip(const NameConstraints& constraints, const std::string& address) {
  return Names(constraints, {SubjectAlternativeNameType::kIp, address});
}

// security.md E07.
TEST(NameRules, ADomainPermitsItselfAndWhatIsBelow) {
  const NameConstraints permitted{.permitted = {{kDns, "a.com"}}};
  for (const auto* name : {"a.com", "x.a.com", "y.x.a.com", "*.a.com", "*.x.a.com", "A.COM"}) {
    EXPECT_THAT(Dns(permitted, name), IsEmpty()) << name;
  }
  for (const auto* name :
       {"evila.com", "a.com.evil", "com", "b.com", "x.evila.com", "a.co", "*.com.a", "aacom.com"}) {
    EXPECT_THAT(Dns(permitted, name), ElementsAre("name.permitted")) << name;
  }
  const NameConstraints below{.permitted = {{kDns, ".a.com"}}};
  EXPECT_THAT(Dns(below, "x.a.com"), IsEmpty());
  EXPECT_THAT(Dns(below, "*.a.com"), IsEmpty());
  EXPECT_THAT(Dns(below, "a.com"), ElementsAre("name.permitted"));
  EXPECT_THAT(Dns(below, "evila.com"), ElementsAre("name.permitted"));
}

TEST(NameRules, AnExclusionWinsAndAWildcardMayNotCoverIt) {
  const NameConstraints constraints{.permitted = {{kDns, "a.com"}},
                                    .excluded = {{kDns, "bad.a.com"}}};
  EXPECT_THAT(Dns(constraints, "good.a.com"), IsEmpty());
  EXPECT_THAT(Dns(constraints, "notbad.a.com"), IsEmpty());
  EXPECT_THAT(Dns(constraints, "bad.a.com"), ElementsAre("name.excluded"));
  EXPECT_THAT(Dns(constraints, "x.bad.a.com"), ElementsAre("name.excluded"));
  EXPECT_THAT(Dns(constraints, "*.a.com"), ElementsAre("name.excluded"));
  EXPECT_THAT(Dns(constraints, "*.x.a.com"), IsEmpty());
  EXPECT_THAT(Dns(constraints, "b.com"), ElementsAre("name.permitted"));
  EXPECT_THAT(Dns({.excluded = {{kDns, "com"}}}, "a.com"), ElementsAre("name.excluded"));
  EXPECT_THAT(Dns({.excluded = {{kDns, "com"}}}, "a.org"), IsEmpty());
}

TEST(NameRules, ConstraintsOfOneTypeDoNotBindAnother) {
  EXPECT_THAT(Ip({.permitted = {{kDns, "a.com"}}}, "10.0.0.1"), IsEmpty());
  EXPECT_THAT(Dns({.permitted = {{kIp, "10.0.0.0/8"}}}, "a.com"), IsEmpty());
}

TEST(NameRules, AddressesAreComparedByTheirPrefix) {
  const NameConstraints constraints{.permitted = {{kIp, "10.0.0.0/9"}, {kIp, "2001:db8::/32"}},
                                    .excluded = {{kIp, "10.1.0.0/16"}}};
  for (const auto* address : {"10.0.0.0", "10.127.255.255", "2001:db8::1"})
    EXPECT_THAT(Ip(constraints, address), IsEmpty());
  for (const auto* address :
       {"10.128.0.0", "11.0.0.1", "9.255.255.255", "2001:db9::1", "::a00:1"}) {
    EXPECT_THAT(Ip(constraints, address), ElementsAre("name.permitted")) << address;
  }
  EXPECT_THAT(Ip(constraints, "10.1.2.3"), ElementsAre("name.excluded"));
  // A list for IPv4 alone permits no IPv6 address.
  EXPECT_THAT(Ip({.permitted = {{kIp, "0.0.0.0/0"}}}, "::1"), ElementsAre("name.permitted"));
}

TEST(NameRules, TheSubjectMustBeginAsPermitted) {
  const auto check = [](const NameConstraints& constraints, const std::string& organization) {
    return RulesOf(CheckNames(
        {.common_name = "Title", .country = "US", .organization = organization}, {}, constraints));
  };
  const NameConstraints permitted{.permitted = {{kDirectory, "O=Example,C=US"}}};
  EXPECT_THAT(check(permitted, "Example"), IsEmpty());
  EXPECT_THAT(check(permitted, "EXAMPLE "), IsEmpty());
  EXPECT_THAT(check(permitted, "Example2"), ElementsAre("name.permitted"));
  EXPECT_THAT(check({.excluded = {{kDirectory, "O=Example,C=US"}}}, "example"),
              ElementsAre("name.excluded"));
}

TEST(NameRules, ACommonNameThatReadsAsAHostIsOne) {
  const NameConstraints permitted{.permitted = {{kDns, "a.com"}, {kIp, "10.0.0.0/8"}}};
  const SubjectAlternativeName good{SubjectAlternativeNameType::kDns, "x.a.com"};
  EXPECT_THAT(Names(permitted, good, "evil.com"), ElementsAre("name.permitted"));
  EXPECT_THAT(Names(permitted, good, "8.8.8.8"), ElementsAre("name.permitted"));
  EXPECT_THAT(Names(permitted, good, "y.a.com"), IsEmpty());
  EXPECT_THAT(Names(permitted, good, "Our Shop"), IsEmpty());
}

TEST(NameRules, WhatCannotBeReadIsRefused) {
  EXPECT_THAT(Dns({.excluded = {{kIp, "10.0.0.1/8"}}}, "a.com"), ElementsAre("name.invalid"));
  EXPECT_THAT(Dns({}, "a..com"), ElementsAre("name.invalid"));
}

class IssuanceRulesTest : public ::testing::Test {
 protected:
  std::vector<std::string> Check(CertificateProfile profile, const IssuanceRules& rules,
                                 auto change) {
    auto request = Request(profile, key_.public_key(), &ca_);
    change(request);
    return RulesOf(CheckIssuanceRules(request, rules, &ca_.certificate));
  }
  std::vector<std::string> Leaf(const IssuanceRules& rules, auto change) {
    return Check(CertificateProfile::kTlsServer, rules, change);
  }

  Identity root_ = MakeRoot();
  Identity ca_ = Issue(root_, CertificateProfile::kSubordinateCa, [](CertificateTemplate& request) {
    request.subject.common_name = "Issuing CA";
    request.path_length = 1;
    request.name_constraints.permitted = {{kDns, "example.com"}};
  });
  PrivateKey key_ = Must(PrivateKey::Generate(KeyAlgorithm::kEcdsaP256));
};

TEST_F(IssuanceRulesTest, PassesWhatIsInOrder) {
  EXPECT_THAT(Leaf({}, [](CertificateTemplate&) {}), IsEmpty());
  EXPECT_THAT(Check(CertificateProfile::kSubordinateCa, {},
                    [](CertificateTemplate& t) { t.path_length = 0; }),
              IsEmpty());
}

TEST_F(IssuanceRulesTest, NothingOutlivesOrPredatesItsIssuer) {
  const auto ends = ToSeconds(ca_.certificate.not_after());
  EXPECT_THAT(Leaf({}, [&](CertificateTemplate& t) { t.not_after = ends; }), IsEmpty());
  EXPECT_THAT(Leaf({}, [&](CertificateTemplate& t) { t.not_after = ends + seconds(1); }),
              ElementsAre("validity.issuer"));
  EXPECT_THAT(Leaf({}, [&](CertificateTemplate& t) { t.not_before = kStart - seconds(1); }),
              ElementsAre("validity.issuer"));
  EXPECT_THAT(Leaf({}, [&](CertificateTemplate& t) { t.not_after = t.not_before - seconds(1); }),
              Contains("validity.order"));
}

TEST_F(IssuanceRulesTest, TheLongestValidityCountsBothEnds) {
  const IssuanceRules rules{.leaf_max_validity = 90 * kDay, .ca_max_validity = 365 * kDay};
  EXPECT_THAT(
      Leaf(rules,
           [](CertificateTemplate& t) { t.not_after = t.not_before + 90 * kDay - seconds(1); }),
      IsEmpty());
  EXPECT_THAT(Leaf(rules, [](CertificateTemplate& t) { t.not_after = t.not_before + 90 * kDay; }),
              ElementsAre("validity.max"));
  EXPECT_THAT(Check(CertificateProfile::kSubordinateCa, rules,
                    [](CertificateTemplate& t) {
                      t.path_length = 0;
                      t.not_after = t.not_before + 365 * kDay;
                    }),
              ElementsAre("validity.max"));
}

// security.md E08.
TEST_F(IssuanceRulesTest, ThePathLengthCountsDown) {
  const auto sub = [&](std::optional<int> length, const IssuanceRules& rules = {}) {
    return Check(CertificateProfile::kSubordinateCa, rules,
                 [&](CertificateTemplate& t) { t.path_length = length; });
  };
  EXPECT_THAT(sub(0), IsEmpty());
  EXPECT_THAT(sub(1), ElementsAre("path_length"));
  EXPECT_THAT(sub(std::nullopt), ElementsAre("path_length"));
  EXPECT_THAT(sub(0, {.path_length = 0}), ElementsAre("path_length"));
  EXPECT_THAT(sub(0, {.path_length = 5}), IsEmpty());
  EXPECT_EQ(PathLengthBelow({}, ca_.certificate), 0);
  EXPECT_EQ(PathLengthBelow({.path_length = 0}, ca_.certificate), -1);
  EXPECT_EQ(PathLengthBelow({}, root_.certificate), std::nullopt);
}

TEST_F(IssuanceRulesTest, TheIssuersOwnConstraintsCountEvenWhenTheRulesAreSilent) {
  const auto named = [](std::string name) {
    return [name](CertificateTemplate& t) {
      t.subject.common_name = "Shop";
      t.subject_alternative_names = {{SubjectAlternativeNameType::kDns, name}};
    };
  };
  EXPECT_THAT(Leaf({}, named("x.example.com")), IsEmpty());
  EXPECT_THAT(Leaf({}, named("evilexample.com")), ElementsAre("name.permitted"));
  // Each CA up the chain has its say.
  const IssuanceRules rules{.name_constraints = {{.permitted = {{kDns, "example.com"}}},
                                                 {.excluded = {{kDns, "x.example.com"}}}}};
  EXPECT_THAT(Leaf(rules, named("x.example.com")), ElementsAre("name.excluded"));
}

TEST_F(IssuanceRulesTest, TheRequestMustNameThisIssuerAndSuitItsKey) {
  EXPECT_THAT(
      Leaf({}, [&](CertificateTemplate& t) { t.issuer_name = root_.certificate.subject_der(); }),
      ElementsAre("issuer.link"));
  EXPECT_THAT(
      Leaf({},
           [&](CertificateTemplate& t) { t.issuer_key_id = root_.certificate.subject_key_id(); }),
      ElementsAre("issuer.link"));
  EXPECT_THAT(Leaf({}, [&](CertificateTemplate& t) { t.public_key = ca_.key.public_key(); }),
              ElementsAre("key.reused"));
  EXPECT_THAT(Leaf({},
                   [](CertificateTemplate& t) {
                     t.signature_algorithm = SignatureAlgorithm::kSha256WithRsa;
                   }),
              ElementsAre("signature.family"));
}

TEST_F(IssuanceRulesTest, ALeafIssuesNothingAndOnlyARootIssuesItself) {
  const Identity leaf = Issue(ca_);
  const auto request = Request(CertificateProfile::kTlsServer, key_.public_key(), &leaf);
  EXPECT_THAT(RulesOf(CheckIssuanceRules(request, {}, &leaf.certificate)), Contains("issuer.ca"));
  EXPECT_THAT(RulesOf(CheckIssuanceRules(Request(CertificateProfile::kTlsServer, key_.public_key()),
                                         {}, nullptr)),
              ElementsAre("issuer.ca"));
  EXPECT_THAT(RulesOf(CheckIssuanceRules(Request(CertificateProfile::kRootCa, key_.public_key()),
                                         {}, nullptr)),
              IsEmpty());
}

TEST_F(IssuanceRulesTest, AllViolationsAreReportedAtOnce) {
  EXPECT_THAT(
      Leaf({.leaf_max_validity = kDay},
           [&](CertificateTemplate& t) {
             t.not_after = ToSeconds(ca_.certificate.not_after()) + kDay;
             t.subject_alternative_names = {{SubjectAlternativeNameType::kDns, "a.org"},
                                            {SubjectAlternativeNameType::kDns, "b..org"}};
           }),
      UnorderedElementsAre("validity.max", "validity.issuer", "name.invalid", "name.permitted"));
}

// What our rules permit, OpenSSL's path validation must accept, and the other way round (E07).
TEST(NameRules, AgreeWithOpensslOnEveryPair) {
  const Identity root = MakeRoot();
  const std::vector<std::string> domains = {"a.com", "b.a.com", "com", "a.org"};
  const std::vector<std::string> names = {"a.com",     "x.a.com",   "b.a.com", "c.b.a.com",
                                          "evila.com", "a.com.org", "a.org",   "*.a.com"};
  const auto key = Must(PrivateKey::Generate(KeyAlgorithm::kEcdsaP256));
  for (const auto& permitted : domains) {
    for (const auto& excluded : domains) {
      const NameConstraints constraints{.permitted = {{kDns, permitted}},
                                        .excluded = {{kDns, excluded}}};
      const Identity ca =
          Issue(root, CertificateProfile::kSubordinateCa,
                [&](CertificateTemplate& request) { request.name_constraints = constraints; });
      for (const auto& name : names) {
        auto request = Request(CertificateProfile::kTlsServer, key.public_key(), &ca);
        request.subject.common_name = "Shop";
        request.subject_alternative_names = {{SubjectAlternativeNameType::kDns, name}};
        const auto leaf = Must(IssueCertificate(request, ca.key));
        const bool verified =
            VerifyChain(leaf, {&ca.certificate, 1}, {&root.certificate, 1}, kStart).has_value();
        const bool permitted_by_us = CheckIssuanceRules(request, {}, &ca.certificate).empty();
        // OpenSSL takes the wildcard for a label, so it may accept what we refuse; never the other
        // way.
        EXPECT_TRUE(permitted_by_us == verified || (!permitted_by_us && name[0] == '*'))
            << name << " under +" << permitted << " -" << excluded << ": " << verified;
      }
    }
  }
}

}  // namespace
}  // namespace perennial::pki
