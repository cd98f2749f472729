// SPDX-License-Identifier: Apache-2.0
// What all roles of one process share, and what a role is.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apps/perenniald/config.h"
#include "apps/perenniald/credentials.h"
#include "apps/perenniald/own_certificate.h"
#include "base/clock.h"
#include "base/executor.h"
#include "base/files.h"
#include "base/news.h"
#include "base/random.h"
#include "net/server.h"
#include "net/transport.h"
#include "service/identity_follower.h"
#include "service/news_watch.h"
#include "service/router.h"

namespace perennial::apps {

// What a process finds outside of itself. The simulator hands in its own.
struct Outside {
  Clock& clock;
  Random& random;
  Files& files;
  // Opens the database of a role; OpenDatabase in a real process.
  std::function<Result<std::unique_ptr<storage::Database>>(const DatabaseConfig&,
                                                           std::string_view role)>
      open_database;
};

struct Host {
  Host(Config from, Outside outside)
      : config(std::move(from)),
        clock(outside.clock),
        random(outside.random),
        files(outside.files),
        open_database_(std::move(outside.open_database)) {}

  Result<std::unique_ptr<storage::Database>> OpenDatabase(std::string_view role) const {
    return open_database_(config.database(), role);
  }

  const Config config;
  Clock& clock;
  Random& random;
  Files& files;
  NewsBoard news;
  ThreadPool fallback{{.name = "front", .threads = std::min(config.worker_threads, 1)}};
  service::Router router{fallback, random};
  std::unique_ptr<net::Transport> transport;  // Trusts the platform CA.
  std::string platform_ca_pem;

 private:
  const std::function<Result<std::unique_ptr<storage::Database>>(const DatabaseConfig&,
                                                                 std::string_view)>
      open_database_;
};

// Opened before the server starts: routes are entered in the constructor or in Open. Its loops
// start once the server listens, since roles reach each other, and themselves, over the network.
class Role {
 public:
  virtual ~Role() = default;

  // Loops are what the role does by itself. A process starts a thread for each; the simulator runs
  // their steps.
  virtual std::vector<Loop*> Loops() = 0;

  // TlsIdentity returns what the process serves TLS with: identity makes its own, the others ask
  // identity.
  struct Tls {
    net::ServerIdentity identity;
    Time renew_at;
  };
  virtual Result<Tls> TlsIdentity() = 0;

  // Record puts what became of the console's own certificate into the audit chain of identity,
  // whose process serves the console; other roles are not asked.
  virtual Result<void> Record(const OwnCertificateNote&) { return {}; }
};

// A role that is not identity: its credential, its view of identity, its pool.
class FollowingRole : public Role {
 public:
  std::vector<Loop*> Loops() override;
  Result<Tls> TlsIdentity() override;

 protected:
  // `name` as in the configuration. The credentials were loaded from its folder.
  FollowingRole(Host& host, std::string name, RoleCredentials credentials);

  service::Service::Parts ServiceParts(storage::Database* database);
  api::Client ClientOf(const std::string& base_url);
  // WatchNews returns what looks for news that other processes wrote into this service's database,
  // where there can be any: on PostgreSQL. The audit's topic is known to it.
  service::NewsWatch& WatchNews(service::Service& service);
  // Run adds a loop.
  void Run(std::string name, Loop::Step step);
  Loop& LoopOf(const std::string& name);

  Host& host_;
  const std::string name_;
  const RoleCredentials credentials_;
  ThreadPool pool_;
  api::EnrolmentCredential credential_;
  api::identity::IdentityClient identity_client_;
  service::IdentityFollower follower_;

 private:
  std::unique_ptr<service::NewsWatch> news_watch_;  // Outlives the loops.
  std::vector<std::pair<std::string, std::unique_ptr<Loop>>> loops_;
};

// One function a role. Errors: kNotFound for credentials that were not given to this process,
// kIncorrectState for a database that is newer than this program, kUnavailable when it cannot be
// opened.
Result<std::unique_ptr<Role>> OpenIdentityRole(Host& host);
Result<std::unique_ptr<Role>> OpenCertificatesRole(Host& host);
Result<std::unique_ptr<Role>> OpenLoadBalancerRole(Host& host);
Result<std::unique_ptr<Role>> OpenAuditRole(Host& host);
Result<std::unique_ptr<Role>> OpenReplicaRole(Host& host);

}  // namespace perennial::apps
