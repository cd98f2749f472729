// SPDX-License-Identifier: Apache-2.0
// Where the databases of the roles are: one SQLite file each in the data directory, or one schema
// each on a PostgreSQL server (ADR-0020).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "storage/storage.h"

namespace perennial::apps {

struct DatabaseConfig {
  std::string directory;  // Of the files.
  std::string url;        // postgresql://…, without a user. Empty: SQLite.
  // Whether other processes of the same role may write to it too.
  bool shared() const { return !url.empty(); }
};

// OpenDatabase opens the database of `role`, made if it is a file that is not there. Failures are
// those of OpenSqlite and OpenPostgres; for a schema that is not there the message says what to do.
Result<std::unique_ptr<storage::Database>> OpenDatabase(const DatabaseConfig& config,
                                                        std::string_view role, int readers = 4);

// HasDatabase: whether the file is there. On PostgreSQL always true: only opening tells.
bool HasDatabase(const DatabaseConfig& config, std::string_view role);

// SchemaOf is the schema of a role, and the database role that owns it: perennial_load_balancer.
std::string SchemaOf(std::string_view role);

// CheckDatabaseUrl: kInvalidArgument unless it is postgresql://… (or postgres://…) with a database
// and without user or password.
Result<void> CheckDatabaseUrl(std::string_view url);

// DatabaseSql is what an administrator of the server runs once, in the database itself.
std::string DatabaseSql();

}  // namespace perennial::apps
