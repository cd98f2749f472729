// SPDX-License-Identifier: Apache-2.0
// For tests: the certificates service on a temporary SQLite file, a clock that the test moves, and
// everybody of testing_identity.h calling it through its routes with signed requests.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "certificates/control_plane/association_routes.h"
#include "certificates/control_plane/routes.h"
#include "certificates/control_plane/store/schema.h"
#include "certificates/control_plane/testing_parts.h"
#include "certificates/control_plane/versions/renewal_scheduler.h"
#include "service/router.h"
#include "storage/testing.h"

namespace perennial::certificates::testing {

class World {
 public:
  // A world of its own; or one in the database at `path`.
  explicit World(std::string path = storage::NewTestPath("certificates"))
      : path_(std::move(path)) {
    database_ = storage::OpenTestDatabase(path_);
    EXPECT_TRUE(storage::Migrate(*database_, Migrations()));
    envelope_ = std::make_unique<keys::Envelope>(SecretBytes(std::vector<uint8_t>(32, 7)), random_);
    service_ =
        std::make_unique<service::Service>(service::Service::Parts{.name = "certificates",
                                                                   .region = "home-1",
                                                                   .identity = &identity.view,
                                                                   .database = database_.get(),
                                                                   .executor = &executor_,
                                                                   .news = &news,
                                                                   .clock = &clock,
                                                                   .random = &random_,
                                                                   .accepted_hosts = {kHost}});
    settings.renewal.interval_min = seconds(20);
    issuing_ = std::make_unique<Issuing>(*database_, *envelope_, random_, clock);
    promotion = std::make_unique<Promotion>(feed);
    rollouts = std::make_unique<SimpleRollouts>(*promotion);
    Build(*rollouts);
  }

  // Build makes the operations anew, with other rollouts or after the settings were changed.
  void Build(RolloutStarter& starter) {
    authorities_ = std::make_unique<Authorities>(*service_, *issuing_, settings);
    certificates_ =
        std::make_unique<Certificates>(*service_, *issuing_, *promotion, starter, settings);
    bundles_ = std::make_unique<Bundles>(*service_, *issuing_);
    deletion = std::make_unique<Deletion>(*service_);
    scheduler = std::make_unique<RenewalScheduler>(*service_, *issuing_, starter, settings);
    router_ = std::make_unique<service::Router>(executor_, random_);
    AddRoutes(*router_, *service_, {*authorities_, *certificates_, *bundles_, *deletion});
    inventory_ = std::make_unique<InventoryOperations>(*service_);
    AddInventoryRoutes(*router_, *service_, *inventory_);
  }

  // Send signs as `key_id` (identity.User(kAnn) and the like) and calls. What has an effect moves
  // the clock by a second first: SDKs sign with dates of a second, and two equal requests in one
  // are one.
  HttpResponse Send(const std::string& key_id, std::string method, std::string target,
                    std::string body = "", HttpHeaders headers = {}) {
    if (method != "GET") clock.Advance(seconds(1));
    HttpRequest request{.method = std::move(method),
                        .target = std::move(target),
                        .headers = std::move(headers),
                        .body = std::move(body),
                        .peer_address = "127.0.0.1"};
    request.headers.emplace_back("host", kHost);
    identity.Sign(request, key_id, clock.Now());
    return std::get<HttpResponse>(router_->Handle(request));
  }
  HttpResponse Ann(std::string method, std::string target, std::string body = "",
                   HttpHeaders headers = {}) {
    return Send(identity.User(kAnn), std::move(method), std::move(target), std::move(body),
                std::move(headers));
  }

  // Made by ann, in acme's root compartment; the id is returned.
  std::string Root(const std::string& name = "root") {
    return IdOf(Ann("POST", "/20210224/certificateAuthorities", RootBody(name)));
  }
  std::string Subordinate(const std::string& issuer, const std::string& name = "issuing",
                          const std::string& rules = "[]") {
    return IdOf(
        Ann("POST", "/20210224/certificateAuthorities", SubordinateBody(issuer, name, rules)));
  }
  std::string Certificate(const std::string& issuer, const std::string& name = "shop",
                          const std::string& rules = "[]", int64_t lifetime_s = 7'776'000) {
    // The request moves the clock by a second first: so this is exactly the lifetime.
    return IdOf(Ann("POST", "/20210224/certificates",
                    CertificateBody(issuer, name, rules, clock.Now() + seconds(lifetime_s))));
  }
  // Associate writes the row that attach would write.
  std::string Associate(const std::string& certificate, const std::string& balancer) {
    const auto id = service_->NewId("association");
    EXPECT_TRUE(
        Sql("INSERT INTO association (id, name, kind, certificates_resource_id, resource_id, "
            "resource_kind, "
            "created_at) VALUES ($1, 'n', 'CERTIFICATE', $2, $3, 'loadbalancer', $4)",
            {id, certificate, balancer, clock.Now()}));
    return id;
  }

  // Sql runs one statement in a transaction of its own.
  Result<std::vector<storage::Row>> Sql(std::string_view sql,
                                        std::vector<storage::Value> parameters = {}) {
    return database_->WriteValue(
        [&](storage::Session& session) { return session.Query(sql, parameters); });
  }
  int64_t Number(std::string_view sql, std::vector<storage::Value> parameters = {}) {
    return Sql(sql, std::move(parameters))->front().Int(0);
  }
  std::string LastAudit() {
    return Sql("SELECT payload FROM audit ORDER BY position DESC LIMIT 1")->front().Text(0);
  }

  // The whole object behind a successful answer.
  template <class T>
  static T Read(const HttpResponse& response) {
    EXPECT_EQ(response.status, 200) << response.body;
    auto value = DecodeJson<T>(response.body, UnknownFields::kIgnore);
    EXPECT_TRUE(value) << response.body;
    return value ? std::move(*value) : T{};
  }
  wire::Certificate Get(const std::string& id) {
    return Read<wire::Certificate>(Ann("GET", "/20210224/certificates/" + id));
  }

  const std::string& path() const { return path_; }
  storage::Database& database() { return *database_; }
  service::Service& service() { return *service_; }
  Issuing& issuing() { return *issuing_; }
  const keys::Envelope& envelope() { return *envelope_; }
  service::Router& router() { return *router_; }

  ManualClock clock;
  NewsBoard news;
  TestIdentity identity;
  Settings settings;
  RecordingFeed feed;
  std::unique_ptr<Promotion> promotion;
  std::unique_ptr<SimpleRollouts> rollouts;
  std::unique_ptr<Deletion> deletion;
  std::unique_ptr<RenewalScheduler> scheduler;

 private:
  static std::string IdOf(const HttpResponse& response) {
    EXPECT_EQ(response.status, 200) << response.body;
    const auto at = response.body.find(R"("id":")");
    if (at == std::string::npos) return "";
    return response.body.substr(at + 6, response.body.find('"', at + 6) - at - 6);
  }

  const std::string path_;
  InlineExecutor executor_;
  SystemRandom random_;
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<keys::Envelope> envelope_;
  std::unique_ptr<service::Service> service_;
  std::unique_ptr<Issuing> issuing_;
  std::unique_ptr<Authorities> authorities_;
  std::unique_ptr<Certificates> certificates_;
  std::unique_ptr<Bundles> bundles_;
  std::unique_ptr<InventoryOperations> inventory_;
  std::unique_ptr<service::Router> router_;
};

}  // namespace perennial::certificates::testing
