// SPDX-License-Identifier: Apache-2.0
// Associations: the public reads (oci-api §2.2), and our own attach and detach (wire.md,
// Certificates).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/certificates/enums.h"
#include "base/time.h"
#include "http_signature/evidence.h"

namespace perennial::api::certificates {

// Association and AssociationSummary have the same fields.
struct Association {
  std::string id;
  std::string name;
  Time time_created;
  AssociationLifecycleState lifecycle_state = AssociationLifecycleState::kActive;
  std::string certificates_resource_id;
  std::string associated_resource_id;
  std::string compartment_id;
  AssociationType association_type = AssociationType::kCertificate;
};
struct AssociationCollection {
  std::vector<Association> items;
};

// A certificate, authority or bundle, and the load balancer (gateway, …) that is to read it.
struct AssociationPair {
  std::string certificates_resource_id;
  std::string resource_id;
  friend auto operator<=>(const AssociationPair&, const AssociationPair&) = default;
};

// POST /associations/actions/attach: all or nothing; the same call again gets the first answer.
struct AttachDetails {
  http_signature::Evidence evidence;
  std::vector<AssociationPair> pairs;
};
struct AttachedAssociation {
  std::string association_id;
  std::string certificates_resource_id;
  std::string resource_id;
  AssociationType association_type = AssociationType::kCertificate;
  std::optional<int64_t> current_version;  // CURRENT of the certificate when this was answered.
};
struct AttachAnswer {
  std::vector<AttachedAssociation> items;  // In the order of the pairs.
};

// POST /associations/actions/detach: a pair that is not there is not an error.
struct DetachDetails {
  std::vector<AssociationPair> pairs;
  std::optional<http_signature::Evidence> evidence;
  // Evidence signed up to here is dead too (ADR 21): the sender saw a click that was ahead of its
  // clock. Cut at what a signed date may be ahead of ours.
  std::optional<Time> signed_up_to;
  // With one pair: this association is meant, and one that was made since stays (ADR 23).
  std::optional<std::string> association_id;
};
struct DetachedPair {
  std::string certificates_resource_id;
  std::string resource_id;
  Time fence;  // Evidence signed up to here cannot attach this pair any more.
};
struct DetachAnswer {
  std::vector<DetachedPair> items;
};

// POST /associations/{id}/actions/forceDetach
struct ForceDetachDetails {
  std::string confirm_name;  // The name of the certificates resource, as typed.
};

}  // namespace perennial::api::certificates
