// SPDX-License-Identifier: Apache-2.0
// What is true of SQLite alone: the file, the disk's failures, other connections to the same file.
#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <set>

#include "base/mutex.h"
#include "storage/conformance.h"
#include "storage/faulty_disk/faulty_disk.h"

namespace perennial::storage {
namespace {

using ::testing::HasSubstr;

// A disk that fails on request. The database file itself is synced only by a checkpoint, its log by
// every commit.
class FailingDisk {
 public:
  static inline std::atomic<int> log_sync = SQLITE_OK;
  static inline std::atomic<int> database_sync = SQLITE_OK;
  static inline std::atomic<int> write = SQLITE_OK;

  FailingDisk() { Heal(); }
  ~FailingDisk() { Heal(); }

 private:
  static void Heal() {
    for (auto* answer : {&log_sync, &database_sync, &write}) *answer = SQLITE_OK;
  }
  static DiskAnswer Judge(const DiskOperation& operation) {
    int code = SQLITE_OK;
    if (operation.kind == DiskOperation::Kind::kWrite) code = write;
    if (operation.kind == DiskOperation::Kind::kSync)
      code = operation.on_database() ? database_sync : log_sync;
    return code == SQLITE_OK ? DiskAnswer::Done() : DiskAnswer{DiskAnswer::Share::kNone, code};
  }

  FaultyDisk disk_{Judge};
  FaultyDisk::Here here_{disk_};
};

constexpr Migration kThings[] = {
    {.number = 1, .name = "things", .sql = "CREATE TABLE thing (id TEXT NOT NULL PRIMARY KEY);"}};

Result<std::vector<Row>> Insert(Database& database, const std::string& id) {
  return RunSql(database, "INSERT INTO thing (id) VALUES ($1)", {id});
}

std::set<std::string> Things(Database& database) {
  std::set<std::string> things;
  const auto rows =
      database.ReadValue([](Session& session) { return session.Query("SELECT id FROM thing"); });
  CHECK(rows.has_value());
  for (const auto& row : *rows) things.insert(row.Text(0));
  return things;
}

class SqliteDatabase : public ::testing::Test {
 protected:
  std::unique_ptr<Database> OpenWithThings() {
    auto database = store_.Open();
    CHECK(Migrate(*database, kThings).has_value());
    return database;
  }
  FailingDisk disk_;
  SqliteTestStore store_;
};

TEST_F(SqliteDatabase, KeepsItsFilesToItself) {
  const mode_t before = umask(0);
  const auto database = OpenWithThings();
  umask(before);
  for (const auto* suffix : {"", "-wal", "-shm"}) {
    struct stat status{};
    ASSERT_EQ(stat((store_.path() + suffix).c_str(), &status), 0) << suffix;
    EXPECT_EQ(status.st_mode & 0777, 0600u) << suffix;
  }
}

TEST_F(SqliteDatabase, SaysWhatIsWrongWithAPath) {
  EXPECT_EQ(OpenSqlite(store_.path() + ".d/test.db").error().code, ErrorCode::kNotFound);

  const std::string directory = store_.path() + ".directory";
  std::filesystem::create_directory(directory);
  EXPECT_EQ(OpenSqlite(directory).error().code, ErrorCode::kUnavailable);

  const std::string text = store_.path() + ".txt";
  std::ofstream(text) << std::string(5000, 'x');
  const auto no_database = OpenSqlite(text);
  ASSERT_FALSE(no_database);
  EXPECT_EQ(no_database.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(no_database.error().message, HasSubstr("not a database"));

  const std::string link = store_.path() + ".link";
  ASSERT_TRUE(OpenSqlite(store_.path()));
  std::filesystem::create_symlink(store_.path(), link);
  EXPECT_EQ(OpenSqlite(link).error().code, ErrorCode::kUnavailable);
}

TEST_F(SqliteDatabase, StopsWhenTheDiskFailsToSyncAndStartsCleanly) {
  GTEST_FLAG_SET(death_test_style, "fast");
  EXPECT_DEATH(
      {
        const auto database = OpenWithThings();
        CHECK(Insert(*database, "kept").has_value());
        FailingDisk::log_sync = SQLITE_IOERR_FSYNC;
        (void)Insert(*database, "in doubt");
      },
      "failed to sync");
  const auto database = OpenWithThings();
  EXPECT_TRUE(Things(*database).contains("kept"));
}

TEST_F(SqliteDatabase, StopsWhenACheckpointFailsToSync) {
  GTEST_FLAG_SET(death_test_style, "fast");
  EXPECT_DEATH(
      {
        const auto database = OpenWithThings();
        FailingDisk::database_sync = SQLITE_IOERR_FSYNC;
        // After this commit the log is long enough to be carried over into the database file.
        (void)Insert(*database, std::string(6000000, 'x'));
      },
      "failed to sync");
  EXPECT_EQ(Things(*OpenWithThings()).size(), 1u);
}

TEST_F(SqliteDatabase, AFullDiskRefusesWritesAndGoesOnReading) {
  const auto database = OpenWithThings();
  ASSERT_TRUE(Insert(*database, "before"));

  FailingDisk::write = SQLITE_FULL;
  const auto refused = Insert(*database, "refused");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(Things(*database), (std::set<std::string>{"before"}));

  FailingDisk::write = SQLITE_OK;
  EXPECT_TRUE(Insert(*database, "after"));
  EXPECT_EQ(Things(*database), (std::set<std::string>{"after", "before"}));
}

TEST_F(SqliteDatabase, SaysThatTheOutcomeIsUnknownWhenItIs) {
  const auto database = OpenWithThings();
  bool told = false;
  FailingDisk::log_sync = SQLITE_IOERR;
  const auto outcome = database->Write([&](Session& session) -> Result<void> {
    session.AfterCommit([&] { told = true; });
    TRY(session.Execute("INSERT INTO thing (id) VALUES ('a')"));
    return {};
  });
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kUnknownOutcome);
  EXPECT_FALSE(told);
  FailingDisk::log_sync = SQLITE_OK;
  EXPECT_TRUE(Insert(*database, "b"));
}

TEST_F(SqliteDatabase, NobodyInAGroupIsToldOfSuccessBeforeACommitThatFails) {
  const auto database = OpenWithThings();
  Mutex mutex;
  std::set<std::string> acknowledged;
  std::atomic<int> failures = 0;
  InParallel(8, [&](int thread) {
    for (int round = 0; round < 60; ++round) {
      if (thread == 0) FailingDisk::write = round % 3 == 1 ? SQLITE_FULL : SQLITE_OK;
      const std::string id = std::to_string(thread) + "-" + std::to_string(round);
      if (Insert(*database, id)) {
        MutexLock lock(mutex);
        acknowledged.insert(id);
      } else {
        ++failures;
      }
    }
  });
  FailingDisk::write = SQLITE_OK;
  EXPECT_GT(failures, 0);
  EXPECT_EQ(Things(*database), acknowledged);
}

TEST_F(SqliteDatabase, WhoeverBreaksTheWholeTransactionFailsTheOthersToo) {
  const auto database = OpenWithThings();
  Mutex mutex;
  std::set<std::string> acknowledged;
  InParallel(8, [&](int thread) {
    for (int round = 0; round < 40; ++round) {
      const std::string id = std::to_string(thread) + "-" + std::to_string(round);
      const auto outcome = database->Write([&](Session& session) -> Result<void> {
        TRY(session.Execute("INSERT INTO thing (id) VALUES ($1)", {id}));
        // Against the rules of this room, but it must not corrupt what others are told.
        if (round % 5 == 0)
          TRY(session.Execute("INSERT OR ROLLBACK INTO thing (id) VALUES ($1)", {id}));
        return {};
      });
      if (round % 5 == 0) {
        EXPECT_EQ(outcome.error().code, ErrorCode::kConflict);
      } else if (outcome) {
        MutexLock lock(mutex);
        acknowledged.insert(id);
      } else {
        EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable) << outcome.error().message;
      }
    }
  });
  EXPECT_EQ(Things(*database), acknowledged);
}

TEST_F(SqliteDatabase, AKillBeforeTheCommitLosesTheChangeAndOneAfterItDoesNot) {
  GTEST_FLAG_SET(death_test_style, "fast");
  for (const auto* point : {"storage.before_commit", "storage.after_commit"}) {
    EXPECT_EXIT(
        {
          const auto database = OpenWithThings();
          setenv("PERENNIAL_FAULT_POINTS", point, 1);
          (void)Insert(*database, point);
        },
        ::testing::KilledBySignal(SIGKILL), "");
  }
  EXPECT_EQ(Things(*OpenWithThings()), (std::set<std::string>{"storage.after_commit"}));
}

TEST_F(SqliteDatabase, ATriggerGuardsAlsoAgainstAConnectionWithForeignKeysOff) {
  constexpr Migration kGuard[] = {
      {.number = 1,
       .name = "guard",
       .sql = "CREATE TABLE guarded (id TEXT NOT NULL PRIMARY KEY);"
              "CREATE TABLE association (guarded TEXT NOT NULL REFERENCES guarded (id));"
              "INSERT INTO guarded (id) VALUES ('used'), ('unused');"
              "INSERT INTO association (guarded) VALUES ('used');",
       .sqlite_sql = "CREATE TRIGGER guarded_in_use BEFORE DELETE ON guarded"
                     "  WHEN EXISTS (SELECT 1 FROM association WHERE guarded = OLD.id) "
                     "BEGIN SELECT RAISE(ABORT, 'guarded_in_use'); END;"}};
  const auto database = store_.Open();
  ASSERT_TRUE(Migrate(*database, kGuard));

  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(store_.path().c_str(), &other), SQLITE_OK);
  const auto run = [&](const char* sql) {
    return sqlite3_exec(other, sql, nullptr, nullptr, nullptr);
  };
  EXPECT_EQ(run("PRAGMA foreign_keys = OFF"), SQLITE_OK);
  EXPECT_EQ(run("DELETE FROM guarded WHERE id = 'used'"), SQLITE_CONSTRAINT);
  EXPECT_STREQ(sqlite3_errmsg(other), "guarded_in_use");
  EXPECT_EQ(run("DELETE FROM guarded WHERE id = 'unused'"), SQLITE_OK);
  sqlite3_close(other);

  EXPECT_EQ(RunSql(*database, "SELECT id FROM guarded")->size(), 1u);
}

TEST_F(SqliteDatabase, NoSessionChangesASettingOrOpensAnotherFile) {
  const auto database = OpenWithThings();
  EXPECT_FALSE(RunSql(*database, "PRAGMA foreign_keys = OFF"));
  EXPECT_FALSE(RunSql(*database, "ATTACH DATABASE 'other.db' AS other"));
  EXPECT_FALSE(RunSql(*database, "VACUUM INTO 'other.db'"));
}

TEST_F(SqliteDatabase, EveryAcknowledgedCommitHasBeenSynced) {
  const auto database = OpenWithThings();
  FailingDisk::log_sync = SQLITE_IOERR;  // Were a commit not synced, it would succeed now.
  EXPECT_FALSE(Insert(*database, "a"));
}

}  // namespace
}  // namespace perennial::storage
