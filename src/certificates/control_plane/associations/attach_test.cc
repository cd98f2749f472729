// SPDX-License-Identifier: Apache-2.0
// Attach, and the rows B01 to B21 of security.md that it has to refuse.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/ocid.h"
#include "certificates/control_plane/associations/testing_associations.h"

namespace perennial::certificates {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class Attach : public ::testing::Test {
 protected:
  Attach() : root(world.Root()), certificate(world.Certificate(root)) {}

  // Refused runs `send`, and holds that nothing changed but one audit record.
  HttpResponse Refused(const std::function<HttpResponse()>& send) {
    const auto audit = world.AuditCount();
    const auto etag = EtagIn(world.Ann("GET", "/20210224/certificates/" + certificate));
    const auto response = send();
    EXPECT_EQ(world.AssociationCount(), 0);
    EXPECT_EQ(world.Number("SELECT COUNT(*) FROM evidence"), 0);
    EXPECT_EQ(world.FeedAfter(0).items.size(), 0u);
    EXPECT_EQ(EtagIn(world.Ann("GET", "/20210224/certificates/" + certificate)), etag);
    EXPECT_LE(world.AuditCount(), audit + 1);
    return response;
  }

  AssociationWorld world;
  std::string root, certificate;
};

TEST_F(Attach, AClickBecomesAnAssociation) {
  const auto etag = EtagIn(world.Ann("GET", "/20210224/certificates/" + certificate));
  const auto audit = world.AuditCount();
  const auto evidence = world.ListenerClick(kAnn, certificate);

  const auto answer =
      World::Read<wire::AttachAnswer>(world.Attach(evidence, {{certificate, kBalancer1}}));

  ASSERT_THAT(answer.items, SizeIs(1));
  EXPECT_EQ(OcidType(answer.items[0].association_id), "association");
  EXPECT_EQ(answer.items[0].certificates_resource_id, certificate);
  EXPECT_EQ(answer.items[0].resource_id, kBalancer1);
  EXPECT_EQ(answer.items[0].current_version, 1);
  const auto shown = World::Read<wire::Association>(
      world.Ann("GET", "/20210224/associations/" + answer.items[0].association_id));
  EXPECT_THAT(shown.name, ::testing::MatchesRegex("certificate-loadbalancer-[0-9a-f-]{36}"));
  EXPECT_EQ(shown.compartment_id, kAcme);
  EXPECT_EQ(shown.lifecycle_state, wire::AssociationLifecycleState::kActive);
  EXPECT_NE(EtagIn(world.Ann("GET", "/20210224/certificates/" + certificate)), etag);
  EXPECT_EQ(world.AuditCount(), audit + 1);
  EXPECT_THAT(world.LastAudit(), AllOf(HasSubstr("AttachAssociations"), HasSubstr(kAnn)));
}

TEST_F(Attach, TheFeedTellsOfIt) {
  const auto association = world.Attached(certificate);
  const auto changes = world.LastChanges();
  ASSERT_THAT(changes, SizeIs(1));
  EXPECT_EQ(changes[0].kind, wire::ChangeKind::kAssociationCreated);
  EXPECT_EQ(changes[0].association_id, association);
  EXPECT_EQ(changes[0].product_kind, "loadbalancer");
  EXPECT_EQ(changes[0].current_version, 1);
}

TEST_F(Attach, TheSignatureIsKeptAndTheBodyIsNot) {
  world.Attached(certificate);
  const auto row = world.Sql("SELECT signing_string, signature, public_key_pem, user_id, answer "
                             "FROM evidence")
                       ->front();
  const auto key = *pki::PublicKey::ParsePem(row.Text(2));
  const auto signature = *Base64Decode(row.Text(1));
  EXPECT_TRUE(key.Verify(pki::SignatureAlgorithm::kSha256WithEcdsa, AsBytes(row.Text(0)), signature));
  EXPECT_EQ(row.Text(3), kAnn);
  EXPECT_EQ(world.Number("SELECT COUNT(*) FROM evidence WHERE signing_string LIKE "
                         "'%sslConfiguration%' OR answer LIKE '%sslConfiguration%'"),
            0);
}

TEST_F(Attach, B01WithoutEvidenceIsRefused) {
  EXPECT_THAT(Refused([&] {
                return world.Post(world.identity.Service(world.clock.Now()),
                                  "/20260101/associations/actions/attach",
                                  R"({"pairs":[{"certificatesResourceId":")" + certificate +
                                      R"(","resourceId":")" + kBalancer1 + R"("}]})");
              }),
              Answers(404, "NotAuthorizedOrNotFound"));
  // Whose certificate it was about finds the attempt in the audit of its own compartment.
  EXPECT_THAT(world.LastAudit(), HasSubstr(R"("compartmentId":")" + std::string(kAcme) + "\""));
}

TEST_F(Attach, B02EvidenceForOneCertificateDoesNotGiveAnother) {
  const auto other = world.Certificate(root, "other");
  EXPECT_THAT(Refused([&] {
                return world.Attach(world.ListenerClick(kAnn, certificate), {{other, kBalancer1}});
              }),
              Answers(404, "NotAuthorizedOrNotFound"));
  const MutantOn mutant("certificates.evidence_not_bound");
  EXPECT_EQ(world.Attach(world.ListenerClick(kAnn, certificate), {{other, kBalancer1}}).status,
            200);
}

TEST_F(Attach, B03EvidenceForOneBalancerDoesNotGiveAnother) {
  EXPECT_THAT(Refused([&] {
                return world.Attach(world.ListenerClick(kAnn, certificate),
                                    {{certificate, kBalancer2}});
              }),
              Answers(404, "NotAuthorizedOrNotFound"));
  const MutantOn mutant("certificates.evidence_not_bound_to_resource");
  EXPECT_EQ(
      world.Attach(world.ListenerClick(kAnn, certificate), {{certificate, kBalancer2}}).status,
      200);
}

TEST_F(Attach, B04AnotherKindOfServiceCannotPresentIt) {
  const auto evidence = world.ListenerClick(kAnn, certificate);
  const auto send = [&] {
    return world.Attach(evidence, {{certificate, kBalancer1}}, "apigateway");
  };
  EXPECT_THAT(Refused(send), Answers(404, ""));
  const MutantOn mutant("certificates.any_presenter");
  EXPECT_EQ(send().status, 200);
}

TEST_F(Attach, B05EvidenceForAnotherHostIsNoProof) {
  const auto evidence = *http_signature::MakeEvidence(world.Click(
      kAnn, kListeners1, AssociationWorld::ListenerBody({certificate}, {}), "other.example:8643"));
  EXPECT_THAT(Refused([&] { return world.Attach(evidence, {{certificate, kBalancer1}}); }),
              Answers(401, "NotAuthenticated"));
}

TEST_F(Attach, B06EvidenceIsDeadOutsideOfItsWindow) {
  const auto old = world.ListenerClick(kAnn, certificate);
  world.clock.Advance(seconds(301));
  EXPECT_THAT(Refused([&] { return world.Attach(old, {{certificate, kBalancer1}}); }),
              Answers(401, "NotAuthenticated"));
  world.clock.Advance(seconds(900));
  const auto future = world.ListenerClick(kAnn, certificate);
  world.clock.Advance(-seconds(900));
  EXPECT_THAT(Refused([&] { return world.Attach(future, {{certificate, kBalancer1}}); }),
              Answers(401, "NotAuthenticated"));
}

TEST_F(Attach, B07TheSameAgainIsTheFirstAnswerAndOtherPairsAreRefused) {
  const auto other = world.Certificate(root, "other");
  const auto evidence = *http_signature::MakeEvidence(world.Click(
      kAnn, kListeners1, AssociationWorld::ListenerBody({certificate, other}, {})));
  const auto first = world.Attach(evidence, {{certificate, kBalancer1}});
  EXPECT_EQ(first.status, 200);
  const auto feed = world.FeedAfter(0).position;
  const auto etag = EtagIn(world.Ann("GET", "/20210224/certificates/" + certificate));

  const auto again = world.Attach(evidence, {{certificate, kBalancer1}});
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(world.FeedAfter(0).position, feed);
  EXPECT_EQ(EtagIn(world.Ann("GET", "/20210224/certificates/" + certificate)), etag);

  EXPECT_THAT(world.Attach(evidence, {{other, kBalancer1}}), Answers(404, ""));
  EXPECT_TRUE(world.Sql("UPDATE evidence SET presenter_id = 'another'"));
  EXPECT_THAT(world.Attach(evidence, {{certificate, kBalancer1}}), Answers(404, ""));
  EXPECT_EQ(world.AssociationCount(), 1);
}

TEST_F(Attach, B08WhatWasSignedBeforeTheDetachIsDead) {
  world.Attached(certificate);
  world.clock.Advance(seconds(1));
  const auto held_back = world.ListenerClick(kAnn, certificate);
  world.clock.Advance(seconds(20));
  EXPECT_EQ(world.Detach({{certificate, kBalancer1}}).status, 200);
  world.clock.Advance(seconds(20));
  const auto send = [&] { return world.Attach(held_back, {{certificate, kBalancer1}}); };

  const auto refused = send();
  EXPECT_THAT(refused, Answers(409, "\"Conflict\""));
  EXPECT_THAT(refused.body, ::testing::ContainsRegex("signed at 20.*detached.*signed up to 20"));
  EXPECT_EQ(world.AssociationCount(), 0);
  {
    const MutantOn mutant("certificates.fence_by_presentation");
    EXPECT_EQ(send().status, 200);
    EXPECT_TRUE(world.Sql("DELETE FROM association"));
  }
  const auto fresh = world.ListenerClick(kAnn, certificate);
  EXPECT_EQ(world.Attach(fresh, {{certificate, kBalancer1}}).status, 200);
}

TEST_F(Attach, AUsedEvidenceIsDeadAfterTheDetachToo) {
  const auto evidence = world.ListenerClick(kAnn, certificate);
  EXPECT_EQ(world.Attach(evidence, {{certificate, kBalancer1}}).status, 200);
  world.Detach({{certificate, kBalancer1}});
  EXPECT_THAT(world.Attach(evidence, {{certificate, kBalancer1}}), Answers(409, "Conflict"));
  const MutantOn mutants("certificates.fence_off,certificates.first_answer_for_ever");
  EXPECT_EQ(world.Attach(evidence, {{certificate, kBalancer1}}).status, 200);
}

// Found by the model: a fence dated by the service's clock does not reach a click that is dated by a
// clock that is ahead. Its first answer would have a listener committed that has no association. Such
// a detach is refused by now, so this guard is the second one.
TEST_F(Attach, TheFirstAnswerIsGivenAgainOnlyWhileItIsTrue) {
  const auto evidence = world.ListenerClick(kAnn, certificate, seconds(60));
  const auto send = [&] { return world.Attach(evidence, {{certificate, kBalancer1}}); };
  EXPECT_EQ(send().status, 200);
  EXPECT_EQ(send().status, 200);
  {
    const MutantOn mutant("certificates.late_by_date_only");
    EXPECT_EQ(world.Detach({{certificate, kBalancer1}}).status, 200);
  }

  EXPECT_THAT(send(), Answers(409, "sign a new one"));
  EXPECT_EQ(world.AssociationCount(), 0);
  const MutantOn mutant("certificates.first_answer_for_ever");
  EXPECT_EQ(send().status, 200);
  EXPECT_EQ(world.AssociationCount(), 0);
}

TEST_F(Attach, B09AndB10TheUserNeedsBoth) {
  constexpr char kLbOnly[] = "ocid1.user.perennial..lbonly";
  constexpr char kCertOnly[] = "ocid1.user.perennial..certonly";
  world.identity.AddUser(kLbOnly, kAcme, {"manage load-balancers in tenancy"});
  world.identity.AddUser(kCertOnly, kAcme, {"manage leaf-certificate-family in tenancy"});
  for (const auto* user : {kLbOnly, kCertOnly, kEve, kGus}) {
    EXPECT_THAT(Refused([&] {
                  return world.Attach(world.ListenerClick(user, certificate),
                                      {{certificate, kBalancer1}});
                }),
                Answers(400, "RelatedResourceNotAuthorizedOrNotFound"))
        << user;
  }
  const MutantOn mutant("certificates.user_not_judged");
  EXPECT_EQ(
      world.Attach(world.ListenerClick(kEve, certificate), {{certificate, kBalancer1}}).status,
      200);
}

TEST_F(Attach, AnAbsentCertificateLooksLikeOneThatTheUserMayNotUse) {
  const std::string absent = "ocid1.certificate.perennial.home-1.absent";
  const auto a = Refused(
      [&] { return world.Attach(world.ListenerClick(kAnn, absent), {{absent, kBalancer1}}); });
  world.identity.AddUser("ocid1.user.perennial..lbonly", kAcme,
                         {"manage load-balancers in tenancy"});
  const auto b = Refused([&] {
    return world.Attach(world.ListenerClick("ocid1.user.perennial..lbonly", certificate),
                        {{certificate, kBalancer1}});
  });
  EXPECT_EQ(a.status, 400);
  auto expected = b.body;
  expected.replace(expected.find(certificate), certificate.size(), absent);
  EXPECT_EQ(a.body, expected);
}

TEST_F(Attach, B11TheUserIsJudgedWhenItIsAttached) {
  const auto evidence = world.ListenerClick(kAnn, certificate);
  world.identity.Forget<authz::PolicyFact>("ocid1.policy.perennial..ann");
  EXPECT_THAT(world.Attach(evidence, {{certificate, kBalancer1}}),
              Answers(400, "RelatedResourceNotAuthorizedOrNotFound"));
}

TEST_F(Attach, B13AGetAuthorisesNothing) {
  const auto evidence = *http_signature::MakeEvidence(
      world.Click(kAnn, "/20170115/loadBalancers/" + std::string(kBalancer1), "", kLbHost, "GET"));
  EXPECT_THAT(Refused([&] { return world.Attach(evidence, {{certificate, kBalancer1}}); }),
              Answers(404, "NotAuthorizedOrNotFound"));
}

TEST_F(Attach, B14AnOcidInATagAuthorisesNothing) {
  for (const auto& body :
       {R"({"name":"https","freeformTags":{"certificateIds":")" + certificate + R"("}})",
        R"({"name":")" + certificate + R"("})",
        R"({"name":"https","sslConfiguration":{"x":{"certificateIds":[")" + certificate + R"("]}}})",
        R"({"certificateIds":[")" + certificate + R"("]})"}) {
    const auto evidence = *http_signature::MakeEvidence(world.Click(kAnn, kListeners1, body));
    EXPECT_THAT(Refused([&] { return world.Attach(evidence, {{certificate, kBalancer1}}); }),
                Answers(404, "NotAuthorizedOrNotFound"))
        << body;
    world.clock.Advance(seconds(1));
  }
}

TEST_F(Attach, B15WhatWasAlteredDoesNotVerify) {
  const auto other = world.Certificate(root, "other");
  auto body = world.ListenerClick(kAnn, certificate);
  body.body = AssociationWorld::ListenerBody({other}, {});
  EXPECT_THAT(Refused([&] { return world.Attach(body, {{other, kBalancer1}}); }),
              Answers(401, "NotAuthenticated"));
  auto path = world.ListenerClick(kAnn, certificate);
  path.target = "/20170115/loadBalancers/" + std::string(kBalancer2) + "/listeners";
  EXPECT_THAT(Refused([&] { return world.Attach(path, {{certificate, kBalancer2}}); }),
              Answers(401, "NotAuthenticated"));
  auto header = world.ListenerClick(kAnn, certificate);
  for (auto& [name, value] : header.headers) {
    if (name == "date" || name == "x-date") {
      value = FormatHttpDate(world.clock.Now() + seconds(30));
    }
  }
  EXPECT_THAT(Refused([&] { return world.Attach(header, {{certificate, kBalancer1}}); }),
              Answers(401, "NotAuthenticated"));
}

TEST_F(Attach, B17TheOcidOfANewBalancerFollowsFromTheClick) {
  const auto click = world.Click(
      kAnn, "/20170115/loadBalancers",
      R"({"compartmentId":")" + std::string(kAcme) + R"(","subnetIds":[")" + kPool +
          R"("],"listeners":{"https":)" + AssociationWorld::ListenerBody({certificate}, {}) + "}}");
  const auto evidence = *http_signature::MakeEvidence(click);
  EXPECT_THAT(Refused([&] { return world.Attach(evidence, {{certificate, kBalancer1}}); }),
              Answers(404, ""));
  const std::vector<std::string> hosts{kLbHost};
  const auto facts = *service::Authenticate(click, *world.identity.view.snapshot,
                                            world.clock.Now(), hosts);
  const auto derived = MakeDerivedOcid("loadbalancer", "home-1", facts.signed_facts.digest);
  EXPECT_EQ(world.Attach(evidence, {{certificate, derived}}).status, 200);
}

TEST_F(Attach, B18AndB19UsersHaveNoSuchCalls) {
  for (const auto* action : {"attach", "detach"}) {
    EXPECT_THAT(world.Post(world.identity.User(kAnn),
                           std::string("/20260101/associations/actions/") + action, "{}"),
                Answers(404, "\"NotFound\""));
  }
}

TEST_F(Attach, B21AnAuthorityIsNoCertificate) {
  EXPECT_THAT(
      Refused([&] { return world.Attach(world.ListenerClick(kAnn, root), {{root, kBalancer1}}); }),
      Answers(404, ""));
  const auto trusted = *http_signature::MakeEvidence(
      world.Click(kAnn, kListeners1, AssociationWorld::ListenerBody({}, {root})));
  const auto answer =
      World::Read<wire::AttachAnswer>(world.Attach(trusted, {{root, kBalancer1}}));
  ASSERT_THAT(answer.items, SizeIs(1));
  EXPECT_EQ(answer.items[0].association_type, wire::AssociationType::kCertificateAuthority);
  EXPECT_EQ(answer.items[0].current_version, std::nullopt);
}

TEST_F(Attach, D03WhatIsBeingDeletedCannotBeAttached) {
  EXPECT_EQ(world
                .Ann("POST", "/20210224/certificates/" + certificate + "/actions/scheduleDeletion",
                     "{}")
                .status,
            204);
  const auto send = [&] {
    return world.Attach(world.ListenerClick(kAnn, certificate), {{certificate, kBalancer1}});
  };
  EXPECT_THAT(send(), Answers(409, "IncorrectState"));
  const MutantOn mutant("certificates.attach_any_state");
  EXPECT_NE(send().status, 200);  // The database refuses it all the same.
  EXPECT_EQ(world.AssociationCount(), 0);
}

TEST_F(Attach, AllOrNothing) {
  const auto other = world.Certificate(root, "other");
  world.Ann("POST", "/20210224/certificates/" + other + "/actions/scheduleDeletion", "{}");
  const auto evidence = *http_signature::MakeEvidence(world.Click(
      kAnn, kListeners1, AssociationWorld::ListenerBody({certificate, other}, {})));
  EXPECT_THAT(world.Attach(evidence, {{certificate, kBalancer1}, {other, kBalancer1}}),
              Answers(409, "IncorrectState"));
  EXPECT_EQ(world.AssociationCount(), 0);
}

TEST_F(Attach, WithoutIdentityNothingIsGranted) {
  world.verifier.away = true;
  EXPECT_EQ(
      world.Attach(world.ListenerClick(kAnn, certificate), {{certificate, kBalancer1}}).status,
      503);
  EXPECT_EQ(world.AssociationCount(), 0);
}

TEST_F(Attach, ASecondClickOnAPairIsOneRowAndTwoEvidences) {
  const auto first = world.Attached(certificate);
  world.clock.Advance(seconds(1));
  const auto etag = EtagIn(world.Ann("GET", "/20210224/certificates/" + certificate));
  EXPECT_EQ(world.Attached(certificate), first);
  EXPECT_EQ(world.AssociationCount(), 1);
  EXPECT_EQ(world.Number("SELECT COUNT(*) FROM evidence_pair"), 2);
  EXPECT_EQ(EtagIn(world.Ann("GET", "/20210224/certificates/" + certificate)), etag);
}

TEST_F(Attach, BadPairsAreNamed) {
  EXPECT_THAT(world.Attach(world.ListenerClick(kAnn, certificate), {}), Answers(400, "/pairs"));
  EXPECT_THAT(world.Attach(world.ListenerClick(kAnn, certificate),
                           {{certificate, kBalancer1}, {certificate, kBalancer1}}),
              Answers(400, "/pairs/1"));
}

}  // namespace
}  // namespace perennial::certificates
