// SPDX-License-Identifier: Apache-2.0
// For tests: a service with a chain of its own, read without a network.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "audit/collector.h"
#include "service/audit_record.h"
#include "service/service.h"
#include "storage/testing.h"

namespace perennial::audit::testing {

inline std::unique_ptr<storage::Database> NewDatabase(std::vector<storage::Migration> migrations) {
  auto database = storage::OpenTestDatabase(storage::NewTestPath("audit"));
  EXPECT_TRUE(storage::Migrate(*database, migrations));
  return database;
}

inline std::string RecordAt(Time time, const std::string& operation) {
  return EncodeJson(service::AuditRecord{.time = time,
                                         .service = "certificates",
                                         .operation = operation,
                                         .outcome = "ALLOWED",
                                         .tenancy_id = "t1",
                                         .compartment_id = "c1"});
}

// A service's own database with `count` records in its chain.
inline std::unique_ptr<storage::Database> ServiceWithRecords(int count,
                                                             const std::string& word = "Op") {
  auto database = NewDatabase({service::ServiceSchema()});
  const storage::ChainLog log("audit");
  for (int i = 0; i < count; ++i) {
    EXPECT_TRUE(database->Write([&](storage::Session& session) -> Result<void> {
      TRY(log.Append(session, RecordAt(FromMicros(1000 * (i + 1)), word + std::to_string(i))));
      return {};
    }));
  }
  return database;
}

inline void Sql(storage::Database& database, const char* text) {
  ASSERT_TRUE(database.Write([&](storage::Session& session) -> Result<void> {
    TRY(session.Execute(text));
    return {};
  }));
}

class FakeSource final : public ChainSource {
 public:
  explicit FakeSource(storage::Database& of) : database(&of) {}
  Result<std::vector<storage::ChainEntry>> After(int64_t position, const std::string& hash,
                                                 Duration) override {
    if (database == nullptr) return Fail(ErrorCode::kUnavailable, "the service is away");
    auto entries = database->ReadValue([&](storage::Session& session) {
      return storage::ChainLog("audit").After(session, position, hash, limit);
    });
    if (entries && tamper) tamper(*entries);
    return entries;
  }
  storage::Database* database;
  int64_t limit = 100;
  std::function<void(std::vector<storage::ChainEntry>&)> tamper;
};

}  // namespace perennial::audit::testing
