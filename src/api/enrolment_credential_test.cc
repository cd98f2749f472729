// SPDX-License-Identifier: Apache-2.0
#include "api/enrolment_credential.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/testing.h"
#include "base/executor.h"
#include "http_signature/signature.h"

namespace perennial::api {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const std::string kService = "ocid1.service.perennial.home-1.lb";

// Identity as far as it gives tokens of ten minutes: "token-1", "token-2", ….
class EnrolmentCredentialTest : public ::testing::Test {
 protected:
  EnrolmentCredentialTest()
      : enrolment_{kService, std::make_shared<const pki::PrivateKey>(
                                 *pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256))} {
    transport_.handler = [this](const HttpRequest& request) { return Identity(request); };
  }

  Result<HttpResponse> Identity(const HttpRequest& request) {
    ++exchanges_;
    if (away_) return Fail(ErrorCode::kUnavailable, "connection refused");
    if (refuses_) {
      return HttpResponse{401, {}, R"({"code":"NotAuthenticated","message":"no such principal"})"};
    }
    last_ = request;
    return HttpResponse{200,
                        {},
                        fmt::format(R"({{"token":"token-{}","timeExpires":"{}"}})", ++given_,
                                    FormatTime(clock_.Now() + minutes(10)))};
  }

  EnrolmentCredential NewCredential(EnrolmentCredential::Options options = {}) {
    return EnrolmentCredential(transport_, clock_, random_, "https://identity.example", enrolment_,
                               std::move(options));
  }

  FakeTransport transport_;
  ManualClock clock_;
  SeededRandom random_{1};
  EnrolmentKey enrolment_;
  HttpRequest last_;
  int exchanges_ = 0;
  int given_ = 0;
  bool away_ = false;
  bool refuses_ = false;
};

TEST_F(EnrolmentCredentialTest, ExchangesTheEnrolmentKeyForASessionKeyUnderAToken) {
  auto credential =
      NewCredential({.describe = [](auto& details) { details.agent_version = "0.1"; }});

  const auto key = credential.Current();

  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ((*key)->key_id, "ST$token-1");
  EXPECT_EQ(last_.target, "/20260101/tokens/actions/exchange");
  const auto details =
      DecodeJson<identity::ExchangeTokenDetails>(last_.body, UnknownFields::kRefuse);
  ASSERT_TRUE(details) << details.error().message;
  EXPECT_EQ(details->agent_version, "0.1");
  // The token is for the very key that signs under it, and the enrolment key stays at home.
  EXPECT_EQ(details->public_key_pem, (*key)->key->public_key().ToPem());
  EXPECT_NE(details->public_key_pem, enrolment_.key->public_key().ToPem());
  const auto header = http_signature::Inspect(last_);
  ASSERT_TRUE(header) << header.error().message;
  EXPECT_EQ(header->key_id, "enrolment/" + kService);
  const std::vector<std::string> hosts = {"identity.example"};
  EXPECT_TRUE(http_signature::Verify(last_, *header, enrolment_.key->public_key(),
                                     {.now = clock_.Now(), .accepted_hosts = hosts}));
}

TEST_F(EnrolmentCredentialTest, RenewsAtHalfOfTheTokensLifeWithAFreshKey) {
  auto credential = NewCredential();
  const auto first = *credential.Current();

  clock_.Advance(minutes(5) - seconds(1));
  EXPECT_EQ(*credential.Current(), first);
  EXPECT_EQ(exchanges_, 1);
  clock_.Advance(seconds(1));
  const auto second = *credential.Current();

  EXPECT_EQ(second->key_id, "ST$token-2");
  EXPECT_NE(second->key->public_key(), first->key->public_key());
}

TEST_F(EnrolmentCredentialTest, GoesOnWithTheTokenItHasWhileIdentityIsAwayUntilItExpires) {
  auto credential = NewCredential();
  const auto first = *credential.Current();
  away_ = true;

  clock_.Advance(minutes(10) - seconds(1));
  EXPECT_EQ(*credential.Current(), first);
  EXPECT_EQ(*credential.Current(), first);
  EXPECT_EQ(exchanges_, 2) << "it asked again within two seconds";
  clock_.Advance(seconds(2));
  const auto late = credential.Current();

  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(exchanges_, 3);
  EXPECT_FALSE(credential.Current());
  EXPECT_EQ(exchanges_, 3);

  away_ = false;
  clock_.Advance(seconds(2));
  EXPECT_EQ((*credential.Current())->key_id, "ST$token-2");
}

TEST_F(EnrolmentCredentialTest, SaysWhenTheEnrolmentKeyIsNotAccepted) {
  refuses_ = true;
  auto credential = NewCredential();
  const auto key = credential.Current();
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error(), (Error{ErrorCode::kUnauthenticated, "no such principal"}));
}

TEST_F(EnrolmentCredentialTest, ADiscardedTokenIsReplaced) {
  auto credential = NewCredential();
  ASSERT_TRUE(credential.Current());
  credential.Discard();
  EXPECT_EQ((*credential.Current())->key_id, "ST$token-2");
}

TEST_F(EnrolmentCredentialTest, ManyThreadsShareOneExchange) {
  auto credential = NewCredential();
  Mutex mutex;
  int done = 0;
  int same = 0;
  {
    ThreadPool pool({.name = "callers", .threads = 8});
    for (int i = 0; i < 32; ++i) {
      ASSERT_TRUE(pool.Post([&] {
        const auto key = credential.Current();
        MutexLock lock(mutex);
        ++done;
        same += key && (*key)->key_id == "ST$token-1";
      }));
    }
    pool.Stop();
  }
  EXPECT_EQ(done, 32);
  EXPECT_EQ(same, 32);
  EXPECT_EQ(exchanges_, 1);
}

TEST_F(EnrolmentCredentialTest, NobodyWaitsForARenewalWhileTheOldTokenLives) {
  auto credential = NewCredential();
  const auto first = *credential.Current();
  clock_.Advance(minutes(5));
  Mutex mutex;
  Condition changed;
  bool asked = false;
  bool may_answer = false;
  transport_.handler = [&](const HttpRequest& request) {
    MutexLock lock(mutex);
    if (std::exchange(asked, true)) return Identity(request);  // A second exchange: the test fails.
    changed.NotifyAll();
    while (!may_answer) changed.Wait(mutex);
    return Identity(request);
  };
  ThreadPool pool({.name = "renewal", .threads = 1});
  ASSERT_TRUE(pool.Post([&] { (void)credential.Current(); }));
  {
    MutexLock lock(mutex);
    while (!asked) changed.Wait(mutex);
  }

  EXPECT_EQ(*credential.Current(), first);

  {
    MutexLock lock(mutex);
    may_answer = true;
    changed.NotifyAll();
  }
  pool.Stop();
  EXPECT_EQ(exchanges_, 2);
  EXPECT_EQ((*credential.Current())->key_id, "ST$token-2");
}

TEST_F(EnrolmentCredentialTest, RenewsSoonWhereItHasSomethingNewToTell) {
  auto credential = NewCredential();
  credential.RenewSoon();  // There is no token yet: nothing to renew.
  ASSERT_TRUE(credential.Current());
  credential.RenewSoon();
  ASSERT_TRUE(credential.Current());
  EXPECT_EQ(exchanges_, 1);
  clock_.Advance(seconds(10));
  ASSERT_TRUE(credential.Current());
  ASSERT_TRUE(credential.Current());
  EXPECT_EQ(exchanges_, 2);
}

TEST_F(EnrolmentCredentialTest, AProcessGetsItsServerCertificateByItsEnrolmentKey) {
  transport_.handler = [this](const HttpRequest& request) -> Result<HttpResponse> {
    last_ = request;
    return HttpResponse{
        200, {}, R"({"certificateChainPem":"PEM","timeExpires":"2026-01-31T00:00:00Z"})"};
  };

  const auto certificate =
      RequestProcessCertificate(transport_, clock_, random_, "https://identity.example", enrolment_,
                                {"pki.example", "localhost"});

  ASSERT_TRUE(certificate) << certificate.error().message;
  EXPECT_EQ(certificate->chain_pem, "PEM");
  EXPECT_EQ(certificate->expires - clock_.Now(), std::chrono::days(30));
  EXPECT_EQ(certificate->renew_at - clock_.Now(), std::chrono::days(20));
  EXPECT_EQ(last_.target, "/20260101/serverCertificates");
  EXPECT_EQ(http_signature::Inspect(last_)->key_id, "enrolment/" + kService);
  const auto details =
      DecodeJson<identity::CreateServerCertificateDetails>(last_.body, UnknownFields::kRefuse);
  EXPECT_THAT(details->names, ::testing::ElementsAre("pki.example", "localhost"));
  EXPECT_EQ(details->public_key_pem, certificate->key->public_key().ToPem());
}

}  // namespace
}  // namespace perennial::api
