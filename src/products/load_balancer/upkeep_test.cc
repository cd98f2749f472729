// SPDX-License-Identifier: Apache-2.0
#include "products/load_balancer/upkeep.h"

#include "api/load_balancer/node_configuration.h"
#include "products/load_balancer/testing.h"

namespace perennial::load_balancer {
namespace {

using testing::HeaderOf;
using testing::kBank;
using testing::kNode;
using testing::kPool;
using testing::kShop;
using testing::World;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kSecond = "ocid1.node.perennial.home-1.n2";

wire::NodeConfiguration Decode(const Result<std::optional<std::string>>& answer) {
  return DecodeJson<wire::NodeConfiguration>(answer.value().value(), UnknownFields::kRefuse).value();
}

TEST(Placements, FollowTheNodesOfThePool) {
  World world;
  const auto id = world.Create();
  EXPECT_THAT(world.identity.placements[id].second, ElementsAre(kNode));

  world.AddNode(kSecond, {kPool});
  world.AddNode("ocid1.node.perennial.home-1.other", {"ocid1.subnet.perennial.home-1.elsewhere"});
  world.AddNode("ocid1.node.perennial.home-1.gateway", {kPool}, authz::NodeState::kActive, {"gateway"});
  world.Upkeep();
  EXPECT_THAT(world.identity.placements[id].second, ElementsAre(kNode, kSecond));

  world.AddNode(kNode, {kPool}, authz::NodeState::kRemoved);
  world.Upkeep();
  EXPECT_THAT(world.identity.placements[id].second, ElementsAre(kSecond));
}

TEST(Placements, ADrainingNodeKeepsWhatItHasAndGetsNothingNew) {
  World world;
  const auto id = world.Create();
  world.AddNode(kNode, {kPool}, authz::NodeState::kDraining);
  world.Upkeep();
  EXPECT_THAT(world.identity.placements[id].second, ElementsAre(kNode));
  const auto later = world.Create();
  EXPECT_THAT(world.identity.placements[later].second, IsEmpty());
}

TEST(Placements, AVersionThatWasSentOnceIsNeverSentAgain) {
  World world;
  const auto id = world.Create();
  const auto before = world.identity.placements[id].first;
  world.identity.away = true;
  world.AddNode(kSecond, {kPool});
  world.Upkeep();
  world.identity.away = false;
  world.Upkeep();
  EXPECT_THAT(world.identity.placements[id].second, ElementsAre(kNode, kSecond));
  EXPECT_GT(world.identity.placements[id].first, before + 1);
}

TEST(NodeConfiguration, HoldsTheReferenceThatAnEmptyNodeNeeds) {
  World world;
  const auto id = world.WithListener();
  const auto configuration = Decode(world.Configuration(kNode, 0));
  ASSERT_EQ(configuration.resources.size(), 1u);
  const auto& resource = configuration.resources[0];
  EXPECT_EQ(resource.id, id);
  EXPECT_THAT(resource.addresses, ElementsAre("192.0.2.10"));
  ASSERT_EQ(resource.listeners.size(), 1u);
  const auto& certificate = resource.listeners[0].ssl->certificates.at(0);
  EXPECT_EQ(certificate.certificate_id, kShop);
  EXPECT_EQ(certificate.current_version, 1);
  EXPECT_EQ(certificate.association_id, (world.certificates.associations.at({kShop, id})));
  EXPECT_EQ(resource.backend_sets.at(0).backends.at(0).ip_address, "10.0.0.3");
}

TEST(NodeConfiguration, IsChainedFromVersionToVersion) {
  World world;
  const auto id = world.WithListener();
  const auto first = world.Configuration(kNode, 0).value().value();
  const auto one = Decode(world.Configuration(kNode, 0));
  world.Ask("ann", "POST", World::Path(id, "/backendSets"), World::SetBody("more"));
  world.Upkeep();
  const auto two = Decode(world.Configuration(kNode, one.version));
  EXPECT_EQ(two.version, one.version + 1);
  EXPECT_EQ(two.previous_hash, one.hash);
  // Any reader can recompute it from what travelled.
  const auto resources = first.substr(first.find("\"resources\":") + 12);
  EXPECT_EQ(products::ConfigurationHash(one.previous_hash, one.version,
                                        resources.substr(0, resources.size() - 1)),
            one.hash);
  EXPECT_EQ(CanonicalJson(EncodeJson(one.resources)).value(),
            resources.substr(0, resources.size() - 1));
}

TEST(NodeConfiguration, ARotationRaisesNoVersion) {
  World world;
  const auto id = world.WithListener();
  const auto version = world.ConfigurationVersion();
  world.certificates.current_version = 2;
  // The same listener, named anew by the user: the attach answers with the newer version.
  world.Ask("ann", "DELETE", World::Path(id, "/listeners/web"));
  world.Ask("ann", "POST", World::Path(id, "/listeners"), World::ListenerBody("web", 443, kShop));
  world.Upkeep();
  EXPECT_EQ(world.ConfigurationVersion(), version);
}

TEST(NodeConfiguration, WaitsForNewsAndIsWokenByIt) {
  World world;
  const auto id = world.WithListener();
  const auto version = world.ConfigurationVersion();
  EXPECT_FALSE(world.Configuration(kNode, version, 30).value()) << "it would be parked";
  EXPECT_TRUE(world.Configuration(kNode, version, 0).value());

  bool woken = false;
  world.base.news.Subscribe({TopicOf(kNode), version}, [&] { woken = true; });
  world.Ask("ann", "POST", World::Path(id, "/backendSets"), World::SetBody("more"));
  world.Upkeep();
  EXPECT_TRUE(woken);
  EXPECT_TRUE(world.Configuration(kNode, version, 30).value());
}

TEST(NodeConfiguration, IsForTheNodeItselfAndForThisKindOfProductOnly) {
  World world;
  world.WithListener();
  EXPECT_EQ(world.Configuration(kSecond, 0, 0, kNode).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(world.Configuration(kNode, 0, 0, "", {"gateway"}).error().code, ErrorCode::kNotFound);
}

TEST(Detach, WaitsUntilTheNodeAcknowledgesAConfigurationWithoutIt) {
  World world;
  const auto id = world.WithListener(kShop);
  world.Configuration(kNode, world.ConfigurationVersion());
  world.Ask("ann", "PUT", World::Path(id, "/listeners/web"),
            World::WithoutName(World::ListenerBody("web", 443, kBank)));
  world.Upkeep();
  EXPECT_TRUE(world.certificates.associations.contains({kShop, id})) << "the node may still serve it";

  world.Configuration(kNode, world.ConfigurationVersion());
  world.Upkeep();

  EXPECT_FALSE(world.certificates.associations.contains({kShop, id}));
  EXPECT_TRUE(world.certificates.associations.contains({kBank, id}));
}

TEST(Detach, ADeadNodeDoesNotHoldACertificateForEver) {
  World world;
  const auto id = world.WithListener(kShop);
  world.Configuration(kNode, world.ConfigurationVersion());
  world.Ask("ann", "DELETE", World::Path(id, "/listeners/web"));
  world.Upkeep();
  EXPECT_THAT(world.certificates.associations, Not(IsEmpty()));
  world.base.clock.Advance(kNodeLive + std::chrono::seconds(1));
  world.Upkeep();
  EXPECT_THAT(world.certificates.associations, IsEmpty());
}

TEST(DeleteLoadBalancer, TakesItFromTheNodesThenDetachesThenEndsIt) {
  World world;
  const auto id = world.WithListener();
  world.Configuration(kNode, world.ConfigurationVersion());
  const auto answer = world.Ask("ann", "DELETE", World::Path(id));
  ASSERT_EQ(answer.status, 204);
  world.Upkeep();
  EXPECT_THAT(world.Ask("ann", "GET", World::Path(id)).body, HasSubstr("DELETING"));
  EXPECT_TRUE(world.identity.registered.contains(id));
  EXPECT_THAT(Decode(world.Configuration(kNode, 0)).resources, IsEmpty());

  world.Configuration(kNode, world.ConfigurationVersion());
  world.base.clock.Advance(std::chrono::seconds(5));
  world.Upkeep();

  EXPECT_THAT(world.certificates.associations, IsEmpty());
  EXPECT_FALSE(world.identity.registered.contains(id));
  EXPECT_EQ(world.Ask("ann", "GET", World::Path(id)).status, 404);
  const auto work = world.Ask("ann", "GET", "/20170115/loadBalancerWorkRequests/" +
                                                HeaderOf(answer, "opc-work-request-id"));
  EXPECT_THAT(work.body, HasSubstr("SUCCEEDED"));
  EXPECT_EQ(world.Count("listener"), 0) << "its ports are free again";
}

TEST(DeleteLoadBalancer, GoesOnAfterACrashAndWhileTheOthersAreAway) {
  World world;
  const auto id = world.WithListener();
  world.Ask("ann", "DELETE", World::Path(id));
  world.certificates.away = true;
  world.identity.away = true;
  world.Upkeep();
  world.Restart();
  world.certificates.away = false;
  world.base.clock.Advance(std::chrono::minutes(1));
  world.Upkeep();
  EXPECT_THAT(world.certificates.associations, IsEmpty());
  EXPECT_TRUE(world.identity.registered.contains(id));

  world.identity.away = false;
  world.base.clock.Advance(std::chrono::minutes(1));
  world.Upkeep();
  EXPECT_FALSE(world.identity.registered.contains(id));
  EXPECT_EQ(world.Ask("ann", "GET", World::Path(id)).status, 404);
}

TEST(Upkeep, AWorkRequestThatWasAcceptedIsFinishedByTheNextProcess) {
  World world;
  const auto id = world.Create();
  const auto answer = world.Ask("ann", "POST", World::Path(id, "/backendSets"), World::SetBody("app"));
  world.Restart();  // The first process dies before its upkeep ran.
  EXPECT_THAT(world.load_balancers->Ready(), Not(IsEmpty()));
  world.Upkeep();
  EXPECT_THAT(world.load_balancers->Ready(), IsEmpty());
  const auto work = world.Ask("ann", "GET", "/20170115/loadBalancerWorkRequests/" +
                                                HeaderOf(answer, "opc-work-request-id"));
  EXPECT_THAT(work.body, HasSubstr("SUCCEEDED"));
  EXPECT_EQ(Decode(world.Configuration(kNode, 0)).resources.at(0).backend_sets.size(), 1u);
}

// Each on a node of its own at first; then the rival's pool joins the other node, at the same address.
TEST(SharedNode, WhoWasThereFirstKeepsThePortAndTheOtherIsToldOnce) {
  World world;
  world.AddNode(kNode, {kPool});
  world.AddNode(kSecond, {testing::kRivalPool});
  const auto rival = world.Create("eve");
  world.Ask("eve", "POST", World::Path(rival, "/backendSets"), World::SetBody("app"));
  EXPECT_EQ(world.Ask("eve", "POST", World::Path(rival, "/listeners"),
                      World::ListenerBody("theirs", 443, "")).status, 204);
  EXPECT_EQ(world.Ask("eve", "POST", World::Path(rival, "/listeners"),
                      World::ListenerBody("free", 444, "")).status, 204);
  world.Upkeep();
  const auto ours = world.WithListener();  // Younger than the rival's, but first on this node.
  const auto failed = [&] {
    return world.base.Number("SELECT COUNT(*) FROM work_request WHERE state = 'FAILED'");
  };

  world.AddNode(kNode, {kPool, testing::kRivalPool});
  world.Upkeep();
  const auto here = Decode(world.Configuration(kNode, 0));
  ASSERT_EQ(here.resources.size(), 2u);
  for (const auto& balancer : here.resources) {
    ASSERT_EQ(balancer.listeners.size(), 1u) << balancer.id;
    EXPECT_EQ(balancer.listeners[0].name, balancer.id == ours ? "web" : "free");
  }
  const auto told = world.Ask("eve", "GET", World::Path(rival, "/workRequests"));
  EXPECT_THAT(told.body, HasSubstr("listener 'theirs' is not served by node " + kNode + ": port 443"));
  EXPECT_THAT(told.body, Not(HasSubstr(ours)));
  EXPECT_THAT(told.body, Not(HasSubstr("web")));
  EXPECT_EQ(failed(), 1);

  // Nothing is repeated while nothing changes, whatever else identity tells or a new process sees.
  const auto version = world.ConfigurationVersion();
  for (int i = 0; i < 3; ++i) {
    world.base.Know(authz::GroupFact{"ocid1.group.perennial..g" + std::to_string(i), testing::kAcme, "g"});
    world.Restart();
    world.Upkeep();
  }
  EXPECT_EQ(failed(), 1);
  EXPECT_EQ(world.ConfigurationVersion(), version);

  // The port is free again: the one that waited has it.
  EXPECT_EQ(world.Ask("ann", "DELETE", World::Path(ours, "/listeners/web")).status, 204);
  world.Upkeep();
  for (const auto& balancer : Decode(world.Configuration(kNode, 0)).resources) {
    EXPECT_EQ(balancer.listeners.size(), balancer.id == rival ? 2u : 0u);
  }
  EXPECT_EQ(world.Count("port_conflict"), 0);
}

TEST(Upkeep, ANewAddressOfThePoolReachesTheNodes) {
  World world;
  world.WithListener();
  world.base.Know(authz::NodePoolFact{kPool, testing::kAcme, testing::kAcme, "pool", {"192.0.2.99"}});
  world.Upkeep();
  EXPECT_THAT(Decode(world.Configuration(kNode, 0)).resources.at(0).addresses,
              ElementsAre("192.0.2.99"));
}

}  // namespace
}  // namespace perennial::load_balancer
