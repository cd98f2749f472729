// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/ocid.h"
#include "identity/testing/world.h"

namespace perennial::identity::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

HttpResponse Verify(World& world, const Actor& by, const std::string& presenter,
                    const http_signature::Evidence& evidence,
                    const std::vector<api::identity::Want>& wants = {}) {
  return world.Send(by, "POST", "/20260101/evidence/actions/verify",
                    EncodeJson(api::identity::VerifyEvidenceDetails{
                        .presenter = presenter, .evidence = evidence, .wants = wants}));
}

std::string ListenerTarget(const std::string& resource) {
  return "/20170115/loadBalancers/" + resource + "/listeners";
}
constexpr const char* kListener = R"({"name":"https","port":443})";

struct Scene {
  Scene()
      : pool(world.Pool(world.red, "pool")),
        mary(world.User(world.red, "mary", 2,
                        {"Allow group mary to manage load-balancers in tenancy",
                         "Allow group mary to read node-pools in tenancy",
                         "Allow group mary to read leaf-certificates in tenancy"})),
        resource(world.Resource(mary, pool)) {}
  http_signature::Evidence ListenerClick() {
    return world.Click(mary, "POST", ListenerTarget(resource.id), kListener);
  }
  World world;
  std::string pool;
  Actor mary;
  api::identity::Resource resource;
};

// --- Verification

TEST(Evidence, SaysWhoSignedAndWhatTheyMay) {
  Scene scene;
  const auto evidence = scene.ListenerClick();
  const auto& red = scene.mary.tenancy_id;

  const auto response =
      Verify(scene.world, scene.world.certificates, scene.world.load_balancer.id, evidence,
             {{.permission = "LOAD_BALANCER_UPDATE", .resource_id = scene.resource.id},
              {.permission = "CERTIFICATE_READ", .compartment_id = red},
              {.permission = "CERTIFICATE_UPDATE", .compartment_id = red},
              {.permission = "CERTIFICATE_READ", .compartment_id = scene.world.blue.tenancy_id},
              {.permission = "LOAD_BALANCER_UPDATE",
               .resource_id = "ocid1.loadbalancer.perennial.home-1.none"}});

  ASSERT_EQ(response.status, 200) << response.body;
  const auto answer = Decoded<api::identity::VerifiedEvidence>(response.body);
  EXPECT_EQ(answer.user_id, scene.mary.id);
  EXPECT_EQ(answer.tenancy_id, red);
  EXPECT_THAT(answer.allowed, ElementsAre(true, true, false, false, false));
  EXPECT_EQ(answer.position, scene.world.Snapshot()->position());
  EXPECT_EQ(answer.digest, HexEncode(Sha256(answer.signing_string)));
  // Whoever keeps the answer can verify the click again, without us.
  const auto key = pki::PublicKey::ParsePem(answer.public_key_pem);
  ASSERT_TRUE(key);
  EXPECT_TRUE(key->Verify(pki::SignatureAlgorithm::kSha256WithRsa, AsBytes(answer.signing_string),
                          *Base64Decode(answer.signature)));
}

// security.md B11
TEST(Evidence, IsJudgedByWhatTheUserMayNow) {
  Scene scene;
  const auto evidence = scene.ListenerClick();
  const auto policies = Decoded<std::vector<api::identity::Policy>>(
      scene.world
          .Send(scene.world.red, "GET",
                "/20160918/policies?name=mary&compartmentId=" + scene.mary.tenancy_id)
          .body);
  ASSERT_EQ(policies.size(), 1u);
  ASSERT_EQ(
      scene.world.Send(scene.world.red, "DELETE", "/20160918/policies/" + policies[0].id).status,
      204);

  const auto answer = Decoded<api::identity::VerifiedEvidence>(
      Verify(scene.world, scene.world.certificates, scene.world.load_balancer.id, evidence,
             {{.permission = "LOAD_BALANCER_UPDATE", .resource_id = scene.resource.id}})
          .body);

  EXPECT_THAT(answer.allowed, ElementsAre(false));
}

// security.md B15
TEST(Evidence, ThatWasAlteredIsRefusedWithTheReasonAndARecord) {
  Scene scene;
  const auto good = scene.ListenerClick();
  auto body = good;
  body.body = R"({"name":"https","port":444})";
  auto target = good;
  target.target = "/20170115/loadBalancers/" + scene.resource.id + "/backendSets";
  auto method = good;
  method.method = "PUT";
  std::vector<http_signature::Evidence> altered = {body, target, method};
  for (size_t i = 0; i < good.headers.size(); ++i) {
    auto header = good;
    if (header.headers[i].first == "authorization" || header.headers[i].first == "Authorization")
      continue;
    header.headers[i].second += "1";
    altered.push_back(header);
  }
  for (const auto& evidence : altered) {
    const auto response =
        Verify(scene.world, scene.world.certificates, scene.world.load_balancer.id, evidence);
    EXPECT_EQ(response.status, 401);
    EXPECT_THAT(response.body, HasSubstr("evidence: "));
  }
  EXPECT_EQ(scene.world.AuditCount("REFUSED", "VerifyEvidence"), std::ssize(altered));
  EXPECT_EQ(
      Verify(scene.world, scene.world.certificates, scene.world.load_balancer.id, good).status,
      200);
}

// security.md B05
TEST(Evidence, SignedForAnotherHostIsRefused) {
  Scene scene;
  const auto evidence = scene.world.Click(scene.mary, "POST", ListenerTarget(scene.resource.id),
                                          kListener, "lb.elsewhere:8643");
  EXPECT_EQ(
      Verify(scene.world, scene.world.certificates, scene.world.load_balancer.id, evidence).status,
      401);
}

// security.md B06
TEST(Evidence, IsGoodForFiveMinutesAndNotLonger) {
  Scene scene;
  const auto evidence = scene.ListenerClick();
  const auto signed_at = scene.world.clock.Now();
  scene.world.clock.Set(signed_at + seconds(298));
  EXPECT_EQ(
      Verify(scene.world, scene.world.certificates, scene.world.load_balancer.id, evidence).status,
      200);
  scene.world.clock.Set(signed_at + seconds(300));
  EXPECT_EQ(
      Verify(scene.world, scene.world.certificates, scene.world.load_balancer.id, evidence).status,
      401);
  scene.world.clock.Set(signed_at - seconds(302));
  EXPECT_EQ(
      Verify(scene.world, scene.world.certificates, scene.world.load_balancer.id, evidence).status,
      401);
}

// security.md B04, B13
TEST(Evidence, CountsForTheServiceItWasAddressedToOnly) {
  Scene scene;
  auto& world = scene.world;
  const auto evidence = scene.ListenerClick();
  EXPECT_EQ(Verify(world, world.certificates, world.certificates.id, evidence).status, 401);
  EXPECT_EQ(Verify(world, world.certificates, world.replica.id, evidence).status, 401);
  EXPECT_EQ(Verify(world, world.certificates, scene.mary.id, evidence).status, 401);
  // A product speaks for itself and for nobody else.
  EXPECT_EQ(Verify(world, world.load_balancer, world.load_balancer.id, evidence).status, 200);
  EXPECT_EQ(Verify(world, world.load_balancer, world.certificates.id, evidence).status, 404);
  // Nobody else may ask at all.
  EXPECT_EQ(Verify(world, scene.mary, world.load_balancer.id, evidence).status, 404);
  EXPECT_EQ(Verify(world, world.replica, world.load_balancer.id, evidence).status, 404);
}

// security.md B04: both products answer on one host; the base path tells them apart.
TEST(Evidence, OfOneProductIsNotPresentedByAnother) {
  Scene scene;
  const ProcessRow gateway{.id = "ocid1.service.perennial.home-1.gateway",
                           .kind = "apigateway",
                           .public_key_pem = PemOf(NewKey())};
  ASSERT_TRUE(scene.world.database->Write(
      [&](Session& session) { return scene.world.store.Insert(session, gateway); }));
  const auto evidence = scene.ListenerClick();
  const auto refused = Verify(scene.world, scene.world.certificates, gateway.id, evidence);
  EXPECT_EQ(refused.status, 401);
  EXPECT_THAT(refused.body, HasSubstr("another kind of service"));
}

// security.md B13
TEST(Evidence, IsNeitherAGetNorARequestThatTheTableDoesNotKnow) {
  Scene scene;
  const auto refused = [&](const std::string& method, const std::string& target) {
    return Verify(scene.world, scene.world.certificates, scene.world.load_balancer.id,
                  scene.world.Click(scene.mary, method, target, method == "GET" ? "" : "{}"))
        .status;
  };
  EXPECT_EQ(refused("GET", "/20170115/loadBalancers/" + scene.resource.id), 401);
  EXPECT_EQ(refused("POST", "/20160918/users"), 401);
  EXPECT_EQ(refused("POST", ListenerTarget(scene.resource.id) + "?x=1"), 401);
}

TEST(Evidence, IsSignedByAUserAndByNobodyElse) {
  Scene scene;
  const auto by_service = scene.world.Click(scene.world.load_balancer, "POST",
                                            ListenerTarget(scene.resource.id), kListener);
  auto stranger = scene.mary;
  stranger.key = RsaKey(5);
  const auto by_stranger =
      scene.world.Click(stranger, "POST", ListenerTarget(scene.resource.id), kListener);
  for (const auto& evidence : {by_service, by_stranger}) {
    EXPECT_EQ(Verify(scene.world, scene.world.certificates, scene.world.load_balancer.id, evidence)
                  .status,
              401);
  }
}

TEST(Evidence, WantsAreChecked) {
  Scene scene;
  const auto evidence = scene.ListenerClick();
  const auto body = [&](const api::identity::Want& want) {
    return Verify(scene.world, scene.world.certificates, scene.world.load_balancer.id, evidence,
                  {want})
        .body;
  };
  EXPECT_THAT(body({.permission = "FLY", .compartment_id = "x"}), HasSubstr("/wants/0/permission"));
  EXPECT_THAT(body({.permission = "CERTIFICATE_READ"}), HasSubstr("/wants/0"));
  EXPECT_THAT(body({.permission = "CERTIFICATE_READ", .resource_id = "a", .compartment_id = "b"}),
              HasSubstr("/wants/0"));
}

// --- Registering resources

// security.md B17: the id derives from the evidence; nobody chooses it.
TEST(Resources, HaveTheIdThatTheEvidenceGivesThem) {
  Scene scene;
  auto& world = scene.world;
  const auto evidence = world.CreateClick(scene.mary, scene.mary.tenancy_id, scene.pool);
  const auto verified = Decoded<api::identity::VerifiedEvidence>(
      Verify(world, world.load_balancer, world.load_balancer.id, evidence).body);
  const auto digest = *HexDecode(verified.digest);

  const auto first = world.Register(world.load_balancer, evidence);
  const auto second = world.Register(world.load_balancer, evidence);

  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(second.body, first.body);
  const auto resource = Decoded<api::identity::Resource>(first.body);
  EXPECT_EQ(resource.id, MakeDerivedOcid("loadbalancer", "home-1", AsText(digest)));
  EXPECT_EQ(resource.compartment_id, scene.mary.tenancy_id);
  EXPECT_THAT(resource.node_pool_ids, ElementsAre(scene.pool));
  EXPECT_EQ(world.Snapshot()->Resource(resource.id)->owner_service_id, world.load_balancer.id);
}

TEST(Resources, AreMadeByClicksThatCreateAndByTheRightService) {
  Scene scene;
  auto& world = scene.world;
  EXPECT_EQ(world.Register(world.load_balancer, scene.ListenerClick()).status, 401);
  const auto evidence = world.CreateClick(scene.mary, scene.mary.tenancy_id, scene.pool);
  EXPECT_EQ(world.Register(world.certificates, evidence).status, 404);
  EXPECT_EQ(world.Register(scene.mary, evidence).status, 404);
}

TEST(Resources, AreRefusedToAUserWhoMayNotCreateThemThereOrUseThePool) {
  Scene scene;
  auto& world = scene.world;
  const auto john = world.User(world.red, "john", 3,
                               {"Allow group john to use load-balancers in tenancy",
                                "Allow group john to read node-pools in tenancy"});
  const auto anna =
      world.User(world.red, "anna", 4, {"Allow group anna to manage load-balancers in tenancy"});
  const auto blue_pool = world.Pool(world.blue, "theirs");

  EXPECT_EQ(
      world.Register(world.load_balancer, world.CreateClick(john, john.tenancy_id, scene.pool))
          .status,
      404);
  const auto poolless =
      world.Register(world.load_balancer, world.CreateClick(anna, anna.tenancy_id, scene.pool));
  EXPECT_EQ(poolless.status, 400);
  EXPECT_THAT(poolless.body, HasSubstr("RelatedResourceNotAuthorizedOrNotFound"));
  EXPECT_EQ(world
                .Register(world.load_balancer,
                          world.CreateClick(scene.mary, scene.mary.tenancy_id, blue_pool))
                .status,
            400);
  EXPECT_EQ(world
                .Register(world.load_balancer,
                          world.CreateClick(scene.mary, world.blue.tenancy_id, scene.pool))
                .status,
            404);
}

TEST(Resources, ThatEndedNeverComeBack) {
  Scene scene;
  auto& world = scene.world;
  const auto evidence = world.CreateClick(scene.mary, scene.mary.tenancy_id, scene.pool);
  const auto id =
      Decoded<api::identity::Resource>(world.Register(world.load_balancer, evidence).body).id;
  const std::string target = "/20260101/resources/" + id;

  EXPECT_EQ(world.Send(world.certificates, "DELETE", target).status, 404);
  EXPECT_EQ(world.Send(world.load_balancer, "DELETE", target).status, 204);
  EXPECT_EQ(world.Send(world.load_balancer, "DELETE", target).status, 204);

  EXPECT_EQ(world.Snapshot()->Resource(id), nullptr);
  EXPECT_EQ(world.Register(world.load_balancer, evidence).status, 409);
  EXPECT_EQ(world.Place(world.load_balancer, id, 1, {}).status, 404);
}

TEST(Resources, AreMovedByAUserWhoMayAtBothEnds) {
  Scene scene;
  auto& world = scene.world;
  const auto compartment = [&](const char* name) {
    return Decoded<api::identity::Compartment>(
               world.Post(world.red, "/20160918/compartments",
                          R"({"compartmentId":")" + world.red.tenancy_id + R"(","name":")" + name +
                              R"(","description":"d"})"))
        .id;
  };
  const auto shop = compartment("shop");
  const auto john = world.User(world.red, "john", 3,
                               {"Allow group john to manage load-balancers in compartment shop"});
  const auto move = [&](const Actor& user) {
    const auto evidence = world.Click(
        user, "POST", "/20170115/loadBalancers/" + scene.resource.id + "/changeCompartment",
        R"({"compartmentId":")" + shop + R"("})");
    return world
        .Send(world.load_balancer, "POST",
              "/20260101/resources/" + scene.resource.id + "/actions/move",
              EncodeJson(api::identity::MoveResourceDetails{.evidence = evidence}))
        .status;
  };
  EXPECT_EQ(move(john), 404);
  EXPECT_EQ(world.Snapshot()->Resource(scene.resource.id)->compartment_id, scene.mary.tenancy_id);
  EXPECT_EQ(move(scene.mary), 200);
  EXPECT_EQ(world.Snapshot()->Resource(scene.resource.id)->compartment_id, shop);
}

// security.md B28: the registry alone knows where a resource is.
TEST(Resources, CompartmentIsWhatTheUserSigned) {
  Scene scene;
  auto& world = scene.world;
  const auto john = world.User(world.red, "john", 3, {"Allow group john to read users in tenancy"});
  const auto evidence = world.Click(john, "POST", ListenerTarget(scene.resource.id), kListener);
  const auto answer = Decoded<api::identity::VerifiedEvidence>(
      Verify(world, world.certificates, world.load_balancer.id, evidence,
             {{.permission = "LOAD_BALANCER_UPDATE", .resource_id = scene.resource.id}})
          .body);
  EXPECT_THAT(answer.allowed, ElementsAre(false));
}

// --- Placements

// security.md B27
TEST(Placements, GoToNodesThatAUserEnrolledForThePoolThatTheUserNamed) {
  Scene scene;
  auto& world = scene.world;
  const auto good = world.Node(world.red, scene.pool, "good");
  const auto other_pool = world.Node(world.red, world.Pool(world.red, "other"), "other");
  const auto foreign = world.Node(world.blue, world.Pool(world.blue, "theirs"), "foreign");

  EXPECT_EQ(world.Place(world.load_balancer, scene.resource.id, 1, {other_pool.id}).status, 409);
  EXPECT_EQ(world.Place(world.load_balancer, scene.resource.id, 1, {good.id, foreign.id}).status,
            409);
  EXPECT_EQ(
      world.Place(world.load_balancer, scene.resource.id, 1, {"ocid1.node.perennial.home-1.none"})
          .status,
      409);
  EXPECT_EQ(world.AuditCount("REFUSED", "PutPlacements"), 3);
  EXPECT_EQ(world.Snapshot()->PlacementOf(scene.resource.id), nullptr);

  EXPECT_EQ(world.Place(world.load_balancer, scene.resource.id, 1, {good.id}).status, 200);
  EXPECT_EQ(world.AuditCount("ALLOWED", "PutPlacements"), 1);
  EXPECT_THAT(world.Snapshot()->PlacementOf(scene.resource.id)->node_ids, ElementsAre(good.id));
}

TEST(Placements, VersionsGrow) {
  Scene scene;
  auto& world = scene.world;
  const auto node = world.Node(world.red, scene.pool, "node-1");
  const auto place = [&](int64_t version, const std::vector<std::string>& nodes) {
    return world.Place(world.load_balancer, scene.resource.id, version, nodes).status;
  };
  EXPECT_EQ(place(0, {}), 400);
  EXPECT_EQ(place(5, {node.id}), 200);
  EXPECT_EQ(place(5, {node.id, node.id}), 200) << "the same again";
  EXPECT_EQ(place(5, {}), 409);
  EXPECT_EQ(place(4, {}), 409);
  EXPECT_EQ(place(6, {}), 200);
}

TEST(Placements, AreForTheOwningKindOfService) {
  Scene scene;
  auto& world = scene.world;
  EXPECT_EQ(world.Place(world.certificates, scene.resource.id, 1, {}).status, 404);
  EXPECT_EQ(world.Place(world.red, scene.resource.id, 1, {}).status, 404);
}

}  // namespace
}  // namespace perennial::identity::testing
