// SPDX-License-Identifier: Apache-2.0
// The real database of a process, and what can go wrong between the two and on the database's disk.
#pragma once

#include <functional>
#include <memory>

#include "sim/part.h"
#include "storage/storage.h"

namespace perennial::sim {

// FaultyDatabase passes everything on to the database that `open` opens, until a fault of `owner`
// strikes. A disk that is full, a sync of unknown outcome and a death within a commit strike below
// SQLite, at one of its own writes and syncs; the others between the process and its database.
Result<std::unique_ptr<storage::Database>> OpenFaultyDatabase(
    Part& owner, const std::function<Result<std::unique_ptr<storage::Database>>()>& open);

}  // namespace perennial::sim
