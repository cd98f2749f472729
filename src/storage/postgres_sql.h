// SPDX-License-Identifier: Apache-2.0
// What is known of PostgreSQL's SQL without asking a server. Pure.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/error.h"

namespace perennial::storage {

// CodeOfSqlState maps the five characters of an error (PostgreSQL 15, appendix A) to the failures
// of Session. An empty or unknown state is kInternal.
ErrorCode CodeOfSqlState(std::string_view state);

// IsOrdinaryStatement tells by the first word: SELECT, VALUES, INSERT, UPDATE, DELETE, WITH,
// CREATE, ALTER or DROP. Everything else begins or ends a transaction, or changes the session.
bool IsOrdinaryStatement(std::string_view sql);

// CheckPlaceholders: each of $1 … $count stands in `sql` outside of literals, quoted names and
// comments, and nothing beyond. kInternal otherwise.
Result<void> CheckPlaceholders(std::string_view sql, size_t count);

}  // namespace perennial::storage
