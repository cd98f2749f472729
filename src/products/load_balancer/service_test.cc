// SPDX-License-Identifier: Apache-2.0
#include "products/load_balancer/service.h"

#include "products/load_balancer/testing.h"

namespace perennial::load_balancer {
namespace {

using testing::HeaderOf;
using testing::kAcme;
using testing::kBank;
using testing::kNode;
using testing::kRival;
using testing::kRivalPool;
using testing::kShop;
using testing::World;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST(LoadBalancerService, ANewLoadBalancerHasTheIdOfItsEvidenceAndBecomesActive) {
  World world;
  const auto answer = world.Ask("ann", "POST", "/20170115/loadBalancers", world.CreateBody("ann"));
  ASSERT_EQ(answer.status, 204) << answer.body;
  EXPECT_THAT(answer.body, IsEmpty());
  const auto work = HeaderOf(answer, "opc-work-request-id");
  EXPECT_TRUE(work.starts_with("ocid1.loadbalancerworkrequest."));
  const auto id = world.identity.next.id;
  EXPECT_THAT(world.Ask("ann", "GET", World::Path(id)).body, HasSubstr(R"("CREATING")"));

  world.Upkeep();

  const auto got = world.Ask("ann", "GET", World::Path(id));
  EXPECT_THAT(got.body, HasSubstr(R"("lifecycleState":"ACTIVE")"));
  EXPECT_THAT(got.body, HasSubstr(R"("ipAddress":"192.0.2.10")"));
  EXPECT_THAT(got.body, HasSubstr(R"("listeners":{})"));
  EXPECT_THAT(HeaderOf(got, "etag"), Not(IsEmpty()));
  const auto request = world.Ask("ann", "GET", "/20170115/loadBalancerWorkRequests/" + work);
  EXPECT_THAT(request.body, HasSubstr(R"("lifecycleState":"SUCCEEDED")"));
  EXPECT_THAT(request.body, HasSubstr("timeFinished"));
  EXPECT_THAT(request.body, HasSubstr(R"("errorDetails":[])"));
}

TEST(LoadBalancerService, NestedListenersAndBackendSetsAreMadeAndAttachedInOneCall) {
  World world;
  const auto id = world.Create(
      "ann", R"(,"backendSets":{"app":)" + World::WithoutName(World::SetBody("app")) +
                 R"(},"listeners":{"web":)" +
                 World::WithoutName(World::ListenerBody("web", 443, kShop)) + "}");
  EXPECT_TRUE(world.certificates.associations.contains({kShop, id}));
  EXPECT_THAT(world.Configuration(kNode, 0).value().value(), HasSubstr(kShop));
}

TEST(LoadBalancerService, ARefusedPoolLeavesNothing) {
  World world;
  for (const auto& pool : {kRivalPool, std::string("ocid1.subnet.perennial.home-1.nowhere")}) {
    auto body = world.CreateBody("ann");
    body.replace(body.find(testing::kPool), testing::kPool.size(), pool);
    const auto answer = world.Ask("ann", "POST", "/20170115/loadBalancers", body);
    EXPECT_EQ(answer.status, 400);
    EXPECT_THAT(answer.body, HasSubstr("RelatedResourceNotAuthorizedOrNotFound"));
  }
  EXPECT_THAT(world.identity.registered, IsEmpty());
  EXPECT_EQ(world.Count("load_balancer"), 0);
}

TEST(LoadBalancerService, CreateWithARefusedCertificateEndsTheNewResourceAgain) {
  World world;
  world.certificates.refuse = Error{ErrorCode::kRelatedNotFound, "/listeners/web: no such certificate"};
  const auto answer = world.Ask(
      "ann", "POST", "/20170115/loadBalancers",
      world.CreateBody("ann", R"(,"backendSets":{"app":)" + World::WithoutName(World::SetBody("app")) +
                                  R"(},"listeners":{"web":)" +
                                  World::WithoutName(World::ListenerBody("web", 443, kShop)) + "}"));
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body,
              HasSubstr(R"("message":"/listeners/web/sslConfiguration/certificateIds/0: )" + kShop));
  world.Upkeep();
  EXPECT_THAT(world.identity.registered, IsEmpty());
  for (const char* table : {"load_balancer", "work_request", "attachment", "resource_intent"}) {
    EXPECT_EQ(world.Count(table), 0) << table;
  }
}

TEST(LoadBalancerService, WhoMayNotReadALoadBalancerSeesTheSameAsIfItDidNotExist) {
  World world;
  const auto id = world.WithListener();
  const std::string absent = "ocid1.loadbalancer.perennial.home-1.absent";
  for (const char* rest : {"", "/backendSets", "/backendSets/app", "/workRequests"}) {
    const auto denied = world.Ask("eve", "GET", World::Path(id, rest));
    const auto missing = world.Ask("eve", "GET", World::Path(absent, rest));
    EXPECT_EQ(denied.status, 404);
    EXPECT_EQ(denied.body, missing.body) << rest;
  }
  EXPECT_EQ(world.Ask("eve", "DELETE", World::Path(id)).status, 404);
  EXPECT_EQ(world.Ask("eve", "DELETE", World::Path(id, "/listeners/web")).status, 404);
  EXPECT_EQ(world.Ask("eve", "GET", "/20170115/loadBalancers?compartmentId=" + kAcme).status, 404);
  EXPECT_EQ(world.Ask("eve", "GET", "/20170115/loadBalancers?compartmentId=" + kRival).body, "[]");
}

TEST(LoadBalancerService, InspectListsWholeObjectsButReadsNoneAndChangesNone) {
  World world;
  const auto id = world.WithListener();
  const auto list = world.Ask("bob", "GET", "/20170115/loadBalancers?compartmentId=" + kAcme);
  EXPECT_EQ(list.status, 200);
  EXPECT_THAT(list.body, HasSubstr(R"("web")"));
  EXPECT_EQ(world.Ask("bob", "GET", World::Path(id)).status, 404);
  EXPECT_EQ(world.Ask("bob", "POST", World::Path(id, "/listeners"),
                      World::ListenerBody("two", 444, "")).status, 404);
}

TEST(LoadBalancerService, OneClickAttachesWithTheUsersOwnRequestBeforeItAnswers) {
  World world;
  const auto id = world.Create();
  world.Ask("ann", "POST", World::Path(id, "/backendSets"), World::SetBody("app"));
  const auto request = world.Signed("ann", "POST", World::Path(id, "/listeners"),
                                    World::ListenerBody("web", 443, kShop));

  ASSERT_EQ(world.Send(request).status, 204);

  EXPECT_TRUE(world.certificates.associations.contains({kShop, id}));
  EXPECT_EQ(world.certificates.last_evidence, http_signature::MakeEvidence(request).value());
  const auto got = world.Ask("ann", "GET", World::Path(id)).body;
  EXPECT_THAT(got, HasSubstr(kShop));
  EXPECT_THAT(got, HasSubstr(R"("verifyPeerCertificate":false)"));
}

TEST(LoadBalancerService, ACertificateThatTheUserMayNotUseLeavesNoListener) {
  World world;
  const auto id = world.Create();
  world.Ask("ann", "POST", World::Path(id, "/backendSets"), World::SetBody("app"));
  world.Upkeep();
  const auto requests = world.Count("work_request");
  world.certificates.refuse = Error{ErrorCode::kRelatedNotFound, "no such certificate"};

  const auto answer = world.Ask("ann", "POST", World::Path(id, "/listeners"),
                                World::ListenerBody("web", 443, kShop));

  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("RelatedResourceNotAuthorizedOrNotFound"));
  EXPECT_THAT(answer.body, HasSubstr(R"("message":"/sslConfiguration/certificateIds/0: )" + kShop));
  EXPECT_EQ(world.Count("listener"), 0);
  EXPECT_EQ(world.Count("attachment"), 0);
  EXPECT_EQ(world.Count("work_request"), requests);
}

TEST(LoadBalancerService, AnAttachThatIsNotCommittedIsUndone) {
  World world;
  const auto id = world.Create();
  world.Ask("ann", "POST", World::Path(id, "/backendSets"), World::SetBody("app"));
  world.Upkeep();
  // While certificates answers, somebody else takes the backend set away.
  world.certificates.before_attach = [&] {
    EXPECT_EQ(world.Ask("ann", "DELETE", World::Path(id, "/backendSets/app")).status, 204);
  };
  const auto answer = world.Ask("ann", "POST", World::Path(id, "/listeners"),
                                World::ListenerBody("web", 443, kShop));
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("has no backend set"));

  world.Upkeep();

  EXPECT_THAT(world.certificates.associations, IsEmpty());
  EXPECT_EQ(world.Count("listener"), 0);
}

TEST(LoadBalancerService, AnUnchangedListenerNeedsNoNewProofAndAnotherCertificateDoes) {
  World world;
  const auto id = world.WithListener(kShop);
  const auto before = world.certificates.attach_calls;
  const auto update = [&](const std::string& certificate) {
    return world.Ask("ann", "PUT", World::Path(id, "/listeners/web"),
                     World::WithoutName(World::ListenerBody("web", 8443, certificate))).status;
  };
  EXPECT_EQ(update(kShop), 204);
  EXPECT_EQ(world.certificates.attach_calls, before);
  EXPECT_EQ(update(kBank), 204);
  EXPECT_EQ(world.certificates.attach_calls, before + 1);
  EXPECT_TRUE(world.certificates.associations.contains({kBank, id}));
}

TEST(LoadBalancerService, SavingAListenerAsItIsGivesBackWhatWasDetachedByForce) {
  World world;
  const auto id = world.WithListener();
  const products::Pair pair{kShop, id};
  world.certificates.associations.erase(pair);  // By a user; nobody told us.
  const auto save = [&](int port) {
    return world.Ask("ann", "PUT", World::Path(id, "/listeners/web"),
                     World::WithoutName(World::ListenerBody("web", port, kShop)));
  };
  // A change of something else neither needs nor tries it.
  ASSERT_EQ(save(8443).status, 204);
  world.Upkeep();
  EXPECT_EQ(world.certificates.attach_calls, 1);

  // The pair is closed for ten minutes after a force: then the refusal is the answer.
  world.certificates.refuse = Error{ErrorCode::kConflict, "closed"};
  EXPECT_EQ(save(8443).status, 409);
  world.certificates.refuse.reset();
  ASSERT_EQ(save(8443).status, 204);
  world.Upkeep();

  EXPECT_TRUE(world.certificates.associations.contains(pair));
  EXPECT_THAT(world.certificates.last_evidence.target, HasSubstr("/listeners/web"));
  EXPECT_EQ(world.base.Number("SELECT COUNT(*) FROM attachment WHERE association_id = '" +
                              world.certificates.associations.at(pair) + "'"),
            1);
}

TEST(LoadBalancerService, ASecondListenerOfTheSameCertificateNeedsAProofOfItsOwn) {
  World world;
  const auto id = world.WithListener(kShop);
  const auto before = world.certificates.attach_calls;
  EXPECT_EQ(world.Ask("ann", "POST", World::Path(id, "/listeners"),
                      World::ListenerBody("two", 444, kShop)).status, 204);
  EXPECT_EQ(world.certificates.attach_calls, before + 1);
  EXPECT_THAT(world.certificates.associations, SizeIs(1));
}

TEST(LoadBalancerService, APortClashNamesTheOtherListenerToWhoMayReadItOnly) {
  World world;
  world.WithListener();
  const auto other = world.Create();
  world.Ask("ann", "POST", World::Path(other, "/backendSets"), World::SetBody("app"));
  const auto own = world.Ask("ann", "POST", World::Path(other, "/listeners"),
                             World::ListenerBody("mine", 443, ""));
  EXPECT_EQ(own.status, 409);
  EXPECT_THAT(own.body, HasSubstr("listener 'web'"));

  // The rival's pool has the same address on the same node.
  const auto rival = world.Create("eve");
  world.Ask("eve", "POST", World::Path(rival, "/backendSets"), World::SetBody("app"));
  const auto hidden = world.Ask("eve", "POST", World::Path(rival, "/listeners"),
                                World::ListenerBody("mine", 443, ""));
  EXPECT_EQ(hidden.status, 409);
  EXPECT_THAT(hidden.body, Not(HasSubstr("web")));
  EXPECT_THAT(hidden.body, Not(HasSubstr("ocid1.loadbalancer")));
}

TEST(LoadBalancerService, TheDatabaseItselfRefusesTwoListenersOnOnePort) {
  World world;
  const auto id = world.WithListener();
  const auto other = world.Create();
  world.Ask("ann", "POST", World::Path(other, "/backendSets"), World::SetBody("app"));
  const auto stored = world.base.database->Write([&](storage::Session& session) -> Result<void> {
    TRY(session.Execute("INSERT INTO listener (load_balancer_id, name, node_pool_id, port, "
                        "backend_set_name, definition) VALUES ($1, 'x', $2, 443, 'app', '{}')",
                        {other, testing::kPool}));
    return {};
  });
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().code, ErrorCode::kConflict);
}

TEST(LoadBalancerService, AStaleEtagIs412AndTheRightOneServesForEveryPart) {
  World world;
  const auto id = world.Create();
  const auto etag = HeaderOf(world.Ask("ann", "GET", World::Path(id, "/backendSets")), "etag");
  EXPECT_EQ(world.Ask("ann", "POST", World::Path(id, "/backendSets"), World::SetBody("app"),
                      {{"if-match", etag}}).status, 204);
  const auto stale = world.Ask("ann", "POST", World::Path(id, "/backendSets"), World::SetBody("two"),
                               {{"if-match", etag}});
  EXPECT_EQ(stale.status, 412);
  EXPECT_THAT(stale.body, HasSubstr("NoEtagMatch"));
}

TEST(LoadBalancerService, TheSameRetryTokenHasOneEffectAndOneAnswer) {
  World world;
  const auto first = world.Ask("ann", "POST", "/20170115/loadBalancers", world.CreateBody("ann"),
                               {{"opc-retry-token", "t1"}});
  const auto second = world.Ask("ann", "POST", "/20170115/loadBalancers", world.CreateBody("ann"),
                                {{"opc-retry-token", "t1"}});
  EXPECT_EQ(HeaderOf(first, "opc-work-request-id"), HeaderOf(second, "opc-work-request-id"));
  EXPECT_EQ(world.Count("load_balancer"), 1);
}

TEST(LoadBalancerService, BackendsAreNamedByAddressAndPortInThePathToo) {
  World world;
  const auto id = world.Create();
  world.Ask("ann", "POST", World::Path(id, "/backendSets"), World::SetBody("app"));
  const auto backends = World::Path(id, "/backendSets/app/backends");
  EXPECT_EQ(world.Ask("ann", "POST", backends, R"({"ipAddress":"10.0.0.4","port":8080})").status, 204);
  EXPECT_EQ(world.Ask("ann", "POST", backends, R"({"ipAddress":"10.0.0.4","port":8080})").status, 409);
  EXPECT_THAT(world.Ask("ann", "GET", backends + "/10.0.0.4%3A8080").body,
              HasSubstr(R"("name":"10.0.0.4:8080")"));
  EXPECT_EQ(world.Ask("ann", "DELETE", backends + "/10.0.0.4%3A8080").status, 204);
  EXPECT_EQ(world.Ask("ann", "DELETE", backends + "/10.0.0.4%3A8080").status, 404);
  EXPECT_EQ(world.Ask("ann", "GET", backends).body.find("10.0.0.4"), std::string::npos);
}

TEST(LoadBalancerService, ABackendSetInUseCannotBeRemoved) {
  World world;
  const auto id = world.WithListener();
  const auto answer = world.Ask("ann", "DELETE", World::Path(id, "/backendSets/app"));
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("Can't remove backend set"));
  EXPECT_EQ(world.Ask("ann", "DELETE", World::Path(id, "/listeners/web")).status, 204);
  EXPECT_EQ(world.Ask("ann", "DELETE", World::Path(id, "/backendSets/app")).status, 204);
}

TEST(LoadBalancerService, ListsInPagesThatEnd) {
  World world;
  for (int i = 0; i < 3; ++i) world.Create();
  std::string page, target = "/20170115/loadBalancers?limit=2&compartmentId=" + kAcme;
  size_t items = 0, pages = 0;
  do {
    const auto answer = world.Ask("ann", "GET", target + (page.empty() ? "" : "&page=" + page));
    ASSERT_EQ(answer.status, 200) << answer.body;
    for (size_t at = 0; (at = answer.body.find("\"shapeName\"", at)) != std::string::npos; ++at) ++items;
    page = HeaderOf(answer, "opc-next-page");
    ++pages;
  } while (!page.empty() && pages < 5);
  EXPECT_EQ(items, 3u);
  EXPECT_EQ(pages, 2u);
  EXPECT_EQ(world.Ask("ann", "GET", target + "&page=nonsense").status, 400);
}

TEST(LoadBalancerService, OnlyAnActiveLoadBalancerIsChanged) {
  World world;
  world.Ask("ann", "POST", "/20170115/loadBalancers", world.CreateBody("ann"));
  const auto answer = world.Ask("ann", "POST", World::Path(world.identity.next.id, "/backendSets"),
                                World::SetBody("app"));
  EXPECT_EQ(answer.status, 409);
  EXPECT_THAT(answer.body, HasSubstr("IncorrectState"));
}

TEST(LoadBalancerService, DeletionProtectionProtects) {
  World world;
  const auto id = world.Create("ann", R"(,"isDeleteProtectionEnabled":true)");
  EXPECT_EQ(world.Ask("ann", "DELETE", World::Path(id)).status, 409);
}

TEST(LoadBalancerService, APoolIsOnlyForWhoMayReadIt) {
  World world;
  world.AddUser(kAcme, "carl", "manage load-balancers");
  const auto answer = world.Ask("carl", "POST", "/20170115/loadBalancers", world.CreateBody("carl"));
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("RelatedResourceNotAuthorizedOrNotFound"));
  EXPECT_THAT(world.identity.registered, IsEmpty());
}

TEST(LoadBalancerService, UsingLoadBalancersDoesNotMakeThem) {
  World world;
  world.AddUser(kAcme, "dora", "use load-balancers");
  const auto answer = world.Ask("dora", "POST", "/20170115/loadBalancers", world.CreateBody("dora"));
  EXPECT_EQ(answer.status, 404);
  EXPECT_THAT(world.identity.registered, IsEmpty());
}

TEST(LoadBalancerService, AWorkRequestIsReadByWhoMayReadItsLoadBalancer) {
  World world;
  const auto answer = world.Ask("ann", "POST", "/20170115/loadBalancers", world.CreateBody("ann"));
  const auto target =
      "/20170115/loadBalancerWorkRequests/" + HeaderOf(answer, "opc-work-request-id");
  EXPECT_EQ(world.Ask("ann", "GET", target).status, 200);
  EXPECT_EQ(world.Ask("eve", "GET", target).status, 404);
  EXPECT_EQ(world.Ask("eve", "GET", target).body, world.Ask("eve", "GET", target + "x").body);
}

TEST(LoadBalancerService, WhoMayNotChangeTheLoadBalancerAttachesNothing) {
  World world;
  const auto id = world.WithListener();
  const auto attaches = world.certificates.attach_calls;
  const auto records = world.Count("audit");
  EXPECT_EQ(world.Ask("eve", "POST", World::Path(id, "/listeners"),
                      World::ListenerBody("two", 444, kBank)).status, 404);
  EXPECT_EQ(world.certificates.attach_calls, attaches);
  EXPECT_EQ(world.Count("audit"), records + 1);
}

TEST(LoadBalancerService, TheSameSignedClickTwiceIsOneListener) {
  World world;
  const auto id = world.Create();
  world.Ask("ann", "POST", World::Path(id, "/backendSets"), World::SetBody("app"));
  const auto request = world.Signed("ann", "POST", World::Path(id, "/listeners"),
                                    World::ListenerBody("web", 443, kShop));
  const auto first = world.Send(request);
  const auto second = world.Send(request);
  EXPECT_EQ(first.status, 204);
  EXPECT_EQ(HeaderOf(first, "opc-work-request-id"), HeaderOf(second, "opc-work-request-id"));
  EXPECT_EQ(world.certificates.attach_calls, 1);
}

// `status` and the date that the next detach reaches, after a click by a clock that is 200 s ahead.
std::pair<int, std::optional<Duration>> AfterAClickThatIsAhead(const std::string& user, int port) {
  World world;
  const auto id = world.WithListener();
  world.base.clock.Advance(std::chrono::seconds(200));
  const auto click = world.Signed(user, "POST", World::Path(id, "/listeners"),
                                  World::ListenerBody("again", port, kShop));
  const auto signed_at = world.base.clock.Now();
  world.base.clock.Set(signed_at - std::chrono::seconds(200));
  const int status = world.Send(click).status;
  EXPECT_EQ(world.Ask("ann", "DELETE", World::Path(id, "/listeners/web")).status, 204);
  world.Upkeep();
  EXPECT_EQ(world.certificates.detach_calls, 1);
  const auto reaches = world.certificates.last_signed_up_to;
  return {status, reaches ? std::optional(*reaches - ToSeconds(signed_at)) : std::nullopt};
}

// Its signer was refused, but whoever reads what passes here has it.
TEST(LoadBalancerService, AClickThatIsAheadIsReachedByTheNextDetachEvenIfItWasRefused) {
  EXPECT_EQ(AfterAClickThatIsAhead("ann", 443), std::pair(409, std::optional(Duration::zero())))
      << "the port is taken";
  EXPECT_EQ(AfterAClickThatIsAhead("ann", -1), std::pair(400, std::optional(Duration::zero())))
      << "the port is none, and evidence needs none";
}

TEST(LoadBalancerService, WhoMayNotChangeALoadBalancerDoesNotDelayOthers) {
  EXPECT_EQ(AfterAClickThatIsAhead("bob", 443), std::pair(404, std::optional<Duration>()));
}

TEST(LoadBalancerService, AStaleEtagDeletesNothing) {
  World world;
  const auto id = world.Create();
  EXPECT_EQ(world.Ask("ann", "DELETE", World::Path(id), "", {{"if-match", "stale"}}).status, 412);
  EXPECT_EQ(world.Ask("ann", "GET", World::Path(id)).status, 200);
}

TEST(LoadBalancerService, BadBodiesAreRefusedByTheirPointer) {
  World world;
  const auto id = world.Create();
  const auto refusal = [&](const std::string& body) {
    const auto answer = world.Ask("ann", "POST", World::Path(id, "/listeners"), body);
    EXPECT_EQ(answer.status, 400);
    return answer.body;
  };
  EXPECT_THAT(refusal(R"({"name":"web","port":443,"protocol":"HTTP"})"),
              HasSubstr("/defaultBackendSetName"));
  EXPECT_THAT(refusal(R"({"name":"web","port":443,"protocol":"HTTP","defaultBackendSetName":"a","x":1})"),
              HasSubstr("/x"));
  EXPECT_THAT(refusal(R"({"name":"a b","port":443,"protocol":"HTTP","defaultBackendSetName":"a"})"),
              HasSubstr("/name"));
  EXPECT_THAT(refusal(R"({"name":"web","port":"443","protocol":"HTTP","defaultBackendSetName":"a"})"),
              HasSubstr("/port"));
  EXPECT_EQ(world.Count("listener"), 0);
}

}  // namespace
}  // namespace perennial::load_balancer
