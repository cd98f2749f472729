// SPDX-License-Identifier: Apache-2.0
#include "agent/remote_control_plane.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "agent/testing_network.h"
#include "pki/key.h"

namespace perennial::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kNode[] = "ocid1.node.perennial.home-1.n1";
constexpr char kFirst[] = "ocid1.loadbalancer.perennial.home-1.lb1";
constexpr char kSecond[] = "ocid1.loadbalancer.perennial.home-1.lb2";
constexpr char kCertificate[] = "ocid1.certificate.perennial.home-1.c1";
constexpr char kEndpoints[] = "/20260101/endpoints";
constexpr char kExchange[] = "/20260101/tokens/actions/exchange";
constexpr char kTokens[] = "/20260101/resourcePrincipalTokens";
constexpr char kPoll[] = "/20260101/updates/actions/poll";
constexpr char kObservations[] = "/20260101/observations";
const std::string kConfiguration = std::string("/20260101/nodes/") + kNode + "/configuration";
const std::string kBundle = std::string("/20210224/certificateBundles/") + kCertificate;

class RemoteTest : public ::testing::Test {
 protected:
  RemoteTest() {
    network_.Answers(kEndpoints, R"({"identity":"https://id:1","certificates":"https://certs:1",)"
                                 R"("updates":["https://r1:1","https://r2:1","https://r3:1"],)"
                                 R"("loadBalancer":"https://lb:1","audit":"https://audit:1"})");
    network_.Answers(kExchange, R"({"token":"node-token","timeExpires":")" + In(900) + "\"}");
    network_.Answers(kTokens, Tokens({kFirst, kSecond}));
    Restart();
  }
  void SetUp() override { std::filesystem::remove_all(directory_); }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  void Restart() {
    remote_.emplace(RemoteControlPlane::Parts{network_, clock_, random_, files_},
                    RemoteControlPlane::Options{
                        .identity_url = "https://id:1",
                        .node = {.principal_id = kNode, .key = key_},
                        .endpoints_path = directory_ + "/endpoints.json",
                        .resource_tokens = {.directory = directory_ + "/resource-principals"},
                        .agent_version = "0.1.0"});
  }
  std::string In(int64_t s) const { return FormatTime(clock_.Now() + seconds(s)); }
  std::string Tokens(const std::vector<std::string>& ids) const {
    std::string items;
    for (const auto& id : ids) {
      items += fmt::format(R"({}{{"resourceId":"{}","token":"token-of-{}","timeExpires":"{}"}})",
                           items.empty() ? "" : ",", id, id.substr(id.rfind('.') + 1), In(900));
    }
    return R"({"items":[)" + items + "]}";
  }
  void AnswersBundle(const std::string& stages, int64_t wanted) {
    network_.Answers(
        kBundle,
        fmt::format(
            R"({{"certificateBundleType":"CERTIFICATE_CONTENT_WITH_PRIVATE_KEY","certificateId":"{}",)"
            R"("certificateName":"shop","versionNumber":2,"serialNumber":"01","timeCreated":"{}",)"
            R"("validity":{{"timeOfValidityNotBefore":"{}","timeOfValidityNotAfter":"{}"}},)"
            R"("stages":[{}],"certificatePem":"LEAF","certChainPem":"CHAIN","privateKeyPem":"KEY",)"
            R"("wantedVersionNumber":{}}})",
            kCertificate, In(0), In(0), In(3600), stages, wanted));
  }
  // The directory must exist before files can be put into it.
  void MakeDirectory() { ASSERT_TRUE(files_.MakeDirectory(directory_, 0700)); }
  static std::string Authorization(const FakeNetwork::Call& call) {
    return FindHeader(call.request.headers, "authorization").value_or("");
  }

  ManualClock clock_;
  SeededRandom random_{7};
  SystemFiles files_;
  FakeNetwork network_;
  const std::string directory_ = ::testing::TempDir() + "/remote-" +
                                 ::testing::UnitTest::GetInstance()->current_test_info()->name();
  const std::shared_ptr<const pki::PrivateKey> key_ = std::make_shared<const pki::PrivateKey>(
      *pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256));
  std::optional<RemoteControlPlane> remote_;
};

TEST_F(RemoteTest, ParksForAConfigurationAndPassesItOnUnread) {
  network_.Answers(
      kConfiguration,
      R"({"version":4,"previousHash":"h3","hash":"h4","resources":[{"later":1,"id":"x"}]})");
  const auto answer = remote_->ConfigurationAfter(3, std::chrono::seconds(30));
  ASSERT_TRUE(answer) << answer.error().message;
  ASSERT_TRUE(*answer);
  EXPECT_EQ((*answer)->version, 4);
  EXPECT_EQ((*answer)->previous_hash, "h3");
  EXPECT_EQ((*answer)->hash, "h4");
  EXPECT_EQ((*answer)->resources, R"([{"id":"x","later":1}])");
  const auto call = network_.CallsTo(kConfiguration).at(0);
  EXPECT_EQ(call.base_url, "https://lb:1");
  EXPECT_THAT(call.request.target, HasSubstr("?after=3&waitSeconds=30"));
  EXPECT_EQ(call.deadline, std::chrono::seconds(45));
  EXPECT_THAT(Authorization(call), HasSubstr("ST$node-token"));
}

TEST_F(RemoteTest, SaysNothingNewForTheVersionThatItHas) {
  network_.Answers(kConfiguration,
                   R"({"version":4,"previousHash":"h3","hash":"h4","resources":[]})");
  const auto answer = remote_->ConfigurationAfter(4, std::chrono::seconds(300));
  ASSERT_TRUE(answer);
  EXPECT_FALSE(*answer);
  EXPECT_THAT(network_.CallsTo(kConfiguration).at(0).request.target, HasSubstr("waitSeconds=50"));
}

TEST_F(RemoteTest, PollsWithTheSetAndThenWithWhatChangedInIt) {
  network_.Answers(kPoll,
                   R"({"format":1,"cursor":"c2","setDigest":"d2","needSet":false,"changes":[)"
                   R"({"associationId":"a","wanted":8,"ended":false},)"
                   R"({"associationId":"b","revision":3,"ended":true}],"behindSeconds":0.5})");
  const auto answer = remote_->Poll({.set = {{{"a", 7}}}, .wait = std::chrono::milliseconds(1500)});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->cursor, "c2");
  EXPECT_EQ(answer->set_digest, "d2");
  ASSERT_EQ(answer->changes.size(), 2u);
  EXPECT_EQ(answer->changes[0].version, 8);
  EXPECT_EQ(answer->changes[1].version, std::nullopt);
  EXPECT_TRUE(answer->changes[1].ended);
  EXPECT_EQ(network_.CallsTo(kPoll).at(0).request.body,
            R"({"format":1,"waitSeconds":2,"set":[["a",7]]})");

  ASSERT_TRUE(remote_->Poll({.cursor = "c2",
                             .set_digest = "d2",
                             .added = {{"a", 8}},
                             .removed = {"b"},
                             .wait = std::chrono::minutes(5)}));
  EXPECT_EQ(network_.CallsTo(kPoll).at(1).request.body,
            R"({"format":1,"waitSeconds":50,"cursor":"c2","setDigest":"d2","added":[["a",8]],)"
            R"("removed":["b"]})");
  EXPECT_EQ(network_.CallsTo(kPoll).at(1).deadline, std::chrono::seconds(65));
}

TEST_F(RemoteTest, GoesToAnotherReplicaAndStaysThere) {
  std::vector<std::string> asked;
  network_.answers[kPoll] = [&](const auto& call) -> Result<HttpResponse> {
    asked.push_back(call.base_url);
    if (asked.size() == 1) return Fail(ErrorCode::kUnavailable, "connection refused");
    return HttpResponse{200, {}, R"({"format":1,"needSet":true,"changes":[],"behindSeconds":0})"};
  };
  const auto first = remote_->Poll({});
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_TRUE(first->need_set);
  ASSERT_TRUE(remote_->Poll({}));
  ASSERT_EQ(asked.size(), 3u);
  EXPECT_NE(asked[0], asked[1]);
  EXPECT_EQ(asked[1], asked[2]);
}

// A replica that is cut off from the control plane answers as ever, and never has news.
TEST_F(RemoteTest, DoesNotStayWithAReplicaThatIsLeftBehind) {
  std::map<std::string, int> behind = {
      {"https://r1:1", 3600}, {"https://r2:1", 31}, {"https://r3:1", 5}};
  network_.answers[kPoll] = [&](const auto& call) -> Result<HttpResponse> {
    return HttpResponse{
        200,
        {},
        fmt::format(R"({{"format":1,"cursor":"of {0}","setDigest":"d","needSet":false,)"
                    R"("changes":[],"behindSeconds":{0}}})",
                    behind.at(call.base_url))};
  };
  const auto cursor = [&](Duration wait) -> std::string {
    const auto answer = remote_->Poll({.wait = wait});
    return answer ? answer->cursor : answer.error().message;
  };
  EXPECT_EQ(cursor(seconds(20)), "of 5");
  const auto calls = network_.CallsTo(kPoll).size();
  EXPECT_EQ(cursor(seconds(20)), "of 5");
  EXPECT_EQ(network_.CallsTo(kPoll).size(), calls + 1) << "it stays with the one that keeps up";

  behind["https://r3:1"] = 7200;
  EXPECT_EQ(cursor(seconds(20)), "of 31") << "an old answer is better than none";
  const auto asked = network_.CallsTo(kPoll);
  ASSERT_EQ(asked.size(), calls + 4);
  EXPECT_THAT(asked[calls + 1].request.body, HasSubstr(R"("waitSeconds":20)"));
  EXPECT_THAT(asked[calls + 2].request.body, Not(HasSubstr(R"("waitSeconds":20)")));
}

TEST_F(RemoteTest, TriesTheReplicasInAnOrderOfItsOwn) {
  network_.answers[kPoll] = [&](const auto&) -> Result<HttpResponse> {
    return HttpResponse{200, {}, R"({"format":1,"needSet":true,"changes":[],"behindSeconds":0})"};
  };
  std::set<std::string> first;
  for (int i = 0; i < 20; ++i) {
    Restart();
    ASSERT_TRUE(remote_->Poll({}));
    first.insert(network_.calls.back().base_url);
  }
  EXPECT_EQ(first.size(), 3u);
}

TEST_F(RemoteTest, KnowsWhereTheServicesWereWhenIdentityIsAway) {
  MakeDirectory();
  network_.Answers(kPoll, R"({"format":1,"needSet":true,"changes":[],"behindSeconds":0})");
  ASSERT_TRUE(remote_->Poll({}));
  network_.answers.erase(kEndpoints);
  Restart();
  EXPECT_TRUE(remote_->Poll({}));

  std::filesystem::remove(directory_ + "/endpoints.json");
  Restart();
  EXPECT_EQ(remote_->Poll({}).error().code, ErrorCode::kUnavailable);
}

TEST_F(RemoteTest, AsksAgainWhereTheServicesAreAfterAFailure) {
  EXPECT_FALSE(remote_->ConfigurationAfter(0, Duration::zero()));
  EXPECT_EQ(network_.CallsTo(kEndpoints).size(), 1u);
  EXPECT_FALSE(remote_->ConfigurationAfter(0, Duration::zero()));
  EXPECT_EQ(network_.CallsTo(kEndpoints).size(), 1u) << "not more often than every ten seconds";
  clock_.Advance(std::chrono::seconds(11));
  EXPECT_FALSE(remote_->ConfigurationAfter(0, Duration::zero()));
  EXPECT_EQ(network_.CallsTo(kEndpoints).size(), 2u);
}

TEST_F(RemoteTest, ReadsABundleAsExactlyThatResource) {
  AnswersBundle(R"("CURRENT")", 3);
  remote_->Expect({kFirst, kSecond});
  const auto answer = remote_->FetchBundle(kFirst, kCertificate, 2);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->bundle.version, 2);
  EXPECT_EQ(answer->bundle.certificate_pem, "LEAF");
  EXPECT_EQ(answer->bundle.chain_pem, "CHAIN");
  EXPECT_EQ(answer->bundle.private_key_pem.RevealText(), "KEY");
  EXPECT_EQ(answer->wanted_version, 3) << "whatever its stages";
  const auto call = network_.CallsTo(kBundle).at(0);
  EXPECT_EQ(call.base_url, "https://certs:1");
  EXPECT_THAT(call.request.target,
              HasSubstr("certificateBundleType=CERTIFICATE_CONTENT_WITH_PRIVATE_KEY"));
  EXPECT_THAT(call.request.target, HasSubstr("versionNumber=2"));
  EXPECT_THAT(Authorization(call), HasSubstr("ST$token-of-lb1"));
  EXPECT_THAT(Authorization(call), HasSubstr("rsa-sha256"));

  AnswersBundle(R"("LATEST","PENDING")", 2);
  EXPECT_EQ(remote_->FetchBundle(kSecond, kCertificate, 2)->wanted_version, 2);
  EXPECT_THAT(Authorization(network_.CallsTo(kBundle).at(1)), HasSubstr("ST$token-of-lb2"));
  ASSERT_EQ(network_.CallsTo(kTokens).size(), 1u) << "one batch for all resources";
  const auto batch = network_.CallsTo(kTokens)[0];
  EXPECT_THAT(batch.request.body, HasSubstr(kFirst));
  EXPECT_THAT(batch.request.body, HasSubstr(kSecond));
  EXPECT_THAT(Authorization(batch), HasSubstr("ST$node-token"));
}

TEST_F(RemoteTest, TakesNoOtherCertificateThanTheOneAskedFor) {
  AnswersBundle("", 2);
  auto& answer = network_.answers[kBundle];
  answer = [inner = answer](const auto& call) {
    auto response = *inner(call);
    const auto at = response.body.find(kCertificate);
    response.body[at + sizeof kCertificate - 2] = '9';
    return response;
  };
  EXPECT_FALSE(remote_->FetchBundle(kFirst, kCertificate, 2));
}

TEST_F(RemoteTest, ARefusedQuestionIsNoRefusalByTheGate) {
  network_.Refuses(kBundle, 400, "InvalidParameter");
  const auto answer = remote_->FetchBundle(kFirst, kCertificate, 2);
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().code, ErrorCode::kInvalidArgument);
}

TEST_F(RemoteTest, RenewsTokensAtHalfOfTheirLifeAndGoesOnWithThemWhenItCannot) {
  AnswersBundle("", 2);
  ASSERT_TRUE(remote_->FetchBundle(kFirst, kCertificate, 2));
  clock_.Advance(std::chrono::seconds(440));
  ASSERT_TRUE(remote_->FetchBundle(kFirst, kCertificate, 2));
  EXPECT_EQ(network_.CallsTo(kTokens).size(), 1u);
  network_.Refuses(kTokens, 503, "ServiceUnavailable");
  clock_.Advance(std::chrono::seconds(20));
  EXPECT_TRUE(remote_->FetchBundle(kFirst, kCertificate, 2));
  EXPECT_TRUE(remote_->FetchBundle(kFirst, kCertificate, 2));
  EXPECT_EQ(network_.CallsTo(kTokens).size(), 2u) << "not asked again at once";
  clock_.Advance(std::chrono::seconds(441));
  const auto dead = remote_->FetchBundle(kFirst, kCertificate, 2);
  ASSERT_FALSE(dead);
  EXPECT_EQ(dead.error().code, ErrorCode::kUnavailable);
}

TEST_F(RemoteTest, TakesANewSessionKeyEachDay) {
  AnswersBundle("", 2);
  ASSERT_TRUE(remote_->FetchBundle(kFirst, kCertificate, 2));
  const auto body_after = [&](Duration time) {
    clock_.Advance(time);
    network_.Answers(kExchange, R"({"token":"node-token","timeExpires":")" + In(900) + "\"}");
    network_.Answers(kTokens, Tokens({kFirst}));
    EXPECT_TRUE(remote_->FetchBundle(kFirst, kCertificate, 2));
    return network_.CallsTo(kTokens).back().request.body;
  };
  const auto first = network_.CallsTo(kTokens)[0].request.body;
  EXPECT_EQ(body_after(std::chrono::hours(23)), first);
  EXPECT_NE(body_after(std::chrono::hours(2)), first);
}

TEST_F(RemoteTest, CannotSpeakAsWhatIsNotPlacedHere) {
  AnswersBundle("", 2);
  network_.Answers(kTokens, Tokens({kSecond}));
  const auto answer = remote_->FetchBundle(kFirst, kCertificate, 2);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(network_.CallsTo(kBundle), IsEmpty());
}

TEST_F(RemoteTest, DoesNotAskOnTheWayForWhatIsNotPlacedHere) {
  network_.Answers(kTokens, Tokens({kFirst}));
  remote_->Expect({kFirst, kSecond});
  remote_->Refresh();
  remote_->Refresh();
  EXPECT_EQ(network_.CallsTo(kTokens).size(), 1u);
  clock_.Advance(std::chrono::minutes(6));
  remote_->Refresh();
  EXPECT_EQ(network_.CallsTo(kTokens).size(), 2u);
}

TEST_F(RemoteTest, KeepsTheFilesOfAnSdkForItsUserOnly) {
  MakeDirectory();
  remote_->Expect({kFirst, kSecond});
  remote_->Refresh();
  const auto at = directory_ + "/resource-principals/lb1/";
  EXPECT_EQ(*files_.Read(at + "rpst"), "token-of-lb1");
  EXPECT_TRUE(pki::PrivateKey::ParsePem(*files_.Read(at + "private.pem")));
  EXPECT_EQ(*files_.Read(at + "env"),
            "OCI_RESOURCE_PRINCIPAL_VERSION=2.2\n"
            "OCI_RESOURCE_PRINCIPAL_RPST=" +
                at +
                "rpst\n"
                "OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM=" +
                at +
                "private.pem\n"
                "OCI_RESOURCE_PRINCIPAL_REGION=home-1\n");
  for (const auto* name : {"rpst", "private.pem", "env"}) {
    struct stat status{};
    ASSERT_EQ(stat((at + name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u) << name;
  }
  remote_->Expect({kSecond});
  remote_->Refresh();
  EXPECT_FALSE(files_.Read(at + "private.pem"));
  EXPECT_TRUE(files_.Read(directory_ + "/resource-principals/lb2/rpst"));
}

TEST_F(RemoteTest, NeverMakesAPathOfWhatIsNoOcid) {
  MakeDirectory();
  constexpr char kEvil[] = "ocid1.loadbalancer.perennial.home-1./../../evil";
  network_.Answers(kTokens, Tokens({kEvil}));
  remote_->Expect({kEvil});
  remote_->Refresh();
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/resource-principals"));
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/evil"));
}

TEST_F(RemoteTest, ReportsWhatItSawInTheWordsOfTheWire) {
  network_.Answers(kObservations, R"({"rejected":[]})");
  const auto sent = remote_->SendReports({{.association_id = "a",
                                           .version = 2,
                                           .fingerprint_sha256 = "ff",
                                           .address = "10.0.0.1:443",
                                           .server_name = "shop.example",
                                           .key_type = "ECDSA",
                                           .result = ReportedResult::kProved,
                                           .seen = clock_.Now()},
                                          {.association_id = "b",
                                           .version = 3,
                                           .result = ReportedResult::kRefusedByGate,
                                           .reason = "expired",
                                           .seen = clock_.Now()}});
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(
      network_.CallsTo(kObservations).at(0).request.body,
      fmt::format(R"({{"items":[{{"associationId":"a","versionNumber":2,"fingerprintSha256":"ff",)"
                  R"("address":"10.0.0.1:443","serverName":"shop.example","keyType":"ECDSA",)"
                  R"("vantage":"node","result":"PROVED","timeObserved":"{0}"}},)"
                  R"({{"associationId":"b","versionNumber":3,"vantage":"node",)"
                  R"("result":"REFUSED_BY_GATE","reason":"expired","timeObserved":"{0}"}}]}})",
                  In(0)));
}

TEST_F(RemoteTest, CutsALongReasonBetweenCharacters) {
  network_.Answers(kObservations, R"({"rejected":[]})");
  std::string reason(999, 'x');
  reason += "\u00e9 and more";
  ASSERT_TRUE(remote_->SendReports({{.association_id = "a", .version = 2, .reason = reason}}));
  EXPECT_THAT(network_.CallsTo(kObservations).at(0).request.body,
              HasSubstr(R"("reason":")" + std::string(999, 'x') + R"(",)"));
}

TEST_F(RemoteTest, KeepsReportsThatCouldNotBeSentAndDropsThoseThatNobodyWants) {
  const std::vector<Report> reports = {{.association_id = "a", .version = 2, .seen = clock_.Now()}};
  EXPECT_FALSE(remote_->SendReports(reports));
  network_.Refuses(kObservations, 400, "InvalidParameter");
  EXPECT_TRUE(remote_->SendReports(reports));
  network_.Refuses(kObservations, 404, "NotAuthorizedOrNotFound");
  EXPECT_FALSE(remote_->SendReports(reports));
}

TEST_F(RemoteTest, ExchangesItsKeyAnewWhenATokenIsNotTaken) {
  network_.Refuses(kConfiguration, 401, "NotAuthenticated");
  remote_->Tell(3, 2);
  EXPECT_FALSE(remote_->ConfigurationAfter(0, Duration::zero()));
  EXPECT_EQ(network_.CallsTo(kExchange).size(), 1u);
  EXPECT_FALSE(remote_->ConfigurationAfter(0, Duration::zero()));
  EXPECT_EQ(network_.CallsTo(kExchange).size(), 2u);
  EXPECT_THAT(network_.CallsTo(kExchange)[0].request.body,
              HasSubstr(R"("agentVersion":"0.1.0","wantedCount":3,"servedCount":2)"));
}

TEST_F(RemoteTest, TellsWhatItServesSoonAfterThatHasChanged) {
  remote_->Tell(3, 2);
  EXPECT_FALSE(remote_->ConfigurationAfter(0, Duration::zero()));
  clock_.Advance(std::chrono::seconds(10));
  remote_->Tell(3, 2);  // No news.
  EXPECT_FALSE(remote_->ConfigurationAfter(0, Duration::zero()));
  ASSERT_EQ(network_.CallsTo(kExchange).size(), 1u);
  remote_->Tell(3, 3);
  EXPECT_FALSE(remote_->ConfigurationAfter(0, Duration::zero()));
  ASSERT_EQ(network_.CallsTo(kExchange).size(), 2u);
  EXPECT_THAT(network_.CallsTo(kExchange)[1].request.body,
              HasSubstr(R"("wantedCount":3,"servedCount":3)"));
}

}  // namespace
}  // namespace perennial::agent
