// SPDX-License-Identifier: Apache-2.0
#include "storage/postgres_connection.h"

#include <endian.h>
#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "base/check.h"
#include "base/encoding.h"
#include "base/log.h"
#include "storage/postgres_sql.h"

namespace perennial::storage {
namespace {

constexpr size_t kPreparedMax = 512;

// Object ids of types, fixed since PostgreSQL's first day (pg_type.dat).
enum Type : Oid {
  kInferred = 0,
  kBool = 16,
  kBytea = 17,
  kName = 19,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kText = 25,
  kVarchar = 1043,
};
constexpr int kBinary = 1;

struct ResultDeleter {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, ResultDeleter>;

bool Succeeded(const PGresult* result) {
  const auto status = PQresultStatus(result);
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

Type TypeOf(const Value& value) {
  const auto& held = value.held();
  if (std::holds_alternative<int64_t>(held)) return kInt8;
  if (std::holds_alternative<std::string>(held)) return kText;
  if (std::holds_alternative<Blob>(held)) return kBytea;
  return kInferred;
}

// The parameters of one statement as libpq wants them. Lives as long as the values do.
class Parameters {
 public:
  explicit Parameters(const std::vector<Value>& values) : numbers_(values.size()) {
    for (size_t i = 0; i < values.size(); ++i) Add(values[i], numbers_[i]);
  }
  int count() const { return static_cast<int>(addresses_.size()); }
  const char* const* addresses() const { return addresses_.data(); }
  const int* sizes() const { return sizes_.data(); }
  const int* formats() const { return formats_.data(); }

 private:
  void Add(const Value& value, uint64_t& number) {
    const char* address = nullptr;
    size_t size = 0;
    const auto& held = value.held();
    if (const auto* integer = std::get_if<int64_t>(&held)) {
      number = htobe64(static_cast<uint64_t>(*integer));
      address = reinterpret_cast<const char*>(&number);
      size = sizeof number;
    } else if (const auto* text = std::get_if<std::string>(&held)) {
      address = text->c_str();
      size = text->size();
    } else if (const auto* blob = std::get_if<Blob>(&held)) {
      // An empty vector may have no address, and libpq would take that for NULL.
      address = blob->empty() ? "" : reinterpret_cast<const char*>(blob->data());
      size = blob->size();
    }
    addresses_.push_back(address);
    sizes_.push_back(static_cast<int>(size));
    formats_.push_back(kBinary);
  }

  std::vector<uint64_t> numbers_;
  std::vector<const char*> addresses_;
  std::vector<int> sizes_;
  std::vector<int> formats_;
};

// A number of 1, 2, 4 or 8 bytes, big endian.
int64_t ReadInt(const char* bytes, int size) {
  const bool negative = size > 1 && (static_cast<unsigned char>(bytes[0]) & 0x80) != 0;
  uint64_t number = negative ? ~uint64_t{0} : 0;
  for (int i = 0; i < size; ++i) number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return static_cast<int64_t>(number);
}

Result<Value> ReadColumn(const PGresult* result, int row, int column) {
  if (PQgetisnull(result, row, column) != 0) return Value();
  const char* const bytes = PQgetvalue(result, row, column);
  const int size = PQgetlength(result, row, column);
  switch (PQftype(result, column)) {
    case kBool:
    case kInt2:
    case kInt4:
    case kInt8:
      return Value(ReadInt(bytes, size));
    case kText:
    case kVarchar:
    case kName:
      return Value(std::string(bytes, static_cast<size_t>(size)));
    case kBytea:
      return Value(Blob(bytes, bytes + size));
    default:
      return Fail(ErrorCode::kInternal, fmt::format("a column has the type {}; cast it to BIGINT, "
                                                    "TEXT or BYTEA",
                                                    PQftype(result, column)));
  }
}

void OnNotice(void*, const char* message) { Log(LogLevel::kDebug, "storage", message); }

}  // namespace

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::Open(
    const PostgresAddress& address) {
  std::unique_ptr<PostgresConnection> connection(new PostgresConnection(address));
  TRY(connection->Connect());
  return connection;
}

PostgresConnection::~PostgresConnection() { PQfinish(handle_); }

bool PostgresConnection::IsBroken() const { return PQstatus(handle_) != CONNECTION_OK; }

Result<void> PostgresConnection::Connect() {
  PQfinish(handle_);
  handle_ = nullptr;
  leads_ = false;
  prepared_.clear();
  // Later words win over the URL's. read-write: among several hosts the one that is not a standby,
  // so that readers see what writers were told is there.
  const char* const words[] = {"dbname",
                               "user",
                               "client_encoding",
                               "target_session_attrs",
                               "fallback_application_name",
                               "connect_timeout",
                               "keepalives_idle",
                               "keepalives_interval",
                               "keepalives_count",
                               "tcp_user_timeout",
                               nullptr};
  const char* const values[] = {address_.url.c_str(),
                                address_.schema.c_str(),
                                "UTF8",
                                "read-write",
                                "perennial",
                                "5",
                                "5",
                                "3",
                                "3",
                                "15000",
                                nullptr};
  handle_ = PQconnectdbParams(words, values, 1);
  CHECK(handle_ != nullptr);
  if (IsBroken()) {
    return Fail(ErrorCode::kUnavailable,
                fmt::format("cannot connect as {}: {}", address_.schema, PQerrorMessage(handle_)));
  }
  PQsetNoticeProcessor(handle_, OnNotice, nullptr);
  return Configure();
}

Result<void> PostgresConnection::Configure() {
  // An administrator may make commits safer than this, never less safe: what we acknowledge is
  // durable.
  TRY(
      Control("SET standard_conforming_strings = on; SET lock_timeout = '20s';"
              "SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = '60s';"
              "SELECT set_config('synchronous_commit', 'on', false)"
              "  WHERE current_setting('synchronous_commit') IN ('off', 'local')"));
  TRY_ASSIGN(const auto found,
             Run("SELECT set_config('search_path', quote_ident($1), false),"
                 "  (SELECT COUNT(*) FROM pg_namespace WHERE nspname = $1),"
                 "  pg_encoding_to_char(encoding), datcollate, current_setting('fsync')"
                 "  FROM pg_database WHERE datname = current_database()",
                 {address_.schema}));
  const auto& row = found.rows.front();
  if (row.Int(1) == 0) {
    return Fail(ErrorCode::kNotFound, fmt::format("there is no schema {}", address_.schema));
  }
  if (row.Text(2) != "UTF8" ||
      !std::set<std::string>{"C", "POSIX", "C.UTF-8", "C.utf8"}.contains(row.Text(3))) {
    return Fail(ErrorCode::kIncorrectState,
                fmt::format("the database has encoding {} and collation {}; make it with encoding "
                            "UTF8 and collation C",
                            row.Text(2), row.Text(3)));
  }
  if (row.Text(4) != "on") {
    return Fail(ErrorCode::kIncorrectState,
                "the server runs with fsync = off, so nothing that it acknowledges is durable");
  }
  return {};
}

std::unexpected<Error> PostgresConnection::Failure(const pg_result* result,
                                                   std::string_view sql) const {
  const char* const field = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const std::string state = field == nullptr ? "" : field;
  const char* const constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
  const char* const primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  // Never the detail: it holds the values of the row.
  const auto message = fmt::format(
      "{}{}{} (PostgreSQL {}) in: {}", primary == nullptr ? PQerrorMessage(handle_) : primary,
      constraint == nullptr ? "" : " ", constraint == nullptr ? "" : constraint, state,
      sql.substr(0, 200));
  return Fail(IsBroken() ? ErrorCode::kUnavailable : CodeOfSqlState(state), message);
}

Result<std::string> PostgresConnection::Prepare(std::string_view sql,
                                                const std::vector<Value>& parameters) {
  std::vector<Oid> types;
  std::string key(sql);
  for (const auto& value : parameters) {
    types.push_back(TypeOf(value));
    key += '\0';
    key += std::to_string(types.back());
  }
  if (const auto found = prepared_.find(key); found != prepared_.end()) return found->second;
  if (!IsOrdinaryStatement(sql)) {
    return Fail(ErrorCode::kInternal,
                fmt::format("this statement is not for a service: {}", sql.substr(0, 200)));
  }
  TRY(CheckPlaceholders(sql, parameters.size()));
  if (prepared_.size() >= kPreparedMax) {
    TRY(Control("DEALLOCATE ALL"));
    prepared_.clear();
  }
  const auto name = fmt::format("s{}", prepared_.size());
  const ResultPtr result(PQprepare(handle_, name.c_str(), std::string(sql).c_str(),
                                   static_cast<int>(types.size()), types.data()));
  if (!Succeeded(result.get())) return Failure(result.get(), sql);
  prepared_.emplace(std::move(key), name);
  return name;
}

Result<Connection::Answer> PostgresConnection::Run(std::string_view sql,
                                                   const std::vector<Value>& parameters) {
  for (const auto& value : parameters) {
    if (const auto* text = std::get_if<std::string>(&value.held());
        text != nullptr && (text->contains('\0') || !IsUtf8(*text))) {
      return Fail(ErrorCode::kInvalidArgument, "a text is not UTF-8 or holds a NUL character");
    }
  }
  TRY_ASSIGN(const auto name, Prepare(sql, parameters));
  const Parameters bound(parameters);
  const ResultPtr result(PQexecPrepared(handle_, name.c_str(), bound.count(), bound.addresses(),
                                        bound.sizes(), bound.formats(), kBinary));
  if (!Succeeded(result.get())) return Failure(result.get(), sql);
  Answer answer;
  const int columns = PQnfields(result.get());
  const int rows = PQntuples(result.get());
  answer.rows.reserve(static_cast<size_t>(rows));
  for (int row = 0; row < rows; ++row) {
    std::vector<Value> values;
    values.reserve(static_cast<size_t>(columns));
    for (int column = 0; column < columns; ++column) {
      TRY_ASSIGN(auto value, ReadColumn(result.get(), row, column));
      values.push_back(std::move(value));
    }
    answer.rows.emplace_back(std::move(values));
  }
  // PQcmdTuples counts the rows of a SELECT too.
  if (!std::string_view(PQcmdStatus(result.get())).starts_with("SELECT")) {
    answer.changed = std::strtoll(PQcmdTuples(result.get()), nullptr, 10);
  }
  return answer;
}

Result<void> PostgresConnection::Control(const char* sql) {
  const ResultPtr result(PQexec(handle_, sql));
  if (!Succeeded(result.get()) && PQresultStatus(result.get()) != PGRES_EMPTY_QUERY) {
    return Failure(result.get(), sql);
  }
  return {};
}

Result<void> PostgresConnection::Apply(const Migration& migration) {
  TRY(Control(std::string(migration.sql).c_str()));
  return Control(std::string(migration.postgres_sql).c_str());
}

Result<bool> PostgresConnection::Lead() {
  if (leads_) return true;
  // A lock of the session, not of the transaction: beside that of BeginWrite, hence another seed.
  TRY_ASSIGN(const auto answer,
             Run("SELECT CAST(CAST(pg_try_advisory_lock(hashtextextended(current_schema(), 1)) "
                 "AS INTEGER) AS BIGINT)",
                 {}));
  leads_ = answer.rows.front().Int(0) != 0;
  return leads_;
}

Result<void> PostgresConnection::Begin(const char* sql) {
  if (!IsBroken()) {
    auto begun = Control(sql);
    if (begun || !IsBroken()) return begun;
  }
  TRY(Connect());
  return Control(sql);
}

Result<void> PostgresConnection::BeginRead() {
  return Begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
}

Result<void> PostgresConnection::BeginWrite() {
  // The lock makes writers of all processes follow each other, as on SQLite; each statement after
  // it sees what the writer before has committed. The chained logs would order them at their heads
  // anyway (ADR-0010).
  return Begin(
      "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"
      "SELECT pg_advisory_xact_lock(hashtextextended(current_schema(), 0))");
}

Result<void> PostgresConnection::BeginMember() {
  return Control("SAVEPOINT member; SET CONSTRAINTS ALL DEFERRED");
}

Result<void> PostgresConnection::EndMember() {
  return Control("SET CONSTRAINTS ALL IMMEDIATE; RELEASE SAVEPOINT member");
}

Result<void> PostgresConnection::UndoMember() {
  return Control("ROLLBACK TO SAVEPOINT member; RELEASE SAVEPOINT member");
}

Result<void> PostgresConnection::Commit() {
  const ResultPtr result(PQexec(handle_, "COMMIT"));
  // The server may have committed before the connection was lost.
  if (IsBroken()) {
    auto lost = Failure(result.get(), "COMMIT");
    lost.error().code = ErrorCode::kUnknownOutcome;
    return lost;
  }
  if (!Succeeded(result.get())) return Failure(result.get(), "COMMIT");
  // A transaction that had failed answers to COMMIT with ROLLBACK.
  if (std::string_view(PQcmdStatus(result.get())) != "COMMIT") {
    return Fail(ErrorCode::kUnavailable, "the transaction was rolled back instead of committed");
  }
  return {};
}

void PostgresConnection::Rollback() { (void)Control("ROLLBACK"); }

bool PostgresConnection::InTransaction() const {
  const auto status = PQtransactionStatus(handle_);
  return status != PQTRANS_IDLE && status != PQTRANS_UNKNOWN;
}

Result<std::unique_ptr<Database>> OpenPostgres(const PostgresAddress& address, int readers) {
  TRY_ASSIGN(auto writer, PostgresConnection::Open(address));
  std::vector<std::unique_ptr<Connection>> pool;
  for (int i = 0; i < readers; ++i) {
    TRY_ASSIGN(auto reader, PostgresConnection::Open(address));
    pool.push_back(std::move(reader));
  }
  return MakeDatabase(std::move(writer), std::move(pool));
}

}  // namespace perennial::storage
