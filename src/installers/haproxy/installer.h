// SPDX-License-Identifier: Apache-2.0
// agent::Installer for HAProxy ≥ 2.6 in master-worker mode, a process of its own: restarting the
// agent never touches traffic.
#pragma once

#include <string>
#include <vector>

#include "agent/installer.h"
#include "api/load_balancer/node_configuration.h"
#include "base/files.h"
#include "installers/haproxy/render.h"
#include "installers/haproxy/runtime.h"

namespace perennial::haproxy {

// Where everything is, below one directory of mode 0700.
struct Layout {
  std::string directory;  // Absolute.
  // Check returns kInvalidArgument for a path that is too long for the sockets in it, or has other
  // characters than HAProxy's configuration and commands can name.
  Result<void> Check() const;
  std::string config() const { return directory + "/haproxy.cfg"; }
  std::string candidate() const { return directory + "/haproxy.cfg.candidate"; }
  std::string certificates() const { return directory + "/certs"; }
  std::string runtime_socket() const { return directory + "/runtime.sock"; }
  std::string master_socket() const { return directory + "/master.sock"; }
};

class HaproxyInstaller final : public agent::Installer {
 public:
  HaproxyInstaller(Layout layout, std::vector<std::string> node_addresses, ProxyControl& control,
                   Files& files);

  // Prepare makes the directories, and a first configuration without listeners if there is none:
  // HAProxy can be started before the agent has ever spoken to anybody. kInvalidArgument as
  // from Layout::Check.
  Result<void> Prepare();

  Result<std::vector<agent::Reference>> Read(
      const agent::Configuration& configuration) const override;
  Result<void> Store(const agent::ServingBundle& bundle) override;
  Result<void> Apply(const agent::Configuration& configuration) override;
  Result<void> Serve(const agent::ServingBundle& bundle) override;
  Result<void> Forget(const std::vector<std::string>& kept_association_ids) override;
  Result<agent::ProxyState> State() override;

 private:
  RenderContext Context() const;
  std::string PathOf(const std::string& association_id) const;

  const Layout layout_;
  const std::vector<std::string> node_addresses_;
  ProxyControl& control_;
  Runtime runtime_;
  Files& files_;
};

}  // namespace perennial::haproxy
