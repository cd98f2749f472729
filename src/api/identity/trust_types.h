// SPDX-License-Identifier: Apache-2.0
// Our own calls of identity, /20260101 (wire.md): tokens, evidence, the snapshot, where things are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "http_signature/evidence.h"

namespace perennial::api::identity {

// GET /endpoints
struct Endpoints {
  std::string identity;
  std::string certificates;
  std::vector<std::string> updates;  // Any of the replicas.
  std::string load_balancer;
  std::string audit;
  friend bool operator==(const Endpoints&, const Endpoints&) = default;
};

// POST /tokens/actions/exchange, signed with keyId enrolment/<principal OCID>.
struct ExchangeTokenDetails {
  std::string public_key_pem;  // The session key, P-256.
  // What a node tells of itself on this occasion.
  std::optional<std::string> agent_version;
  std::optional<int64_t> wanted_count, served_count;
};
struct SessionToken {
  std::string token;
  Time time_expires;
};

// POST /resourcePrincipalTokens
struct CreateResourcePrincipalTokensDetails {
  std::vector<std::string> resource_ids;  // At most 1000.
  std::string public_key_pem;
};
struct ResourcePrincipalToken {
  std::string resource_id;
  std::string token;
  Time time_expires;
};
struct ResourcePrincipalTokens {
  std::vector<ResourcePrincipalToken> items;  // What is not placed on the node is absent.
};

// GET /tokenKeys: JWKs of identity's P-256 keys. `state` is NEXT, CURRENT or RETIRED.
struct TokenKey {
  std::string kid, kty, crv, x, y;
  std::string alg;  // ES256
  std::string use;  // sig
  std::string state;
};
struct TokenKeys {
  std::vector<TokenKey> keys;
};

// POST /evidence/actions/verify
struct Want {
  std::string permission;                  // "CERTIFICATE_READ"
  std::optional<std::string> resource_id;  // One of the two.
  std::optional<std::string> compartment_id;
};
struct VerifyEvidenceDetails {
  std::string presenter;  // OCID of the service that presented it.
  http_signature::Evidence evidence;
  std::vector<Want> wants;
};
struct VerifiedEvidence {
  std::string user_id;
  std::string user_name;
  std::string tenancy_id;
  Time signed_date;
  std::string digest;         // SHA-256 of the signing string, lower-case hex.
  int64_t position = 0;       // Of the facts that `allowed` was judged by.
  std::vector<bool> allowed;  // One for each want, in order.
  // What is kept for ever, so that `perennial why` can verify it again.
  std::string signing_string;
  std::string signature;  // Base64.
  std::string algorithm;
  std::string key_id;
  std::string public_key_pem;
};

// POST /serverCertificates, by enrolment key.
struct CreateServerCertificateDetails {
  std::string public_key_pem;
  std::vector<std::string> names;
};
struct ServerCertificate {
  std::string certificate_chain_pem;  // Leaf first, without the platform CA.
  Time time_expires;
};

// GET /authorizationSnapshot?after=P&waitSeconds=. A value that is absent or null says that the
// fact is gone.
struct SnapshotEntry {
  std::string kind, id;
  RawJson value;
};
struct AuthorizationSnapshot {
  int64_t position = 0;
  bool full = false;  // What is not in `entries` is gone.
  std::vector<SnapshotEntry> entries;
};

}  // namespace perennial::api::identity
