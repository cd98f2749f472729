// SPDX-License-Identifier: Apache-2.0
// One connection to a SQLite file. Only sqlite_database.cc includes this.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "storage/storage.h"

struct sqlite3;
struct sqlite3_stmt;

namespace perennial::storage {

// Used by one thread at a time. Failures are those of Session; a failed sync of the disk stops the
// process.
class SqliteConnection {
 public:
  enum class Use { kRead, kWrite };

  static Result<std::unique_ptr<SqliteConnection>> Open(const std::string& path, Use use);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  struct Answer {
    std::vector<Row> rows;
    int64_t changed = 0;  // Rows that an INSERT, UPDATE or DELETE changed.
  };
  // Run executes one statement. BEGIN, COMMIT, SAVEPOINT, PRAGMA and ATTACH are refused:
  // transactions belong to the database object.
  Result<Answer> Run(std::string_view sql, const std::vector<Value>& parameters);

  // RunScript executes statements without parameters, one after the other.
  Result<void> RunScript(std::string_view sql);

  // Control executes one statement of our own, which may be any.
  Result<Answer> Control(std::string_view sql);

  // Commit ends the transaction. kUnknownOutcome when it may be in the log although it failed.
  Result<void> Commit();

  // False also after a failure that made SQLite roll back by itself.
  bool InTransaction() const;

  // True while a deferred foreign key is broken: a commit would fail.
  bool OwesForeignKeys() const;

 private:
  explicit SqliteConnection(sqlite3* handle) : handle_(handle) {}
  Result<void> Configure(Use use);
  Result<sqlite3_stmt*> Prepare(std::string_view sql);
  Result<void> Bind(sqlite3_stmt* statement, std::string_view sql,
                    const std::vector<Value>& parameters);
  Result<Answer> Step(sqlite3_stmt* statement, std::string_view sql);
  std::unexpected<Error> Failure(int code, std::string_view sql) const;

  static int Authorize(void* self, int action, const char*, const char*, const char*, const char*);
  static int OnWalFrames(void* self, sqlite3* handle, const char* schema, int pages);

  sqlite3* const handle_;
  bool own_statement_ = true;  // Whether the authorizer lets everything pass.
  // Two caches, so that a caller's "COMMIT" never finds ours, which the authorizer has passed.
  std::map<std::string, sqlite3_stmt*, std::less<>> prepared_;
  std::map<std::string, sqlite3_stmt*, std::less<>> prepared_own_;
};

}  // namespace perennial::storage
