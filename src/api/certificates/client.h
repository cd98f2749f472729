// SPDX-License-Identifier: Apache-2.0
// The typed client of the certificates control plane. Errors are those of Client::Send.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/certificates/types.h"
#include "api/client.h"

namespace perennial::api::certificates {

// Which version a bundle is read of; all empty: CURRENT. At most one of them.
struct BundleSelector {
  std::optional<int64_t> version_number;
  std::string version_name;
  std::optional<Stage> stage;
};

// Safe to call from many threads.
class CertificatesClient {
 public:
  explicit CertificatesClient(Client client) : client_(std::move(client)) {}

  // The public API, /20210224. `query` of lists as in oci-api §2.2.
  Result<Tagged<CertificateAuthority>> CreateCertificateAuthority(
      const CreateCertificateAuthorityDetails& details, const CallOptions& options = {}) const;
  Result<Tagged<CertificateAuthority>> GetCertificateAuthority(const std::string& id) const;
  Result<Page<CertificateAuthoritySummary>> ListCertificateAuthorities(const Query& query) const;
  Result<Tagged<Certificate>> CreateCertificate(const CreateCertificateDetails& details,
                                                const CallOptions& options = {}) const;
  Result<Tagged<Certificate>> GetCertificate(const std::string& id) const;
  Result<Page<CertificateSummary>> ListCertificates(const Query& query) const;
  Result<Tagged<Certificate>> UpdateCertificate(const std::string& id,
                                                const UpdateCertificateDetails& details,
                                                const CallOptions& options = {}) const;
  Result<Tagged<CertificateVersion>> GetCertificateVersion(const std::string& id,
                                                           int64_t version_number) const;
  Result<Page<CertificateVersion>> ListCertificateVersions(const std::string& id,
                                                           const Query& query = {}) const;
  Result<void> ScheduleCertificateDeletion(const std::string& id,
                                           const ScheduleDeletionDetails& details,
                                           const CallOptions& options = {}) const;
  Result<void> CancelCertificateDeletion(const std::string& id,
                                         const CallOptions& options = {}) const;
  Result<Tagged<Association>> GetAssociation(const std::string& id) const;
  Result<Page<Association>> ListAssociations(const Query& query) const;
  // With the private key the answer is a secret: it is never logged, and never stored but 0600.
  Result<CertificateBundle> GetCertificateBundle(const std::string& certificate_id, BundleType type,
                                                 const BundleSelector& selector = {}) const;
  Result<CertificateAuthorityBundle> GetCertificateAuthorityBundle(
      const std::string& authority_id, const BundleSelector& selector = {}) const;

  // Our own, /20260101.
  Result<AttachAnswer> Attach(const AttachDetails& details, const CallOptions& options = {}) const;
  Result<DetachAnswer> Detach(const DetachDetails& details, const CallOptions& options = {}) const;
  Result<void> ForceDetach(const std::string& association_id, const ForceDetachDetails& details,
                           const CallOptions& options = {}) const;
  Result<ObservationsAnswer> CreateObservations(const CreateObservationsDetails& details) const;
  Result<void> ReportSightings(const NodeSightings& sightings) const;
  // kSnapshotNeeded: the feed cannot be served from this position. limit 0: the service's own.
  Result<ChangeFeed> GetChangeFeed(int64_t after, const std::string& hash, int64_t limit,
                                   Duration wait) const;
  struct FeedSnapshotPage {
    FeedSnapshot snapshot;
    std::string next_page;  // Empty after the last.
  };
  Result<FeedSnapshotPage> GetFeedSnapshot(SnapshotTable table, const std::string& page) const;
  Result<Page<Rollout>> ListRollouts(const Query& query) const;  // certificateId
  // Parked while the rollout's position is not beyond `after`.
  Result<Rollout> GetRollout(const std::string& id, int64_t after = 0,
                             Duration wait = Duration::zero()) const;
  Result<void> PauseRollout(const std::string& id, const CallOptions& options = {}) const;
  Result<void> ResumeRollout(const std::string& id, const CallOptions& options = {}) const;
  Result<void> RollBackRollout(const std::string& id, const CallOptions& options = {}) const;
  Result<void> RenewCertificate(const std::string& id, const CallOptions& options = {}) const;
  Result<void> PollCertificateNow(const std::string& id, const CallOptions& options = {}) const;
  // One page; `query` may hold compartmentId, filter, search, sort, limit and page.
  Result<Page<InventoryItem>> GetInventory(const Query& query) const;
  Result<Overview> GetOverview() const;
  Result<NodeServingCollection> GetNodeServing() const;
  Result<WhyChain> GetWhy(const std::string& resource_id,
                          const std::string& certificates_resource_id) const;

 private:
  Result<void> ActOn(std::string_view collection, const std::string& id, std::string_view action,
                     const CallOptions& options) const;

  Client client_;
};

}  // namespace perennial::api::certificates
