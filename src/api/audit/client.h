// SPDX-License-Identifier: Apache-2.0
// The typed client of the audit role, and of the records that each service hands to it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "api/audit/types.h"
#include "api/audit/verification_types.h"
#include "api/client.h"

namespace perennial::api::audit {

// Safe to call from many threads. Errors are those of Client::Send.
class AuditClient {
 public:
  explicit AuditClient(Client client) : client_(std::move(client)) {}

  // The public API, /20190901: compartmentId, startTime ≤ eventTime < endTime. Empty pages before
  // the last are normal.
  struct Window {
    std::string compartment_id;
    Time start, end;
    std::string resource_id = {};  // Empty: of any resource.
  };
  Result<Page<AuditEvent>> ListEvents(const Window& window, const std::string& page = {}) const;

  // Our own, /20260101: what the audit role found when it read every chain again.
  Result<AuditVerification> GetVerification() const;

  // Our own, /20260101, of the service that base_url leads to. Parked while there is nothing after
  // `after`. kSnapshotNeeded: record `after` has not this hash, an alarm.
  struct RecordsAfter {
    std::string service;  // "certificates"
    int64_t after = 0;
    std::string hash;
    int64_t limit = 0;  // 0: the service's own.
  };
  Result<AuditRecords> GetAuditRecords(const RecordsAfter& from, Duration wait) const;

 private:
  Client client_;
};

}  // namespace perennial::api::audit
