// SPDX-License-Identifier: Apache-2.0
// Statements on associations, fences and evidence. All run in the caller's transaction; failures
// beside the named ones are those of storage::Session.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/certificates/association_types.h"
#include "api/certificates/feed_types.h"
#include "api/certificates/rollout_types.h"
#include "certificates/control_plane/store/rows.h"
#include "service/page.h"
#include "storage/storage.h"

namespace perennial::certificates {

struct AssociationRow {
  std::string id, name;
  Kind kind = Kind::kCertificate;
  std::string certificates_resource_id, resource_id, resource_kind;
  Time created_at;
  std::string compartment_id;  // Of the certificates resource; read only.
};

// LockResource makes other transactions on the same certificates resource wait for this one, so that
// what is read afterwards stays true until the commit.
Result<void> LockResource(storage::Session& session, const std::string& certificates_resource_id);

Result<std::optional<AssociationRow>> FindAssociation(storage::Session& session,
                                                      const std::string& id);
Result<std::optional<AssociationRow>> FindPair(storage::Session& session,
                                               const wire::AssociationPair& pair);
Result<std::vector<AssociationRow>> AssociationsOf(storage::Session& session,
                                                   const std::string& certificates_resource_id);
// InsertAssociation: kConflict from the guard when the certificates resource is not attachable.
Result<void> InsertAssociation(storage::Session& session, const AssociationRow& row);
Result<void> DeleteAssociation(storage::Session& session, const std::string& id);

struct AssociationFilter {
  // Only associations of this kind in these compartments; none at all without an entry.
  std::vector<std::pair<Kind, std::vector<std::string>>> visible;
  std::optional<std::string> id, name, certificates_resource_id, resource_id;
  service::PageRequest page;  // Sorted by TIMECREATED or NAME.
};
// Up to `page.limit` + 1 rows: one more tells that there is a next page.
Result<std::vector<AssociationRow>> ListAssociations(storage::Session& session,
                                                     const AssociationFilter& filter);

// A pair's fence: evidence signed up to `at` is dead, and while `closed_until` has not passed all is.
struct Fence {
  Time at;
  std::optional<Time> closed_until;
  std::string set_by;
  Time set_at;
};
Result<std::optional<Fence>> FindFence(storage::Session& session,
                                       const wire::AssociationPair& pair);
// RaiseFence never lowers one, and returns what then holds.
Result<Fence> RaiseFence(storage::Session& session, const wire::AssociationPair& pair,
                         const Fence& fence);

// What is kept of a click, for ever. The body never: it can contain keys.
struct EvidenceRow {
  std::string digest, presenter_id, presenter_kind, operation;
  std::string user_id, user_name, tenancy_id;
  std::string key_id, algorithm, public_key_pem, signing_string, signature;
  Time signed_at;
  std::string pairs_digest;
  std::string answer;  // JSON, as it was given first.
  int64_t judged_at_position = 0;
  Time recorded_at;
};
Result<std::optional<EvidenceRow>> FindEvidence(storage::Session& session,
                                                const std::string& digest);
// InsertEvidence: false when this evidence is there already.
Result<bool> InsertEvidence(storage::Session& session, const EvidenceRow& row);
Result<void> InsertEvidencePair(storage::Session& session, const std::string& digest,
                                const wire::AssociationPair& pair,
                                const std::string& association_id);
// EvidenceOfAssociation lists the clicks behind an association, the first first.
Result<std::vector<EvidenceRow>> EvidenceOfAssociation(storage::Session& session,
                                                       const std::string& association_id);
// NewestClick: the latest date that was signed for an association, in whole seconds.
Result<Time> NewestClick(storage::Session& session, const std::string& association_id);

// The change that tells replicas of an association, with the version that is current now.
Result<wire::Change> CreatedChange(storage::Session& session, const AssociationRow& row);

}  // namespace perennial::certificates
