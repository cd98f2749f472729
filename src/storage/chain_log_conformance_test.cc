// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "storage/chain_log.h"
#include "storage/conformance.h"

namespace perennial::storage {
namespace {

class ChainLogConformance : public ::testing::TestWithParam<Engine> {
 protected:
  ChainLogConformance() : store_(GetParam().make()), database_(store_->Open()) {
    const std::string schema = ChainLogSchema("feed");
    const Migration migration{.number = 1, .name = "feed", .sql = schema};
    const auto made = Migrate(*database_, {&migration, 1});
    EXPECT_TRUE(made) << made.error().message;
  }

  Database& database() { return *database_; }
  Result<ChainEntry> Append(std::string_view payload) {
    return database().WriteValue([&](Session& session) { return log_.Append(session, payload); });
  }
  Result<std::vector<ChainEntry>> After(int64_t position, std::string_view hash,
                                        int64_t limit = 100000) {
    return database().ReadValue(
        [&](Session& session) { return log_.After(session, position, hash, limit); });
  }
  ChainEntry Head() {
    return *database().ReadValue([&](Session& session) { return log_.Head(session); });
  }
  void Prune(int64_t position) {
    ASSERT_TRUE(database().Write([&](Session& session) { return log_.Prune(session, position); }));
  }
  static void ExpectChain(const std::vector<ChainEntry>& entries, std::string previous,
                          int64_t position) {
    for (const auto& entry : entries) {
      EXPECT_EQ(entry.position, ++position);
      EXPECT_EQ(entry.hash, ChainHash(previous, entry.position, entry.payload));
      previous = entry.hash;
    }
  }

  const ChainLog log_{"feed"};
  std::unique_ptr<TestStore> store_;
  std::unique_ptr<Database> database_;
};

INSTANTIATE_TEST_SUITE_P(Engines, ChainLogConformance, ::testing::ValuesIn(Engines()),
                         [](const auto& info) { return info.param.name; });

TEST_P(ChainLogConformance, StartsEmptyAtTheOrigin) {
  EXPECT_EQ(Head().position, 0);
  EXPECT_EQ(Head().hash, kChainOrigin);
  EXPECT_TRUE(After(0, kChainOrigin)->empty());
  EXPECT_TRUE(After(0, "")->empty());
}

TEST_P(ChainLogConformance, ChainsEachRowToTheOneBefore) {
  ASSERT_TRUE(Append("one"));
  ASSERT_TRUE(Append("two"));
  const auto entries = After(0, kChainOrigin);
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 2u);
  ExpectChain(*entries, std::string(kChainOrigin), 0);
  EXPECT_EQ(Head().hash, entries->back().hash);
  // Fixed by hand with sha256sum: 32 zero bytes, 00 00 00 00 00 00 00 01, "one".
  EXPECT_EQ(entries->front().hash,
            "06d248ca9388b1c076a3058094c374a5dd73cac9378225829e5b316364570a50");
}

TEST_P(ChainLogConformance, HasNoGapsUnderConcurrentWritersThatAlsoFail) {
  InParallel(8, [&](int thread) {
    for (int round = 0; round < 40; ++round) {
      const auto outcome = database().Write([&](Session& session) -> Result<void> {
        TRY(log_.Append(session, std::to_string(thread) + ":" + std::to_string(round)));
        if (round % 4 == 0) return Fail(ErrorCode::kNotFound, "changed my mind");
        return {};
      });
      EXPECT_EQ(outcome.has_value(), round % 4 != 0);
    }
  });
  const auto entries = After(0, kChainOrigin);
  ASSERT_TRUE(entries);
  EXPECT_EQ(entries->size(), 8u * 30u);
  ExpectChain(*entries, std::string(kChainOrigin), 0);
}

TEST_P(ChainLogConformance, PagesFromAPositionWhoseHashFits) {
  for (const auto* payload : {"a", "b", "c", "d"}) ASSERT_TRUE(Append(payload));
  const auto first = After(0, "", 2);
  ASSERT_EQ(first->size(), 2u);
  const auto second = After(2, first->back().hash, 2);
  ASSERT_EQ(second->size(), 2u);
  EXPECT_EQ(second->front().payload, "c");
  EXPECT_TRUE(After(4, second->back().hash)->empty());
}

TEST_P(ChainLogConformance, AsksForASnapshotWhenTheReaderKnowsAnotherHistory) {
  for (const auto* payload : {"a", "b"}) ASSERT_TRUE(Append(payload));
  const std::string wrong(64, 'f');
  for (const int64_t position : {0, 1, 2}) {
    EXPECT_EQ(After(position, wrong).error().code, ErrorCode::kSnapshotNeeded) << position;
  }
  EXPECT_EQ(After(3, "").error().code, ErrorCode::kSnapshotNeeded);
  EXPECT_EQ(After(-1, "").error().code, ErrorCode::kSnapshotNeeded);
}

TEST_P(ChainLogConformance, AsksForASnapshotWhenTheRowsArePruned) {
  std::vector<ChainEntry> entries;
  for (const auto* payload : {"a", "b", "c"}) entries.push_back(*Append(payload));
  Prune(2);
  EXPECT_EQ(After(0, kChainOrigin).error().code, ErrorCode::kSnapshotNeeded);
  EXPECT_EQ(After(1, entries[0].hash).error().code, ErrorCode::kSnapshotNeeded);
  EXPECT_EQ(After(2, "").error().code, ErrorCode::kSnapshotNeeded);
  EXPECT_TRUE(After(3, entries[2].hash)->empty());

  Prune(3);
  EXPECT_EQ(After(0, "").error().code, ErrorCode::kSnapshotNeeded);
  EXPECT_TRUE(After(3, entries[2].hash)->empty());
  const auto next = Append("d");
  ASSERT_TRUE(next);
  EXPECT_EQ(next->position, 4);
  EXPECT_EQ(next->hash, ChainHash(entries[2].hash, 4, "d"));
}

TEST_P(ChainLogConformance, ANameThatIsNoNameStopsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(ChainLog("feed; DROP TABLE feed"), "IsName");
  EXPECT_DEATH(ChainLogSchema(""), "IsName");
}

}  // namespace
}  // namespace perennial::storage
