// SPDX-License-Identifier: Apache-2.0
// Commands as a person sees them, over a server that answers as ours does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/audit/types.h"
#include "api/certificates/types.h"
#include "api/identity/node_types.h"
#include "api/load_balancer/listener_states.h"
#include "api/load_balancer/load_balancer_types.h"
#include "base/json.h"
#include "cli/commands/health.h"
#include "cli/testing.h"

namespace perennial::cli {
namespace {

namespace certs = api::certificates;
namespace lbs = api::load_balancer;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::World;
using namespace std::chrono_literals;

const Time kNow = FromMicros(1767225600000000);
constexpr char kShop[] = "ocid1.certificate.perennial.home-1.shop";
constexpr char kIssuing[] = "ocid1.certificateauthority.perennial.home-1.issuing";
constexpr char kFront[] = "ocid1.loadbalancer.perennial.home-1.front";
constexpr char kWork[] = "ocid1.loadbalancerworkrequest.perennial.home-1.w";
constexpr char kRollout[] = "ocid1.rollout.perennial.home-1.r";

std::string BodyOf(const World& world, const std::string& method) {
  for (const auto& request : world.server.requests) {
    if (request.method == method) return request.body;
  }
  return "";
}

certs::CertificateSummary Shop(Duration age, Duration left) {
  certs::CertificateSummary shop{.id = kShop, .name = "shop", .time_created = kNow - age};
  shop.certificate_rules = {{.renewal_interval = "P80D", .advance_renewal_period = "P20D"}};
  shop.current_version_summary = certs::CertificateVersion{
      .certificate_id = kShop,
      .version_number = 3,
      .stages = {certs::Stage::kCurrent},
      .validity = certs::Validity{.time_of_validity_not_after = kNow + left,
                                  .time_of_validity_not_before = kNow - age}};
  return shop;
}

api::identity::Node Edge(Duration silent) {
  return {.id = "ocid1.node.perennial.home-1.edge",
          .tenancy_id = testing::kTenancy,
          .name = "edge-1",
          .time_enrolled = kNow - 240h,
          .time_last_seen = kNow - silent,
          .wanted_count = 5,
          .served_count = 5};
}

certs::InventoryItem ShopRow(certs::Risk risk, const std::string& reason) {
  certs::InventoryItem item;
  item.id = kShop;
  item.name = "shop";
  item.subject_alternative_names = {"shop.example.com"};
  item.current_version_number = 3;
  item.time_of_expiry = kNow + 89 * 24h;
  item.next = {certs::NextKind::kRenewal, kNow + 49 * 24h, "renews by itself"};
  item.risk = risk;
  item.reason = reason;
  return item;
}

class Status : public ::testing::Test {
 protected:
  int Run(const std::vector<certs::InventoryItem>& needing, const api::identity::Node& node) {
    auto& server = world_.server;
    certs::Overview overview;
    overview.sentence = "The one certificate renews by itself.";
    overview.counts.certificates = 1;
    for (const auto& each : needing) {
      ++(each.risk == certs::Risk::kRed ? overview.counts.red : overview.counts.amber);
    }
    server.On("GET /20260101/overview", EncodeJson(overview));
    server.On("GET /20260101/inventory", EncodeJson(certs::Inventory{needing, 1}));
    server.On("GET /20260101/nodes", EncodeJson(api::identity::NodeCollection{{node}}));
    server.On("GET /20260101/listenerStates", EncodeJson(lbs::ListenerStates{troubled_}));
    return world_.Run({"status"});
  }
  std::vector<lbs::ListenerOnNode> troubled_;
  World world_;
};

TEST_F(Status, IsGreenAndZeroWhenNothingIsWrong) {
  EXPECT_EQ(Run({}, Edge(10s)), 0) << world_.err();
  EXPECT_THAT(world_.out(), AllOf(HasSubstr("GREEN The one certificate renews by itself."),
                                  HasSubstr("1 certificate, 1 in use, 1 node")));
}

TEST_F(Status, WhatTheServiceCallsRedIsRedWithItsReason) {
  EXPECT_EQ(Run({ShopRow(certs::Risk::kRed, "version 4 is stuck")}, Edge(10s)), 1);
  EXPECT_THAT(world_.out(),
              AllOf(HasSubstr("RED   certificate shop: version 4 is stuck"),
                    HasSubstr("next: perennial certificate show " + std::string(kShop))));
}

TEST_F(Status, WhatIsLateIsANote) {
  EXPECT_EQ(Run({ShopRow(certs::Risk::kAmber, "the renewal is late")}, Edge(10s)), 0);
  EXPECT_THAT(world_.out(), AllOf(HasSubstr("note  certificate shop: the renewal is late"),
                                  HasSubstr("nothing is red"), Not(HasSubstr("by itself"))));
}

TEST_F(Status, ASilentNodeIsRedAndOneThatOwesIsANote) {
  EXPECT_EQ(Run({}, Edge(1h)), 1);
  EXPECT_THAT(world_.out(), HasSubstr("RED   node edge-1 is silent"));
  auto owing = Edge(10s);
  owing.served_count = 4;
  EXPECT_EQ(Run({}, owing), 0);
  EXPECT_THAT(world_.out(), HasSubstr("note  node edge-1 serves 4 of 5"));
}

lbs::ListenerOnNode OnEdge(lbs::ListenerState state, const std::string& reason = "") {
  lbs::ListenerOnNode on{.load_balancer_id = kFront,
                         .load_balancer_name = "front",
                         .listener_name = "https",
                         .port = 443,
                         .node_id = Edge(0s).id,
                         .node_name = "edge-1",
                         .state = state,
                         .troubled = state == lbs::ListenerState::kClosed};
  if (!reason.empty()) on.reason = reason;
  return on;
}
constexpr char kDenied[] = "HAProxy cannot open port 443: permission denied";

TEST_F(Status, AListenerThatANodeCannotOpenIsRedWithTheReason) {
  troubled_ = {OnEdge(lbs::ListenerState::kClosed, kDenied)};
  EXPECT_EQ(Run({}, Edge(10s)), 1);
  EXPECT_THAT(
      world_.out(),
      AllOf(HasSubstr(std::string("RED   listener https of front is not served by edge-1: ") +
                      kDenied),
            HasSubstr("next: perennial listener list --lb " + std::string(kFront)),
            Not(HasSubstr("GREEN"))));
  EXPECT_THAT(world_.server.requests.back().target, HasSubstr("filter=troubled"));
}

// Identity hears of a node only when it takes a token.
TEST_F(Status, ANodeThatPollsIsNotSilent) {
  auto node = Edge(15min);
  node.served_count = std::nullopt;
  const auto polls = [&](Duration ago) {
    const certs::NodeServing serving{
        .node_id = node.id, .time_last_seen = kNow - ago, .wanted_count = 1, .served_count = 1};
    world_.server.On("GET /20260101/nodeServing",
                     EncodeJson(certs::NodeServingCollection{{serving}}));
  };
  polls(10s);
  EXPECT_EQ(Run({}, node), 0) << world_.out();
  EXPECT_EQ(world_.Run({"node", "list"}), 0);
  EXPECT_THAT(world_.out(), AllOf(HasSubstr("10 s ago"), HasSubstr("1 of 1")));
  polls(4min);
  EXPECT_EQ(Run({}, node), 1) << "it should have polled long ago";
}

TEST(NodeList, SaysHowManyListenersAreOpenAndShowSaysWhyOneIsNot) {
  World world;
  const auto edge = Edge(10s);
  world.server.On("GET /20260101/nodes", EncodeJson(api::identity::NodeCollection{{edge}}));
  world.server.On("GET /20260101/nodes/" + edge.id, EncodeJson(edge));
  const auto answer = [&](const std::vector<lbs::ListenerOnNode>& items) {
    world.server.On("GET /20260101/listenerStates", EncodeJson(lbs::ListenerStates{items}));
  };
  answer({OnEdge(lbs::ListenerState::kOpen)});
  EXPECT_EQ(world.Run({"node", "list"}), 0);
  EXPECT_THAT(world.out(), HasSubstr("1 open"));
  answer({OnEdge(lbs::ListenerState::kOpen), OnEdge(lbs::ListenerState::kClosed, kDenied)});
  world.Run({"node", "list"});
  EXPECT_THAT(world.out(), HasSubstr("1 of 2 not served"));
  EXPECT_EQ(world.Run({"node", "show", edge.id}), 0) << world.err();
  EXPECT_THAT(world.out(), HasSubstr(std::string("https of front: ") + kDenied));
  answer({OnEdge(lbs::ListenerState::kPending, "about to")});
  world.Run({"node", "list"});
  EXPECT_THAT(world.out(), HasSubstr("0 of 1 open"));
}

TEST_F(Status, WhatCannotBeSeenIsNeverGreen) {
  Run({}, Edge(10s));
  world_.server.Refuse("GET /20260101/nodes", 404, "NotAuthorizedOrNotFound", "not found");
  EXPECT_EQ(world_.Run({"status"}), 1);
  EXPECT_THAT(world_.out(), AllOf(HasSubstr("?     nodes:"), Not(HasSubstr("GREEN"))));
  Run({}, Edge(10s));
  world_.server.Refuse("GET /20260101/overview", 404, "NotAuthorizedOrNotFound", "not found");
  EXPECT_EQ(world_.Run({"status"}), 1);
  EXPECT_THAT(world_.out(), AllOf(HasSubstr("?     certificates:"), Not(HasSubstr("GREEN"))));
}

TEST(CertificateList, ShowsColourReasonAndWhatHappensNext) {
  World world;
  world.server.On("GET /20260101/inventory",
                  EncodeJson(certs::Inventory{{ShopRow(certs::Risk::kGreen, "all proved")}, 1}));
  EXPECT_EQ(world.Run({"certificate", "list", "--filter", "expiring", "--search", "shop"}), 0)
      << world.err();
  EXPECT_THAT(world.out(), AllOf(HasSubstr("GREEN"), HasSubstr("all proved"),
                                 HasSubstr("renews in 49 days"), HasSubstr("shop.example.com")));
  const auto& target = world.server.requests.back().target;
  EXPECT_THAT(target, AllOf(HasSubstr("filter=expiring"), HasSubstr("search=shop")));
  EXPECT_EQ(world.Run({"certificate", "list", "--filter", "nice"}), 2);
}

class Create : public ::testing::Test {
 protected:
  Create() {
    certs::CertificateAuthoritySummary issuing{.id = kIssuing, .name = "issuing"};
    issuing.config_type = certs::AuthorityConfigType::kSubordinateIssuedByInternalCa;
    world_.server.On("GET /20210224/certificateAuthorities",
                     EncodeJson(certs::CertificateAuthorityCollection{{issuing}}));
    world_.server.On("POST /20210224/certificates",
                     EncodeJson(certs::Certificate{.id = kShop, .name = "shop"}), {{"etag", "e"}});
  }
  World world_;
};

TEST_F(Create, ACertificateHasTheUsualRuleAndCountsBothEnds) {
  EXPECT_EQ(world_.Run({"certificate", "create", "--name", "shop", "--dns", "shop.example.com",
                        "--dns", "www.example.com"}),
            0)
      << world_.err();
  const auto sent =
      DecodeJson<certs::CreateCertificateDetails>(BodyOf(world_, "POST"), UnknownFields::kRefuse);
  ASSERT_TRUE(sent.has_value());
  EXPECT_EQ(sent->compartment_id, testing::kTenancy);
  const auto& config = sent->certificate_config;
  EXPECT_EQ(config.issuer_certificate_authority_id, kIssuing);
  EXPECT_EQ(config.subject->common_name, "shop.example.com");
  EXPECT_EQ(config.subject_alternative_names->size(), 2u);
  EXPECT_EQ(config.key_algorithm, certs::KeyAlgorithm::kEcdsaP256);
  EXPECT_EQ(config.validity->time_of_validity_not_before, kNow) << "the server's clock is another";
  EXPECT_EQ(config.validity->time_of_validity_not_after, kNow + 90 * 24h - 1s);
  ASSERT_TRUE(sent->certificate_rules.has_value());
  EXPECT_EQ(sent->certificate_rules->front().renewal_interval, "P75D");
  EXPECT_EQ(sent->certificate_rules->front().advance_renewal_period, "P15D");
}

TEST_F(Create, AShortLifeNeedsItsRuleSaid) {
  const std::vector<std::string> words = {"certificate", "create",       "--name",     "demo",
                                          "--dns",       "demo.example", "--validity", "PT200S"};
  EXPECT_EQ(world_.Run(words), 2);
  EXPECT_THAT(world_.err(), HasSubstr("--renew-every PERIOD is missing"));
  auto with_rule = words;
  with_rule.insert(with_rule.end(), {"--renew-every", "PT110S", "--renew-before", "PT20S"});
  EXPECT_EQ(world_.Run(with_rule), 0) << world_.err();
  EXPECT_THAT(BodyOf(world_, "POST"), AllOf(HasSubstr("PT110S"), HasSubstr("PT20S")));
}

certs::CertificateAuthority Issuing(const std::string& most, Time not_before) {
  certs::CertificateAuthority issuing{.id = kIssuing, .name = "issuing"};
  issuing.current_version = certs::CertificateAuthorityVersionSummary{
      .validity = certs::Validity{.time_of_validity_not_after = kNow + 3650 * 24h,
                                  .time_of_validity_not_before = not_before}};
  if (!most.empty()) {
    issuing.certificate_authority_rules = {
        {.rule_type = certs::AuthorityRuleType::kIssuanceExpiry,
         .leaf_certificate_max_validity_duration = most}};
  }
  return issuing;
}

TEST_F(Create, MoreThanTheIssuerAllowsIsToldByTheFlagThatSaidIt) {
  world_.server.On("GET /20210224/certificateAuthorities/" + std::string(kIssuing),
                   EncodeJson(Issuing("P90D", kNow - 24h)), {{"etag", "e"}});
  const auto create = [&](std::vector<std::string> more) {
    std::vector<std::string> words = {"certificate", "create", "--name", "a", "--dns", "a.example"};
    words.insert(words.end(), more.begin(), more.end());
    return world_.Run(words);
  };
  EXPECT_EQ(create({"--validity", "P400D"}), 2);
  EXPECT_THAT(world_.err(), AllOf(HasSubstr("--validity cannot be P400D"),
                                  HasSubstr("issuing lets a certificate live P90D at most")));
  EXPECT_EQ(create({"--days", "91"}), 2);
  EXPECT_THAT(world_.err(), HasSubstr("--days cannot be P91D"));
  EXPECT_EQ(world_.server.Count("POST /20210224/certificates"), 0u);
  EXPECT_EQ(create({"--validity", "P90D"}), 0) << world_.err();
}

TEST_F(Create, WithoutAWordOnItALifeIsAsLongAsTheIssuerAllows) {
  world_.server.On("GET /20210224/certificateAuthorities/" + std::string(kIssuing),
                   EncodeJson(Issuing("P30D", kNow - 24h)), {{"etag", "e"}});
  EXPECT_EQ(world_.Run({"certificate", "create", "--name", "a", "--dns", "a.example"}), 0)
      << world_.err();
  const auto sent =
      DecodeJson<certs::CreateCertificateDetails>(BodyOf(world_, "POST"), UnknownFields::kRefuse);
  EXPECT_EQ(sent->certificate_config.validity->time_of_validity_not_after,
            kNow + 30 * 24h - 1s);
  EXPECT_EQ(sent->certificate_rules->front().renewal_interval, "P25D");
}

// The server, whose clock is ahead of ours, has just made it.
TEST_F(Create, BeginsNotBeforeItsIssuer) {
  world_.server.On("GET /20210224/certificateAuthorities/" + std::string(kIssuing),
                   EncodeJson(Issuing("", kNow + 3s)), {{"etag", "e"}});
  EXPECT_EQ(world_.Run({"certificate", "create", "--name", "a", "--dns", "a.example"}), 0)
      << world_.err();
  const auto sent =
      DecodeJson<certs::CreateCertificateDetails>(BodyOf(world_, "POST"), UnknownFields::kRefuse);
  const auto& validity = *sent->certificate_config.validity;
  EXPECT_EQ(validity.time_of_validity_not_before, kNow + 3s);
  EXPECT_EQ(validity.time_of_validity_not_after, kNow + 3s + 90 * 24h - 1s);
}

TEST_F(Create, SayingTheLifeTwiceIsRefusedHere) {
  EXPECT_EQ(world_.Run({"certificate", "create", "--name", "a", "--dns", "a", "--days", "9",
                        "--until", "2027-01-01T00:00:00Z"}),
            2);
  EXPECT_TRUE(world_.server.requests.empty());
}

TEST_F(Create, WithoutAnIssuerTheNextCommandMakesOne) {
  world_.server.On("GET /20210224/certificateAuthorities", R"({"items":[]})");
  EXPECT_EQ(world_.Run({"certificate", "create", "--name", "a", "--dns", "a.example"}), 2);
  EXPECT_THAT(world_.err(), HasSubstr("next: perennial ca create issuing"));
}

class Listener : public ::testing::Test {
 protected:
  Listener() {
    world_.server.On(kPost, "", {{"opc-work-request-id", kWork}});
    world_.server.On("GET /20170115/loadBalancerWorkRequests/" + std::string(kWork),
                     [this](const HttpRequest&) {
                       lbs::WorkRequest work{.id = kWork,
                                             .load_balancer_id = kFront,
                                             .type = "CreateListener",
                                             .lifecycle_state = lbs::WorkRequestState::kInProgress,
                                             .time_accepted = kNow};
                       if (++looks_ >= ready_after_) {
                         work.lifecycle_state = ends_;
                         work.time_finished = kNow;
                         if (ends_ == lbs::WorkRequestState::kFailed) {
                           work.error_details = {{.message = "the port is taken by other-lb"}};
                         }
                       }
                       return HttpResponse{200, {}, EncodeJson(work)};
                     });
  }
  // What the nodes say at each look.
  void Nodes(std::vector<std::vector<lbs::ListenerOnNode>> looks) {
    world_.server.On("GET /20260101/listenerStates",
                     [looks = std::move(looks), at = size_t{0}](const HttpRequest&) mutable {
                       const auto& now = looks[std::min(at++, looks.size() - 1)];
                       return HttpResponse{200, {}, EncodeJson(lbs::ListenerStates{now})};
                     });
  }
  int Run(std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"listener",      "create", "--lb",          kFront,
                                      "--name",        "https",  "--port",        "8443",
                                      "--certificate", kShop,    "--backend-set", "app"};
    words.insert(words.end(), more.begin(), more.end());
    return world_.Run(words);
  }
  const std::string kPost = std::string("POST /20170115/loadBalancers/") + kFront + "/listeners";
  int looks_ = 0, ready_after_ = 3;
  lbs::WorkRequestState ends_ = lbs::WorkRequestState::kSucceeded;
  World world_;
};

TEST_F(Listener, IsOneClickThatIsWaitedForUntilItsNodesHaveItOpen) {
  Nodes({{OnEdge(lbs::ListenerState::kPending, "the node is about to take it up")},
         {OnEdge(lbs::ListenerState::kOpen)}});
  EXPECT_EQ(Run(), 0) << world_.err();
  EXPECT_EQ(world_.server.Count(kPost), 1u);
  EXPECT_THAT(world_.err(), AllOf(HasSubstr("CreateListener: IN_PROGRESS"),
                                  HasSubstr("CreateListener: SUCCEEDED")));
  EXPECT_EQ(world_.out(), "listener https is made on port 8443, and open on 1 node\n");
  const auto sent =
      DecodeJson<lbs::CreateListenerDetails>(BodyOf(world_, "POST"), UnknownFields::kRefuse);
  ASSERT_TRUE(sent.has_value());
  EXPECT_EQ(sent->ssl_configuration->certificate_ids, std::vector<std::string>{kShop});
}

TEST_F(Listener, ThatANodeCannotOpenFailsWithTheReason) {
  auto other = OnEdge(lbs::ListenerState::kOpen);
  other.node_name = "edge-2";
  Nodes({{OnEdge(lbs::ListenerState::kClosed, kDenied), other}});
  EXPECT_EQ(Run(), 1);
  EXPECT_THAT(world_.err(),
              AllOf(HasSubstr("listener https is made on port 8443, and 1 of 2 nodes serve it"),
                    HasSubstr(std::string("edge-1: ") + kDenied),
                    HasSubstr("next: perennial listener list --lb " + std::string(kFront))));
  EXPECT_EQ(world_.Run({"listener", "list", "--lb", kFront}), 0) << world_.err();
  EXPECT_THAT(world_.out(), AllOf(ContainsRegex("https +443 +edge-1 +CLOSED +HAProxy cannot"),
                                  ContainsRegex("https +443 +edge-2 +OPEN")));
}

TEST_F(Listener, OnASilentNodeOrNoneIsMadeAllTheSame) {
  Nodes({{OnEdge(lbs::ListenerState::kSilent, "the node's agent is silent")}});
  EXPECT_EQ(Run(), 0) << world_.err();
  EXPECT_THAT(world_.out(), HasSubstr("open on 0 of 1 node; edge-1: the node's agent is silent"));
  Nodes({{}});
  EXPECT_EQ(Run(), 0) << world_.err();
  EXPECT_THAT(world_.out(), HasSubstr("has no node yet"));
  const auto started = world_.clock.Monotonic();
  Nodes({{OnEdge(lbs::ListenerState::kPending, "the node is about to take it up")}});
  EXPECT_EQ(Run(), 0) << world_.err();
  EXPECT_THAT(world_.out(), HasSubstr("edge-1: the node is about to take it up"));
  EXPECT_GE(world_.clock.Monotonic() - started, 30s);
  EXPECT_LE(world_.clock.Monotonic() - started, 35s);
}

TEST_F(Listener, WorkThatFailsIsToldInTheServicesWords) {
  ends_ = lbs::WorkRequestState::kFailed;
  EXPECT_EQ(Run(), 1);
  EXPECT_THAT(world_.err(),
              AllOf(HasSubstr("CreateListener failed"), HasSubstr("taken by other-lb"),
                    HasSubstr("next: perennial work-request show " + std::string(kWork))));
}

TEST_F(Listener, WorkThatTakesTooLongIsSixAndStillGoing) {
  ready_after_ = 1000;
  EXPECT_EQ(Run({"--wait", "5s"}), 6);
  EXPECT_THAT(world_.err(), HasSubstr("the work continues without this program"));
  EXPECT_EQ(Run({"--wait", "0s"}), 0);
  EXPECT_THAT(world_.out(), HasSubstr("ordered"));
}

TEST_F(Listener, WithoutACertificateSaysWhatThatWouldMean) {
  EXPECT_EQ(
      world_.Run({"listener", "create", "--lb", kFront, "--name", "x", "--backend-set", "app"}), 2);
  EXPECT_THAT(world_.err(), HasSubstr("say --plain if that is wanted"));
  EXPECT_EQ(world_.server.Count(kPost), 0u);
}

TEST(ListenerUpdate, ChangesOnlyWhatIsNamed) {
  World world;
  lbs::LoadBalancer front{.id = kFront, .display_name = "front"};
  lbs::Listener https{
      .name = "https", .default_backend_set_name = "app", .port = 8443, .protocol = "HTTP"};
  https.ssl_configuration = lbs::SslConfiguration{
      .verify_depth = 2, .certificate_ids = {"ocid1.certificate.old"}, .protocols = {"TLSv1.3"}};
  https.connection_configuration = lbs::ConnectionConfiguration{.idle_timeout = 77};
  front.listeners.emplace("https", https);
  world.server.On(std::string("GET /20170115/loadBalancers/") + kFront, EncodeJson(front),
                  {{"etag", "e9"}});
  world.server.On(std::string("PUT /20170115/loadBalancers/") + kFront + "/listeners/https", "",
                  {{"opc-work-request-id", kWork}});
  world.Run(
      {"listener", "update", "https", "--lb", kFront, "--certificate", kShop, "--wait", "0s"});
  const auto sent =
      DecodeJson<lbs::UpdateListenerDetails>(BodyOf(world, "PUT"), UnknownFields::kRefuse);
  ASSERT_TRUE(sent.has_value()) << world.err();
  EXPECT_EQ(sent->port, 8443);
  EXPECT_EQ(sent->connection_configuration->idle_timeout, 77);
  EXPECT_EQ(sent->ssl_configuration->verify_depth, 2);
  EXPECT_EQ(sent->ssl_configuration->protocols, std::vector<std::string>{"TLSv1.3"});
  EXPECT_EQ(sent->ssl_configuration->certificate_ids, std::vector<std::string>{kShop});
  EXPECT_EQ(world.Run({"listener", "update", "htps", "--lb", kFront, "--port", "1"}), 3);
  EXPECT_THAT(world.err(), HasSubstr("did you mean \"https\"?"));
}

class Watch : public ::testing::Test {
 protected:
  // The rollout as it is at each look.
  int Run(std::vector<certs::Rollout> states) {
    states_ = std::move(states);
    world_.server.On("GET /20260101/nodes", EncodeJson(api::identity::NodeCollection{{Edge(10s)}}));
    world_.server.On(std::string("GET /20260101/rollouts/") + kRollout, [this](const HttpRequest&) {
      const auto at = std::min(look_++, states_.size() - 1);
      auto rollout = states_[at];
      rollout.position = static_cast<int64_t>(at) + 1;
      return HttpResponse{200, {}, EncodeJson(rollout)};
    });
    return world_.Run({"rollout", "watch", kRollout});
  }
  static certs::Rollout At(certs::RolloutState state) {
    return {.id = kRollout,
            .certificate_id = kShop,
            .state = state,
            .from_version = 1,
            .to_version = 2,
            .time_started = kNow};
  }
  std::vector<certs::Rollout> states_;
  size_t look_ = 0;
  World world_;
};

TEST_F(Watch, TellsARenewalFromIssuedToCurrentEachThingOnce) {
  auto canary = At(certs::RolloutState::kCanary);
  auto rolling = At(certs::RolloutState::kRolling);
  rolling.time_canary_proved = kNow + 2s;
  rolling.node_count = 2;
  rolling.served_count = 1;
  rolling.owing_count = 1;
  rolling.lines = {{.association_id = "a",
                    .resource_id = kFront,
                    .node_id = Edge(0s).id,
                    .wanted_version = 2,
                    .served_version = 2,
                    .time_observed = kNow + 2s,
                    .result = certs::ObservationResult::kProved}};
  auto complete = rolling;
  complete.state = certs::RolloutState::kComplete;
  complete.served_count = 2;
  complete.time_promoted = kNow + 4s;
  complete.time_finished = kNow + 4s;
  EXPECT_EQ(Run({At(certs::RolloutState::kPending), canary, rolling, complete}), 0) << world_.err();
  EXPECT_EQ(world_.out(),
            "2026-01-01T00:00:00.000Z  version 2 issued, pending until it is proved\n"
            "2026-01-01T00:00:00.000Z  version 2 goes to the canary\n"
            "2026-01-01T00:00:02.000Z  canary proved by full handshakes\n"
            "2026-01-01T00:00:02.000Z  edge-1 serves version 2\n"
            "2026-01-01T00:00:02.000Z  wave: 1 of 2 nodes serve version 2\n"
            "2026-01-01T00:00:02.000Z  wave: 2 of 2 nodes serve version 2\n"
            "2026-01-01T00:00:04.000Z  version 2 is CURRENT\n"
            "2026-01-01T00:00:04.000Z  complete\n");
}

TEST_F(Watch, ARollbackIsAFailureWithItsReason) {
  auto back = At(certs::RolloutState::kRolledBack);
  back.reason = "two nodes could not serve it";
  EXPECT_EQ(Run({At(certs::RolloutState::kCanary), back}), 1);
  EXPECT_THAT(world_.out(), HasSubstr("rolled back: two nodes could not serve it"));
  EXPECT_THAT(world_.err(), HasSubstr("the version before goes on serving"));
}

TEST(Watching, ACertificateGivesUpAfterItsTimeAndIsStillGoing) {
  World world;
  world.server.On("GET /20260101/rollouts", R"({"items":[]})");
  EXPECT_EQ(world.Run({"rollout", "watch", kShop, "--timeout", "30s"}), 6);
  EXPECT_GE(world.clock.Now() - kNow, 30s);
}

TEST(Health, WhatIsBeingDeletedMayExpire) {
  auto shop = Shop(90 * 24h, -1h);
  shop.lifecycle_state = certs::LifecycleState::kPendingDeletion;
  EXPECT_EQ(Trouble(shop, kNow), std::nullopt);
  auto node = Edge(48h);
  node.state = api::identity::NodeState::kRemoved;
  EXPECT_FALSE(IsMissing({node}, kNow));
}

TEST(Api, OnlyReadsAndGoesToTheServiceThatThePathNames) {
  World world;
  world.server.On("GET /20190901/configuration", R"({"retentionPeriodDays":365})");
  EXPECT_EQ(world.Run({"api", "GET", "/20190901/configuration"}), 0) << world.err();
  EXPECT_EQ(world.out(), "{\n  \"retentionPeriodDays\": 365\n}\n");
  EXPECT_EQ(world.Run({"api", "DELETE", "/20190901/configuration"}), 2);
}

TEST(ApiKey, APrivateKeyIsNeverUploaded) {
  World world;
  const auto path = world.directory + "/k.pem";
  const auto pem = World::Key().ToPkcs8Pem();
  ASSERT_TRUE(world.files.ReplaceAtomically(path, std::string(pem.RevealText()), 0600));
  EXPECT_EQ(world.Run({"api-key", "upload", "--key-file", path}), 2);
  EXPECT_THAT(world.err(),
              AllOf(HasSubstr("must never leave this machine"), HasSubstr("openssl pkey")));
  EXPECT_TRUE(world.server.requests.empty());
}

TEST(Audit, WhatAServiceDidByItselfWasNoAnswer) {
  World world;
  const auto event = [](const char* id, const char* name, const char* status) {
    api::audit::AuditEvent made;
    made.event_id = id;
    made.event_time = kNow;
    made.data.event_name = name;
    made.data.response = api::audit::Response{.status = status};
    return made;
  };
  const std::vector<api::audit::AuditEvent> events = {event("c/1", "IssueVersion", "0"),
                                                      event("c/2", "CreateCertificate", "200")};
  world.server.On("GET /20190901/auditEvents", EncodeJson(events));
  EXPECT_EQ(world.Run({"audit", "list"}), 0) << world.err();
  EXPECT_THAT(world.out(), AllOf(ContainsRegex("IssueVersion .* own act"),
                                 ContainsRegex("CreateCertificate .* 200")));
}

TEST(Audit, VerifyingIsAVerbOfTheHost) {
  World world;
  EXPECT_EQ(world.Run({"audit", "verify"}), 2);
  EXPECT_THAT(world.err(), HasSubstr("perenniald audit verify"));
}

}  // namespace
}  // namespace perennial::cli
