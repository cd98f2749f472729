// SPDX-License-Identifier: Apache-2.0
#include "agent/agent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "agent/testing_authority.h"
#include "base/encoding.h"
#include "pki/certificate.h"

namespace perennial::agent {
namespace {

using ::testing::HasSubstr;

constexpr char kAssociation[] = "ocid1.association.perennial.home-1.a1";
constexpr char kCertificate[] = "ocid1.certificate.perennial.home-1.c1";
constexpr char kLoadBalancer[] = "ocid1.loadbalancer.perennial.home-1.l1";

class MemoryFiles final : public Files {
 public:
  Result<std::string> Read(const std::string& path) const override {
    const auto found = files.find(path);
    if (found == files.end()) return Fail(ErrorCode::kNotFound, "no such file");
    return found->second;
  }
  Result<void> ReplaceAtomically(const std::string& path, const std::string& bytes, int) override {
    files[path] = bytes;
    return {};
  }
  Result<void> Remove(const std::string& path) override {
    files.erase(path);
    return {};
  }
  Result<std::vector<std::string>> List(const std::string&) const override { return {}; }
  Result<void> MakeDirectory(const std::string&, int) override { return {}; }
  std::map<std::string, std::string> files;
};

// A proxy that serves what it is told, where it is told.
class FakeProxy final : public Installer, public net::TlsProbe {
 public:
  Result<std::vector<Reference>> Read(const Configuration& configuration) const override {
    if (configuration.resources == "bad") return Fail(ErrorCode::kInvalidArgument, "bad");
    return references;
  }
  Result<void> Store(const ServingBundle& bundle) override {
    stored[bundle.association_id] = LeafDer(bundle);
    return {};
  }
  Result<std::vector<ClosedListener>> Apply(const Configuration&) override {
    ++applies;
    if (refuses_configuration) return Fail(ErrorCode::kInvalidArgument, "port 443 is taken");
    if (away) return Fail(ErrorCode::kUnavailable, "no socket");
    served = stored;
    return closed;
  }
  Result<void> Serve(const ServingBundle& bundle) override {
    if (refuses_to_serve) return Fail(ErrorCode::kUnavailable, "the proxy is away");
    stored[bundle.association_id] = LeafDer(bundle);
    ++swaps;
    if (!ignores_commit) served = stored;
    return {};
  }
  Result<void> Forget(const std::vector<std::string>& kept) override {
    forgotten_but.assign(kept.begin(), kept.end());
    return {};
  }
  bool Shows(const std::string& association_id) const override {
    return shown.contains(association_id);
  }
  Result<ProxyState> State() override {
    if (away) return Fail(ErrorCode::kUnavailable, "no socket");
    return ProxyState{.pid = 7};
  }

  Result<net::ProbeAnswer> Handshake(const net::ProbeRequest&) override {
    ++handshakes;
    if (unreachable || served.empty()) return Fail(ErrorCode::kUnavailable, "connection refused");
    return net::ProbeAnswer{.chain_der = {served.begin()->second}};
  }

  static std::string LeafDer(const ServingBundle& bundle) {
    const std::string pem(bundle.pem.RevealText());
    const auto end = pem.find("-----END CERTIFICATE-----\n") + 26;
    const auto leaf = *pki::ParseCertificatePem(pem.substr(0, end));
    return std::string(AsText(leaf.der()));
  }

  std::vector<Reference> references;
  std::map<std::string, std::string> stored, served;
  std::set<std::string> shown;  // What listeners go on with, although it is not wanted any more.
  std::vector<std::string> forgotten_but;
  int applies = 0, swaps = 0, handshakes = 0;
  bool unreachable = false, ignores_commit = false, refuses_to_serve = false;
  bool refuses_configuration = false, away = false;
  std::vector<ClosedListener> closed;
};

class FakeControlPlane final : public ControlPlane {
 public:
  explicit FakeControlPlane(TestAuthority& authority) : authority_(authority) {}

  Result<std::optional<Configuration>> ConfigurationAfter(int64_t version, Duration) override {
    if (down) return Fail(ErrorCode::kUnavailable, "connection refused");
    acknowledged = version;
    if (!next) return std::optional<Configuration>();
    return std::exchange(next, std::nullopt);
  }
  Result<PollAnswer> Poll(const PollQuestion& question) override {
    questions.push_back(question);
    if (down) return Fail(ErrorCode::kUnavailable, "connection refused");
    PollAnswer answer{.cursor = "c", .set_digest = "d", .changes = std::exchange(news, {})};
    answer.behind_s = behind_s;
    answer.need_set = std::exchange(forget_set, false);
    return answer;
  }
  void Expect(const std::vector<std::string>& resource_ids) override { expected = resource_ids; }
  void Tell(int64_t wanted, int64_t served) override { told = {wanted, served}; }
  Result<BundleAnswer> FetchBundle(const std::string& resource_id, const std::string&,
                                   int64_t version) override {
    if (down) return Fail(ErrorCode::kUnavailable, "connection refused");
    EXPECT_EQ(resource_id, kLoadBalancer);
    ++fetches;
    if (version == taken_back) return Fail(ErrorCode::kNotFound, "no such thing, or not for you");
    auto bundle = authority_.Fetched(version, names);
    if (spoil) spoil(bundle);
    return BundleAnswer{.bundle = std::move(bundle), .wanted_version = wanted};
  }
  Result<void> SendReports(const std::vector<Report>& sent) override {
    if (down) return Fail(ErrorCode::kUnavailable, "connection refused");
    reports.insert(reports.end(), sent.begin(), sent.end());
    return {};
  }

  Result<void> SendListeners(const ListenerReport& report) override {
    if (down) return Fail(ErrorCode::kUnavailable, "connection refused");
    listeners.push_back(report);
    return {};
  }

  // The version that all reports of the last round say was proved, or 0.
  int64_t ProvedVersion() const {
    if (reports.empty() || reports.back().result != ReportedResult::kProved) return 0;
    return reports.back().version;
  }

  bool down = false, forget_set = false;
  double behind_s = 0;
  std::optional<Configuration> next;
  std::vector<WantedVersion> news;
  std::vector<std::string> names = {"shop.example"};
  int64_t wanted = 1, acknowledged = -1, taken_back = 0;
  int fetches = 0;
  std::function<void(FetchedBundle&)> spoil;
  std::vector<PollQuestion> questions;
  std::vector<Report> reports;
  std::vector<ListenerReport> listeners;
  std::vector<std::string> expected;
  std::pair<int64_t, int64_t> told;

 private:
  TestAuthority& authority_;
};

class AgentTest : public ::testing::Test {
 protected:
  AgentTest() {
    proxy_.references = {{.resource_id = kLoadBalancer,
                          .association_id = kAssociation,
                          .certificate_id = kCertificate,
                          .current_version = 1,
                          .endpoints = {{"127.0.0.11", 443}}}};
    Restart();
  }
  void Restart() {
    agent_ = std::make_unique<Agent>(Agent::Parts{control_, proxy_, prover_, files_, clock_},
                                     Agent::Options{.state_path = "state"});
    ASSERT_TRUE(agent_->Load());
  }
  // Serving brings the first configuration and version 1 up.
  void Serving() {
    control_.next = Configuration{.version = 1, .hash = "h1", .resources = "[]"};
    agent_->ConfigurationStep();
    ASSERT_EQ(control_.ProvedVersion(), 1);
  }
  void Want(int64_t version) {
    control_.wanted = version;
    Hear(version);
  }
  // What a replica says, which may be wrong.
  void Hear(int64_t version) {
    control_.news = {{.association_id = kAssociation, .version = version}};
  }

  ManualClock clock_;
  TestAuthority authority_{clock_};
  FakeControlPlane control_{authority_};
  FakeProxy proxy_;
  MemoryFiles files_;
  Prover prover_{proxy_, clock_};
  std::unique_ptr<Agent> agent_;
};

TEST_F(AgentTest, OpensAListenerWithItsBundleInPlaceAndProvesIt) {
  Serving();
  EXPECT_EQ(proxy_.applies, 1);
  EXPECT_EQ(control_.fetches, 1);
  // Two names (the certificate's and none) and three handshakes each.
  EXPECT_EQ(proxy_.handshakes, 6);
  agent_->ConfigurationStep();
  EXPECT_EQ(control_.acknowledged, 1);
}

TEST_F(AgentTest, ServesAWantedVersionWithoutTouchingTheConfiguration) {
  Serving();
  Want(2);
  agent_->UpdateStep();
  EXPECT_EQ(control_.ProvedVersion(), 2);
  EXPECT_EQ(proxy_.swaps, 1);
  EXPECT_EQ(proxy_.applies, 1);
}

TEST_F(AgentTest, TellsTheReplicaOnlyWhatChangedInItsSet) {
  Serving();
  agent_->UpdateStep();
  ASSERT_TRUE(control_.questions[0].set);
  EXPECT_EQ(control_.questions[0].set->front().version, 1);
  Want(2);
  agent_->UpdateStep();
  agent_->UpdateStep();
  const auto& last = control_.questions.back();
  EXPECT_FALSE(last.set);
  ASSERT_EQ(last.added.size(), 1u);
  EXPECT_EQ(last.added[0].version, 2);
  agent_->UpdateStep();
  EXPECT_TRUE(control_.questions.back().added.empty());

  control_.forget_set = true;
  agent_->UpdateStep();
  agent_->UpdateStep();
  EXPECT_TRUE(control_.questions.back().set);
}

TEST_F(AgentTest, TellsAgainWhatChangedWhenNoReplicaAnswered) {
  Serving();
  agent_->UpdateStep();
  Want(2);
  agent_->UpdateStep();
  control_.down = true;
  agent_->UpdateStep();
  ASSERT_EQ(control_.questions.back().added.size(), 1u);
  control_.down = false;
  agent_->UpdateStep();
  ASSERT_EQ(control_.questions.back().added.size(), 1u) << "the replica never heard of version 2";
  EXPECT_EQ(control_.questions.back().added[0].version, 2);
}

TEST_F(AgentTest, SaysThatItIsThereWithNothingToServe) {
  proxy_.references.clear();
  for (int i = 0; i < 60; ++i) {
    EXPECT_EQ(agent_->UpdateStep(), seconds(1)) << "the first reference is not long in coming";
    clock_.Advance(seconds(1));
  }
  ASSERT_EQ(control_.questions.size(), 2u) << "once every thirty seconds";
  EXPECT_EQ(control_.questions.back().wait, Duration::zero());
}

TEST_F(AgentTest, TriesAgainFromEitherStepWhatFailed) {
  control_.spoil = [](FetchedBundle& bundle) { bundle.chain_pem.clear(); };
  control_.next = Configuration{.version = 1, .hash = "h1", .resources = "[]"};
  agent_->ConfigurationStep();
  EXPECT_EQ(control_.ProvedVersion(), 0);
  EXPECT_EQ(control_.told, std::pair(int64_t{1}, int64_t{0})) << "one is wanted, none is served";
  control_.spoil = nullptr;
  clock_.Advance(seconds(2));
  agent_->ConfigurationStep();
  agent_->ConfigurationStep();
  EXPECT_EQ(control_.ProvedVersion(), 1);
  EXPECT_EQ(control_.expected, std::vector<std::string>{kLoadBalancer});
}

TEST_F(AgentTest, ChangesNothingOnceItWasStopped) {
  Serving();
  agent_->Stop();
  Want(2);
  agent_->UpdateStep();
  control_.next = Configuration{.version = 2, .hash = "h2", .resources = "[]"};
  agent_->ConfigurationStep();
  EXPECT_EQ(proxy_.swaps, 0);
  EXPECT_EQ(proxy_.applies, 1);
}

TEST_F(AgentTest, NeverServesWhatTheGateRefusesAndSaysWhy) {
  Serving();
  control_.spoil = [](FetchedBundle& bundle) {
    bundle.private_key_pem = pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256)->ToPkcs8Pem();
  };
  Want(2);
  agent_->UpdateStep();
  EXPECT_EQ(proxy_.swaps, 0);
  EXPECT_EQ(control_.reports.back().result, ReportedResult::kRefusedByGate);
  EXPECT_THAT(control_.reports.back().reason, HasSubstr("private key"));
  const auto reported = control_.reports.size();
  clock_.Advance(std::chrono::minutes(2));
  agent_->UpdateStep();
  EXPECT_EQ(control_.reports.size(), reported) << "the same refusal is not told twice";
}

// The replica has nothing to tell of a rollout that went back to what the node still serves.
TEST_F(AgentTest, DoesNotGoOnAskingForAVersionThatWasTakenBack) {
  Serving();
  agent_->UpdateStep();
  control_.spoil = [](FetchedBundle& bundle) { bundle.chain_pem = ""; };
  Want(2);
  agent_->UpdateStep();
  ASSERT_EQ(control_.reports.back().result, ReportedResult::kRefusedByGate);
  control_.taken_back = 2;
  clock_.Advance(std::chrono::minutes(2));
  agent_->UpdateStep();
  const int fetches = control_.fetches;
  for (int i = 0; i < 5; ++i) {
    clock_.Advance(std::chrono::minutes(2));
    agent_->UpdateStep();
  }
  EXPECT_EQ(control_.fetches, fetches);
  EXPECT_EQ(control_.ProvedVersion(), 1);

  control_.spoil = nullptr;
  Want(3);
  agent_->UpdateStep();
  EXPECT_EQ(control_.ProvedVersion(), 3);
}

// A replica that has not heard yet tells the same again, whenever it is asked for everything.
TEST_F(AgentTest, DoesNotAskInHasteForWhatItIsToldAgain) {
  Serving();
  Want(2);
  agent_->UpdateStep();
  control_.taken_back = 1;
  const int fetches = control_.fetches;
  for (int i = 0; i < 5; ++i) {
    Hear(1);
    agent_->UpdateStep();
  }
  EXPECT_EQ(control_.fetches, fetches + 1);
  clock_.Advance(std::chrono::minutes(2));
  agent_->UpdateStep();
  agent_->UpdateStep();  // It has heard, and is asked for everything.
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(std::chrono::minutes(2));
    agent_->UpdateStep();
  }
  EXPECT_EQ(control_.fetches, fetches + 2);
  EXPECT_EQ(control_.ProvedVersion(), 2);
}

TEST_F(AgentTest, RefusesToLoseANameThatIsServed) {
  Serving();
  control_.names = {"other.example"};
  Want(2);
  agent_->UpdateStep();
  EXPECT_EQ(proxy_.swaps, 0);
  EXPECT_THAT(control_.reports.back().reason, HasSubstr("shop.example"));
}

// Version 1 is CURRENT all the time: this node is a canary of version 2.
TEST_F(AgentTest, GoesBackOnlyToWhatTheControlPlaneWantsHere) {
  Serving();
  Want(2);
  agent_->UpdateStep();
  Hear(1);  // A replica that lies, or that has not heard of version 2 yet.
  agent_->UpdateStep();
  clock_.Advance(std::chrono::minutes(2));
  agent_->UpdateStep();
  EXPECT_EQ(proxy_.swaps, 1);
  EXPECT_EQ(control_.ProvedVersion(), 2);
  Want(1);  // A rollback: version 2 never became current.
  agent_->UpdateStep();
  EXPECT_EQ(proxy_.swaps, 2);
  EXPECT_EQ(control_.ProvedVersion(), 1);
}

// Found by the simulator: it died after the proxy had version 2 and before it had noted that; then what the
// proxy showed looked wrong, and version 1 was served again.
TEST_F(AgentTest, WhatItRemembersIsNoOrderToGoBack) {
  Serving();
  const auto remembered = files_.Read("state").value();
  Want(2);
  agent_->UpdateStep();
  ASSERT_EQ(control_.ProvedVersion(), 2);
  ASSERT_TRUE(files_.ReplaceAtomically("state", remembered, 0600));
  Restart();
  for (int i = 0; i < 3; ++i) {  // No replica has news: what it was told before the death is old to them.
    agent_->UpdateStep();
    clock_.Advance(std::chrono::minutes(2));
  }
  EXPECT_EQ(control_.ProvedVersion(), 2);
  EXPECT_EQ(proxy_.swaps, 2) << "version 2, and version 2 again";
}

TEST_F(AgentTest, DoesNotGoBackForAReplicaThatIsLeftBehind) {
  Serving();
  Want(2);
  agent_->UpdateStep();
  ASSERT_EQ(control_.ProvedVersion(), 2);
  control_.behind_s = 3600;  // It has never heard of version 2, and version 1 is CURRENT still.
  Hear(1);
  agent_->UpdateStep();
  EXPECT_EQ(control_.fetches, 2);
  Want(3);
  agent_->UpdateStep();
  EXPECT_EQ(control_.ProvedVersion(), 3) << "forward is where anybody may point";
}

TEST_F(AgentTest, ReportsFailureWhenSomethingElseIsShown) {
  Serving();
  proxy_.ignores_commit = true;
  Want(2);
  agent_->UpdateStep();
  EXPECT_EQ(control_.reports.back().result, ReportedResult::kFailed);
}

TEST_F(AgentTest, ServesAgainWhatTheProxyHasLost) {
  Serving();
  const auto old = proxy_.served;
  Want(2);
  agent_->UpdateStep();
  ASSERT_EQ(control_.ProvedVersion(), 2);
  proxy_.served = old;  // Set up anew from an older copy of its files, say.
  Restart();
  control_.next = Configuration{.version = 1, .hash = "h1", .resources = "[]"};
  agent_->ConfigurationStep();
  proxy_.served = old;
  agent_->UpdateStep();
  EXPECT_EQ(control_.reports.back().result, ReportedResult::kFailed);
  clock_.Advance(std::chrono::seconds(1));
  agent_->UpdateStep();
  EXPECT_EQ(control_.ProvedVersion(), 2);
}

// Perhaps it is not for us to mend: every try reads the key.
TEST_F(AgentTest, ServesAgainOnceAndThenLooksOnly) {
  Serving();
  proxy_.ignores_commit = true;
  Want(2);
  agent_->UpdateStep();
  for (int i = 0; i < 5; ++i) {
    clock_.Advance(std::chrono::minutes(2));
    agent_->UpdateStep();
  }
  EXPECT_EQ(proxy_.swaps, 2);
  EXPECT_EQ(control_.fetches, 3);
}

TEST_F(AgentTest, CallsWhatItCannotSeeInconclusiveAndLooksAgain) {
  Serving();
  proxy_.unreachable = true;
  Want(2);
  agent_->UpdateStep();
  EXPECT_EQ(control_.reports.back().result, ReportedResult::kInconclusive);
  proxy_.unreachable = false;
  clock_.Advance(std::chrono::minutes(2));
  agent_->UpdateStep();
  EXPECT_EQ(control_.ProvedVersion(), 2);
}

TEST_F(AgentTest, ServesFromDiskWithTheControlPlaneAway) {
  Serving();
  control_.down = true;
  proxy_.served.clear();
  Restart();
  EXPECT_EQ(proxy_.served.size(), 1u);
  agent_->UpdateStep();
  EXPECT_EQ(control_.reports.size(), 2u) << "nothing could be sent";
  control_.down = false;
  agent_->UpdateStep();
  EXPECT_GT(control_.reports.size(), 2u) << "what was seen meanwhile is told";
}

TEST_F(AgentTest, KeepsTheLastGoodConfigurationOnBadNews) {
  Serving();
  control_.next = Configuration{.version = 2, .hash = "h2", .resources = "bad"};
  EXPECT_GT(agent_->ConfigurationStep(), Duration::zero());
  control_.next = Configuration{.version = 0, .hash = "h0", .resources = "[]"};
  EXPECT_GT(agent_->ConfigurationStep(), Duration::zero());
  agent_->ConfigurationStep();
  EXPECT_EQ(control_.acknowledged, 1);
  EXPECT_EQ(proxy_.applies, 1);
}

TEST_F(AgentTest, DoesNotAcknowledgeWhatTheProxyRefused) {
  Serving();
  proxy_.refuses_configuration = true;
  const Configuration second{.version = 2, .hash = "h2", .resources = "[]"};
  control_.next = second;
  EXPECT_GT(agent_->ConfigurationStep(), Duration::zero());
  control_.next = second;  // It was not acknowledged, so it comes again.
  const auto handshakes = proxy_.handshakes;
  EXPECT_GT(agent_->ConfigurationStep(), Duration::zero());
  EXPECT_EQ(control_.acknowledged, 1);
  EXPECT_EQ(proxy_.handshakes, handshakes) << "nothing is proved anew for what was not applied";

  proxy_.refuses_configuration = false;
  control_.next = second;
  clock_.Advance(std::chrono::seconds(10));
  EXPECT_EQ(agent_->ConfigurationStep(), Duration::zero());
  Restart();
  agent_->ConfigurationStep();
  EXPECT_EQ(control_.acknowledged, 2);
}

// HAProxy accepts nothing while it tries to bind a port that somebody else has.
TEST_F(AgentTest, DoesNotTryARefusedConfigurationOverAndOver) {
  Serving();
  proxy_.refuses_configuration = true;
  const Configuration second{.version = 2, .hash = "h2", .resources = "[]"};
  const auto attempts_in = [&](std::chrono::seconds span) {
    const int before = proxy_.applies;
    for (auto at = span; at > span.zero(); --at) {
      control_.next = second;
      agent_->ConfigurationStep();
      agent_->UpdateStep();
      clock_.Advance(std::chrono::seconds(1));
    }
    return proxy_.applies - before;
  };
  EXPECT_EQ(attempts_in(std::chrono::seconds(10)), 1);
  EXPECT_EQ(attempts_in(std::chrono::seconds(20)), 1);
  EXPECT_EQ(attempts_in(std::chrono::seconds(40)), 1);
  EXPECT_LE(attempts_in(std::chrono::hours(1)), 10);
  EXPECT_GE(attempts_in(std::chrono::minutes(10)), 1) << "it is not given up";

  // A newer one is another matter.
  proxy_.refuses_configuration = false;
  control_.next = Configuration{.version = 3, .hash = "h3", .resources = "[]"};
  EXPECT_EQ(agent_->ConfigurationStep(), Duration::zero());
}

ClosedListener Closed(std::string reason, bool waiting = false) {
  return {.resource_id = kLoadBalancer,
          .name = "https",
          .port = 443,
          .addresses = {"127.0.0.11"},
          .waiting = waiting,
          .reason = std::move(reason)};
}

TEST_F(AgentTest, TellsWhichListenersAreClosedAndWhenTheyOpen) {
  proxy_.closed = {Closed("permission denied")};
  control_.next = Configuration{.version = 1, .hash = "h1", .resources = "[]"};
  agent_->ConfigurationStep();
  ASSERT_EQ(control_.listeners.size(), 1u);
  EXPECT_EQ(control_.listeners[0].configuration_version, 1);
  EXPECT_EQ(control_.listeners[0].problem, "");
  EXPECT_EQ(control_.listeners[0].closed, proxy_.closed);
  EXPECT_EQ(LoadState(files_, "state")->closed, proxy_.closed) << "`status` reads it there";
  agent_->ConfigurationStep();
  EXPECT_EQ(control_.acknowledged, 1) << "the other listeners are served";
  EXPECT_EQ(control_.listeners.size(), 1u) << "the same is not told twice";

  proxy_.closed.clear();
  agent_->UpdateStep();
  ASSERT_EQ(control_.listeners.size(), 2u);
  EXPECT_THAT(control_.listeners[1].closed, ::testing::IsEmpty());
  agent_->ConfigurationStep();
  EXPECT_EQ(control_.ProvedVersion(), 1) << "what was put off is looked at at once";

  clock_.Advance(std::chrono::hours(24));
  agent_->ConfigurationStep();
  EXPECT_EQ(control_.listeners.size(), 3u) << "once a day it is told again";
}

// A listener was given another certificate, which cannot be fetched; then the former one again.
TEST_F(AgentTest, RemembersWhatIsStillShownUntilItIsNot) {
  Serving();
  const auto first = proxy_.references;
  constexpr char kOther[] = "ocid1.association.perennial.home-1.a2";
  proxy_.references.front().association_id = kOther;
  proxy_.shown = {kAssociation};
  proxy_.closed = {Closed("not fetched yet", true)};
  control_.spoil = [](FetchedBundle& bundle) { bundle.certificate_pem = "none"; };
  control_.next = Configuration{.version = 2, .hash = "h2", .resources = "[]"};
  agent_->ConfigurationStep();
  EXPECT_EQ(LoadState(files_, "state")->served.front().association_id, kAssociation);
  EXPECT_EQ(control_.told, (std::pair<int64_t, int64_t>(1, 0))) << "it is not what is wanted";

  proxy_.references = first;
  proxy_.shown.clear();
  proxy_.closed.clear();
  const int fetches = control_.fetches;
  control_.next = Configuration{.version = 3, .hash = "h3", .resources = "[]"};
  agent_->ConfigurationStep();
  EXPECT_EQ(control_.ProvedVersion(), 1);
  EXPECT_EQ(control_.fetches, fetches) << "it never ceased to be served";

  proxy_.references.front().association_id = kOther;
  proxy_.shown = {kAssociation};
  proxy_.closed = {Closed("not fetched yet", true)};
  control_.next = Configuration{.version = 4, .hash = "h4", .resources = "[]"};
  agent_->ConfigurationStep();
  EXPECT_NE(LoadState(files_, "state")->Find(kAssociation), nullptr);
  control_.spoil = nullptr;
  proxy_.shown.clear();
  proxy_.closed.clear();
  clock_.Advance(std::chrono::minutes(1));
  agent_->UpdateStep();
  EXPECT_EQ(LoadState(files_, "state")->Find(kAssociation), nullptr);
  EXPECT_NE(LoadState(files_, "state")->Find(kOther), nullptr);
}

// On a port that another program has, that program's certificate would be seen.
TEST_F(AgentTest, DoesNotTakeTheCertificateOfAnotherProgramForItsOwn) {
  proxy_.closed = {Closed("another program has it")};
  control_.next = Configuration{.version = 1, .hash = "h1", .resources = "[]"};
  agent_->ConfigurationStep();
  EXPECT_EQ(proxy_.handshakes, 0);
  ASSERT_EQ(control_.reports.size(), 1u);
  EXPECT_EQ(control_.reports[0].result, ReportedResult::kInconclusive);
  EXPECT_EQ(control_.reports[0].address, "127.0.0.11:443");
  EXPECT_EQ(control_.reports[0].reason, "another program has it");
}

TEST_F(AgentTest, SaysWhyNothingIsServedOnAnAddressOfAnotherNode) {
  proxy_.references[0].endpoints.clear();
  proxy_.closed = {Closed("its load balancer answers on 192.0.2.1")};
  control_.next = Configuration{.version = 1, .hash = "h1", .resources = "[]"};
  agent_->ConfigurationStep();
  ASSERT_EQ(control_.reports.size(), 1u);
  EXPECT_EQ(control_.reports[0].address, "");
  EXPECT_EQ(control_.reports[0].reason, "its load balancer answers on 192.0.2.1");
}

TEST_F(AgentTest, TellsWhyAConfigurationIsNotTakenUp) {
  Serving();
  proxy_.away = true;
  control_.next = Configuration{.version = 2, .hash = "h2", .resources = "[]"};
  agent_->ConfigurationStep();
  EXPECT_EQ(control_.listeners.back().configuration_version, 1);
  EXPECT_EQ(control_.listeners.back().problem, "no socket");
  control_.next = Configuration{.version = 3, .hash = "h3", .resources = "bad"};
  agent_->ConfigurationStep();
  EXPECT_EQ(control_.listeners.back().problem, "bad");
  proxy_.away = false;
  control_.next = Configuration{.version = 4, .hash = "h4", .resources = "[]"};
  agent_->ConfigurationStep();
  EXPECT_EQ(control_.listeners.back().configuration_version, 4);
  EXPECT_EQ(control_.listeners.back().problem, "");
}

TEST_F(AgentTest, TellsThatTheProxyDied) {
  Serving();
  EXPECT_EQ(control_.listeners.back().problem, "");
  proxy_.away = true;
  agent_->ConfigurationStep();
  EXPECT_EQ(control_.listeners.back().problem, "the proxy is away: no socket");
  EXPECT_EQ(control_.listeners.back().configuration_version, 1);
  proxy_.away = false;
  agent_->ConfigurationStep();
  EXPECT_EQ(control_.listeners.back().problem, "");
}

TEST_F(AgentTest, TellsLaterWhatCouldNotBeTold) {
  Serving();
  control_.down = true;
  proxy_.closed = {Closed("taken")};
  agent_->ConfigurationStep();
  const auto told = control_.listeners.size();
  control_.down = false;
  control_.next = Configuration{.version = 2, .hash = "h2", .resources = "[]"};
  agent_->ConfigurationStep();
  ASSERT_EQ(control_.listeners.size(), told + 1);
  EXPECT_EQ(control_.listeners.back().closed, proxy_.closed);
}

TEST_F(AgentTest, ANewConfigurationDoesNotForgetARollback) {
  Serving();
  Want(2);
  agent_->UpdateStep();
  Want(1);
  control_.spoil = [](FetchedBundle& bundle) { bundle.chain_pem.clear(); };  // Not yet.
  agent_->UpdateStep();
  EXPECT_EQ(proxy_.swaps, 1);
  control_.next = Configuration{.version = 2, .hash = "h2", .resources = "[]"};
  agent_->ConfigurationStep();
  control_.spoil = nullptr;
  clock_.Advance(std::chrono::minutes(2));
  agent_->UpdateStep();
  EXPECT_EQ(control_.ProvedVersion(), 1);
}

TEST_F(AgentTest, ProvesAnewOnceADay) {
  Serving();
  const auto reports = control_.reports.size();
  agent_->UpdateStep();
  EXPECT_EQ(control_.reports.size(), reports);
  clock_.Advance(std::chrono::hours(24));
  agent_->UpdateStep();
  EXPECT_GT(control_.reports.size(), reports);
}

TEST(Gate, RefusesEachThingThatAProxyWouldTake) {
  ManualClock clock;
  TestAuthority authority(clock);
  TestAuthority stranger(clock);
  const GateContext context{.association_id = "a", .wanted_version = 2, .now = clock.Now()};
  EXPECT_TRUE(CheckBundle(authority.Fetched(2, {"a.example"}), context));
  EXPECT_FALSE(CheckBundle(authority.Fetched(3, {"a.example"}), context)) << "another version";

  auto chainless = authority.Fetched(2, {"a.example"});
  chainless.chain_pem.clear();
  EXPECT_FALSE(CheckBundle(std::move(chainless), context));

  auto foreign = authority.Fetched(2, {"a.example"});
  foreign.chain_pem = stranger.Fetched(2, {"a.example"}).chain_pem;
  EXPECT_FALSE(CheckBundle(std::move(foreign), context));

  auto commands = authority.Fetched(2, {"a.example"});
  commands.certificate_pem += "\nshow info\n";
  EXPECT_FALSE(CheckBundle(std::move(commands), context)) << "text around the PEM";

  auto later = context;
  later.now = clock.Now() + std::chrono::hours(48);
  EXPECT_FALSE(CheckBundle(authority.Fetched(2, {"a.example"}), later)) << "expired";
  auto earlier = context;
  earlier.now = clock.Now() - std::chrono::minutes(1);
  EXPECT_FALSE(CheckBundle(authority.Fetched(2, {"a.example"}), earlier)) << "not yet valid";

  auto older = context;
  older.served = ServedVersion{.version = 3};
  EXPECT_FALSE(CheckBundle(authority.Fetched(2, {"a.example"}), older)) << "a downgrade";
  older.is_rollback = true;
  EXPECT_TRUE(CheckBundle(authority.Fetched(2, {"a.example"}), older));
}

TEST(Prover, ProbesAWildcardByALabelOfOurs) {
  EXPECT_EQ(ServerNamesToProbe({"*.shop.example"}, true),
            (std::vector<std::string>{"perennial-probe.shop.example", ""}));
  EXPECT_EQ(ServerNamesToProbe({"shop.example"}, false), std::vector<std::string>{"shop.example"});
  EXPECT_EQ(ServerNamesToProbe(std::vector<std::string>(20, "a.example"), true).size(), 9u);
}

TEST(Prover, CallsNothingProvedThatNobodyCouldAskFor) {
  FakeProxy proxy;
  ManualClock clock;
  const auto proof =
      Prover(proxy, clock)
          .Prove({.endpoints = {{.address = "127.0.0.1", .port = 443, .shows_by_default = false}}});
  EXPECT_EQ(proof.result, ProofResult::kInconclusive);
  ASSERT_EQ(proof.sights.size(), 1u);
  EXPECT_FALSE(proof.sights[0].reason.empty());
}

TEST(Prover, AsksForTheKeyTypeThatItInstalled) {
  class Probe final : public net::TlsProbe {
   public:
    Result<net::ProbeAnswer> Handshake(const net::ProbeRequest& request) override {
      asked = request.key_type;
      return Fail(ErrorCode::kUnavailable, "connection refused");
    }
    net::ProbeKeyType asked = net::ProbeKeyType::kAny;
  } probe;
  ManualClock clock;
  Prover(probe, clock).Prove({.endpoints = {{"127.0.0.1", 443}}, .key_type = "RSA"});
  EXPECT_EQ(probe.asked, net::ProbeKeyType::kRsa);
  Prover(probe, clock).Prove({.endpoints = {{"127.0.0.1", 443}}, .key_type = "ECDSA"});
  EXPECT_EQ(probe.asked, net::ProbeKeyType::kEcdsa);
}

}  // namespace
}  // namespace perennial::agent
