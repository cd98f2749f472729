// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "storage/storage.h"

namespace perennial::load_balancer {

// Migrations is the whole history of the load balancer service's schema.
std::vector<storage::Migration> Migrations();

}  // namespace perennial::load_balancer
