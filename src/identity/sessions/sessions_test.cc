// SPDX-License-Identifier: Apache-2.0
#include "identity/sessions/sessions.h"

#include <gmock/gmock.h>

#include "identity/sessions/host.h"
#include "identity/sessions/testing_sessions.h"
#include "service/authenticator.h"

namespace perennial::identity::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(SessionsTest, AnEndedSessionIsRefusedAtOnceAndByEveryFollower) {
  const auto in = OpenByLink();
  ASSERT_EQ(Whoami(in.actor), 200);
  const auto before = Snapshot()->position();
  EXPECT_EQ(Send(in.actor, "DELETE", "/20260101/sessions/" + in.session.id).status, 204);
  EXPECT_EQ(Whoami(in.actor), 401);

  // What a follower is told: a service, and a replica too.
  for (const auto& follower : {certificates, replica}) {
    const auto tail = Decoded<api::identity::AuthorizationSnapshot>(
        Send(follower, "GET", "/20260101/authorizationSnapshot?after=" + std::to_string(before))
            .body);
    ASSERT_THAT(tail.entries, SizeIs(1));
    EXPECT_EQ(tail.entries[0].kind, "retiredToken");
    EXPECT_EQ(tail.entries[0].id, in.session.id);
  }
}

TEST_F(SessionsTest, EndingASessionEndsTheTokensOfEveryRefresh) {
  const auto in = OpenByLink();
  const auto fresh =
      Decoded<api::identity::Session>(Post(in.actor, "/20260101/sessions/me/actions/refresh", ""));
  const auto second = ActorOf(fresh, RsaKey(3));
  ASSERT_EQ(Whoami(second), 200);
  EXPECT_EQ(Send(second, "DELETE", "/20260101/sessions/me").status, 204);
  EXPECT_EQ(Whoami(in.actor), 401);
  EXPECT_EQ(Whoami(second), 401);
}

TEST_F(SessionsTest, AParkedCallOfAnEndedSessionIsRefusedWhenItWakes) {
  const auto in = OpenByLink();
  const authz::Principal principal{.kind = authz::PrincipalKind::kUser,
                                   .id = red.id,
                                   .tenancy_id = red.tenancy_id,
                                   .token_id = in.session.id};
  EXPECT_TRUE(service::CheckPrincipal(principal, *Snapshot()));
  Send(in.actor, "DELETE", "/20260101/sessions/me");
  EXPECT_FALSE(service::CheckPrincipal(principal, *Snapshot()));
}

TEST_F(SessionsTest, ASessionLivesAnHourATokenAndTwelveInAll) {
  auto in = OpenByLink();
  for (int hour = 0; hour < 13; ++hour) {
    clock.Advance(std::chrono::minutes(58));
    EXPECT_TRUE(token_keys->Step());
    const auto response = Send(in.actor, "POST", "/20260101/sessions/me/actions/refresh");
    if (response.status != 200) {
      EXPECT_EQ(hour, 12) << response.body;
      break;
    }
    in.actor = ActorOf(Decoded<api::identity::Session>(response.body), RsaKey(3));
    ASSERT_LT(hour, 12);
  }
  const auto other = OpenByLink();
  clock.Advance(std::chrono::minutes(61));
  EXPECT_EQ(Whoami(other.actor), 401);
}

TEST_F(SessionsTest, ASessionIsBoundToItsKey) {
  auto stolen = OpenByLink().actor;
  stolen.key = RsaKey(4);
  EXPECT_EQ(Whoami(stolen), 401);
}

TEST_F(SessionsTest, OnlyTheSessionItselfRefreshes) {
  const auto in = OpenByLink();
  const auto target = "/20260101/sessions/" + in.session.id + "/actions/refresh";
  EXPECT_EQ(Send(red, "POST", target).status, 404) << "an API key of the same user";
  EXPECT_EQ(Send(blue, "POST", target).status, 404);
  EXPECT_EQ(Send(OpenByLink(4).actor, "POST", target).status, 404);
}

TEST_F(SessionsTest, OthersSeeAndEndSessionsOnlyByManagingUsers) {
  const auto dana = Dana();
  const auto in = OpenByLink();
  const auto target = "/20260101/sessions/" + in.session.id;
  EXPECT_EQ(Send(dana, "GET", target).status, 404);
  EXPECT_EQ(Send(dana, "DELETE", target).status, 404);
  EXPECT_EQ(Send(blue, "DELETE", target).status, 404);
  EXPECT_EQ(Send(dana, "GET", "/20260101/sessions?userId=" + red.id).status, 404);
  EXPECT_EQ(Whoami(in.actor), 200);

  const auto of_dana = Open(ByLink(Secret(red, dana.id), RsaKey(4)), RsaKey(4));
  const auto list = Decoded<api::identity::SessionCollection>(
      Send(red, "GET", "/20260101/sessions?userId=" + dana.id).body);
  ASSERT_THAT(list.items, SizeIs(1));
  EXPECT_EQ(list.items[0].user_name, "dana");
  EXPECT_EQ(Send(red, "DELETE", "/20260101/sessions/" + of_dana.session.id).status, 204);
  EXPECT_EQ(Whoami(of_dana.actor), 401);
}

TEST_F(SessionsTest, MeSaysWhatTheConsoleAsksFirst) {
  const auto in = OpenByLink();
  auto me = Decoded<api::identity::Session>(Send(in.actor, "GET", "/20260101/sessions/me").body);
  EXPECT_EQ(me.has_password, false);
  EXPECT_EQ(me.is_administrator, true);
  EXPECT_THAT(*me.groups, ElementsAre("Administrators"));
  EXPECT_TRUE(me.is_this_session);
  EXPECT_FALSE(me.token);
  const auto dana = Dana();
  const auto hers = Open(ByLink(Secret(red, dana.id), RsaKey(4)), RsaKey(4));
  me = Decoded<api::identity::Session>(Send(hers.actor, "GET", "/20260101/sessions/me").body);
  EXPECT_EQ(me.is_administrator, false);
  EXPECT_THAT(*me.groups, IsEmpty());
  EXPECT_EQ(Send(red, "GET", "/20260101/sessions/me").status, 404) << "an API key is no session";
}

TEST_F(SessionsTest, ChangingAPasswordAsksForTheOldOneAndEndsOtherSessions) {
  const auto first = OpenByLink();
  SetPassword(first.actor);
  const auto other = Open(ByPassword("administrator", kPassword, RsaKey(4)), RsaKey(4));
  const auto third = Open(ByPassword("administrator", kPassword, RsaKey(5)), RsaKey(5));
  EXPECT_THAT(Change(other.actor, std::nullopt, "another good password").body,
              HasSubstr("/currentPassword: "));
  EXPECT_EQ(Change(other.actor, "wrong password!", "another good password").status, 400);
  EXPECT_EQ(Whoami(third.actor), 200);
  EXPECT_EQ(Change(other.actor, kPassword, "another good password").status, 204);
  EXPECT_EQ(Whoami(other.actor), 200);
  EXPECT_EQ(Whoami(third.actor), 401);
  EXPECT_EQ(Whoami(first.actor), 401);
  EXPECT_EQ(SignIn(ByPassword("administrator", kPassword, RsaKey(4))).status, 401);
  EXPECT_EQ(SignIn(ByPassword("administrator", "another good password", RsaKey(4))).status, 200);
}

TEST_F(SessionsTest, AForgottenPasswordIsReplacedThroughALinkWithinTheHour) {
  SetPassword(OpenByLink().actor);
  const auto again = OpenByLink(4);
  clock.Advance(std::chrono::minutes(30));
  EXPECT_EQ(Change(again.actor, std::nullopt, "another good password").status, 204);
  const auto late = Decoded<api::identity::Session>(
      Post(again.actor, "/20260101/sessions/me/actions/refresh", ""));
  clock.Advance(std::chrono::minutes(40));
  EXPECT_EQ(Change(ActorOf(late, RsaKey(4)), std::nullopt, "a third good password").status, 400);
}

TEST_F(SessionsTest, WeakPasswordsAreNamedAtTheirField) {
  const auto in = OpenByLink();
  for (const auto* weak : {"short", "aaaaaaaaaaaaaaaa", "administrator1", "tab\there is no good"}) {
    const auto response = Change(in.actor, std::nullopt, weak);
    EXPECT_EQ(response.status, 400);
    EXPECT_THAT(response.body, HasSubstr("/newPassword: "));
  }
}

TEST_F(SessionsTest, RecoveryUnlocksForgetsThePasswordAndEndsEverySession) {
  const auto first = OpenByLink();
  SetPassword(first.actor);
  EXPECT_EQ(RecoverUser(bootstrap(), {}).error().code, ErrorCode::kInvalidArgument);
  const auto link = RecoverUser(bootstrap(), {.tenancy = "red"});
  ASSERT_TRUE(link) << link.error().message;
  EXPECT_EQ(Whoami(first.actor), 401);
  EXPECT_EQ(SignIn(ByPassword("administrator", kPassword, RsaKey(4))).status, 401);
  EXPECT_EQ(AuditCount("ALLOWED", "RecoverUser"), 1);
  EXPECT_EQ(SignIn(ByLink(link->path.substr(link->path.find('=') + 1), RsaKey(4))).status, 200);
}

TEST_F(SessionsTest, ADisabledUserIsOutAtOnce) {
  const auto in = OpenByLink();
  EXPECT_TRUE(database->Write([&](Session& session) {
    return store.SetUserState(session, red.id, authz::PrincipalState::kInactive);
  }));
  EXPECT_EQ(Whoami(in.actor), 401);
}

TEST_F(SessionsTest, TheOldestSessionMakesRoomForTheFiftyFirst) {
  const auto first = OpenByLink();
  SetPassword(first.actor);
  for (size_t i = 0; i < kSessionsMax; ++i) {
    clock.Advance(seconds(2));
    EXPECT_EQ(SignIn(ByPassword("administrator", kPassword, RsaKey(4))).status, 200);
  }
  EXPECT_EQ(Whoami(first.actor), 401);
}

TEST_F(SessionsTest, WhatIsOverIsForgotten) {
  const auto in = OpenByLink();
  Send(in.actor, "DELETE", "/20260101/sessions/me");
  EXPECT_TRUE(Snapshot()->IsRetiredToken(in.session.id));
  clock.Advance(std::chrono::minutes(61));
  sessions.Step();
  EXPECT_TRUE(Snapshot()->IsRetiredToken(in.session.id)) << "evidence may still come";
  clock.Advance(std::chrono::minutes(20));
  sessions.Step();
  EXPECT_FALSE(Snapshot()->IsRetiredToken(in.session.id));
}

// --- A click of the console is evidence

class SessionClick : public SessionsTest {
 protected:
  HttpResponse Verify(const http_signature::Evidence& evidence) {
    return Send(certificates, "POST", "/20260101/evidence/actions/verify",
                EncodeJson(api::identity::VerifyEvidenceDetails{
                    .presenter = load_balancer.id, .evidence = evidence, .wants = {}}));
  }
  // A session of its own key, long enough ago that services' tokens must be fresh.
  void RenewServices() {
    certificates = Process("certificates");
    load_balancer = Process("loadbalancer");
  }
};

TEST_F(SessionClick, IsAcceptedAndTheTokenIsKept) {
  const auto pool = Pool(red, "edge");
  const auto in = OpenByLink();
  const auto click = CreateClick(in.actor, red.tenancy_id, pool);
  const auto response = Verify(click);
  ASSERT_EQ(response.status, 200) << response.body;
  const auto verified = Decoded<api::identity::VerifiedEvidence>(response.body);
  EXPECT_EQ(verified.user_id, red.id);
  EXPECT_EQ(verified.key_id, in.actor.key_id);
  EXPECT_EQ(verified.public_key_pem, PemOf(RsaKey(3)));
}

TEST_F(SessionClick, CountsWhenTheTokenWasAliveWhenItWasSigned) {
  const auto pool = Pool(red, "edge");
  const auto in = OpenByLink();
  clock.Set(in.session.time_expires - seconds(30));
  const auto alive = CreateClick(in.actor, red.tenancy_id, pool);
  clock.Advance(std::chrono::minutes(2));
  const auto dead = CreateClick(in.actor, red.tenancy_id, pool);
  RenewServices();
  EXPECT_EQ(Verify(alive).status, 200);
  EXPECT_EQ(Verify(dead).status, 401);
  EXPECT_EQ(Whoami(in.actor), 401) << "nothing else takes a dead token";
}

TEST_F(SessionClick, OfASessionThatWasEndedSinceCountsNoMore) {
  const auto pool = Pool(red, "edge");
  const auto in = OpenByLink();
  const auto click = CreateClick(in.actor, red.tenancy_id, pool);
  Send(in.actor, "DELETE", "/20260101/sessions/me");
  EXPECT_EQ(Verify(click).status, 401);
}

}  // namespace
}  // namespace perennial::identity::testing
