// SPDX-License-Identifier: Apache-2.0
// The program as a process: exit statuses, signals, and what it does with the control plane away.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "agent/node.h"
#include "agent/testing_authority.h"
#include "apps/perennial_agent/commands.h"
#include "base/clock.h"
#include "base/mutex.h"

extern char** environ;

namespace perennial::apps {
namespace {

using ::testing::HasSubstr;

// Accepts connections and never says a word.
class SilentServer {
 public:
  SilentServer() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), length), 0);
    EXPECT_EQ(listen(fd_, 16), 0);
    EXPECT_EQ(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length), 0);
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() { close(fd_); }
  // AwaitCaller returns when somebody has connected.
  bool AwaitCaller() const {
    pollfd waited{.fd = fd_, .events = POLLIN, .revents = 0};
    return poll(&waited, 1, 20000) == 1;
  }
  uint16_t port() const { return port_; }

 private:
  const int fd_;
  uint16_t port_ = 0;
};

class ProgramTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/pag-XXXXXX";  // Short: HAProxy's sockets lie below.
    ASSERT_NE(mkdtemp(name), nullptr);
    directory_ = name;
  }
  void TearDown() override {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    std::filesystem::remove_all(directory_);
  }

  std::string config_path() const { return directory_ + "/agent.toml"; }
  // MakeNode writes what `join` would have written.
  void MakeNode(uint16_t port) {
    AgentConfig config;
    config.url = "https://localhost:" + std::to_string(port);
    config.addresses = {"127.0.0.1"};
    ASSERT_TRUE(files_.ReplaceAtomically(config_path(), EncodeAgentConfig(config), 0600));
    agent::TestAuthority authority(clock_);
    ASSERT_TRUE(agent::SaveNode(
        files_, directory_,
        {.identity = {.node_id = "ocid1.node.perennial.home-1.n1", .name = "node-a"},
         .key = std::make_shared<const pki::PrivateKey>(
             *pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256)),
         .ca_pem = authority.Fetched(1, {"a.example"}).chain_pem}));
  }

  pid_t Spawn(std::vector<std::string> arguments, const std::string& log) {
    arguments.insert(arguments.begin(), PERENNIAL_AGENT_PROGRAM);
    std::vector<char*> words;
    for (auto& argument : arguments) words.push_back(argument.data());
    words.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    pid_t pid = 0;
    EXPECT_EQ(posix_spawn(&pid, words[0], &actions, nullptr, words.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    return pid;
  }
  // Run returns the exit status, and what was said in output_.
  int Run(std::vector<std::string> arguments) {
    const auto log = directory_ + "/output";
    std::filesystem::remove(log);
    int status = 0;
    waitpid(Spawn(std::move(arguments), log), &status, 0);
    output_ = *files_.Read(log);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  SystemFiles files_;
  SystemClock clock_;
  std::string directory_, output_;
  pid_t pid_ = 0;
};

TEST_F(ProgramTest, EndsWithinTwoSecondsAlsoWhenItsCallsHang) {
  const SilentServer server;
  MakeNode(server.port());
  pid_ = Spawn({"run", "--config", config_path()}, directory_ + "/log");
  ASSERT_TRUE(server.AwaitCaller()) << *files_.Read(directory_ + "/log");

  EXPECT_EQ(Run({"run", "--config", config_path()}), kExitConflict) << "a second agent";
  EXPECT_THAT(output_, HasSubstr("another agent runs"));
  EXPECT_EQ(Run({"status", "--config", config_path()}), 0);
  EXPECT_THAT(output_, HasSubstr("node-a"));
  EXPECT_THAT(output_, HasSubstr("HAProxy"));

  const auto asked = clock_.Monotonic();
  kill(pid_, SIGTERM);
  int status = 0;
  waitpid(std::exchange(pid_, 0), &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0) << *files_.Read(directory_ + "/log");
  EXPECT_LT(clock_.Monotonic() - asked, std::chrono::seconds(2));
}

TEST_F(ProgramTest, ABadConfigurationIsExit78AndNamesThePlace) {
  ASSERT_TRUE(files_.ReplaceAtomically(config_path(), "\nurll = \"https://a:1\"\n", 0600));
  for (const auto* verb : {"run", "status"}) {
    EXPECT_EQ(Run({verb, "--config", config_path()}), kExitBadConfiguration);
    EXPECT_THAT(output_,
                HasSubstr(config_path() + ":2:1: unknown key \"urll\"; did you mean \"url\"?"));
  }
  EXPECT_EQ(Run({"run", "--config", directory_ + "/none.toml"}), kExitBadConfiguration);
  EXPECT_THAT(output_, HasSubstr("perennial-agent join"));
}

TEST_F(ProgramTest, WhoHasNotJoinedIsToldSo) {
  AgentConfig config;
  config.url = "https://localhost:1";
  config.addresses = {"127.0.0.1"};
  ASSERT_TRUE(files_.ReplaceAtomically(config_path(), EncodeAgentConfig(config), 0600));
  EXPECT_EQ(Run({"run", "--config", config_path()}), kExitRefused);
  EXPECT_THAT(output_, HasSubstr("has not joined yet"));
}

TEST_F(ProgramTest, JoinSaysWhatIsWrong) {
  const std::vector<std::string> good = {"join",
                                         "--url",
                                         "https://localhost:1",
                                         "--ca-hash",
                                         "sha256:" + std::string(64, 'a'),
                                         "--token",
                                         "pnj_x",
                                         "--directory",
                                         directory_ + "/n",
                                         "--name",
                                         "node-a",
                                         "--address",
                                         "127.0.0.1"};
  EXPECT_EQ(Run(good), kExitUnreachable);
  EXPECT_THAT(output_, HasSubstr("refused"));
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/n"));
  auto bad = good;
  bad.back() = "localhost";
  EXPECT_EQ(Run(bad), kExitUsage);
  bad = good;
  bad[8] = "/" + std::string(100, 'x');
  EXPECT_EQ(Run(bad), kExitUsage);
  EXPECT_THAT(output_, HasSubstr("too long"));
  bad = good;
  bad.push_back("--bogus");
  EXPECT_EQ(Run(bad), kExitUsage);
  MakeNode(1);
  bad = good;
  bad[8] = directory_;
  EXPECT_EQ(Run(bad), kExitConflict);
}

TEST(Complain, AnswersWithTheExitStatusOfTheConventions) {
  EXPECT_EQ(Complain({ErrorCode::kUnauthenticated, "used token"}), kExitRefused);
  EXPECT_EQ(Complain({ErrorCode::kPermissionDenied, "another CA"}), kExitRefused);
  EXPECT_EQ(Complain({ErrorCode::kAlreadyExists, "a node already"}), kExitConflict);
  EXPECT_EQ(Complain({ErrorCode::kUnavailable, "away"}), kExitUnreachable);
  EXPECT_EQ(Complain({ErrorCode::kInternal, "defect"}), kExitFailed);
}

}  // namespace
}  // namespace perennial::apps
