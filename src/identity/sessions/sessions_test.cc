// SPDX-License-Identifier: Apache-2.0
#include "identity/sessions/sessions.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "identity/sessions/host.h"
#include "identity/testing/world.h"
#include "service/authenticator.h"

namespace perennial::identity::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kPassword = "correct horse battery";

class SessionsTest : public ::testing::Test, public World {
 protected:
  SessionsTest() { AddSessionRoutes(router, *service, sessions); }

  using Details = api::identity::CreateSessionDetails;

  // What a browser sends, with its key and the proof.
  Details Shape(const Key& key) {
    Details details;
    details.public_key.text = http_signature::EncodeJwk(key->public_key().ToJwk());
    details.date = FormatHttpDate(clock.Now());
    return details;
  }
  static void Prove(Details& details, const Key& key) {
    details.proof = Base64Encode(*key->Sign(pki::SignatureAlgorithm::kSha256WithRsa,
                                            AsBytes(api::identity::SessionProofText(details))));
  }
  Details ByLink(const std::string& secret, const Key& key) {
    auto details = Shape(key);
    details.link = secret;
    Prove(details, key);
    return details;
  }
  Details ByPassword(const std::string& user, const std::string& password, const Key& key,
                     const std::string& tenancy = "red") {
    auto details = Shape(key);
    details.tenancy = tenancy;
    details.user = user;
    details.password = password;
    Prove(details, key);
    return details;
  }
  HttpResponse SignIn(const Details& details, const std::string& address = "192.0.2.1") {
    return Pass({.method = "POST",
                 .target = "/20260101/sessions",
                 .headers = {{"host", kHost}},
                 .body = EncodeJson(details),
                 .peer_address = address});
  }
  // The secret of a fresh link for the user of this tenancy's administrator.
  std::string Secret(const Actor& administrator, const std::string& user_id) {
    const auto link = Decoded<api::identity::SignInLink>(
        Post(administrator, "/20260101/users/" + user_id + "/actions/createLink", ""));
    EXPECT_THAT(link.link, HasSubstr("/console/#link=pns_"));
    return link.link.substr(link.link.find('=') + 1);
  }
  Actor ActorOf(const api::identity::Session& session, const Key& key) {
    return {.id = session.user_id,
            .tenancy_id = session.tenancy_id,
            .key_id = http_signature::TokenKeyId(session.token.value_or("")),
            .key = key};
  }
  struct SignedIn {
    Actor actor;
    api::identity::Session session;
  };
  SignedIn Open(const Details& details, const Key& key) {
    const auto response = SignIn(details);
    EXPECT_EQ(response.status, 200) << response.body;
    auto session = Decoded<api::identity::Session>(response.body);
    return {ActorOf(session, key), session};
  }
  SignedIn OpenByLink(int rsa = 3) {
    return Open(ByLink(Secret(red, red.id), RsaKey(rsa)), RsaKey(rsa));
  }
  void SetPassword(const Actor& session, const std::string& password = kPassword) {
    const auto response = Change(session, std::nullopt, password);
    EXPECT_EQ(response.status, 204) << response.body;
  }
  HttpResponse Change(const Actor& session, std::optional<std::string> current,
                      const std::string& next) {
    return Send(session, "POST", "/20260101/sessions/me/actions/changePassword",
                EncodeJson(api::identity::ChangePasswordDetails{current, next}));
  }
  int Whoami(const Actor& actor) { return Send(actor, "GET", "/20260101/sessions/me").status; }
  // A user of red who may do nothing.
  Actor Dana() { return User(red, "dana", 2); }

  SessionService sessions{{.region = "home-1",
                           .database = *database,
                           .store = store,
                           .token_keys = *token_keys,
                           .clock = clock,
                           .random = random}};
};

TEST_F(SessionsTest, ALinkOpensASessionWhoseTokenSignsLikeTheUser) {
  const auto in = OpenByLink();
  EXPECT_EQ(in.session.user_id, red.id);
  EXPECT_EQ(in.session.tenancy_name, "red");
  EXPECT_EQ(in.session.time_expires - in.session.time_created, std::chrono::hours(1));
  EXPECT_EQ(in.session.time_ends - in.session.time_created, std::chrono::hours(12));

  EXPECT_EQ(Send(in.actor, "GET", "/20160918/users?compartmentId=" + red.tenancy_id).status, 200);
  EXPECT_EQ(AuditCount("ALLOWED", "CreateSession"), 1);
}

TEST_F(SessionsTest, NoAnswerSetsACookieOrInvitesAnotherOrigin) {
  const auto in = OpenByLink();
  for (const auto& response :
       {SignIn(ByLink("pns_wrong", RsaKey(3))), Send(in.actor, "GET", "/20260101/sessions/me"),
        SignIn(ByLink(Secret(red, red.id), RsaKey(3)))}) {
    for (const auto& [name, value] : response.headers) {
      EXPECT_NE(name, "set-cookie");
      EXPECT_THAT(name, Not(HasSubstr("access-control")));
    }
    EXPECT_EQ(FindHeader(response.headers, "cache-control"), "no-store");
  }
}

TEST_F(SessionsTest, ALinkIsKeptAsAHashAndOpensOnce) {
  const auto secret = Secret(red, red.id);
  EXPECT_TRUE(database->Read([&](Session& session) -> Result<void> {
    for (const auto* column : {"hash FROM sign_in_link", "payload FROM audit",
                               "COALESCE(reply, '') FROM signature_seen"}) {
      TRY_ASSIGN(const auto rows, session.Query(std::string("SELECT ") + column));
      EXPECT_FALSE(rows.empty());
      for (const auto& row : rows) EXPECT_THAT(row.Text(0), Not(HasSubstr(secret))) << column;
    }
    return {};
  }));
  EXPECT_EQ(SignIn(ByLink(secret, RsaKey(3))).status, 200);

  const auto again = SignIn(ByLink(secret, RsaKey(4)));
  EXPECT_EQ(again.status, 401);
  EXPECT_EQ(AuditCount("REFUSED", "CreateSession"), 1);
  SignIn(ByLink(secret, RsaKey(4)));
  EXPECT_EQ(AuditCount("REFUSED", "CreateSession"), 1) << "a spent link fills no disk";
}

#ifdef PERENNIAL_PROOF
// Two requests that both saw the link unused: as if the second had looked before the first wrote.
TEST_F(SessionsTest, OfTwoRequestsWithOneLinkOneOpens) {
  const auto secret = Secret(red, red.id);
  const char* before = std::getenv("PERENNIAL_MUTANTS");
  const std::string kept = before == nullptr ? "" : before;
  setenv("PERENNIAL_MUTANTS", (kept + ",sessions.used_not_looked_at").c_str(), 1);
  EXPECT_EQ(SignIn(ByLink(secret, RsaKey(3))).status, 200);
  EXPECT_EQ(SignIn(ByLink(secret, RsaKey(4))).status, 401);
  setenv("PERENNIAL_MUTANTS", kept.c_str(), 1);
}
#endif

TEST_F(SessionsTest, ALinkDiesAfterADayAndWhenANewOneIsMade) {
  const auto old = Secret(red, red.id);
  clock.Advance(std::chrono::hours(24));
  EXPECT_EQ(SignIn(ByLink(old, RsaKey(3))).status, 401);
  const auto second = Secret(red, red.id);
  const auto third = Secret(red, red.id);
  EXPECT_EQ(SignIn(ByLink(second, RsaKey(3))).status, 401);
  EXPECT_EQ(SignIn(ByLink(third, RsaKey(3))).status, 200);
}

TEST_F(SessionsTest, ALinkIsOnlyAsGoodAsWhoGaveItOut) {
  const auto boss = User(red, "boss", 2, {"Allow group boss to manage users in tenancy"});
  const auto dana = User(red, "dana", 3);
  const auto secret = Secret(boss, dana.id);
  EXPECT_TRUE(database->Write([&](Session& session) {
    return store.SetUserState(session, boss.id, authz::PrincipalState::kInactive);
  }));
  EXPECT_EQ(SignIn(ByLink(secret, RsaKey(4))).status, 401);
}

TEST_F(SessionsTest, OnlyWhoManagesUsersGivesOutLinks) {
  const auto dana = Dana();
  const auto target = "/20260101/users/" + red.id + "/actions/createLink";
  EXPECT_EQ(Send(dana, "POST", target).status, 404);
  EXPECT_EQ(Send(blue, "POST", target).status, 404);
  EXPECT_EQ(Send(dana, "POST", "/20260101/users/" + dana.id + "/actions/createLink").status, 404);
}

TEST_F(SessionsTest, TheProofTiesTheSecretToTheKey) {
  const auto secret = Secret(red, red.id);
  auto details = ByLink(secret, RsaKey(3));
  details.public_key.text = http_signature::EncodeJwk(RsaKey(4)->public_key().ToJwk());
  EXPECT_EQ(SignIn(details).status, 401);

  auto other_words = ByLink("pns_other", RsaKey(3));
  other_words.link = secret;
  EXPECT_EQ(SignIn(other_words).status, 401);
  EXPECT_EQ(SignIn(ByLink(secret, RsaKey(3))).status, 200) << "the link was not spent";
}

TEST_F(SessionsTest, AnOldOrEarlyDateIsRefused) {
  for (const auto off : {std::chrono::seconds(-301), std::chrono::seconds(301)}) {
    auto details = Shape(RsaKey(3));
    details.link = Secret(red, red.id);
    details.date = FormatHttpDate(clock.Now() + off);
    Prove(details, RsaKey(3));
    const auto response = SignIn(details);
    EXPECT_EQ(response.status, 401);
    EXPECT_THAT(response.body, HasSubstr("clock"));
  }
}

TEST_F(SessionsTest, OnlyRsaKeysOf2048BitsAndOneWayToSignIn) {
  auto ec = Shape(NewKey());
  ec.link = "pns_x";
  EXPECT_THAT(SignIn(ec).body, HasSubstr("/publicKey: "));
  auto both = ByPassword("administrator", "x", RsaKey(3));
  both.link = "pns_x";
  EXPECT_EQ(SignIn(both).status, 400);
  auto half = ByPassword("administrator", "x", RsaKey(3));
  half.user.reset();
  EXPECT_EQ(SignIn(half).status, 400);
}

TEST_F(SessionsTest, APasswordSignsInOnceItIsSet) {
  const auto first = OpenByLink();
  SetPassword(first.actor);
  const auto in = Open(ByPassword("Administrator", kPassword, RsaKey(4)), RsaKey(4));
  EXPECT_EQ(in.session.signed_in_by, "PASSWORD");
  EXPECT_EQ(Whoami(in.actor), 200);
  EXPECT_EQ(SignIn(ByPassword("administrator", kPassword, RsaKey(4), red.tenancy_id)).status, 200);
  EXPECT_EQ(SignIn(ByPassword("administrator", kPassword, RsaKey(4), "blue")).status, 401);
}

TEST_F(SessionsTest, EveryRefusedSecretLooksTheSame) {
  SetPassword(OpenByLink().actor);
  Dana();
  const auto wrong = SignIn(ByPassword("administrator", "wrong password!", RsaKey(4)));
  EXPECT_EQ(wrong.status, 401);
  for (const auto& details :
       {ByPassword("nobody", kPassword, RsaKey(4)), ByPassword("dana", kPassword, RsaKey(4)),
        ByPassword("administrator", kPassword, RsaKey(4), "nowhere"),
        ByLink("pns_nothing", RsaKey(4))}) {
    const auto response = SignIn(details);
    EXPECT_EQ(response.status, wrong.status);
    EXPECT_EQ(response.body, wrong.body);
  }
}

TEST_F(SessionsTest, ARefusalIsParkedSoThatItsTimeTellsNothing) {
  HttpRequest request{.method = "POST",
                      .target = "/20260101/sessions",
                      .headers = {{"host", kHost}},
                      .body = EncodeJson(ByLink("pns_nothing", RsaKey(4))),
                      .peer_address = "192.0.2.1"};
  const auto answer = router.Handle(request);
  const auto* parked = std::get_if<net::Parked>(&answer);
  ASSERT_NE(parked, nullptr);
  EXPECT_EQ(parked->wait, kRefusalAfter);
}

TEST_F(SessionsTest, FiveWrongPasswordsLockTheAccountForAWhile) {
  SetPassword(OpenByLink().actor);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(SignIn(ByPassword("administrator", "wrong password!", RsaKey(4))).status, 401);
  }
  EXPECT_EQ(SignIn(ByPassword("administrator", kPassword, RsaKey(4))).status, 401);
  EXPECT_EQ(SignIn(ByPassword("administrator", kPassword, RsaKey(4))).status, 401);
  // Five wrong ones, and once that it is locked.
  EXPECT_EQ(AuditCount("REFUSED", "CreateSession"), 6);

  // Another process, or this one after a crash, knows it too.
  SessionService other({.region = "home-1",
                        .database = *database,
                        .store = store,
                        .token_keys = *token_keys,
                        .clock = clock,
                        .random = random});
  service::Router router2{executor, random};
  AddSessionRoutes(router2, *service, other);
  auto answer =
      router2.Handle({.method = "POST",
                      .target = "/20260101/sessions",
                      .headers = {{"host", kHost}},
                      .body = EncodeJson(ByPassword("administrator", kPassword, RsaKey(4))),
                      .peer_address = "192.0.2.1"});
  EXPECT_NE(std::get_if<net::Parked>(&answer), nullptr);

  clock.Advance(std::chrono::minutes(1));
  EXPECT_EQ(SignIn(ByPassword("administrator", kPassword, RsaKey(4))).status, 200);
  EXPECT_EQ(SignIn(ByPassword("administrator", "wrong password!", RsaKey(4))).status, 401);
  EXPECT_EQ(SignIn(ByPassword("administrator", kPassword, RsaKey(4))).status, 200)
      << "the right one forgives";
}

TEST_F(SessionsTest, TheLockGrowsUpToAQuarterOfAnHour) {
  EXPECT_EQ(LockAfter(4), Duration::zero());
  EXPECT_EQ(LockAfter(5), std::chrono::minutes(1));
  EXPECT_EQ(LockAfter(8), std::chrono::minutes(8));
  EXPECT_EQ(LockAfter(9), std::chrono::minutes(15));
  EXPECT_EQ(LockAfter(1'000'000), std::chrono::minutes(15));
}

TEST_F(SessionsTest, AtMostTwoPasswordsAreLookedAtAtOnce) {
  SetPassword(OpenByLink().actor);
  const auto one = sessions.gate().TryEnter();
  ASSERT_TRUE(one);
  {
    const auto two = sessions.gate().TryEnter();
    ASSERT_TRUE(two);
    EXPECT_EQ(SignIn(ByPassword("administrator", kPassword, RsaKey(4))).status, 429);
  }
  EXPECT_EQ(SignIn(ByPassword("administrator", kPassword, RsaKey(4))).status, 200);
}

TEST_F(SessionsTest, OneAddressCannotTryWithoutEnd) {
  int refused = 0;
  const auto wrong = ByLink("pns_nothing", RsaKey(4));
  for (int i = 0; i < 70; ++i) refused += SignIn(wrong, "198.51.100.7").status == 429;
  EXPECT_EQ(refused, 10);
  EXPECT_EQ(SignIn(wrong, "198.51.100.8").status, 401) << "others are not touched";
  clock.Advance(std::chrono::seconds(2));
  EXPECT_EQ(SignIn(ByLink("pns_nothing", RsaKey(4)), "198.51.100.7").status, 401);
}

TEST(AddressLimiter, CountsAnIpv6NetworkAsOneAndForgetsWithoutGrowing) {
  EXPECT_EQ(AddressLimiter::NetworkOf("2001:db8::1"), AddressLimiter::NetworkOf("2001:db8::2"));
  EXPECT_NE(AddressLimiter::NetworkOf("2001:db8::1"), AddressLimiter::NetworkOf("2001:db8:0:1::1"));
  AddressLimiter limiter({.burst = 1, .per_second = 1, .addresses_max = 2});
  EXPECT_TRUE(limiter.Take("10.0.0.1", Duration::zero()));
  EXPECT_TRUE(limiter.Take("10.0.0.2", Duration::zero()));
  EXPECT_TRUE(limiter.Take("10.0.0.3", Duration::zero())) << "the shared bucket";
  EXPECT_FALSE(limiter.Take("10.0.0.4", Duration::zero()));
  EXPECT_TRUE(limiter.Take("10.0.0.4", std::chrono::seconds(5)));
}

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
