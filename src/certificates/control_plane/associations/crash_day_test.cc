// SPDX-License-Identifier: Apache-2.0
// The life of a certificate, and a process that dies at every moment of it: on SQLite before every
// write and sync of its files, halfway through each, and with the power gone as well; on PostgreSQL
// at every statement and commit. After a restart what was acknowledged is there; what was not has
// no second effect when it is asked for again; nothing is left over; and the guard holds.
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <functional>
#include <optional>

#include "certificates/control_plane/associations/testing_associations.h"
#include "storage/chain_log.h"
#include "storage/faulty_disk/faulty_disk.h"
#include "storage/faulty_disk/power.h"

#ifdef PERENNIAL_PROOF

namespace perennial::certificates {
namespace {

using std::chrono::days;
using testing::AssociationWorld;
using testing::kAnn;
using testing::kBalancer1;

constexpr int kSteps = 7;
constexpr const char* kOperations[kSteps] = {
    "CreateCertificateAuthority", "CreateCertificate",  "AttachAssociations",
    "RenewCertificate",           "DetachAssociations", "ScheduleCertificateDeletion",
    "DeleteCertificate"};
constexpr int kNoon = 3;  // The step before which the service is restarted, as for an upgrade.

// One process on the database at `path`.
class Day {
 public:
  explicit Day(const std::string& path) : world_(path) {}

  // Do returns whether the step was acknowledged. Done again, it sends the same request.
  bool Do(int step) {
    static constexpr int kDay[kSteps] = {0, 1, 2, 25, 32, 33, 75};
    world_.clock.Set(start_ + days(kDay[step]));
    const HttpHeaders once = {{"opc-retry-token", "step-" + std::to_string(step)}};
    switch (step) {
      case 0:
        return Acknowledged(world_.Ann("POST", "/20210224/certificateAuthorities",
                                       testing::RootBody("root"), once));
      case 1:
        return Acknowledged(world_.Ann(
            "POST", "/20210224/certificates",
            testing::CertificateBody(IdOf("root"), "shop", testing::RenewalRules("P30D", "P10D"),
                                     start_ + days(90)),
            once));
      case 2:
        return Acknowledged(
            world_.Attach(world_.ListenerClick(kAnn, IdOf("shop")), {{IdOf("shop"), kBalancer1}}));
      case 3:
        return Renew();
      case 4:
        return Acknowledged(world_.Detach({{IdOf("shop"), kBalancer1}}));
      case 5:
        return Acknowledged(world_.Ann(
            "POST", "/20210224/certificates/" + IdOf("shop") + "/actions/scheduleDeletion", "{}",
            once));
      default:
        world_.deletion->Step();
        return Count("guarded WHERE name = 'shop' AND lifecycle_state = 'DELETED'") == 1;
    }
  }

  // What the first `acknowledged` steps have made is there.
  void ExpectHolds(int acknowledged) {
    const auto shop_in = [&](const std::string& states) {
      return Count("guarded WHERE name = 'shop' AND lifecycle_state IN (" + states + ")");
    };
    if (acknowledged >= 1) EXPECT_EQ(Count("guarded WHERE name = 'root'"), 1);
    if (acknowledged >= 2 && acknowledged <= 5)
      EXPECT_EQ(shop_in("'ACTIVE', 'PENDING_DELETION'"), 1);
    if (acknowledged == 3) EXPECT_EQ(Count("association"), 1);
    if (acknowledged >= 4) EXPECT_GE(Count("certificate_version"), 2);
    if (acknowledged >= 5) EXPECT_EQ(Count("association"), 0);
    if (acknowledged >= 6) EXPECT_EQ(shop_in("'PENDING_DELETION', 'DELETED'"), 1);
    // Whatever was signed had been recorded before.
    EXPECT_EQ(Count("certificate_version v WHERE NOT EXISTS (SELECT 1 FROM issuance i WHERE "
                    "i.subject_id = v.owner_id AND i.number = v.number)"),
              0);
    ExpectGuard();
  }

  // The day is over: each step has happened once, whatever the number of attempts.
  void ExpectOnce() {
    for (const std::string operation : kOperations) {
      // A service that asks again signs anew, and is on record twice; the feed shows one effect.
      if (operation.ends_with("Associations")) continue;
      EXPECT_EQ(Count(R"(audit WHERE payload LIKE '%"operation":")" + operation +
                      R"("%' AND payload LIKE '%"outcome":"ALLOWED"%')"),
                1)
          << operation;
    }
    EXPECT_EQ(Count("guarded"), 2);
    EXPECT_EQ(Count("certificate_version"), 2);
    EXPECT_EQ(Count("association"), 0);
    EXPECT_EQ(Count("change_feed WHERE payload LIKE '%ASSOCIATION_CREATED%'"), 1);
    EXPECT_EQ(Count("change_feed WHERE payload LIKE '%ASSOCIATION_ENDED%'"), 1);
    // What was recorded to be signed and did not come: one at most, for one crash.
    EXPECT_LE(Count("issuance"), 4);
    for (const char* log : {"audit", "change_feed"}) ExpectChain(log);
  }

 private:
  static bool Acknowledged(const HttpResponse& response) {
    return response.status >= 200 && response.status < 300;
  }
  // A claim of a process that died runs out.
  bool Renew() {
    for (int tried = 0; tried < 4; ++tried) {
      world_.scheduler->Step();
      if (Count("certificate_version") == 2) return true;
      world_.clock.Advance(days(1));
    }
    return false;
  }
  int64_t Count(const std::string& rows) {
    return world_.database()
        .ReadValue([&](storage::Session& session) {
          return session.Query("SELECT COUNT(*) FROM " + rows);
        })
        .value()
        .front()
        .Int(0);
  }
  std::string IdOf(const std::string& name) {
    const auto rows = world_.database().ReadValue([&](storage::Session& session) {
      return session.Query("SELECT id FROM guarded WHERE name = $1", {name});
    });
    return rows->empty() ? "" : rows->front().Text(0);
  }
  void ExpectGuard() {
    if (Count("association") == 0) return;
    EXPECT_EQ(Count("guarded WHERE name = 'shop' AND attachable = 1"), 1);
    EXPECT_FALSE(
        world_.Sql("UPDATE guarded SET lifecycle_state = 'PENDING_DELETION', "
                   "attachable = 0 WHERE name = 'shop'"));
  }
  void ExpectChain(const std::string& name) {
    auto hash = std::string(storage::kChainOrigin);
    const auto entries = world_.database().ReadValue([&](storage::Session& session) {
      return storage::ChainLog(name).After(session, 0, "", 1000);
    });
    ASSERT_TRUE(entries) << name;
    for (const auto& entry : *entries) {
      hash = storage::ChainHash(hash, entry.position, entry.payload);
      EXPECT_EQ(hash, entry.hash) << name << " " << entry.position;
    }
  }

  AssociationWorld world_;
  const Time start_ = world_.clock.Now();
};

struct Life {
  int acknowledged = 0;  // Steps of the day.
  bool killed = false;
};

// Lives the day in a process of its own, in which `prepare` has seen to it that it dies.
Life LiveADay(const std::string& path, const std::function<void()>& prepare) {
  int pipes[2];
  CHECK(pipe(pipes) == 0);
  const pid_t child = fork();
  if (child == 0) {
    prepare();
    std::optional<Day> day(path);
    for (int step = 0; step < kSteps; ++step) {
      if (step == kNoon) {
        day.reset();
        day.emplace(path);
      }
      if (!day->Do(step)) break;
      CHECK(write(pipes[1], "+", 1) == 1);
    }
    day.reset();
    _exit(0);
  }
  close(pipes[1]);
  Life life;
  for (char mark = 0; read(pipes[0], &mark, 1) == 1;) ++life.acknowledged;
  close(pipes[0]);
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  life.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  EXPECT_TRUE(life.killed || (status == 0 && life.acknowledged == kSteps)) << status;
  return life;
}

// The day goes on where it was cut off.
void ExpectTheDayGoesOn(const std::string& path, const Life& life) {
  Day day(path);
  day.ExpectHolds(life.acknowledged);
  for (int step = life.acknowledged; step < kSteps; ++step)
    ASSERT_TRUE(day.Do(step)) << kOperations[step];
  day.ExpectOnce();
}

// A directory of its own for each day, so that nothing of it is left.
class Place {
 public:
  Place() { CHECK(mkdtemp(directory_.data()) != nullptr); }
  ~Place() { std::filesystem::remove_all(directory_); }
  Place(const Place&) = delete;
  std::string path() const { return directory_ + "/day.db"; }
  std::string record() const { return directory_ + "/record"; }

 private:
  std::string directory_ = ::testing::TempDir() + "perennial-crash-day-XXXXXX";
};

// Each moment is tried where everything is asked for, otherwise one of so many.
int Stride(int otherwise) {
  // lint: allow banned: a test's environment, as the runner made it
  const char* const asked = std::getenv("PERENNIAL_FIRSTLIGHT");
  return asked != nullptr && std::string_view(asked) == "full" ? 1 : otherwise;
}

// AtEachMoment calls `die` with 1, 2, 3 … until the day was lived to its end.
void AtEachMoment(int stride, int at_least, const std::function<bool(int)>& die) {
  int moment = 1;
  bool died = true;
  while (died && !::testing::Test::HasFailure()) {
    SCOPED_TRACE("moment " + std::to_string(moment));
    died = die(moment);
    moment += stride;
  }
  EXPECT_GT(moment, at_least) << "the day has more moments than that";
  std::printf("one of %d moments was tried, of about %d\n", stride, moment - stride);
}

// What dying at this moment of the disk means, and what it leaves on the disk.
struct End {
  storage::DiskAnswer answer;
  bool power_goes =
      false;  // Then nothing unsynced is left, or, at every other moment, some by chance.
};

void OnSqlite(const End& end) {
  if (storage::TestPostgres() != nullptr) GTEST_SKIP() << "of SQLite alone";
  AtEachMoment(Stride(29), 500, [&](int moment) {
    const Place place;
    const auto life = LiveADay(place.path(), [&] {
      // Both live as long as the process.
      auto* const disk = new storage::FaultyDisk([&end, moment](const auto& operation) {
        return operation.number == moment ? end.answer : storage::DiskAnswer::Done();
      });
      if (end.power_goes) disk->RecordTo(place.record());
      new storage::FaultyDisk::Here(*disk);
    });
    if (end.power_goes) {
      storage::LosePower(place.record(),
                         moment % 2 == 0 ? storage::Unsynced::kLost : storage::Unsynced::kByChance,
                         static_cast<uint64_t>(moment));
    }
    storage::FaultyDisk sound([](const auto&) { return storage::DiskAnswer::Done(); });
    const storage::FaultyDisk::Here here(sound);
    ExpectTheDayGoesOn(place.path(), life);
    return life.killed;
  });
}

TEST(CrashDay, OnSqliteKilledBeforeAnyWriteOrSync) {
  OnSqlite({.answer = storage::DiskAnswer::KilledBefore()});
}

TEST(CrashDay, OnSqliteKilledHalfwayThroughAnyWrite) {
  OnSqlite({.answer = storage::DiskAnswer::KilledHalfway()});
}

TEST(CrashDay, OnSqliteWithoutPowerBeforeAnyWriteOrSync) {
  OnSqlite({.answer = storage::DiskAnswer::KilledBefore(), .power_goes = true});
}

// The disk fails once in the day, and the process lives on: whoever was refused asks again.
void OnSqliteFailingOnce(const storage::DiskAnswer& answer) {
  if (storage::TestPostgres() != nullptr) GTEST_SKIP() << "of SQLite alone";
  AtEachMoment(Stride(29), 200, [&](int moment) {
    const Place place;
    std::optional<int64_t> fails_at;
    bool failed = false;
    storage::FaultyDisk disk([&](const storage::DiskOperation& operation) {
      if (operation.number != fails_at) return storage::DiskAnswer::Done();
      failed = true;
      return answer;
    });
    const storage::FaultyDisk::Here here(disk);
    Day day(place.path());
    fails_at = disk.operations() + moment;
    for (int step = 0; step < kSteps; ++step) {
      if (day.Do(step)) continue;
      EXPECT_TRUE(failed) << kOperations[step];
      day.ExpectHolds(step);
      EXPECT_TRUE(day.Do(step)) << kOperations[step];
    }
    day.ExpectOnce();
    return failed;
  });
}

TEST(CrashDay, OnSqliteWhereTheDiskIsFullForAMoment) {
  OnSqliteFailingOnce(storage::DiskAnswer::Full());
}

TEST(CrashDay, OnSqliteWhereACommitIsOfUnknownOutcome) {
  OnSqliteFailingOnce(storage::DiskAnswer::Failed(storage::DiskAnswer::Share::kAll));
}

// Each of its days makes a schema anew, which takes a while.
TEST(CrashDay, OnPostgresKilledAtAnyStatement) {
  if (storage::TestPostgres() == nullptr) GTEST_SKIP() << "of PostgreSQL alone";
  AtEachMoment(Stride(7), 100, [](int moment) {
    const Place place;
    const auto life = LiveADay(place.path(), [&] {
      setenv("PERENNIAL_FAULT_POINTS", ("storage.step:" + std::to_string(moment)).c_str(), 1);
    });
    ExpectTheDayGoesOn(place.path(), life);
    return life.killed;
  });
}

}  // namespace
}  // namespace perennial::certificates

#endif
