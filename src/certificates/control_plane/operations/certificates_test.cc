// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/operations/certificates.h"

#include "base/ocid.h"
#include "certificates/control_plane/testing_answers.h"
#include "pki/verify.h"

namespace perennial::certificates {
namespace {

using testing::Answers;
using testing::CertificateBody;
using ::testing::ElementsAre;
using testing::EtagIn;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kAcme;
using testing::kEve;
using testing::kGus;
using testing::kRob;
using testing::kShop;
using testing::RenewalRules;
using testing::World;
using wire::Stage;
using Stages = std::vector<Stage>;

constexpr char kCertificates[] = "/20210224/certificates";

std::string Replace(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), by);
}

// A world with a root, one certificate of 90 days, and what most tests ask of it.
class CertificatesTest : public ::testing::Test {
 protected:
  CertificatesTest() : root(world.Root()), id(world.Certificate(root)) {}

  HttpResponse Update(const std::string& body, HttpHeaders headers = {}) {
    return world.Ann("PUT", kCertificates + ("/" + id), body, std::move(headers));
  }
  HttpResponse NewVersion(const std::string& more = "") {
    return Update(R"({"certificateConfig":{"configType":"ISSUED_BY_INTERNAL_CA")" + more + "}}");
  }
  wire::CertificateVersion Version(int64_t number) {
    return World::Read<wire::CertificateVersion>(
        world.Ann("GET", kCertificates + ("/" + id) + "/version/" + std::to_string(number)));
  }
  Stages StagesOf(int64_t number) { return Version(number).stages; }
  pki::Certificate Leaf(const std::string& of) {
    const auto bundle = World::Read<wire::CertificateBundle>(
        world.Ann("GET", "/20210224/certificateBundles/" + of));
    return *pki::ParseCertificatePem(*bundle.certificate_pem);
  }

  World world;
  std::string root, id;
};

TEST_F(CertificatesTest, IssuesACertificateThatVerifiesToItsRoot) {
  const auto certificate = world.Get(id);
  EXPECT_EQ(OcidType(id), "certificate");
  EXPECT_EQ(certificate.lifecycle_state, State::kActive);
  EXPECT_EQ(certificate.issuer_certificate_authority_id, root);
  EXPECT_THAT(certificate.current_version->stages, ElementsAre(Stage::kCurrent, Stage::kLatest));
  EXPECT_EQ(certificate.current_version->issuer_ca_version_number, 1);
  const auto bundle =
      World::Read<wire::CertificateBundle>(world.Ann("GET", "/20210224/certificateBundles/" + id));
  EXPECT_EQ(bundle.certificate_bundle_type, wire::BundleType::kPublicOnly);
  EXPECT_FALSE(bundle.private_key_pem);
  const auto leaf = *pki::ParseCertificatePem(*bundle.certificate_pem);
  const auto chain = *pki::ParseChainPem(*bundle.cert_chain_pem);
  EXPECT_TRUE(pki::VerifyChain(leaf, {}, chain, world.clock.Now(), "shop.example.com"));
  EXPECT_EQ(leaf.SerialHex(), bundle.serial_number);
}

TEST_F(CertificatesTest, LivesExactlyAsLongAsAsked) {
  const auto leaf = Leaf(id);
  EXPECT_EQ(leaf.not_after() - leaf.not_before() + seconds(1), seconds(7'776'000));
  EXPECT_EQ(world.Get(id).current_version->validity->time_of_validity_not_after, leaf.not_after());
}

TEST_F(CertificatesTest, MakesAnRsaKeyWhereNoneIsNamedAsOciDoes) {
  auto body = CertificateBody(root, "rsa", "[]", world.clock.Now() + std::chrono::days(9));
  body = Replace(body, R"("keyAlgorithm":"ECDSA_P256",)", "");
  const auto made = World::Read<wire::Certificate>(world.Ann("POST", kCertificates, body));
  EXPECT_EQ(made.key_algorithm, wire::KeyAlgorithm::kRsa2048);
  EXPECT_EQ(made.signature_algorithm, wire::SignatureAlgorithm::kSha256WithEcdsa);
  EXPECT_EQ(Leaf(made.id).public_key().algorithm(), pki::KeyAlgorithm::kRsa2048);
}

TEST_F(CertificatesTest, RecordsWhatItSignsUnderASerialOfItsOwn) {
  world.Certificate(root, "other");
  EXPECT_EQ(world.Number("SELECT count(*) FROM issuance"), 3);  // With the root itself.
  EXPECT_EQ(world.Number("SELECT count(DISTINCT serial) FROM issuance"), 3);
  EXPECT_EQ(world.Number("SELECT count(*) FROM issuance i JOIN certificate_version v "
                         "ON v.owner_id = i.subject_id AND v.number = i.number "
                         "AND v.serial = i.serial"),
            2);
}

TEST_F(CertificatesTest, LeavesNothingButAKnownSerialWhenTheCommitFails) {
  const auto serials = world.Number("SELECT count(*) FROM issuance");
  EXPECT_EQ(world
                .Ann("POST", kCertificates,
                     CertificateBody(root, "shop", "[]", world.clock.Now() + std::chrono::days(9)))
                .status,
            409);
  EXPECT_EQ(world.Number("SELECT count(*) FROM issuance"), serials + 1);
  EXPECT_EQ(world.Number("SELECT count(*) FROM certificate"), 1);
  EXPECT_EQ(world.Number("SELECT count(*) FROM guarded"), 2);
}

TEST_F(CertificatesTest, AnUpdateMakesANewVersionCurrentAtOnce) {
  const auto before = Leaf(id);
  world.clock.Advance(std::chrono::days(1));
  ASSERT_EQ(NewVersion().status, 200);
  EXPECT_EQ(StagesOf(1), Stages({Stage::kPrevious}));
  EXPECT_EQ(StagesOf(2), Stages({Stage::kCurrent, Stage::kLatest}));
  const auto after = Leaf(id);
  EXPECT_FALSE(after.public_key() == before.public_key());
  // As long as the version before.
  EXPECT_EQ(after.not_after() - after.not_before(), before.not_after() - before.not_before());
  EXPECT_THAT(world.feed.changes, ElementsAre(std::pair(id, 2)));
  EXPECT_THAT(world.rollouts->promoted_by_user, ElementsAre(std::pair(id, 2)));
}

TEST_F(CertificatesTest, StagesPromotesAndRollsBack) {
  ASSERT_EQ(NewVersion(R"(,"stage":"PENDING")").status, 200);
  EXPECT_EQ(StagesOf(1), Stages({Stage::kCurrent}));
  EXPECT_EQ(StagesOf(2), Stages({Stage::kPending, Stage::kLatest}));
  EXPECT_THAT(world.feed.changes, IsEmpty());

  ASSERT_EQ(Update(R"({"currentVersionNumber":2})").status, 200);
  EXPECT_EQ(StagesOf(1), Stages({Stage::kPrevious}));
  EXPECT_EQ(StagesOf(2), Stages({Stage::kCurrent, Stage::kLatest}));

  ASSERT_EQ(NewVersion().status, 200);
  EXPECT_EQ(StagesOf(1), Stages({Stage::kDeprecated}));
  EXPECT_EQ(StagesOf(2), Stages({Stage::kPrevious}));

  ASSERT_EQ(Update(R"({"currentVersionNumber":1})").status, 200);
  EXPECT_EQ(StagesOf(1), Stages({Stage::kCurrent}));
  EXPECT_EQ(StagesOf(2), Stages({Stage::kDeprecated}));
  EXPECT_EQ(StagesOf(3), Stages({Stage::kPrevious, Stage::kLatest}));
  EXPECT_EQ(world.Get(id).current_version->version_number, 1);
  EXPECT_THAT(world.feed.changes,
              ElementsAre(std::pair(id, 2), std::pair(id, 3), std::pair(id, 1)));
}

TEST_F(CertificatesTest, PromotesNeitherWhatIsAbsentNorWhatHasExpired) {
  EXPECT_THAT(Update(R"({"currentVersionNumber":7})"), Answers(400, "/currentVersionNumber: "));
  EXPECT_THAT(Update(R"({"currentVersionNumber":1,"description":"x"})"),
              Answers(400, "/currentVersionNumber"));
  ASSERT_EQ(NewVersion(R"(,"validity":{"timeOfValidityNotAfter":"2026-06-01T00:00:00Z"})").status,
            200);
  world.clock.Advance(std::chrono::days(91));
  EXPECT_THAT(Update(R"({"currentVersionNumber":1})"), Answers(400, "expired"));
  MutantOn mutant("certificates.promote_expired");
  EXPECT_EQ(Update(R"({"currentVersionNumber":1})").status, 200);
}

TEST_F(CertificatesTest, AStaleEtagIsAConflictAsInOci) {
  const auto etag = EtagIn(world.Ann("GET", kCertificates + ("/" + id)));
  ASSERT_FALSE(etag.empty());
  ASSERT_EQ(Update(R"({"description":"one"})", {{"if-match", etag}}).status, 200);
  EXPECT_THAT(Update(R"({"description":"two"})", {{"if-match", etag}}), Answers(409, "Conflict"));
  EXPECT_EQ(world.Get(id).description, "one");
  // The etag of an answer is that of the next read.
  const auto changed = Update(R"({"description":"three"})");
  EXPECT_EQ(EtagIn(changed), EtagIn(world.Ann("GET", kCertificates + ("/" + id))));
}

TEST_F(CertificatesTest, ChangesDescriptionAndTagsAndLeavesTheRest) {
  ASSERT_EQ(Update(R"({"description":"shop","freeformTags":{"a":"b"}})").status, 200);
  ASSERT_EQ(Update(R"({"freeformTags":{}})").status, 200);
  const auto certificate = world.Get(id);
  EXPECT_EQ(certificate.description, "shop");
  EXPECT_TRUE(certificate.freeform_tags.empty());
  EXPECT_EQ(certificate.current_version->version_number, 1);
}

TEST_F(CertificatesTest, TakesARenewalRuleAndFixesWhenItIsDue) {
  ASSERT_EQ(Update(R"({"certificateRules":)" + RenewalRules("P70D", "P20D") + "}").status, 200);
  const auto rules = world.Get(id).certificate_rules;
  ASSERT_EQ(rules.size(), 1u);
  EXPECT_EQ(rules[0].renewal_interval, "P70D");
  const auto due = FromMicros(world.Number("SELECT renew_at FROM certificate"));
  const auto life = Leaf(id);
  EXPECT_EQ(due, DecideRenewal(id, 1, {std::chrono::days(70), std::chrono::days(20)},
                               {ToSeconds(life.not_before()), ToSeconds(life.not_after())})
                     .renew_at);
  ASSERT_EQ(Update(R"({"certificateRules":[]})").status, 200);
  EXPECT_TRUE(world.Get(id).certificate_rules.empty());
  EXPECT_EQ(world.Number("SELECT count(*) FROM certificate WHERE renew_at IS NOT NULL"), 0);
}

TEST_F(CertificatesTest, RefusesARuleThatLetsItExpireAndNamesTheLatest) {
  // In this world m is 20 s, so a tenth of the life is the slack: 81 days of 90.
  EXPECT_THAT(Update(R"({"certificateRules":)" + RenewalRules("PT6998401S", "P1D") + "}"),
              Answers(400,
                      "/certificateRules/0/renewalInterval: the certificate would expire "
                      "before it is renewed; must be at most P81D"));
  EXPECT_EQ(Update(R"({"certificateRules":)" + RenewalRules("P81D", "P1D") + "}").status, 200);
  // A shorter validity must leave room for the rule that stands.
  EXPECT_THAT(NewVersion(R"(,"validity":{"timeOfValidityNotAfter":")" +
                         FormatTime(world.clock.Now() + std::chrono::days(30)) + R"("})"),
              Answers(400, "/certificateRules/0/renewalInterval"));
  EXPECT_THAT(world.Ann("POST", kCertificates,
                        CertificateBody(root, "bad", RenewalRules("P90D", "P1D"),
                                        world.clock.Now() + std::chrono::days(90))),
              Answers(400, "must be at most P81D"));
  EXPECT_THAT(Update(R"({"certificateRules":)" + RenewalRules("P1M", "P1D") + "}"),
              Answers(400, "/certificateRules/0/renewalInterval: "));
}

// 75 and 15 of 90 days is what command line and console suggest; here it fits to the second.
TEST_F(CertificatesTest, ARuleThatFitsExactlyFitsWhateverTheCallersClockShows) {
  world.clock.Advance(std::chrono::minutes(10));  // The issuer is older than all of these.
  const std::chrono::days life(90);
  int number = 0;
  for (const int ahead : {-200, -2, -1, 0, 1, 2, 200}) {
    const auto begins = world.clock.Now() + seconds(ahead);
    const auto body = CertificateBody(root, "clock" + std::to_string(++number),
                                      RenewalRules("P75D", "P15D"), begins + life - seconds(1));
    const auto made = world.Ann(
        "POST", kCertificates,
        Replace(body, R"({"timeOfValidityNotAfter")",
                R"({"timeOfValidityNotBefore":")" + FormatTime(begins) +
                    R"(","timeOfValidityNotAfter")"));
    EXPECT_EQ(made.status, 200) << ahead << ": " << made.body;
  }
  // Whoever does not say when it begins is bound by the server's clock, to the second.
  EXPECT_THAT(world.Ann("POST", kCertificates,
                        CertificateBody(root, "late", RenewalRules("P75D", "P15D"),
                                        world.clock.Now() + life - seconds(2))),
              Answers(400, "must be at most P74DT23H59M58S"));
}

TEST_F(CertificatesTest, RefusesWhatIsNotOfferedYet) {
  const auto body = CertificateBody(root, "x", "[]", world.clock.Now() + std::chrono::days(9));
  for (const std::string type : {"IMPORTED", "MANAGED_EXTERNALLY_ISSUED_BY_INTERNAL_CA"}) {
    EXPECT_THAT(world.Ann("POST", kCertificates, Replace(body, "ISSUED_BY_INTERNAL_CA", type)),
                Answers(400, "/certificateConfig/configType: "));
  }
  EXPECT_THAT(Update(R"({"certificateConfig":{"configType":"IMPORTED","certChainPem":"a",)"
                     R"("privateKeyPem":"b","certificatePem":"c"}})"),
              Answers(400, "/certificateConfig/configType: "));
}

TEST_F(CertificatesTest, NamesEveryFieldThatIsWrong) {
  const auto answer = [&](const std::string& what, const std::string& by) {
    return world.Ann(
        "POST", kCertificates,
        Replace(CertificateBody(root, "x", "[]", world.clock.Now() + std::chrono::days(9)), what,
                by));
  };
  EXPECT_THAT(answer(R"("subject":)",
                     R"("subjectAlternativeNames":[{"type":"DNS","value":"a..b"},{"type":"IP",)"
                     R"("value":"1.2.3"}],"subject":)"),
              ::testing::AllOf(Answers(400, "/certificateConfig/subjectAlternativeNames/0"),
                               Answers(400, "subjectAlternativeNames/1")));
  EXPECT_THAT(answer("x.example.com", "not a host"),
              Answers(400, "/certificateConfig/subjectAlternativeNames"));
  EXPECT_THAT(answer(R"("name":"x")", R"("name":"x;y")"), Answers(400, "/name: "));
  EXPECT_THAT(answer(R"("commonName":"x.example.com")", R"("commonName":"x\u0000.example.com")"),
              Answers(400, ""));
  EXPECT_THAT(answer(R"("keyAlgorithm":"ECDSA_P256")", R"("keyAlgorithm":"DSA")"),
              Answers(400, "/certificateConfig/keyAlgorithm"));
  EXPECT_THAT(answer(R"("keyAlgorithm":"ECDSA_P256")", R"("signatureAlgorithm":"SHA256_WITH_RSA")"),
              Answers(400, "/certificateConfig/signatureAlgorithm"));
  EXPECT_THAT(
      answer(R"({"timeOfValidityNotAfter")",
             R"({"timeOfValidityNotBefore":"2025-01-01T00:00:00Z","timeOfValidityNotAfter")"),
      Answers(400, "/certificateConfig/validity/timeOfValidityNotBefore: "));
  EXPECT_THAT(answer(R"({"timeOfValidityNotAfter":"2026)", R"({"timeOfValidityNotAfter":"2025)"),
              Answers(400, "/certificateConfig/validity/timeOfValidityNotAfter: "));
  EXPECT_EQ(world.Number("SELECT count(*) FROM certificate"), 1);
}

TEST_F(CertificatesTest, DenialLooksLikeAbsenceAndChangesNothing) {
  const auto revision = world.Number("SELECT revision FROM guarded WHERE id = $1", {id});
  const std::string absent_id = "ocid1.certificate.perennial.home-1.absent";
  for (const auto* user : {kEve, kRob, kGus}) {
    const auto who = world.identity.User(user);
    const struct {
      std::string method, path, body;
    } calls[] = {{"GET", "", ""},
                 {"PUT", "", R"({"description":"mine"})"},
                 {"POST", "/actions/scheduleDeletion", "{}"},
                 {"POST", "/actions/cancelDeletion", ""},
                 {"GET", "/version/1", ""}};
    for (const auto& call : calls) {
      const auto denied =
          world.Send(who, call.method, kCertificates + ("/" + id) + call.path, call.body);
      const auto absent =
          world.Send(who, call.method, kCertificates + ("/" + absent_id) + call.path, call.body);
      EXPECT_EQ(denied.status, 404) << user << call.method << call.path;
      EXPECT_EQ(denied.body, absent.body);
    }
  }
  EXPECT_EQ(world.Number("SELECT revision FROM guarded WHERE id = $1", {id}), revision);
}

TEST_F(CertificatesTest, AnUpdateNeedsTheIssuerToo) {
  world.identity.AddUser("ocid1.user.perennial..lea", kAcme,
                         {"manage leaf-certificates in tenancy"});
  const auto who = world.identity.User("ocid1.user.perennial..lea");
  EXPECT_EQ(world.Send(who, "GET", kCertificates + ("/" + id)).status, 200);
  EXPECT_EQ(world.Send(who, "PUT", kCertificates + ("/" + id), R"({"description":"x"})").status,
            404);
  EXPECT_THAT(
      world.Send(who, "POST", kCertificates,
                 CertificateBody(root, "x", "[]", world.clock.Now() + std::chrono::days(9))),
      Answers(400, "RelatedResourceNotAuthorizedOrNotFound"));
}

TEST_F(CertificatesTest, ListsVersionsInPages) {
  for (int i = 0; i < 4; ++i) ASSERT_EQ(NewVersion().status, 200);
  std::vector<int64_t> numbers;
  std::string page;
  do {
    const auto answer = world.Ann("GET", kCertificates + ("/" + id) + "/versions?limit=2" + page);
    for (const auto& item : World::Read<wire::CertificateVersionCollection>(answer).items) {
      numbers.push_back(item.version_number);
    }
    const auto next = FindHeader(answer.headers, "opc-next-page");
    page = next ? "&page=" + *next : "";
  } while (!page.empty());
  EXPECT_THAT(numbers, ElementsAre(1, 2, 3, 4, 5));
  const auto one = world.Ann("GET", kCertificates + ("/" + id) + "/versions?versionNumber=3");
  EXPECT_EQ(World::Read<wire::CertificateVersionCollection>(one).items.at(0).version_number, 3);
}

TEST_F(CertificatesTest, ListsInOneCompartmentOnly) {
  world.Ann("POST", kCertificates,
            CertificateBody(root, "inner", "[]", world.clock.Now() + std::chrono::days(9), kShop));
  const auto names = [&](const std::string& query) {
    std::vector<std::string> found;
    for (const auto& item :
         World::Read<wire::CertificateCollection>(world.Ann("GET", kCertificates + query)).items) {
      found.push_back(item.name);
    }
    return found;
  };
  EXPECT_THAT(names(std::string("?compartmentId=") + kAcme), ElementsAre("shop"));
  EXPECT_THAT(names(std::string("?compartmentId=") + kShop), ElementsAre("inner"));
  EXPECT_THAT(names("?sortBy=NAME"), ElementsAre("inner", "shop"));
  EXPECT_THAT(names("?issuerCertificateAuthorityId=" + root + "&name=inner"), ElementsAre("inner"));
}

TEST_F(CertificatesTest, AVersionNameIsTakenOnce) {
  ASSERT_EQ(NewVersion(R"(,"versionName":"spring")").status, 200);
  EXPECT_THAT(NewVersion(R"(,"versionName":"spring")"),
              Answers(409, "/certificateConfig/versionName"));
  EXPECT_EQ(Version(2).version_name, "spring");
}

TEST_F(CertificatesTest, AuditsEachChangeOnce) {
  const auto count = world.Number("SELECT count(*) FROM audit");
  ASSERT_EQ(NewVersion().status, 200);
  EXPECT_EQ(world.Number("SELECT count(*) FROM audit"), count + 1);
  EXPECT_THAT(world.LastAudit(), HasSubstr(R"("versionNumber":2)"));
  EXPECT_THAT(world.LastAudit(), HasSubstr("UpdateCertificate"));
  EXPECT_THAT(world.LastAudit(), HasSubstr(id));
}

}  // namespace
}  // namespace perennial::certificates
