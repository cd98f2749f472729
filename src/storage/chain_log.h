// SPDX-License-Identifier: Apache-2.0
// An append-only log in a table: positions without gaps, in commit order, each row chained to the
// one before by a hash. The audit and the change feed are both such logs (ADR-0010).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/storage.h"

namespace perennial::storage {

struct ChainEntry {
  int64_t position = 0;  // 1 is the first.
  std::string hash;  // Hex of SHA-256(previous hash ‖ position as 8 bytes, big endian ‖ payload).
  std::string payload;  // Text: UTF-8 without NUL.
};

// Hash of an empty log: 64 zeros. Position 0 has this hash.
inline constexpr std::string_view kChainOrigin =
    "0000000000000000000000000000000000000000000000000000000000000000";

std::string ChainHash(std::string_view previous_hash, int64_t position, std::string_view payload);

// A log named `name` (lower-case letters and underscores) is two tables, made by ChainLogSchema in
// a migration:
//   <name>_head(only_row, position, hash)  and  <name>(position primary key, hash, payload)
// The head row is updated by each append, so positions are commit order, never a sequence's order.
std::string ChainLogSchema(std::string_view name);

// Safe to call from many threads, each with a session of its own. Failures are those of Session.
class ChainLog {
 public:
  explicit ChainLog(std::string name);

  // Append adds a row in the caller's transaction. Make it the last statement: from here until the
  // commit every other writer waits on the head.
  Result<ChainEntry> Append(Session& session, std::string_view payload) const;

  // Head returns position and hash of the last row, payload empty; position 0 for an empty log.
  Result<ChainEntry> Head(Session& session) const;

  // After lists up to `limit` rows beyond `position`, oldest first. kSnapshotNeeded when the row at
  // `position` does not have `hash` or has been pruned (the head is never), or lies beyond the
  // head; an empty `hash` skips that comparison.
  Result<std::vector<ChainEntry>> After(Session& session, int64_t position, std::string_view hash,
                                        int64_t limit) const;

  // Prune deletes rows at or before `position`; the head stays.
  Result<void> Prune(Session& session, int64_t position) const;

 private:
  std::string name_;
};

}  // namespace perennial::storage
