// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/storage.h"

namespace perennial::products {

// The tables of this room: the second migration of each product, after service::ServiceSchema().
storage::Migration ProductsSchema();
// What came later, under the number that the product gives it.
storage::Migration ClicksAheadSchema(int number);

}  // namespace perennial::products
