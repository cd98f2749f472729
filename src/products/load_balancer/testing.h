// SPDX-License-Identifier: Apache-2.0
// For the tests of this room: two tenancies, each with a pool on one node, signed requests, and an identity
// that derives ids as the real one does.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "base/ocid.h"
#include "http_signature/key_id.h"
#include "http_signature/signer.h"
#include "http_signature/signature.h"
#include "pki/key.h"
#include "products/common/testing.h"
#include "products/load_balancer/routes.h"
#include "products/load_balancer/schema.h"
#include "products/load_balancer/service.h"
#include "service/router.h"

namespace perennial::load_balancer::testing {

inline const std::string kHost = "localhost:8643";
inline const std::string kAcme = "ocid1.tenancy.perennial..acme";
inline const std::string kRival = "ocid1.tenancy.perennial..rival";
inline const std::string kPool = "ocid1.subnet.perennial.home-1.pool";
inline const std::string kRivalPool = "ocid1.subnet.perennial.home-1.rivalpool";
inline const std::string kNode = "ocid1.node.perennial.home-1.n1";
inline const std::string kShop = "ocid1.certificate.perennial.home-1.shop";
inline const std::string kBank = "ocid1.certificate.perennial.home-1.bank";

// Derives the id from the evidence, and reads compartment and pool from what the user signed.
class DerivingIdentity final : public products::testing::FakeResources {
 public:
  Result<products::RegisteredResource> Register(const http_signature::Evidence& evidence) override {
    const auto request = http_signature::ToRequest(evidence);
    const auto header = http_signature::Inspect(request).value();
    const auto digest = Sha256(http_signature::SigningString(request, header.headers).value());
    next.id = MakeDerivedOcid("loadbalancer", "home-1", AsText(digest));
    const auto details =
        DecodeJson<wire::CreateLoadBalancerDetails>(evidence.body, UnknownFields::kRefuse).value();
    next.compartment_id = details.compartment_id;
    next.node_pool_ids = details.subnet_ids;
    return FakeResources::Register(evidence);
  }
};

class World {
 public:
  World() {
    key_ = std::make_shared<pki::PrivateKey>(
        pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256).value());
    fingerprint_ = key_->public_key().Md5Fingerprint();
    for (const auto& tenancy : {kAcme, kRival}) base.Know(authz::TenancyFact{tenancy, tenancy});
    AddUser(kAcme, "ann", "manage all-resources");
    AddUser(kRival, "eve", "manage all-resources");
    AddUser(kAcme, "bob", "inspect load-balancers");
    base.Know(authz::NodePoolFact{kPool, kAcme, kAcme, "pool", {"192.0.2.10"}});
    base.Know(authz::NodePoolFact{kRivalPool, kRival, kRival, "rival pool", {"192.0.2.10"}});
    AddNode(kNode, {kPool, kRivalPool});
    Restart();
  }

  void AddUser(const std::string& tenancy, const std::string& name, const std::string& may) {
    const std::string user = UserId(name);
    const std::string group = "ocid1.group.perennial..of" + name;
    base.Know(authz::UserFact{user, tenancy, name, authz::PrincipalState::kActive,
                              {{fingerprint_, key_->public_key().ToPem()}}});
    base.Know(authz::GroupFact{group, tenancy, "of-" + name});
    base.Know(authz::MembershipFact{"ocid1.membership.perennial..of" + name, user, group});
    base.Know(authz::PolicyFact{"ocid1.policy.perennial..of" + name, tenancy,
                                {"allow group of-" + name + " to " + may + " in tenancy"}});
    tenancy_of_[name] = tenancy;
  }
  void AddNode(const std::string& id, std::vector<std::string> pools,
               authz::NodeState state = authz::NodeState::kActive,
               std::vector<std::string> kinds = {"loadbalancer"}) {
    base.Know(authz::NodeFact{id, kAcme, id, std::move(pools), std::move(kinds), "", state});
  }

  // A new process on the same database.
  void Restart() {
    load_balancers = std::make_unique<LoadBalancerService>(*base.service, certificates, identity);
    router_ = std::make_unique<service::Router>(base.executor, base.random);
    AddRoutes(*router_, *base.service, *load_balancers);
  }

  HttpRequest Signed(const std::string& user, std::string method, std::string target,
                     std::string body = "", HttpHeaders headers = {}) {
    base.clock.Advance(std::chrono::seconds(1));  // No two requests of a test are one.
    HttpRequest request{std::move(method), std::move(target), std::move(headers), std::move(body), ""};
    request.headers.emplace_back("host", kHost);
    const auto key_id = http_signature::ApiKeyId(tenancy_of_.at(user), UserId(user), fingerprint_);
    EXPECT_TRUE(http_signature::Sign(request, {key_id, key_}, base.clock.Now()).has_value());
    return request;
  }
  HttpResponse Send(const HttpRequest& request) {
    return std::get<HttpResponse>(router_->Handle(request));
  }
  HttpResponse Ask(const std::string& user, std::string method, std::string target,
                   std::string body = "", HttpHeaders headers = {}) {
    return Send(Signed(user, std::move(method), std::move(target), std::move(body),
                       std::move(headers)));
  }

  // Upkeep runs rounds until nothing is due any more, as the Loop would.
  void Upkeep() {
    for (int i = 0; i < 6; ++i) load_balancers->Step();
  }

  // Creates and finishes; returns the id.
  std::string Create(const std::string& user = "ann", const std::string& extra = "") {
    const auto answer = Ask(user, "POST", "/20170115/loadBalancers", CreateBody(user, extra));
    EXPECT_EQ(answer.status, 204) << answer.body;
    Upkeep();
    return identity.next.id;
  }
  std::string CreateBody(const std::string& user, const std::string& extra = "") {
    const auto& tenancy = tenancy_of_.at(user);
    return R"({"compartmentId":")" + tenancy + R"(","displayName":"shop","shapeName":"100Mbps",)" +
           R"("subnetIds":[")" + (tenancy == kAcme ? kPool : kRivalPool) + R"("])" + extra + "}";
  }
  static std::string Path(const std::string& id, const std::string& rest = "") {
    return "/20170115/loadBalancers/" + id + rest;
  }
  static std::string SetBody(const std::string& name) {
    return R"({"name":")" + name +
           R"(","policy":"ROUND_ROBIN","healthChecker":{"protocol":"TCP"},)" +
           R"("backends":[{"ipAddress":"10.0.0.3","port":8080}]})";
  }
  static std::string ListenerBody(const std::string& name, int port, const std::string& certificate) {
    std::string body = R"({"name":")" + name + R"(","defaultBackendSetName":"app","port":)" +
                       std::to_string(port) + R"(,"protocol":"HTTP")";
    if (!certificate.empty()) {
      body += R"(,"sslConfiguration":{"certificateIds":[")" + certificate +
              R"("],"protocols":["TLSv1.2","TLSv1.3"]})";
    }
    return body + "}";
  }
  static std::string WithoutName(std::string body) { return "{" + body.substr(body.find(',') + 1); }

  // A load balancer with backend set "app" and one TLS listener "web" on 443.
  std::string WithListener(const std::string& certificate = kShop) {
    const auto id = Create();
    EXPECT_EQ(Ask("ann", "POST", Path(id, "/backendSets"), SetBody("app")).status, 204);
    const auto answer =
        Ask("ann", "POST", Path(id, "/listeners"), ListenerBody("web", 443, certificate));
    EXPECT_EQ(answer.status, 204) << answer.body;
    Upkeep();
    return id;
  }

  // What a node is answered; nothing when it would be parked.
  Result<std::optional<std::string>> Configuration(const std::string& node, int64_t after, int wait = 0,
                                                   const std::string& of = "",
                                                   std::vector<std::string> kinds = {"loadbalancer"}) {
    static const service::Operation operation{.name = "GetNodeConfiguration", .method = "GET"};
    service::Call::Facts facts;
    facts.request.method = "GET";
    facts.request.target = "/20260101/nodes/x/configuration?after=" + std::to_string(after) +
                           "&waitSeconds=" + std::to_string(wait);
    facts.caller = {.kind = authz::PrincipalKind::kNode, .id = node, .product_kinds = std::move(kinds)};
    facts.snapshot = base.view.snapshot;
    facts.path_values = {{"nodeId", of.empty() ? node : of}};
    facts.now = base.clock.Now();
    service::Call call(*base.service, operation, std::move(facts));
    TRY_ASSIGN(const auto outcome, load_balancers->NodeConfiguration(call));
    if (std::holds_alternative<service::Wait>(outcome)) return std::optional<std::string>();
    return std::optional(std::get<service::Reply>(outcome).body);
  }
  int64_t ConfigurationVersion(const std::string& node = kNode) {
    return base.Number("SELECT COALESCE(MAX(version), 0) FROM node_configuration WHERE node_id = '" +
                       node + "'");
  }
  int64_t Count(const std::string& table) { return base.Number("SELECT COUNT(*) FROM " + table); }

  static std::string UserId(const std::string& name) { return "ocid1.user.perennial.." + name; }

  products::testing::ServiceWorld base{"loadbalancer", Migrations()};
  products::testing::FakeCertificates certificates;
  DerivingIdentity identity;
  std::unique_ptr<LoadBalancerService> load_balancers;

 private:
  std::shared_ptr<const pki::PrivateKey> key_;
  std::string fingerprint_;
  std::map<std::string, std::string> tenancy_of_;
  std::unique_ptr<service::Router> router_;
};

inline std::string HeaderOf(const HttpResponse& response, std::string_view name) {
  return FindHeader(response.headers, name).value_or("");
}

}  // namespace perennial::load_balancer::testing
