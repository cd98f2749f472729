// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/reached.h"

#include "certificates/control_plane/associations/association_store.h"
#include "certificates/control_plane/store/guarded.h"

namespace perennial::certificates {

void AboutReached(service::Call& call, storage::Database& database, const std::string& id) {
  call.About(id);
  // What cannot be read is refused all the same; only the record says less.
  [[maybe_unused]] const auto read = database.Read([&](storage::Session& session) -> Result<void> {
    TRY_ASSIGN(const auto guarded, FindGuarded(session, id));
    if (guarded) call.About(id, guarded->compartment_id, guarded->name);
    TRY_ASSIGN(const auto association, FindAssociation(session, id));
    if (association) call.About(id, association->compartment_id, association->name);
    return {};
  });
}

std::function<void(service::Call&)> ReachesByPath(storage::Database& database) {
  return [&database](service::Call& call) {
    for (const auto& [name, id] : call.path_values()) AboutReached(call, database, id);
  };
}

}  // namespace perennial::certificates
