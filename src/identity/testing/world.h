// SPDX-License-Identifier: Apache-2.0
// lint: allow size: header only, so that no library holds it, and one thing: the world of these tests.
//
// Identity as it runs, on a database in a temporary file and a clock that tests move: two
// tenancies, red and blue, with an administrator each, a load-balancer service, certificates and a
// replica.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/encoding.h"
#include "http_signature/evidence.h"
#include "http_signature/key_id.h"
#include "http_signature/signer.h"
#include "identity/bootstrap.h"
#include "identity/local_view.h"
#include "identity/routes.h"
#include "identity/service.h"
#include "storage/testing.h"

namespace perennial::identity::testing {

inline constexpr const char* kHost = "pki.test:8643";
inline constexpr const char* kProductHost = "lb.test:8643";

class InlineExecutor final : public Executor {
 public:
  bool Post(std::function<void()> work) override {
    work();
    return true;
  }
};

using Key = std::shared_ptr<const pki::PrivateKey>;

inline Key NewKey(pki::KeyAlgorithm algorithm = pki::KeyAlgorithm::kEcdsaP256) {
  return std::make_shared<const pki::PrivateKey>(*pki::PrivateKey::Generate(algorithm));
}
// RSA keys are slow to make: tests share a few.
inline Key RsaKey(int index) {
  static std::vector<Key> keys(6);
  auto& key = keys.at(static_cast<size_t>(index));
  if (key == nullptr) key = NewKey(pki::KeyAlgorithm::kRsa2048);
  return key;
}
inline std::string PemOf(const Key& key) { return key->public_key().ToPem(); }

// Somebody who signs requests.
struct Actor {
  std::string id, tenancy_id, key_id;
  Key key;
};

template <class T>
T Decoded(const std::string& json) {
  auto value = DecodeJson<T>(json, UnknownFields::kIgnore);
  EXPECT_TRUE(value.has_value()) << json;
  return value ? *value : T();
}

class World {
 public:
  World() {
    database = storage::OpenTestDatabase(storage::NewTestPath("identity"));
    EXPECT_TRUE(storage::Migrate(*database, Migrations()));
    view = std::make_unique<LocalIdentityView>(*database, store);
    token_keys = std::make_unique<TokenKeys>(*database, store, envelope, clock, random);
    EXPECT_TRUE(token_keys->Step());
    EXPECT_TRUE(CreatePlatformCa(bootstrap(), {"pki.test", "nodes.test", "127.0.0.1"}));
    EXPECT_TRUE(database->Read([&](Session& session) -> Result<void> {
      TRY_ASSIGN(auto ca, PlatformCa::Load(session, envelope, clock, random));
      platform_ca = std::make_unique<PlatformCa>(std::move(ca));
      return {};
    }));
    service =
        std::make_unique<service::Service>(service::Service::Parts{.name = "identity",
                                                                   .region = "home-1",
                                                                   .identity = view.get(),
                                                                   .database = database.get(),
                                                                   .executor = &executor,
                                                                   .news = &news,
                                                                   .clock = &clock,
                                                                   .random = &random,
                                                                   .accepted_hosts = {kHost}});
    identity = std::make_unique<IdentityService>(IdentityService::Parts{
        .config = {.region = "home-1",
                   .endpoints = {.identity = "https://pki.test:8643"},
                   .products = {{.kind = "loadbalancer", .hosts = {kProductHost}},
                                {.kind = "apigateway", .hosts = {kProductHost}}}},
        .database = *database,
        .store = store,
        .token_keys = *token_keys,
        .platform_ca = *platform_ca,
        .news = news,
        .clock = clock,
        .random = random});
    AddRoutes(router, *service, *identity);
    red = Tenancy("red", 0);
    blue = Tenancy("blue", 1);
    load_balancer = Process("loadbalancer");
    certificates = Process("certificates");
    replica = Process("replica");
  }
  ~World() { database.reset(); }

  Bootstrap bootstrap() { return {*database, envelope, clock, random, "home-1"}; }

  // Send signs, routes and answers, a second after the last request: SDKs sign with one-second
  // dates.
  HttpResponse Send(const Actor& actor, const std::string& method, const std::string& target,
                    const std::string& body = {}, HttpHeaders more = {}) {
    clock.Advance(seconds(1));
    return Pass(Signed(actor, kHost, method, target, body, std::move(more)));
  }
  HttpRequest Signed(const Actor& actor, const char* host, const std::string& method,
                     const std::string& target, const std::string& body, HttpHeaders more = {}) {
    HttpRequest request{
        .method = method, .target = target, .headers = {{"host", host}}, .body = body};
    EXPECT_TRUE(http_signature::Sign(request, {actor.key_id, actor.key}, clock.Now()));
    for (auto& header : more) request.headers.push_back(std::move(header));
    return request;
  }
  HttpResponse Pass(const HttpRequest& request) {
    auto answer = router.Handle(request);
    if (auto* parked = std::get_if<net::Parked>(&answer)) answer = parked->resume(true);
    return std::get<HttpResponse>(answer);
  }
  // Unsigned, as a node that enrols.
  HttpResponse SendPlain(const std::string& target, const std::string& body) {
    clock.Advance(seconds(1));
    return Pass({.method = "POST", .target = target, .headers = {{"host", kHost}}, .body = body});
  }

  // A user of the tenancy with an API key, in a group of its own name with these statements.
  Actor User(const Actor& administrator, const std::string& name, int rsa,
             const std::vector<std::string>& statements = {}) {
    const auto& tenancy = administrator.tenancy_id;
    const auto user = Decoded<api::identity::User>(Post(
        administrator, "/20160918/users",
        R"({"compartmentId":")" + tenancy + R"(","name":")" + name + R"(","description":"d"})"));
    Actor actor{.id = user.id, .tenancy_id = tenancy, .key_id = {}, .key = RsaKey(rsa)};
    const auto key = Decoded<api::identity::ApiKey>(
        Post(administrator, "/20160918/users/" + user.id + "/apiKeys",
             EncodeJson(api::identity::CreateApiKeyDetails{.key = PemOf(actor.key)})));
    actor.key_id = key.key_id;
    if (!statements.empty()) {
      const auto group = Decoded<api::identity::Group>(Post(
          administrator, "/20160918/groups",
          R"({"compartmentId":")" + tenancy + R"(","name":")" + name + R"(","description":"d"})"));
      Post(administrator, "/20160918/userGroupMemberships",
           EncodeJson(
               api::identity::AddUserToGroupDetails{.user_id = user.id, .group_id = group.id}));
      api::identity::CreatePolicyDetails policy;
      policy.compartment_id = tenancy;
      policy.name = name;
      policy.description = "d";
      policy.statements = statements;
      Post(administrator, "/20160918/policies", EncodeJson(policy));
    }
    return actor;
  }
  // Post expects success and returns the body.
  std::string Post(const Actor& actor, const std::string& target, const std::string& body) {
    const auto response = Send(actor, "POST", target, body);
    EXPECT_EQ(response.status, 200) << target << " " << response.body;
    return response.body;
  }

  // A service, replica or node with a token of its own.
  Actor WithToken(const std::string& id, const Key& enrolment_key) {
    const Actor enrolled{.id = id,
                         .tenancy_id = {},
                         .key_id = http_signature::EnrolmentKeyId(id),
                         .key = enrolment_key};
    Actor actor{.id = id, .tenancy_id = {}, .key_id = {}, .key = NewKey()};
    const auto token = Decoded<api::identity::SessionToken>(
        Post(enrolled, "/20260101/tokens/actions/exchange",
             EncodeJson(api::identity::ExchangeTokenDetails{.public_key_pem = PemOf(actor.key)})));
    actor.key_id = http_signature::TokenKeyId(token.token);
    return actor;
  }
  Actor Process(const std::string& kind) {
    const auto key = NewKey();
    const auto id = kind == "replica"
                        ? RegisterReplica(bootstrap(), PemOf(key), {"replica.pki.test"})
                        : RegisterService(bootstrap(), kind, PemOf(key), {"pki.test"});
    EXPECT_TRUE(id) << id.error().message;
    enrolment_keys[kind] = key;
    return WithToken(*id, key);
  }

  std::string Pool(const Actor& administrator, const std::string& name) {
    api::identity::CreateNodePoolDetails details{.display_name = name,
                                                 .compartment_id = administrator.tenancy_id,
                                                 .addresses = {"10.0.0.1"}};
    return Decoded<api::identity::NodePool>(
               Post(administrator, "/20260101/nodePools", EncodeJson(details)))
        .id;
  }
  api::identity::NodeToken NodeToken(const Actor& administrator, const std::string& pool) {
    api::identity::CreateNodeTokenDetails details{.node_pool_ids = {pool},
                                                  .product_kinds = {"loadbalancer"}};
    return Decoded<api::identity::NodeToken>(
        Post(administrator, "/20260101/nodeTokens", EncodeJson(details)));
  }
  static api::identity::EnrolNodeDetails Enrolment(const std::string& token,
                                                   const std::string& name, const Key& key) {
    api::identity::EnrolNodeDetails details{
        .token = token, .name = name, .addresses = {"10.0.0.1"}, .public_key_pem = PemOf(key)};
    const auto text = api::identity::EnrolmentProofText(token, details.public_key_pem);
    details.proof =
        Base64Encode(*key->Sign(pki::SignatureAlgorithm::kSha256WithEcdsa, AsBytes(text)));
    return details;
  }
  Actor Node(const Actor& administrator, const std::string& pool, const std::string& name) {
    const auto key = NewKey();
    const auto token = NodeToken(administrator, pool).token;
    const auto response =
        SendPlain("/20260101/nodes/actions/enrol", EncodeJson(Enrolment(token, name, key)));
    EXPECT_EQ(response.status, 200) << response.body;
    return WithToken(Decoded<api::identity::EnrolledNode>(response.body).node_id, key);
  }

  // What a user signed when it created a load balancer, and the registry's answer to the service.
  http_signature::Evidence Click(const Actor& user, const std::string& method,
                                 const std::string& target, const std::string& body,
                                 const char* host = kProductHost) {
    clock.Advance(seconds(1));
    return *http_signature::MakeEvidence(Signed(user, host, method, target, body));
  }
  http_signature::Evidence CreateClick(const Actor& user, const std::string& compartment,
                                       const std::string& pool) {
    return Click(user, "POST", "/20170115/loadBalancers",
                 R"({"compartmentId":")" + compartment +
                     R"(","displayName":"shop","subnetIds":[")" + pool + R"("]})");
  }
  HttpResponse Register(const Actor& by, const http_signature::Evidence& evidence) {
    return Send(by, "POST", "/20260101/resources",
                EncodeJson(api::identity::CreateResourceDetails{.evidence = evidence}));
  }
  api::identity::Resource Resource(const Actor& user, const std::string& pool) {
    const auto response = Register(load_balancer, CreateClick(user, user.tenancy_id, pool));
    EXPECT_EQ(response.status, 200) << response.body;
    return Decoded<api::identity::Resource>(response.body);
  }
  HttpResponse Place(const Actor& by, const std::string& resource, int64_t version,
                     const std::vector<std::string>& nodes) {
    return Send(by, "PUT", "/20260101/resources/" + resource + "/placements",
                EncodeJson(api::identity::PutPlacementsDetails{version, nodes}));
  }

  // The audit's records with this outcome and operation.
  int64_t AuditCount(const std::string& outcome, const std::string& operation) {
    int64_t count = 0;
    EXPECT_TRUE(database->Read([&](Session& session) -> Result<void> {
      TRY_ASSIGN(const auto rows, session.Query("SELECT payload FROM audit"));
      for (const auto& row : rows) {
        const auto text = row.Text(0);
        count += text.find(R"("outcome":")" + outcome + '"') != std::string::npos &&
                 text.find(R"("operation":")" + operation + '"') != std::string::npos;
      }
      return {};
    }));
    return count;
  }
  std::shared_ptr<const authz::Snapshot> Snapshot() { return *view->Current(); }

  ManualClock clock;
  SystemRandom random;
  NewsBoard news;
  InlineExecutor executor;
  keys::Envelope envelope{SecretBytes(std::vector<uint8_t>(32, 7)), random};
  std::unique_ptr<storage::Database> database;
  Store store{clock, &news};
  std::unique_ptr<LocalIdentityView> view;
  std::unique_ptr<TokenKeys> token_keys;
  std::unique_ptr<PlatformCa> platform_ca;
  std::unique_ptr<service::Service> service;
  std::unique_ptr<IdentityService> identity;
  service::Router router{executor, random};
  std::map<std::string, Key> enrolment_keys;
  Actor red, blue;  // Administrators.
  Actor load_balancer, certificates, replica;

 private:
  Actor Tenancy(const std::string& name, int rsa) {
    const auto key = RsaKey(rsa);
    const auto made = CreateTenancy(bootstrap(), {.name = name, .api_public_key_pem = PemOf(key)});
    EXPECT_TRUE(made) << made.error().message;
    return {.id = made->user_id,
            .tenancy_id = made->tenancy_id,
            .key_id = http_signature::ApiKeyId(made->tenancy_id, made->user_id, made->fingerprint),
            .key = key};
  }

};

}  // namespace perennial::identity::testing
