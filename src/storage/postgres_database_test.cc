// SPDX-License-Identifier: Apache-2.0
// What is true of PostgreSQL alone: a server that goes away and comes back, several processes, and
// what it must be like. Run by tools/testbed/postgres.py; without a server there is nothing here.
#include <gmock/gmock.h>

#include <atomic>

#include "storage/conformance.h"

namespace perennial::storage {
namespace {

using ::testing::HasSubstr;

constexpr Migration kThings[] = {{.number = 1,
                                  .name = "things",
                                  .sql = "CREATE TABLE thing (id TEXT NOT NULL PRIMARY KEY);"
                                         "CREATE TABLE counter (value BIGINT NOT NULL);"
                                         "INSERT INTO counter (value) VALUES (0);"}};

class PostgresDatabase : public ::testing::TestWithParam<int> {
 protected:
  PostgresDatabase() : database_(store_.Open()) { EXPECT_TRUE(Migrate(*database_, kThings)); }
  Result<std::vector<Row>> Insert(const std::string& id) {
    return RunSql(*database_, "INSERT INTO thing (id) VALUES ($1)", {id});
  }
  int64_t Things() {
    const auto rows = database_->ReadValue(
        [](Session& session) { return session.Query("SELECT COUNT(*) FROM thing"); });
    EXPECT_TRUE(rows) << rows.error().message;
    return rows ? rows->front().Int(0) : -1;
  }
  // Ends the connections of this store's role, as a restart of the server would.
  void CutConnections(const std::string& which = "TRUE") {
    const auto cut = RunAsSuperuser(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = '" +
        store_.address().schema + "' AND " + which);
    ASSERT_FALSE(cut.empty());
  }

  PostgresTestStore store_;
  std::unique_ptr<Database> database_;
};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(PostgresDatabase);
INSTANTIATE_TEST_SUITE_P(Server, PostgresDatabase,
                         ::testing::Range(0, TestPostgres() == nullptr ? 0 : 1));

TEST_P(PostgresDatabase, GoesOnAfterItsConnectionsWereCut) {
  ASSERT_TRUE(Insert("before"));
  CutConnections();
  EXPECT_EQ(Things(), 1);
  EXPECT_TRUE(Insert("after"));
  EXPECT_EQ(Things(), 2);
}

TEST_P(PostgresDatabase, OneProcessLeadsUntilItEndsOrIsCutOff) {
  auto other = store_.Open();
  EXPECT_TRUE(database_->Lead().value());
  EXPECT_FALSE(other->Lead().value());
  EXPECT_TRUE(database_->Lead().value());

  // Cut off, it asks later than the other.
  CutConnections();
  EXPECT_TRUE(other->Lead().value());
  EXPECT_FALSE(database_->Lead().value());

  // The server learns a moment later that the other is gone.
  other.reset();
  bool leads = false;
  for (int asked = 0; asked < 10'000 && !leads; ++asked) leads = database_->Lead().value();
  EXPECT_TRUE(leads);
}

TEST_P(PostgresDatabase, ATransactionThatLosesItsConnectionHasNotHappened) {
  bool ran = false;
  const auto outcome = database_->Write([&](Session& session) -> Result<void> {
    session.AfterCommit([&] { ran = true; });
    TRY(session.Execute("INSERT INTO thing (id) VALUES ('lost')"));
    CutConnections();
    TRY(session.Execute("INSERT INTO thing (id) VALUES ('never')"));
    return {};
  });
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable) << outcome.error().message;
  EXPECT_FALSE(ran);
  EXPECT_EQ(Things(), 0);
}

// A commit that waits for a standby which is not there, and is cut off: it is durable all the same.
TEST_P(PostgresDatabase, ACommitWithoutAnAnswerHasAnUnknownOutcome) {
  const auto set_standby = [](const std::string& name) {
    RunAsSuperuser("ALTER SYSTEM SET synchronous_standby_names = '" + name + "'");
    RunAsSuperuser("SELECT pg_reload_conf()");
    while (RunAsSuperuser("SHOW synchronous_standby_names").front() != name) {
    }
  };
  set_standby("nobody");
  bool ran = false;
  ThreadPool pool({.name = "cutter", .threads = 1});
  ASSERT_TRUE(pool.Post([&] {
    const std::string waits = "wait_event = 'SyncRep'";
    while (RunAsSuperuser("SELECT pid FROM pg_stat_activity WHERE " + waits).empty()) {
    }
    CutConnections(waits);
  }));
  const auto outcome = database_->Write([&](Session& session) -> Result<void> {
    session.AfterCommit([&] { ran = true; });
    TRY(session.Execute("INSERT INTO thing (id) VALUES ('a')"));
    return {};
  });
  pool.Stop();
  set_standby("");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kUnknownOutcome) << outcome.error().message;
  EXPECT_FALSE(ran);
  EXPECT_EQ(Things(), 1);
}

TEST_P(PostgresDatabase, WritersOfTwoProcessesFollowEachOther) {
  const auto other = store_.Open();
  std::atomic<int> good = 0;
  InParallel(8, [&](int thread) {
    auto& mine = thread % 2 == 0 ? *database_ : *other;
    for (int round = 0; round < 25; ++round) {
      const auto outcome = mine.Write([](Session& session) -> Result<void> {
        TRY_ASSIGN(const auto row, session.QueryOne("SELECT value FROM counter"));
        TRY(session.Execute("UPDATE counter SET value = $1", {row->Int(0) + 1}));
        return {};
      });
      good += outcome ? 1 : 0;
    }
  });
  EXPECT_EQ(good, 200);
  EXPECT_EQ(RunSql(*database_, "SELECT value FROM counter")->front().Int(0), 200);
}

TEST_P(PostgresDatabase, OneServiceCannotReadAnothersTables) {
  const PostgresTestStore other_store;
  auto other = OpenPostgres(other_store.address());
  ASSERT_TRUE(other);
  ASSERT_TRUE(Insert("a"));
  const auto stolen = RunSql(**other, "SELECT id FROM " + store_.address().schema + ".thing");
  ASSERT_FALSE(stolen);
  EXPECT_THAT(stolen.error().message, HasSubstr("permission denied"));
}

TEST_P(PostgresDatabase, SaysWhatIsWrongWithAServer) {
  auto address = store_.address();
  address.url = "postgresql:///perennial?host=/nowhere";
  EXPECT_EQ(OpenPostgres(address).error().code, ErrorCode::kUnavailable);

  address = store_.address();
  address.schema = "nobody";
  const auto unknown = OpenPostgres(address);
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message, HasSubstr("nobody"));
}

}  // namespace
}  // namespace perennial::storage
