// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/operations/deletion.h"

#include "certificates/control_plane/testing_answers.h"

namespace perennial::certificates {
namespace {

using std::chrono::days;
using testing::Answers;
using testing::EtagIn;
using ::testing::HasSubstr;
using testing::kBalancer1;
using testing::kBalancer2;
using ::testing::Not;
using testing::World;

class DeletionTest : public ::testing::Test {
 protected:
  DeletionTest() : root(world.Root()), id(world.Certificate(root)) {}

  HttpResponse Schedule(const std::string& path, std::optional<Duration> wait = std::nullopt) {
    // The request moves the clock by a second first.
    const auto body = wait ? R"({"timeOfDeletion":")" +
                                 FormatTime(world.clock.Now() + seconds(1) + *wait) + R"("})"
                           : "";
    return world.Ann("POST", path + "/actions/scheduleDeletion", body);
  }
  HttpResponse Cancel(const std::string& path) {
    return world.Ann("POST", path + "/actions/cancelDeletion");
  }
  std::string Certificate() const { return "/20210224/certificates/" + id; }
  std::string Authority() const { return "/20210224/certificateAuthorities/" + root; }
  std::string StateOf(const std::string& of) {
    return world.Sql("SELECT lifecycle_state FROM guarded WHERE id = $1", {of})->front().Text(0);
  }

  World world;
  std::string root, id;
};

TEST_F(DeletionTest, SchedulesThirtyDaysAheadAndCancels) {
  ASSERT_EQ(Schedule(Certificate()).status, 204);
  const auto pending = world.Get(id);
  EXPECT_EQ(pending.lifecycle_state, State::kPendingDeletion);
  EXPECT_EQ(*pending.time_of_deletion, world.clock.Now() + days(30));
  EXPECT_THAT(Schedule(Certificate()), Answers(409, "IncorrectState"));
  EXPECT_THAT(world.Ann("PUT", Certificate(), R"({"description":"x"})"),
              Answers(409, "IncorrectState"));

  const auto cancelled = Cancel(Certificate());
  ASSERT_EQ(cancelled.status, 204);
  const auto active = world.Get(id);
  EXPECT_EQ(active.lifecycle_state, State::kActive);
  EXPECT_FALSE(active.time_of_deletion);
  EXPECT_EQ(EtagIn(cancelled), EtagIn(world.Ann("GET", Certificate())));
  EXPECT_THAT(Cancel(Certificate()), Answers(409, "IncorrectState"));
}

TEST_F(DeletionTest, HoldsTheWaitingPeriods) {
  EXPECT_THAT(Schedule(Certificate(), days(1) - std::chrono::minutes(2)),
              Answers(400, "/timeOfDeletion: must be 1 to 30 days"));
  EXPECT_THAT(Schedule(Certificate(), days(30) + std::chrono::minutes(2)),
              Answers(400, "/timeOfDeletion"));
  EXPECT_EQ(Schedule(Certificate(), days(1)).status, 204);
  EXPECT_THAT(Schedule(Authority(), days(6)),
              Answers(400, "/timeOfDeletion: must be 7 to 30 days"));
  EXPECT_EQ(Schedule(Authority(), days(7)).status, 204);
}

TEST_F(DeletionTest, RefusesWhatIsInUseAndSaysByWhom) {
  const auto association = world.Associate(id, kBalancer1);
  world.Associate(id, kBalancer2);
  EXPECT_THAT(Schedule(Certificate()),
              ::testing::AllOf(Answers(409, "Conflict"), Answers(409, kBalancer1),
                               Answers(409, kBalancer2)));
  EXPECT_EQ(StateOf(id), "ACTIVE");
}

TEST_F(DeletionTest, TheDatabaseRefusesWhenTheCheckIsMissing) {
  world.Associate(id, kBalancer1);
  MutantOn mutant("certificates.skip_users_check,certificates.skip_issued_check");
  EXPECT_THAT(Schedule(Certificate()),
              ::testing::AllOf(Answers(409, "Conflict"), Not(Answers(409, kBalancer1))));
  EXPECT_THAT(Schedule(Authority()), Answers(409, "Conflict"));
  EXPECT_EQ(StateOf(id), "ACTIVE");
  EXPECT_EQ(StateOf(root), "ACTIVE");
}

TEST_F(DeletionTest, AnAuthorityWaitsForWhatItHasIssued) {
  const auto below = world.Subordinate(root, "below");
  EXPECT_THAT(Schedule(Authority()), Answers(409, "shop, below"));
  ASSERT_EQ(Schedule(Certificate()).status, 204);
  EXPECT_THAT(Schedule(Authority()), Answers(409, "has issued below"));
  ASSERT_EQ(Schedule("/20210224/certificateAuthorities/" + below).status, 204);
  ASSERT_EQ(Schedule(Authority()).status, 204);
  // Back in the right order only.
  EXPECT_THAT(Cancel(Certificate()), Answers(409, "IncorrectState"));
  ASSERT_EQ(Cancel(Authority()).status, 204);
  EXPECT_EQ(Cancel(Certificate()).status, 204);
  EXPECT_THAT(Schedule(Authority()), Answers(409, "has issued shop"));
}

TEST_F(DeletionTest, APendingAuthorityIssuesNothing) {
  ASSERT_EQ(Schedule(Certificate()).status, 204);
  ASSERT_EQ(Schedule(Authority()).status, 204);
  const auto body = testing::CertificateBody(root, "late", "[]", world.clock.Now() + days(9));
  EXPECT_THAT(world.Ann("POST", "/20210224/certificates", body), Answers(409, "IncorrectState"));
  // Who may not use it is not told its state.
  world.identity.AddUser("ocid1.user.perennial..lea", testing::kAcme,
                         {"manage leaf-certificates in tenancy"});
  EXPECT_THAT(world.Send(world.identity.User("ocid1.user.perennial..lea"), "POST",
                         "/20210224/certificates", body),
              Answers(400, "RelatedResourceNotAuthorizedOrNotFound"));
}

TEST_F(DeletionTest, EndsWhenDueAndForgetsTheKeys) {
  ASSERT_EQ(Schedule(Certificate(), days(1)).status, 204);
  world.clock.Advance(days(1) - seconds(1));
  world.deletion->Step();
  EXPECT_EQ(StateOf(id), "PENDING_DELETION");
  EXPECT_EQ(world.Number("SELECT count(*) FROM certificate_version WHERE private_key IS NULL"), 0);
  world.clock.Advance(seconds(1));
  world.deletion->Step();
  EXPECT_EQ(StateOf(id), "DELETED");
  EXPECT_EQ(world.Number("SELECT count(*) FROM certificate_version WHERE private_key IS NULL"), 1);
  EXPECT_THAT(world.LastAudit(), HasSubstr("DeleteCertificate"));
  EXPECT_THAT(Cancel(Certificate()), Answers(409, "IncorrectState"));
  // The name is free again, the serial stays known.
  world.Certificate(root, "shop");
  EXPECT_EQ(world.Number("SELECT count(*) FROM issuance"), 3);
}

TEST_F(DeletionTest, APendingNameIsStillTaken) {
  ASSERT_EQ(Schedule(Certificate()).status, 204);
  EXPECT_THAT(world.Ann("POST", "/20210224/certificates",
                        testing::CertificateBody(root, "shop", "[]", world.clock.Now() + days(9))),
              Answers(409, "NotAuthorizedOrResourceAlreadyExists"));
}

TEST_F(DeletionTest, AStaleEtagIsAConflict) {
  const auto etag = EtagIn(world.Ann("GET", Certificate()));
  ASSERT_EQ(world.Ann("PUT", Certificate(), R"({"description":"x"})").status, 200);
  EXPECT_THAT(
      world.Ann("POST", Certificate() + "/actions/scheduleDeletion", "", {{"if-match", etag}}),
      Answers(409, "Conflict"));
}

}  // namespace
}  // namespace perennial::certificates
