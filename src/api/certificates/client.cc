// SPDX-License-Identifier: Apache-2.0
#include "api/certificates/client.h"

namespace perennial::api::certificates {
namespace {

constexpr std::string_view kPublic = "/20210224";
constexpr std::string_view kOwn = "/20260101";

Query SelectorQuery(const BundleSelector& selector, std::string version_name_parameter) {
  return {{"versionNumber",
           selector.version_number ? std::to_string(*selector.version_number) : std::string()},
          {std::move(version_name_parameter), selector.version_name},
          {"stage", selector.stage ? std::string(WireNameOf(*selector.stage)) : std::string()}};
}

}  // namespace

Result<Tagged<CertificateAuthority>> CertificatesClient::CreateCertificateAuthority(
    const CreateCertificateAuthorityDetails& details, const CallOptions& options) const {
  return client_.CallTagged<CertificateAuthority>(
      Post(MakeTarget(kPublic, {"certificateAuthorities"}), details, options));
}

Result<Tagged<CertificateAuthority>> CertificatesClient::GetCertificateAuthority(
    const std::string& id) const {
  return client_.CallTagged<CertificateAuthority>(
      Get(MakeTarget(kPublic, {"certificateAuthorities", id})));
}

Result<Page<CertificateAuthoritySummary>> CertificatesClient::ListCertificateAuthorities(
    const Query& query) const {
  return client_.CallCollection<CertificateAuthorityCollection>(
      Get(MakeTarget(kPublic, {"certificateAuthorities"}, query)));
}

Result<Tagged<Certificate>> CertificatesClient::CreateCertificate(
    const CreateCertificateDetails& details, const CallOptions& options) const {
  return client_.CallTagged<Certificate>(
      Post(MakeTarget(kPublic, {"certificates"}), details, options));
}

Result<Tagged<Certificate>> CertificatesClient::GetCertificate(const std::string& id) const {
  return client_.CallTagged<Certificate>(Get(MakeTarget(kPublic, {"certificates", id})));
}

Result<Page<CertificateSummary>> CertificatesClient::ListCertificates(const Query& query) const {
  return client_.CallCollection<CertificateCollection>(
      Get(MakeTarget(kPublic, {"certificates"}, query)));
}

Result<Tagged<Certificate>> CertificatesClient::UpdateCertificate(
    const std::string& id, const UpdateCertificateDetails& details,
    const CallOptions& options) const {
  return client_.CallTagged<Certificate>(
      Put(MakeTarget(kPublic, {"certificates", id}), details, options));
}

Result<Tagged<CertificateVersion>> CertificatesClient::GetCertificateVersion(
    const std::string& id, int64_t version_number) const {
  return client_.CallTagged<CertificateVersion>(
      Get(MakeTarget(kPublic, {"certificates", id, "version", std::to_string(version_number)})));
}

Result<Page<CertificateVersion>> CertificatesClient::ListCertificateVersions(
    const std::string& id, const Query& query) const {
  return client_.CallCollection<CertificateVersionCollection>(
      Get(MakeTarget(kPublic, {"certificates", id, "versions"}, query)));
}

Result<void> CertificatesClient::ScheduleCertificateDeletion(const std::string& id,
                                                             const ScheduleDeletionDetails& details,
                                                             const CallOptions& options) const {
  return client_.CallEmpty(Post(
      MakeTarget(kPublic, {"certificates", id, "actions", "scheduleDeletion"}), details, options));
}

Result<void> CertificatesClient::CancelCertificateDeletion(const std::string& id,
                                                           const CallOptions& options) const {
  return client_.CallEmpty(
      Act(MakeTarget(kPublic, {"certificates", id, "actions", "cancelDeletion"}), options));
}

Result<Tagged<Association>> CertificatesClient::GetAssociation(const std::string& id) const {
  return client_.CallTagged<Association>(Get(MakeTarget(kPublic, {"associations", id})));
}

Result<Page<Association>> CertificatesClient::ListAssociations(const Query& query) const {
  return client_.CallCollection<AssociationCollection>(
      Get(MakeTarget(kPublic, {"associations"}, query)));
}

Result<CertificateBundle> CertificatesClient::GetCertificateBundle(
    const std::string& certificate_id, BundleType type, const BundleSelector& selector) const {
  auto query = SelectorQuery(selector, "certificateVersionName");
  query.emplace_back("certificateBundleType", WireNameOf(type));
  return client_.Call<CertificateBundle>(
      Get(MakeTarget(kPublic, {"certificateBundles", certificate_id}, query)));
}

Result<CertificateAuthorityBundle> CertificatesClient::GetCertificateAuthorityBundle(
    const std::string& authority_id, const BundleSelector& selector) const {
  return client_.Call<CertificateAuthorityBundle>(
      Get(MakeTarget(kPublic, {"certificateAuthorityBundles", authority_id},
                     SelectorQuery(selector, "certificateAuthorityVersionName"))));
}

Result<AttachAnswer> CertificatesClient::Attach(const AttachDetails& details,
                                                const CallOptions& options) const {
  return client_.Call<AttachAnswer>(
      Post(MakeTarget(kOwn, {"associations", "actions", "attach"}), details, options));
}

Result<DetachAnswer> CertificatesClient::Detach(const DetachDetails& details,
                                                const CallOptions& options) const {
  return client_.Call<DetachAnswer>(
      Post(MakeTarget(kOwn, {"associations", "actions", "detach"}), details, options));
}

Result<void> CertificatesClient::ForceDetach(const std::string& association_id,
                                             const ForceDetachDetails& details,
                                             const CallOptions& options) const {
  return client_.CallEmpty(
      Post(MakeTarget(kOwn, {"associations", association_id, "actions", "forceDetach"}), details,
           options));
}

Result<ObservationsAnswer> CertificatesClient::CreateObservations(
    const CreateObservationsDetails& details) const {
  return client_.Call<ObservationsAnswer>(Post(MakeTarget(kOwn, {"observations"}), details));
}

Result<void> CertificatesClient::ReportSightings(const NodeSightings& sightings) const {
  return client_.CallEmpty(Post(MakeTarget(kOwn, {"nodes", "actions", "sightings"}), sightings));
}

Result<ChangeFeed> CertificatesClient::GetChangeFeed(int64_t after, const std::string& hash,
                                                     int64_t limit, Duration wait) const {
  const Query query = {{"after", std::to_string(after)},
                       {"hash", hash},
                       {"limit", limit > 0 ? std::to_string(limit) : std::string()},
                       {"waitSeconds", WholeSeconds(wait)}};
  return client_.Call<ChangeFeed>(Get(MakeTarget(kOwn, {"changeFeed"}, query), {.wait = wait}));
}

Result<CertificatesClient::FeedSnapshotPage> CertificatesClient::GetFeedSnapshot(
    SnapshotTable table, const std::string& page) const {
  return client_.CallPaged<FeedSnapshotPage, FeedSnapshot>(
      Get(MakeTarget(kOwn, {"changeFeed", "snapshot"},
                     {{"table", std::string(WireNameOf(table))}, {"page", page}})));
}

Result<Page<Rollout>> CertificatesClient::ListRollouts(const Query& query) const {
  return client_.CallCollection<RolloutCollection>(Get(MakeTarget(kOwn, {"rollouts"}, query)));
}

Result<Rollout> CertificatesClient::GetRollout(const std::string& id, int64_t after,
                                               Duration wait) const {
  return client_.Call<Rollout>(
      Get(MakeTarget(kOwn, {"rollouts", id},
                     {{"after", std::to_string(after)}, {"waitSeconds", WholeSeconds(wait)}}),
          {.wait = wait}));
}

Result<void> CertificatesClient::ActOn(std::string_view collection, const std::string& id,
                                       std::string_view action, const CallOptions& options) const {
  return client_.CallEmpty(Act(MakeTarget(kOwn, {collection, id, "actions", action}), options));
}

Result<void> CertificatesClient::PauseRollout(const std::string& id,
                                              const CallOptions& options) const {
  return ActOn("rollouts", id, "pause", options);
}

Result<void> CertificatesClient::ResumeRollout(const std::string& id,
                                               const CallOptions& options) const {
  return ActOn("rollouts", id, "resume", options);
}

Result<void> CertificatesClient::RollBackRollout(const std::string& id,
                                                 const CallOptions& options) const {
  return ActOn("rollouts", id, "rollback", options);
}

Result<void> CertificatesClient::RenewCertificate(const std::string& id,
                                                  const CallOptions& options) const {
  return ActOn("certificates", id, "renew", options);
}

Result<void> CertificatesClient::PollCertificateNow(const std::string& id,
                                                    const CallOptions& options) const {
  return ActOn("certificates", id, "pollNow", options);
}

Result<Page<InventoryItem>> CertificatesClient::GetInventory(const Query& query) const {
  return client_.CallCollection<Inventory>(Get(MakeTarget(kOwn, {"inventory"}, query)));
}

Result<Overview> CertificatesClient::GetOverview() const {
  return client_.Call<Overview>(Get(MakeTarget(kOwn, {"overview"})));
}

Result<NodeServingCollection> CertificatesClient::GetNodeServing() const {
  return client_.Call<NodeServingCollection>(Get(MakeTarget(kOwn, {"nodeServing"})));
}

Result<WhyChain> CertificatesClient::GetWhy(const std::string& resource_id,
                                            const std::string& certificates_resource_id) const {
  return client_.Call<WhyChain>(Get(MakeTarget(
      kOwn, {"why"},
      {{"resourceId", resource_id}, {"certificatesResourceId", certificates_resource_id}})));
}

}  // namespace perennial::api::certificates
