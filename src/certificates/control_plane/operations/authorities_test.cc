// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/operations/authorities.h"

#include "base/encoding.h"
#include "base/ocid.h"
#include "certificates/control_plane/testing_answers.h"
#include "pki/lint.h"
#include "pki/verify.h"

namespace perennial::certificates {
namespace {

using testing::Answers;
using ::testing::ElementsAre;
using testing::EtagIn;
using ::testing::HasSubstr;
using testing::kAcme;
using testing::kEve;
using testing::kGus;
using testing::kRob;
using testing::kShop;
using ::testing::Not;
using testing::RootBody;
using testing::SubordinateBody;
using testing::World;

constexpr char kAuthorities[] = "/20210224/certificateAuthorities";

wire::CertificateAuthority GetAuthority(World& world, const std::string& id) {
  return World::Read<wire::CertificateAuthority>(world.Ann("GET", kAuthorities + ("/" + id)));
}
wire::CertificateAuthorityBundle BundleOf(World& world, const std::string& id) {
  return World::Read<wire::CertificateAuthorityBundle>(
      world.Ann("GET", "/20210224/certificateAuthorityBundles/" + id));
}
std::string Replace(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), by);
}

TEST(Authorities, MakesARootThatVerifiesItself) {
  World world;
  const auto id = world.Root("acme-root");
  const auto authority = GetAuthority(world, id);
  EXPECT_EQ(OcidType(id), "certificateauthority");
  EXPECT_EQ(authority.lifecycle_state, State::kActive);
  EXPECT_EQ(authority.name, "acme-root");
  EXPECT_FALSE(authority.issuer_certificate_authority_id);
  EXPECT_THAT(authority.current_version->stages,
              ElementsAre(wire::Stage::kCurrent, wire::Stage::kLatest));
  const auto bundle = BundleOf(world, id);
  EXPECT_FALSE(bundle.cert_chain_pem);
  const auto certificate = *pki::ParseCertificatePem(bundle.certificate_pem);
  EXPECT_TRUE(certificate.IsSignedBy(certificate.public_key()));
  EXPECT_TRUE(certificate.is_ca());
  EXPECT_TRUE(pki::LintCertificate(certificate).empty());
  EXPECT_EQ(certificate.SerialHex(), bundle.serial_number);
}

TEST(Authorities, SignsWithRsaUnlessAskedOtherwiseAsOciDoes) {
  World world;
  auto body = Replace(RootBody("root"), R"(,"signingAlgorithm":"SHA256_WITH_ECDSA")", "");
  body = Replace(body, R"("compartmentId")", R"("kmsKeyId":"ocid1.key.oc1..k","compartmentId")");
  const auto authority =
      World::Read<wire::CertificateAuthority>(world.Ann("POST", kAuthorities, body));
  EXPECT_EQ(authority.signing_algorithm, wire::SignatureAlgorithm::kSha256WithRsa);
  EXPECT_EQ(authority.kms_key_id, "ocid1.key.oc1..k");
  const auto certificate = *pki::ParseCertificatePem(BundleOf(world, authority.id).certificate_pem);
  EXPECT_EQ(certificate.public_key().algorithm(), pki::KeyAlgorithm::kRsa2048);
}

TEST(Authorities, ChainsASubordinateToItsRoot) {
  World world;
  const auto root = world.Root();
  const auto id = world.Subordinate(root);
  const auto bundle = BundleOf(world, id);
  const auto certificate = *pki::ParseCertificatePem(bundle.certificate_pem);
  const auto chain = *pki::ParseChainPem(*bundle.cert_chain_pem);
  ASSERT_EQ(chain.size(), 1u);
  EXPECT_EQ(chain[0].pem(), BundleOf(world, root).certificate_pem);
  EXPECT_TRUE(pki::VerifyChain(certificate, {}, chain, world.clock.Now()));
  EXPECT_EQ(GetAuthority(world, id).issuer_certificate_authority_id, root);
}

TEST(Authorities, KeepsItsKeyWrappedAndShowsItNowhere) {
  World world;
  const auto id = world.Root();
  const auto row = world.Sql("SELECT private_key FROM certificate_authority_version")->front();
  EXPECT_EQ(AsText(row.Bytes(0)).find("PRIVATE"), std::string::npos);
  EXPECT_FALSE(pki::PrivateKey::ParsePkcs8Der(row.Bytes(0)));
  EXPECT_THAT(world
                  .Ann("GET", "/20210224/certificateAuthorityBundles/" + id +
                                  "?certificateBundleType=CERTIFICATE_CONTENT_WITH_PRIVATE_KEY")
                  .body,
              Not(HasSubstr("PRIVATE KEY")));
}

TEST(Authorities, ARepeatedRetryTokenMakesOneAuthority) {
  World world;
  const HttpHeaders token{{"opc-retry-token", "t1"}};
  const auto first = world.Ann("POST", kAuthorities, RootBody("root"), token);
  const auto second = world.Ann("POST", kAuthorities, RootBody("root"), token);
  EXPECT_EQ(second.body, first.body);
  EXPECT_EQ(world.Number("SELECT count(*) FROM certificate_authority"), 1);
}

TEST(Authorities, ANameIsTakenOncePerCompartment) {
  World world;
  world.Root("root");
  EXPECT_THAT(world.Ann("POST", kAuthorities, RootBody("root")),
              Answers(409, "NotAuthorizedOrResourceAlreadyExists"));
  EXPECT_EQ(world.Ann("POST", kAuthorities, RootBody("root", kShop)).status, 200);
  // A certificate may have the name of an authority.
  world.Certificate(world.Root("other"), "root");
}

TEST(Authorities, HoldsThePathLengthOfEveryAuthorityAbove) {
  World world;
  const std::string rules =
      R"([{"ruleType":"CERTIFICATE_AUTHORITY_ISSUANCE_RULE","pathLengthConstraint":1}])";
  const auto root = World::Read<wire::CertificateAuthority>(world.Ann(
      "POST", kAuthorities,
      Replace(RootBody("root"), R"("certificateAuthorityConfig")",
              R"("certificateAuthorityRules":)" + rules + R"(,"certificateAuthorityConfig")")));
  const auto below = world.Subordinate(root.id, "below");
  EXPECT_EQ(pki::ParseCertificatePem(BundleOf(world, below).certificate_pem)->path_length(), 0);
  EXPECT_THAT(world.Ann("POST", kAuthorities, SubordinateBody(below, "too-deep")),
              Answers(400, "/certificateAuthorityConfig/pathLength"));
  world.Certificate(below);  // Leaves are not counted.
}

TEST(Authorities, HoldsNameConstraintsOfTheWholeChain) {
  World world;
  const auto root = world.Root();
  const auto issuing = world.Subordinate(
      root, "issuing",
      R"([{"ruleType":"CERTIFICATE_AUTHORITY_ISSUANCE_RULE",)"
      R"("nameConstraint":{"permittedSubtree":[{"type":"DNS","value":"example.com"}]}}])");
  const auto lower = world.Subordinate(issuing, "lower");
  world.Certificate(lower, "shop");  // shop.example.com
  auto body =
      testing::CertificateBody(lower, "evil", "[]", world.clock.Now() + std::chrono::days(9));
  EXPECT_THAT(world.Ann("POST", "/20210224/certificates",
                        Replace(body, "evil.example.com", "evilexample.com")),
              Answers(400, "outside what the issuing CA may certify"));
  MutantOn mutant("certificates.skip_issuance_rules");
  // Without our rules the verifier refuses what was signed, and it is not stored.
  EXPECT_EQ(world
                .Ann("POST", "/20210224/certificates",
                     Replace(body, "evil.example.com", "evilexample.com"))
                .status,
            500);
  EXPECT_EQ(world.Number("SELECT count(*) FROM certificate"), 1);
}

TEST(Authorities, HoldsTheExpiryRuleAndNeverOutlivesTheIssuer) {
  World world;
  const auto root = world.Root();
  const auto issuing =
      world.Subordinate(root, "issuing",
                        R"([{"ruleType":"CERTIFICATE_AUTHORITY_ISSUANCE_EXPIRY_RULE",)"
                        R"("leafCertificateMaxValidityDuration":"P30D",)"
                        R"("certificateAuthorityMaxValidityDuration":"P60D"}])");
  const auto leaf = [&](std::chrono::days days, seconds more) {
    // The request moves the clock by a second.
    return world.Ann("POST", "/20210224/certificates",
                     testing::CertificateBody(issuing, "leaf" + std::to_string(more.count()), "[]",
                                              world.clock.Now() + days + more));
  };
  EXPECT_THAT(leaf(std::chrono::days(30), seconds(1)), Answers(400, "P30D"));
  EXPECT_EQ(leaf(std::chrono::days(30), seconds(0)).status, 200);
  // A default is cut to the rule, and to the issuer's own end.
  const auto lower = GetAuthority(world, world.Subordinate(issuing, "lower"));
  const auto& validity = *lower.current_version->validity;
  EXPECT_EQ(validity.time_of_validity_not_after - *validity.time_of_validity_not_before,
            std::chrono::days(60) - seconds(1));
  auto body =
      Replace(SubordinateBody(root, "long"), R"("signingAlgorithm")",
              R"("validity":{"timeOfValidityNotAfter":"2046-01-01T00:00:00Z"},"signingAlgorithm")");
  EXPECT_THAT(world.Ann("POST", kAuthorities, body),
              Answers(400, "/certificateAuthorityConfig/validity"));
}

TEST(Authorities, NamesTheFieldThatIsWrong) {
  World world;
  const auto answer = [&](const std::string& what, const std::string& by) {
    return world.Ann("POST", kAuthorities, Replace(RootBody("root"), what, by));
  };
  EXPECT_THAT(answer(R"("name":"root")", R"("name":"a b")"), Answers(400, "/name: "));
  EXPECT_THAT(answer(R"("name":"root",)", ""), Answers(400, "MissingParameter"));
  EXPECT_THAT(answer(R"("name":"root")", R"("name":"root","nmae":"x")"), Answers(400, "/nmae"));
  EXPECT_THAT(answer(R"("configType":"ROOT_CA_GENERATED_INTERNALLY")",
                     R"("configType":"ROOT_CA_MANAGED_EXTERNALLY")"),
              Answers(400, "/certificateAuthorityConfig/configType: "));
  EXPECT_THAT(answer(R"("commonName":"root")", R"("commonName":"root","country":"Germany")"),
              Answers(400, "/certificateAuthorityConfig/subject"));
  EXPECT_THAT(
      answer(
          R"("certificateAuthorityConfig")",
          R"("certificateAuthorityRules":[{"ruleType":"CERTIFICATE_AUTHORITY_ISSUANCE_EXPIRY_RULE",)"
          R"("leafCertificateMaxValidityDuration":"soon"}],"certificateAuthorityConfig")"),
      Answers(400, "/certificateAuthorityRules/0/leafCertificateMaxValidityDuration: "));
  EXPECT_THAT(
      answer(R"("certificateAuthorityConfig")",
             R"("certificateAuthorityRules":[{"ruleType":"CERTIFICATE_AUTHORITY_ISSUANCE_RULE",)"
             R"("nameConstraint":{"excludedSubtree":[{"type":"IP","value":"10.0.0.1/8"}]}}],)"
             R"("certificateAuthorityConfig")"),
      Answers(400, "/certificateAuthorityRules/0/nameConstraint/excludedSubtree/0/value: "));
  EXPECT_EQ(world.Number("SELECT count(*) FROM issuance"), 0);
}

TEST(Authorities, ASubordinateNeedsAnIssuerThatItsMakerMayUse) {
  World world;
  const auto root = world.Root();
  const auto absent = world.Ann("POST", kAuthorities,
                                SubordinateBody("ocid1.certificateauthority.perennial..x", "sub"));
  EXPECT_THAT(absent, Answers(400, "RelatedResourceNotAuthorizedOrNotFound"));
  // A user of the same tenancy that may create in one compartment, and not use the root.
  world.identity.AddUser("ocid1.user.perennial..max", kAcme,
                         {"manage certificate-authorities in compartment shop"});
  auto body = Replace(SubordinateBody(root, "sub"), kAcme, kShop);
  const auto denied =
      world.Send(world.identity.User("ocid1.user.perennial..max"), "POST", kAuthorities, body);
  EXPECT_EQ(denied.status, absent.status);
  EXPECT_EQ(denied.body, absent.body);
}

TEST(Authorities, DenialLooksLikeAbsence) {
  World world;
  const auto id = world.Root();
  const auto absent =
      world.Ann("GET", kAuthorities + std::string("/ocid1.certificateauthority.perennial..x"));
  for (const auto* user : {kEve, kRob, kGus}) {
    const auto answer = world.Send(world.identity.User(user), "GET", kAuthorities + ("/" + id));
    EXPECT_EQ(answer.status, 404) << user;
    EXPECT_EQ(answer.body, absent.body) << user;
    EXPECT_EQ(world.Send(world.identity.User(user), "POST", kAuthorities, RootBody("mine")).status,
              404);
  }
  EXPECT_EQ(world.Send(world.identity.Service(world.clock.Now()), "GET", kAuthorities + ("/" + id))
                .status,
            404);
}

TEST(Authorities, ListsWithFiltersOrderAndPages) {
  World world;
  const auto root = world.Root("b-root");
  const auto issuing = world.Subordinate(root, "a-issuing");
  world.Root("c-root");
  const auto list = [&](const std::string& query) {
    const auto answer =
        world.Ann("GET", std::string(kAuthorities) + "?compartmentId=" + kAcme + query);
    std::vector<std::string> names;
    for (const auto& item : World::Read<wire::CertificateAuthorityCollection>(answer).items) {
      names.push_back(item.name);
    }
    return std::pair(names, FindHeader(answer.headers, "opc-next-page").value_or(""));
  };
  EXPECT_THAT(list("").first, ElementsAre("c-root", "a-issuing", "b-root"));
  EXPECT_THAT(list("&sortBy=NAME").first, ElementsAre("a-issuing", "b-root", "c-root"));
  EXPECT_THAT(list("&sortBy=NAME&sortOrder=DESC").first,
              ElementsAre("c-root", "b-root", "a-issuing"));
  EXPECT_THAT(list("&name=b-root").first, ElementsAre("b-root"));
  EXPECT_THAT(list("&issuerCertificateAuthorityId=" + root).first, ElementsAre("a-issuing"));
  EXPECT_THAT(list("&certificateAuthorityId=" + issuing).first, ElementsAre("a-issuing"));
  EXPECT_THAT(list("&lifecycleState=active").first.size(), 3u);
  EXPECT_THAT(list("&lifecycleState=DELETED").first, ElementsAre());
  for (const std::string sort : {"NAME", "TIMECREATED", "EXPIRATIONDATE"}) {
    std::vector<std::string> all;
    std::string page;
    do {
      auto [names, next] = list("&limit=1&sortBy=" + sort + page);
      all.insert(all.end(), names.begin(), names.end());
      page = next.empty() ? "" : "&page=" + next;
    } while (!page.empty());
    EXPECT_EQ(all, list("&sortBy=" + sort).first) << sort;
  }
  EXPECT_EQ(
      world.Ann("GET", std::string(kAuthorities) + "?compartmentId=" + kAcme + "&page=x").status,
      400);
  EXPECT_EQ(world
                .Ann("GET",
                     std::string(kAuthorities) + "?compartmentId=" + kAcme + "&lifecycleState=GONE")
                .status,
            400);
}

TEST(Authorities, AListWithoutCompartmentHoldsWhatTheCallerMaySee) {
  World world;
  world.Root("top");
  world.Ann("POST", kAuthorities, RootBody("in-shop", kShop));
  world.identity.AddUser("ocid1.user.perennial..sam", kAcme,
                         {"inspect certificate-authorities in compartment shop"});
  const auto count = [&](const std::string& user) {
    return World::Read<wire::CertificateAuthorityCollection>(
               world.Send(world.identity.User(user), "GET", kAuthorities))
        .items.size();
  };
  EXPECT_EQ(count(testing::kAnn), 2u);
  EXPECT_EQ(count("ocid1.user.perennial..sam"), 1u);
  EXPECT_EQ(count(kEve), 0u);
  EXPECT_EQ(count(kGus), 0u);
}

}  // namespace
}  // namespace perennial::certificates
