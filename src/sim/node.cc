// SPDX-License-Identifier: Apache-2.0
#include "sim/node.h"

#include "agent/join.h"
#include "agent/node.h"
#include "pki/key.h"

namespace perennial::sim {
namespace {

constexpr char kDirectory[] = "/agent";

// A copy of a key, for whoever wants one of its own.
Result<pki::PrivateKey> CopyOf(const pki::PrivateKey& key) {
  return pki::PrivateKey::ParsePem(key.ToPkcs8Pem());
}

}  // namespace

Node::Node(std::string node_name, Surroundings around)
    : Part(std::move(node_name), around.clock, around.trace),
      around_(std::move(around)),
      proxy(*this, layout_.config(), [this](const std::string& file, const std::string& pem) {
        around_.loaded(*this, file, pem);
      }) {}

Result<void> Node::Join(const std::string& ca_pem, const std::string& ca_hash,
                        const std::string& token) {
  TRY_ASSIGN(const auto identity,
             agent::Join({.url = around_.identity_url,
                          .ca_hash = ca_hash,
                          .token = token,
                          .name = name,
                          .addresses = around_.addresses,
                          .directory = kDirectory},
                         {.files = disk,
                          .clock = clock,
                          .random = around_.random,
                          .fetch_chain = [&](const std::string&) { return ca_pem; },
                          .make_transport =
                              [&](const std::string&) -> Result<std::unique_ptr<net::Transport>> {
                            return std::make_unique<SimTransport>(around_.network, *this);
                          }}));
  id_ = identity.node_id;
  haproxy::HaproxyInstaller installer(layout_, around_.addresses, proxy, disk);
  TRY(installer.Prepare());
  if (!proxy.Start()) return Fail(ErrorCode::kInternal, "the proxy does not start");
  return {};
}

Result<void> Node::Start() {
  TRY_ASSIGN(const auto node, agent::LoadNode(disk, kDirectory));
  transport_ = std::make_unique<SimTransport>(around_.network, *this);
  installer_ = std::make_unique<haproxy::HaproxyInstaller>(layout_, around_.addresses, proxy, disk);
  TRY(installer_->Prepare());
  control_plane_ = std::make_unique<agent::RemoteControlPlane>(
      agent::RemoteControlPlane::Parts{*transport_, clock, around_.random, disk},
      agent::RemoteControlPlane::Options{
          .identity_url = around_.identity_url,
          .node = {.principal_id = node.identity.node_id, .key = node.key},
          .endpoints_path = agent::EndpointsPath(kDirectory),
          .resource_tokens = {.make_session_key = [this] { return CopyOf(*around_.session_key); }},
          .agent_version = "sim"});
  prover_ = std::make_unique<agent::Prover>(proxy, clock);
  agent_ = std::make_unique<agent::Agent>(
      agent::Agent::Parts{*control_plane_, *installer_, *prover_, disk, clock},
      agent::Agent::Options{.state_path = agent::StatePath(kDirectory)});
  return agent_->Load();
}

void Node::Destroy() {
  agent_.reset();
  prover_.reset();
  control_plane_.reset();
  installer_.reset();
  transport_.reset();
}

std::vector<Step> Node::Steps() {
  if (agent_ == nullptr) return {};
  return {{"configuration", [this] { return agent_->ConfigurationStep(); }},
          {"updates", [this] { return agent_->UpdateStep(); }}};
}

Result<agent::State> Node::State() const {
  return agent::LoadState(disk, agent::StatePath(kDirectory));
}

std::string Node::FileOf(const std::string& association_id) const {
  return layout_.certificates() + "/" + haproxy::BundleFileName(association_id);
}

}  // namespace perennial::sim
