// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "identity/testing/world.h"

namespace perennial::identity::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Named(const std::string& compartment, const std::string& name) {
  return R"({"compartmentId":")" + compartment + R"(","name":")" + name + R"(","description":"d"})";
}

std::string PolicyOf(const std::string& compartment, const std::string& name,
                     const std::vector<std::string>& statements) {
  api::identity::CreatePolicyDetails details;
  details.compartment_id = compartment;
  details.name = name;
  details.description = "d";
  details.statements = statements;
  return EncodeJson(details);
}

std::string NextPage(const HttpResponse& response) {
  return FindHeader(response.headers, "opc-next-page").value_or("");
}

TEST(Tenancies, AreShownToTheirAdministratorAndToNobodyElse) {
  World world;
  const auto own = world.Send(world.red, "GET", "/20160918/tenancies/" + world.red.tenancy_id);
  const auto other = world.Send(world.blue, "GET", "/20160918/tenancies/" + world.red.tenancy_id);
  const auto absent =
      world.Send(world.blue, "GET", "/20160918/tenancies/ocid1.tenancy.perennial.home-1.none");

  EXPECT_EQ(own.status, 200);
  EXPECT_EQ(Decoded<api::identity::Tenancy>(own.body).name, "red");
  EXPECT_EQ(other.status, 404);
  EXPECT_EQ(other.body, absent.body);
}

TEST(Tenancies, HaveOneRegion) {
  World world;
  const auto regions = world.Send(world.red, "GET", "/20160918/regions");
  const auto subscribed = world.Send(
      world.red, "GET", "/20160918/tenancies/" + world.red.tenancy_id + "/regionSubscriptions");
  const auto others = world.Send(
      world.blue, "GET", "/20160918/tenancies/" + world.red.tenancy_id + "/regionSubscriptions");
  EXPECT_EQ(regions.body, R"([{"key":"home-1","name":"home-1"}])");
  EXPECT_THAT(subscribed.body, HasSubstr(R"("isHomeRegion":true)"));
  EXPECT_EQ(others.status, 404);
}

TEST(Compartments, AreOneLevelDeepAndUniqueWithoutRegardToCase) {
  World world;
  const auto shop = Decoded<api::identity::Compartment>(
      world.Post(world.red, "/20160918/compartments", Named(world.red.tenancy_id, "Shop")));
  const auto again =
      world.Send(world.red, "POST", "/20160918/compartments", Named(world.red.tenancy_id, "shop"));
  const auto below =
      world.Send(world.red, "POST", "/20160918/compartments", Named(shop.id, "deep"));

  EXPECT_EQ(shop.compartment_id, world.red.tenancy_id);
  EXPECT_EQ(again.status, 409);
  EXPECT_THAT(again.body, HasSubstr("NotAuthorizedOrResourceAlreadyExists"));
  EXPECT_EQ(below.status, 400);
  EXPECT_THAT(below.body, HasSubstr("/compartmentId"));
}

TEST(Compartments, OfTheTenancyItselfIsItsRoot) {
  World world;
  const auto root = Decoded<api::identity::Compartment>(
      world.Send(world.red, "GET", "/20160918/compartments/" + world.red.tenancy_id).body);
  EXPECT_EQ(root.id, world.red.tenancy_id);
  EXPECT_EQ(root.name, "red");
}

TEST(Compartments, AreListedInPagesThatStayValidWhileRowsAreAdded) {
  World world;
  for (const char* name : {"a", "c", "e"}) {
    world.Post(world.red, "/20160918/compartments", Named(world.red.tenancy_id, name));
  }
  const std::string list =
      "/20160918/compartments?sortBy=NAME&limit=2&compartmentId=" + world.red.tenancy_id;
  const auto first = world.Send(world.red, "GET", list);
  world.Post(world.red, "/20160918/compartments", Named(world.red.tenancy_id, "b"));
  const auto second = world.Send(world.red, "GET", list + "&page=" + NextPage(first));

  const auto names = [](const HttpResponse& response) {
    std::string all;
    for (const auto& item : Decoded<std::vector<api::identity::Compartment>>(response.body))
      all += item.name;
    return all;
  };
  EXPECT_EQ(names(first), "ac");
  EXPECT_EQ(names(second), "e");
  EXPECT_EQ(NextPage(second), "");
  const auto newest = world.Send(
      world.red, "GET", "/20160918/compartments?limit=3&compartmentId=" + world.red.tenancy_id);
  EXPECT_EQ(names(newest), "bec");
  const auto rest =
      world.Send(world.red, "GET",
                 "/20160918/compartments?limit=3&compartmentId=" + world.red.tenancy_id +
                     "&page=" + NextPage(newest));
  EXPECT_EQ(names(rest), "a");
}

TEST(Compartments, AccessibleOnesAreThoseThatAPolicyOpens) {
  World world;
  world.Post(world.red, "/20160918/compartments", Named(world.red.tenancy_id, "open"));
  world.Post(world.red, "/20160918/compartments", Named(world.red.tenancy_id, "shut"));
  const auto reader = world.User(
      world.red, "reader", 2, {"Allow group reader to inspect compartments in compartment open"});

  const std::string list = "/20160918/compartments?compartmentId=" + world.red.tenancy_id;
  EXPECT_EQ(world.Send(reader, "GET", list).status, 404);
  const auto accessible =
      world.Send(reader, "GET", list + "&accessLevel=ACCESSIBLE&compartmentIdInSubtree=true");
  EXPECT_THAT(accessible.body, HasSubstr(R"("name":"open")"));
  EXPECT_THAT(accessible.body, Not(HasSubstr("shut")));
  EXPECT_EQ(world.Send(world.blue, "GET", list + "&accessLevel=ACCESSIBLE").status, 404);
}

TEST(Users, OfOneTenancyNeverLearnAnythingOfAnother) {
  World world;
  const auto mary = world.User(world.red, "mary", 2);
  const auto group = Decoded<api::identity::Group>(
      world.Post(world.red, "/20160918/groups", Named(world.red.tenancy_id, "night shift")));
  const auto policy = Decoded<api::identity::Policy>(world.Post(
      world.red, "/20160918/policies",
      PolicyOf(world.red.tenancy_id, "p", {"Allow group 'night shift' to read users in tenancy"})));
  const auto compartment = Decoded<api::identity::Compartment>(
      world.Post(world.red, "/20160918/compartments", Named(world.red.tenancy_id, "shop")));
  const auto pool = world.Pool(world.red, "pool");
  const auto& red = world.red.tenancy_id;

  const std::vector<std::pair<std::string, std::string>> calls = {
      {"GET", "/20160918/users/" + mary.id},
      {"GET", "/20160918/users?compartmentId=" + red},
      {"GET", "/20160918/users/" + mary.id + "/apiKeys"},
      {"GET", "/20160918/groups/" + group.id},
      {"GET", "/20160918/groups?compartmentId=" + red},
      {"GET", "/20160918/policies/" + policy.id},
      {"GET", "/20160918/policies?compartmentId=" + red},
      {"DELETE", "/20160918/policies/" + policy.id},
      {"GET", "/20160918/compartments/" + compartment.id},
      {"GET", "/20160918/compartments?compartmentId=" + red},
      {"GET", "/20160918/userGroupMemberships?compartmentId=" + red},
      {"GET", "/20260101/nodePools/" + pool},
  };
  const auto absent =
      world.Send(world.blue, "GET", "/20160918/users/ocid1.user.perennial.home-1.none");
  ASSERT_EQ(absent.status, 404);
  for (const auto& [method, target] : calls) {
    const auto response = world.Send(world.blue, method, target);
    EXPECT_EQ(response.status, 404) << target;
    EXPECT_EQ(response.body, absent.body) << target;
  }
  EXPECT_EQ(world.Send(world.blue, "POST", "/20160918/users", Named(red, "spy")).status, 404);
  EXPECT_EQ(world.Send(world.blue, "POST", "/20160918/groups", Named(red, "spies")).status, 404);
  EXPECT_EQ(world.Send(world.blue, "POST", "/20160918/compartments", Named(red, "lair")).status,
            404);
  EXPECT_EQ(world
                .Send(world.blue, "POST", "/20160918/policies",
                      PolicyOf(red, "p2", {"Allow any-user to read users in tenancy"}))
                .status,
            404);
  // Neither of the two ways to join a user of another tenancy to a group.
  const auto own = Decoded<api::identity::Group>(
      world.Post(world.blue, "/20160918/groups", Named(world.blue.tenancy_id, "mine")));
  const auto join = [&](const std::string& user, const std::string& in) {
    return world
        .Send(world.blue, "POST", "/20160918/userGroupMemberships",
              EncodeJson(api::identity::AddUserToGroupDetails{.user_id = user, .group_id = in}))
        .status;
  };
  EXPECT_EQ(join(mary.id, own.id), 404);
  EXPECT_EQ(join(world.blue.id, group.id), 404);
}

TEST(Users, WithoutAPolicySeeThemselvesAndManageTheirOwnKeysOnly) {
  World world;
  const auto mary = world.User(world.red, "mary", 2);
  const auto upload = [&](const std::string& user, int rsa) {
    return world
        .Send(mary, "POST", "/20160918/users/" + user + "/apiKeys",
              EncodeJson(api::identity::CreateApiKeyDetails{.key = PemOf(RsaKey(rsa))}))
        .status;
  };
  EXPECT_EQ(world.Send(mary, "GET", "/20160918/users/" + mary.id).status, 200);
  EXPECT_EQ(world.Send(mary, "GET", "/20160918/users/" + world.red.id).status, 404);
  EXPECT_EQ(world.Send(mary, "GET", "/20160918/users?compartmentId=" + mary.tenancy_id).status,
            404);
  EXPECT_EQ(upload(mary.id, 3), 200);
  EXPECT_EQ(upload(world.red.id, 3), 404);
}

TEST(Users, CreatedTwiceWithOneRetryTokenAreOne) {
  World world;
  const auto body = Named(world.red.tenancy_id, "mary");
  const HttpHeaders token = {{"opc-retry-token", "once"}};
  const auto first = world.Send(world.red, "POST", "/20160918/users", body, token);
  const auto second = world.Send(world.red, "POST", "/20160918/users", body, token);
  const auto other =
      world.Send(world.red, "POST", "/20160918/users", Named(world.red.tenancy_id, "eve"), token);
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.body, second.body);
  EXPECT_EQ(other.status, 409);
  EXPECT_THAT(other.body, HasSubstr("InvalidatedRetryToken"));
  EXPECT_EQ(world.Send(world.red, "POST", "/20160918/users", body).status, 409);
}

TEST(Users, StandInTheTenancy) {
  World world;
  const auto shop = Decoded<api::identity::Compartment>(
      world.Post(world.red, "/20160918/compartments", Named(world.red.tenancy_id, "shop")));
  const auto refused = world.Send(world.red, "POST", "/20160918/users", Named(shop.id, "mary"));
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("/compartmentId"));
}

TEST(Users, FieldsAreCheckedAndNamed) {
  World world;
  const auto& red = world.red.tenancy_id;
  const auto send = [&](const std::string& body) {
    return world.Send(world.red, "POST", "/20160918/users", body);
  };
  EXPECT_THAT(send(Named(red, "")).body, HasSubstr("/name"));
  EXPECT_THAT(send(Named(red, "a\\nb")).body, HasSubstr("/name"));
  EXPECT_THAT(send(Named(red, std::string(101, 'x'))).body, HasSubstr("/name"));
  EXPECT_THAT(send(R"({"name":"x","description":"d"})").body, HasSubstr("/compartmentId"));
  EXPECT_THAT(
      send(R"({"compartmentId":")" + red + R"(","name":"x","description":"d","isAdmin":true})")
          .body,
      HasSubstr("/isAdmin"));
  EXPECT_EQ(send(Named(red, "Robert'; DROP TABLE iam_user --")).status, 400);
}

TEST(ApiKeys, AreAtMostThreeRsaKeysAUser) {
  World world;
  const auto mary = world.User(world.red, "mary", 2);
  const auto upload = [&](const std::string& pem) {
    return world.Send(world.red, "POST", "/20160918/users/" + mary.id + "/apiKeys",
                      EncodeJson(api::identity::CreateApiKeyDetails{.key = pem}));
  };
  EXPECT_THAT(upload(PemOf(NewKey())).body, HasSubstr("/key"));
  EXPECT_EQ(upload("not a key").status, 400);
  EXPECT_EQ(upload(PemOf(RsaKey(2))).status, 409);
  EXPECT_EQ(upload(PemOf(RsaKey(3))).status, 200);
  EXPECT_EQ(upload(PemOf(RsaKey(4))).status, 200);
  const auto fourth = upload(PemOf(RsaKey(5)));
  EXPECT_EQ(fourth.status, 400);
  EXPECT_THAT(fourth.body, HasSubstr("LimitExceeded"));
  const auto keys = Decoded<std::vector<api::identity::ApiKey>>(
      world.Send(world.red, "GET", "/20160918/users/" + mary.id + "/apiKeys").body);
  ASSERT_EQ(keys.size(), 3u);
  EXPECT_EQ(keys[0].key_id, mary.key_id);
}

// security.md A17
TEST(ApiKeys, ThatWereDeletedAreRefusedAtOnce) {
  World world;
  const auto mary = world.User(world.red, "mary", 2);
  const auto fingerprint = mary.key->public_key().Md5Fingerprint();
  ASSERT_EQ(world.Send(mary, "GET", "/20160918/users/" + mary.id).status, 200);

  const auto deleted =
      world.Send(world.red, "DELETE", "/20160918/users/" + mary.id + "/apiKeys/" + fingerprint);

  EXPECT_EQ(deleted.status, 204);
  EXPECT_EQ(world.Send(mary, "GET", "/20160918/users/" + mary.id).status, 401);
  EXPECT_EQ(
      world.Send(world.red, "DELETE", "/20160918/users/" + mary.id + "/apiKeys/" + fingerprint)
          .status,
      404);
}

// security.md A17
TEST(Users, WhoWereDisabledAreRefusedAtOnce) {
  World world;
  const auto mary = world.User(world.red, "mary", 2);
  ASSERT_TRUE(world.database->Write([&](Session& session) {
    return world.store.SetUserState(session, mary.id, authz::PrincipalState::kInactive);
  }));
  EXPECT_EQ(world.Send(mary, "GET", "/20160918/users/" + mary.id).status, 401);
}

// security.md A12
TEST(ApiKeys, SpeakForNobodyButTheirOwner) {
  World world;
  const auto mary = world.User(world.red, "mary", 2);
  auto as_admin = mary;
  as_admin.key_id = world.red.key_id;
  auto as_other_tenancy = mary;
  as_other_tenancy.key_id = http_signature::ApiKeyId(world.blue.tenancy_id, mary.id,
                                                     mary.key->public_key().Md5Fingerprint());
  EXPECT_EQ(world.Send(as_admin, "GET", "/20160918/users/" + world.red.id).status, 401);
  EXPECT_EQ(world.Send(as_other_tenancy, "GET", "/20160918/users/" + mary.id).status, 401);
}

TEST(Groups, GiveAndTakeWhatPoliciesSay) {
  World world;
  const auto mary =
      world.User(world.red, "mary", 2, {"Allow group mary to inspect users in tenancy"});
  const std::string list = "/20160918/users?compartmentId=" + mary.tenancy_id;
  ASSERT_EQ(world.Send(mary, "GET", list).status, 200);
  const auto memberships = Decoded<std::vector<api::identity::UserGroupMembership>>(
      world
          .Send(world.red, "GET",
                "/20160918/userGroupMemberships?compartmentId=" + mary.tenancy_id +
                    "&userId=" + mary.id)
          .body);
  ASSERT_EQ(memberships.size(), 1u);

  const std::string membership = "/20160918/userGroupMemberships/" + memberships[0].id;
  EXPECT_EQ(world.Send(mary, "DELETE", membership).status, 404);
  EXPECT_EQ(world.Send(world.red, "DELETE", membership).status, 204);

  EXPECT_EQ(world.Send(mary, "GET", list).status, 404);
  EXPECT_EQ(world.Send(world.red, "GET", membership).status, 404);
}

TEST(Groups, MembersAreListedInPages) {
  World world;
  world.User(world.red, "mary", 2, {"Allow group mary to inspect users in tenancy"});
  world.User(world.red, "john", 3, {"Allow group john to inspect users in tenancy"});
  const std::string list =
      "/20160918/userGroupMemberships?limit=2&compartmentId=" + world.red.tenancy_id;
  const auto first = world.Send(world.red, "GET", list);
  const auto second = world.Send(world.red, "GET", list + "&page=" + NextPage(first));
  EXPECT_EQ(Decoded<std::vector<api::identity::UserGroupMembership>>(first.body).size(), 2u);
  EXPECT_EQ(Decoded<std::vector<api::identity::UserGroupMembership>>(second.body).size(), 1u);
  EXPECT_EQ(NextPage(second), "");
}

TEST(Policies, NameWhatIsWrongByPointer) {
  World world;
  const auto& red = world.red.tenancy_id;
  const auto shop = Decoded<api::identity::Compartment>(
      world.Post(world.red, "/20160918/compartments", Named(red, "shop")));
  const auto blue_group = Decoded<api::identity::Group>(
      world.Post(world.blue, "/20160918/groups", Named(world.blue.tenancy_id, "theirs")));
  const auto refusal = [&](const std::string& compartment, const std::string& statement) {
    const auto response =
        world.Send(world.red, "POST", "/20160918/policies",
                   PolicyOf(compartment, "p",
                            {"Allow any-user to inspect users in compartment shop", statement}));
    EXPECT_EQ(response.status, 400) << statement;
    return response.body;
  };
  EXPECT_THAT(refusal(red, "Allow group Administrators to juggle users in tenancy"),
              HasSubstr("/statements/1"));
  EXPECT_THAT(refusal(red, "Allow group Nobody to read users in tenancy"),
              HasSubstr("/statements/1: group Nobody"));
  EXPECT_THAT(refusal(red, "Allow group theirs to read users in tenancy"),
              HasSubstr("/statements/1: group"));
  EXPECT_THAT(refusal(red, "Allow group id " + blue_group.id + " to read users in tenancy"),
              HasSubstr("/statements/1: group"));
  EXPECT_THAT(refusal(red, "Allow any-user to read users in compartment attic"),
              HasSubstr("/statements/1: compartment attic"));
  EXPECT_THAT(refusal(red, "Allow any-user to read users in compartment shop:attic"),
              HasSubstr("/statements/1: compartment attic"));
  EXPECT_THAT(
      refusal(red, "Allow any-user to read users in compartment id " + world.blue.tenancy_id),
      HasSubstr("/statements/1: compartment"));
  EXPECT_THAT(refusal(red, "Deny any-user to read users in tenancy"), HasSubstr("/statements/1"));
  EXPECT_THAT(refusal(shop.id, "Allow any-user to read users in tenancy"),
              HasSubstr("/statements/1"));
  EXPECT_EQ(world.Send(world.red, "POST", "/20160918/policies", PolicyOf(red, "p", {})).status,
            400);
}

TEST(Policies, InACompartmentMayNameItAndAreDeletedWithTheirEffect) {
  World world;
  const auto shop = Decoded<api::identity::Compartment>(
      world.Post(world.red, "/20160918/compartments", Named(world.red.tenancy_id, "shop")));
  const auto mary = world.User(world.red, "mary", 2);
  const auto policy = Decoded<api::identity::Policy>(world.Post(
      world.red, "/20160918/policies",
      PolicyOf(shop.id, "p", {"Allow any-user to inspect compartments in compartment SHOP"})));
  const std::string target = "/20160918/compartments/" + shop.id;
  ASSERT_EQ(world.Send(mary, "GET", target).status, 200);

  const auto stale = world.Send(world.red, "DELETE", "/20160918/policies/" + policy.id, {},
                                {{"if-match", "0123"}});
  const auto deleted = world.Send(world.red, "DELETE", "/20160918/policies/" + policy.id);

  EXPECT_EQ(stale.status, 412);
  EXPECT_EQ(deleted.status, 204);
  EXPECT_EQ(world.Send(mary, "GET", target).status, 404);
  EXPECT_EQ(world.Send(world.red, "GET", "/20160918/policies/" + policy.id).status, 404);
}

TEST(Policies, OnOneCompartmentGiveNothingInAnother) {
  World world;
  const auto shop = Decoded<api::identity::Compartment>(
      world.Post(world.red, "/20160918/compartments", Named(world.red.tenancy_id, "shop")));
  const auto lab = Decoded<api::identity::Compartment>(
      world.Post(world.red, "/20160918/compartments", Named(world.red.tenancy_id, "lab")));
  const auto mary =
      world.User(world.red, "mary", 2, {"Allow group mary to manage policies in compartment shop"});
  const auto make = [&](const std::string& in, const std::string& name) {
    return world
        .Send(mary, "POST", "/20160918/policies",
              PolicyOf(in, name, {"Allow group mary to read certificates in compartment id " + in}))
        .status;
  };
  EXPECT_EQ(make(lab.id, "a"), 404);
  EXPECT_EQ(make(world.red.tenancy_id, "b"), 404);
  EXPECT_EQ(make(shop.id, "c"), 400) << "certificates is no type; leaf-certificates is";
}

TEST(Changes, AreAuditedOnceAndRefusalsToo) {
  World world;
  world.Post(world.red, "/20160918/compartments", Named(world.red.tenancy_id, "shop"));
  world.Send(world.blue, "POST", "/20160918/compartments", Named(world.red.tenancy_id, "lair"));
  EXPECT_EQ(world.AuditCount("ALLOWED", "CreateCompartment"), 1);
  EXPECT_EQ(world.AuditCount("REFUSED", "CreateCompartment"), 1);
}

TEST(Changes, SignedOnceHaveOneEffect) {
  World world;
  world.clock.Advance(seconds(1));
  const auto request = world.Signed(world.red, kHost, "POST", "/20160918/compartments",
                                    Named(world.red.tenancy_id, "shop"));
  const auto first = world.Pass(request);
  const auto second = world.Pass(request);
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(second.body, first.body);
}

}  // namespace
}  // namespace perennial::identity::testing
