// SPDX-License-Identifier: Apache-2.0
#include "products/load_balancer/configurations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "products/load_balancer/ports.h"
#include "products/load_balancer/rules.h"

namespace perennial::load_balancer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kId = "ocid1.loadbalancer.perennial.home-1.one";
const std::string kShop = "ocid1.certificate.perennial.home-1.shop";

Placed One() {
  Placed placed;
  placed.model.tenancy_id = "ocid1.tenancy.perennial..acme";
  placed.model.value.id = kId;
  placed.model.value.compartment_id = "ocid1.compartment.perennial..c";
  EXPECT_TRUE(AddBackendSet(placed.model, MakeBackendSet("", "app", {.policy = "IP_HASH",
                                                                     .health_checker = {.protocol = "TCP"}})
                                              .value()));
  wire::ListenerDetails listener{.default_backend_set_name = "app", .port = 443, .protocol = "TCP"};
  listener.ssl_configuration.emplace();
  listener.ssl_configuration->certificate_ids = {kShop};
  EXPECT_TRUE(AddListener(placed.model, MakeListener("", "web", listener).value()));
  placed.addresses = {"192.0.2.10"};
  placed.attachments = {{{kShop, kId}, "ocid1.association.perennial.home-1.a1", 4, false}};
  return placed;
}

TEST(BuildDraft, NamesEachCertificateByAssociationAndVersion) {
  const auto draft = BuildDraft("n", {One()}).value();
  EXPECT_THAT(draft.references, ElementsAre(products::Pair{kShop, kId}));
  EXPECT_THAT(draft.resources, HasSubstr(R"("currentVersion":4)"));
  EXPECT_THAT(draft.resources, HasSubstr("a1"));
}

TEST(BuildDraft, TheVersionOfACertificateIsNoPartOfTheStructure) {
  auto later = One();
  later.attachments[0].current_version = 5;
  const auto before = BuildDraft("n", {One()}).value(), after = BuildDraft("n", {later}).value();
  EXPECT_NE(before.resources, after.resources);
  EXPECT_EQ(before.structure, after.structure);
}

TEST(BuildDraft, LeavesOutAListenerWithoutAssociation) {
  auto placed = One();
  placed.attachments[0].association_id.reset();
  const auto draft = BuildDraft("n", {placed}).value();
  EXPECT_THAT(draft.references, IsEmpty());
  EXPECT_THAT(draft.resources, Not(HasSubstr("web")));
}

TEST(BuildDraft, WhatAnAgentWouldRefuseIsNotWritten) {
  auto placed = One();
  placed.model.value.listeners.at("web").name = "web\n  server evil 1.2.3.4";
  EXPECT_FALSE(BuildDraft("n", {placed}));
}

TEST(CheckProved, EveryNewPairMustBeOfThisVeryTicket) {
  const products::Pair pair{kShop, kId};
  products::AttachTicket ticket;
  EXPECT_EQ(CheckProved({pair}, ticket).error().code, ErrorCode::kIncorrectState);
  ticket.items = {{pair, "ocid1.association.perennial.home-1.a1", 1}};
  EXPECT_TRUE(CheckProved({pair}, ticket));
  EXPECT_TRUE(CheckProved({}, {}));
}

}  // namespace
}  // namespace perennial::load_balancer
