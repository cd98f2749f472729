// SPDX-License-Identifier: Apache-2.0
// What one connection to one engine can do. transactions.cc makes a Database of some of them;
// nobody else includes this.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "storage/storage.h"

namespace perennial::storage {

// Used by one thread at a time. Failures are those of Session; kUnavailable, too, when the database
// has gone away: the next Begin tries to reach it again.
class Connection {
 public:
  virtual ~Connection() = default;

  struct Answer {
    std::vector<Row> rows;
    int64_t changed = 0;  // Rows that an INSERT, UPDATE or DELETE changed.
  };
  // Run executes one statement. Statements that begin or end a transaction are refused with
  // kInternal: transactions belong to the database object.
  virtual Result<Answer> Run(std::string_view sql, const std::vector<Value>& parameters) = 0;
  virtual Result<void> Apply(const Migration& migration) = 0;

  // Lead takes the lock of whoever leads, unless another connection has it; inside of a transaction
  // that writes, and beyond its end.
  virtual Result<bool> Lead() = 0;

  // BeginRead takes a snapshot; BeginWrite waits until nobody else writes, in other processes too.
  virtual Result<void> BeginRead() = 0;
  virtual Result<void> BeginWrite() = 0;

  // A member is one writer's part of a transaction that several share. EndMember fails with
  // kConflict while a deferred foreign key is broken. After UndoMember nothing of it is left; it
  // fails when the whole transaction is lost.
  virtual Result<void> BeginMember() = 0;
  virtual Result<void> EndMember() = 0;
  virtual Result<void> UndoMember() = 0;

  // Commit ends the transaction. kUnknownOutcome when it may be there although it failed.
  virtual Result<void> Commit() = 0;
  virtual void Rollback() = 0;

  // False also after a failure that made the engine roll back by itself, or cut the connection.
  virtual bool InTransaction() const = 0;
};

// MakeDatabase: `writer` alone writes, `readers` are shared out.
std::unique_ptr<Database> MakeDatabase(std::unique_ptr<Connection> writer,
                                       std::vector<std::unique_ptr<Connection>> readers);

}  // namespace perennial::storage
