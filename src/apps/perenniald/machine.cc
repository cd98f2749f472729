// SPDX-License-Identifier: Apache-2.0
#include "apps/perenniald/machine.h"

#include <fmt/format.h>
#include <signal.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "apps/perenniald/host.h"
#include "base/log.h"
#include "base/metrics.h"
#include "console/front.h"
#include "pki/certificate.h"

namespace perennial::apps {
namespace {

constexpr Duration kDrainGrace = std::chrono::seconds(3);
constexpr Duration kTlsPauseFirst = std::chrono::milliseconds(200);
constexpr Duration kTlsPauseMax = std::chrono::seconds(5);
constexpr Duration kTlsLookEvery = std::chrono::hours(1);
constexpr Duration kOwnCertificateLookEvery = std::chrono::seconds(5);

// Signals are taken by sigtimedwait in this thread alone: threads that start later inherit the
// mask.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

// True when a signal came within `wait`.
bool Signalled(const sigset_t& signals, Duration wait) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(wait);
  const timespec timeout{.tv_sec = whole.count(),
                         .tv_nsec = std::chrono::nanoseconds(wait - whole).count()};
  int caught = 0;
  do {
    caught = sigtimedwait(&signals, nullptr, &timeout);
  } while (caught < 0 && errno == EINTR);
  return caught > 0;
}

// Text for Prometheus, on a port of its own that only listens on loopback.
class MetricsHandler final : public net::Handler {
 public:
  explicit MetricsHandler(Executor& executor) : executor_(executor) {}
  Executor& ExecutorFor(const HttpRequest&) override { return executor_; }
  net::Answer Handle(const HttpRequest& request) override {
    if (request.method != "GET" || request.target != "/metrics") return HttpResponse{.status = 404};
    return HttpResponse{.headers = {{"content-type", "text/plain; version=0.0.4"}},
                        .body = RenderMetrics()};
  }

 private:
  Executor& executor_;
};

Result<std::vector<std::unique_ptr<Role>>> OpenRoles(Host& host) {
  std::vector<std::unique_ptr<Role>> roles;
  const auto open = [&](const char* name, auto function) -> Result<void> {
    if (!host.config.roles.contains(name)) return {};
    TRY_ASSIGN(auto role, function(host));
    roles.push_back(std::move(role));
    return {};
  };
  // Identity is first: it needs nobody, and the others reach it over the network.
  TRY(open("identity", OpenIdentityRole));
  if (host.platform_ca_pem.empty()) {
    TRY_ASSIGN(const auto credentials,
               LoadCredentials(host.files, CredentialsDirectory(host.config.data_directory,
                                                                *host.config.roles.begin())));
    host.platform_ca_pem = credentials.platform_ca_pem;
  }
  TRY_ASSIGN(host.transport, net::HttpsTransport::Start({.ca_pem = host.platform_ca_pem}));
  TRY(open("certificates", OpenCertificatesRole));
  TRY(open("replica", OpenReplicaRole));
  TRY(open("load-balancer", OpenLoadBalancerRole));
  TRY(open("audit", OpenAuditRole));
  return roles;
}

// A role in a process of its own asks identity, which may start later than we do.
Result<Role::Tls> AwaitTls(Role& role, const sigset_t& signals) {
  Duration pause = kTlsPauseFirst;
  while (true) {
    auto tls = role.TlsIdentity();
    if (tls || tls.error().code != ErrorCode::kUnavailable) return tls;
    Log(LogLevel::kInfo, "perenniald", "waiting for identity to give a server certificate",
        {{"reason", tls.error().message}});
    if (Signalled(signals, pause))
      return Fail(ErrorCode::kUnavailable, "stopped before it was ready");
    pause = std::min(pause * 2, kTlsPauseMax);
  }
}

// Where an installation and a build tree have the console, seen from this program.
constexpr std::string_view kConsolePlaces[] = {"../share/perennial/console", "../../../../console"};

// OpenConsole returns nothing in a process without identity, whose pages could sign nobody in, and
// where no console was built; a directory that the configuration names must be there.
Result<std::unique_ptr<console::Front>> OpenConsole(Host& host) {
  std::unique_ptr<console::Front> front;
  if (!host.config.roles.contains("identity")) return front;
  std::vector<std::string> places = {host.config.console_directory};
  if (places.front().empty()) {
    places.clear();
    // Nothing, and so no console, where /proc is not there.
    std::error_code error;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
    for (const auto place : kConsolePlaces) places.push_back((program / place).lexically_normal());
  }
  for (const auto& place : places) {
    auto build = console::LoadBuild(host.files, place);
    if (!build && build.error().code == ErrorCode::kNotFound &&
        host.config.console_directory.empty()) {
      continue;
    }
    TRY(build);
    Log(LogLevel::kInfo, "perenniald", "console",
        {{"url", host.config.url + "/console/"}, {"directory", place}});
    // Public, and what somebody needs before the browser trusts anything here.
    console::AddFile(*build, "/console/ca.pem", "application/x-pem-file", host.platform_ca_pem);
    front = std::make_unique<console::Front>(*std::move(build), host.router, host.fallback,
                                             host.random);
    break;
  }
  return front;
}

// Nothing where the configuration names no own certificate. The names of `platform_chain_pem` stay
// with it.
Result<std::unique_ptr<OwnCertificateWatch>> WatchOwnCertificate(
    const Host& host, Role& identity, const std::string& platform_chain_pem, net::Server& server) {
  if (!host.config.own_certificate.configured()) return nullptr;
  TRY_ASSIGN(const auto chain, pki::ParseChainPem(platform_chain_pem));
  return std::make_unique<OwnCertificateWatch>(OwnCertificateWatch::Parts{
      .config = host.config.own_certificate,
      .files = host.files,
      .kept = chain.front().DnsNames(),
      .serve = [&server](const auto& named) { return server.ReplaceNamedIdentity(named); },
      .record = [&identity](const auto& note) {
        if (auto recorded = identity.Record(note); !recorded) {
          Log(LogLevel::kError, "perenniald", "the audit record could not be written",
              {{"reason", recorded.error().message}});
        }
      }});
}

// KeepCertificatesFresh returns when a signal came. `own` may be null.
Result<void> KeepCertificatesFresh(const Clock& clock, Role& role, Time renew_at,
                                   OwnCertificateWatch* own, net::Server& server,
                                   const sigset_t& signals) {
  do {
    if (own != nullptr) own->Look(clock.Now());
    if (clock.Now() < renew_at) continue;
    auto renewed = role.TlsIdentity();
    if (renewed) {
      TRY(server.ReplaceIdentity(renewed->identity));
      renew_at = renewed->renew_at;
    } else {
      Log(LogLevel::kError, "perenniald",
          "the server certificate could not be renewed; trying again",
          {{"reason", renewed.error().message}});
    }
  } while (!Signalled(signals, own != nullptr ? kOwnCertificateLookEvery : kTlsLookEvery));
  return {};
}

// StartServer says what to do about a port that cannot be had; `key` names it in the configuration.
Result<std::unique_ptr<net::Server>> StartServer(std::string_view key, net::ServerOptions options,
                                                 std::optional<net::ServerIdentity> identity,
                                                 net::Handler& handler, Host& host) {
  auto server = net::Server::Start(std::move(options), std::move(identity), handler, host.news,
                                   host.clock, host.random);
  if (server || server.error().code != ErrorCode::kUnavailable) return server;
  return Fail(ErrorCode::kUnavailable,
              fmt::format("{}: stop what has the port, or name another in the configuration's `{}` "
                          "(below 1024 a port needs root or CAP_NET_BIND_SERVICE)",
                          server.error().message, key));
}

}  // namespace

Result<void> RunUntilSignal(const Config& config) {
  const sigset_t signals = BlockSignals();
  SystemClock clock;
  SystemRandom random;
  SystemFiles files;
  Host host(config, {clock, random, files,
                     [](const DatabaseConfig& database, std::string_view role) {
                       return OpenDatabase(database, role);
                     }});
  TRY_ASSIGN(const auto roles, OpenRoles(host));
  TRY_ASSIGN(auto tls, AwaitTls(*roles.front(), signals));
  const auto platform_chain_pem = tls.identity.chain_pem;
  TRY_ASSIGN(const auto console, OpenConsole(host));
  net::Handler& front = console ? static_cast<net::Handler&>(*console) : host.router;
  TRY_ASSIGN(
      const auto server,
      StartServer("listen",
                  {.listen = config.listen,
                   .connections_per_peer_max = static_cast<size_t>(config.connections_per_peer)},
                  std::move(tls.identity), front, host));
  TRY_ASSIGN(const auto own,
             WatchOwnCertificate(host, *roles.front(), platform_chain_pem, *server));
  MetricsHandler metrics_handler(host.fallback);
  std::unique_ptr<net::Server> metrics;
  if (!config.metrics_listen.empty()) {
    TRY_ASSIGN(metrics,
               StartServer("metrics_listen",
                           {.listen = {config.metrics_listen}, .tls = false, .io_threads = 1},
                           std::nullopt, metrics_handler, host));
  }
  for (const auto& role : roles) {
    for (auto* loop : role->Loops()) loop->Start();
  }
  sd_notify(0, "READY=1");
  Log(LogLevel::kInfo, "perenniald", "listening",
      {{"url", config.url}, {"port", std::to_string(server->ports().front())}});

  TRY(KeepCertificatesFresh(host.clock, *roles.front(), tls.renew_at, own.get(), *server, signals));
  sd_notify(0, "STOPPING=1");
  Log(LogLevel::kInfo, "perenniald", "stopping");
  server->Drain(kDrainGrace);
  // What is acknowledged is durable. Loops may be parked at other processes for seconds: nobody
  // waits for them.
  std::fflush(nullptr);
  std::_Exit(0);
}

}  // namespace perennial::apps
