// SPDX-License-Identifier: Apache-2.0
#include "audit/collector.h"

#include <fmt/format.h>

#include "audit/copy.h"
#include "base/log.h"

namespace perennial::audit {
namespace {

constexpr Duration kWait = std::chrono::seconds(5);
constexpr Duration kPauseFirst = std::chrono::milliseconds(200);
constexpr Duration kPauseMax = std::chrono::seconds(5);
constexpr Duration kPauseAfterAlarm = std::chrono::seconds(30);

}  // namespace

Collector::Collector(std::string source_name, ChainSource& source, storage::Database& database,
                     Clock& clock)
    : name_(std::move(source_name)),
      source_(source),
      database_(database),
      clock_(clock),
      trouble_("audit", "an audit chain could not be read", LogField{"source", name_}) {}

Duration Collector::Step() {
  const auto collected = Collect();
  if (collected) {
    trouble_.Over();
    return pause_ = Duration::zero();
  }
  if (collected.error().code == ErrorCode::kConflict) {
    Log(LogLevel::kError, "audit", "an audit chain does not fit",
        {{"source", name_}, {"reason", collected.error().message}});
    return kPauseAfterAlarm;
  }
  trouble_.Met(collected.error().message);
  return pause_ = Longer(pause_, kPauseFirst, kPauseMax);
}

// kConflict stands for a chain that does not fit; everything else is trouble on the way.
Result<void> Collector::Collect() {
  TRY_ASSIGN(auto head, database_.ReadValue(
                            [&](storage::Session& session) { return HeadOf(session, name_); }));
  const auto alarm = [&](int64_t position, const std::string& reason) -> Result<void> {
    TRY(database_.Write([&](storage::Session& session) {
      return RaiseAlarm(session, name_, position, reason, clock_.Now());
    }));
    return Fail(ErrorCode::kConflict, fmt::format("record {}: {}", position, reason));
  };

  auto entries = source_.After(head.position, head.hash, kWait);
  if (!entries && entries.error().code == ErrorCode::kSnapshotNeeded) {
    return alarm(head.position,
                 "the service no longer has this record, or has another one in its place");
  }
  if (!entries) return std::unexpected(entries.error());
  for (const auto& entry : *entries) {
    if (entry.position != head.position + 1)
      return alarm(head.position + 1, "the record is missing");
    if (storage::ChainHash(head.hash, entry.position, entry.payload) != entry.hash) {
      return alarm(entry.position, "the record or its hash was changed");
    }
    TRY(database_.Write([&](storage::Session& session) { return Append(session, name_, entry); }));
    head = entry;
  }
  return {};
}

}  // namespace perennial::audit
