// SPDX-License-Identifier: Apache-2.0
#include "apps/perenniald/host.h"
#include "apps/perenniald/init.h"
#include "products/common/remote_gateways.h"
#include "products/load_balancer/configurations.h"
#include "products/load_balancer/routes.h"
#include "products/load_balancer/schema.h"
#include "products/load_balancer/service.h"

namespace perennial::apps {
namespace {

constexpr const char* kName = "load-balancer";

class LoadBalancerRole final : public FollowingRole {
 public:
  LoadBalancerRole(Host& host, RoleCredentials credentials,
                   std::unique_ptr<storage::Database> database)
      : FollowingRole(host, kName, std::move(credentials)),
        database_(std::move(database)),
        certificates_client_(ClientOf(host.config.endpoints.certificates)),
        certificates_(certificates_client_),
        resources_(identity_client_),
        service_(ServiceParts(database_.get())),
        load_balancers_(service_, certificates_, resources_) {
    WatchNews(service_).Add(load_balancer::kConfigurationTopics,
                            load_balancer::ConfigurationPositions);
    Run("upkeep", [this] { return load_balancers_.Step(); });
    load_balancers_.SetWake([this] { LoopOf("upkeep").Wake(); });
    load_balancer::AddRoutes(host.router, service_, load_balancers_);
  }

 private:
  const std::unique_ptr<storage::Database> database_;
  const api::certificates::CertificatesClient certificates_client_;
  products::RemoteCertificates certificates_;
  products::RemoteResources resources_;
  service::Service service_;
  load_balancer::LoadBalancerService load_balancers_;
};

}  // namespace

Result<std::unique_ptr<Role>> OpenLoadBalancerRole(Host& host) {
  const auto& data = host.config.data_directory;
  TRY_ASSIGN(auto credentials, LoadCredentials(host.files, CredentialsDirectory(data, kName)));
  TRY_ASSIGN(auto database, host.OpenDatabase(kName));
  TRY(storage::Migrate(*database, load_balancer::Migrations()));
  return std::unique_ptr<Role>(
      std::make_unique<LoadBalancerRole>(host, std::move(credentials), std::move(database)));
}

}  // namespace perennial::apps
