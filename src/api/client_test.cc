// SPDX-License-Identifier: Apache-2.0
#include "api/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/audit/client.h"
#include "api/certificates/client.h"
#include "api/error.h"
#include "api/identity/client.h"
#include "api/load_balancer/client.h"
#include "api/testing.h"
#include "api/updates/client.h"
#include "http_signature/signature.h"

namespace perennial::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ClientTest : public ::testing::Test {
 protected:
  ClientTest()
      : key_(std::make_shared<const pki::PrivateKey>(
            *pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256))),
        credential_({.key_id = "ST$token", .key = key_}) {}

  Client NewClient(std::string url = "https://pki.example:8643") {
    return Client(transport_, &credential_, clock_, random_, std::move(url));
  }
  const HttpRequest& Last() const { return transport_.sent.back().request; }

  FakeTransport transport_;
  ManualClock clock_;
  SeededRandom random_{7};
  std::shared_ptr<const pki::PrivateKey> key_;
  http_signature::StaticCredential credential_;
};

TEST_F(ClientTest, SignsWhatItSendsSoThatTheServiceVerifiesIt) {
  transport_.Answer(200, "{}");
  const auto answer = NewClient().Send({.method = "POST",
                                        .target = "/20260101/x",
                                        .body = R"({"a":1})",
                                        .options = {.retry_token = "again", .if_match = "e1"}});
  ASSERT_TRUE(answer) << answer.error().message;

  const auto& request = Last();
  EXPECT_EQ(FindHeader(request.headers, "host"), "pki.example:8643");
  EXPECT_EQ(FindHeader(request.headers, "opc-retry-token"), "again");
  EXPECT_EQ(FindHeader(request.headers, "if-match"), "e1");
  EXPECT_EQ(FindHeader(request.headers, "content-type"), "application/json");
  EXPECT_EQ(FindHeader(request.headers, "opc-request-id")->size(), 32u);
  const auto header = http_signature::Inspect(request);
  ASSERT_TRUE(header) << header.error().message;
  const std::vector<std::string> hosts = {"pki.example:8643"};
  const auto facts = http_signature::Verify(request, *header, key_->public_key(),
                                            {.now = clock_.Now(), .accepted_hosts = hosts});
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ(facts->key_id, "ST$token");
}

TEST_F(ClientTest, TheHostIsTheAuthorityOfTheUrl) {
  const std::vector<std::pair<std::string, std::string>> urls = {
      {"https://pki.example", "pki.example"},
      {"https://pki.example/", "pki.example"},
      {"https://pki.example:443", "pki.example"},
      {"https://10.0.0.1:8643", "10.0.0.1:8643"},
      {"http://[::1]:80", "[::1]"}};
  for (const auto& [url, host] : urls) {
    transport_.Answer(200, "{}");
    ASSERT_TRUE(NewClient(url).Send({.method = "GET", .target = "/x"}));
    EXPECT_EQ(FindHeader(Last().headers, "host"), host) << url;
  }
}

TEST_F(ClientTest, AnErrorOfTheServiceComesBackAsTheSameCode) {
  const std::vector<std::tuple<int, std::string, ErrorCode>> answers = {
      {400, "CannotParseRequest", ErrorCode::kCannotParse},
      {400, "InvalidParameter", ErrorCode::kInvalidArgument},
      {400, "MissingParameter", ErrorCode::kMissingArgument},
      {400, "LimitExceeded", ErrorCode::kLimitExceeded},
      {400, "RelatedResourceNotAuthorizedOrNotFound", ErrorCode::kRelatedNotFound},
      {401, "NotAuthenticated", ErrorCode::kUnauthenticated},
      {404, "NotAuthorizedOrNotFound", ErrorCode::kNotFound},
      {404, "NotFound", ErrorCode::kNoSuchOperation},
      {409, "IncorrectState", ErrorCode::kIncorrectState},
      {409, "Conflict", ErrorCode::kConflict},
      {409, "InvalidatedRetryToken", ErrorCode::kRetryTokenInvalidated},
      {409, "NotAuthorizedOrResourceAlreadyExists", ErrorCode::kAlreadyExists},
      {410, "SnapshotNeeded", ErrorCode::kSnapshotNeeded},
      {412, "NoEtagMatch", ErrorCode::kEtagMismatch},
      {413, "PayloadTooLarge", ErrorCode::kTooLarge},
      {429, "TooManyRequests", ErrorCode::kRateLimited},
      {500, "InternalServerError", ErrorCode::kInternal},
      {503, "ServiceUnavailable", ErrorCode::kUnavailable},
      {404, "SomethingNew", ErrorCode::kNotFound},
      {502, "SomethingNew", ErrorCode::kUnavailable}};
  for (const auto& [status, code, expected] : answers) {
    transport_.Answer(status, R"({"code":")" + code + R"(","message":"/name: is taken"})",
                      {{"Opc-Request-Id", "abc"}});
    const auto answer = NewClient().Send({.method = "GET", .target = "/x"});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, expected) << code;
    EXPECT_EQ(answer.error().message, "/name: is taken (request abc)");
  }
}

TEST_F(ClientTest, AnAnswerThatIsNotOursIsJudgedByItsStatus) {
  const std::vector<std::pair<int, ErrorCode>> answers = {{502, ErrorCode::kUnavailable},
                                                          {404, ErrorCode::kNotFound},
                                                          {301, ErrorCode::kInternal},
                                                          {401, ErrorCode::kUnauthenticated}};
  for (const auto& [status, expected] : answers) {
    transport_.Answer(status, "<html>Bad Gateway</html>");
    const auto answer = NewClient().Send({.method = "GET", .target = "/x"});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, expected) << status;
    EXPECT_THAT(answer.error().message, HasSubstr(std::to_string(status)));
  }
}

TEST_F(ClientTest, AServiceThatCannotBeReachedIsUnavailable) {
  transport_.Refuse("connection refused");
  const auto answer = NewClient().Send({.method = "GET", .target = "/x"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error(), (Error{ErrorCode::kUnavailable, "connection refused"}));
}

TEST_F(ClientTest, ASuccessThatCannotBeReadIsAnErrorThatNamesTheField) {
  transport_.Answer(200, R"({"name":"x"})");
  identity::IdentityClient client(NewClient());
  const auto answer = client.GetTenancy("ocid1.tenancy.perennial.home-1.a");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kInternal);
  EXPECT_THAT(answer.error().message, HasSubstr("/id: is required"));
}

TEST_F(ClientTest, PagesAreFollowedToTheLast) {
  const auto group = [](const std::string& id) {
    return R"({"id":")" + id +
           R"(","compartmentId":"t","name":"n","description":"d","timeCreated":"2026-01-01T00:00:00Z",)"
           R"("lifecycleState":"ACTIVE","freeformTags":{},"definedTags":{},"later":1})";
  };
  transport_.Answer(200, "[" + group("a") + "," + group("b") + "]", {{"opc-next-page", "p 2"}});
  transport_.Answer(200, "[]", {{"opc-next-page", "p3"}});
  transport_.Answer(200, "[" + group("c") + "]");
  identity::IdentityClient client(NewClient());

  const auto all = AllPages([&](const std::string& page) {
    return client.ListGroups({{"compartmentId", "t"}, {"page", page}});
  });

  ASSERT_TRUE(all) << all.error().message;
  ASSERT_EQ(all->size(), 3u);
  EXPECT_EQ(all->back().id, "c");
  ASSERT_EQ(transport_.sent.size(), 3u);
  EXPECT_EQ(transport_.sent[0].request.target, "/20160918/groups?compartmentId=t");
  EXPECT_EQ(transport_.sent[1].request.target, "/20160918/groups?compartmentId=t&page=p%202");
}

TEST_F(ClientTest, AMutationOfALoadBalancerReturnsItsWorkRequest) {
  load_balancer::LoadBalancerClient client(NewClient());
  transport_.Answer(204, "", {{"opc-work-request-id", "ocid1.loadbalancerworkrequest.x"}});
  EXPECT_EQ(*client.DeleteBackend("lb", "app", "10.0.0.3:8080"), "ocid1.loadbalancerworkrequest.x");
  EXPECT_EQ(Last().target, "/20170115/loadBalancers/lb/backendSets/app/backends/10.0.0.3%3A8080");
  EXPECT_EQ(Last().method, "DELETE");
  transport_.Answer(204, "");
  EXPECT_FALSE(client.DeleteListener("lb", "web"));
}

TEST_F(ClientTest, AParkedCallHasTimeToWait) {
  transport_.Answer(200, R"({"position":9,"full":false,"entries":[]})");
  identity::IdentityClient client(NewClient());
  const auto answer = client.GetAuthorizationSnapshot(8, std::chrono::milliseconds(1500));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->position, 9);
  EXPECT_EQ(Last().target, "/20260101/authorizationSnapshot?after=8&waitSeconds=2");
  EXPECT_GT(transport_.sent.back().deadline, std::chrono::seconds(10));
}

TEST_F(ClientTest, EnrolmentIsNotSigned) {
  transport_.Answer(401, R"({"code":"NotAuthenticated","message":"the token has expired"})");
  identity::IdentityClient client(Client(transport_, nullptr, clock_, random_, "https://h"));
  const auto enrolled = client.EnrolNode({.token = "pnj_x"});
  EXPECT_EQ(enrolled.error().code, ErrorCode::kUnauthenticated);
  EXPECT_FALSE(FindHeader(Last().headers, "authorization"));
  EXPECT_EQ(client.GetEndpoints().error().code, ErrorCode::kInternal);
}

TEST_F(ClientTest, ABundleIsAskedForByVersionAndType) {
  certificates::CertificatesClient client(NewClient());
  const auto unused = client.GetCertificateBundle(
      "ocid1.certificate.x", certificates::BundleType::kWithPrivateKey, {.version_number = 7});
  EXPECT_FALSE(unused);
  EXPECT_EQ(Last().target,
            "/20210224/certificateBundles/ocid1.certificate.x?versionNumber=7&"
            "certificateBundleType=CERTIFICATE_CONTENT_WITH_PRIVATE_KEY");
}

TEST_F(ClientTest, TheChangeFeedIsReadFromPositionAndHash) {
  certificates::CertificatesClient client(NewClient());
  transport_.Answer(410, R"({"code":"SnapshotNeeded","message":"the log begins later"})");
  const auto feed = client.GetChangeFeed(12, "ab", 0, std::chrono::seconds(30));
  EXPECT_EQ(feed.error().code, ErrorCode::kSnapshotNeeded);
  EXPECT_EQ(Last().target, "/20260101/changeFeed?after=12&hash=ab&waitSeconds=30");

  transport_.Answer(200, R"({"position":1,"hash":"cd","items":[]})", {{"opc-next-page", "2"}});
  const auto page = client.GetFeedSnapshot(certificates::SnapshotTable::kNodeWants, "");
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->next_page, "2");
  EXPECT_EQ(Last().target, "/20260101/changeFeed/snapshot?table=NODE_WANTS");
}

TEST_F(ClientTest, AuditIsReadOfOneServiceAndOfAWindow) {
  audit::AuditClient client(NewClient());
  transport_.Answer(200, R"({"items":[{"position":5,"hash":"ab","record":{"b":1,"a":[2,"é"]}}]})");
  const auto records = client.GetAuditRecords(
      {.service = "load-balancer", .after = 4, .hash = "aa"}, Duration::zero());
  ASSERT_TRUE(records) << records.error().message;
  EXPECT_EQ(Last().target, "/20260101/auditRecords/load-balancer?after=4&hash=aa&waitSeconds=0");
  EXPECT_EQ(records->items.at(0).record.text, R"({"b":1,"a":[2,"é"]})");

  transport_.Answer(200, "[]");
  const auto events =
      client.ListEvents({.compartment_id = "c", .start = FromMicros(0), .end = clock_.Now()});
  ASSERT_TRUE(events);
  EXPECT_THAT(events->items, IsEmpty());
  EXPECT_EQ(Last().target,
            "/20190901/auditEvents?compartmentId=c&startTime=1970-01-01T00%3A00%3A00.000Z&"
            "endTime=2026-01-01T00%3A00%3A00.000Z");
}

TEST_F(ClientTest, APollIsOneRequestThatMayWait) {
  updates::UpdatesClient client(NewClient());
  transport_.Answer(200, R"({"format":1,"needSet":true,"changes":[],"behindSeconds":0.2})");
  const auto answer = client.Poll({.wait_seconds = 30, .set = {{{"a", 7}}}});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_TRUE(answer->need_set);
  EXPECT_EQ(Last().body, R"({"format":1,"waitSeconds":30,"set":[["a",7]]})");
  EXPECT_GT(transport_.sent.back().deadline, std::chrono::seconds(30));
}

}  // namespace
}  // namespace perennial::api
