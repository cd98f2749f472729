// SPDX-License-Identifier: Apache-2.0
// Statements on what certificates, authorities and bundles have in common. All run in the caller's
// transaction; failures beside the named ones are those of storage::Session.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "certificates/control_plane/store/rows.h"
#include "storage/storage.h"

namespace perennial::certificates {

Result<std::optional<GuardedRow>> FindGuarded(storage::Session& session, const std::string& id);

// InsertGuarded: kAlreadyExists when the compartment has one of this kind and name that is not
// DELETED.
Result<void> InsertGuarded(storage::Session& session, const GuardedRow& row);

// MoveState changes the lifecycle state and raises the revision, if the state is still `from`;
// false if not. `deletion_at` is set as given. Moving what is associated, or what has issued, away
// from ACTIVE and UPDATING fails with kConflict in the database itself, so ask UsersOf and IssuedBy
// first to tell the caller why.
Result<bool> MoveState(storage::Session& session, const std::string& id, State from, State to,
                       std::optional<Time> deletion_at);

// RaiseRevision gives the resource a new etag; call it for every change, and when an association
// comes or goes.
Result<void> RaiseRevision(storage::Session& session, const std::string& id);

// Describe replaces description and tags and raises the revision.
Result<void> Describe(storage::Session& session, const std::string& id,
                      const std::optional<std::string>& description, const Tags& tags);

// UsersOf lists the resources that are associated now, oldest first.
Result<std::vector<std::string>> UsersOf(storage::Session& session, const std::string& id);

// An issuer link holds an authority while what it issued lives: not yet PENDING_DELETION.
// LinkIssuer fails with kIncorrectState when the issuer is not ACTIVE or UPDATING.
Result<void> LinkIssuer(storage::Session& session, const std::string& child_id,
                        const std::string& issuer_id);
Result<void> UnlinkIssuer(storage::Session& session, const std::string& child_id);
// IssuedBy lists the names of up to `limit` living children.
Result<std::vector<std::string>> IssuedBy(storage::Session& session, const std::string& issuer_id,
                                          int64_t limit);

// DueForDeletion lists what is PENDING_DELETION and due, the longest due first.
Result<std::vector<GuardedRow>> DueForDeletion(storage::Session& session, Time now, int64_t limit);

// CompartmentsOf lists the compartments that hold anything of this kind.
Result<std::vector<std::string>> CompartmentsOf(storage::Session& session, Kind kind);

}  // namespace perennial::certificates
