// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/versions/renewal_scheduler.h"

#include <csignal>

#include "certificates/control_plane/store/certificate_store.h"
#include "certificates/control_plane/testing_answers.h"

namespace perennial::certificates {
namespace {

using std::chrono::days;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::RenewalRules;
using testing::World;
using wire::Stage;
using Stages = std::vector<Stage>;

// One certificate at the demo's periods: 200 s of life, renewed at second 70 to 90.
class Renewal : public ::testing::Test {
 protected:
  Renewal()
      : root(world.Root()),
        id(world.Certificate(root, "shop", RenewalRules("PT110S", "PT20S"), 200)) {}

  CertificateRow Row() {
    return **world.database().ReadValue(
        [&](storage::Session& session) { return FindCertificate(session, id); });
  }
  void GoTo(Time when) { world.clock.Set(when); }
  void Step() { world.scheduler->Step(); }
  int64_t Versions() {
    return world.Number("SELECT count(*) FROM certificate_version WHERE owner_id = $1", {id});
  }
  int64_t Reserved() {
    return world.Number("SELECT count(*) FROM issuance WHERE subject_id = $1", {id});
  }
  Stages StagesOf(int64_t number) {
    return World::Read<wire::CertificateVersion>(
               world.Ann("GET",
                         "/20210224/certificates/" + id + "/version/" + std::to_string(number)))
        .stages;
  }

  World world;
  std::string root, id;
};

TEST_F(Renewal, DoesNothingBeforeItIsDueAndSaysWhenToLookAgain) {
  const auto due = *Row().renew_at;
  GoTo(due - seconds(1));
  EXPECT_EQ(world.scheduler->Step(), Duration(seconds(1)));
  EXPECT_EQ(Versions(), 1);
  GoTo(due - seconds(45));
  EXPECT_EQ(world.scheduler->Step(), Duration(seconds(30)));
}

TEST_F(Renewal, MakesTheNextVersionPendingAndStartsARollout) {
  world.rollouts->waits = true;
  GoTo(*Row().renew_at);
  Step();
  EXPECT_EQ(StagesOf(1), Stages({Stage::kCurrent}));
  EXPECT_EQ(StagesOf(2), Stages({Stage::kPending, Stage::kLatest}));
  EXPECT_THAT(world.rollouts->begun, ElementsAre(std::pair(id, 2)));
  EXPECT_THAT(world.feed.changes, IsEmpty());
  EXPECT_EQ(world.Get(id).lifecycle_state, State::kActive);
  EXPECT_THAT(world.LastAudit(), HasSubstr("RenewCertificate"));
  EXPECT_THAT(world.LastAudit(), HasSubstr(R"("versionNumber":2)"));
}

TEST_F(Renewal, FixesTheNextRenewalWhenTheVersionIsIssued) {
  world.rollouts->waits = true;
  GoTo(*Row().renew_at);
  const auto issued_at = ToSeconds(world.clock.Now());
  Step();
  const auto expected =
      DecideRenewal(id, 2, {seconds(110), seconds(20)}, LifeOf(issued_at, seconds(200))).renew_at;
  EXPECT_EQ(*Row().renew_at, expected);
  world.clock.Advance(seconds(5));
  ASSERT_TRUE(world.database().Write(
      [&](storage::Session& session) { return world.promotion->Promote(session, id, 2); }));
  EXPECT_EQ(*Row().renew_at, expected);
  EXPECT_THAT(world.feed.changes, ElementsAre(std::pair(id, 2)));
}

TEST_F(Renewal, GoesOnForEverWithoutAnybodysHelp) {
  const auto end = world.clock.Now() + seconds(2000);
  int64_t steps = 0;
  while (world.clock.Now() < end) {
    world.clock.Advance(std::max<Duration>(world.scheduler->Step(), seconds(1)));
    ASSERT_LT(++steps, 3000);
    const auto current = world.Get(id).current_version;
    EXPECT_GT(current->validity->time_of_validity_not_after, world.clock.Now());
  }
  const auto versions = Versions();
  EXPECT_GE(versions, 2000 / 92);
  EXPECT_LE(versions, 2000 / 69 + 1);
  EXPECT_EQ(Reserved(), versions);
  EXPECT_EQ(world.Number(
                "SELECT count(DISTINCT serial) FROM certificate_version WHERE owner_id = $1", {id}),
            versions);
}

TEST_F(Renewal, ASecondSchedulerIsHarmless) {
  RenewalScheduler other(world.service(), world.issuing(), *world.rollouts, world.settings);
  GoTo(*Row().renew_at);
  Step();
  other.Step();
  Step();
  EXPECT_EQ(Versions(), 2);
  EXPECT_EQ(Reserved(), 2);
}

// Lets somebody else take the renewal over while this one draws its serial.
class Interrupted final : public Random {
 public:
  explicit Interrupted(std::function<void()> once) : once_(std::move(once)) {}
  void Fill(std::span<uint8_t> out) override {
    if (auto once = std::exchange(once_, nullptr)) once();
    random_.Fill(out);
  }

 private:
  std::function<void()> once_;
  SystemRandom random_;
};

TEST_F(Renewal, WhoLostTheClaimStoresNothing) {
  const auto renew_interrupted = [&] {
    Interrupted random(
        [&] { ASSERT_TRUE(world.Sql("UPDATE certificate SET renew_at = renew_at + 7000000")); });
    Issuing issuing(world.database(), world.envelope(), random, world.clock);
    RenewalScheduler scheduler(world.service(), issuing, *world.rollouts, world.settings);
    GoTo(*Row().renew_at);
    scheduler.Step();
  };
  renew_interrupted();
  EXPECT_EQ(Versions(), 1);
  EXPECT_EQ(Reserved(), 2);
  MutantOn mutant("certificates.skip_renewal_claim");
  renew_interrupted();
  EXPECT_EQ(Versions(), 2);
}

TEST_F(Renewal, AFailureIsDueAgainLaterAndSaysWhy) {
  // The issuer's key cannot be opened.
  const auto key =
      world.Sql("SELECT private_key FROM certificate_authority_version")->front().Bytes(0);
  ASSERT_TRUE(world.Sql("UPDATE certificate_authority_version SET private_key = NULL"));
  GoTo(*Row().renew_at);
  EXPECT_EQ(world.scheduler->Step(), Duration(seconds(1)));
  EXPECT_EQ(Versions(), 1);
  const auto failed = Row();
  EXPECT_EQ(failed.renewal_attempts, 1);
  EXPECT_EQ(*failed.renew_at - world.clock.Now(), RetryDelay(id, 1, *failed.renewal));
  EXPECT_THAT(*world.Get(id).lifecycle_details, HasSubstr("no private key"));
  EXPECT_EQ(world.Get(id).lifecycle_state, State::kActive);

  GoTo(*failed.renew_at);
  Step();
  EXPECT_EQ(Row().renewal_attempts, 2);
  ASSERT_TRUE(world.Sql("UPDATE certificate_authority_version SET private_key = $1", {key}));
  GoTo(*Row().renew_at);
  Step();
  EXPECT_EQ(Versions(), 2);
  EXPECT_EQ(Row().renewal_attempts, 0);
  EXPECT_FALSE(world.Get(id).lifecycle_details);
  // Numbers that were drawn and not stored are gaps: each was signed at most once.
  EXPECT_EQ(Row().marks.current, 4);
}

TEST_F(Renewal, AnAbandonedVersionIsDeprecatedAndTheRenewalDueAgain) {
  world.rollouts->waits = true;
  GoTo(*Row().renew_at);
  Step();
  ASSERT_TRUE(world.database().Write([&](storage::Session& session) {
    return world.promotion->Abandon(session, id, 2, world.clock.Now(), "two nodes refused it");
  }));
  EXPECT_EQ(StagesOf(2), Stages({Stage::kDeprecated, Stage::kLatest}));
  const auto row = Row();
  EXPECT_EQ(*row.renew_at - world.clock.Now(), RetryDelay(id, 1, *row.renewal));
  EXPECT_EQ(world.Get(id).lifecycle_details, "two nodes refused it");
  GoTo(*row.renew_at);
  world.rollouts->waits = false;
  Step();
  EXPECT_EQ(StagesOf(3), Stages({Stage::kCurrent, Stage::kLatest}));
}

TEST_F(Renewal, AUsersRollbackIsNotUndoneAtOnce) {
  GoTo(*Row().renew_at);
  Step();
  ASSERT_EQ(Row().marks.current, 2);
  const Time planned = *Row().renew_at;
  ASSERT_EQ(
      world.Ann("PUT", "/20210224/certificates/" + id, R"({"currentVersionNumber":1})").status,
      200);
  Step();
  EXPECT_EQ(Row().marks.current, 1);
  const auto one = World::Read<wire::CertificateVersion>(
      world.Ann("GET", "/20210224/certificates/" + id + "/version/1"));
  // It is replaced when the newest would have been, and in any case before its own end.
  const Time must_serve = one.validity->time_of_validity_not_after - seconds(20);
  EXPECT_EQ(*Row().renew_at, std::min(planned, must_serve));
  GoTo(*Row().renew_at);
  Step();
  EXPECT_EQ(Row().marks.current, 3);
}

TEST_F(Renewal, NeverOutlivesItsIssuer) {
  ASSERT_TRUE(world.Sql("UPDATE certificate_authority_version SET not_after = $1",
                        {world.clock.Now() + days(400)}));
  const auto end = world.Number("SELECT not_after FROM certificate_authority_version");
  GoTo(FromMicros(end) - seconds(100));
  ASSERT_TRUE(world.Sql("UPDATE certificate SET renew_at = $1", {world.clock.Now()}));
  Step();
  EXPECT_EQ(Versions(), 2);
  EXPECT_EQ(world.Number("SELECT max(not_after) FROM certificate_version"),
            ToMicros(Time(ToSeconds(FromMicros(end)))));
  EXPECT_LT(*Row().renew_at, FromMicros(end));
}

TEST_F(Renewal, APendingDeletionIsNotRenewed) {
  ASSERT_EQ(world.Ann("POST", "/20210224/certificates/" + id + "/actions/scheduleDeletion").status,
            204);
  GoTo(*Row().renew_at + seconds(100));
  Step();
  EXPECT_EQ(Versions(), 1);
}

TEST_F(Renewal, CanBeAskedForAtOnce) {
  ASSERT_TRUE(world.database().Write([&](storage::Session& session) {
    return RenewalScheduler::RenewNow(session, id, world.clock.Now());
  }));
  Step();
  EXPECT_EQ(Row().marks.current, 2);
}

// A process that dies at any of these points leaves a known serial and nothing else; the next one
// renews. The dying process makes its world itself: SQLite's connections do not survive a fork.
TEST(RenewalCrash, LeavesAKnownSerialAndNothingElse) {
  for (const std::string point :
       {"certificates.recorded_not_signed", "certificates.signed_not_stored",
        "certificates.renewal_not_committed"}) {
    const auto path = storage::NewTestPath(point);
    EXPECT_EXIT(
        {
          World world(path);
          world.Certificate(world.Root(), "shop", RenewalRules("PT110S", "PT20S"), 200);
          setenv("PERENNIAL_FAULT_POINTS", point.c_str(), 1);
          world.clock.Advance(seconds(95));
          world.scheduler->Step();
        },
        ::testing::KilledBySignal(SIGKILL), "")
        << point;
    World world(path);
    world.clock.Advance(seconds(100));
    const auto stored = [&] { return world.Number("SELECT count(*) FROM certificate_version"); };
    EXPECT_EQ(stored(), 1) << point;
    EXPECT_EQ(world.Number("SELECT count(*) FROM issuance"), 3) << point;
    world.clock.Advance(seconds(12));  // The dead process's claim runs out.
    world.scheduler->Step();
    EXPECT_EQ(stored(), 2) << point;
    EXPECT_EQ(world.Number("SELECT current_version FROM certificate"), 3) << point;
  }
}

}  // namespace
}  // namespace perennial::certificates
