// SPDX-License-Identifier: Apache-2.0
// A whole installation in one process: identity, two control planes on one database, two replicas,
// the load balancer service, three nodes, and a person who signs.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "api/certificates/client.h"
#include "api/identity/client.h"
#include "api/load_balancer/client.h"
#include "base/random.h"
#include "http_signature/signer.h"
#include "sim/daemon.h"
#include "sim/deterministic_openssl.h"
#include "sim/node.h"
#include "storage/storage.h"

namespace perennial::sim {

// RSA keys, which take long to make: the same in every run of every process.
struct ReadyKeys {
  std::shared_ptr<const pki::PrivateKey> user, session;
};
ReadyKeys MakeReadyKeys();

// Somebody at a keyboard: signs with the administrator's API key.
class Person final : public Part {
 public:
  using Part::Part;
  Result<void> Start() override { return {}; }
  void Destroy() override {}
  std::vector<Step> Steps() override { return {}; }
};

class World {
 public:
  World(uint64_t seed, Trace& trace, const ReadyKeys& keys);
  ~World();
  World(const World&) = delete;

  // Build makes the installation, as an operator does; without any fault.
  Result<void> Build();

  Trace& trace;
  ManualClock clock;
  SeededRandom random;
  Network network;
  std::vector<std::unique_ptr<Daemon>> daemons;
  std::vector<std::unique_ptr<Node>> nodes;
  Person person;

  // All parts that can die.
  std::vector<Part*> Parts();
  // The first daemon with this role.
  Daemon& Of(std::string_view role);
  // What the databases really hold, seen past every fault.
  storage::Database& certificates_truth() { return *certificates_truth_; }
  storage::Database& load_balancer_truth() { return *load_balancer_truth_; }
  // Moves on whenever one of the two may have changed.
  int64_t Writes() const;

  const api::identity::IdentityClient& identity() const { return *identity_; }
  const api::certificates::CertificatesClient& certificates() const { return *certificates_; }
  const api::load_balancer::LoadBalancerClient& load_balancers() const { return *load_balancers_; }

  std::string tenancy_id, authority_id, pool_id, root_pem;
  // Called for every certificate that a proxy begins to serve.
  std::function<void(Node&, const std::string& file, const std::string& pem)> loaded;

 private:
  Result<void> MakeInstallation();
  Result<void> StartDaemons();
  Result<void> MakeTenantThings();
  Result<void> JoinNodes();
  apps::Config ConfigOf(const std::string& role, const std::string& url) const;
  void AddDaemon(const std::string& name, const std::string& role, const std::string& url);
  api::Client ClientOf(const std::string& url);

  const ReadyKeys keys_;
  const std::filesystem::path directory_;
  DeterministicOpenssl openssl_;
  Person operator_;  // Its disk is what `perenniald init` leaves behind.
  SimTransport transport_;
  std::string ca_pem_, ca_hash_;
  std::unique_ptr<http_signature::StaticCredential> credential_;
  std::unique_ptr<api::identity::IdentityClient> identity_;
  std::unique_ptr<api::certificates::CertificatesClient> certificates_;
  std::unique_ptr<api::load_balancer::LoadBalancerClient> load_balancers_;
  std::unique_ptr<storage::Database> certificates_truth_, load_balancer_truth_;
};

}  // namespace perennial::sim
