// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/encoding.h"
#include "storage/storage.h"

namespace perennial::storage {
namespace {

constexpr std::string_view kHistory =
    "CREATE TABLE IF NOT EXISTS schema_migration ("
    "  number BIGINT NOT NULL PRIMARY KEY,"
    "  name TEXT NOT NULL,"
    "  digest TEXT NOT NULL)";

// Both engines' texts are in the digest: a database says which history it has, not which engine it
// runs on.
std::string DigestOf(const Migration& migration) {
  std::string text;
  for (const auto part : {migration.sql, migration.sqlite_sql, migration.postgres_sql}) {
    text += part;
    text += '\0';
  }
  return HexEncode(Sha256(text));
}

Result<void> CheckNumbers(std::span<const Migration> migrations) {
  int expected = 1;
  for (const auto& migration : migrations) {
    if (migration.number != expected) {
      return Fail(ErrorCode::kInternal,
                  fmt::format("migration {} stands where {} belongs", migration.number, expected));
    }
    ++expected;
  }
  return {};
}

// Compares the recorded history with ours and returns how many migrations the database has.
Result<size_t> CheckHistory(Session& session, std::span<const Migration> migrations) {
  TRY_ASSIGN(const auto rows,
             session.Query("SELECT number, name, digest FROM schema_migration ORDER BY number"));
  if (rows.size() > migrations.size()) {
    return Fail(ErrorCode::kIncorrectState,
                fmt::format("the database has schema {}, this program knows up to {}: install the "
                            "newer program",
                            rows.back().Int(0), migrations.size()));
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto digest = rows[i].Text(2);
    const bool ours = digest == DigestOf(migrations[i]) || digest == migrations[i].former_digest;
    if (rows[i].Int(0) != migrations[i].number || !ours) {
      return Fail(ErrorCode::kIncorrectState,
                  fmt::format("the database was made with another migration {} ({}) than this "
                              "program's ({})",
                              rows[i].Int(0), rows[i].Text(1), migrations[i].name));
    }
  }
  return rows.size();
}

}  // namespace

Result<void> Migrate(Database& database, std::span<const Migration> migrations) {
  TRY(CheckNumbers(migrations));
  TRY(database.Write([](Session& session) -> Result<void> {
    TRY(session.Execute(kHistory));
    return {};
  }));
  while (true) {
    bool done = false;
    // The history is read again in each transaction: another process may be migrating too.
    TRY(database.Write([&](Session& session) -> Result<void> {
      TRY_ASSIGN(const size_t have, CheckHistory(session, migrations));
      done = have == migrations.size();
      if (done) return {};
      const auto& next = migrations[have];
      TRY(session.Apply(next));
      TRY(session.Execute("INSERT INTO schema_migration (number, name, digest) VALUES ($1, $2, $3)",
                          {next.number, next.name, DigestOf(next)}));
      return {};
    }));
    if (done) return {};
  }
}

}  // namespace perennial::storage
