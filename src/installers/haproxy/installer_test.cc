// SPDX-License-Identifier: Apache-2.0
// Against the real HAProxy: each hazard of its runtime API that dependencies have taught us.
#include "installers/haproxy/installer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "agent/prover.h"
#include "agent/testing_authority.h"
#include "net/tls_probe.h"

extern char** environ;

namespace perennial::haproxy {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kProgram[] = "/usr/sbin/haproxy";
constexpr char kLoadBalancer[] = "ocid1.loadbalancer.perennial.home-1.abcdefgh";

std::string Association(int number) {
  return "ocid1.association.perennial.home-1.a" + std::to_string(number);
}

uint16_t FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), length), 0);
  EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length), 0);
  close(fd);
  return ntohs(address.sin_port);
}

// A listener named after its number, with the certificate of the same number.
std::string ListenerJson(int number, uint16_t port) {
  return R"({"name":"l)" + std::to_string(number) + R"(","port":)" + std::to_string(port) +
         R"(,"protocol":"HTTP","defaultBackendSet":"web","idleTimeoutS":60,"ssl":{"certificates":[{)" +
         R"("associationId":")" + Association(number) +
         R"(","certificateId":"ocid1.certificate.perennial.home-1.c)" + std::to_string(number) +
         R"(","currentVersion":1}],"trusted":[],"protocols":["TLSv1.2","TLSv1.3"],)" +
         R"("verifyPeer":false,"verifyDepth":1}})";
}

agent::Configuration ConfigurationWith(int64_t version, const std::vector<std::string>& listeners) {
  std::string list;
  for (const auto& listener : listeners) list += (list.empty() ? "" : ",") + listener;
  return {
      .version = version,
      .previous_hash = "",
      .hash = "",
      .resources = R"([{"id":")" + std::string(kLoadBalancer) +
                   R"(","tenancyId":"ocid1.tenancy.perennial..t",)" +
                   R"("compartmentId":"ocid1.tenancy.perennial..t","addresses":["127.0.0.1"],)" +
                   R"("listeners":[)" + list +
                   R"(],"backendSets":[{"name":"web","policy":"ROUND_ROBIN","healthChecker":)" +
                   R"({"protocol":"TCP","port":0,"returnCode":200,"retries":3,"timeoutMs":3000,)" +
                   R"("intervalMs":10000},"backends":[]}]}])"};
}

class HaproxyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/hap-XXXXXX";  // Short: a Unix socket's path has at most 107 characters.
    ASSERT_NE(mkdtemp(name), nullptr);
    directory_ = name;
    layout_.directory = directory_;
    control_ = std::make_unique<SystemProxyControl>(kProgram, layout_.runtime_socket(),
                                                    layout_.master_socket());
    installer_ = std::make_unique<HaproxyInstaller>(layout_, std::vector<std::string>{"127.0.0.1"},
                                                    *control_, files_);
    ASSERT_TRUE(installer_->Prepare());
  }
  void TearDown() override {
    StopProxy();
    std::filesystem::remove_all(directory_);
  }

  void StartProxy() {
    std::string program = kProgram, w = "-W", s = "-S",
                master = layout_.master_socket() + ",mode,600", f = "-f", config = layout_.config();
    char* arguments[] = {program.data(), w.data(),      s.data(), master.data(),
                         f.data(),       config.data(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    const auto log = directory_ + "/log";
    posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    ASSERT_EQ(posix_spawn(&pid_, kProgram, &actions, nullptr, arguments, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    for (int i = 0; i < 500; ++i) {
      const auto processes = Runtime(*control_).ListProcesses();
      if (processes && !processes->workers.empty() && Runtime(*control_).Description()) return;
      control_->Pause(std::chrono::milliseconds(20));
    }
    FAIL() << "HAProxy did not start: " << ReadLog();
  }
  void StopProxy() {
    if (pid_ <= 0) return;
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  std::string ReadLog() {
    std::ifstream in(directory_ + "/log");
    return {std::istreambuf_iterator<char>(in), {}};
  }

  // ServeFirst opens listeners 1 to `count`, each with its certificate.
  void ServeFirst(int count) {
    std::vector<std::string> listeners;
    for (int i = 1; i <= count; ++i) {
      ports_.push_back(FreePort());
      listeners.push_back(ListenerJson(i, ports_.back()));
      ASSERT_TRUE(installer_->Store(
          authority_.Bundle(Association(i), 1, "l" + std::to_string(i) + ".example")));
    }
    const auto applied = installer_->Apply(ConfigurationWith(1, listeners));
    ASSERT_TRUE(applied) << applied.error().message;
  }
  bool Serves(int number, const agent::ServingBundle& bundle) {
    return agent::Prover(probe_, clock_)
               .Prove({.endpoints = {{"127.0.0.1", ports_[number - 1]}},
                       .fingerprint_sha256 = bundle.fingerprint_sha256,
                       .dns_names = bundle.dns_names})
               .result == agent::ProofResult::kProved;
  }

  std::string directory_;
  Layout layout_;
  SystemFiles files_;
  SystemClock clock_;
  net::SystemTlsProbe probe_;
  agent::TestAuthority authority_{clock_};
  std::unique_ptr<SystemProxyControl> control_;
  std::unique_ptr<HaproxyInstaller> installer_;
  std::vector<uint16_t> ports_;
  pid_t pid_ = 0;
};

TEST_F(HaproxyTest, OpensAListenerWithOneReloadAndSwapsWithoutAny) {
  StartProxy();
  ServeFirst(1);
  const auto before = *installer_->State();
  EXPECT_EQ(before.reloads, 1);
  const auto second = authority_.Bundle(Association(1), 2, "l1.example");
  EXPECT_FALSE(Serves(1, second));
  const auto served = installer_->Serve(second);
  ASSERT_TRUE(served) << served.error().message;
  EXPECT_TRUE(Serves(1, second));
  const auto after = *installer_->State();
  EXPECT_EQ(after.pid, before.pid);
  EXPECT_EQ(after.reloads, 1);
}

TEST_F(HaproxyTest, ServesTheNewestVersionAfterARestartFromDisk) {
  StartProxy();
  ServeFirst(1);
  const auto second = authority_.Bundle(Association(1), 2, "l1.example");
  ASSERT_TRUE(installer_->Serve(second));
  StopProxy();
  StartProxy();
  EXPECT_TRUE(Serves(1, second));
}

TEST_F(HaproxyTest, DoesNotReloadForEqualText) {
  StartProxy();
  ServeFirst(1);
  ASSERT_TRUE(installer_->Apply(ConfigurationWith(2, {ListenerJson(1, ports_[0])})));
  EXPECT_EQ(installer_->State()->reloads, 1);
}

TEST_F(HaproxyTest, ReloadsWhatIsInTheFileButNotInTheProcess) {
  StartProxy();
  const auto idle = *files_.Read(layout_.config());
  ports_.push_back(FreePort());
  const auto bundle = authority_.Bundle(Association(1), 1, "l1.example");
  ASSERT_TRUE(installer_->Store(bundle));
  const auto configuration = ConfigurationWith(1, {ListenerJson(1, ports_[0])});
  StopProxy();
  const auto away = installer_->Apply(configuration);
  ASSERT_FALSE(away);
  EXPECT_EQ(away.error().code, ErrorCode::kUnavailable);
  const auto wanted = *files_.Read(layout_.config());
  EXPECT_NE(wanted, idle) << "what counts at the next start is in place";

  // As an agent leaves it that died between writing the file and reloading.
  ASSERT_TRUE(files_.ReplaceAtomically(layout_.config(), idle, 0600));
  StartProxy();
  ASSERT_TRUE(files_.ReplaceAtomically(layout_.config(), wanted, 0600));
  ASSERT_TRUE(installer_->Apply(configuration));
  EXPECT_EQ(installer_->State()->reloads, 1);
  EXPECT_TRUE(Serves(1, bundle));
}

TEST_F(HaproxyTest, LeavesOutAListenerWithoutBundleAndServesTheOthers) {
  StartProxy();
  ports_ = {FreePort(), FreePort()};
  const auto bundle = authority_.Bundle(Association(1), 1, "l1.example");
  ASSERT_TRUE(installer_->Store(bundle));
  const auto applied = installer_->Apply(
      ConfigurationWith(1, {ListenerJson(1, ports_[0]), ListenerJson(2, ports_[1])}));
  ASSERT_TRUE(applied);
  EXPECT_TRUE(Serves(1, bundle));
  ASSERT_EQ(applied->size(), 1u);
  EXPECT_EQ(applied->front().name, "l2");
  EXPECT_TRUE(applied->front().waiting);
}

// Given another certificate whose first fetch fails: who connects sees the former one, and no closed
// port, whatever else changes meanwhile.
TEST_F(HaproxyTest, AListenerGoesOnWithItsFormerCertificateUntilTheNextIsThere) {
  StartProxy();
  ServeFirst(1);
  const auto former = authority_.Bundle(Association(1), 2, "l1.example");
  ASSERT_TRUE(installer_->Serve(former));
  ports_.push_back(FreePort());
  auto updated = ListenerJson(2, ports_[0]);
  updated.replace(updated.find("\"l2\""), 4, "\"l1\"");
  const auto second = ConfigurationWith(2, {updated, ListenerJson(3, ports_[1])});
  const auto waiting = installer_->Apply(second);
  ASSERT_TRUE(waiting) << waiting.error().message;
  EXPECT_TRUE(Serves(1, former));
  ASSERT_EQ(waiting->size(), 2u);
  EXPECT_TRUE(waiting->front().waiting);
  EXPECT_THAT(waiting->front().reason, HasSubstr("it shows the one before"));
  EXPECT_THAT(waiting->back().reason, Not(HasSubstr("the one before"))) << "l3 never had one";
  ASSERT_TRUE(installer_->Forget({Association(2), Association(3)}));
  EXPECT_TRUE(installer_->Shows(Association(1)));
  StopProxy();
  StartProxy();
  ASSERT_TRUE(installer_->Apply(second));
  EXPECT_TRUE(Serves(1, former)) << "its file is still there";
  ASSERT_TRUE(installer_->Store(authority_.Bundle(Association(3), 1, "l3.example")));
  EXPECT_EQ(installer_->Apply(second)->size(), 1u);
  EXPECT_TRUE(Serves(1, former));

  const auto bundle = authority_.Bundle(Association(2), 1, "l2.example");
  ASSERT_TRUE(installer_->Store(bundle));
  const auto applied = installer_->Apply(second);
  ASSERT_TRUE(applied) << applied.error().message;
  EXPECT_THAT(*applied, ::testing::IsEmpty());
  EXPECT_TRUE(Serves(1, bundle));
  EXPECT_FALSE(installer_->Shows(Association(1)));
  ASSERT_TRUE(installer_->Forget({Association(2), Association(3)}));
  EXPECT_FALSE(files_.Read(layout_.certificates() + "/" + BundleFileName(Association(1))));
}

// A port passes from one listener to another, or its file is gone: nobody shows what is not theirs.
TEST_F(HaproxyTest, ShowsNoFormerCertificateOfAnotherListenerNorAMissingOne) {
  StartProxy();
  ServeFirst(1);
  const auto applied = installer_->Apply(ConfigurationWith(2, {ListenerJson(2, ports_[0])}));
  ASSERT_TRUE(applied) << applied.error().message;
  EXPECT_THAT(*files_.Read(layout_.config()), Not(HasSubstr(std::to_string(ports_[0]))));

  ASSERT_TRUE(installer_->Apply(ConfigurationWith(3, {ListenerJson(1, ports_[0])})));
  auto updated = ListenerJson(2, ports_[0]);
  updated.replace(updated.find("\"l2\""), 4, "\"l1\"");
  ASSERT_TRUE(files_.Remove(layout_.certificates() + "/" + BundleFileName(Association(1))));
  ASSERT_TRUE(installer_->Apply(ConfigurationWith(4, {updated})));
  EXPECT_THAT(*files_.Read(layout_.config()), Not(HasSubstr(std::to_string(ports_[0]))));
}

TEST_F(HaproxyTest, AbortsWhatADeadAgentLeftOpenAndNeverMixesTenants) {
  StartProxy();
  ServeFirst(2);
  const auto stranger = authority_.Bundle(Association(1), 2, "l1.example");
  const auto path_of = [&](int n) {
    return layout_.certificates() + "/" + BundleFileName(Association(n));
  };
  const auto left_open =
      control_->Runtime("set ssl cert " + path_of(1) + " <<", stranger.pem.RevealText());
  ASSERT_THAT(*left_open, HasSubstr("Transaction created"));

  // HAProxy would take l2's bundle into l1's open transaction.
  const auto second = authority_.Bundle(Association(2), 2, "l2.example");
  auto served = installer_->Serve(second);
  if (!served)
    served = installer_->Serve(second);  // The stranger's transaction was aborted on the way.
  ASSERT_TRUE(served) << served.error().message;
  EXPECT_TRUE(Serves(2, second));
  EXPECT_FALSE(Serves(1, second));
  EXPECT_FALSE(Serves(1, stranger));
}

TEST_F(HaproxyTest, TakesABundleLargerThanTheDefaultBuffer) {
  StartProxy();
  ServeFirst(1);
  std::vector<std::string> names = {"l1.example"};
  for (int i = 0; i < 900; ++i) names.push_back("name-number-" + std::to_string(i) + ".example");
  auto large = *agent::CheckBundle(
      authority_.Fetched(2, names),
      {.association_id = Association(1), .wanted_version = 2, .now = clock_.Now()});
  ASSERT_GT(large.pem.size(), 16u * 1024);
  const auto served = installer_->Serve(large);
  ASSERT_TRUE(served) << served.error().message;
}

TEST_F(HaproxyTest, SaysSoWhenTheProxyIsAwayAndTheFileIsInPlace) {
  StartProxy();
  ServeFirst(1);
  StopProxy();
  const auto second = authority_.Bundle(Association(1), 2, "l1.example");
  const auto served = installer_->Serve(second);
  ASSERT_FALSE(served);
  EXPECT_EQ(served.error().code, ErrorCode::kUnavailable);
  StartProxy();
  EXPECT_TRUE(Serves(1, second));
}

TEST_F(HaproxyTest, KeepsTheRunningConfigurationWhenTheCheckerRefuses) {
  StartProxy();
  ServeFirst(1);
  const auto text = *files_.Read(layout_.config());
  // A file that is no PEM: HAProxy would not start with it, for any tenant of the node.
  ASSERT_TRUE(files_.ReplaceAtomically(
      layout_.certificates() + "/" + BundleFileName(Association(2)), "nonsense", 0600));
  ports_.push_back(FreePort());
  const auto applied = installer_->Apply(
      ConfigurationWith(2, {ListenerJson(1, ports_[0]), ListenerJson(2, ports_[1])}));
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(*files_.Read(layout_.config()), text);
  EXPECT_EQ(installer_->State()->reloads, 1);
}

// Taken on the loopback address until it goes.
class TakenPort {
 public:
  TakenPort() {
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), length), 0);
    EXPECT_EQ(listen(fd_, 1), 0);
    EXPECT_EQ(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length), 0);
    port_ = ntohs(address.sin_port);
  }
  ~TakenPort() { Free(); }
  void Free() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }
  uint16_t port() const { return port_; }

 private:
  int fd_ = -1;
  uint16_t port_ = 0;
};

TEST_F(HaproxyTest, APortThatIsTakenCostsNobodyElseAnything) {
  StartProxy();
  ServeFirst(1);
  TakenPort taken;
  ports_.push_back(taken.port());
  ports_.push_back(FreePort());
  const auto second = authority_.Bundle(Association(2), 1, "l2.example");
  const auto third = authority_.Bundle(Association(3), 1, "l3.example");
  ASSERT_TRUE(installer_->Store(second));
  ASSERT_TRUE(installer_->Store(third));

  const auto configuration = ConfigurationWith(
      2, {ListenerJson(1, ports_[0]), ListenerJson(2, ports_[1]), ListenerJson(3, ports_[2])});
  const auto applied = installer_->Apply(configuration);
  ASSERT_TRUE(applied) << applied.error().message;
  ASSERT_EQ(applied->size(), 1u);
  EXPECT_EQ(applied->front().name, "l2");
  EXPECT_EQ(applied->front().addresses, std::vector<std::string>{"127.0.0.1"});
  EXPECT_FALSE(applied->front().waiting);
  EXPECT_THAT(applied->front().reason, HasSubstr("another program on this host has it"));
  EXPECT_TRUE(Serves(3, third)) << "what came with it is served";
  EXPECT_EQ(Runtime(*control_).ListProcesses()->failed_reloads, 0)
      << "HAProxy accepts nothing while it tries in vain";
  ASSERT_TRUE(installer_->Apply(configuration));
  EXPECT_EQ(installer_->State()->reloads, 2) << "and it is not bothered again";

  taken.Free();
  const auto again = installer_->Apply(configuration);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->empty());
  EXPECT_TRUE(Serves(2, second));
}

// Rights of our own cannot be taken from a test that may run as root, so the probe says it:
// HAProxy's refusal is the real one.
class DeniedPort final : public ProxyControl {
 public:
  DeniedPort(ProxyControl& real, uint16_t port) : real_(real), port_(port) {}
  Result<std::string> Runtime(const std::string& line, std::string_view payload) override {
    return real_.Runtime(line, payload);
  }
  Result<std::string> Master(const std::string& line) override { return real_.Master(line); }
  Result<void> Check(const std::string& path) override { return real_.Check(path); }
  Result<void> TryPort(const std::string& address, uint16_t port) override {
    if (port == port_) return Fail(ErrorCode::kPermissionDenied, "permission denied");
    return real_.TryPort(address, port);
  }
  void Pause(Duration pause) override { real_.Pause(pause); }

 private:
  ProxyControl& real_;
  const uint16_t port_;
};

TEST_F(HaproxyTest, WhatWeMayNotOpenHaproxyPerhapsMay) {
  StartProxy();
  ports_.push_back(FreePort());
  DeniedPort control(*control_, ports_[0]);
  HaproxyInstaller installer(layout_, {"127.0.0.1"}, control, files_);
  const auto bundle = authority_.Bundle(Association(1), 1, "l1.example");
  ASSERT_TRUE(installer.Store(bundle));
  const auto applied = installer.Apply(ConfigurationWith(1, {ListenerJson(1, ports_[0])}));
  ASSERT_TRUE(applied) << applied.error().message;
  EXPECT_TRUE(applied->empty());
  EXPECT_TRUE(Serves(1, bundle));
}

TEST_F(HaproxyTest, APortThatHaproxyMayNotOpenIsTriedOnce) {
  StartProxy();
  ServeFirst(1);
  TakenPort taken;
  ports_.push_back(taken.port());
  DeniedPort control(*control_, ports_[1]);
  HaproxyInstaller installer(layout_, {"127.0.0.1"}, control, files_);
  const auto bundle = authority_.Bundle(Association(2), 1, "l2.example");
  ASSERT_TRUE(installer.Store(bundle));
  const auto before = *files_.Read(layout_.config());
  const auto configuration =
      ConfigurationWith(2, {ListenerJson(1, ports_[0]), ListenerJson(2, ports_[1])});
  for (int i = 0; i < 3; ++i) {
    const auto applied = installer.Apply(configuration);
    ASSERT_TRUE(applied) << applied.error().message;
    ASSERT_EQ(applied->size(), 1u);
    EXPECT_THAT(applied->front().reason, HasSubstr("permission denied"));
    EXPECT_THAT(applied->front().reason, HasSubstr("CAP_NET_BIND_SERVICE"));
    EXPECT_EQ(*files_.Read(layout_.config()), before);
  }
  EXPECT_EQ(Runtime(*control_).ListProcesses()->failed_reloads, 1);

  // While HAProxy is away, the file must be one that it can be started with, also by a new agent.
  StopProxy();
  HaproxyInstaller newer(layout_, {"127.0.0.1"}, control, files_);
  EXPECT_FALSE(newer.Apply(configuration));
  EXPECT_EQ(*files_.Read(layout_.config()), before);

  // Another HAProxy may have the right.
  taken.Free();
  StartProxy();
  const auto again = installer.Apply(configuration);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->empty());
  EXPECT_TRUE(Serves(2, bundle));
}

TEST_F(HaproxyTest, ForgetsFilesOfAssociationsThatAreGone) {
  ASSERT_TRUE(installer_->Store(authority_.Bundle(Association(1), 1, "l1.example")));
  ASSERT_TRUE(installer_->Store(authority_.Bundle(Association(2), 1, "l2.example")));
  ASSERT_TRUE(installer_->Forget({Association(2)}));
  EXPECT_EQ(*files_.List(layout_.certificates()),
            std::vector<std::string>{BundleFileName(Association(2))});
}

TEST_F(HaproxyTest, KeepsKeysFromOtherUsers) {
  ASSERT_TRUE(installer_->Store(authority_.Bundle(Association(1), 1, "l1.example")));
  struct stat status{};
  const auto path = layout_.certificates() + "/" + BundleFileName(Association(1));
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  ASSERT_EQ(stat(layout_.certificates().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST(Render, RefusesWhatIsNotANameBeforeItIsText) {
  char name[] = "/tmp/hap-XXXXXX";
  ASSERT_NE(mkdtemp(name), nullptr);
  SystemFiles files;
  SystemProxyControl control(kProgram, "none", "none");
  const HaproxyInstaller installer({name}, {"127.0.0.1"}, control, files);
  for (const char* evil : {"x\\n  server evil 1.2.3.4", "a;b", "$(id)", "{{7*7}}", "#", " ", ""}) {
    auto configuration = ConfigurationWith(1, {ListenerJson(1, 443)});
    auto& text = configuration.resources;
    text.replace(text.find("\"l1\""), 4, "\"" + std::string(evil) + "\"");
    EXPECT_FALSE(installer.Read(configuration)) << evil;
  }
  EXPECT_TRUE(installer.Read(ConfigurationWith(1, {ListenerJson(1, 443)})));
  std::filesystem::remove_all(name);
}

TEST(Render, AFileIsNamedByABindLineAndByNoHealthCheck) {
  EXPECT_TRUE(NamesFile("  bind 127.0.0.1:443 ssl crt /c/a.pem crt /c/b.pem ssl-min-ver TLSv1.2\n", "a.pem"));
  EXPECT_TRUE(NamesFile("  bind 127.0.0.1:443 ssl crt /c/a.pem crt /c/b.pem ssl-min-ver TLSv1.2\n", "b.pem"));
  EXPECT_FALSE(NamesFile("  http-check send meth GET uri /a.pem\n", "a.pem"));
}

TEST(Render, NeverOpensAListenerWithoutTheCheckOfPeersThatItShouldMake) {
  const api::load_balancer::BackendSetConfiguration set{.name = "web"};
  api::load_balancer::ListenerConfiguration listener{
      .name = "front",
      .port = 443,
      .default_backend_set = "web",
      .ssl = api::load_balancer::ListenerTlsConfiguration{
          .protocols = {api::load_balancer::TlsProtocol::kTls13}}};
  const auto text = [&] {
    return Render({.resources = {{.id = kLoadBalancer,
                                  .addresses = {"127.0.0.1"},
                                  .listeners = {listener},
                                  .backend_sets = {set}}}},
                  {.runtime_socket = "/r",
                   .node_addresses = {"127.0.0.1"},
                   .has_file = [](auto&) { return true; }});
  };
  EXPECT_THAT(text(), HasSubstr("bind 127.0.0.1:443"));
  listener.ssl->verify_peer = true;
  EXPECT_THAT(text(), Not(HasSubstr("bind 127.0.0.1:443")));
}

TEST(Render, NeverBindsAnAddressThatTheLoadBalancerDidNotName) {
  api::load_balancer::LoadBalancerConfiguration resource{.id = kLoadBalancer,
                                                         .addresses = {"10.9.9.9"}};
  EXPECT_TRUE(BindAddresses(resource, {"127.0.0.1"}).empty());
  resource.addresses = {"10.9.9.9", "127.0.0.1"};
  EXPECT_EQ(BindAddresses(resource, {"127.0.0.1", "127.0.0.2"}),
            std::vector<std::string>{"127.0.0.1"});
}

TEST_F(HaproxyTest, SaysThatALoadBalancerHasNoAddressOfThisNode) {
  StartProxy();
  HaproxyInstaller installer(layout_, {"127.0.0.2", "127.0.0.3"}, *control_, files_);
  ASSERT_TRUE(installer.Store(authority_.Bundle(Association(1), 1, "l1.example")));
  const auto applied = installer.Apply(ConfigurationWith(1, {ListenerJson(1, FreePort())}));
  ASSERT_TRUE(applied) << applied.error().message;
  ASSERT_EQ(applied->size(), 1u);
  EXPECT_THAT(applied->front().reason,
              HasSubstr("answers on 127.0.0.1, and this node has 127.0.0.2, 127.0.0.3"));
}

TEST(Render, ABindIsKnownByItsWholeAddressAndPort) {
  const std::string text = "frontend a\n  bind 127.0.0.1:4430 ssl\n  bind [::1]:80\n";
  EXPECT_TRUE(BindsIn(text, {"127.0.0.1", 4430}));
  EXPECT_TRUE(BindsIn(text, {"::1", 80}));
  EXPECT_FALSE(BindsIn(text, {"127.0.0.1", 443}));
  EXPECT_FALSE(BindsIn(text, {"27.0.0.1", 4430}));
}

TEST(Layout, RefusesADirectoryThatHaproxyCouldNotName) {
  EXPECT_TRUE(Layout{"/var/lib/perennial-agent/haproxy"}.Check());
  for (const auto& path : {"/" + std::string(76, 'x'), std::string("haproxy"), std::string("/a b"),
                           std::string("/a#b"), std::string("/a\nb"), std::string("/a\"b")}) {
    const auto checked = Layout{path}.Check();
    ASSERT_FALSE(checked) << path;
    EXPECT_EQ(checked.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(CliToken, HoldsOneWordOnly) {
  EXPECT_TRUE(CliToken::Parse("/a/b-c_d.pem"));
  for (const char* evil : {"", "a b", "a;b", "a\nb", "a\rb", "$x", "a\"b", "\\"}) {
    EXPECT_FALSE(CliToken::Parse(evil)) << evil;
  }
}

TEST(ParseProcesses, ReadsWhatTheMasterSays) {
  const auto processes = ParseProcesses(
      "#<PID>          <type>          <reloads>       <uptime>        <version>      \n"
      "1162            master          5 [failed: 1]   0d00h02m07s     2.6.12\n"
      "# workers\n"
      "1271            worker          0               0d00h00m00s     2.6.12\n"
      "# old workers\n"
      "1233            worker          3               0d00h00m43s     2.6.12\n"
      "# programs\n\n");
  ASSERT_TRUE(processes);
  EXPECT_EQ(processes->master_pid, 1162);
  EXPECT_EQ(processes->reloads, 5);
  EXPECT_EQ(processes->failed_reloads, 1);
  EXPECT_EQ(processes->workers, std::vector<int64_t>{1271});
  EXPECT_EQ(processes->old_workers, std::vector<int64_t>{1233});
  EXPECT_FALSE(ParseProcesses("nonsense"));
}

}  // namespace
}  // namespace perennial::haproxy
