// SPDX-License-Identifier: Apache-2.0
// What must hold of a bundle before any proxy sees it (protocols.md §5, invariant I6). Stricter
// than the proxies: HAProxy commits an expired certificate with "Success!", and one bad file stops
// its next start.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/installer.h"
#include "base/error.h"
#include "base/secret_bytes.h"
#include "base/time.h"

namespace perennial::agent {

// As read from GetCertificateBundle. Nothing in it is trusted yet.
struct FetchedBundle {
  int64_t version = 0;
  std::string certificate_pem;
  std::string chain_pem;
  SecretBytes private_key_pem;
};

// What this node serves for the association now.
struct ServedVersion {
  int64_t version = 0;
  std::string fingerprint_sha256;
  std::vector<std::string> dns_names;
  Time not_after;
};

struct GateContext {
  std::string association_id;
  int64_t wanted_version = 0;
  std::optional<ServedVersion> served;
  bool is_rollback = false;  // The control plane wants an older version back.
  Time now;
};

// CheckBundle parses, judges and encodes anew. kInvalidArgument says in words which rule failed:
// another version than wanted, older than served without a rollback, key of another certificate,
// chain out of order or not ending in a self-signed root, chain not valid now, no serverAuth, a
// name lost that the served version has.
Result<ServingBundle> CheckBundle(FetchedBundle bundle, const GateContext& context);

}  // namespace perennial::agent
