// SPDX-License-Identifier: Apache-2.0
// From a signed request to the principal that made it.
#pragma once

#include <span>
#include <string>

#include "authz/principal.h"
#include "authz/snapshot.h"
#include "base/http.h"
#include "http_signature/signature.h"

namespace perennial::service {

struct AuthenticatedRequest {
  authz::Principal caller;
  http_signature::SignedFacts signed_facts;
  pki::PublicKey key;  // That verified it: what evidence keeps for ever.
};

// Authenticate finds the key that the request names in identity's facts, verifies, and says who it
// is. An API key names an active user of that tenancy; a token must be identity's, alive and not
// retired, and the request be signed by the key inside it; an enrolment key names an active
// service, node or replica, as kEnrolment. Everything else is kUnauthenticated with a short true
// reason. A pure function of its arguments.
Result<AuthenticatedRequest> Authenticate(const HttpRequest& request,
                                          const authz::Snapshot& snapshot, Time now,
                                          std::span<const std::string> accepted_hosts);

// AuthenticateEvidence is Authenticate for a request that somebody else presents later: a token
// must have been alive when the request was signed, not now. That date is within the window of
// every signature, and what was retired meanwhile is refused all the same.
Result<AuthenticatedRequest> AuthenticateEvidence(const HttpRequest& request,
                                                  const authz::Snapshot& snapshot, Time now,
                                                  std::span<const std::string> accepted_hosts);

// CheckForm refuses what cannot be an authenticated request, whoever sent it: no signature, or a
// key id of no known form. It looks at headers alone, so it costs nothing that a flood could
// exhaust.
Result<void> CheckForm(const HttpRequest& request);

// CheckPrincipal judges again, under a newer snapshot, a principal that was authenticated before:
// it must still be active, its API key still there, its token not retired, and a resource still be
// placed on the node that holds its key. kUnauthenticated if not.
Result<void> CheckPrincipal(const authz::Principal& principal, const authz::Snapshot& snapshot);

}  // namespace perennial::service
