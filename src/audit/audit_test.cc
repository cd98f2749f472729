// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/collector.h"
#include "audit/copy.h"
#include "audit/testing.h"
#include "audit/verify.h"
#include "service/service.h"

namespace perennial::audit {
namespace {

using testing::FakeSource;
using testing::NewDatabase;
using testing::ServiceWithRecords;
using testing::Sql;

TEST(VerifyChain, AcceptsAChainThatNobodyTouched) {
  auto database = ServiceWithRecords(5);
  const auto report = *VerifyChain(*database);
  EXPECT_FALSE(report.bad_position) << report.reason;
  EXPECT_EQ(report.records, 5);
}

TEST(VerifyChain, NamesTheRecordThatWasEdited) {
  auto database = ServiceWithRecords(5);
  Sql(*database, "UPDATE audit SET payload = replace(payload, 'Op2', 'Op9') WHERE position = 3");
  EXPECT_EQ(VerifyChain(*database)->bad_position, 3);
}

TEST(VerifyChain, NamesTheRecordThatWasDeleted) {
  auto database = ServiceWithRecords(5);
  Sql(*database, "DELETE FROM audit WHERE position = 2");
  EXPECT_EQ(VerifyChain(*database)->bad_position, 2);
}

TEST(VerifyChain, SeesATailThatWasCutOffTogetherWithItsHead) {
  auto database = ServiceWithRecords(5);
  const auto noted = *database->ReadValue(
      [](storage::Session& session) { return storage::ChainLog("audit").Head(session); });
  Sql(*database, "DELETE FROM audit WHERE position > 3");
  EXPECT_EQ(VerifyChain(*database)->bad_position, 4);  // The head still names it.
  Sql(*database,
      "UPDATE audit_head SET position = 3, hash = (SELECT hash FROM audit WHERE position = 3)");
  EXPECT_FALSE(VerifyChain(*database)->bad_position);         // Alone it cannot know …
  EXPECT_EQ(VerifyChain(*database, noted)->bad_position, 4);  // … but a head noted elsewhere can.
}

class CollectorTest : public ::testing::Test {
 protected:
  std::unique_ptr<storage::Database> service_ = ServiceWithRecords(4);
  std::unique_ptr<storage::Database> own_ = NewDatabase({service::ServiceSchema(), CopySchema()});
  FakeSource source_{*service_};
  ManualClock clock_;
  Collector collector_{"certificates", source_, *own_, clock_};

  int64_t Head() {
    return own_
        ->ReadValue([](storage::Session& session) { return HeadOf(session, "certificates"); })
        ->position;
  }
  std::vector<Alarm> RaisedAlarms() {
    return *own_->ReadValue([](storage::Session& session) { return Alarms(session); });
  }
};

TEST_F(CollectorTest, CopiesAChainAndFindsItsRecordsByTime) {
  collector_.Step();
  EXPECT_EQ(Head(), 4);
  const auto found = *own_->ReadValue([](storage::Session& session) {
    return Find(session,
                {.compartment_id = "c1", .from = FromMicros(2000), .until = FromMicros(4000)});
  });
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].record.operation, "Op1");
  EXPECT_EQ(found[1].record.operation, "Op2");
}

TEST_F(CollectorTest, FindsTheRecordsOfOneResource) {
  service::AuditRecord record;
  record.operation = "GetCertificateBundle";
  record.compartment_id = "c1";
  record.time = FromMicros(5000);
  const auto append = [&](int64_t position, const std::string& resource) {
    record.resource_id = resource;
    EXPECT_TRUE(own_->Write([&](storage::Session& session) {
      return Append(session, "certificates", {position, "h", EncodeJson(record)});
    }));
  };
  append(1, "ocid1.certificate.a_b");
  append(2, "ocid1.certificate.axb");
  EventQuery query{.compartment_id = "c1", .from = FromMicros(0), .until = FromMicros(99999)};
  query.resource_id = "ocid1.certificate.a_b";
  const auto found =
      *own_->ReadValue([&](storage::Session& session) { return Find(session, query); });
  ASSERT_EQ(found.size(), 1u) << "a wildcard of LIKE stands for itself";
  EXPECT_EQ(found[0].position, 1);
}

TEST_F(CollectorTest, FindsWhatWasRefusedTheNewestFirst) {
  const auto append = [&](int64_t position, const std::string& outcome) {
    const auto record = EncodeJson(service::AuditRecord{.time = FromMicros(1000 * position),
                                                        .operation = std::to_string(position),
                                                        .outcome = outcome,
                                                        .compartment_id = "c1"});
    EXPECT_TRUE(own_->Write([&](storage::Session& session) {
      return Append(session, "certificates", {position, "h", record});
    }));
  };
  for (int64_t position = 1; position <= 7; ++position) {
    append(position, position % 2 == 0 ? "REFUSED" : "ALLOWED");
  }
  EventQuery query{.compartment_id = "c1",
                   .from = FromMicros(0),
                   .until = FromMicros(99999),
                   .limit = 2,
                   .outcome = "REFUSED",
                   .newest_first = true};
  const auto find = [&] {
    return *own_->ReadValue([&](storage::Session& session) { return Find(session, query); });
  };
  const auto first = find();
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].position, 6);
  EXPECT_EQ(first[1].position, 4);
  query.after = {"4000", "certificates", "4"};
  const auto second = find();
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].position, 2);
}

TEST_F(CollectorTest, PagesWithoutLosingOrRepeating) {
  collector_.Step();
  EventQuery query{
      .compartment_id = "c1", .from = FromMicros(0), .until = FromMicros(99999), .limit = 3};
  const auto first =
      *own_->ReadValue([&](storage::Session& session) { return Find(session, query); });
  ASSERT_EQ(first.size(), 3u);
  const auto& last = first.back();
  query.after = {std::to_string(ToMicros(last.record.time)), last.source,
                 std::to_string(last.position)};
  const auto second =
      *own_->ReadValue([&](storage::Session& session) { return Find(session, query); });
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].record.operation, "Op3");
}

TEST_F(CollectorTest, RaisesAnAlarmAndStaysBeforeARecordThatDoesNotFit) {
  source_.tamper = [](auto& entries) {
    if (entries.size() > 1) entries[1].payload.replace(entries[1].payload.find("Op1"), 3, "Op9");
  };
  collector_.Step();
  EXPECT_EQ(Head(), 1);
  ASSERT_EQ(RaisedAlarms().size(), 1u);
  EXPECT_EQ(RaisedAlarms()[0].position, 2);
}

TEST_F(CollectorTest, RaisesAnAlarmWhenTheSourceWasRolledBack) {
  collector_.Step();
  Sql(*service_, "DELETE FROM audit WHERE position > 2");
  Sql(*service_,
      "UPDATE audit_head SET position = 2, hash = (SELECT hash FROM audit WHERE position = 2)");
  collector_.Step();
  EXPECT_EQ(Head(), 4);
  ASSERT_EQ(RaisedAlarms().size(), 1u);
}

}  // namespace
}  // namespace perennial::audit
