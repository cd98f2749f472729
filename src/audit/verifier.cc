// SPDX-License-Identifier: Apache-2.0
#include "audit/verifier.h"

#include "audit/copy.h"
#include "base/log.h"
#include "base/metrics.h"

namespace perennial::audit {
namespace {

// A chain is read at some hundred records a second, so that nobody notices; a short one is read
// anew twice a minute.
constexpr Duration kPauseBetweenParts = std::chrono::seconds(1);
constexpr Duration kPauseBetweenReadings = std::chrono::seconds(30);
constexpr Duration kPauseAfterFailure = std::chrono::seconds(5);

constexpr const char* kSchema = R"sql(
CREATE TABLE verification (
  source TEXT PRIMARY KEY,
  position BIGINT NOT NULL,
  hash TEXT NOT NULL,
  whole_records BIGINT,
  whole_hash TEXT,
  whole_at BIGINT,
  broken_position BIGINT,
  broken_reason TEXT,
  broken_at BIGINT
);
)sql";

// The gauge says it to whoever watches metrics and not pages.
void ShowBroken(const std::string& source, bool broken) {
  GetGauge("perennial_audit_chain_broken", "1 where an audit chain does not fit.",
           {{"source", source}})
      .Set(broken ? 1 : 0);
}

Result<void> KeepPlace(storage::Session& session, const std::string& source, int64_t position,
                       const std::string& hash) {
  TRY(
      session.Execute("INSERT INTO verification (source, position, hash) VALUES ($1, $2, $3) "
                      "ON CONFLICT (source) DO UPDATE SET position = $2, hash = $3",
                      {source, position, hash}));
  return {};
}

}  // namespace

storage::Migration VerificationSchema() {
  return {.number = 3, .name = "verification of chains", .sql = kSchema};
}

Result<Verification> ReadVerification(storage::Session& session, const std::string& source) {
  Verification found{.source = source};
  TRY_ASSIGN(const auto row,
             session.QueryOne("SELECT whole_records, whole_hash, whole_at, broken_position, "
                              "broken_reason, broken_at FROM verification WHERE source = $1",
                              {source}));
  if (row && !row->IsNull(0)) found.whole = {row->Int(0), row->Text(1), row->At(2)};
  if (row && !row->IsNull(3)) found.broken = {row->Int(3), row->Text(4), row->At(5)};
  if (found.broken) return found;
  // What the Collector did not copy, because it does not fit, the Verifier does not come to.
  TRY_ASSIGN(const auto head, HeadOf(session, source));
  TRY_ASSIGN(const auto alarm,
             session.QueryOne("SELECT position, reason, raised_at FROM alarm WHERE source = $1 "
                              "AND position > $2 ORDER BY position LIMIT 1",
                              {source, head.position}));
  if (alarm) found.broken = {alarm->Int(0), alarm->Text(1), alarm->At(2)};
  return found;
}

Verifier::Verifier(std::string source_name, ChainSource& source, storage::Database& database,
                   Clock& clock)
    : name_(std::move(source_name)),
      source_(source),
      database_(database),
      clock_(clock),
      trouble_("audit", "an audit chain could not be read again", LogField{"source", name_}) {}

Duration Verifier::Step() {
  const auto pause = Read();
  if (!pause) {
    trouble_.Met(pause.error().message);
    return kPauseAfterFailure;
  }
  trouble_.Over();
  return *pause;
}

Result<Verifier::Place> Verifier::LastPlace(storage::Session& session) const {
  TRY_ASSIGN(
      const auto row,
      session.QueryOne("SELECT position, hash FROM verification WHERE source = $1", {name_}));
  if (!row) return Place{0, std::string(storage::kChainOrigin)};
  return Place{row->Int(0), row->Text(1)};
}

// Nothing is believed of either side: each hash is made anew, and both must be the same record.
Result<Verifier::Part> Verifier::Check(storage::Session& session, Place from, int64_t head,
                                       const std::vector<storage::ChainEntry>& entries) const {
  Part part{.place = std::move(from), .broken = {}};
  auto& place = part.place;
  const auto broken = [&](const char* reason) {
    part.broken = {place.position + 1, reason, clock_.Now()};
    return part;
  };
  for (const auto& entry : entries) {
    if (place.position == head) return part;  // The rest is not copied yet.
    const int64_t position = place.position + 1;
    if (entry.position != position) return broken("the record is missing");
    if (storage::ChainHash(place.hash, position, entry.payload) != entry.hash) {
      return broken("the record or its hash was changed");
    }
    TRY_ASSIGN(const auto copy, session.QueryOne("SELECT hash, payload FROM copied_record "
                                                 "WHERE source = $1 AND position = $2",
                                                 {name_, position}));
    if (!copy) return broken("the audit's copy of the record is missing");
    if (storage::ChainHash(place.hash, position, copy->Text(1)) != copy->Text(0)) {
      return broken("the audit's copy of the record was changed");
    }
    if (copy->Text(0) != entry.hash) {
      return broken("the chain was rewritten: the record is not the one that was copied");
    }
    place = {position, entry.hash};
  }
  if (entries.empty() && place.position < head) {
    return broken("the chain ends before a record that was copied");
  }
  return part;
}

Result<Duration> Verifier::Read() {
  struct Start {
    Place place;
    int64_t head = 0;
  };
  TRY_ASSIGN(const auto start, database_.ReadValue([&](storage::Session& session) -> Result<Start> {
    TRY_ASSIGN(auto place, LastPlace(session));
    TRY_ASSIGN(const auto head, HeadOf(session, name_));
    return Start{std::move(place), head.position};
  }));
  const auto entries = source_.After(start.place.position, start.place.hash, Duration::zero());
  const bool other = !entries && entries.error().code == ErrorCode::kSnapshotNeeded;
  if (!entries && !other) return std::unexpected(entries.error());

  // Right after the start nothing is copied, and so nothing can be said.
  if (start.head == 0 && entries && !entries->empty()) return kPauseBetweenParts;

  Duration pause = kPauseBetweenParts;
  TRY(database_.Write([&](storage::Session& session) -> Result<void> {
    Part part{.place = start.place, .broken = {}};
    if (other) {
      part.broken = {start.place.position,
                     "the service no longer has this record, or has another one in its place",
                     clock_.Now()};
    } else {
      TRY_ASSIGN(part, Check(session, start.place, start.head, *entries));
    }
    if (!part.broken && part.place.position < start.head) {
      return KeepPlace(session, name_, part.place.position, part.place.hash);
    }
    pause = kPauseBetweenReadings;  // The end, this way or that; the next part is the first.
    return Conclude(session, part);
  }));
  return pause;
}

Result<void> Verifier::Conclude(storage::Session& session, const Part& part) const {
  TRY(KeepPlace(session, name_, 0, std::string(storage::kChainOrigin)));
  ShowBroken(name_, part.broken.has_value());
  if (!part.broken) {
    TRY(
        session.Execute("UPDATE verification SET whole_records = $2, whole_hash = $3, "
                        "whole_at = $4, broken_position = NULL, broken_reason = NULL, "
                        "broken_at = NULL WHERE source = $1",
                        {name_, part.place.position, part.place.hash, clock_.Now()}));
    return {};
  }
  const auto& broken = *part.broken;
  Log(LogLevel::kError, "audit", "an audit chain does not fit",
      {{"source", name_},
       {"position", std::to_string(broken.position)},
       {"reason", broken.reason}});
  // The time of the finding is that of the first reading that made it.
  TRY(
      session.Execute("UPDATE verification SET "
                      "broken_at = CASE WHEN broken_position = $2 THEN broken_at ELSE $4 END, "
                      "broken_position = $2, broken_reason = $3 WHERE source = $1",
                      {name_, broken.position, broken.reason, broken.found_at}));
  return RaiseAlarm(session, name_, broken.position, broken.reason, broken.found_at);
}

}  // namespace perennial::audit
