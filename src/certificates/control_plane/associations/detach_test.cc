// SPDX-License-Identifier: Apache-2.0
// Detach, force-detach, what users read of associations, and races with the deleter.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/executor.h"
#include "certificates/control_plane/associations/testing_associations.h"

namespace perennial::certificates {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class Associated : public ::testing::Test {
 protected:
  Associated() : root(world.Root()), certificate(world.Certificate(root)) {
    association = world.Attached(certificate);
    world.clock.Advance(seconds(5));
  }
  HttpResponse ForceDetach(const std::string& user, const std::string& name) {
    return world.Post(world.identity.User(user),
                      "/20260101/associations/" + association + "/actions/forceDetach",
                      R"({"confirmName":")" + name + R"("})");
  }

  AssociationWorld world;
  std::string root, certificate, association;
};

TEST_F(Associated, TheServiceAloneDetaches) {
  const auto etag = EtagIn(world.Ann("GET", "/20210224/certificates/" + certificate));
  const auto answer =
      World::Read<wire::DetachAnswer>(world.Detach({{certificate, kBalancer1}}));
  ASSERT_THAT(answer.items, SizeIs(1));
  EXPECT_EQ(answer.items[0].fence, world.clock.Now());
  EXPECT_EQ(world.AssociationCount(), 0);
  EXPECT_NE(EtagIn(world.Ann("GET", "/20210224/certificates/" + certificate)), etag);
  const auto changes = world.LastChanges();
  ASSERT_THAT(changes, SizeIs(1));
  EXPECT_EQ(changes[0].kind, wire::ChangeKind::kAssociationEnded);
  EXPECT_EQ(changes[0].association_id, association);
  EXPECT_THAT(world.LastAudit(), HasSubstr("DetachAssociations"));
}

TEST_F(Associated, WhatIsNotThereIsNoErrorAndIsFencedToo) {
  const auto held_back = *http_signature::MakeEvidence(
      world.Click(kAnn, "/20170115/loadBalancers/" + std::string(kBalancer2) + "/listeners",
                  AssociationWorld::ListenerBody({certificate}, {})));
  EXPECT_EQ(world.Detach({{certificate, kBalancer2}}).status, 200);
  EXPECT_THAT(world.Attach(held_back, {{certificate, kBalancer2}}), Answers(409, "Conflict"));
}

TEST_F(Associated, AFenceNeverGoesBack) {
  const auto click = *http_signature::MakeEvidence(
      world.Click(kAnn, std::string(kListeners1) + "/https", "", kLbHost, "DELETE"));
  const auto signed_at = world.clock.Now();
  world.clock.Advance(seconds(30));
  const auto first = World::Read<wire::DetachAnswer>(world.Detach({{certificate, kBalancer1}}));
  const auto second =
      World::Read<wire::DetachAnswer>(world.Detach({{certificate, kBalancer1}}, click));
  EXPECT_GT(first.items.at(0).fence, signed_at);
  EXPECT_EQ(second.items.at(0).fence, first.items.at(0).fence);
}

TEST_F(Associated, TheFenceIsTheDateOfTheUsersOwnRequest) {
  const auto click = *http_signature::MakeEvidence(
      world.Click(kAnn, std::string(kListeners1) + "/https", "", kLbHost, "DELETE"));
  const auto signed_at = world.clock.Now();
  world.clock.Advance(seconds(30));
  const auto answer =
      World::Read<wire::DetachAnswer>(world.Detach({{certificate, kBalancer1}}, click));
  EXPECT_EQ(answer.items.at(0).fence, signed_at);
}

TEST_F(Associated, ADetachGoesOnWithoutIdentity) {
  world.verifier.away = true;
  world.identity.view.age = seconds(60);
  const auto click = *http_signature::MakeEvidence(
      world.Click(kAnn, std::string(kListeners1) + "/https", "", kLbHost, "DELETE"));
  EXPECT_EQ(world.Detach({{certificate, kBalancer1}}, click).status, 200);
  EXPECT_EQ(world.AssociationCount(), 0);
}

TEST_F(Associated, EvidenceOfADetachMustBeAboutTheResourceAndVerify) {
  const auto other = *http_signature::MakeEvidence(
      world.Click(kAnn, "/20170115/loadBalancers/" + std::string(kBalancer2) + "/listeners/x", "",
                  kLbHost, "DELETE"));
  EXPECT_EQ(world.Detach({{certificate, kBalancer1}}, other).status, 404);
  auto altered = *http_signature::MakeEvidence(
      world.Click(kAnn, std::string(kListeners1) + "/https", "", kLbHost, "DELETE"));
  altered.target += "2";
  EXPECT_EQ(world.Detach({{certificate, kBalancer1}}, altered).status, 401);
  EXPECT_EQ(world.AssociationCount(), 1);
}

TEST_F(Associated, B20AnotherKindOfServiceCannotDetach) {
  const auto send = [&] {
    return world.Post(
        world.identity.Service(world.clock.Now(), "apigateway"),
        "/20260101/associations/actions/detach",
        EncodeJson(wire::DetachDetails{.pairs = {{certificate, kBalancer1}}}));
  };
  EXPECT_THAT(send(), Answers(404, "NotAuthorizedOrNotFound"));
  EXPECT_EQ(world.AssociationCount(), 1);
  const MutantOn mutant("certificates.detach_any_kind");
  EXPECT_EQ(send().status, 200);
}

TEST_F(Associated, ADetachThatNamesItsAssociationSparesTheNextOne) {
  const auto named = [&](const std::string& id) {
    return world.Detach({{certificate, kBalancer1}}, std::nullopt, std::nullopt, id);
  };
  EXPECT_EQ(named(association).status, 200);
  EXPECT_EQ(named(association).status, 200) << "it is gone: no error";
  world.clock.Advance(seconds(2));
  const auto next = world.Attached(certificate);
  ASSERT_FALSE(next.empty());
  world.clock.Advance(seconds(2));
  EXPECT_THAT(named(association), Answers(409, "/associationId"));
  EXPECT_EQ(world.AssociationCount(), 1);
  const auto two = world.Detach({{certificate, kBalancer1}, {certificate, kBalancer2}}, std::nullopt,
                                std::nullopt, next);
  EXPECT_THAT(two, Answers(400, "exactly one pair"));
  const MutantOn mutant("certificates.detach_any_association");
  EXPECT_EQ(named(association).status, 200);
  EXPECT_EQ(world.AssociationCount(), 0);
}

TEST_F(Associated, ForceDetachIsByRightAndByTypedName) {
  for (const auto* user : {kEve, kRob, kGus}) {
    EXPECT_THAT(ForceDetach(user, "shop"), Answers(404, "NotAuthorizedOrNotFound")) << user;
  }
  EXPECT_THAT(ForceDetach(kAnn, "shap"), Answers(400, "/confirmName"));
  EXPECT_EQ(world.AssociationCount(), 1);
  EXPECT_EQ(ForceDetach(kAnn, "shop").status, 204);
  EXPECT_EQ(world.AssociationCount(), 0);
}

TEST_F(Associated, ForceDetachClosesThePairForTenMinutes) {
  EXPECT_EQ(ForceDetach(kAnn, "shop").status, 204);
  world.clock.Advance(std::chrono::minutes(9));
  const auto click = [&] {
    return world.Attach(world.ListenerClick(kAnn, certificate), {{certificate, kBalancer1}});
  };
  EXPECT_THAT(click(), Answers(409, "closed until"));
  {
    const MutantOn mutant("certificates.closed_pair_open");
    EXPECT_EQ(click().status, 200);
    world.Sql("DELETE FROM association").value();
  }
  world.clock.Advance(seconds(60));
  EXPECT_EQ(click().status, 200);
}

// Found by the model: the service's clock dates the fence, the user's the click. The product saw it.
TEST_F(Associated, AClickThatIsAheadDiesWithADetachThatReachesIt) {
  const auto held_back = world.ListenerClick(kAnn, certificate, seconds(240));
  const auto signed_at = world.clock.Now() + seconds(240);
  const auto detach = [&] {
    return world.Detach({{certificate, kBalancer1}}, std::nullopt, signed_at);
  };
  const auto attach = [&] { return world.Attach(held_back, {{certificate, kBalancer1}}); };
  {
    const MutantOn mutant("certificates.signed_up_to_ignored");
    EXPECT_EQ(detach().status, 200);
    EXPECT_EQ(attach().status, 200) << "a thief's";
    world.Sql("DELETE FROM association").value();
  }
  world.clock.Advance(seconds(1));
  EXPECT_EQ(World::Read<wire::DetachAnswer>(detach()).items.at(0).fence, signed_at);
  EXPECT_THAT(attach(), Answers(409, "sign a new one"));
}

TEST_F(Associated, ADetachReachesNoFurtherThanASignedDateMayBeAhead) {
  const auto tomorrow = world.clock.Now() + std::chrono::hours(24);
  const auto answer = World::Read<wire::DetachAnswer>(
      world.Detach({{certificate, kBalancer1}}, std::nullopt, tomorrow));
  EXPECT_EQ(answer.items.at(0).fence, world.clock.Now() + seconds(300));
}

// The late detach of the next test, in the very second of the new click: only the click's date tells.
TEST_F(Associated, ADetachThatHasNotSeenTheClickSparesWhatItMade) {
  EXPECT_EQ(world.Detach({{certificate, kBalancer1}}).status, 200);
  const auto attach = [&](Duration ahead) {
    return world.Attach(world.ListenerClick(kAnn, certificate, ahead), {{certificate, kBalancer1}});
  };
  EXPECT_EQ(attach(seconds(60)).status, 200);
  const auto late = [&] { return world.Detach({{certificate, kBalancer1}}); };
  EXPECT_THAT(late(), Answers(409, "sign a new one"));
  {
    const MutantOn mutant("certificates.late_by_date_only");
    EXPECT_EQ(late().status, 200);
  }
  EXPECT_EQ(attach(seconds(61)).status, 200);
  const auto reaches = world.clock.Now() + seconds(61);
  EXPECT_EQ(world.Detach({{certificate, kBalancer1}}, std::nullopt, reaches).status, 200);
  EXPECT_EQ(world.AssociationCount(), 0);
}

TEST_F(Associated, AnAssociatedCertificateCannotBeDeletedUntilItIsDetached) {
  const auto schedule = [&] {
    return world.Ann("POST",
                     "/20210224/certificates/" + certificate + "/actions/scheduleDeletion", "{}");
  };
  EXPECT_THAT(schedule(), Answers(409, kBalancer1));
  world.Detach({{certificate, kBalancer1}});
  EXPECT_EQ(schedule().status, 204);
}

TEST_F(Associated, AListShowsWhatTheCallerMaySee) {
  const auto other = world.Certificate(root, "other");
  const auto second = world.Attached(other);
  const auto ids = [&](const std::string& user, const std::string& query) {
    const auto list = World::Read<wire::AssociationCollection>(
        world.Send(world.identity.User(user), "GET", "/20210224/associations?" + query));
    std::vector<std::string> found;
    for (const auto& item : list.items) found.push_back(item.id);
    return found;
  };
  EXPECT_THAT(ids(kAnn, ""), ElementsAre(second, association));
  EXPECT_THAT(ids(kRob, "sortOrder=ASC"), ElementsAre(association, second));
  EXPECT_THAT(ids(kEve, ""), ElementsAre());
  EXPECT_THAT(ids(kGus, ""), ElementsAre());
  EXPECT_THAT(ids(kAnn, "certificatesResourceId=" + other), ElementsAre(second));
  EXPECT_THAT(ids(kAnn, "associationId=" + association), ElementsAre(association));
  EXPECT_THAT(ids(kAnn, std::string("associatedResourceId=") + kBalancer2), ElementsAre());
  EXPECT_THAT(ids(kAnn, "associationType=CA_BUNDLE"), ElementsAre());
  EXPECT_THAT(ids(kAnn, std::string("compartmentId=") + kAcme), SizeIs(2));
  EXPECT_THAT(ids(kAnn, std::string("compartmentId=") + kShop), ElementsAre());
  EXPECT_EQ(world
                .Send(world.identity.User(kEve), "GET",
                      std::string("/20210224/associations?compartmentId=") + kAcme)
                .status,
            404);
  EXPECT_EQ(
      world.Send(world.identity.User(kRob), "GET", "/20210224/associations/" + association).status,
      404);
}

TEST_F(Associated, AListComesInPages) {
  for (int i = 0; i < 4; ++i) {
    world.Attached(world.Certificate(root, "more-" + std::to_string(i)));
  }
  for (const auto* sort : {"NAME", "TIMECREATED"}) {
    std::set<std::string> seen;
    std::string page;
    int pages = 0;
    do {
      const auto answer = world.Ann("GET", std::string("/20210224/associations?limit=2&sortBy=") +
                                               sort + "&page=" + page);
      for (const auto& item : World::Read<wire::AssociationCollection>(answer).items) {
        EXPECT_TRUE(seen.insert(item.id).second);
      }
      page = FindHeader(answer.headers, "opc-next-page").value_or("");
      ++pages;
    } while (!page.empty());
    EXPECT_EQ(seen.size(), 5u);
    EXPECT_EQ(pages, 3);
  }
}

TEST_F(Associated, WhyShowsTheClickAndItsSignatureVerifiesAnew) {
  const std::string target = std::string("/20260101/why?resourceId=") + kBalancer1 +
                             "&certificatesResourceId=" + certificate;
  const auto chain = World::Read<wire::WhyChain>(world.Ann("GET", target));
  EXPECT_EQ(chain.association.id, association);
  ASSERT_THAT(chain.evidence, SizeIs(1));
  const auto& click = chain.evidence[0];
  EXPECT_EQ(click.operation, "CreateListener");
  EXPECT_EQ(click.user_id, kAnn);
  EXPECT_EQ(HexEncode(Sha256(click.signing_string)), click.digest);
  EXPECT_TRUE(pki::PublicKey::ParsePem(click.public_key_pem)
                  ->Verify(pki::SignatureAlgorithm::kSha256WithEcdsa,
                           AsBytes(click.signing_string), *Base64Decode(click.signature)));
  ASSERT_THAT(chain.placements, SizeIs(1));
  EXPECT_EQ(chain.placements[0].node_id, kNode1);
  for (const auto* user : {kEve, kRob, kGus}) {
    EXPECT_EQ(world.Send(world.identity.User(user), "GET", target).status, 404) << user;
  }
}

// Signed by whom, sent later: a race is between requests that are ready.
HttpRequest Ready(AssociationWorld& world, const std::string& key_id, std::string method,
                  std::string target, std::string body) {
  HttpRequest request{.method = std::move(method),
                      .target = std::move(target),
                      .headers = {{"host", kHost}},
                      .body = std::move(body),
                      .peer_address = "127.0.0.1"};
  world.identity.Sign(request, key_id, world.clock.Now());
  return request;
}

// Both run `first` and `second` at the same moment, as near as two threads come.
std::pair<int, int> Race(AssociationWorld& world, const HttpRequest& first,
                         const HttpRequest& second) {
  std::pair<int, int> statuses;
  ThreadPool pool({.name = "race", .threads = 2});
  EXPECT_TRUE(pool.Post([&] {
    statuses.first = std::get<HttpResponse>(world.router().Handle(first)).status;
  }));
  EXPECT_TRUE(pool.Post([&] {
    statuses.second = std::get<HttpResponse>(world.router().Handle(second)).status;
  }));
  pool.Stop();
  return statuses;
}

// Found by the model: the service gave a detach up, asked again, and was answered. The user clicked
// anew; then the old request arrived.
TEST_F(Associated, ADetachThatComesLateSparesWhatWasAttachedSince) {
  const auto late =
      Ready(world, world.identity.Service(world.clock.Now()), "POST",
            "/20260101/associations/actions/detach",
            EncodeJson(wire::DetachDetails{.pairs = {{certificate, kBalancer1}}}));
  EXPECT_EQ(world.Detach({{certificate, kBalancer1}}).status, 200);
  world.clock.Advance(seconds(2));
  EXPECT_FALSE(world.Attached(certificate).empty());
  const auto send = [&] { return std::get<HttpResponse>(world.router().Handle(late)); };

  EXPECT_THAT(send(), Answers(409, "after this detach was signed"));
  EXPECT_EQ(world.AssociationCount(), 1);
  const MutantOn mutant("certificates.late_detach_ends");
  EXPECT_EQ(send().status, 200);
  EXPECT_EQ(world.AssociationCount(), 0);
}

TEST(AssociationRace, NeverBothAttachedAndScheduledForDeletion) {
  AssociationWorld world;
  const auto root = world.Root();
  int attached = 0;
  for (int i = 0; i < 200; ++i) {
    const auto certificate = world.Certificate(root, "c" + std::to_string(i));
    const auto attach = Ready(
        world, world.identity.Service(world.clock.Now()), "POST",
        "/20260101/associations/actions/attach",
        EncodeJson(wire::AttachDetails{world.ListenerClick(kAnn, certificate),
                                       {{certificate, kBalancer1}}}));
    const auto schedule =
        Ready(world, world.identity.User(kAnn), "POST",
              "/20210224/certificates/" + certificate + "/actions/scheduleDeletion", "{}");
    const auto [attach_status, schedule_status] =
        i % 2 == 0 ? Race(world, attach, schedule)
                   : [&] {
                       const auto turned = Race(world, schedule, attach);
                       return std::pair{turned.second, turned.first};
                     }();
    EXPECT_NE(attach_status == 200, schedule_status == 204)
        << attach_status << " " << schedule_status;
    attached += attach_status == 200;
  }
  EXPECT_EQ(world.AssociationCount(), attached);
}

TEST(AssociationRace, TwoClicksOnOnePairAreOneRowAndTwoEvidences) {
  AssociationWorld world;
  const auto certificate = world.Certificate(world.Root());
  const auto attach = [&] {
    world.clock.Advance(seconds(1));
    return Ready(world, world.identity.Service(world.clock.Now()), "POST",
                 "/20260101/associations/actions/attach",
                 EncodeJson(wire::AttachDetails{world.ListenerClick(kAnn, certificate),
                                                {{certificate, kBalancer1}}}));
  };
  const auto first = attach();
  const auto second = attach();
  EXPECT_EQ(Race(world, first, second), (std::pair{200, 200}));
  EXPECT_EQ(world.AssociationCount(), 1);
  EXPECT_EQ(world.Number("SELECT COUNT(*) FROM evidence_pair"), 2);
}

TEST(AssociationRace, AClickHeldBackNeverOutlivesTheDetachThatItRaces) {
  AssociationWorld world;
  const auto certificate = world.Certificate(world.Root());
  for (int i = 0; i < 50; ++i) {
    const auto held_back = Ready(
        world, world.identity.Service(world.clock.Now()), "POST",
        "/20260101/associations/actions/attach",
        EncodeJson(wire::AttachDetails{world.ListenerClick(kAnn, certificate),
                                       {{certificate, kBalancer1}}}));
    world.clock.Advance(seconds(1));
    const auto detach =
        Ready(world, world.identity.Service(world.clock.Now()), "POST",
              "/20260101/associations/actions/detach",
              EncodeJson(wire::DetachDetails{.pairs = {{certificate, kBalancer1}}}));
    const auto [attached, detached] = Race(world, held_back, detach);
    EXPECT_EQ(detached, 200);
    EXPECT_TRUE(attached == 200 || attached == 409) << attached;
    EXPECT_EQ(world.AssociationCount(), 0);
    world.clock.Advance(seconds(1));
  }
}

}  // namespace
}  // namespace perennial::certificates
