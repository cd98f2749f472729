// SPDX-License-Identifier: Apache-2.0
// How failures are told: exit code, what, why, and the next command (conventions.md; issue 3 §7).
#include "cli/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/certificates/types.h"
#include "base/json.h"
#include "cli/testing.h"

namespace perennial::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::World;

constexpr char kCertificates[] = "GET /20210224/certificates";
constexpr char kInventory[] = "GET /20260101/inventory";
constexpr char kShopId[] = "ocid1.certificate.perennial.home-1.shop";

std::string Summary(const std::string& id, const std::string& name) {
  return R"({"id":")" + id + R"(","name":")" + name +
         R"(","timeCreated":"2025-12-01T00:00:00Z","lifecycleState":"ACTIVE","compartmentId":"c",)"
         R"("configType":"ISSUED_BY_INTERNAL_CA","certificateRules":[],"freeformTags":{},"definedTags":{}})";
}
std::string Collection(const std::string& items) { return R"({"items":[)" + items + "]}"; }

TEST(Failures, AnUnreachableServerIsFiveAndSaysWhatToCheck) {
  World world;
  world.server.down = "https://localhost:8643: connection refused";
  EXPECT_EQ(world.Run({"certificate", "list"}), 5);
  EXPECT_THAT(world.err(), AllOf(HasSubstr("error: https://localhost:8643: connection refused"),
                                 HasSubstr("why:  nothing listens there"),
                                 HasSubstr("next: perennial context list"),
                                 HasSubstr("look at `perenniald run` and its log")));
}

TEST(Failures, AnUntrustedServerIsToldApartFromOneThatIsDown) {
  World world;
  world.server.down = "https://localhost:8643: certificate not trusted: self-signed";
  EXPECT_EQ(world.Run({"status"}), 5);
  EXPECT_THAT(world.err(), AllOf(HasSubstr("does not come from the platform CA"),
                                 HasSubstr("next: perennial login URL --ca-hash")));
}

TEST(Failures, NoPermissionIsThreeAndDoesNotPretendToKnowWhich) {
  World world;
  EXPECT_EQ(world.Run({"certificate", "show", kShopId}), 3);
  EXPECT_THAT(world.err(), AllOf(HasSubstr("it does not exist, or no policy allows you this"),
                                 HasSubstr("next: perennial certificate list")));
}

TEST(Failures, AWrongKeyLeadsToWhoami) {
  World world;
  world.server.Refuse(kInventory, 401, "NotAuthenticated", "unknown key");
  EXPECT_EQ(world.Run({"certificate", "list"}), 3);
  EXPECT_THAT(world.err(), AllOf(HasSubstr("unknown key (request req-1)"), HasSubstr("clock"),
                                 HasSubstr("next: perennial whoami")));
}

TEST(Failures, InUseIsFourWithTheServicesOwnWords) {
  World world;
  world.server.On("GET /20210224/certificates/" + std::string(kShopId), Summary(kShopId, "shop"),
                  {{"etag", "e1"}});
  world.server.Refuse(
      "POST /20210224/certificates/" + std::string(kShopId) + "/actions/scheduleDeletion", 409,
      "Conflict", "in use by load balancer shop-front");
  EXPECT_EQ(world.Run({"certificate", "schedule-deletion", kShopId, "--yes"}), 4);
  EXPECT_THAT(world.err(), AllOf(HasSubstr("in use by load balancer shop-front"),
                                 HasSubstr("next: perennial certificate associations shop")));
}

TEST(Failures, ABadValueIsNamedByItsPathAndLeadsToTheHelp) {
  World world;
  world.server.Refuse("POST /20260101/nodePools", 400, "InvalidParameter",
                      "/addresses/0: must be an IP address");
  EXPECT_EQ(world.Run({"node-pool", "create", "--name", "edge", "--address", "nowhere"}), 3);
  EXPECT_THAT(world.err(), HasSubstr("/addresses/0: must be an IP address"));
  EXPECT_THAT(world.err(), HasSubstr("next: perennial node-pool"));
}

TEST(Failures, WithoutAContextEverythingLeadsToLogin) {
  World world(false);
  EXPECT_EQ(world.Run({"certificate", "list"}), 78);
  EXPECT_THAT(world.err(),
              AllOf(HasSubstr("there is no context"), HasSubstr("next: perennial login URL")));
  EXPECT_EQ(world.Run({"context", "list"}), 0);
}

TEST(Failures, AMistypedContextIsAnsweredWithTheNearest) {
  World world;
  EXPECT_EQ(world.Run({"--context", "tset", "certificate", "list"}), 78);
  EXPECT_THAT(world.err(), HasSubstr("did you mean \"test\"?"));
}

TEST(Failures, ABrokenContextFileIsBadConfiguration) {
  World world;
  ASSERT_TRUE(world.files.ReplaceAtomically(world.directory + "/contexts.json", "{", 0600));
  EXPECT_EQ(world.Run({"certificate", "list"}), 78);
  EXPECT_THAT(world.err(), HasSubstr("contexts.json"));
}

TEST(Failures, TextsOfAServiceCannotSteerTheTerminal) {
  World world;
  world.server.Refuse(kInventory, 409, "Conflict", "\\u001b[2Jnothing happened");
  EXPECT_EQ(world.Run({"certificate", "list"}), 4);
  EXPECT_EQ(world.err().find('\033'), std::string::npos);
  EXPECT_THAT(world.err(), HasSubstr("?[2Jnothing happened"));
}

TEST(Names, ANameIsLookedUpAndAnOcidIsNot) {
  World world;
  world.server.On(kCertificates, Collection(Summary(kShopId, "shop")));
  world.server.On("GET /20210224/certificates/" + std::string(kShopId), Summary(kShopId, "shop"));
  EXPECT_EQ(world.Run({"certificate", "show", "shop", "-o", "name"}), 0);
  EXPECT_EQ(world.out(), std::string(kShopId) + "\n");
  EXPECT_EQ(world.server.Count(kCertificates), 1u);
  EXPECT_EQ(world.Run({"certificate", "show", kShopId, "-o", "name"}), 0);
  EXPECT_EQ(world.server.Count(kCertificates), 1u);
}

TEST(Names, AMistypedNameIsAnsweredWithTheNearest) {
  World world;
  world.server.On(kCertificates, [](const HttpRequest& request) {
    const bool by_name = request.target.find("name=shpo") != std::string::npos;
    return HttpResponse{200, {}, by_name ? Collection("") : Collection(Summary(kShopId, "shop"))};
  });
  EXPECT_EQ(world.Run({"certificate", "show", "shpo"}), 3);
  EXPECT_THAT(world.err(), AllOf(HasSubstr("no certificate is named \"shpo\""),
                                 HasSubstr("did you mean \"shop\"?"),
                                 HasSubstr("next: perennial certificate list")));
}

TEST(Names, AnAmbiguousNameIsNotGuessed) {
  World world;
  world.server.On(kCertificates,
                  Collection(Summary(kShopId, "shop") + "," +
                             Summary("ocid1.certificate.perennial.home-1.two", "shop")));
  EXPECT_EQ(world.Run({"certificate", "show", "shop"}), 3);
  EXPECT_THAT(world.err(), AllOf(HasSubstr("2 have it"), HasSubstr("then use the OCID")));
}

TEST(Names, AnOcidOfAnotherKindIsAUsageErrorWithoutACall) {
  World world;
  EXPECT_EQ(world.Run({"certificate", "show", "ocid1.loadbalancer.perennial.home-1.aaaa"}), 2);
  EXPECT_TRUE(world.server.requests.empty());
}

TEST(Names, AListIsReadToItsLastPage) {
  World world;
  const auto page = [](const std::string& id, const std::string& name) {
    api::certificates::InventoryItem item;
    item.id = id;
    item.name = name;
    return EncodeJson(api::certificates::Inventory{{item}, 2});
  };
  world.server.On(kInventory, [=](const HttpRequest& request) {
    if (request.target.find("page=two") != std::string::npos) {
      return HttpResponse{200, {}, page("id-2", "second")};
    }
    return HttpResponse{200, {{"opc-next-page", "two"}}, page("id-1", "first")};
  });
  EXPECT_EQ(world.Run({"certificate", "list", "-o", "name"}), 0);
  EXPECT_EQ(world.out(), "id-1\nid-2\n");
  EXPECT_EQ(world.Run({"certificate", "list", "-o", "json"}), 0);
  EXPECT_THAT(world.out(),
              AllOf(HasSubstr("\"name\": \"first\""), HasSubstr("\"name\": \"second\"")));
  EXPECT_EQ(world.Run({"certificate", "list"}), 0);
  EXPECT_THAT(world.out(), HasSubstr("NAME    RISK  VERSION"));
}

class Confirmation : public ::testing::Test {
 protected:
  Confirmation() {
    world_.server.On("GET /20210224/certificates/" + std::string(kShopId), Summary(kShopId, "shop"),
                     {{"etag", "e1"}});
    world_.server.On(kSchedule, "");
  }
  const std::string kSchedule =
      "POST /20210224/certificates/" + std::string(kShopId) + "/actions/scheduleDeletion";
  const std::vector<std::string> kWords = {"certificate", "schedule-deletion", kShopId};
  World world_;
};

TEST_F(Confirmation, WithoutATerminalNothingIsDoneUnlessYesIsSaid) {
  EXPECT_EQ(world_.Run(kWords, "shop\n"), 2);
  EXPECT_THAT(world_.err(), HasSubstr("next: repeat the command with --yes"));
  EXPECT_EQ(world_.server.Count(kSchedule), 0u);
}

TEST_F(Confirmation, AnotherNameThanTheRightOneDoesNothing) {
  world_.terminal = true;
  EXPECT_EQ(world_.Run(kWords, "yes\n"), 1);
  EXPECT_THAT(world_.err(), HasSubstr("Type shop to go on"));
  EXPECT_EQ(world_.server.Count(kSchedule), 0u);
}

TEST_F(Confirmation, TheTypedNameGoesOnWithTheStateThatWasSeen) {
  world_.terminal = true;
  EXPECT_EQ(world_.Run(kWords, "shop\n"), 0);
  ASSERT_EQ(world_.server.Count(kSchedule), 1u);
  for (const auto& request : world_.server.requests) {
    if (request.method != "POST") continue;
    EXPECT_EQ(FindHeader(request.headers, "if-match"), "e1");
    EXPECT_TRUE(FindHeader(request.headers, "opc-retry-token").has_value());
    EXPECT_THAT(*FindHeader(request.headers, "authorization"), HasSubstr(testing::kUser));
  }
}

}  // namespace
}  // namespace perennial::cli
