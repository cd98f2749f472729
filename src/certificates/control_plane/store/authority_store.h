// SPDX-License-Identifier: Apache-2.0
// Statements on certificate authorities. All run in the caller's transaction.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "certificates/control_plane/store/rows.h"
#include "service/page.h"
#include "storage/storage.h"

namespace perennial::certificates {

// InsertAuthority stores the authority with its first version, and the link to its issuer.
// kAlreadyExists for a name that is taken, kIncorrectState when the issuer is being deleted.
Result<void> InsertAuthority(storage::Session& session, const AuthorityRow& row,
                             const VersionRow& version);

Result<std::optional<AuthorityRow>> FindAuthority(storage::Session& session, const std::string& id);

struct ResourceFilter {
  std::vector<std::string> compartment_ids;  // Only there.
  std::optional<std::string> id, name, issuer_id;
  std::optional<State> state;
  service::PageRequest page;  // Sorted by TIMECREATED, NAME or EXPIRATIONDATE.
};
// Up to `page.limit` + 1 rows with their current versions: one more tells that there is a next
// page.
struct ListedAuthority {
  AuthorityRow row;
  VersionRow current;
};
Result<std::vector<ListedAuthority>> ListAuthorities(storage::Session& session,
                                                     const ResourceFilter& filter);

}  // namespace perennial::certificates
