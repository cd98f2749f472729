// SPDX-License-Identifier: Apache-2.0
// A database for a test: a SQLite file, or, where tools/testbed/postgres.py runs the test, a schema
// of its PostgreSQL server. So each test of a service runs on both engines without knowing which.
#pragma once

#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/encoding.h"
#include "storage/storage.h"

namespace perennial::storage {

// The URL of the server that the test may use, as its superuser; null: SQLite.
// lint: allow banned: a test's environment, as the runner made it
inline const char* TestPostgres() { return std::getenv("PERENNIAL_TEST_POSTGRES"); }

// RunAsSuperuser executes `sql` outside of any transaction and returns the first column of its
// rows.
inline std::vector<std::string> RunAsSuperuser(const std::string& sql) {
  PGconn* const admin = PQconnectdb((std::string(TestPostgres()) + "&user=postgres").c_str());
  PGresult* const answer = PQexec(admin, sql.c_str());
  const auto status = PQresultStatus(answer);
  EXPECT_TRUE(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
      << PQerrorMessage(admin) << " in " << sql;
  std::vector<std::string> rows;
  for (int row = 0; row < PQntuples(answer); ++row) rows.push_back(PQgetvalue(answer, row, 0));
  PQclear(answer);
  PQfinish(admin);
  return rows;
}

// PostgresAddressFor makes schema and role of `path` unless they are there, and returns where they
// are.
inline PostgresAddress PostgresAddressFor(const std::string& path) {
  const auto name = "t_" + HexEncode(Sha256(path)).substr(0, 20);
  RunAsSuperuser("DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '" + name +
                 "') THEN CREATE ROLE " + name + " LOGIN; CREATE SCHEMA AUTHORIZATION " + name +
                 "; END IF; END $$");
  return {TestPostgres(), name};
}

// OpenTestDatabase opens the database of `path`, which may be opened again, as after a restart.
inline std::unique_ptr<Database> OpenTestDatabase(const std::string& path) {
  auto database =
      TestPostgres() == nullptr ? OpenSqlite(path) : OpenPostgres(PostgresAddressFor(path));
  EXPECT_TRUE(database.has_value()) << database.error().message;
  CHECK(database.has_value());
  return std::move(*database);
}

// RemoveTestDatabase removes the files. A schema goes with its server.
inline void RemoveTestDatabase(const std::string& path) {
  for (const auto* end : {"", "-wal", "-shm"}) std::filesystem::remove(path + end);
}

// NewTestPath names a file for a database of this process; it goes, with what lies beside it, when the
// process ends.
inline std::string NewTestPath(const std::string& name) {
  struct Made {
    ~Made() {
      if (getpid() != owner) return;  // A child that left by exit().
      for (const auto& path : paths) RemoveTestDatabase(path);
    }
    const pid_t owner = getpid();
    std::vector<std::string> paths;
  };
  static Made made;
  made.paths.push_back(std::filesystem::path(::testing::TempDir()) /
                       (name + "-" + std::to_string(getpid()) + "-" +
                        std::to_string(made.paths.size()) + ".db"));
  RemoveTestDatabase(made.paths.back());  // Of an earlier process of that number.
  return made.paths.back();
}

}  // namespace perennial::storage
