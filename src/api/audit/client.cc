// SPDX-License-Identifier: Apache-2.0
#include "api/audit/client.h"

namespace perennial::api::audit {

Result<Page<AuditEvent>> AuditClient::ListEvents(const Window& window,
                                                 const std::string& page) const {
  return client_.CallArray<AuditEvent>(Get(MakeTarget("/20190901", {"auditEvents"},
                                                      {{"compartmentId", window.compartment_id},
                                                       {"startTime", FormatTime(window.start)},
                                                       {"endTime", FormatTime(window.end)},
                                                       {"resourceId", window.resource_id},
                                                       {"page", page}})));
}

Result<AuditVerification> AuditClient::GetVerification() const {
  return client_.Call<AuditVerification>(Get(MakeTarget("/20260101", {"audit", "verification"})));
}

Result<AuditRecords> AuditClient::GetAuditRecords(const RecordsAfter& from, Duration wait) const {
  return client_.Call<AuditRecords>(
      Get(MakeTarget("/20260101", {"auditRecords", from.service},
                     {{"after", std::to_string(from.after)},
                      {"hash", from.hash},
                      {"limit", from.limit > 0 ? std::to_string(from.limit) : std::string()},
                      {"waitSeconds", WholeSeconds(wait)}}),
          {.wait = wait}));
}

}  // namespace perennial::api::audit
