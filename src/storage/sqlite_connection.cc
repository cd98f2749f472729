// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite_connection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "base/check.h"
#include "base/encoding.h"
#include "base/log.h"
#include "base/proof.h"

namespace perennial::storage {
namespace {

constexpr size_t kPreparedMax = 512;
constexpr int kCheckpointPages = 1000;
constexpr int kOtherProcessWait_ms = 5000;

// A kernel that failed to sync may report success for the same pages next time although they are
// lost (reliability.md R03). So we never go on: the restart reads what the disk really holds.
void StopIfSyncFailed(int code) {
  if (code != SQLITE_IOERR_FSYNC && code != SQLITE_IOERR_DIR_FSYNC) return;
  Log(LogLevel::kError, "storage",
      "the disk failed to sync; stopping, because its state is unknown");
  std::abort();
}

ErrorCode CodeOf(int extended) {
  switch (extended) {
    case SQLITE_CONSTRAINT_NOTNULL:
    case SQLITE_CONSTRAINT_DATATYPE:
    case SQLITE_CONSTRAINT_ROWID:
      return ErrorCode::kInternal;
    default:
      break;
  }
  switch (extended & 0xff) {
    case SQLITE_CONSTRAINT:
      return ErrorCode::kConflict;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_INTERRUPT:
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
    case SQLITE_PERM:
    case SQLITE_NOTADB:
      return ErrorCode::kUnavailable;
    default:
      return ErrorCode::kInternal;
  }
}

// `$7` is a named parameter to SQLite: its index is the order of appearance, its number is in the
// name.
std::optional<size_t> NumberOf(const char* name) {
  if (name == nullptr || name[0] != '$') return std::nullopt;
  const std::string_view digits(name + 1);
  size_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number == 0)
    return std::nullopt;
  return number;
}

int BindOne(sqlite3_stmt* statement, int index, const Value& value) {
  const auto& held = value.held();
  if (const auto* number = std::get_if<int64_t>(&held)) {
    return sqlite3_bind_int64(statement, index, *number);
  }
  // SQLITE_STATIC: the parameters outlive the step, and the bindings are cleared after it.
  if (const auto* text = std::get_if<std::string>(&held)) {
    return sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC,
                               SQLITE_UTF8);
  }
  if (const auto* blob = std::get_if<Blob>(&held)) {
    // An empty vector has no address, and SQLite would take that for NULL.
    if (blob->empty()) return sqlite3_bind_zeroblob(statement, index, 0);
    return sqlite3_bind_blob64(statement, index, blob->data(), blob->size(), SQLITE_STATIC);
  }
  return sqlite3_bind_null(statement, index);
}

Result<Value> ReadColumn(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL:
      return Value();
    case SQLITE_INTEGER:
      return Value(static_cast<int64_t>(sqlite3_column_int64(statement, column)));
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      const auto size = static_cast<size_t>(sqlite3_column_bytes(statement, column));
      return Value(std::string(text, size));
    }
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const uint8_t*>(sqlite3_column_blob(statement, column));
      const auto size = static_cast<size_t>(sqlite3_column_bytes(statement, column));
      return Value(bytes == nullptr ? Blob() : Blob(bytes, bytes + size));
    }
    default:
      return Fail(ErrorCode::kInternal, "a column holds a floating-point number");
  }
}

// Leaves the statement as it was found, whatever happens in between.
class StatementReset {
 public:
  explicit StatementReset(sqlite3_stmt* statement) : statement_(statement) {}
  ~StatementReset() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
  StatementReset(const StatementReset&) = delete;

 private:
  sqlite3_stmt* const statement_;
};

// Makes the file if there is none. SQLite gives the log and its index the mode of the database.
Result<void> PrepareFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
  if (fd < 0) {
    const int error = errno;
    return Fail(error == ENOENT ? ErrorCode::kNotFound : ErrorCode::kUnavailable,
                fmt::format("cannot open {}: {}", path, std::strerror(error)));
  }
  struct stat status{};
  const bool fine = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && fchmod(fd, 0600) == 0;
  close(fd);
  if (!fine) return Fail(ErrorCode::kUnavailable, fmt::format("{} is no file of ours", path));
  return {};
}

}  // namespace

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(const std::string& path, Use use) {
  sqlite3* handle = nullptr;
  // NOMUTEX: our own Mutex sees to it that a connection has one thread at a time.
  const int code =
      sqlite3_open_v2(path.c_str(), &handle,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  CHECK(handle != nullptr);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(handle));
  if (code != SQLITE_OK) return connection->Failure(code, "open");
  TRY(connection->Configure(use));
  return connection;
}

SqliteConnection::~SqliteConnection() {
  for (const auto* cache : {&prepared_, &prepared_own_}) {
    for (const auto& [sql, statement] : *cache) sqlite3_finalize(statement);
  }
  CHECK(sqlite3_close(handle_) == SQLITE_OK);
}

Result<void> SqliteConnection::Configure(Use use) {
  sqlite3_busy_timeout(handle_, kOtherProcessWait_ms);
  // "text" in double quotes is a name to PostgreSQL, so it must not pass for a string here.
  for (const int option :
       {SQLITE_DBCONFIG_DQS_DML, SQLITE_DBCONFIG_DQS_DDL, SQLITE_DBCONFIG_TRUSTED_SCHEMA}) {
    sqlite3_db_config(handle_, option, 0, nullptr);
  }
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  TRY_ASSIGN(const auto mode, Control("PRAGMA journal_mode = WAL"));
  if (mode.rows.size() != 1 || mode.rows.front().Text(0) != "wal") {
    return Fail(ErrorCode::kUnavailable, "this file system does not allow a write-ahead log");
  }
  const bool unsynced = PERENNIAL_MUTANT("storage.commit_not_synced");
  for (const auto* pragma :
       {unsynced ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL",
        "PRAGMA foreign_keys = ON", "PRAGMA temp_store = MEMORY",
        "PRAGMA case_sensitive_like = ON", "PRAGMA journal_size_limit = 67108864"}) {
    TRY(Control(pragma));
  }
  if (use == Use::kRead) TRY(Control("PRAGMA query_only = ON"));
  // SQLite's own automatic checkpoint swallows a failed sync, so we run the same one ourselves.
  sqlite3_wal_hook(handle_, &SqliteConnection::OnWalFrames, this);
  sqlite3_set_authorizer(handle_, &SqliteConnection::Authorize, this);
  own_statement_ = false;
  return {};
}

int SqliteConnection::OnWalFrames(void*, sqlite3* handle, const char* schema, int pages) {
  if (pages < kCheckpointPages) return SQLITE_OK;
  // PASSIVE waits for nobody; what readers still need stays in the log until the next time.
  StopIfSyncFailed(
      sqlite3_wal_checkpoint_v2(handle, schema, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr));
  return SQLITE_OK;
}

int SqliteConnection::Authorize(void* self, int action, const char*, const char*, const char*,
                                const char*) {
  if (static_cast<const SqliteConnection*>(self)->own_statement_) return SQLITE_OK;
  switch (action) {
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
    case SQLITE_PRAGMA:
      return SQLITE_DENY;
    default:
      return SQLITE_OK;
  }
}

std::unexpected<Error> SqliteConnection::Failure(int code, std::string_view sql) const {
  StopIfSyncFailed(code);
  return Fail(CodeOf(code), fmt::format("{} (SQLite {}) in: {}", sqlite3_errmsg(handle_), code,
                                        sql.substr(0, 200)));
}

Result<sqlite3_stmt*> SqliteConnection::Prepare(std::string_view sql) {
  auto& cache = own_statement_ ? prepared_own_ : prepared_;
  if (const auto found = cache.find(sql); found != cache.end()) return found->second;
  if (cache.size() >= kPreparedMax) {
    for (const auto& [text, statement] : cache) sqlite3_finalize(statement);
    cache.clear();
  }
  sqlite3_stmt* statement = nullptr;
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, &rest);
  if (code != SQLITE_OK) return Failure(code, sql);
  const std::string_view tail(rest, sql.data() + sql.size());
  if (statement == nullptr || tail.find_first_not_of(" \t\r\n;") != std::string_view::npos) {
    sqlite3_finalize(statement);
    return Fail(ErrorCode::kInternal,
                fmt::format("not exactly one statement: {}", sql.substr(0, 200)));
  }
  cache.emplace(sql, statement);
  return statement;
}

Result<void> SqliteConnection::Bind(sqlite3_stmt* statement, std::string_view sql,
                                    const std::vector<Value>& parameters) {
  const int count = sqlite3_bind_parameter_count(statement);
  std::vector<bool> used(parameters.size(), false);
  for (int index = 1; index <= count; ++index) {
    const auto number = NumberOf(sqlite3_bind_parameter_name(statement, index));
    if (!number || *number > parameters.size()) {
      return Fail(ErrorCode::kInternal,
                  fmt::format("a placeholder without a parameter in: {}", sql));
    }
    const auto& value = parameters[*number - 1];
    if (const auto* text = std::get_if<std::string>(&value.held());
        text != nullptr && (text->contains('\0') || !IsUtf8(*text))) {
      return Fail(ErrorCode::kInvalidArgument, "a text is not UTF-8 or holds a NUL character");
    }
    if (const int code = BindOne(statement, index, value); code != SQLITE_OK)
      return Failure(code, sql);
    used[*number - 1] = true;
  }
  for (const bool one : used) {
    if (!one)
      return Fail(ErrorCode::kInternal,
                  fmt::format("a parameter without a placeholder in: {}", sql));
  }
  return {};
}

Result<Connection::Answer> SqliteConnection::Step(sqlite3_stmt* statement, std::string_view sql) {
  Answer answer;
  const auto changes_before = sqlite3_total_changes64(handle_);
  while (true) {
    const int code = sqlite3_step(statement);
    if (code == SQLITE_DONE) break;
    if (code != SQLITE_ROW) return Failure(code, sql);
    const int columns = sqlite3_column_count(statement);
    std::vector<Value> values;
    values.reserve(static_cast<size_t>(columns));
    for (int column = 0; column < columns; ++column) {
      TRY_ASSIGN(auto value, ReadColumn(statement, column));
      values.push_back(std::move(value));
    }
    answer.rows.emplace_back(std::move(values));
  }
  // Statements that change no row leave the number of the one before.
  if (sqlite3_total_changes64(handle_) != changes_before)
    answer.changed = sqlite3_changes64(handle_);
  return answer;
}

Result<Connection::Answer> SqliteConnection::Run(std::string_view sql,
                                                 const std::vector<Value>& parameters) {
  TRY_ASSIGN(auto* const statement, Prepare(sql));
  const StatementReset reset(statement);
  TRY(Bind(statement, sql, parameters));
  return Step(statement, sql);
}

Result<void> SqliteConnection::RunScript(std::string_view sql) {
  while (sql.find_first_not_of(" \t\r\n;") != std::string_view::npos) {
    sqlite3_stmt* statement = nullptr;
    const char* rest = nullptr;
    const int code =
        sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), 0, &statement, &rest);
    if (code != SQLITE_OK) return Failure(code, sql);
    if (statement != nullptr) {
      auto answer = Step(statement, sql);
      sqlite3_finalize(statement);
      if (!answer) return std::unexpected(std::move(answer).error());
    }
    sql.remove_prefix(static_cast<size_t>(rest - sql.data()));
  }
  return {};
}

Result<Connection::Answer> SqliteConnection::Control(std::string_view sql) {
  const bool before = std::exchange(own_statement_, true);
  auto answer = Run(sql, {});
  own_statement_ = before;
  return answer;
}

Result<void> SqliteConnection::Commit() {
  if (auto done = Control("COMMIT"); !done) {
    const int code = sqlite3_extended_errcode(handle_);
    auto error = std::move(done).error();
    if (InTransaction()) Rollback();
    // A log frame that was not written whole is no commit. After any other failure of the disk or
    // of memory the frame may be there, and a restart would find it.
    const bool may_be_there = ((code & 0xff) == SQLITE_IOERR && code != SQLITE_IOERR_WRITE) ||
                              (code & 0xff) == SQLITE_NOMEM;
    if (may_be_there) error.code = ErrorCode::kUnknownOutcome;
    return std::unexpected(std::move(error));
  }
  return {};
}

Result<void> SqliteConnection::Apply(const Migration& migration) {
  TRY(RunScript(migration.sql));
  return RunScript(migration.sqlite_sql);
}

Result<void> SqliteConnection::BeginRead() {
  TRY(Control("BEGIN"));
  return {};
}

Result<void> SqliteConnection::BeginWrite() {
  TRY(Control("BEGIN IMMEDIATE"));
  return {};
}

Result<void> SqliteConnection::BeginMember() {
  TRY(Control("SAVEPOINT member"));
  return {};
}

Result<void> SqliteConnection::EndMember() {
  if (OwesForeignKeys()) return Fail(ErrorCode::kConflict, "a deferred FOREIGN KEY is broken");
  TRY(Control("RELEASE member"));
  return {};
}

Result<void> SqliteConnection::UndoMember() {
  TRY(Control("ROLLBACK TO member"));
  TRY(Control("RELEASE member"));
  return {};
}

void SqliteConnection::Rollback() { (void)Control("ROLLBACK"); }

bool SqliteConnection::InTransaction() const { return sqlite3_get_autocommit(handle_) == 0; }

bool SqliteConnection::OwesForeignKeys() const {
  int owed = 0;
  int unused = 0;
  sqlite3_db_status(handle_, SQLITE_DBSTATUS_DEFERRED_FKS, &owed, &unused, 0);
  return owed != 0;
}

Result<std::unique_ptr<Database>> OpenSqlite(const std::string& path, int readers) {
  TRY(PrepareFile(path));
  TRY_ASSIGN(auto writer, SqliteConnection::Open(path, SqliteConnection::Use::kWrite));
  std::vector<std::unique_ptr<Connection>> pool;
  for (int i = 0; i < readers; ++i) {
    TRY_ASSIGN(auto reader, SqliteConnection::Open(path, SqliteConnection::Use::kRead));
    pool.push_back(std::move(reader));
  }
  return MakeDatabase(std::move(writer), std::move(pool));
}

}  // namespace perennial::storage
