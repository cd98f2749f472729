// SPDX-License-Identifier: Apache-2.0
// agent::Installer for HAProxy ≥ 2.6 in master-worker mode, a process of its own: restarting the
// agent never touches traffic.
#pragma once

#include <map>
#include <set>
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
  Result<std::vector<agent::ClosedListener>> Apply(
      const agent::Configuration& configuration) override;
  Result<void> Serve(const agent::ServingBundle& bundle) override;
  Result<void> Forget(const std::vector<std::string>& kept_association_ids) override;
  bool Shows(const std::string& association_id) const override;
  Result<agent::ProxyState> State() override;

 private:
  using NodeConfiguration = api::load_balancer::NodeConfiguration;
  RenderContext Context() const;
  Result<void> Write(const std::string& text);
  Result<void> Load(const std::string& text, int64_t version);
  // FindClosed tries the places that `text` does not bind. HAProxy may have more rights than we: what
  // we may not open counts where its refusal is known, or with kOurs.
  enum class Rights { kItsOwn, kOurs };
  std::map<Place, std::string> FindClosed(const std::vector<Place>& places, const std::string& text,
                                          Rights rights);
  std::string PathOf(const std::string& association_id) const;

  const Layout layout_;
  const std::vector<std::string> node_addresses_;
  ProxyControl& control_;
  Runtime runtime_;
  Files& files_;
  // Where HAProxy was refused, and its master process then: another one may have the right.
  std::set<Place> denied_;
  int64_t denied_master_ = 0;
};

}  // namespace perennial::haproxy
