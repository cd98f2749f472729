// SPDX-License-Identifier: Apache-2.0
#include "audit/verify.h"

#include <fmt/format.h>

namespace perennial::audit {
namespace {

constexpr int64_t kRowsPerStep = 1000;

VerifyReport& Bad(VerifyReport& report, int64_t position, std::string reason) {
  report.bad_position = position;
  report.reason = std::move(reason);
  return report;
}

}  // namespace

// Reads the rows themselves rather than ChainLog::After: a checker must not trust what it checks.
Result<VerifyReport> VerifyChain(storage::Database& database,
                                 const std::optional<storage::ChainEntry>& expected_head) {
  return database.ReadValue([&](storage::Session& session) -> Result<VerifyReport> {
    VerifyReport report;
    report.head_hash = storage::kChainOrigin;
    TRY_ASSIGN(const auto head, session.QueryOne("SELECT position, hash FROM audit_head"));
    while (true) {
      TRY_ASSIGN(const auto rows,
                 session.Query("SELECT position, hash, payload FROM audit WHERE position > $1 "
                               "ORDER BY position LIMIT $2",
                               {report.records, kRowsPerStep}));
      if (rows.empty()) break;
      for (const auto& row : rows) {
        const int64_t position = row.Int(0);
        if (position != report.records + 1) {
          return Bad(report, report.records + 1, "the record is missing");
        }
        const auto hash = storage::ChainHash(report.head_hash, position, row.Text(2));
        if (hash != row.Text(1)) {
          return Bad(report, position, "the record or its hash was changed");
        }
        if (expected_head && expected_head->position == position && expected_head->hash != hash) {
          return Bad(report, position,
                     "the chain was rewritten: its hash differs from the one noted elsewhere");
        }
        report.records = position;
        report.head_hash = hash;
      }
    }
    if (head && (head->Int(0) != report.records || head->Text(1) != report.head_hash)) {
      return Bad(report, report.records + 1, "the head names a record that is not there");
    }
    if (!head && report.records > 0) return Bad(report, report.records, "the head is missing");
    if (expected_head && expected_head->position > report.records) {
      return Bad(report, report.records + 1,
                 "the chain ends before the record that was noted elsewhere");
    }
    return report;
  });
}

}  // namespace perennial::audit
