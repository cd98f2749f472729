// SPDX-License-Identifier: Apache-2.0
// One SQL text for both databases (ADR-0007): `$1` placeholders, RETURNING, ON CONFLICT. A service
// sees Database and Session only; which engine is behind them is the business of whoever opened it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace perennial::storage {

using Blob = std::vector<uint8_t>;

// A parameter or a column. Time is stored as BIGINT microseconds, bool as BIGINT 0 or 1. A string
// is text: UTF-8 without NUL, the only text that both databases hold. Bytes are a Blob.
class Value {
 public:
  Value() = default;  // NULL.
  Value(std::nullptr_t) {}
  Value(int64_t value) : held_(value) {}
  Value(int value) : held_(int64_t{value}) {}
  Value(bool value) : held_(int64_t{value}) {}
  Value(Time value) : held_(ToMicros(value)) {}
  Value(std::string value) : held_(std::move(value)) {}
  Value(std::string_view value) : held_(std::string(value)) {}
  Value(const char* value) : held_(std::string(value)) {}
  Value(Blob value) : held_(std::move(value)) {}
  template <class T>
  Value(const std::optional<T>& value) {
    if (value) *this = Value(*value);
  }

  const std::variant<std::monostate, int64_t, std::string, Blob>& held() const { return held_; }

 private:
  std::variant<std::monostate, int64_t, std::string, Blob> held_;
};

// One row of an answer. Asking for another type than the column holds is a defect and stops the
// process.
class Row {
 public:
  explicit Row(std::vector<Value> columns) : columns_(std::move(columns)) {}
  bool IsNull(size_t column) const;
  int64_t Int(size_t column) const;
  bool Bool(size_t column) const { return Int(column) != 0; }
  Time At(size_t column) const { return FromMicros(Int(column)); }
  std::string Text(size_t column) const;
  Blob Bytes(size_t column) const;
  std::optional<int64_t> OptionalInt(size_t column) const;
  std::optional<Time> OptionalTime(size_t column) const;
  std::optional<std::string> OptionalText(size_t column) const;

 private:
  std::vector<Value> columns_;
};

struct Migration;

// A transaction under way. Used by one thread; dead when the function it was handed to returns.
//
// Failures: kConflict for a broken UNIQUE, FOREIGN KEY or CHECK constraint or a RAISE(ABORT) of a
// trigger (the message names the constraint, for the log, never for the caller); kInvalidArgument
// for text that is not UTF-8 or holds a NUL; kUnavailable when the database is away or full;
// kInternal for SQL that is wrong.
//
// As in PostgreSQL, a failed statement fails the whole transaction: later statements are refused
// and Write returns the first failure even when `work` does not. To go on after a conflict, ask
// first or use ON CONFLICT.
class Session {
 public:
  virtual ~Session() = default;

  // Query returns all rows of a SELECT or of a statement with RETURNING.
  virtual Result<std::vector<Row>> Query(std::string_view sql,
                                         std::vector<Value> parameters = {}) = 0;

  // Execute returns the number of rows that an INSERT, UPDATE or DELETE changed.
  virtual Result<int64_t> Execute(std::string_view sql, std::vector<Value> parameters = {}) = 0;

  // Apply runs the statements of `migration`: those for every engine, then those for this one. For
  // Migrate.
  virtual Result<void> Apply(const Migration& migration) = 0;

  // QueryOne returns the only row, nothing when there is none; kInternal when there are more.
  Result<std::optional<Row>> QueryOne(std::string_view sql, std::vector<Value> parameters = {});

  // AfterCommit runs `action` once the transaction is durable, on the committing thread: to publish
  // news or wake a loop. It does not run after a rollback, nor when the outcome is unknown.
  virtual void AfterCommit(std::function<void()> action) = 0;
};

// Safe to call from many threads. Readers see the last committed state and never wait for a writer.
class Database {
 public:
  virtual ~Database() = default;

  // Read runs `work` on a consistent snapshot. Changes inside it are refused. A Read inside a Read
  // joins it; a Read inside a Write sees the last committed state, not what that Write has changed.
  virtual Result<void> Read(const std::function<Result<void>(Session&)>& work) = 0;

  // Write runs `work` alone among writers and commits when it returns success; an error rolls back
  // and is returned. When Write returns success the change survives a power cut. kUnknownOutcome:
  // the commit was sent and no answer came; the caller looks before it acts again. Writers that
  // wait at the same moment may share one commit; each still succeeds or fails alone. An exception
  // from `work` is kInternal. Keep slow work outside: everybody waits for it. A Write inside a
  // Write or a Read of the same thread stops the process.
  virtual Result<void> Write(const std::function<Result<void>(Session&)>& work) = 0;

  // Lead says whether this process does what only one at a time may do, of all that share the
  // database: the first that asked leads until it ends or loses its connection, and the next that
  // asks follows it. A process that was cut off learns of it when it asks again, so ask before each
  // round, and let what may not happen twice be a compare-and-set all the same. On SQLite, whose
  // file belongs to one process, the answer is always yes.
  virtual Result<bool> Lead() = 0;

  // ReadValue and WriteValue: the same for work that has something to return.
  template <class F>
  auto ReadValue(F&& work) -> decltype(work(std::declval<Session&>())) {
    return ValueOf(std::forward<F>(work), [this](const auto& w) { return Read(w); });
  }
  template <class F>
  auto WriteValue(F&& work) -> decltype(work(std::declval<Session&>())) {
    return ValueOf(std::forward<F>(work), [this](const auto& w) { return Write(w); });
  }

 private:
  template <class F, class Run>
  auto ValueOf(F&& work, Run&& run) -> decltype(work(std::declval<Session&>())) {
    using Answer = decltype(work(std::declval<Session&>()));
    std::optional<Answer> answer;
    auto outcome = run([&](Session& session) -> Result<void> {
      answer.emplace(work(session));
      if (!*answer) return std::unexpected(answer->error());
      return {};
    });
    if (!outcome) return std::unexpected(std::move(outcome).error());
    return std::move(*answer);
  }
};

// A step of a schema's history. Numbers start at 1 and grow by 1; what has shipped is never edited.
struct Migration {
  int number = 0;
  std::string_view name;
  std::string_view sql;              // One or more statements, ended by semicolons; may be empty.
  std::string_view sqlite_sql = {};  // Statements for one engine only, run after `sql`: triggers.
  std::string_view postgres_sql = {};
  // Digest of an older text that made the same tables; a database that has it needs nothing.
  std::string_view former_digest = {};
};

// Migrate brings the schema up to the last of `migrations`, each in a transaction of its own,
// recorded in schema_migration. kIncorrectState when the database is newer than this program, or
// holds a migration whose text has changed since (exit 78).
Result<void> Migrate(Database& database, std::span<const Migration> migrations);

// OpenSqlite opens or creates the file (0600), WAL, synchronous=FULL, foreign_keys=ON. One writer
// connection behind a Mutex, `readers` reading ones. ":memory:" is not offered: tests use a
// temporary file. kNotFound when the directory does not exist; kUnavailable when it is no database
// or may not be opened. When the disk fails to sync, the process is stopped: what the page cache
// then holds cannot be trusted.
Result<std::unique_ptr<Database>> OpenSqlite(const std::string& path, int readers = 4);

// Where a service's tables are on a PostgreSQL server: a schema of its own, owned by a database role
// of the same name, so that no service can read another's.
struct PostgresAddress {
  std::string url;     // postgresql://host[:port][,host…]/database[?word=value…], without a user.
  std::string schema;  // And the role to connect as.
};

// OpenPostgres connects one writer and `readers` readers; PostgreSQL 15 and later. Writers of all
// processes follow each other (an advisory lock of the schema); a connection that is lost is made
// anew by the next transaction. kUnavailable when no server answers or lets us in; kNotFound without
// the schema; kIncorrectState when the database does not sort by bytes (collation C), does not hold
// UTF-8, or the server does not sync.
Result<std::unique_ptr<Database>> OpenPostgres(const PostgresAddress& address, int readers = 4);

}  // namespace perennial::storage
