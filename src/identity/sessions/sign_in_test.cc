// SPDX-License-Identifier: Apache-2.0
// How a session begins: links, passwords, proofs, locks.
#include <gmock/gmock.h>

#include "base/testing_mutant.h"
#include "identity/sessions/testing_sessions.h"

namespace perennial::identity::testing {
namespace {

using ::testing::Not;

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
  const MutantOn mutant("sessions.used_not_looked_at");
  EXPECT_EQ(SignIn(ByLink(secret, RsaKey(3))).status, 200);
  EXPECT_EQ(SignIn(ByLink(secret, RsaKey(4))).status, 401);
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

}  // namespace
}  // namespace perennial::identity::testing
