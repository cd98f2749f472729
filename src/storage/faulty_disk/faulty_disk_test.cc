// SPDX-License-Identifier: Apache-2.0
// What the storage room makes of a disk that fails, seen at every operation of the disk in turn.
#include "storage/faulty_disk/faulty_disk.h"

#include <gmock/gmock.h>
#include <sys/wait.h>

#include <csignal>
#include <set>

#include "storage/conformance.h"
#include "storage/faulty_disk/power.h"

namespace perennial::storage {
namespace {

using Kind = DiskOperation::Kind;
using Share = DiskAnswer::Share;
using Things = std::set<std::string>;

constexpr Migration kThings[] = {
    {.number = 1,
     .name = "things",
     .sql = "CREATE TABLE thing (id TEXT NOT NULL PRIMARY KEY, filling TEXT NOT NULL);"}};
constexpr int kInserts = 5;

Result<std::vector<Row>> Insert(Database& database, const std::string& id) {
  return RunSql(database, "INSERT INTO thing (id, filling) VALUES ($1, $2)",
                {id, std::string(3000, 'x')});
}

Things ThingsOf(Database& database) {
  Things things;
  const auto rows =
      database.ReadValue([](Session& session) { return session.Query("SELECT id FROM thing"); });
  CHECK(rows.has_value());
  for (const auto& row : *rows) things.insert(row.Text(0));
  return things;
}

std::string Name(int number) { return std::to_string(number); }

// Inserts a few things one by one, and closes the database, which carries the log over.
void InsertSome(const std::string& path, const std::function<void()>& acknowledged) {
  const auto database = OpenSqlite(path);
  CHECK(database && Migrate(**database, kThings));
  for (int i = 0; i < kInserts; ++i) {
    CHECK(Insert(**database, Name(i)));
    acknowledged();
  }
}

struct Life {
  int acknowledged = 0;
  int signal = 0;  // By which it ended; 0: it lived to the end.
};

class FaultyDiskTest : public ::testing::Test {
 protected:
  std::string path() const { return store_.path(); }
  std::string record() const { return path() + ".record"; }

  // A process of its own that inserts on a disk of its own.
  Life InsertInAProcess(FaultyDisk::Judge judge) {
    int pipes[2];
    CHECK(pipe(pipes) == 0);
    const pid_t child = fork();
    if (child == 0) {
      FaultyDisk disk(std::move(judge));
      disk.RecordTo(record());
      const FaultyDisk::Here here(disk);
      InsertSome(path(), [&] { CHECK(write(pipes[1], "+", 1) == 1); });
      _exit(0);
    }
    close(pipes[1]);
    Life life;
    for (char mark = 0; read(pipes[0], &mark, 1) == 1;) ++life.acknowledged;
    close(pipes[0]);
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    EXPECT_TRUE(WIFSIGNALED(status) || status == 0) << status;
    if (WIFSIGNALED(status)) life.signal = WTERMSIG(status);
    return life;
  }

  // What was acknowledged is there, at most one more is, and the database works. Then it is gone.
  void ExpectHolds(const Life& life) {
    const FaultyDisk::Here here(sound_);
    const auto database = store_.Open();
    ASSERT_TRUE(Migrate(*database, kThings));
    const auto things = ThingsOf(*database);
    for (int i = 0; i < life.acknowledged; ++i) EXPECT_TRUE(things.contains(Name(i))) << i;
    EXPECT_LE(things.size(), static_cast<size_t>(life.acknowledged) + 1);
    EXPECT_TRUE(Insert(*database, "after"));
  }

  void Clear() {
    for (const auto* end : {"", "-wal", "-shm", "-journal", ".record"})
      std::filesystem::remove(path() + end);
  }

  FaultyDisk sound_{[](const DiskOperation&) { return DiskAnswer::Done(); }};
  SqliteTestStore store_;
};

// OneByOne calls `run` with 1, 2, 3 … until it says that there was nothing of this number.
void OneByOne(int64_t at_least, const std::function<bool(int64_t)>& run) {
  int64_t number = 1;
  bool more = true;
  while (more && !::testing::Test::HasFailure()) {
    SCOPED_TRACE("number " + std::to_string(number));
    more = run(number);
    ++number;
  }
  EXPECT_GT(number, at_least) << "there is more than that";
}

TEST_F(FaultyDiskTest, PassesEverythingOnAndCounts) {
  std::set<Kind> seen;
  bool on_database = false, on_log = false;
  FaultyDisk disk([&](const DiskOperation& operation) {
    seen.insert(operation.kind);
    (operation.on_database() ? on_database : on_log) = true;
    return DiskAnswer::Done();
  });
  {
    const FaultyDisk::Here here(disk);
    InsertSome(path(), [] {});
  }
  EXPECT_EQ(seen.size(), 4u) << "write, truncate, sync and remove";
  EXPECT_TRUE(on_database && on_log);
  const auto counted = disk.operations();
  EXPECT_GT(counted, 30);
  EXPECT_EQ(ThingsOf(*store_.Open()).size(), static_cast<size_t>(kInserts));
  EXPECT_EQ(disk.operations(), counted) << "the database lies on the system's disk again";
}

FaultyDisk::Judge At(int64_t number, const DiskAnswer& answer) {
  return [number, answer](const DiskOperation& operation) {
    return operation.number == number ? answer : DiskAnswer::Done();
  };
}

TEST_F(FaultyDiskTest, KilledAtAnyOperationNothingAcknowledgedIsLost) {
  for (const auto& answer : {DiskAnswer::KilledBefore(), DiskAnswer::KilledHalfway()}) {
    OneByOne(30, [&](int64_t number) {
      const auto life = InsertInAProcess(At(number, answer));
      ExpectHolds(life);
      Clear();
      return life.signal == SIGKILL;
    });
  }
}

TEST_F(FaultyDiskTest, WithoutPowerAtAnyOperationNothingAcknowledgedIsLost) {
  for (const auto unsynced : {Unsynced::kLost, Unsynced::kByChance}) {
    OneByOne(30, [&](int64_t number) {
      const auto life = InsertInAProcess(At(number, DiskAnswer::KilledBefore()));
      LosePower(record(), unsynced, static_cast<uint64_t>(number));
      ExpectHolds(life);
      Clear();
      return life.signal == SIGKILL;
    });
  }
}

// A failed sync is no error value: the process stops, for what it wrote may be gone by then.
TEST_F(FaultyDiskTest, StoppedByAFailedSyncNothingAcknowledgedIsLost) {
  OneByOne(10, [&](int64_t number) {
    int64_t syncs = 0;
    const auto life = InsertInAProcess([&](const DiskOperation& operation) {
      const bool fails = operation.kind == Kind::kSync && ++syncs == number;
      return fails ? DiskAnswer::SyncFailed() : DiskAnswer::Done();
    });
    LosePower(record(), Unsynced::kLost, 0);
    ExpectHolds(life);
    Clear();
    return life.signal == SIGABRT;
  });
}

// Opens, inserts and closes where one operation fails: that is an error value, and the next works.
void InsertThroughAFailure(const std::string& path, const std::set<ErrorCode>& expected) {
  const auto tolerate = [&](const Error& error) {
    EXPECT_TRUE(expected.contains(error.code)) << error.message;
  };
  auto database = OpenSqlite(path);
  if (!database) {
    tolerate(database.error());
    database = OpenSqlite(path);
  }
  CHECK(database.has_value());
  if (const auto migrated = Migrate(**database, kThings); !migrated) {
    tolerate(migrated.error());
    EXPECT_TRUE(Migrate(**database, kThings));
  }
  Things made;
  for (int i = 0; i < kInserts; ++i) {
    if (const auto outcome = Insert(**database, Name(i)); !outcome) {
      tolerate(outcome.error());
      EXPECT_EQ(ThingsOf(**database), made);
      EXPECT_TRUE(Insert(**database, Name(i)));
    }
    made.insert(Name(i));
    EXPECT_EQ(ThingsOf(**database), made);
  }
  database->reset();
  EXPECT_EQ(ThingsOf(**OpenSqlite(path)), made);
}

void FailOneByOne(const std::string& path, const FaultyDisk::Judge& failing,
                  const std::set<ErrorCode>& expected) {
  OneByOne(30, [&](int64_t number) {
    bool reached = false;
    FaultyDisk disk([&](const DiskOperation& operation) {
      if (operation.number != number) return DiskAnswer::Done();
      reached = true;
      return failing(operation);
    });
    {
      const FaultyDisk::Here here(disk);
      InsertThroughAFailure(path, expected);
    }
    RemoveTestDatabase(path);
    return reached;
  });
}

TEST_F(FaultyDiskTest, AFullDiskIsAnErrorAndLaterOperationsWork) {
  FailOneByOne(path(),
               [](const DiskOperation& operation) {
                 return operation.kind == Kind::kWrite ? DiskAnswer::Full() : DiskAnswer::Done();
               },
               {ErrorCode::kUnavailable});
}

TEST_F(FaultyDiskTest, AnUnknownOutcomeIsAnErrorAndLaterOperationsWork) {
  for (const auto share : {Share::kNone, Share::kHalf, Share::kAll}) {
    FailOneByOne(path(), [&](const DiskOperation&) { return DiskAnswer::Failed(share); },
                 {ErrorCode::kUnavailable, ErrorCode::kUnknownOutcome});
  }
}

}  // namespace
}  // namespace perennial::storage
