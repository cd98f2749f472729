// SPDX-License-Identifier: Apache-2.0
// The real database of a process, and what can go wrong between the two.
#pragma once

#include <memory>

#include "sim/part.h"
#include "storage/storage.h"

namespace perennial::sim {

// FaultyDatabase passes everything on to `inner`, until a fault of `owner` strikes.
std::unique_ptr<storage::Database> FaultyDatabase(Part& owner,
                                                  std::unique_ptr<storage::Database> inner);

}  // namespace perennial::sim
