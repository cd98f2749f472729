// SPDX-License-Identifier: Apache-2.0
// One host with a proxy and the agent beside it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/agent.h"
#include "agent/remote_control_plane.h"
#include "installers/haproxy/installer.h"
#include "sim/network.h"
#include "sim/proxy.h"

namespace perennial::sim {

class Node final : public Part {
 public:
  struct Surroundings {
    const Clock& clock;
    Trace& trace;
    Network& network;
    Random& random;
    std::shared_ptr<const pki::PrivateKey> session_key;  // For every day and node.
    std::string identity_url;
    std::vector<std::string> addresses;
    std::function<void(Node&, const std::string& file, const std::string& pem)> loaded;
  };
  Node(std::string name, Surroundings around);

  // Join enrols the host; once.
  Result<void> Join(const std::string& ca_pem, const std::string& ca_hash,
                    const std::string& token);

  Result<void> Start() override;
  void Destroy() override;
  std::vector<Step> Steps() override;

  const std::string& id() const { return id_; }
  // What the agent wrote last: its configuration and what it serves.
  Result<agent::State> State() const;
  std::string FileOf(const std::string& association_id) const;

 private:
  const Surroundings around_;
  const haproxy::Layout layout_{"/agent/haproxy"};

 public:
  Proxy proxy;  // Goes on when the agent dies.

 private:
  std::string id_;
  std::unique_ptr<SimTransport> transport_;
  std::unique_ptr<haproxy::HaproxyInstaller> installer_;
  std::unique_ptr<agent::RemoteControlPlane> control_plane_;
  std::unique_ptr<agent::Prover> prover_;
  std::unique_ptr<agent::Agent> agent_;
};

}  // namespace perennial::sim
