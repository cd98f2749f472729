// SPDX-License-Identifier: Apache-2.0
// One record a change, a key read and a refusal. It never holds a body, a query, a key or a token.
#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "base/time.h"

namespace perennial::service {

struct AuditRecord {
  Time time;
  std::string service;    // "certificates"
  std::string operation;  // "CreateCertificate"
  std::string outcome;    // "ALLOWED" or "REFUSED"
  int64_t status = 0;  // The HTTP status of the answer; 0 for work that nobody asked for over HTTP.
  std::string
      reason;  // ALLOWED: what allowed it, statement or association. REFUSED: why, in words.
  std::string principal_id;
  std::string principal_kind;
  std::string principal_name;
  std::string tenancy_id;
  std::string credential;  // Fingerprint of the key, or the token's jti.
  std::optional<std::string> compartment_id;
  std::optional<std::string> resource_id;
  std::optional<std::string> resource_name;
  std::string request_id;
  std::string method;
  std::string path;  // Without query.
  std::string peer_address;
  RawJson details;  // A small object of the operation's own; absent when empty.
};

}  // namespace perennial::service
