// SPDX-License-Identifier: Apache-2.0
// Who may read which bundle, and who a private key (security.md C).
#include "certificates/control_plane/operations/bundles.h"

#include "certificates/control_plane/testing_answers.h"
#include "pki/verify.h"

namespace perennial::certificates {
namespace {

using testing::Answers;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kAnn;
using testing::kBalancer1;
using testing::kBalancer2;
using testing::kEve;
using testing::kGus;
using testing::kKay;
using testing::kNode1;
using testing::kNode2;
using ::testing::Not;
using testing::World;

constexpr char kKey[] = "certificateBundleType=CERTIFICATE_CONTENT_WITH_PRIVATE_KEY";

class BundlesTest : public ::testing::Test {
 protected:
  BundlesTest() : root(world.Root()), id(world.Certificate(root)) {}

  HttpResponse Read(const std::string& who, const std::string& query) {
    return world.Send(who, "GET", "/20210224/certificateBundles/" + id + "?" + query);
  }
  HttpResponse ReadAs(const char* balancer, const std::string& query, const char* node = kNode1) {
    return Read(world.identity.Balancer(balancer, node, world.clock.Now()), query);
  }
  HttpResponse NewVersion(const std::string& stage) {
    return world.Ann("PUT", "/20210224/certificates/" + id,
                     R"({"certificateConfig":{"configType":"ISSUED_BY_INTERNAL_CA","stage":")" +
                         stage + R"("}})");
  }
  // A live rollout that wants a version for one node, as rollouts write it.
  void Want(const std::string& association, const char* node, int64_t version, int live = 1) {
    static int count = 0;
    const auto rollout = "r" + std::to_string(count++);
    EXPECT_TRUE(
        world.Sql("INSERT INTO rollout (id, certificate_id, to_version, state, live, paused, "
                  "forced, wave, revision, started_at) "
                  "VALUES ($1, $2, $3, 'CANARY', $4, 0, 0, 0, 1, 0)",
                  {rollout, id, version, live}));
    EXPECT_TRUE(
        world.Sql("INSERT INTO rollout_node (rollout_id, association_id, resource_id, "
                  "node_id, wave, live, wanted_version) VALUES ($1, $2, $3, $4, 0, 1, $5)",
                  {rollout, association, kBalancer1, node, version}));
  }
  static int64_t VersionIn(const HttpResponse& response) {
    return World::Read<wire::CertificateBundle>(response).version_number;
  }

  World world;
  std::string root, id;
};

TEST_F(BundlesTest, TheKeyGoesToTheResourceThatAnAssociationNames) {
  const auto association = world.Associate(id, kBalancer1);
  const auto answer = ReadAs(kBalancer1, kKey);
  const auto bundle = World::Read<wire::CertificateBundle>(answer);
  EXPECT_EQ(bundle.certificate_bundle_type, wire::BundleType::kWithPrivateKey);
  const auto key = *pki::PrivateKey::ParsePem(*bundle.private_key_pem);
  EXPECT_TRUE(pki::KeyMatches(*pki::ParseCertificatePem(*bundle.certificate_pem), key));
  EXPECT_EQ(FindHeader(answer.headers, "cache-control"), "no-store");
  EXPECT_THAT(world.LastAudit(), HasSubstr("association " + association));
  EXPECT_THAT(world.LastAudit(), HasSubstr(R"("privateKey":true)"));
  EXPECT_THAT(world.LastAudit(), Not(HasSubstr("PRIVATE KEY")));
  EXPECT_EQ(world.Number("SELECT version_number FROM key_read WHERE association_id = $1 AND "
                         "node_id = $2",
                         {association, kNode1}),
            1);
}

TEST_F(BundlesTest, AUsersKeyReadWaitsWhileIdentityIsAwayAndAResourcesGoesOn) {
  world.Associate(id, kBalancer1);
  const auto as_user = [&] {
    return world
        .Send(world.identity.User(kKay), "GET", "/20210224/certificateBundles/" + id + "?" + kKey)
        .status;
  };
  EXPECT_EQ(as_user(), 200);
  world.identity.view.age = seconds(6);
  EXPECT_EQ(as_user(), 503);
  EXPECT_EQ(ReadAs(kBalancer1, kKey).status, 200);
}

TEST_F(BundlesTest, NobodyElseReadsTheKey) {
  world.Associate(id, kBalancer1);
  const auto now = world.clock.Now();
  const auto absent = world.Send(world.identity.User(kKay), "GET",
                                 std::string("/20210224/certificateBundles/none?") + kKey);
  const struct {
    const char* who;
    std::string key_id;
  } others[] = {{"another balancer", world.identity.Balancer(kBalancer2, kNode1, now)},
                {"a manager without the condition", world.identity.User(kAnn)},
                {"a user without policy", world.identity.User(kEve)},
                {"another tenancy", world.identity.User(kGus)}};
  for (const auto& other : others) {
    const auto count = world.Number("SELECT count(*) FROM audit");
    const auto answer = Read(other.key_id, kKey);
    EXPECT_EQ(answer.status, 404) << other.who;
    EXPECT_EQ(answer.body, absent.body) << other.who;
    EXPECT_EQ(world.Number("SELECT count(*) FROM audit"), count + 1) << other.who;
    EXPECT_THAT(world.LastAudit(), HasSubstr("REFUSED")) << other.who;
  }
  // On a node that it is not placed on it is nobody.
  EXPECT_EQ(ReadAs(kBalancer1, kKey, kNode2).status, 401);
  // Services, nodes and replicas do not even have the operation.
  for (const auto& key_id : {world.identity.Service(now), world.identity.Node(kNode1, now),
                             world.identity.Replica(now)}) {
    EXPECT_EQ(Read(key_id, kKey).status, 404);
    // Its owner finds the attempt, although the caller belongs to no tenancy.
    EXPECT_THAT(world.LastAudit(), AllOf(HasSubstr(R"("resourceName":"shop")"),
                                         HasSubstr(R"("compartmentId":")")));
    EXPECT_EQ(Read(key_id, "").status, 404);
  }
  EXPECT_EQ(world.Number("SELECT count(*) FROM key_read"), 0);
}

TEST_F(BundlesTest, AUserReadsTheKeyByAStatementThatSaysSo) {
  const auto answer = Read(world.identity.User(kKay), kKey);
  EXPECT_TRUE(World::Read<wire::CertificateBundle>(answer).private_key_pem);
  EXPECT_THAT(world.LastAudit(), HasSubstr("bundle-type"));
  EXPECT_EQ(world.Number("SELECT count(*) FROM key_read"), 0);
}

TEST_F(BundlesTest, TheKeyIsGoneAtOnceAfterTheDetach) {
  const auto association = world.Associate(id, kBalancer1);
  EXPECT_EQ(ReadAs(kBalancer1, kKey).status, 200);
  ASSERT_TRUE(world.Sql("DELETE FROM association WHERE id = $1", {association}));
  EXPECT_EQ(ReadAs(kBalancer1, kKey).status, 404);
  EXPECT_EQ(ReadAs(kBalancer1, "").status, 404);
}

TEST_F(BundlesTest, AResourceReadsTheCurrentVersionAndNothingThatAUserStaged) {
  world.Associate(id, kBalancer1);
  ASSERT_EQ(NewVersion("PENDING").status, 200);
  const auto key = std::string(kKey);
  EXPECT_EQ(VersionIn(ReadAs(kBalancer1, key)), 1);
  EXPECT_EQ(VersionIn(ReadAs(kBalancer1, key + "&versionNumber=1")), 1);
  EXPECT_EQ(VersionIn(ReadAs(kBalancer1, key + "&versionNumber=0")), 1);
  for (const auto* selector : {"&versionNumber=2", "&stage=PENDING", "&stage=LATEST"}) {
    EXPECT_EQ(ReadAs(kBalancer1, key + selector).status, 404) << selector;
    EXPECT_EQ(ReadAs(kBalancer1, selector + 1).status, 404) << selector;
    MutantOn mutant("certificates.any_version_to_resource");
    EXPECT_EQ(ReadAs(kBalancer1, key + selector).status, 200) << selector;
  }
  ASSERT_EQ(NewVersion("CURRENT").status, 200);
  EXPECT_EQ(ReadAs(kBalancer1, key + "&versionNumber=1").status, 404);
  EXPECT_EQ(VersionIn(ReadAs(kBalancer1, key)), 3);
}

TEST_F(BundlesTest, ALiveRolloutOpensItsVersionForItsNodeAlone) {
  world.identity.Know(authz::PlacementFact{kBalancer1, 2, {kNode1, kNode2}});
  const auto association = world.Associate(id, kBalancer1);
  ASSERT_EQ(NewVersion("PENDING").status, 200);
  Want(association, kNode1, 2);
  const auto wanted = std::string(kKey) + "&versionNumber=2";
  EXPECT_EQ(VersionIn(ReadAs(kBalancer1, wanted, kNode1)), 2);
  EXPECT_EQ(ReadAs(kBalancer1, wanted, kNode2).status, 404);
  const auto is_to_serve = [&](const char* node) {
    return World::Read<wire::CertificateBundle>(ReadAs(kBalancer1, kKey, node))
        .wanted_version_number;
  };
  EXPECT_EQ(is_to_serve(kNode1), 2) << "told with version 1, which it may read still";
  EXPECT_EQ(is_to_serve(kNode2), 1);
  EXPECT_EQ(VersionIn(ReadAs(kBalancer1, kKey, kNode2)), 1);
  ASSERT_TRUE(world.Sql("UPDATE rollout SET live = 0"));
  EXPECT_EQ(ReadAs(kBalancer1, wanted, kNode1).status, 404);
}

TEST_F(BundlesTest, TheAssociationAloneDecidesWhateverPoliciesSay) {
  world.Associate(id, kBalancer1);
  world.identity.Forget<authz::PolicyFact>("ocid1.policy.perennial..ann");
  EXPECT_EQ(ReadAs(kBalancer1, kKey).status, 200);
  EXPECT_EQ(Read(world.identity.User(kAnn), "").status, 404);
}

TEST_F(BundlesTest, ADeadBalancerOrNodeReadsNothing) {
  world.Associate(id, kBalancer1);
  world.identity.Know(authz::PlacementFact{kBalancer1, 2, {}});
  EXPECT_NE(ReadAs(kBalancer1, kKey).status, 200);
}

TEST_F(BundlesTest, SelectsByNumberNameAndStage) {
  ASSERT_EQ(
      world
          .Ann(
              "PUT", "/20210224/certificates/" + id,
              R"({"certificateConfig":{"configType":"ISSUED_BY_INTERNAL_CA","versionName":"two"}})")
          .status,
      200);
  ASSERT_EQ(NewVersion("CURRENT").status, 200);
  ASSERT_EQ(NewVersion("PENDING").status, 200);
  const auto version = [&](const std::string& query) {
    return VersionIn(Read(world.identity.User(kAnn), query));
  };
  EXPECT_EQ(version(""), 3);
  EXPECT_EQ(version("versionNumber=1"), 1);
  EXPECT_EQ(version("certificateVersionName=two"), 2);
  EXPECT_EQ(version("stage=CURRENT"), 3);
  EXPECT_EQ(version("stage=PREVIOUS"), 2);
  EXPECT_EQ(version("stage=DEPRECATED"), 1);
  EXPECT_EQ(version("stage=PENDING"), 4);
  EXPECT_EQ(version("stage=LATEST"), 4);
  EXPECT_EQ(Read(world.identity.User(kAnn), "versionNumber=9").status, 404);
  EXPECT_EQ(Read(world.identity.User(kAnn), "versionNumber=1&stage=CURRENT").status, 400);
  EXPECT_EQ(Read(world.identity.User(kAnn), "stage=GONE").status, 400);
  EXPECT_EQ(Read(world.identity.User(kAnn), "certificateBundleType=ALL").status, 400);
  EXPECT_EQ(
      Read(world.identity.User(kAnn), "certificateVersionName=x%27%20OR%20%271%27=%271").status,
      404);
}

TEST_F(BundlesTest, TheAuditIsDurableBeforeTheKeyLeaves) {
  world.Associate(id, kBalancer1);
  // Nothing can be appended: as with a full disk.
  ASSERT_TRUE(world.Sql("ALTER TABLE audit RENAME TO audit_away"));
  const auto answer = ReadAs(kBalancer1, kKey);
  EXPECT_NE(answer.status, 200);
  EXPECT_THAT(answer.body, Not(HasSubstr("PRIVATE KEY")));
  EXPECT_EQ(ReadAs(kBalancer1, "").status, 200);  // Without a key it goes on.
}

TEST_F(BundlesTest, AWrappedKeyMovedToAnotherRowDoesNotOpen) {
  const auto other = world.Certificate(root, "other");
  world.Associate(other, kBalancer1);
  ASSERT_TRUE(
      world.Sql("UPDATE certificate_version SET private_key = (SELECT private_key FROM "
                "certificate_version WHERE owner_id = $1) WHERE owner_id = $2",
                {id, other}));
  id = other;
  const auto answer = ReadAs(kBalancer1, kKey);
  EXPECT_EQ(answer.status, 500);
  EXPECT_THAT(answer.body, Not(HasSubstr("PRIVATE KEY")));
}

TEST_F(BundlesTest, ABalancerReadsTheAuthorityThatItTrusts) {
  const auto read = [&] {
    return world.Send(world.identity.Balancer(kBalancer1, kNode1, world.clock.Now()), "GET",
                      "/20210224/certificateAuthorityBundles/" + root);
  };
  EXPECT_EQ(read().status, 404);
  world.Associate(root, kBalancer1);
  EXPECT_EQ(read().status, 200);
  EXPECT_THAT(read().body, Not(HasSubstr("PRIVATE")));
  EXPECT_EQ(ReadAs(kBalancer1, kKey).status, 404);
}

TEST_F(BundlesTest, ListsVersionsWithoutContent) {
  ASSERT_EQ(NewVersion("CURRENT").status, 200);
  const auto list = [&](const std::string& who, const std::string& query) {
    return world.Send(who, "GET", "/20210224/certificateBundles/" + id + "/versions" + query);
  };
  std::vector<int64_t> numbers;
  for (const auto& item : World::Read<wire::CertificateBundleVersionCollection>(
                              list(world.identity.User(kAnn), "?sortOrder=DESC"))
                              .items) {
    numbers.push_back(item.version_number);
  }
  EXPECT_THAT(numbers, ElementsAre(2, 1));
  EXPECT_EQ(list(world.identity.User(kEve), "").status, 404);
}

}  // namespace
}  // namespace perennial::certificates
