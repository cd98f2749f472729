// SPDX-License-Identifier: Apache-2.0
#include "apps/perenniald/host.h"
#include "apps/perenniald/init.h"
#include "audit/collector.h"
#include "audit/copy.h"
#include "audit/events.h"
#include "audit/verifier.h"

namespace perennial::apps {
namespace {

constexpr const char* kName = "audit";

class AuditRole final : public FollowingRole {
 public:
  AuditRole(Host& host, RoleCredentials credentials, std::unique_ptr<storage::Database> database)
      : FollowingRole(host, kName, std::move(credentials)),
        database_(std::move(database)),
        service_(ServiceParts(database_.get())) {
    WatchNews(service_);
    const auto& endpoints = host.config.endpoints;
    Follow("identity", endpoints.identity);
    Follow("certificates", endpoints.certificates);
    Follow("load-balancer", endpoints.load_balancer);
    Follow(kName, endpoints.audit);
    audit::AddRoutes(host.router, service_, followed_);
  }

 private:
  void Follow(const std::string& source, const std::string& url) {
    sources_.push_back(
        std::make_unique<audit::RemoteChainSource>(api::audit::AuditClient(ClientOf(url)), source));
    collectors_.push_back(
        std::make_unique<audit::Collector>(source, *sources_.back(), *database_, host_.clock));
    Run("audit " + source, [collector = collectors_.back().get()] { return collector->Step(); });
    // With a client of its own: a source serves one loop.
    verified_sources_.push_back(
        std::make_unique<audit::RemoteChainSource>(api::audit::AuditClient(ClientOf(url)), source));
    verifiers_.push_back(std::make_unique<audit::Verifier>(source, *verified_sources_.back(),
                                                           *database_, host_.clock));
    Run("audit verification " + source,
        [verifier = verifiers_.back().get()] { return verifier->Step(); });
    followed_.push_back(source);
  }

  const std::unique_ptr<storage::Database> database_;
  service::Service service_;
  std::vector<std::string> followed_;
  std::vector<std::unique_ptr<audit::RemoteChainSource>> sources_, verified_sources_;
  std::vector<std::unique_ptr<audit::Collector>> collectors_;
  std::vector<std::unique_ptr<audit::Verifier>> verifiers_;
};

}  // namespace

Result<std::unique_ptr<Role>> OpenAuditRole(Host& host) {
  const auto& data = host.config.data_directory;
  TRY_ASSIGN(auto credentials, LoadCredentials(host.files, CredentialsDirectory(data, kName)));
  TRY_ASSIGN(auto database, host.OpenDatabase(kName));
  const storage::Migration migrations[] = {service::ServiceSchema(), audit::CopySchema(),
                                            audit::VerificationSchema()};
  TRY(storage::Migrate(*database, migrations));
  return std::unique_ptr<Role>(
      std::make_unique<AuditRole>(host, std::move(credentials), std::move(database)));
}

}  // namespace perennial::apps
