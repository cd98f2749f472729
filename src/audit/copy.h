// SPDX-License-Identifier: Apache-2.0
// The audit role's own copy of every service's chain, and the questions that people ask of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "service/audit_record.h"
#include "storage/chain_log.h"
#include "storage/storage.h"

namespace perennial::audit {

storage::Migration CopySchema();

struct CopiedRecord {
  std::string source;  // The service that wrote it.
  int64_t position = 0;
  std::string hash;
  service::AuditRecord record;
};

// What ListEvents asks: [from, until), oldest first or newest first, beyond the record that `after`
// names.
struct EventQuery {
  std::string compartment_id;
  Time from, until;
  std::optional<std::vector<std::string>> after;  // Time in microseconds, source, position.
  int64_t limit = 100;
  // Only records about this, or whose details name it as resourceId.
  std::optional<std::string> resource_id = {};
  std::optional<std::string> outcome = {};  // Only "ALLOWED", or only "REFUSED".
  bool newest_first = false;
};

// HeadOf returns the last copied record of a source; position 0 when there is none.
Result<storage::ChainEntry> HeadOf(storage::Session& session, const std::string& source);

// TimeOfRecord returns when a copied record was written; nothing when it is not there.
Result<std::optional<Time>> TimeOfRecord(storage::Session& session, const std::string& source,
                                         int64_t position);

// Append copies one verified record. A record that names no compartment stands in its tenancy's
// root.
Result<void> Append(storage::Session& session, const std::string& source,
                    const storage::ChainEntry& entry);

// RaiseAlarm notes, once for each source and position, that a chain does not fit.
Result<void> RaiseAlarm(storage::Session& session, const std::string& source, int64_t position,
                        const std::string& reason, Time now);

struct Alarm {
  std::string source;
  int64_t position = 0;
  std::string reason;
  Time raised;
};
Result<std::vector<Alarm>> Alarms(storage::Session& session);

Result<std::vector<CopiedRecord>> Find(storage::Session& session, const EventQuery& query);

}  // namespace perennial::audit
