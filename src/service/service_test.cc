// SPDX-License-Identifier: Apache-2.0
#include "service/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http_signature/key_id.h"
#include "http_signature/signer.h"
#include "pki/key.h"
#include "service/page.h"
#include "service/router.h"
#include "storage/testing.h"

namespace perennial::service {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kTenancy[] = "ocid1.tenancy.perennial..t1";
constexpr char kUser[] = "ocid1.user.perennial..u1";
constexpr char kStranger[] = "ocid1.user.perennial..u2";
constexpr char kService[] = "ocid1.service.perennial..lb";
constexpr char kHost[] = "localhost:8643";

// Runs posted work at once, on the caller's thread.
class InlineExecutor final : public Executor {
 public:
  bool Post(std::function<void()> work) override {
    work();
    return true;
  }
};

class AgedView final : public IdentityView {
 public:
  Result<std::shared_ptr<const authz::Snapshot>> Current() const override {
    ++reads;
    return snapshot;
  }
  Duration Age() const override { return age; }
  std::shared_ptr<const authz::Snapshot> snapshot;
  mutable int reads = 0;
  Duration age{};
};

// One service with a counter as its state, one user, one other service.
class World {
 public:
  World()
      : key_(std::make_shared<pki::PrivateKey>(
            *pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256))) {
    const auto pem = key_->public_key().ToPem();
    fingerprint_ = key_->public_key().Md5Fingerprint();
    Know(authz::TenancyFact{kTenancy, "acme"});
    Know(authz::UserFact{
        kUser, kTenancy, "ann", authz::PrincipalState::kActive, {{fingerprint_, pem}}});
    Know(authz::GroupFact{"ocid1.group.perennial..g1", kTenancy, "admins"});
    Know(authz::MembershipFact{"ocid1.membership.perennial..m1", kUser,
                               "ocid1.group.perennial..g1"});
    Know(authz::PolicyFact{"ocid1.policy.perennial..p1",
                           kTenancy,
                           {"allow group admins to manage leaf-certificates in tenancy"}});
    Know(authz::ServiceFact{kService, "loadbalancer", pem, authz::PrincipalState::kActive, {}});
    database_ = storage::OpenTestDatabase(storage::NewTestPath("service"));
    const storage::Migration migrations[] = {
        ServiceSchema(),
        {.number = 2, .name = "counter", .sql = "CREATE TABLE counter (value BIGINT NOT NULL);"}};
    EXPECT_TRUE(storage::Migrate(*database_, migrations));
    service_ = std::make_unique<Service>(Service::Parts{.name = "test",
                                                        .region = "home-1",
                                                        .identity = &view,
                                                        .database = database_.get(),
                                                        .executor = &executor_,
                                                        .news = &news,
                                                        .clock = &clock,
                                                        .random = &random_,
                                                        .accepted_hosts = {kHost}});
    router_ = std::make_unique<Router>(executor_, random_);
  }

  template <class Fact>
  void Know(const Fact& fact) {
    EXPECT_TRUE(builder_.Apply(authz::EntryOf(fact)));
    view.snapshot = builder_.Build();
  }

  // Add gives the service an operation; by default POST /things for users, which counts up.
  void Add(Operation operation) { router_->Add(*service_, std::move(operation)); }
  Operation CountUp() {
    return {.name = "CountUp",
            .method = "POST",
            .path = "/things",
            .callers = {{authz::PrincipalKind::kUser, ""}},
            .handler = [this](Call& call) -> Result<Outcome> {
              TRY(call.Require(authz::Permission::kCertificateCreate, kTenancy));
              TRY_ASSIGN(auto reply, call.Commit([&](storage::Session& session) -> Result<Reply> {
                TRY(session.Execute("INSERT INTO counter (value) VALUES (1)"));
                if (fail_after_insert) return Fail(ErrorCode::kIncorrectState, "not now");
                auto made = Reply::Json(R"({"made":true})");
                made.secret = secret;
                return made;
              }));
              return Outcome(std::move(reply));
            },
            .takes_retry_token = true};
  }

  HttpRequest Request(std::string method, std::string target, std::string body = "") {
    HttpRequest request{
        .method = std::move(method), .target = std::move(target), .body = std::move(body)};
    request.headers = {{"host", kHost}};
    return request;
  }
  HttpRequest SignedAs(HttpRequest request, std::string key_id) {
    EXPECT_TRUE(http_signature::Sign(request, {std::move(key_id), key_}, clock.Now()));
    return request;
  }
  HttpRequest ByUser(HttpRequest request) {
    return SignedAs(std::move(request), http_signature::ApiKeyId(kTenancy, kUser, fingerprint_));
  }
  // A user without any policy, with the same key.
  HttpRequest ByStranger(HttpRequest request) {
    Know(authz::UserFact{kStranger,
                         kTenancy,
                         "eve",
                         authz::PrincipalState::kActive,
                         {{fingerprint_, key_->public_key().ToPem()}}});
    return SignedAs(std::move(request),
                    http_signature::ApiKeyId(kTenancy, kStranger, fingerprint_));
  }
  HttpRequest ByService(HttpRequest request) {
    return SignedAs(std::move(request), http_signature::EnrolmentKeyId(kService));
  }
  HttpResponse Send(const HttpRequest& request) {
    return std::get<HttpResponse>(router_->Handle(request));
  }
  net::Answer Ask(const HttpRequest& request) { return router_->Handle(request); }

  int64_t Count() { return Number("SELECT count(*) FROM counter"); }
  int64_t AuditCount() { return Number("SELECT count(*) FROM audit"); }
  std::string LastAudit() {
    return *database_->ReadValue([](storage::Session& session) -> Result<std::string> {
      TRY_ASSIGN(const auto row,
                 session.QueryOne("SELECT payload FROM audit ORDER BY position DESC LIMIT 1"));
      return AsTextOf(*row);
    });
  }

  AgedView view;
  ManualClock clock;
  NewsBoard news;
  bool secret = false;
  bool fail_after_insert = false;

 private:
  static std::string AsTextOf(const storage::Row& row) { return row.Text(0); }
  int64_t Number(const char* sql) {
    return *database_->ReadValue([&](storage::Session& session) -> Result<int64_t> {
      TRY_ASSIGN(const auto row, session.QueryOne(sql));
      return row->Int(0);
    });
  }

  std::shared_ptr<const pki::PrivateKey> key_;
  std::string fingerprint_;
  authz::SnapshotBuilder builder_;
  InlineExecutor executor_;
  SeededRandom random_{7};
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<Router> router_;
};

TEST(Service, CarriesOutASignedRequestOnceAndAuditsIt) {
  World world;
  world.Add(world.CountUp());
  const auto answer = world.Send(world.ByUser(world.Request("POST", "/things", "{}")));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"made":true})");
  EXPECT_TRUE(FindHeader(answer.headers, "opc-request-id"));
  EXPECT_EQ(world.Count(), 1);
  EXPECT_EQ(world.AuditCount(), 1);
  EXPECT_THAT(world.LastAudit(), HasSubstr("manage leaf-certificates in tenancy"));
}

TEST(Service, AnswersARepeatedSignatureWithTheFirstAnswerAndNoSecondEffect) {
  World world;
  world.Add(world.CountUp());
  const auto request = world.ByUser(world.Request("POST", "/things", "{}"));
  const auto first = world.Send(request);
  const auto second = world.Send(request);
  EXPECT_EQ(second.status, first.status);
  EXPECT_EQ(second.body, first.body);
  EXPECT_EQ(world.Count(), 1);
}

TEST(Service, DoesNotGiveOnePersonsAnswerToAnother) {
  World world;
  world.Add(world.CountUp());
  auto request = world.Request("POST", "/things", "{}");
  EXPECT_EQ(world.Send(world.ByUser(request)).status, 200);
  // The same words in the same second, signed by somebody who may not.
  const auto other = world.Send(world.ByStranger(request));
  EXPECT_EQ(other.status, 404);
}

TEST(Service, DoesNotRepeatASecret) {
  World world;
  world.secret = true;
  world.Add(world.CountUp());
  const auto request = world.ByUser(world.Request("POST", "/things", "{}"));
  EXPECT_EQ(world.Send(request).status, 200);
  EXPECT_EQ(world.Send(request).status, 409);
  EXPECT_EQ(world.Count(), 1);
}

TEST(Service, HoldsARetryTokenToItsBody) {
  World world;
  world.Add(world.CountUp());
  auto first = world.Request("POST", "/things", R"({"a":1})");
  first.headers.emplace_back("opc-retry-token", "t1");
  EXPECT_EQ(world.Send(world.ByUser(first)).status, 200);
  world.clock.Advance(seconds(2));  // Signed anew, as SDKs do.
  EXPECT_EQ(world.Send(world.ByUser(first)).status, 200);
  EXPECT_EQ(world.Count(), 1);

  auto other = world.Request("POST", "/things", R"({"a":2})");
  other.headers.emplace_back("opc-retry-token", "t1");
  const auto refused = world.Send(world.ByUser(other));
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.body, HasSubstr("InvalidatedRetryToken"));
  EXPECT_EQ(world.Count(), 1);
}

TEST(Service, DoesNotAuditWhoCouldNotBeAuthenticated) {
  World world;
  world.Add(world.CountUp());
  EXPECT_EQ(world.Send(world.Request("POST", "/things", "{}")).status, 401);
  auto changed = world.ByUser(world.Request("POST", "/things", R"({"a":1})"));
  changed.body = R"({"a":2})";
  EXPECT_EQ(world.Send(changed).status, 401);
  EXPECT_EQ(world.AuditCount(), 0);
  EXPECT_EQ(world.Count(), 0);
}

TEST(Service, HidesAnOperationFromTheWrongKindOfPrincipal) {
  World world;
  world.Add(world.CountUp());
  const auto hidden = world.Send(world.ByService(world.Request("POST", "/things", "{}")));
  const auto absent = world.Send(world.ByService(world.Request("POST", "/nothing", "{}")));
  EXPECT_EQ(hidden.status, absent.status);
  EXPECT_EQ(hidden.body, absent.body);
  EXPECT_EQ(world.AuditCount(), 1);
  EXPECT_THAT(world.LastAudit(), HasSubstr("REFUSED"));
}

TEST(Service, DenialLooksLikeAbsenceAndIsAuditedOnce) {
  World world;
  auto denied = world.CountUp();
  denied.path = "/denied";
  denied.handler = [](Call& call) -> Result<Outcome> {
    TRY(call.Require(authz::Permission::kLoadBalancerCreate, kTenancy));
    return Outcome(Reply::Empty());
  };
  auto absent = world.CountUp();
  absent.path = "/absent";
  absent.handler = [](Call&) -> Result<Outcome> {
    return Fail(ErrorCode::kNotFound, "no such thing as secret-name");
  };
  world.Add(denied);
  world.Add(absent);
  const auto one = world.Send(world.ByUser(world.Request("POST", "/denied", "{}")));
  const auto other = world.Send(world.ByUser(world.Request("POST", "/absent", "{}")));
  EXPECT_EQ(one.status, 404);
  EXPECT_EQ(one.status, other.status);
  EXPECT_EQ(one.body, other.body);
  EXPECT_THAT(one.body, Not(HasSubstr("secret-name")));
  EXPECT_EQ(world.AuditCount(), 2);
}

TEST(Service, LeavesNothingOfWorkThatFailed) {
  World world;
  world.fail_after_insert = true;
  world.Add(world.CountUp());
  const auto request = world.ByUser(world.Request("POST", "/things", "{}"));
  EXPECT_EQ(world.Send(request).status, 409);
  EXPECT_EQ(world.Count(), 0);
  world.fail_after_insert = false;
  EXPECT_EQ(world.Send(request).status, 200);  // It had no effect, so it may have one now.
  EXPECT_EQ(world.Count(), 1);
}

TEST(Service, RefusesChangesButServesReadsWithAnOldViewOfIdentity) {
  World world;
  world.Add(world.CountUp());
  auto read = world.CountUp();
  read.method = "GET";
  read.handler = [](Call&) -> Result<Outcome> { return Outcome(Reply::Json("{}")); };
  world.Add(read);
  world.view.age = seconds(6);
  EXPECT_EQ(world.Send(world.ByUser(world.Request("POST", "/things", "{}"))).status, 503);
  EXPECT_EQ(world.Send(world.ByUser(world.Request("GET", "/things"))).status, 200);
  EXPECT_EQ(world.Count(), 0);
}

TEST(Service, ParksUntilThereIsNewsAndJudgesTheCallerAgain) {
  World world;
  auto wait = world.CountUp();
  wait.method = "GET";
  bool news = false;
  wait.handler = [&](Call& call) -> Result<Outcome> {
    if (!news && !call.last_chance()) return Outcome(Wait{{"topic", 0}, seconds(10)});
    return Outcome(Reply::Json(news ? R"("news")" : R"("none")"));
  };
  world.Add(wait);
  const auto request = world.ByUser(world.Request("GET", "/things"));

  auto parked = std::get<net::Parked>(world.Ask(request));
  EXPECT_EQ(std::get<HttpResponse>(parked.resume(true)).body, R"("none")");

  parked = std::get<net::Parked>(world.Ask(request));
  news = true;
  EXPECT_EQ(std::get<HttpResponse>(parked.resume(false)).body, R"("news")");

  news = false;
  parked = std::get<net::Parked>(world.Ask(request));
  world.Know(authz::UserFact{kUser, kTenancy, "ann", authz::PrincipalState::kInactive, {}});
  EXPECT_EQ(std::get<HttpResponse>(parked.resume(false)).status, 401);
}

TEST(Service, NoAnswerIsKeptOrGuessedAtByABrowser) {
  World world;
  world.Add(world.CountUp());
  const auto made = world.Send(world.ByUser(world.Request("POST", "/things", "{}")));
  const auto refused = world.Send(world.Request("POST", "/things", "{}"));
  const auto unknown = world.Send(world.Request("GET", "/nothing"));
  const auto health = world.Send(world.Request("GET", "/healthz"));
  for (const auto& answer : {made, refused, unknown, health}) {
    EXPECT_EQ(FindHeader(answer.headers, "x-content-type-options"), "nosniff") << answer.status;
    EXPECT_EQ(FindHeader(answer.headers, "cache-control"), "no-store") << answer.status;
  }
}

TEST(Service, RefusesWhatIsNotSignedBeforeItReadsAnything) {
  World world;
  world.Add(world.CountUp());
  EXPECT_EQ(world.Send(world.Request("POST", "/things", "{}")).status, 401);
  auto nonsense = world.Request("POST", "/things", "{}");
  nonsense.headers.emplace_back("authorization", "Basic YTpi");
  EXPECT_EQ(world.Send(nonsense).status, 401);
  EXPECT_EQ(world.Send(world.SignedAs(world.Request("POST", "/things", "{}"), "who/knows")).status,
            401);
  EXPECT_EQ(world.view.reads, 0);
}

TEST(Service, AParkedCallEndsWithTheKeyThatSignedIt) {
  World world;
  auto wait = world.CountUp();
  wait.method = "GET";
  wait.handler = [](Call& call) -> Result<Outcome> {
    if (!call.last_chance()) return Outcome(Wait{{"topic", 0}, seconds(10)});
    return Outcome(Reply::Json(R"("none")"));
  };
  world.Add(wait);
  auto parked = std::get<net::Parked>(world.Ask(world.ByUser(world.Request("GET", "/things"))));
  // The user stays active, with another key.
  world.Know(authz::UserFact{
      kUser, kTenancy, "ann", authz::PrincipalState::kActive, {{"aa:bb", "another"}}});
  EXPECT_EQ(std::get<HttpResponse>(parked.resume(true)).status, 401);
}

TEST(Service, RefusesADisabledUserAndADeletedKey) {
  World world;
  world.Add(world.CountUp());
  const auto request = world.ByUser(world.Request("POST", "/things", "{}"));
  world.Know(authz::UserFact{kUser, kTenancy, "ann", authz::PrincipalState::kActive, {}});
  EXPECT_EQ(world.Send(request).status, 401);
}

TEST(Service, PrefersALiteralSegmentOverAPlaceholder) {
  World world;
  auto general = world.CountUp();
  general.method = "GET";
  general.path = "/things/{id}";
  general.handler = [](Call& call) -> Result<Outcome> {
    return Outcome(Reply::Json("\"" + call.PathValue("id") + "\""));
  };
  auto literal = general;
  literal.path = "/things/special";
  literal.handler = [](Call&) -> Result<Outcome> { return Outcome(Reply::Json("\"literal\"")); };
  world.Add(general);
  world.Add(literal);
  EXPECT_EQ(world.Send(world.ByUser(world.Request("GET", "/things/special"))).body, "\"literal\"");
  EXPECT_EQ(world.Send(world.ByUser(world.Request("GET", "/things/10.0.0.3%3A80"))).body,
            "\"10.0.0.3:80\"");
}

TEST(PageToken, HoldsAnyTextAndRefusesWhatWeDidNotWrite) {
  const std::vector<std::string> key = {"a:b", std::string("\0'; DROP", 8)};
  const auto token = EncodePageToken(key);
  EXPECT_EQ(*ParsePageToken(token, 2), key);
  EXPECT_FALSE(ParsePageToken(token, 1));
  EXPECT_FALSE(ParsePageToken("xx", 2));
  EXPECT_FALSE(ParsePageToken(token.substr(0, token.size() - 2), 2));
}

}  // namespace
}  // namespace perennial::service
