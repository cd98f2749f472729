// SPDX-License-Identifier: Apache-2.0
// One connection to a PostgreSQL server (15 and later), over libpq.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "storage/connection.h"

struct pg_conn;
struct pg_result;

namespace perennial::storage {

// Statements other than SELECT, VALUES, INSERT, UPDATE, DELETE, WITH, CREATE, ALTER and DROP are
// refused: whatever else there is belongs to us or to the administrator.
class PostgresConnection final : public Connection {
 public:
  // Open connects, and checks what the SQL of the services relies on. Failures are those of
  // OpenPostgres.
  static Result<std::unique_ptr<PostgresConnection>> Open(const PostgresAddress& address);
  ~PostgresConnection() override;
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  Result<Answer> Run(std::string_view sql, const std::vector<Value>& parameters) override;
  Result<void> Apply(const Migration& migration) override;
  Result<bool> Lead() override;
  Result<void> BeginRead() override;
  Result<void> BeginWrite() override;
  Result<void> BeginMember() override;
  Result<void> EndMember() override;
  Result<void> UndoMember() override;
  Result<void> Commit() override;
  void Rollback() override;
  bool InTransaction() const override;

 private:
  explicit PostgresConnection(PostgresAddress address) : address_(std::move(address)) {}
  Result<void> Connect();
  Result<void> Configure();
  bool IsBroken() const;
  // Begin sends `sql`, and once more over a new connection when the old one turns out to be cut.
  Result<void> Begin(const char* sql);
  // Control executes one or more statements of our own.
  Result<void> Control(const char* sql);
  // Prepare returns the name of the statement on the server.
  Result<std::string> Prepare(std::string_view sql, const std::vector<Value>& parameters);
  std::unexpected<Error> Failure(const pg_result* result, std::string_view sql) const;

  const PostgresAddress address_;
  pg_conn* handle_ = nullptr;
  bool leads_ = false;  // Holds the lock of Lead, which ends with the connection.
  // By SQL text and types of the parameters. They live as long as the connection.
  std::map<std::string, std::string, std::less<>> prepared_;
};

}  // namespace perennial::storage
