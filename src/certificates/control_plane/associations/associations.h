// SPDX-License-Identifier: Apache-2.0
// Associations: made on behalf of a user whose signed request is the proof, ended by the owner of the
// resource or, by force, by a user who manages them (protocols.md §2).
#pragma once

#include <vector>

#include "certificates/control_plane/associations/association_store.h"
#include "certificates/control_plane/associations/evidence_verifier.h"
#include "certificates/control_plane/feed/feed.h"
#include "certificates/control_plane/rollout/rollouts.h"
#include "service/call.h"
#include "service/service.h"

namespace perennial::certificates {

// Safe to call from many threads. Each method answers one operation.
class Associations {
 public:
  // The references must outlive this object.
  Associations(service::Service& service, EvidenceVerifier& verifier, Feed& feed,
               Rollouts& rollouts)
      : service_(service), verifier_(verifier), feed_(feed), rollouts_(rollouts) {}

  // Attach: all pairs or none. kNotFound: no evidence that names the pairs, or another presenter's.
  // kUnauthenticated: the evidence does not verify. kRelatedNotFound: the user may not.
  // kConflict: signed before the fence, or used before and ended since. kIncorrectState: the
  // certificate is being deleted. The same evidence, pairs and presenter get the first answer.
  Result<service::Reply> Attach(service::Call& call);

  // Detach takes authority away, so the service suffices for resources of its own kind: kNotFound
  // for others. It sets the fence of each pair, whether associated or not. kConflict: what is
  // associated is younger than this request, or by a click that its sender had not seen.
  Result<service::Reply> Detach(service::Call& call);

  // ForceDetach is a user's, by typed name, and closes the pair for ten minutes.
  Result<service::Reply> ForceDetach(service::Call& call);

  Result<service::Reply> Get(service::Call& call);
  Result<service::Reply> List(service::Call& call);

  // Why answers GET /why: the chain from the click to the key.
  Result<service::Reply> Why(service::Call& call);

 private:
  struct Claim;  // What an attach was judged to do.
  Result<void> Judge(service::Call& call, Claim& claim);
  Result<service::Reply> Commit(storage::Session& session, service::Call& call,
                                const Claim& claim);
  Result<void> Record(storage::Session& session, const service::Call& call, const Claim& claim,
                      const std::string& answer);
  Result<Time> FenceOf(service::Call& call, const wire::DetachDetails& details);
  Result<Time> DateOf(service::Call& call, const wire::DetachDetails& details);
  Result<bool> End(storage::Session& session, const wire::AssociationPair& pair, const Fence& fence,
                   std::vector<wire::Change>& changes);

  service::Service& service_;
  EvidenceVerifier& verifier_;
  Feed& feed_;
  Rollouts& rollouts_;
};

}  // namespace perennial::certificates
