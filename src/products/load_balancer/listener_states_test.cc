// SPDX-License-Identifier: Apache-2.0
#include "products/load_balancer/listener_states.h"

#include "products/load_balancer/testing.h"
#include "products/load_balancer/upkeep.h"

namespace perennial::load_balancer {
namespace {

using testing::kNode;
using testing::kPool;
using testing::kRivalPool;
using testing::World;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kWhy[] = "HAProxy cannot open port 443: permission denied";

class Listeners : public ::testing::Test {
 protected:
  // What the node's own request is answered.
  Result<service::Reply> Report(const wire::ReportListenersDetails& details,
                                const std::string& node = kNode, const std::string& of = kNode) {
    static const service::Operation operation{.name = "ReportListeners", .method = "PUT"};
    service::Call::Facts facts;
    facts.request.method = "PUT";
    facts.request.body = EncodeJson(details);
    facts.caller = {
        .kind = authz::PrincipalKind::kNode, .id = node, .product_kinds = {"loadbalancer"}};
    facts.snapshot = world.base.view.snapshot;
    facts.path_values = {{"nodeId", of}};
    facts.now = world.base.clock.Now();
    service::Call call(*world.base.service, operation, std::move(facts));
    return world.load_balancers->ReportListeners(call);
  }
  void MustReport(std::vector<wire::NodeListener> closed, const std::string& problem = "") {
    wire::ReportListenersDetails details{.configuration_version = world.ConfigurationVersion(),
                                         .closed = std::move(closed)};
    if (!problem.empty()) {
      --details.configuration_version;
      details.problem = problem;
    }
    const auto reported = Report(details);
    ASSERT_TRUE(reported) << reported.error().message;
  }
  wire::NodeListener Web(bool waiting = false) const {
    return {.load_balancer_id = id, .name = "web", .port = 443, .waiting = waiting, .reason = kWhy};
  }
  // The node asks, as an agent does all the time.
  void Poll() { ASSERT_TRUE(world.Configuration(kNode, world.ConfigurationVersion())); }

  std::vector<wire::ListenerOnNode> States(const std::string& query = "",
                                           const std::string& user = "ann") {
    const auto answer = world.Ask(user, "GET", "/20260101/listenerStates" + query);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return DecodeJson<wire::ListenerStates>(answer.body, UnknownFields::kRefuse).value().items;
  }
  int64_t Failed() {
    return world.base.Number("SELECT COUNT(*) FROM work_request WHERE type = 'ServeListener'");
  }

  World world;
  std::string id = world.WithListener();
};

TEST_F(Listeners, AreOpenOnlyWhenTheNodeSaysSo) {
  auto states = States();
  ASSERT_THAT(states, SizeIs(1));
  EXPECT_EQ(states[0].state, wire::ListenerState::kSilent) << "its agent never spoke";
  Poll();
  states = States();
  EXPECT_EQ(states[0].state, wire::ListenerState::kPending) << "an acknowledgement is no report";
  MustReport({});
  states = States("?loadBalancerId=" + id + "&nodeId=" + kNode);
  ASSERT_THAT(states, SizeIs(1));
  EXPECT_EQ(states[0].state, wire::ListenerState::kOpen);
  EXPECT_EQ(states[0].listener_name, "web");
  EXPECT_EQ(states[0].load_balancer_name, "shop");
  EXPECT_EQ(states[0].port, 443);
  EXPECT_EQ(states[0].node_name, kNode);
  EXPECT_FALSE(states[0].reason);
  EXPECT_THAT(States("?filter=troubled"), IsEmpty());

  world.base.clock.Advance(kNodeLive + std::chrono::seconds(1));
  EXPECT_EQ(States()[0].state, wire::ListenerState::kSilent);
}

TEST_F(Listeners, ThatCannotBeOpenedAreToldWithTheReasonAndOnceAsAWorkRequest) {
  Poll();
  MustReport({Web()});
  const auto troubled = States("?filter=troubled");
  ASSERT_THAT(troubled, SizeIs(1));
  EXPECT_EQ(troubled[0].state, wire::ListenerState::kClosed);
  EXPECT_EQ(troubled[0].reason, kWhy);
  MustReport({Web()});
  EXPECT_EQ(Failed(), 1);
  const auto told = world.Ask("ann", "GET", World::Path(id, "/workRequests"));
  EXPECT_THAT(told.body, HasSubstr("listener 'web' is not served by node " + kNode + ": " + kWhy));

  MustReport({});
  EXPECT_EQ(States()[0].state, wire::ListenerState::kOpen);
  MustReport({Web()});
  EXPECT_EQ(Failed(), 2) << "it closed once more";
}

TEST_F(Listeners, ThatWaitForTheirCertificateAreNoTrouble) {
  Poll();
  MustReport({Web(true)});
  EXPECT_EQ(States()[0].state, wire::ListenerState::kPending);
  EXPECT_THAT(States("?filter=troubled"), IsEmpty());
  EXPECT_EQ(Failed(), 0);
  MustReport({Web()});
  EXPECT_EQ(Failed(), 1);
}

TEST_F(Listeners, ThatWereJustChangedArePendingWhateverWasSaidBefore) {
  Poll();
  MustReport({});
  world.Ask("ann", "POST", World::Path(id, "/listeners"), World::ListenerBody("more", 444, ""));
  for (const auto& each : States()) EXPECT_EQ(each.state, wire::ListenerState::kPending);
  world.Upkeep();
  for (const auto& each : States()) EXPECT_EQ(each.state, wire::ListenerState::kPending);
  MustReport({});
  EXPECT_THAT(States(), SizeIs(2));
  for (const auto& each : States()) EXPECT_EQ(each.state, wire::ListenerState::kOpen);
}

TEST_F(Listeners, OfAnotherPortAreNotJudgedByWhatWasSaidOfThisOne) {
  Poll();
  MustReport({Web()});
  world.Ask("ann", "PUT", World::Path(id, "/listeners/web"),
            World::WithoutName(World::ListenerBody("web", 8443, testing::kShop)));
  world.Upkeep();
  EXPECT_EQ(States()[0].state, wire::ListenerState::kPending);
}

TEST_F(Listeners, TellWhyTheNodeDoesNotTakeUpItsConfiguration) {
  Poll();
  MustReport({}, "HAProxy is away");
  const auto troubled = States("?filter=troubled");
  ASSERT_THAT(troubled, SizeIs(1));
  EXPECT_EQ(troubled[0].state, wire::ListenerState::kPending);
  EXPECT_THAT(*troubled[0].reason, HasSubstr("HAProxy is away"));
}

TEST_F(Listeners, AreClosedWhereTheProxyDied) {
  Poll();
  ASSERT_TRUE(Report({.configuration_version = world.ConfigurationVersion(),
                      .problem = "the proxy is away: no socket"}));
  const auto troubled = States("?filter=troubled");
  ASSERT_THAT(troubled, SizeIs(1));
  EXPECT_EQ(troubled[0].state, wire::ListenerState::kClosed);
  EXPECT_EQ(troubled[0].reason, "the node serves nothing: the proxy is away: no socket");
}

TEST_F(Listeners, AreToldOnlyToThoseWhoMayReadThem) {
  Poll();
  MustReport({Web()});
  EXPECT_THAT(States("", "bob"), IsEmpty()) << "inspecting is not reading";
  EXPECT_THAT(States("", "eve"), IsEmpty());
  EXPECT_EQ(world.Ask("eve", "GET", "/20260101/listenerStates?loadBalancerId=" + id).status, 404);
  EXPECT_EQ(world.Ask("ann", "GET", "/20260101/listenerStates?filter=all").status, 400);
}

// The node of another tenancy serves the rival's load balancer too.
TEST_F(Listeners, OfASharedNodeDoNotTellWhatTheOwnerIsToldOfTheWhole) {
  const auto theirs = world.Create("eve");
  world.Ask("eve", "POST", World::Path(theirs, "/backendSets"), World::SetBody("app"));
  world.Ask("eve", "POST", World::Path(theirs, "/listeners"), World::ListenerBody("own", 445, ""));
  world.Upkeep();
  Poll();
  MustReport({}, "haproxy -c refused the frontend l1-443");
  const auto states = States("", "eve");
  ASSERT_THAT(states, SizeIs(1));
  EXPECT_THAT(*states[0].reason, Not(HasSubstr("l1-443")));
  EXPECT_THAT(*states[0].reason, HasSubstr("agent's log"));
}

TEST_F(Listeners, AreReportedByTheNodeItselfAndOnlyWhatIsPlacedThere) {
  const std::string other = "ocid1.node.perennial.home-1.n2";
  world.AddNode(other, {"ocid1.subnet.perennial.home-1.elsewhere"});
  EXPECT_EQ(Report({}, other, kNode).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(Report({.closed = {Web()}}, other, other));
  EXPECT_EQ(Failed(), 0) << "a node says nothing of what it does not run";
  EXPECT_EQ(world.Count("closed_listener"), 0);
  wire::ReportListenersDetails too_much{.closed = std::vector(1001, Web())};
  EXPECT_EQ(Report(too_much).error().code, ErrorCode::kInvalidArgument);
  too_much.closed = {Web()};
  too_much.closed[0].reason.assign(1001, 'x');
  EXPECT_EQ(Report(too_much).error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(Report({.closed = {Web(), Web()}})) << "named twice counts once";
  EXPECT_EQ(world.Count("closed_listener"), 1);
}

TEST_F(Listeners, WhosePortAnotherOneHasOnTheNodeAreClosed) {
  world.AddNode("ocid1.node.perennial.home-1.n2", {kRivalPool});
  world.AddNode(kNode, {kPool});
  const auto theirs = world.Create("eve");
  world.Ask("eve", "POST", World::Path(theirs, "/backendSets"), World::SetBody("app"));
  EXPECT_EQ(world.Ask("eve", "POST", World::Path(theirs, "/listeners"),
                      World::ListenerBody("theirs", 443, "")).status,
            204);
  world.Upkeep();
  world.AddNode(kNode, {kPool, kRivalPool});
  world.Upkeep();
  Poll();
  MustReport({});
  const auto states = States("?nodeId=" + kNode, "eve");
  ASSERT_THAT(states, SizeIs(1));
  EXPECT_EQ(states[0].state, wire::ListenerState::kClosed);
  EXPECT_THAT(*states[0].reason, HasSubstr("port 443 is taken there"));
}

}  // namespace
}  // namespace perennial::load_balancer
