// SPDX-License-Identifier: Apache-2.0
// Does the user's own signature hold? Judged here, on the user's machine, from nothing but what was
// signed and the public key: a service that lies about it is found out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/certificates/rollout_types.h"
#include "pki/key.h"

namespace perennial::cli {

// One thing that was looked at.
struct Check {
  bool holds = false;
  std::string text;  // What holds, or what is wrong.
};

struct EvidenceReport {
  std::vector<Check> checks;
  std::string
      request;  // "post /20170115/loadBalancers/…/listeners", as signed; empty: not readable.
  bool Holds() const;
};

// What the evidence is to prove.
struct EvidenceSubject {
  std::string resource_id;  // The load balancer.
  // The user's key as this machine has it, when the user asking is the user who signed.
  std::optional<pki::PublicKey> own_key;
};

// CheckEvidence verifies the signature over the signing string under the public key, and that the
// rest of what the service says follows from it: the digest, the key's fingerprint and the user in
// its key id, the date, and that the request was about this resource, by its path or, for a request
// that created it, by the id that derives from the digest. Pure.
EvidenceReport CheckEvidence(const api::certificates::WhyEvidence& evidence,
                             const EvidenceSubject& subject);

}  // namespace perennial::cli
