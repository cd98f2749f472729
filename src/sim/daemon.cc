// SPDX-License-Identifier: Apache-2.0
#include "sim/daemon.h"

#include "base/check.h"
#include "sim/faulty_database.h"

namespace perennial::sim {

Daemon::Daemon(std::string name, apps::Config from, Surroundings around)
    : Server(std::move(name), around.clock, around.trace),
      config(std::move(from)),
      around_(around) {
  CHECK(config.roles.size() == 1 && config.worker_threads == 0);
}

Result<void> Daemon::Start() {
  host_ = std::make_unique<apps::Host>(
      config, apps::Outside{clock, around_.random, disk,
                            [this](const apps::DatabaseConfig&, std::string_view role) {
                              return OpenFaultyDatabase(*this, [&] {
                                return apps::OpenDatabase({around_.database_directory, ""}, role,
                                                          2);
                              });
                            }});
  host_->transport = std::make_unique<SimTransport>(around_.network, *this);
  const auto& role = *config.roles.begin();
  const auto open = role == "identity"       ? apps::OpenIdentityRole
                    : role == "certificates" ? apps::OpenCertificatesRole
                    : role == "replica"      ? apps::OpenReplicaRole
                                             : apps::OpenLoadBalancerRole;
  TRY_ASSIGN(role_, open(*host_));
  return {};
}

void Daemon::Destroy() {
  role_.reset();
  host_.reset();
}

std::vector<Step> Daemon::Steps() {
  std::vector<Step> steps;
  if (role_ == nullptr) return steps;
  for (auto* loop : role_->Loops()) {
    // People's sessions are not simulated.
    if (loop->name() != "sessions")
      steps.push_back({loop->name(), [loop] { return loop->RunStep(); }});
  }
  return steps;
}

HttpResponse Daemon::Answer(const HttpRequest& request) {
  auto answer = host_->router.Handle(request);
  if (auto* parked = std::get_if<net::Parked>(&answer)) {
    auto resume = std::move(parked->resume);
    answer = resume(true);
  }
  CHECK(std::holds_alternative<HttpResponse>(answer));
  return std::get<HttpResponse>(std::move(answer));
}

}  // namespace perennial::sim
