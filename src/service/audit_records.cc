// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "service/service.h"

namespace perennial::service {
namespace {

constexpr int64_t kRecordsPerAnswer = 500;

std::string EncodeEntries(const std::vector<storage::ChainEntry>& entries) {
  std::string body = R"({"items":[)";
  for (const auto& entry : entries) {
    if (body.back() == '}') body += ',';
    // The payload is the record's JSON as it was hashed; it must arrive byte for byte.
    body += fmt::format(R"({{"position":{},"hash":"{}","record":{}}})", entry.position, entry.hash,
                        entry.payload);
  }
  return body + "]}";
}

}  // namespace

Operation AuditRecordsOperation(Service& service) {
  const storage::ChainLog log("audit");
  return {.name = "ListAuditRecords",
          .method = "GET",
          .path = "/20260101/auditRecords/" + service.name(),
          .callers = {{authz::PrincipalKind::kService, "audit"}},
          .handler = [&service, log](Call& call) -> Result<Outcome> {
            TRY_ASSIGN(const auto after, call.QueryInt("after", 0, INT64_MAX));
            TRY_ASSIGN(const auto wait, call.WaitSeconds());
            const auto hash = call.Query("hash").value_or("");
            TRY_ASSIGN(const auto entries,
                       service.database().ReadValue([&](storage::Session& session) {
                         return log.After(session, after.value_or(0), hash, kRecordsPerAnswer);
                       }));
            if (entries.empty() && wait > Duration::zero() && !call.last_chance()) {
              return Outcome(Wait{{service.AuditTopic(), after.value_or(0)}, wait});
            }
            return Outcome(Reply::Json(EncodeEntries(entries)));
          },
          .serves_stale = true};
}

}  // namespace perennial::service
