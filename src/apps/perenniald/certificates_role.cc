// SPDX-License-Identifier: Apache-2.0
#include "apps/perenniald/host.h"
#include "apps/perenniald/init.h"
#include "base/log.h"
#include "certificates/control_plane/association_routes.h"
#include "certificates/control_plane/routes.h"
#include "certificates/control_plane/store/schema.h"
#include "certificates/control_plane/versions/renewal_scheduler.h"
#include "keys/envelope.h"

namespace perennial::apps {
namespace {

constexpr const char* kName = "certificates";
constexpr int kMissedPollsMax = 3;  // A node that was not seen for so many poll waits is absent.

struct CertificatesStore {
  std::unique_ptr<storage::Database> database;
  std::unique_ptr<keys::Envelope> envelope;
};

certificates::Settings SettingsOf(const Config& config) {
  certificates::Settings settings;
  settings.renewal.interval_min = config.renewal_interval_min;
  return settings;
}

class CertificatesRole final : public FollowingRole {
 public:
  CertificatesRole(Host& host, RoleCredentials credentials, CertificatesStore store)
      : FollowingRole(host, kName, std::move(credentials)),
        store_(std::move(store)),
        settings_(SettingsOf(host.config)),
        service_(ServiceParts(store_.database.get())),
        verifier_(identity_client_),
        feed_(host.news),
        promotion_(feed_),
        issuing_(*store_.database, *store_.envelope, host.random, host.clock),
        rollouts_(service_, feed_, promotion_,
                  {.node_live_for = host.config.poll_wait * kMissedPollsMax}),
        scheduler_(service_, issuing_, rollouts_, settings_),
        authorities_(service_, issuing_, settings_),
        certificates_(service_, issuing_, promotion_, rollouts_, settings_),
        bundles_(service_, issuing_),
        deletion_(service_),
        associations_(service_, verifier_, feed_, rollouts_),
        feed_operations_(service_, feed_),
        rollout_operations_(service_, rollouts_, feed_, [this] { LoopOf("renewals").Wake(); }),
        reports_(service_, rollouts_),
        inventory_(service_) {
    auto& watch = WatchNews(service_);
    watch.AddHead(certificates::kFeedTopic, "change_feed_head");
    watch.Add(certificates::kRolloutTopics, certificates::RolloutPositions);
    rollouts_.SetWake([this] {
      LoopOf("rollouts").Wake();
      LoopOf("renewals").Wake();  // What went back is due again, perhaps at once.
    });
    Run("renewals", [this] { return scheduler_.Step(); });
    Run("rollouts", [this] { return rollouts_.Step(); });
    Run("deletions", [this] { return deletion_.Step(); });
    Run("feed", [this] {
      if (auto kept = feed_.KeepTail(*store_.database, host_.clock.Now()); !kept) {
        Log(LogLevel::kWarn, kName, "old changes could not be forgotten",
            {{"reason", kept.error().message}});
      }
      return Duration(std::chrono::hours(1));
    });
    certificates::AddRoutes(host.router, service_,
                            {authorities_, certificates_, bundles_, deletion_});
    certificates::AddAssociationRoutes(
        host.router, service_, {associations_, feed_operations_, rollout_operations_, reports_});
    certificates::AddInventoryRoutes(host.router, service_, inventory_);
  }

 private:
  const CertificatesStore store_;
  const certificates::Settings settings_;
  service::Service service_;
  certificates::IdentityEvidenceVerifier verifier_;
  certificates::Feed feed_;
  certificates::Promotion promotion_;
  certificates::Issuing issuing_;
  certificates::Rollouts rollouts_;
  certificates::RenewalScheduler scheduler_;
  certificates::Authorities authorities_;
  certificates::Certificates certificates_;
  certificates::Bundles bundles_;
  certificates::Deletion deletion_;
  certificates::Associations associations_;
  certificates::FeedOperations feed_operations_;
  certificates::RolloutOperations rollout_operations_;
  certificates::Reports reports_;
  certificates::InventoryOperations inventory_;
};

}  // namespace

Result<std::unique_ptr<Role>> OpenCertificatesRole(Host& host) {
  const auto& data = host.config.data_directory;
  TRY_ASSIGN(auto credentials, LoadCredentials(host.files, CredentialsDirectory(data, kName)));
  TRY_ASSIGN(const auto master,
             keys::MasterKey::Load(host.files, MasterKeyPath(data), host.random));
  CertificatesStore store;
  TRY_ASSIGN(store.database, host.OpenDatabase(kName));
  TRY(storage::Migrate(*store.database, certificates::Migrations()));
  TRY(store.database->Write([&](storage::Session& session) -> Result<void> {
    TRY_ASSIGN(store.envelope, keys::LoadOrCreateWrappingKey(session, master, host.random, kName));
    return {};
  }));
  return std::unique_ptr<Role>(
      std::make_unique<CertificatesRole>(host, std::move(credentials), std::move(store)));
}

}  // namespace perennial::apps
