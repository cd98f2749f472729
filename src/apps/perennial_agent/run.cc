// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "agent/agent.h"
#include "agent/node.h"
#include "agent/remote_control_plane.h"
#include "apps/perennial_agent/commands.h"
#include "base/executor.h"
#include "base/log.h"
#include "base/version.h"
#include "installers/haproxy/installer.h"

namespace perennial::apps {
namespace {

constexpr Duration kStopGrace = std::chrono::milliseconds(1500);

// Two agents would mix up their transactions in one HAProxy. The lock ends with the process.
Result<void> LockDirectory(const std::string& directory) {
  const auto path = directory + "/agent.lock";
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return Fail(ErrorCode::kUnavailable, fmt::format("{} cannot be opened", path));
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return {};
  close(fd);
  return Fail(ErrorCode::kConflict,
              fmt::format("another agent runs on {}; end that one first", directory));
}

// Every thread that is started later inherits the mask: the signals come to sigwait alone.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

// Ends the process as soon as nothing is being changed, at the latest after the grace. What was
// done is on disk; calls that are parked at the control plane are nobody's loss.
[[noreturn]] void EndProcess(agent::Agent& agent) {
  Mutex mutex;
  Condition settled;
  bool is_settled = false;
  std::thread([&] {
    agent.Stop();
    MutexLock lock(mutex);
    is_settled = true;
    settled.NotifyAll();
  }).detach();
  {
    MutexLock lock(mutex);
    const SystemClock clock;
    const Duration end = clock.Monotonic() + kStopGrace;
    while (!is_settled && clock.Monotonic() < end) {
      settled.WaitFor(mutex, end - clock.Monotonic());
    }
  }
  std::fflush(nullptr);
  std::_Exit(0);
}

}  // namespace

int RunAgent(const AgentConfig& config) {
  const sigset_t signals = BlockSignals();
  SystemFiles files;
  SystemClock clock;
  SystemRandom random;
  auto node = agent::LoadNode(files, config.directory);
  if (!node) return Complain(node.error());
  if (auto locked = LockDirectory(config.directory); !locked) return Complain(locked.error());
  auto transport = net::HttpsTransport::Start({.ca_pem = node->ca_pem});
  if (!transport) return Complain(transport.error());

  const haproxy::Layout layout{config.haproxy_directory};
  haproxy::SystemProxyControl control(config.haproxy_program, layout.runtime_socket(),
                                      layout.master_socket());
  haproxy::HaproxyInstaller installer(layout, config.addresses, control, files);
  if (auto prepared = installer.Prepare(); !prepared) return Complain(prepared.error());
  agent::RemoteControlPlane control_plane(
      {**transport, clock, random, files},
      {.identity_url = config.url,
       .node = {.principal_id = node->identity.node_id, .key = node->key},
       .endpoints_path = agent::EndpointsPath(config.directory),
       .resource_tokens = {.directory = config.resource_principal_files
                                            ? config.directory + "/resource-principals"
                                            : ""},
       .agent_version = kVersion});
  net::SystemTlsProbe probe;
  agent::Prover prover(probe, clock);
  agent::Agent agent(
      {control_plane, installer, prover, files, clock},
      {.state_path = agent::StatePath(config.directory), .poll_wait = config.poll_wait});
  if (auto loaded = agent.Load(); !loaded) return Complain(loaded.error());

  Loop configuration("configuration", [&] { return agent.ConfigurationStep(); });
  Loop updates("updates", [&] { return agent.UpdateStep(); });
  Loop tokens("tokens", [&] { return control_plane.Refresh(); });
  configuration.Start();
  updates.Start();
  if (config.resource_principal_files) tokens.Start();
  sd_notify(0, "READY=1");
  Log(LogLevel::kInfo, "agent", "running",
      {{"node", node->identity.node_id}, {"url", config.url}, {"version", kVersion}});

  int signal = 0;
  sigwait(&signals, &signal);
  sd_notify(0, "STOPPING=1");
  Log(LogLevel::kInfo, "agent", "stopping; HAProxy goes on serving");
  EndProcess(agent);
}

}  // namespace perennial::apps
