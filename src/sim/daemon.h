// SPDX-License-Identifier: Apache-2.0
// perenniald with one role: the same objects that its machine builds, on simulated surroundings.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "apps/perenniald/host.h"
#include "sim/network.h"

namespace perennial::sim {

class Daemon final : public Server {
 public:
  struct Surroundings {
    const Clock& clock;
    Trace& trace;
    Network& network;
    Random& random;
    std::string database_directory;  // A real one.
  };
  // `config` has exactly one role.
  Daemon(std::string name, apps::Config config, Surroundings around);

  Result<void> Start() override;
  void Destroy() override;
  std::vector<Step> Steps() override;
  HttpResponse Answer(const HttpRequest& request) override;

  const apps::Config config;

 private:
  Surroundings around_;
  std::unique_ptr<apps::Host> host_;
  std::unique_ptr<apps::Role> role_;
};

}  // namespace perennial::sim
