// SPDX-License-Identifier: Apache-2.0
// What `perenniald init` and `perenniald recover-admin` do about signing in, before or beside a
// running identity. Each function is one transaction with its audit record.
#pragma once

#include <string>

#include "identity/bootstrap.h"

namespace perennial::identity {

struct HostLink {
  std::string path;  // "/console/#link=pns_…", to stand behind the URL; shown once.
  std::string user_name, tenancy_name;
  Time expires_at;
};

// FirstLink makes the one-time link of a user that was just made.
Result<HostLink> FirstLink(const Bootstrap& with, const std::string& tenancy_id,
                           const std::string& user_id);

struct Recovery {
  std::string tenancy;  // Name; empty: the only one there is.
  std::string user = "administrator";
};
// RecoverUser lets somebody in again who cannot sign in, or shuts somebody out who should not have
// been: the user is active and unlocked, has no password, all its sessions are over, and there is
// a new link. kNotFound: no such tenancy or user; kInvalidArgument: several tenancies, none named.
Result<HostLink> RecoverUser(const Bootstrap& with, const Recovery& recovery);

}  // namespace perennial::identity
