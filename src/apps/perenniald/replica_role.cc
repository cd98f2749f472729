// SPDX-License-Identifier: Apache-2.0
#include "apps/perenniald/host.h"
#include "apps/perenniald/replica_routes.h"
#include "certificates/data_plane/follower.h"
#include "certificates/data_plane/poll_service.h"

namespace perennial::apps {
namespace {

constexpr const char* kName = "replica";

class ReplicaRole final : public FollowingRole {
 public:
  ReplicaRole(Host& host, RoleCredentials credentials)
      : FollowingRole(host, kName, std::move(credentials)),
        path_(host.config.data_directory + "/replica.json"),
        client_(ClientOf(host.config.endpoints.certificates)),
        polls_(host.news, host.clock, replica::CursorKeyFrom(host.files, path_, host.random)),
        changes_(client_, polls_, host.files, host.clock, {.path = path_}),
        service_(ServiceParts(nullptr)) {
    changes_.LoadFromDisk();
    Run("changes", [this] { return changes_.Step(); });
    Run("sightings", [this] { return changes_.SightingsStep(); });
    AddReplicaRoutes(host.router, service_, polls_);
  }

 private:
  const std::string path_;
  const api::certificates::CertificatesClient client_;
  replica::PollService polls_;
  replica::Follower changes_;
  service::Service service_;
};

}  // namespace

Result<std::unique_ptr<Role>> OpenReplicaRole(Host& host) {
  TRY_ASSIGN(auto credentials,
             LoadCredentials(host.files, CredentialsDirectory(host.config.data_directory, kName)));
  return std::unique_ptr<Role>(std::make_unique<ReplicaRole>(host, std::move(credentials)));
}

}  // namespace perennial::apps
