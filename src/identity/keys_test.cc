// SPDX-License-Identifier: Apache-2.0
// Token keys, the platform CA, the first steps of an installation, and the facts that others
// follow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "identity/testing/world.h"
#include "pki/verify.h"

namespace perennial::identity::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::map<std::string, std::string> StatesOf(World& world) {
  std::map<std::string, std::string> states;
  for (const auto* key : world.Snapshot()->TokenKeys()) states[key->kid] = WireNameOf(key->state);
  return states;
}

std::string KidOf(World& world) {
  const auto token = world.token_keys->Sign(
      {.sub = "s", .ptype = "service", .jwk = NewKey()->public_key().ToJwk()});
  EXPECT_TRUE(token);
  const auto header = Base64UrlDecode(token->token.substr(0, token->token.find('.')));
  const std::string text(AsText(*header));
  for (const auto& [kid, state] : StatesOf(world)) {
    if (text.find(kid) != std::string::npos) return kid;
  }
  return {};
}

int64_t CountOf(const std::map<std::string, std::string>& states, const std::string& wanted) {
  return std::ranges::count_if(states, [&](const auto& entry) { return entry.second == wanted; });
}

TEST(TokenKeys, NextOneIsPublishedAnHourBeforeItsFirstUse) {
  World world;
  const auto start = world.clock.Now();
  const auto first = KidOf(world);
  world.clock.Set(start + std::chrono::hours(23) - std::chrono::minutes(1));
  ASSERT_TRUE(world.token_keys->Step());
  EXPECT_EQ(StatesOf(world).size(), 1u);

  world.clock.Set(start + std::chrono::hours(23));
  ASSERT_TRUE(world.token_keys->Step());
  EXPECT_EQ(CountOf(StatesOf(world), "NEXT"), 1);
  EXPECT_EQ(KidOf(world), first);

  world.clock.Set(start + std::chrono::hours(24));
  ASSERT_TRUE(world.token_keys->Step());
  EXPECT_NE(KidOf(world), first);
  EXPECT_EQ(StatesOf(world)[first], "CURRENT") << "what it signed is still alive";
}

TEST(TokenKeys, LastOneVerifiesUntilWhatItSignedHasDied) {
  World world;
  const auto start = world.clock.Now();
  const auto first = KidOf(world);
  world.clock.Set(start + std::chrono::hours(23));
  ASSERT_TRUE(world.token_keys->Step());
  const auto balancer = [&] {
    world.clock.Set(start + std::chrono::hours(24) - std::chrono::minutes(1));
    return world.WithToken(world.load_balancer.id, world.enrolment_keys["loadbalancer"]);
  }();
  world.clock.Set(start + std::chrono::hours(24));
  ASSERT_TRUE(world.token_keys->Step());
  world.clock.Advance(std::chrono::minutes(13));
  EXPECT_EQ(world.Send(balancer, "GET", "/20260101/endpoints").status, 200);

  // A person's session token lives an hour.
  world.clock.Set(start + std::chrono::hours(25));
  ASSERT_TRUE(world.token_keys->Step());
  EXPECT_EQ(StatesOf(world)[first], "CURRENT");
  world.clock.Set(start + std::chrono::hours(25) + std::chrono::minutes(5));
  ASSERT_TRUE(world.token_keys->Step());
  EXPECT_EQ(StatesOf(world)[first], "RETIRED");
  world.clock.Advance(std::chrono::hours(24));
  ASSERT_TRUE(world.token_keys->Step());
  EXPECT_EQ(StatesOf(world).count(first), 0u);
}

TEST(TokenKeys, AfterALongPauseTheNewOneIsStillPublishedFirst) {
  World world;
  const auto first = KidOf(world);
  world.clock.Advance(std::chrono::days(3));
  ASSERT_TRUE(world.token_keys->Step());
  EXPECT_EQ(KidOf(world), first);
  EXPECT_EQ(CountOf(StatesOf(world), "NEXT"), 1);
  world.clock.Advance(std::chrono::hours(1));
  ASSERT_TRUE(world.token_keys->Step());
  EXPECT_NE(KidOf(world), first);
}

TEST(TokenKeys, AreSharedByTwoProcessesAndWrappedAtRest) {
  World world;
  TokenKeys other(*world.database, world.store, world.envelope, world.clock, world.random);
  EXPECT_FALSE(other.Sign({.sub = "s", .ptype = "service"}).has_value());
  ASSERT_TRUE(other.Step());
  EXPECT_EQ(StatesOf(world).size(), 1u);

  const keys::Envelope wrong(SecretBytes(std::vector<uint8_t>(32, 8)), world.random);
  TokenKeys stranger(*world.database, world.store, wrong, world.clock, world.random);
  EXPECT_FALSE(stranger.Step().has_value());
}

TEST(TokenKeys, AreShownWithoutTheirPrivateHalf) {
  World world;
  const auto response = world.Send(world.replica, "GET", "/20260101/tokenKeys");
  const auto keys = Decoded<api::identity::TokenKeys>(response.body).keys;
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_EQ(keys[0].kty, "EC");
  EXPECT_EQ(keys[0].alg, "ES256");
  EXPECT_EQ(keys[0].state, "CURRENT");
  EXPECT_THAT(response.body, Not(HasSubstr(R"("d":)")));
}

// --- The platform CA

TEST(PlatformCa, IssuesWithinItsConstraintsOnly) {
  World world;
  const auto key = NewKey();
  const auto good =
      world.platform_ca->Issue(key->public_key(), {"pki.test", "a.nodes.test", "127.0.0.1"});
  ASSERT_TRUE(good) << good.error().message;
  EXPECT_TRUE(pki::VerifyChain(*good, {}, std::array{world.platform_ca->certificate()},
                               world.clock.Now(), "a.nodes.test"));
  EXPECT_EQ(good->not_after() - good->not_before() + seconds(1), kServerCertificateLife);
  EXPECT_FALSE(world.platform_ca->Issue(key->public_key(), {"bank.example"}));
  EXPECT_FALSE(world.platform_ca->Issue(key->public_key(), {"xpki.test"}));
  EXPECT_FALSE(world.platform_ca->Issue(key->public_key(), {"10.0.0.1"}));
  EXPECT_FALSE(world.platform_ca->Issue(key->public_key(), {}));
}

TEST(PlatformCa, LastsTenYearsAndSaysWhatItMaySign) {
  World world;
  const auto& ca = world.platform_ca->certificate();
  EXPECT_TRUE(ca.is_ca());
  EXPECT_EQ(ca.path_length(), 0);
  EXPECT_EQ(ca.public_key().algorithm(), pki::KeyAlgorithm::kEcdsaP256);
  EXPECT_EQ(ca.not_after() - ca.not_before() + seconds(1), kPlatformCaLife);
  const auto constraints =
      std::ranges::find(ca.fields().extensions, "2.5.29.30", &pki::CertificateExtension::oid);
  ASSERT_NE(constraints, ca.fields().extensions.end());
  EXPECT_TRUE(constraints->critical);
}

TEST(PlatformCa, GivesTheApiItsOwnCertificateWithTheCaInTheChain) {
  World world;
  const auto identity = world.platform_ca->IssueServerIdentity(*world.database, world.store,
                                                               {"pki.test", "127.0.0.1"});
  ASSERT_TRUE(identity) << identity.error().message;
  const auto chain = pki::ParseChainPem(identity->chain_pem);
  ASSERT_TRUE(chain);
  ASSERT_EQ(chain->size(), 2u);
  EXPECT_EQ("sha256:" + chain->back().FingerprintSha256(), world.platform_ca->Hash());
  const auto key = pki::PrivateKey::ParsePem(identity->private_key_pem);
  ASSERT_TRUE(key);
  EXPECT_TRUE(pki::KeyMatches(chain->front(), *key));
  EXPECT_EQ(world.AuditCount("ALLOWED", "IssueServerCertificate"), 1);
}

TEST(PlatformCa, IsMadeOnce) {
  World world;
  const auto again = CreatePlatformCa(world.bootstrap(), {"other.test"});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->hash, world.platform_ca->Hash());
  EXPECT_EQ(world.AuditCount("ALLOWED", "CreatePlatformCa"), 1);
}

// --- Bootstrap

TEST(Bootstrap, OfATenancyMayBeRepeatedWithTheSameKeyOnly) {
  World world;
  const auto again =
      CreateTenancy(world.bootstrap(), {.name = "RED", .api_public_key_pem = PemOf(RsaKey(0))});
  const auto other =
      CreateTenancy(world.bootstrap(), {.name = "red", .api_public_key_pem = PemOf(RsaKey(1))});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->tenancy_id, world.red.tenancy_id);
  EXPECT_EQ(again->user_id, world.red.id);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(world.AuditCount("ALLOWED", "CreateTenancy"), 2);
  EXPECT_FALSE(
      CreateTenancy(world.bootstrap(), {.name = "green", .api_public_key_pem = PemOf(NewKey())}));
}

TEST(Bootstrap, OfAServiceIsByItsKey) {
  World world;
  const auto pem = PemOf(world.enrolment_keys["loadbalancer"]);
  const auto again =
      RegisterService(world.bootstrap(), "loadbalancer", pem, {"pki.test", "lb.pki.test"});
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, world.load_balancer.id);
  EXPECT_THAT(world.Snapshot()->Service(*again)->names, ElementsAre("pki.test", "lb.pki.test"));
  EXPECT_FALSE(RegisterService(world.bootstrap(), "certificates", pem, {}));
  EXPECT_FALSE(RegisterService(world.bootstrap(), "toaster", PemOf(NewKey()), {}));
  EXPECT_FALSE(RegisterService(world.bootstrap(), "audit", PemOf(NewKey()), {"not a name"}));
  EXPECT_FALSE(RegisterService(world.bootstrap(), "audit", PemOf(RsaKey(0)), {}));
  EXPECT_TRUE(RegisterService(world.bootstrap(), "audit", PemOf(NewKey()), {"pki.test"}));
}

// --- Facts

api::identity::AuthorizationSnapshot Follow(World& world, const Actor& actor, int64_t after) {
  const auto response = world.Send(
      actor, "GET", "/20260101/authorizationSnapshot?waitSeconds=1&after=" + std::to_string(after));
  EXPECT_EQ(response.status, 200) << response.body;
  return Decoded<api::identity::AuthorizationSnapshot>(response.body);
}

TEST(Facts, FollowedStepByStepAreTheSameAsAllAtOnce) {
  World world;
  authz::SnapshotBuilder follower;
  const auto apply = [&] {
    const auto answer = Follow(world, world.certificates, follower.position());
    std::vector<authz::SnapshotEntry> entries;
    for (const auto& entry : answer.entries) entries.push_back({entry.kind, entry.id, entry.value});
    EXPECT_TRUE(follower.ApplyAnswer(answer.position, answer.full, entries).empty());
    return answer;
  };
  EXPECT_TRUE(apply().full);
  const auto mary =
      world.User(world.red, "mary", 2, {"Allow group mary to inspect users in tenancy"});
  EXPECT_FALSE(apply().full);
  const auto memberships = Decoded<std::vector<api::identity::UserGroupMembership>>(
      world
          .Send(world.red, "GET",
                "/20160918/userGroupMemberships?compartmentId=" + mary.tenancy_id +
                    "&userId=" + mary.id)
          .body);
  world.Send(world.red, "DELETE", "/20160918/userGroupMemberships/" + memberships.at(0).id);
  const auto last = apply();
  ASSERT_EQ(last.entries.size(), 1u);
  EXPECT_EQ(last.entries[0].kind, "membership");
  EXPECT_TRUE(last.entries[0].value.text.empty() || last.entries[0].value.text == "null");

  const auto texts = [](const authz::Snapshot& snapshot) {
    std::set<std::string> all;
    for (const auto& entry : snapshot.Entries())
      all.insert(entry.kind + entry.id + entry.value.text);
    return all;
  };
  EXPECT_EQ(texts(*follower.Build()), texts(*world.Snapshot()));
}

TEST(Facts, OfPeopleAreNotForReplicas) {
  World world;
  world.User(world.red, "mary", 2, {"Allow group mary to inspect users in tenancy"});
  const auto pool = world.Pool(world.red, "pool");
  const auto node = world.Node(world.red, pool, "node-1");
  const auto resource = world.Resource(world.red, pool);
  world.Place(world.load_balancer, resource.id, 1, {node.id});

  std::set<std::string> kinds;
  for (const auto& entry : Follow(world, world.replica, 0).entries) kinds.insert(entry.kind);

  // Nor what runs where: a poll needs no more than who the caller is.
  EXPECT_THAT(kinds, ElementsAre("node", "replica", "service", "tokenKey"));
  EXPECT_EQ(world.Send(world.red, "GET", "/20260101/authorizationSnapshot").status, 404);
  EXPECT_EQ(world.Send(node, "GET", "/20260101/authorizationSnapshot").status, 404);
}

TEST(Facts, CallWithoutNewsIsParkedUntilThereIsSome) {
  World world;
  const auto position = world.Snapshot()->position();
  world.clock.Advance(seconds(1));
  auto answer = world.router.Handle(world.Signed(
      world.certificates, kHost, "GET",
      "/20260101/authorizationSnapshot?waitSeconds=2&after=" + std::to_string(position), {}));
  auto* parked = std::get_if<net::Parked>(&answer);
  ASSERT_NE(parked, nullptr);
  EXPECT_EQ(parked->awaited.position, position);
  bool woken = false;
  world.news.Subscribe(parked->awaited, [&] { woken = true; });
  world.User(world.red, "mary", 2);
  EXPECT_TRUE(woken);
  const auto response = std::get<HttpResponse>(parked->resume(false));
  EXPECT_THAT(response.body, HasSubstr("mary"));
}

TEST(Facts, APositionFromElsewhereIsAnsweredInFull) {
  World world;
  const auto position = world.Snapshot()->position();
  EXPECT_TRUE(Follow(world, world.certificates, position + 1000).full);
  EXPECT_FALSE(Follow(world, world.certificates, position - 1).full);
}

TEST(Facts, EndsAreForgottenAfterAWeekAndWhoMissedThemStartsAnew) {
  World world;
  const auto policy = Decoded<api::identity::Policy>(world.Post(
      world.red, "/20160918/policies",
      R"({"compartmentId":")" + world.red.tenancy_id +
          R"(","name":"p","description":"d","statements":["Allow any-user to read users in tenancy"]})"));
  const auto before = world.Snapshot()->position();
  world.Send(world.red, "DELETE", "/20160918/policies/" + policy.id);
  const auto after = world.Snapshot()->position();
  world.clock.Advance(std::chrono::days(6));
  world.identity->Step();
  const auto facts = [&](int64_t position) {
    return *world.database->ReadValue(
        [&](Session& session) { return world.store.FactsAfter(session, position, {}); });
  };
  EXPECT_FALSE(facts(before).full);
  world.clock.Advance(std::chrono::days(2));
  world.identity->Step();
  EXPECT_TRUE(facts(before).full);
  EXPECT_FALSE(facts(after).full);
}

TEST(Facts, OfACommitAreInTheNextViewOfAnyProcess) {
  World world;
  LocalIdentityView other(*world.database, world.store);
  ASSERT_TRUE(other.Current());
  const auto mary = world.User(world.red, "mary", 2);
  EXPECT_NE((*other.Current())->User(mary.id), nullptr);
  EXPECT_EQ((*other.Current())->User(mary.id)->keys.size(), 1u);
}

TEST(Facts, AreNeverSeenGoingBackByManyThreads) {
  World world;
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      int64_t last = 0;
      while (!done) {
        const auto snapshot = world.Snapshot();
        EXPECT_GE(snapshot->position(), last);
        last = snapshot->position();
      }
    });
  }
  for (int i = 0; i < 20; ++i) world.Pool(world.red, "pool-" + std::to_string(i));
  const auto head = world.database->ReadValue(
      [&](Session& session) { return world.store.FactPosition(session); });
  EXPECT_EQ(world.Snapshot()->position(), *head);
  done = true;
  for (auto& reader : readers) reader.join();
}

TEST(Facts, OfARefusedChangeDoNotAppear) {
  World world;
  const auto before = world.Snapshot()->position();
  world.Send(world.red, "POST", "/20160918/users",
             R"({"compartmentId":")" + world.red.tenancy_id +
                 R"(","name":"administrator","description":"d"})");
  EXPECT_EQ(world.Snapshot()->position(), before);
}

TEST(AuditRecords, AreForTheAuditServiceOnly) {
  World world;
  const auto audit = world.Process("audit");
  const auto target = "/20260101/auditRecords/identity?after=0";
  EXPECT_EQ(world.Send(audit, "GET", target).status, 200);
  EXPECT_EQ(world.Send(world.load_balancer, "GET", target).status, 404);
  EXPECT_EQ(world.Send(world.red, "GET", target).status, 404);
}

}  // namespace
}  // namespace perennial::identity::testing
