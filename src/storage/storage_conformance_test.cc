// SPDX-License-Identifier: Apache-2.0
// What every engine behind Database promises, in the SQL that both understand.
#include <gmock/gmock.h>

#include <atomic>
#include <limits>
#include <stdexcept>

#include "storage/conformance.h"

namespace perennial::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class StorageConformance : public ::testing::TestWithParam<Engine> {
 protected:
  StorageConformance() : store_(GetParam().make()), database_(store_->Open()) {
    const auto made = Migrate(*database_, kMigrations);
    EXPECT_TRUE(made) << made.error().message;
  }

  static constexpr Migration kMigrations[] = {
      {.number = 1,
       .name = "things",
       .sql = "CREATE TABLE owner (id TEXT NOT NULL PRIMARY KEY);"
              "CREATE TABLE thing ("
              "  id TEXT NOT NULL PRIMARY KEY,"
              "  owner TEXT REFERENCES owner (id),"
              "  number BIGINT,"
              "  bytes BYTEA,"
              "  CONSTRAINT thing_number_is_small CHECK (number < 1000 OR id = 'extreme'));"
              "CREATE TABLE counter (id TEXT NOT NULL PRIMARY KEY, value BIGINT NOT NULL);"
              "INSERT INTO counter (id, value) VALUES ('all', 0);"}};

  Database& database() { return *database_; }
  void Restart() {
    database_.reset();
    database_ = store_->Open();
  }
  int64_t Count(std::string_view table) {
    const auto rows = database().ReadValue([&](Session& session) {
      return session.Query("SELECT COUNT(*) FROM " + std::string(table));
    });
    CHECK(rows.has_value());
    return rows->front().Int(0);
  }
  ErrorCode CodeOf(std::string_view sql, std::vector<Value> parameters = {}) {
    const auto answer = RunSql(database(), sql, std::move(parameters));
    CHECK(!answer.has_value());
    return answer.error().code;
  }

  std::unique_ptr<TestStore> store_;
  std::unique_ptr<Database> database_;
};

INSTANTIATE_TEST_SUITE_P(Engines, StorageConformance, ::testing::ValuesIn(Engines()),
                         [](const auto& info) { return info.param.name; });

TEST_P(StorageConformance, KeepsEveryValueAsItWasGiven) {
  const Blob blob = {0, 1, 0, 255, 0};
  for (const int64_t number : {std::numeric_limits<int64_t>::min(), int64_t{-1}, int64_t{0},
                               std::numeric_limits<int64_t>::max()}) {
    const auto rows = RunSql(database(),
                             "INSERT INTO thing (id, number, bytes) VALUES ('extreme', $1, $2) "
                             "ON CONFLICT (id) DO UPDATE SET number = excluded.number "
                             "RETURNING id, number, bytes, owner",
                             {number, blob});
    ASSERT_TRUE(rows) << rows.error().message;
    const auto& row = rows->front();
    EXPECT_EQ(row.Text(0), "extreme");
    EXPECT_EQ(row.Int(1), number);
    EXPECT_EQ(row.Bytes(2), blob);
    EXPECT_TRUE(row.IsNull(3));
  }
}

TEST_P(StorageConformance, TellsEmptyFromNull) {
  ASSERT_TRUE(RunSql(database(), "INSERT INTO thing (id, bytes) VALUES ($1, $2)", {"", Blob{}}));
  ASSERT_TRUE(
      RunSql(database(), "INSERT INTO thing (id, bytes) VALUES ($1, $2)", {"no bytes", nullptr}));

  const auto rows = RunSql(database(), "SELECT id, bytes, number FROM thing ORDER BY id");

  ASSERT_TRUE(rows);
  EXPECT_EQ((*rows)[0].OptionalText(0), "");
  EXPECT_FALSE((*rows)[0].IsNull(1));
  EXPECT_TRUE((*rows)[0].Bytes(1).empty());
  EXPECT_TRUE((*rows)[1].IsNull(1));
  EXPECT_EQ((*rows)[1].OptionalInt(2), std::nullopt);
}

TEST_P(StorageConformance, KeepsTimesToTheMicrosecondAndTruthValues) {
  const Time time = FromMicros(1767225600123456);
  const auto rows =
      RunSql(database(), "SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS BIGINT)",
             {time, true, std::optional<Time>()});
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(rows->front().At(0), time);
  EXPECT_TRUE(rows->front().Bool(1));
  EXPECT_EQ(rows->front().OptionalTime(2), std::nullopt);
}

TEST_P(StorageConformance, KeepsUnicodeAndRefusesTextThatOneOfTheDatabasesCannotHold) {
  const auto rows =
      RunSql(database(), "INSERT INTO owner (id) VALUES ($1) RETURNING id", {"Zoë 木 🔑"});
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->front().Text(0), "Zoë 木 🔑");

  for (const std::string& bad :
       {std::string("a\0b", 3), std::string("\xff"), std::string("\xc0\x80")}) {
    EXPECT_EQ(CodeOf("INSERT INTO owner (id) VALUES ($1)", {bad}), ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(Count("owner"), 1);
}

TEST_P(StorageConformance, BindsPlaceholdersByNumberNotByOrder) {
  const auto rows = RunSql(
      database(), "INSERT INTO thing (number, id) VALUES ($2, $1) RETURNING id || $1, number + $2",
      {"a", 20});
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(rows->front().Text(0), "aa");
  EXPECT_EQ(rows->front().Int(1), 40);
}

TEST_P(StorageConformance, CountsTheRowsThatAStatementChanged) {
  const auto counts = database().WriteValue([](Session& session) -> Result<std::vector<int64_t>> {
    std::vector<int64_t> out;
    for (const auto* sql : {"INSERT INTO owner (id) VALUES ('a'), ('b'), ('c')",
                            "UPDATE owner SET id = 'd' WHERE id = 'nobody'",
                            "DELETE FROM owner WHERE id < 'c'", "CREATE TABLE other (id BIGINT)"}) {
      TRY_ASSIGN(const auto count, session.Execute(sql));
      out.push_back(count);
    }
    return out;
  });
  ASSERT_TRUE(counts) << counts.error().message;
  EXPECT_THAT(*counts, ElementsAre(3, 0, 2, 0));
}

TEST_P(StorageConformance, QueryOneReturnsTheRowOrNothingAndRefusesTwo) {
  ASSERT_TRUE(RunSql(database(), "INSERT INTO owner (id) VALUES ('a'), ('b')"));
  ASSERT_TRUE(database().Read([](Session& session) -> Result<void> {
    EXPECT_EQ((*session.QueryOne("SELECT id FROM owner WHERE id = $1", {"a"}))->Text(0), "a");
    EXPECT_EQ(*session.QueryOne("SELECT id FROM owner WHERE id = $1", {"z"}), std::nullopt);
    EXPECT_EQ(session.QueryOne("SELECT id FROM owner").error().code, ErrorCode::kInternal);
    return {};
  }));
}

TEST_P(StorageConformance, ReportsABrokenConstraintAsAConflictThatNamesIt) {
  ASSERT_TRUE(RunSql(database(), "INSERT INTO thing (id) VALUES ('a')"));

  EXPECT_EQ(CodeOf("INSERT INTO thing (id) VALUES ('a')"), ErrorCode::kConflict);
  EXPECT_EQ(CodeOf("INSERT INTO thing (id, owner) VALUES ('b', 'nobody')"), ErrorCode::kConflict);
  const auto check = RunSql(database(), "INSERT INTO thing (id, number) VALUES ('c', 1000)");
  ASSERT_FALSE(check);
  EXPECT_EQ(check.error().code, ErrorCode::kConflict);
  EXPECT_THAT(check.error().message, HasSubstr("thing_number_is_small"));
  // A forgotten value is a defect of ours, not something that a caller could run into.
  EXPECT_EQ(CodeOf("INSERT INTO thing (id) VALUES ($1)", {nullptr}), ErrorCode::kInternal);
}

TEST_P(StorageConformance, ReportsWrongSqlAsADefect) {
  EXPECT_EQ(CodeOf("SELEC 1"), ErrorCode::kInternal);
  EXPECT_EQ(CodeOf("SELECT id FROM nowhere"), ErrorCode::kInternal);
  EXPECT_EQ(CodeOf("SELECT id FROM owner WHERE id = \"a\""), ErrorCode::kInternal);
  EXPECT_EQ(CodeOf("SELECT id FROM owner WHERE id = $2", {"a"}), ErrorCode::kInternal);
  EXPECT_EQ(CodeOf("SELECT id FROM owner WHERE id = $1", {"a", "b"}), ErrorCode::kInternal);
  EXPECT_EQ(CodeOf("DELETE FROM owner; DELETE FROM thing"), ErrorCode::kInternal);
  EXPECT_EQ(CodeOf(""), ErrorCode::kInternal);
}

TEST_P(StorageConformance, LeavesTransactionsToTheDatabaseObject) {
  for (const auto* sql : {"COMMIT", "ROLLBACK", "BEGIN", "SAVEPOINT a"}) {
    const auto outcome = database().Write([&](Session& session) -> Result<void> {
      TRY(session.Execute("INSERT INTO owner (id) VALUES ('a')"));
      (void)session.Execute(sql);
      return Fail(ErrorCode::kNotFound, "");
    });
    EXPECT_EQ(outcome.error().code, ErrorCode::kNotFound) << sql;
    EXPECT_EQ(Count("owner"), 0) << sql;
  }
}

TEST_P(StorageConformance, RollsBackWhenTheWorkFails) {
  const auto outcome = database().Write([](Session& session) -> Result<void> {
    TRY(session.Execute("INSERT INTO owner (id) VALUES ('a')"));
    return Fail(ErrorCode::kEtagMismatch, "no");
  });
  EXPECT_EQ(outcome.error(), (Error{ErrorCode::kEtagMismatch, "no"}));
  EXPECT_EQ(Count("owner"), 0);
}

TEST_P(StorageConformance, RollsBackWhenTheWorkThrows) {
  const auto outcome = database().Write([](Session& session) -> Result<void> {
    TRY(session.Execute("INSERT INTO owner (id) VALUES ('a')"));
    throw std::out_of_range("surprise");
  });
  EXPECT_EQ(outcome.error().code, ErrorCode::kInternal);
  EXPECT_EQ(Count("owner"), 0);
  EXPECT_TRUE(RunSql(database(), "INSERT INTO owner (id) VALUES ('b')"));
}

TEST_P(StorageConformance, AFailedStatementFailsTheTransactionEvenWhenTheWorkOverlooksIt) {
  const auto outcome = database().Write([](Session& session) -> Result<void> {
    (void)session.Execute("INSERT INTO owner (id) VALUES ('a')");
    (void)session.Execute("INSERT INTO owner (id) VALUES ('a')");
    EXPECT_FALSE(session.Query("SELECT id FROM owner"));
    return {};
  });
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kConflict);
  EXPECT_EQ(Count("owner"), 0);
}

TEST_P(StorageConformance, SurvivesARestart) {
  ASSERT_TRUE(RunSql(database(), "INSERT INTO owner (id) VALUES ('a')"));
  Restart();
  EXPECT_EQ(Count("owner"), 1);
}

TEST_P(StorageConformance, AReaderKeepsItsSnapshot) {
  ASSERT_TRUE(database().Read([&](Session& session) -> Result<void> {
    const auto count = [&] { return session.Query("SELECT COUNT(*) FROM owner")->front().Int(0); };
    EXPECT_EQ(count(), 0);
    EXPECT_TRUE(OnAnotherThread(
        [&] { return RunSql(database(), "INSERT INTO owner (id) VALUES ('a')").has_value(); }));
    EXPECT_EQ(count(), 0);
    // A Read inside a Read joins it.
    EXPECT_TRUE(database().Read([&](Session& inner) -> Result<void> {
      EXPECT_EQ(inner.Query("SELECT COUNT(*) FROM owner")->front().Int(0), 0);
      return {};
    }));
    return {};
  }));
  EXPECT_EQ(Count("owner"), 1);
}

TEST_P(StorageConformance, AReaderNeitherWaitsForAWriterNorSeesItsChanges) {
  ASSERT_TRUE(database().Write([&](Session& session) -> Result<void> {
    TRY(session.Execute("INSERT INTO owner (id) VALUES ('a')"));
    EXPECT_EQ(OnAnotherThread([&] { return Count("owner"); }), 0);
    EXPECT_EQ(Count("owner"), 0);  // On this thread too.
    EXPECT_EQ(session.Query("SELECT COUNT(*) FROM owner")->front().Int(0), 1);
    return {};
  }));
  EXPECT_EQ(Count("owner"), 1);
}

TEST_P(StorageConformance, MoreReadersThanConnectionsAllGetTheirTurn) {
  std::atomic<int> good = 0;
  InParallel(16, [&](int) {
    for (int i = 0; i < 50; ++i) good += Count("counter") == 1 ? 1 : 0;
  });
  EXPECT_EQ(good, 800);
}

TEST_P(StorageConformance, AReaderMayNotChangeAnything) {
  const auto outcome = database().Read([](Session& session) -> Result<void> {
    TRY(session.Execute("INSERT INTO owner (id) VALUES ('a')"));
    return {};
  });
  EXPECT_EQ(outcome.error().code, ErrorCode::kInternal);
  EXPECT_EQ(Count("owner"), 0);
}

TEST_P(StorageConformance, ManyWritersLoseNoUpdateAndEachFailureIsItsOwn) {
  constexpr int kThreads = 12;
  constexpr int kRounds = 60;
  std::atomic<int> succeeded = 0;
  std::atomic<int> refused = 0;
  InParallel(kThreads, [&](int thread) {
    for (int round = 0; round < kRounds; ++round) {
      const auto outcome = database().Write([&](Session& session) -> Result<void> {
        // Read, then write what was computed: a lost update would show.
        TRY_ASSIGN(const auto row, session.QueryOne("SELECT value FROM counter WHERE id = 'all'"));
        TRY(session.Execute("UPDATE counter SET value = $1 WHERE id = 'all'", {row->Int(0) + 1}));
        if ((thread + round) % 3 == 0) return Fail(ErrorCode::kNotFound, "mine");
        if ((thread + round) % 3 == 1) {
          TRY(session.Execute("INSERT INTO counter (id, value) VALUES ('all', 0)"));
        }
        return {};
      });
      if (outcome) ++succeeded;
      if (!outcome) {
        ++refused;
        const auto expected =
            (thread + round) % 3 == 0 ? ErrorCode::kNotFound : ErrorCode::kConflict;
        EXPECT_EQ(outcome.error().code, expected) << outcome.error().message;
      }
    }
  });
  EXPECT_EQ(succeeded, kThreads * kRounds / 3);
  EXPECT_EQ(refused, kThreads * kRounds * 2 / 3);
  const auto value = RunSql(database(), "SELECT value FROM counter WHERE id = 'all'");
  EXPECT_EQ(value->front().Int(0), succeeded);
}

TEST_P(StorageConformance, AWriterIsAnsweredOnlyWhenItsChangeIsVisibleToReaders) {
  std::atomic<int> invisible = 0;
  InParallel(8, [&](int thread) {
    for (int round = 0; round < 30; ++round) {
      const std::string id = std::to_string(thread) + "-" + std::to_string(round);
      EXPECT_TRUE(RunSql(database(), "INSERT INTO owner (id) VALUES ($1)", {id}));
      const auto found = database().ReadValue([&](Session& session) {
        return session.QueryOne("SELECT id FROM owner WHERE id = $1", {id});
      });
      if (!found || !*found) ++invisible;
    }
  });
  EXPECT_EQ(invisible, 0);
}

TEST_P(StorageConformance, AfterCommitRunsOnceTheChangeIsVisibleAndMayWriteItself) {
  std::vector<std::string> events;
  ASSERT_TRUE(database().Write([&](Session& session) -> Result<void> {
    session.AfterCommit([&] {
      events.push_back("owners " + std::to_string(Count("owner")));
      EXPECT_TRUE(RunSql(database(), "INSERT INTO owner (id) VALUES ('b')"));
    });
    session.AfterCommit([&] { events.push_back("second"); });
    TRY(session.Execute("INSERT INTO owner (id) VALUES ('a')"));
    events.push_back("work done");
    return {};
  }));
  EXPECT_THAT(events, ElementsAre("work done", "owners 1", "second"));
}

TEST_P(StorageConformance, AfterCommitDoesNotRunAfterARollback) {
  bool ran = false;
  EXPECT_FALSE(database().Write([&](Session& session) -> Result<void> {
    session.AfterCommit([&] { ran = true; });
    return Fail(ErrorCode::kNotFound, "");
  }));
  EXPECT_FALSE(database().Write([&](Session& session) -> Result<void> {
    session.AfterCommit([&] { ran = true; });
    (void)session.Execute("SELEC 1");
    return {};
  }));
  EXPECT_FALSE(ran);
}

TEST_P(StorageConformance, ADeferredForeignKeyFailsOnlyItsOwnWriter) {
  const auto store = GetParam().make();
  const auto deferred = store->Open();
  const Migration migration = {.number = 1,
                               .name = "deferred",
                               .sql =
                                   "CREATE TABLE parent (id TEXT NOT NULL PRIMARY KEY);"
                                   "CREATE TABLE child (parent TEXT NOT NULL REFERENCES parent "
                                   "(id) DEFERRABLE INITIALLY DEFERRED);"};
  ASSERT_TRUE(Migrate(*deferred, {&migration, 1}));
  std::atomic<int> good = 0;
  std::atomic<int> conflicts = 0;
  InParallel(8, [&](int thread) {
    for (int round = 0; round < 20; ++round) {
      const bool bad = (thread + round) % 2 == 0;
      const auto outcome = deferred->Write([&](Session& session) -> Result<void> {
        const auto id = std::to_string(thread) + "-" + std::to_string(round);
        TRY(session.Execute("INSERT INTO child (parent) VALUES ($1)", {id}));
        if (!bad) TRY(session.Execute("INSERT INTO parent (id) VALUES ($1)", {id}));
        return {};
      });
      if (outcome) ++good;
      if (!outcome && bad && outcome.error().code == ErrorCode::kConflict) ++conflicts;
    }
  });
  EXPECT_EQ(good, 80);
  EXPECT_EQ(conflicts, 80);
}

TEST_P(StorageConformance, AWriteInsideAWriteOrAReadStopsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto nested = [&](Session&) {
    return database().Write([](Session&) -> Result<void> { return {}; });
  };
  EXPECT_DEATH((void)database().Write(nested), "write_is_not_nested");
  EXPECT_DEATH((void)database().Read(nested), "write_is_not_nested");
}

}  // namespace
}  // namespace perennial::storage
