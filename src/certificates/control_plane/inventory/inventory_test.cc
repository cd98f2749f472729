// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/inventory/inventory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "certificates/control_plane/associations/testing_associations.h"

namespace perennial::certificates {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using wire::Risk;

class InventoryOf : public ::testing::Test {
 protected:
  InventoryOf() : root(world.Root()) {}

  wire::Inventory List(const std::string& query = "", const std::string& user = kAnn) {
    return World::Read<wire::Inventory>(
        world.Send(world.identity.User(user), "GET", "/20260101/inventory" + query));
  }
  std::vector<std::string> NamesOf(const wire::Inventory& inventory) {
    std::vector<std::string> names;
    for (const auto& item : inventory.items) names.push_back(item.name);
    return names;
  }
  wire::Overview Overview(const std::string& user = kAnn) {
    return World::Read<wire::Overview>(
        world.Send(world.identity.User(user), "GET", "/20260101/overview"));
  }
  void Observe(const std::string& certificate, const std::string& association,
               wire::ObservationResult result, const std::string& reason = "") {
    const auto version =
        world.Number("SELECT current_version FROM certificate WHERE id = $1", {certificate});
    wire::Observation seen;
    seen.association_id = association;
    seen.version_number = version;
    seen.vantage = "node";
    seen.result = result;
    seen.time_observed = world.clock.Now();
    seen.address = "10.0.0.1:443";
    seen.fingerprint_sha256 =
        world
            .Sql(
                "SELECT fingerprint_sha256 FROM certificate_version WHERE owner_id = $1 "
                "AND number = $2",
                {certificate, version})
            ->front()
            .Text(0);
    if (!reason.empty()) seen.reason = reason;
    EXPECT_EQ(world
                  .Post(world.identity.Node(kNode1, world.clock.Now()), "/20260101/observations",
                        EncodeJson(wire::CreateObservationsDetails{{seen}}))
                  .status,
              200);
  }
  std::string Renewing(const std::string& name, int64_t life = 7'776'000) {
    return world.Certificate(root, name, RenewalRules("P60D", "P20D"), life);
  }

  AssociationWorld world;
  std::string root;
};

TEST_F(InventoryOf, NothingTeaches) {
  EXPECT_EQ(List().total, 0);
  EXPECT_THAT(Overview().sentence, HasSubstr("no certificate yet"));
}

TEST_F(InventoryOf, ACertificateTurnsGreenWhenItsNodeProvesIt) {
  const auto id = Renewing("shop");
  auto item = List().items.at(0);
  EXPECT_EQ(item.risk, Risk::kGrey);
  EXPECT_EQ(item.subject, "CN=shop.example.com");
  EXPECT_THAT(item.subject_alternative_names, ElementsAre("shop.example.com"));
  EXPECT_EQ(item.issuer_name, "root");
  EXPECT_EQ(item.next.kind, wire::NextKind::kRenewal);
  EXPECT_EQ(item.association_count, 0);

  const auto association = world.Attached(id);
  item = List().items.at(0);
  EXPECT_EQ(item.risk, Risk::kBlue);
  EXPECT_EQ(item.nodes_owing, 1);
  EXPECT_EQ(item.association_count, 1);
  world.clock.Advance(seconds(600));
  EXPECT_EQ(List().items.at(0).risk, Risk::kAmber);
  EXPECT_EQ(Overview().owing.at(0).certificate_name, "shop");

  Observe(id, association, wire::ObservationResult::kProved);
  item = List().items.at(0);
  EXPECT_EQ(item.risk, Risk::kGreen) << item.reason;
  EXPECT_EQ(item.nodes_serving, 1);
  EXPECT_EQ(item.nodes_owing, 0);
  const auto overview = Overview();
  EXPECT_THAT(overview.sentence, HasSubstr("renews by itself; the next renewal is shop"));
  EXPECT_FALSE(overview.first_need);
  EXPECT_THAT(overview.owing, IsEmpty());
  EXPECT_THAT(overview.timeline, SizeIs(90));
  EXPECT_EQ(overview.counts.green, 1);
  EXPECT_EQ(overview.counts.nodes, 2);
  EXPECT_EQ(overview.counts.authorities, 1);
}

TEST_F(InventoryOf, AFailureSaysWhoAndWhy) {
  const auto id = Renewing("shop");
  Observe(id, world.Attached(id), wire::ObservationResult::kFailed, "connection refused");
  const auto item = List("?filter=needsYou").items.at(0);
  EXPECT_EQ(item.risk, Risk::kRed);
  EXPECT_THAT(item.reason, HasSubstr("connection refused"));
  const auto overview = Overview();
  EXPECT_THAT(overview.sentence, HasSubstr("The first thing that needs you is shop"));
  ASSERT_TRUE(overview.first_need);
  EXPECT_EQ(overview.first_need->certificate_id, id);
}

TEST_F(InventoryOf, FiltersAndSortsAndSearches) {
  Renewing("alpha", 80 * 86'400);
  const auto beta = world.Certificate(root, "beta", "[]", 20 * 86'400);
  const auto gamma = Renewing("gamma");
  world.Attached(gamma);
  EXPECT_THAT(NamesOf(List()), ElementsAre("beta", "alpha", "gamma"));
  EXPECT_THAT(NamesOf(List("?sort=name")), ElementsAre("alpha", "beta", "gamma"));
  EXPECT_THAT(NamesOf(List("?sort=risk")), ElementsAre("gamma", "beta", "alpha"));
  EXPECT_EQ(NamesOf(List("?sort=next")).back(), "beta");
  EXPECT_THAT(NamesOf(List("?filter=expiring")), ElementsAre("beta"));
  EXPECT_THAT(NamesOf(List("?filter=unused&sort=name")), ElementsAre("alpha", "beta"));
  EXPECT_THAT(NamesOf(List("?filter=unproved")), ElementsAre("gamma"));
  EXPECT_THAT(NamesOf(List("?search=BETA.example")), ElementsAre("beta"));
  EXPECT_THAT(NamesOf(List("?search=dns")), IsEmpty()) << "a word of the stored form only";
  EXPECT_THAT(NamesOf(List("?search=%25")), IsEmpty()) << "a wildcard stands for itself";
  const auto item = List("?search=beta").items.at(0);
  EXPECT_THAT(NamesOf(List("?search=" + item.fingerprint)), ElementsAre("beta"));
  std::string serial;
  for (const char c : item.serial_number) serial += c == ' ' ? ':' : c;
  EXPECT_THAT(NamesOf(List("?search=" + serial)), ElementsAre("beta"));
  EXPECT_EQ(item.id, beta);
}

TEST_F(InventoryOf, PagesGoThroughEverythingOnce) {
  for (int i = 0; i < 7; ++i) Renewing("c" + std::to_string(i));
  for (const auto* sort : {"expiry", "name", "next", "risk"}) {
    std::vector<std::string> seen;
    std::string page;
    do {
      const auto answer = world.Ann(
          "GET", std::string("/20260101/inventory?limit=3&sort=") + sort + "&page=" + page);
      const auto part = World::Read<wire::Inventory>(answer);
      EXPECT_EQ(part.total, 7);
      for (const auto& name : NamesOf(part)) seen.push_back(name);
      page = FindHeader(answer.headers, "opc-next-page").value_or("");
    } while (!page.empty());
    std::ranges::sort(seen);
    EXPECT_THAT(seen, ElementsAre("c0", "c1", "c2", "c3", "c4", "c5", "c6")) << sort;
  }
}

TEST_F(InventoryOf, WhoMayNotInspectSeesNothing) {
  Renewing("shop");
  EXPECT_EQ(List("", kEve).total, 0);
  EXPECT_EQ(List("", kGus).total, 0);
  EXPECT_EQ(List("", kRob).total, 1);
  EXPECT_EQ(Overview(kEve).counts.certificates, 0);
  EXPECT_EQ(Overview(kEve).counts.nodes, 0);
  EXPECT_EQ(Overview(kGus).counts.authorities, 0);
  EXPECT_EQ(world
                .Send(world.identity.User(kGus), "GET",
                      std::string("/20260101/inventory?compartmentId=") + kAcme)
                .status,
            404);
}

TEST_F(InventoryOf, SaysOfEachNodeWhenItPolledAndWhatItServes) {
  const auto nodes = [&](const std::string& user = kAnn) {
    return World::Read<wire::NodeServingCollection>(
               world.Send(world.identity.User(user), "GET", "/20260101/nodeServing"))
        .items;
  };
  const auto first = [&] {
    const auto all = nodes();
    return *std::ranges::find(all, kNode1, &wire::NodeServing::node_id);
  };
  EXPECT_THAT(nodes(), SizeIs(2));
  EXPECT_FALSE(first().time_last_seen) << "it never spoke";
  EXPECT_EQ(first().wanted_count, 0);

  const auto id = Renewing("shop");
  const auto association = world.Attached(id);
  EXPECT_EQ(first().wanted_count, 1);
  EXPECT_EQ(first().served_count, 0);
  world.clock.Advance(seconds(5));
  Observe(id, association, wire::ObservationResult::kProved);
  EXPECT_EQ(first().served_count, 1);
  EXPECT_EQ(first().time_last_seen, world.clock.Now());

  world.clock.Advance(seconds(5));
  const auto seen_at = world.clock.Now();
  const wire::NodeSightings sighting{{{kNode1, seen_at}}};
  EXPECT_EQ(world
                .Post(world.identity.Replica(world.clock.Now()), "/20260101/nodes/actions/sightings",
                      EncodeJson(sighting))
                .status,
            204);
  EXPECT_EQ(first().time_last_seen, seen_at) << "what replicas hear counts";
  EXPECT_THAT(nodes(kEve), IsEmpty());
}

TEST_F(InventoryOf, RefusesWhatItDoesNotKnow) {
  for (const auto* query : {"?filter=nice", "?sort=size", "?limit=0", "?page=x"}) {
    EXPECT_EQ(world.Ann("GET", std::string("/20260101/inventory") + query).status, 400) << query;
  }
}

TEST_F(InventoryOf, WhatIsToBeDeletedSaysWhen) {
  const auto id = Renewing("shop");
  EXPECT_EQ(world.Ann("POST", "/20210224/certificates/" + id + "/actions/scheduleDeletion").status,
            204);
  const auto item = List().items.at(0);
  EXPECT_EQ(item.risk, Risk::kGrey);
  EXPECT_EQ(item.next.kind, wire::NextKind::kDeletion);
  EXPECT_TRUE(item.time_of_deletion);
}

}  // namespace
}  // namespace perennial::certificates
