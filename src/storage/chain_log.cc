// SPDX-License-Identifier: Apache-2.0
#include "storage/chain_log.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/encoding.h"

namespace perennial::storage {
namespace {

// The name becomes part of the SQL text, where no parameter can stand.
bool IsName(std::string_view name) {
  if (name.empty()) return false;
  for (const char c : name) {
    if ((c < 'a' || c > 'z') && c != '_') return false;
  }
  return true;
}

ChainEntry EntryOf(const Row& row) { return {row.Int(0), row.Text(1), row.Text(2)}; }

std::unexpected<Error> SnapshotNeeded(int64_t position) {
  return Fail(ErrorCode::kSnapshotNeeded,
              fmt::format("the log cannot be continued from position {}", position));
}

}  // namespace

std::string ChainHash(std::string_view previous_hash, int64_t position, std::string_view payload) {
  const auto previous = HexDecode(previous_hash);
  CHECK(previous && previous->size() == 32);
  std::string text(AsText(*previous));
  for (int shift = 56; shift >= 0; shift -= 8) {
    text.push_back(static_cast<char>(static_cast<uint64_t>(position) >> shift));
  }
  text += payload;
  return HexEncode(Sha256(text));
}

std::string ChainLogSchema(std::string_view name) {
  CHECK(IsName(name));
  return fmt::format(
      "CREATE TABLE {0}_head ("
      "  only_row BIGINT NOT NULL PRIMARY KEY CHECK (only_row = 1),"
      "  position BIGINT NOT NULL,"
      "  hash TEXT NOT NULL);"
      "INSERT INTO {0}_head (only_row, position, hash) VALUES (1, 0, '{1}');"
      "CREATE TABLE {0} ("
      "  position BIGINT NOT NULL PRIMARY KEY,"
      "  hash TEXT NOT NULL,"
      "  payload TEXT NOT NULL);",
      name, kChainOrigin);
}

ChainLog::ChainLog(std::string name) : name_(std::move(name)) { CHECK(IsName(name_)); }

Result<ChainEntry> ChainLog::Append(Session& session, std::string_view payload) const {
  // The first UPDATE takes the head's row lock, so that on PostgreSQL too the next writer waits
  // here until this transaction has ended: positions are commit order (ADR-0010). RETURNING gives
  // the hash before ours.
  TRY_ASSIGN(const auto head, session.QueryOne(fmt::format(
                                  "UPDATE {}_head SET position = position + 1 WHERE only_row = 1 "
                                  "RETURNING position, hash",
                                  name_)));
  if (!head) return Fail(ErrorCode::kInternal, fmt::format("the log {} has no head", name_));
  ChainEntry entry{head->Int(0), ChainHash(head->Text(1), head->Int(0), payload),
                   std::string(payload)};
  TRY(session.Execute(
      fmt::format("INSERT INTO {} (position, hash, payload) VALUES ($1, $2, $3)", name_),
      {entry.position, entry.hash, entry.payload}));
  TRY(session.Execute(fmt::format("UPDATE {}_head SET hash = $1 WHERE only_row = 1", name_),
                      {entry.hash}));
  return entry;
}

Result<ChainEntry> ChainLog::Head(Session& session) const {
  TRY_ASSIGN(const auto head, session.QueryOne(fmt::format(
                                  "SELECT position, hash FROM {}_head WHERE only_row = 1", name_)));
  if (!head) return Fail(ErrorCode::kInternal, fmt::format("the log {} has no head", name_));
  return ChainEntry{head->Int(0), head->Text(1), {}};
}

Result<std::vector<ChainEntry>> ChainLog::After(Session& session, int64_t position,
                                                std::string_view hash, int64_t limit) const {
  TRY_ASSIGN(const auto head, Head(session));
  // A reader that is ahead of us has seen a history that we lost, for example by restoring a
  // backup.
  if (position < 0 || position > head.position) return SnapshotNeeded(position);

  std::string hash_here;
  if (position == head.position) {
    hash_here = head.hash;
  } else if (position == 0) {
    hash_here = kChainOrigin;
  } else {
    TRY_ASSIGN(const auto row,
               session.QueryOne(fmt::format("SELECT hash FROM {} WHERE position = $1", name_),
                                {position}));
    if (!row) return SnapshotNeeded(position);
    hash_here = row->Text(0);
  }
  if (!hash.empty() && hash != hash_here) return SnapshotNeeded(position);

  TRY_ASSIGN(const auto rows,
             session.Query(fmt::format("SELECT position, hash, payload FROM {} WHERE position > $1 "
                                       "ORDER BY position LIMIT $2",
                                       name_),
                           {position, limit}));
  std::vector<ChainEntry> entries;
  entries.reserve(rows.size());
  for (const auto& row : rows) entries.push_back(EntryOf(row));
  // From position 0 nothing says yet whether the first rows are still there.
  if (position < head.position && limit > 0 &&
      (entries.empty() || entries.front().position != position + 1)) {
    return SnapshotNeeded(position);
  }
  return entries;
}

Result<void> ChainLog::Prune(Session& session, int64_t position) const {
  TRY(session.Execute(fmt::format("DELETE FROM {} WHERE position <= $1", name_), {position}));
  return {};
}

}  // namespace perennial::storage
