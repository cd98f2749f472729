// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "identity/testing/world.h"

namespace perennial::identity::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

HttpResponse Enrol(World& world, const api::identity::EnrolNodeDetails& details) {
  return world.SendPlain("/20260101/nodes/actions/enrol", EncodeJson(details));
}

HttpResponse TokensFor(World& world, const Actor& node, const std::vector<std::string>& resources,
                       const Key& key) {
  return world.Send(node, "POST", "/20260101/resourcePrincipalTokens",
                    EncodeJson(api::identity::CreateResourcePrincipalTokensDetails{
                        .resource_ids = resources, .public_key_pem = PemOf(key)}));
}

// A load balancer of red on a node of red.
struct Placed {
  explicit Placed(World& world)
      : pool(world.Pool(world.red, "pool")),
        node(world.Node(world.red, pool, "node-1")),
        resource(world.Resource(world.red, pool)) {
    EXPECT_EQ(world.Place(world.load_balancer, resource.id, 1, {node.id}).status, 200);
  }
  std::string pool;
  Actor node;
  api::identity::Resource resource;
};

// --- Enrolment

TEST(Enrolment, GivesANodeItsIdentityOnce) {
  World world;
  const auto pool = world.Pool(world.red, "pool");
  const auto token = world.NodeToken(world.red, pool);
  const auto key = NewKey();
  EXPECT_THAT(token.token, HasSubstr("pnj_"));
  EXPECT_EQ(token.ca_hash, world.platform_ca->Hash());

  const auto enrolled = Enrol(world, World::Enrolment(token.token, "node-1", key));
  const auto again = Enrol(world, World::Enrolment(token.token, "node-2", NewKey()));

  ASSERT_EQ(enrolled.status, 200) << enrolled.body;
  const auto node = Decoded<api::identity::EnrolledNode>(enrolled.body);
  EXPECT_EQ(node.tenancy_id, world.red.tenancy_id);
  EXPECT_EQ(node.platform_ca_pem, world.platform_ca->certificate().pem());
  EXPECT_EQ(node.endpoints.identity, "https://pki.test:8643");
  EXPECT_EQ(again.status, 401);
  EXPECT_EQ(world.AuditCount("ALLOWED", "EnrolNode"), 1);
  EXPECT_EQ(world.AuditCount("REFUSED", "EnrolNode"), 1);
  // Whoever holds the spent token cannot fill the disk with it.
  EXPECT_EQ(Enrol(world, World::Enrolment(token.token, "node-3", NewKey())).status, 401);
  EXPECT_EQ(world.AuditCount("REFUSED", "EnrolNode"), 1);
}

TEST(Enrolment, RacedByTwoNodesWithOneTokenGoesToOne) {
  World world;
  const auto token = world.NodeToken(world.red, world.Pool(world.red, "pool")).token;
  std::atomic<int> enrolled{0}, refused{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      const auto details = World::Enrolment(token, "node-" + std::to_string(i), NewKey());
      const auto response = Enrol(world, details);
      enrolled += response.status == 200;
      refused += response.status == 401;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(enrolled, 1);
  EXPECT_EQ(refused, 5);
  EXPECT_EQ(world.Snapshot()->Nodes().size(), 1u);
}

TEST(Enrolment, KeepsNoTokenThatCouldBeStolenFromTheDatabase) {
  World world;
  const auto token = world.NodeToken(world.red, world.Pool(world.red, "pool")).token;
  ASSERT_TRUE(world.database->Read([&](Session& session) -> Result<void> {
    for (const char* table : {"SELECT hash FROM node_token", "SELECT payload FROM audit",
                              "SELECT COALESCE(reply, '') FROM signature_seen"}) {
      TRY_ASSIGN(const auto rows, session.Query(table));
      for (const auto& row : rows) EXPECT_THAT(row.Text(0), Not(HasSubstr(token)));
    }
    return {};
  }));
}

TEST(Enrolment, IsRefusedWhenTheTokenHasExpiredAndNotASecondBefore) {
  World world;
  const auto pool = world.Pool(world.red, "pool");
  const auto token = world.NodeToken(world.red, pool);
  const auto other = world.NodeToken(world.red, pool);
  world.clock.Set(token.time_expires - seconds(2));
  EXPECT_EQ(Enrol(world, World::Enrolment(token.token, "node-1", NewKey())).status, 200);
  world.clock.Set(other.time_expires - seconds(1));
  EXPECT_EQ(Enrol(world, World::Enrolment(other.token, "node-2", NewKey())).status, 401);
  EXPECT_EQ(world.AuditCount("REFUSED", "EnrolNode"), 1);
}

TEST(Enrolment, OfAnUnknownTokenIsRefusedWithoutFillingTheAudit) {
  World world;
  EXPECT_EQ(Enrol(world, World::Enrolment("pnj_nothing", "node-1", NewKey())).status, 401);
  EXPECT_EQ(world.AuditCount("REFUSED", "EnrolNode"), 0);
}

TEST(Enrolment, DemandsAProofByTheVeryKeyForTheVeryToken) {
  World world;
  const auto pool = world.Pool(world.red, "pool");
  const auto token = world.NodeToken(world.red, pool).token;
  const auto key = NewKey();
  auto by_other_key = World::Enrolment(token, "node-1", key);
  by_other_key.proof = World::Enrolment(token, "node-1", NewKey()).proof;
  auto for_other_token = World::Enrolment("pnj_other", "node-1", key);
  for_other_token.token = token;
  auto rsa = World::Enrolment(token, "node-1", key);
  rsa.public_key_pem = PemOf(RsaKey(0));

  EXPECT_EQ(Enrol(world, by_other_key).status, 401);
  EXPECT_EQ(Enrol(world, for_other_token).status, 401);
  EXPECT_EQ(Enrol(world, rsa).status, 400);
  // None of them used the token up.
  EXPECT_EQ(Enrol(world, World::Enrolment(token, "node-1", key)).status, 200);
}

TEST(Enrolment, EndsWithTheRightsOfWhoGaveOutTheToken) {
  World world;
  const auto pool = world.Pool(world.red, "pool");
  const auto operator_user = world.User(world.red, "operator", 2,
                                        {"Allow group operator to manage node-family in tenancy"});
  const auto token = world.NodeToken(operator_user, pool).token;
  ASSERT_TRUE(world.database->Write([&](Session& session) {
    return world.store.SetUserState(session, operator_user.id, authz::PrincipalState::kInactive);
  }));
  EXPECT_EQ(Enrol(world, World::Enrolment(token, "node-1", NewKey())).status, 401);
}

TEST(Enrolment, OfTheSameKeyIntoAnotherTenancysPoolSharesTheHost) {
  World world;
  const auto red_pool = world.Pool(world.red, "pool");
  const auto blue_pool = world.Pool(world.blue, "pool");
  const auto key = NewKey();
  const auto enrol = [&](const Actor& administrator, const std::string& pool) {
    const auto token = world.NodeToken(administrator, pool).token;
    const auto response = Enrol(world, World::Enrolment(token, "node-1", key));
    EXPECT_EQ(response.status, 200) << response.body;
    return Decoded<api::identity::EnrolledNode>(response.body).node_id;
  };
  const auto node = enrol(world.red, red_pool);
  EXPECT_EQ(world.Send(world.blue, "GET", "/20260101/nodes/" + node).status, 404);
  EXPECT_EQ(enrol(world.blue, blue_pool), node);

  // Each sees the node, and of its pools its own.
  const auto seen = [&](const Actor& actor) {
    return Decoded<api::identity::Node>(world.Send(actor, "GET", "/20260101/nodes/" + node).body)
        .node_pool_ids;
  };
  EXPECT_EQ(seen(world.red), std::vector<std::string>{red_pool});
  EXPECT_EQ(seen(world.blue), std::vector<std::string>{blue_pool});
  // Nobody learns who else is there, or how much.
  ASSERT_TRUE(world.database->Write([&](Session& session) {
    return world.store.SetNodeSeen(session, node, {"1.0", 7, 6});
  }));
  for (const auto* actor : {&world.red, &world.blue}) {
    const auto shown = world.Send(*actor, "GET", "/20260101/nodes/" + node).body;
    const auto& other = actor == &world.red ? world.blue : world.red;
    EXPECT_THAT(shown, Not(HasSubstr(other.tenancy_id)));
    EXPECT_EQ(Decoded<api::identity::Node>(shown).tenancy_id, actor->tenancy_id);
    EXPECT_THAT(shown, Not(HasSubstr("wantedCount")));
    EXPECT_THAT(shown, Not(HasSubstr("servedCount")));
  }
  const auto listed =
      Decoded<api::identity::NodeCollection>(world.Send(world.blue, "GET", "/20260101/nodes").body);
  EXPECT_EQ(listed.items.size(), 1u);

  // Each can take its own pools off, and only those.
  EXPECT_EQ(world.Send(world.blue, "POST", "/20260101/nodes/" + node + "/actions/drain").status,
            409);
  EXPECT_EQ(world.Send(world.blue, "POST", "/20260101/nodes/" + node + "/actions/remove").status,
            204);
  EXPECT_EQ(world.Send(world.blue, "GET", "/20260101/nodes/" + node).status, 404);
  EXPECT_EQ(seen(world.red), std::vector<std::string>{red_pool});
  const auto alone = Decoded<api::identity::Node>(
      world.Send(world.red, "GET", "/20260101/nodes/" + node).body);
  EXPECT_EQ(alone.wanted_count, 7) << "it is one tenancy's again";
}

TEST(NodeTokens, AreForgottenAWeekAfterTheyEnded) {
  World world;
  const auto pool = world.Pool(world.red, "pool");
  world.NodeToken(world.red, pool);
  world.Node(world.red, pool, "node-1");  // With a token of its own, which is spent.
  const auto tokens = [&] {
    world.identity->Step();
    return *world.database->ReadValue([](Session& session) -> Result<int64_t> {
      TRY_ASSIGN(const auto row, session.QueryOne("SELECT COUNT(*) FROM node_token"));
      return row->Int(0);
    });
  };
  EXPECT_EQ(tokens(), 2);
  world.clock.Advance(std::chrono::days(7));
  EXPECT_EQ(tokens(), 2) << "who shows an old one is still told apart from who invents one";
  world.clock.Advance(std::chrono::days(1));
  EXPECT_EQ(tokens(), 0);
}

TEST(NodePools, AreListedToTheirTenancy) {
  World world;
  const auto pool = world.Pool(world.red, "pool");
  const auto listed = [&](const Actor& actor) {
    return Decoded<api::identity::NodePoolCollection>(
               world.Send(actor, "GET", "/20260101/nodePools").body)
        .items;
  };
  ASSERT_EQ(listed(world.red).size(), 1u);
  EXPECT_EQ(listed(world.red)[0].id, pool);
  EXPECT_TRUE(listed(world.blue).empty());
}

TEST(NodePools, AndNodesHaveAddressesOfOneHost) {
  World world;
  const auto pool = world.Pool(world.red, "pool");
  for (const std::string nobody :
       {"0.0.0.0", "::", "224.0.0.1", "255.255.255.255", "ff02::1"}) {
    const api::identity::CreateNodePoolDetails details{.display_name = "wide",
                                                       .compartment_id = world.red.tenancy_id,
                                                       .addresses = {"10.0.0.1", nobody}};
    const auto made =
        world.Send(world.red, "POST", "/20260101/nodePools", EncodeJson(details));
    EXPECT_EQ(made.status, 400) << nobody;
    EXPECT_THAT(made.body, HasSubstr(R"("message":"/addresses/1: )")) << nobody;

    const auto key = NewKey();
    auto enrolment = World::Enrolment(world.NodeToken(world.red, pool).token, "n", key);
    enrolment.addresses = {nobody};
    const auto enrolled = Enrol(world, enrolment);
    EXPECT_EQ(enrolled.status, 400) << nobody;
    EXPECT_THAT(enrolled.body, HasSubstr(R"("message":"/addresses/0: )")) << nobody;
  }
}

// It would serve nothing there.
TEST(Nodes, JoinOnlyWithAnAddressOfThePoolAndTheTokenIsNotSpent) {
  World world;
  const auto pool = world.Pool(world.red, "edge");
  const auto token = world.NodeToken(world.red, pool).token;
  const auto key = NewKey();
  auto enrolment = World::Enrolment(token, "n", key);
  enrolment.addresses = {"10.0.0.2", "10.0.0.3"};
  const auto refused = Enrol(world, enrolment);
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body,
              HasSubstr("the node has 10.0.0.2, 10.0.0.3, and node pool edge has 10.0.0.1"));
  EXPECT_THAT(refused.body, HasSubstr("cannot be changed"));

  enrolment.addresses = {"10.0.0.2", "10.0.0.1"};
  EXPECT_EQ(Enrol(world, enrolment).status, 200) << "one that they share suffices";
}

TEST(NodeTokens, AreForWhoMayEnrolIntoThatPool) {
  World world;
  const auto pool = world.Pool(world.red, "pool");
  const auto mary =
      world.User(world.red, "mary", 2, {"Allow group mary to read node-pools in tenancy"});
  api::identity::CreateNodeTokenDetails details{.node_pool_ids = {pool},
                                                .product_kinds = {"loadbalancer"}};
  const auto ask = [&](const Actor& actor) {
    return world.Send(actor, "POST", "/20260101/nodeTokens", EncodeJson(details));
  };
  const auto forbidden = ask(mary);
  const auto foreign = ask(world.blue);
  details.node_pool_ids = {"ocid1.subnet.perennial.home-1.none"};
  const auto absent = ask(world.red);
  EXPECT_EQ(forbidden.status, 400);
  EXPECT_EQ(forbidden.body, foreign.body);
  EXPECT_EQ(forbidden.body, absent.body);

  details = {.node_pool_ids = {pool}, .product_kinds = {"toaster"}};
  EXPECT_THAT(ask(world.red).body, HasSubstr("/productKinds/0"));
  details = {
      .node_pool_ids = {pool}, .product_kinds = {"loadbalancer"}, .expires_in_seconds = 86401};
  EXPECT_THAT(ask(world.red).body, HasSubstr("/expiresInSeconds"));
}

// --- Tokens

TEST(Tokens, OfAServiceNameItsKindAndDieAfterFifteenMinutes) {
  World world;
  EXPECT_EQ(world.Send(world.load_balancer, "GET", "/20260101/tokenKeys").status, 200);
  world.clock.Advance(std::chrono::minutes(15));
  EXPECT_EQ(world.Send(world.load_balancer, "GET", "/20260101/tokenKeys").status, 401);
}

// security.md A18
TEST(Tokens, SignedWithAnotherKeyThanTheOneInsideAreRefused) {
  World world;
  auto thief = world.load_balancer;
  thief.key = NewKey();
  EXPECT_EQ(world.Send(thief, "GET", "/20260101/tokenKeys").status, 401);
}

TEST(Tokens, AreGivenToEnrolmentKeysOnlyAndNeverToTokens) {
  World world;
  const auto body =
      EncodeJson(api::identity::ExchangeTokenDetails{.public_key_pem = PemOf(NewKey())});
  EXPECT_EQ(
      world.Send(world.load_balancer, "POST", "/20260101/tokens/actions/exchange", body).status,
      404);
  EXPECT_EQ(world.Send(world.red, "POST", "/20260101/tokens/actions/exchange", body).status, 404);
  const Actor enrolled{.id = world.load_balancer.id,
                       .tenancy_id = {},
                       .key_id = http_signature::EnrolmentKeyId(world.load_balancer.id),
                       .key = world.enrolment_keys["loadbalancer"]};
  const auto rsa =
      EncodeJson(api::identity::ExchangeTokenDetails{.public_key_pem = PemOf(RsaKey(0))});
  EXPECT_THAT(world.Send(enrolled, "POST", "/20260101/tokens/actions/exchange", rsa).body,
              HasSubstr("/publicKeyPem"));
  // An enrolment key is for its token and its certificate, and opens nothing else.
  EXPECT_EQ(world.Send(enrolled, "GET", "/20260101/authorizationSnapshot").status, 404);
}

TEST(Tokens, OfADisabledServiceAreRefused) {
  World world;
  ASSERT_TRUE(world.database->Write([&](Session& session) {
    return world.store.SetProcessState(session, world.load_balancer.id,
                                       authz::PrincipalState::kInactive);
  }));
  EXPECT_EQ(world.Send(world.load_balancer, "GET", "/20260101/tokenKeys").status, 401);
}

TEST(ResourcePrincipals, AreGivenForWhatIsPlacedOnTheNode) {
  World world;
  Placed placed(world);
  const auto key = NewKey();

  const auto response = TokensFor(world, placed.node, {placed.resource.id}, key);

  ASSERT_EQ(response.status, 200) << response.body;
  const auto tokens = Decoded<api::identity::ResourcePrincipalTokens>(response.body);
  ASSERT_EQ(tokens.items.size(), 1u);
  const Actor resource{.id = placed.resource.id,
                       .tenancy_id = {},
                       .key_id = http_signature::TokenKeyId(tokens.items[0].token),
                       .key = key};
  EXPECT_EQ(world.Send(resource, "GET", "/20260101/endpoints").status, 200);
  // security.md A20: without its private key the token is worth nothing.
  auto thief = resource;
  thief.key = NewKey();
  EXPECT_EQ(world.Send(thief, "GET", "/20260101/endpoints").status, 401);
}

TEST(ResourcePrincipals, MaySignWithRsaAsTheSdkDoes) {
  World world;
  Placed placed(world);
  const auto tokens = Decoded<api::identity::ResourcePrincipalTokens>(
      TokensFor(world, placed.node, {placed.resource.id}, RsaKey(3)).body);
  ASSERT_EQ(tokens.items.size(), 1u);
  const Actor resource{.id = placed.resource.id,
                       .tenancy_id = {},
                       .key_id = http_signature::TokenKeyId(tokens.items[0].token),
                       .key = RsaKey(3)};
  EXPECT_EQ(world.Send(resource, "GET", "/20260101/endpoints").status, 200);
}

// security.md C11
TEST(ResourcePrincipals, AreNotGivenForWhatIsPlacedElsewhere) {
  World world;
  Placed placed(world);
  const auto other = world.Resource(world.red, placed.pool);

  const auto both = TokensFor(world, placed.node, {placed.resource.id, other.id}, NewKey());
  const auto none = TokensFor(world, placed.node, {other.id}, NewKey());

  const auto tokens = Decoded<api::identity::ResourcePrincipalTokens>(both.body);
  ASSERT_EQ(tokens.items.size(), 1u);
  EXPECT_EQ(tokens.items[0].resource_id, placed.resource.id);
  EXPECT_EQ(world.AuditCount("ALLOWED", "CreateResourcePrincipalTokens"), 1);
  EXPECT_EQ(none.status, 404);
  EXPECT_EQ(world.AuditCount("REFUSED", "CreateResourcePrincipalTokens"), 1);
}

TEST(ResourcePrincipals, DieWhenTheResourceIsTakenOffTheNodeOrTheNodeIsRemoved) {
  World world;
  Placed placed(world);
  const auto key = NewKey();
  const auto as_resource = [&] {
    const auto tokens = Decoded<api::identity::ResourcePrincipalTokens>(
        TokensFor(world, placed.node, {placed.resource.id}, key).body);
    return Actor{.id = placed.resource.id,
                 .tenancy_id = {},
                 .key_id = http_signature::TokenKeyId(tokens.items.at(0).token),
                 .key = key};
  };
  const auto first = as_resource();
  ASSERT_EQ(world.Place(world.load_balancer, placed.resource.id, 2, {}).status, 200);
  EXPECT_EQ(world.Send(first, "GET", "/20260101/endpoints").status, 401);

  ASSERT_EQ(world.Place(world.load_balancer, placed.resource.id, 3, {placed.node.id}).status, 200);
  const auto second = as_resource();
  ASSERT_EQ(
      world.Send(world.red, "POST", "/20260101/nodes/" + placed.node.id + "/actions/remove").status,
      200);
  EXPECT_EQ(world.Send(second, "GET", "/20260101/endpoints").status, 401);
  EXPECT_EQ(world.Send(placed.node, "GET", "/20260101/endpoints").status, 401);
}

TEST(ResourcePrincipals, AreForNodesOnly) {
  World world;
  Placed placed(world);
  EXPECT_EQ(TokensFor(world, world.load_balancer, {placed.resource.id}, NewKey()).status, 404);
  EXPECT_EQ(TokensFor(world, world.red, {placed.resource.id}, NewKey()).status, 404);
  EXPECT_EQ(TokensFor(world, placed.node, {"not an ocid"}, NewKey()).status, 400);
  EXPECT_EQ(TokensFor(world, placed.node, {}, NewKey()).status, 400);
}

// --- Nodes

TEST(Nodes, AreShownWithWhatTheyTold) {
  World world;
  Placed placed(world);
  const auto node = Decoded<api::identity::Node>(
      world.Send(world.red, "GET", "/20260101/nodes/" + placed.node.id).body);
  EXPECT_EQ(node.name, "node-1");
  EXPECT_TRUE(node.time_last_seen.has_value());
  EXPECT_EQ(node.wanted_count, 1);
  EXPECT_THAT(node.node_pool_ids, ElementsAre(placed.pool));
  EXPECT_EQ(world.Send(world.blue, "GET", "/20260101/nodes/" + placed.node.id).status, 404);
  EXPECT_EQ(
      Decoded<api::identity::NodeCollection>(world.Send(world.blue, "GET", "/20260101/nodes").body)
          .items.size(),
      0u);
  EXPECT_EQ(
      Decoded<api::identity::NodeCollection>(world.Send(world.red, "GET", "/20260101/nodes").body)
          .items.size(),
      1u);
}

TEST(Nodes, AreChangedByWhoMayChangeEveryPoolOfThem) {
  World world;
  Placed placed(world);
  const auto mary =
      world.User(world.red, "mary", 2, {"Allow group mary to read node-family in tenancy"});
  const std::string drain = "/20260101/nodes/" + placed.node.id + "/actions/drain";
  EXPECT_EQ(world.Send(mary, "GET", "/20260101/nodes/" + placed.node.id).status, 200);
  EXPECT_EQ(world.Send(mary, "POST", drain).status, 404);
  EXPECT_EQ(world.Send(world.blue, "POST", drain).status, 404);
  EXPECT_EQ(world.Send(world.red, "POST", drain).status, 200);
  EXPECT_EQ(world.Snapshot()->Node(placed.node.id)->state, authz::NodeState::kDraining);
}

TEST(Nodes, ThatDrainKeepWhatTheyHaveAndTakeNothingNew) {
  World world;
  Placed placed(world);
  const auto other = world.Resource(world.red, placed.pool);
  ASSERT_EQ(
      world.Send(world.red, "POST", "/20260101/nodes/" + placed.node.id + "/actions/drain").status,
      200);
  EXPECT_EQ(world.Place(world.load_balancer, placed.resource.id, 2, {placed.node.id}).status, 200);
  EXPECT_EQ(world.Place(world.load_balancer, other.id, 1, {placed.node.id}).status, 409);
  EXPECT_EQ(TokensFor(world, placed.node, {placed.resource.id}, NewKey()).status, 200);
}

TEST(Nodes, ThatWereRemovedStayRemoved) {
  World world;
  Placed placed(world);
  const std::string node = "/20260101/nodes/" + placed.node.id + "/actions/";
  ASSERT_EQ(world.Send(world.red, "POST", node + "remove").status, 200);
  EXPECT_EQ(world.Send(world.red, "POST", node + "drain").status, 409);
  EXPECT_EQ(world.Send(world.red, "POST", node + "pollNow").status, 409);
  // Its name is free again.
  world.Node(world.red, placed.pool, "node-1");
}

TEST(Nodes, AreWokenByPollNow) {
  World world;
  Placed placed(world);
  const auto before = world.Snapshot()->position();
  bool woken = false;
  world.news.Subscribe({"node/" + placed.node.id, 0}, [&] { woken = true; });
  EXPECT_EQ(world.Send(world.red, "POST", "/20260101/nodes/" + placed.node.id + "/actions/pollNow")
                .status,
            200);
  EXPECT_TRUE(woken);
  EXPECT_GT(world.Snapshot()->position(), before);
}

// --- Certificates of our own processes

TEST(ServerCertificates, NameWhatTheProcessWasRegisteredWith) {
  World world;
  const Actor enrolled{.id = world.load_balancer.id,
                       .tenancy_id = {},
                       .key_id = http_signature::EnrolmentKeyId(world.load_balancer.id),
                       .key = world.enrolment_keys["loadbalancer"]};
  const auto ask = [&](const Actor& actor, const std::vector<std::string>& names) {
    return world.Send(actor, "POST", "/20260101/serverCertificates",
                      EncodeJson(api::identity::CreateServerCertificateDetails{
                          .public_key_pem = PemOf(NewKey()), .names = names}));
  };
  const auto good = ask(enrolled, {"pki.test"});
  ASSERT_EQ(good.status, 200) << good.body;
  const auto chain = Decoded<api::identity::ServerCertificate>(good.body);
  const auto leaf = pki::ParseCertificatePem(chain.certificate_chain_pem);
  ASSERT_TRUE(leaf);
  EXPECT_THAT(leaf->DnsNames(), ElementsAre("pki.test"));
  EXPECT_EQ(ask(enrolled, {"other.pki.test"}).status, 404);
  EXPECT_EQ(ask(enrolled, {}).status, 400);
  EXPECT_EQ(ask(world.load_balancer, {"pki.test"}).status, 404) << "a token is not enough";
  EXPECT_EQ(ask(world.red, {"pki.test"}).status, 404);
}

TEST(ServerCertificates, AreNotForNodes) {
  World world;
  const auto pool = world.Pool(world.red, "pool");
  const auto key = NewKey();
  const auto enrolled =
      Enrol(world, World::Enrolment(world.NodeToken(world.red, pool).token, "node-1", key));
  const auto id = Decoded<api::identity::EnrolledNode>(enrolled.body).node_id;
  const Actor node{
      .id = id, .tenancy_id = {}, .key_id = http_signature::EnrolmentKeyId(id), .key = key};
  EXPECT_EQ(world
                .Send(node, "POST", "/20260101/serverCertificates",
                      EncodeJson(api::identity::CreateServerCertificateDetails{
                          .public_key_pem = PemOf(NewKey()), .names = {"pki.test"}}))
                .status,
            404);
}

}  // namespace
}  // namespace perennial::identity::testing
