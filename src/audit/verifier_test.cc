// SPDX-License-Identifier: Apache-2.0
#include "audit/verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/copy.h"
#include "audit/testing.h"

namespace perennial::audit {
namespace {

using std::chrono::seconds;
using testing::FakeSource;
using ::testing::HasSubstr;
using testing::NewDatabase;
using testing::ServiceWithRecords;
using testing::Sql;

class VerifierTest : public ::testing::Test {
 protected:
  VerifierTest() { Copy(); }

  void Copy() { collector_.Step(); }
  // Steps until a reading has come to its end, this way or that.
  void ReadAll() {
    while (verifier_.Step() < seconds(30)) {
    }
  }
  Verification Known() {
    return *own_->ReadValue(
        [](storage::Session& session) { return ReadVerification(session, "certificates"); });
  }
  // Reads all, and returns position and reason of what does not fit.
  std::string Finding() {
    ReadAll();
    const auto known = Known();
    return known.broken ? std::to_string(known.broken->position) + ": " + known.broken->reason
                        : "intact";
  }

  std::unique_ptr<storage::Database> service_ = ServiceWithRecords(5);
  std::unique_ptr<storage::Database> own_ =
      NewDatabase({service::ServiceSchema(), CopySchema(), VerificationSchema()});
  FakeSource source_{*service_};
  ManualClock clock_;
  Collector collector_{"certificates", source_, *own_, clock_};
  Verifier verifier_{"certificates", source_, *own_, clock_};
};

TEST_F(VerifierTest, SaysNothingBeforeItHasReadToTheEnd) {
  source_.limit = 2;
  verifier_.Step();
  EXPECT_FALSE(Known().whole);
  verifier_.Step();
  clock_.Advance(seconds(1));
  EXPECT_EQ(verifier_.Step(), seconds(30));
  const auto known = Known();
  ASSERT_TRUE(known.whole);
  EXPECT_EQ(known.whole->records, 5);
  EXPECT_EQ(known.whole->checked_at, clock_.Now());
  EXPECT_EQ(known.whole->head_hash, service_
                                        ->ReadValue([](storage::Session& session) {
                                          return storage::ChainLog("audit").Head(session);
                                        })
                                        ->hash);
}

TEST_F(VerifierTest, SaysNothingOfAChainThatIsNotCopiedYet) {
  Sql(*own_, "DELETE FROM copied_record");
  EXPECT_LT(verifier_.Step(), seconds(30));
  EXPECT_FALSE(Known().whole);
  const auto empty = ServiceWithRecords(0);
  source_.database = empty.get();
  EXPECT_EQ(verifier_.Step(), seconds(30));
  EXPECT_EQ(Known().whole->records, 0);
}

TEST_F(VerifierTest, GoesOnWhereAnotherProcessStopped) {
  source_.limit = 2;
  verifier_.Step();
  Verifier next{"certificates", source_, *own_, clock_};
  next.Step();
  EXPECT_EQ(next.Step(), seconds(30)) << "4 of 5 were read before";
}

TEST_F(VerifierTest, NamesARecordThatWasChangedAfterItWasCopied) {
  EXPECT_EQ(Finding(), "intact");
  Sql(*service_, "UPDATE audit SET payload = replace(payload, 'Op2', 'Op9') WHERE position = 3");
  EXPECT_EQ(Finding(), "3: the record or its hash was changed");
}

TEST_F(VerifierTest, NamesARecordThatWasTakenAway) {
  Sql(*service_, "DELETE FROM audit WHERE position = 2");
  EXPECT_EQ(Finding(), "2: the record is missing");
}

TEST_F(VerifierTest, NamesTheFirstRecordOfAChainThatWasRewrittenWhole) {
  const auto other = ServiceWithRecords(5, "Other");
  source_.database = other.get();
  EXPECT_THAT(Finding(), HasSubstr("1: the chain was rewritten"));
}

TEST_F(VerifierTest, SeesATailThatWasCutOff) {
  Sql(*service_, "DELETE FROM audit WHERE position > 3");
  Sql(*service_,
      "UPDATE audit_head SET position = 3, hash = (SELECT hash FROM audit WHERE position = 3)");
  EXPECT_THAT(Finding(), HasSubstr("4: the chain ends before"));
}

TEST_F(VerifierTest, BelievesItsOwnCopyNoMore) {
  Sql(*own_,
      "UPDATE copied_record SET payload = replace(payload, 'Op3', 'Op9') WHERE position = 4");
  EXPECT_EQ(Finding(), "4: the audit's copy of the record was changed");
  Sql(*own_, "DELETE FROM copied_record WHERE position = 4");
  EXPECT_EQ(Finding(), "4: the audit's copy of the record is missing");
}

TEST_F(VerifierTest, StaysBrokenUntilAWholeReadingFindsNothing) {
  Sql(*service_, "UPDATE audit SET payload = replace(payload, 'Op4', 'Op9') WHERE position = 5");
  ReadAll();
  const auto found_at = Known().broken->found_at;
  clock_.Advance(seconds(60));
  source_.limit = 2;
  verifier_.Step();
  EXPECT_TRUE(Known().broken) << "half a reading clears nothing";
  ReadAll();
  EXPECT_EQ(Known().broken->found_at, found_at) << "when it was found first";
  Sql(*service_, "UPDATE audit SET payload = replace(payload, 'Op9', 'Op4') WHERE position = 5");
  EXPECT_EQ(Finding(), "intact");
}

TEST_F(VerifierTest, CountsARecordThatCouldNotBeCopied) {
  ReadAll();
  const storage::ChainLog log("audit");
  EXPECT_TRUE(service_->Write([&](storage::Session& session) -> Result<void> {
    TRY(log.Append(session, testing::RecordAt(FromMicros(9000), "Late")));
    return {};
  }));
  Sql(*service_, "UPDATE audit SET payload = replace(payload, 'Late', 'Good') WHERE position = 6");
  Copy();
  EXPECT_EQ(Finding(), "6: the record or its hash was changed");
}

TEST_F(VerifierTest, AServiceThatIsAwayIsNoFinding) {
  ReadAll();
  source_.database = nullptr;
  verifier_.Step();
  EXPECT_FALSE(Known().broken);
  EXPECT_TRUE(Known().whole);
}

}  // namespace
}  // namespace perennial::audit
