// SPDX-License-Identifier: Apache-2.0
#include "storage/postgres_sql.h"

#include <gtest/gtest.h>

namespace perennial::storage {
namespace {

TEST(PostgresSql, FindsThePlaceholdersThatPostgresWouldFind) {
  EXPECT_TRUE(CheckPlaceholders("SELECT $1, $2, $1", 2));
  EXPECT_TRUE(CheckPlaceholders("SELECT 1", 0));
  EXPECT_TRUE(CheckPlaceholders("SELECT '$3', \"$4\", $1 -- $5\n, $2 /* $6 */", 2));
  EXPECT_TRUE(CheckPlaceholders("SELECT 'it''s $2', $1", 1));
  EXPECT_TRUE(CheckPlaceholders("SELECT $12, $1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11", 12));

  for (const auto* sql : {"SELECT $2", "SELECT $1, $3", "SELECT '$1'", "SELECT -- $1", "SELECT $0",
                          "SELECT $1, $99999999999999999999", "SELECT 'open $1", ""}) {
    EXPECT_FALSE(CheckPlaceholders(sql, 1)) << sql;
  }
}

TEST(PostgresSql, LeavesTransactionsAndTheSessionAlone) {
  for (const auto* sql : {"SELECT 1", "  insert into x values (1)", "(SELECT 1)", "WITH a AS (x)",
                          "UPDATE x", "DELETE FROM x", "CREATE TABLE x", "DROP TABLE x"}) {
    EXPECT_TRUE(IsOrdinaryStatement(sql)) << sql;
  }
  for (const auto* sql : {"COMMIT", "begin", "ROLLBACK", "SAVEPOINT a", "SET x = 1", "", "  ",
                          "COPY x", "DO $$", "LISTEN x", "SELECTED", "/* */ COMMIT"}) {
    EXPECT_FALSE(IsOrdinaryStatement(sql)) << sql;
  }
}

TEST(PostgresSql, TellsWhatTheCallerDidFromWhatTheServerCannot) {
  EXPECT_EQ(CodeOfSqlState("23505"), ErrorCode::kConflict);
  EXPECT_EQ(CodeOfSqlState("23503"), ErrorCode::kConflict);
  EXPECT_EQ(CodeOfSqlState("P0001"), ErrorCode::kConflict);
  EXPECT_EQ(CodeOfSqlState("23502"), ErrorCode::kInternal);
  EXPECT_EQ(CodeOfSqlState("53100"), ErrorCode::kUnavailable);  // Disk full.
  EXPECT_EQ(CodeOfSqlState("40P01"), ErrorCode::kUnavailable);
  EXPECT_EQ(CodeOfSqlState("25006"), ErrorCode::kInternal);  // A reader that writes.
  EXPECT_EQ(CodeOfSqlState("42601"), ErrorCode::kInternal);
  EXPECT_EQ(CodeOfSqlState(""), ErrorCode::kInternal);
}

}  // namespace
}  // namespace perennial::storage
