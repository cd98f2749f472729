// SPDX-License-Identifier: Apache-2.0
// The life of a certificate, and a process that is killed at every statement and every commit of
// it. After a restart what was acknowledged is there; what was not has no second effect when it is
// asked for again; nothing is left over; and the guard holds.
#include <sys/wait.h>

#include <cstdlib>

#include "certificates/control_plane/associations/testing_associations.h"
#include "storage/chain_log.h"

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
// No day has so many steps of its store.
constexpr int kManySteps = 2000;

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

// Lives the day in a process that dies at the given step of its store, and returns how many steps
// of the day were acknowledged; all of them when it lived to the end.
int LiveUntilKilled(const std::string& path, int store_step) {
  int pipes[2];
  CHECK(pipe(pipes) == 0);
  const pid_t child = fork();
  if (child == 0) {
    Day day(path);
    setenv("PERENNIAL_FAULT_POINTS", ("storage.step:" + std::to_string(store_step)).c_str(), 1);
    for (int step = 0; step < kSteps && day.Do(step); ++step) CHECK(write(pipes[1], "+", 1) == 1);
    _exit(0);
  }
  close(pipes[1]);
  int acknowledged = 0;
  for (char mark = 0; read(pipes[0], &mark, 1) == 1;) ++acknowledged;
  close(pipes[0]);
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  EXPECT_TRUE(killed || acknowledged == kSteps) << "step " << store_step << ": " << status;
  return killed ? acknowledged : kSteps;
}

// On PostgreSQL each run makes a schema of its own, which takes a while: there only some of the
// steps are tried, unless somebody asks for all.
int Stride() {
  // lint: allow banned: a test's environment, as the runner made it
  const char* const asked = std::getenv("PERENNIAL_CRASH_STRIDE");
  if (asked != nullptr) return std::max(1, std::atoi(asked));
  return storage::TestPostgres() == nullptr ? 1 : 5;
}

TEST(CrashDay, AtEveryStepOfTheStoreNothingIsLostAndNothingIsDoneTwice) {
  int store_step = 1;
  for (bool lived = false; !lived && store_step < kManySteps && !HasFailure();
       store_step += Stride()) {
    SCOPED_TRACE("killed at step " + std::to_string(store_step) + " of the store");
    const auto path =
        std::filesystem::path(::testing::TempDir()) /
        ("crash-day-" + std::to_string(getpid()) + "-" + std::to_string(store_step) + ".db");
    int step = LiveUntilKilled(path, store_step);
    lived = step == kSteps;
    {
      Day after(path);
      after.ExpectHolds(step);
      for (; step < kSteps; ++step) ASSERT_TRUE(after.Do(step)) << kOperations[step];
      after.ExpectOnce();
    }
    storage::RemoveTestDatabase(path);
  }
  EXPECT_GT(store_step, 60) << "the day has more steps than that";
}

}  // namespace
}  // namespace perennial::certificates

#endif
