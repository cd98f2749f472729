// SPDX-License-Identifier: Apache-2.0
// What a user's signed request can authorise: one table, (method, path) → exact JSON pointers
// (protocols.md §2.3). Exactly there, not somewhere in the text: an OCID in a tag grants nothing,
// and a GET nothing at all.
//
// These functions read an evidence; they do not verify it. Identity verifies signature, body
// digest, host and date first. Pure functions; safe to call from many threads.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http_signature/evidence.h"

namespace perennial::api::evidence {

// What the request does to the resource, not to a part of it.
enum class Action { kCreate, kUpdate, kMove, kDelete };

// The operation that the user asked for.
struct Subject {
  std::string operation;  // "CreateListener"
  std::string base_path;  // "/20170115"
  std::string
      product_kind;  // "loadbalancer": also the kind of the only service that may present it.
  Action action = Action::kUpdate;
  std::string
      permission;  // "LOAD_BALANCER_UPDATE": on the resource, or, to create, in compartment_id.
  std::string resource_id;                 // From the path. Empty when the resource is new.
  std::string compartment_id;              // From the body: kCreate, and the target of kMove.
  std::vector<std::string> node_pool_ids;  // From the body: kCreate.
};

// EvidenceSubject returns the row's operation. kNotFound: no row of the table has this method and
// path; that includes a query, a trailing slash, an escape, and a path segment that is not the OCID
// or name it should be. kCannotParse, kInvalidArgument, kMissingArgument: the body is not what the
// operation needs: not strict JSON, a key twice, no compartment, no pool.
Result<Subject> EvidenceSubject(const http_signature::Evidence& evidence);

// One association that the evidence can authorise.
struct AuthorizedPair {
  std::string certificates_resource_id;
  std::string certificates_resource_type;  // "certificate", "certificateauthority" or "cabundle"
  std::string resource_id;  // From the path. Empty: the new resource (MakeDerivedOcid).
  friend auto operator<=>(const AuthorizedPair&, const AuthorizedPair&) = default;
};

// PairsAuthorizedBy lists the pairs, sorted, none twice; none for a request that only takes away.
// Errors are those of EvidenceSubject, and kInvalidArgument for what is not the OCID of the right
// type at a place of the table (security.md B21).
Result<std::vector<AuthorizedPair>> PairsAuthorizedBy(const http_signature::Evidence& evidence);

// ReadPermission returns what the user needs on a certificates resource of this type:
// CERTIFICATE_READ, CERTIFICATE_AUTHORITY_READ or CABUNDLE_READ; empty for another type.
std::string_view ReadPermission(std::string_view certificates_resource_type);

}  // namespace perennial::api::evidence
