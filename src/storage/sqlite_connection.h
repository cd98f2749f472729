// SPDX-License-Identifier: Apache-2.0
// One connection to a SQLite file.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "storage/connection.h"

struct sqlite3;
struct sqlite3_stmt;

namespace perennial::storage {

// A failed sync of the disk stops the process. PRAGMA and ATTACH are refused like transactions.
class SqliteConnection final : public Connection {
 public:
  enum class Use { kRead, kWrite };

  static Result<std::unique_ptr<SqliteConnection>> Open(const std::string& path, Use use);
  ~SqliteConnection() override;
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  Result<Answer> Run(std::string_view sql, const std::vector<Value>& parameters) override;
  Result<void> Apply(const Migration& migration) override;
  Result<bool> Lead() override { return true; }
  Result<void> BeginRead() override;
  Result<void> BeginWrite() override;
  Result<void> BeginMember() override;
  Result<void> EndMember() override;
  Result<void> UndoMember() override;
  Result<void> Commit() override;
  void Rollback() override;
  bool InTransaction() const override;

 private:
  explicit SqliteConnection(sqlite3* handle) : handle_(handle) {}
  Result<void> Configure(Use use);
  // Control executes one statement of our own, which may be any.
  Result<Answer> Control(std::string_view sql);
  // RunScript executes statements without parameters, one after the other.
  Result<void> RunScript(std::string_view sql);
  // True while a deferred foreign key is broken: a commit would fail.
  bool OwesForeignKeys() const;
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
