// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "apps/perenniald/host.h"
#include "apps/perenniald/init.h"
#include "identity/bootstrap.h"
#include "identity/local_view.h"
#include "identity/platform_ca.h"
#include "identity/routes.h"
#include "identity/service.h"
#include "identity/sessions/sessions.h"
#include "keys/envelope.h"

namespace perennial::apps {
namespace {

class IdentityRole final : public Role {
 public:
  static Result<std::unique_ptr<Role>> Open(Host& host) {
    auto role = std::unique_ptr<IdentityRole>(new IdentityRole(host));
    TRY(role->OpenStores());
    TRY(role->Build());
    return std::unique_ptr<Role>(std::move(role));
  }

  std::vector<Loop*> Loops() override {
    std::vector<Loop*> loops{loop_.get(), sessions_loop_.get()};
    if (news_loop_ != nullptr) loops.push_back(news_loop_.get());
    return loops;
  }

  Result<Tls> TlsIdentity() override {
    TRY_ASSIGN(auto made, platform_ca_->IssueServerIdentity(*database_, store_, Names()));
    const Time renew_at = host_.clock.Now() + identity::kServerCertificateLife * 2 / 3;
    return Tls{{std::move(made.chain_pem), std::move(made.private_key_pem)}, renew_at};
  }

  Result<void> Record(const OwnCertificateNote& note) override {
    return database_->Write([&](storage::Session& session) {
      return store_.AppendAudit(session, {.operation = "ReplaceConsoleCertificate",
                                          .reason = note.reason,
                                          .resource_name = note.fingerprint,
                                          .refused = note.refused});
    });
  }

 private:
  explicit IdentityRole(Host& host)
      : host_(host),
        pool_({.name = "identity", .threads = host.config.worker_threads}),
        store_(host.clock, &host.news) {}

  std::vector<std::string> Names() const {
    std::vector<std::string> names = {"localhost", "127.0.0.1"};
    const auto host = *HostOf(host_.config.url);
    const auto name = host.substr(0, host.find(':'));
    if (name != "localhost") names.push_back(name);
    return names;
  }

  // Where users sign clicks on the load balancer: at its endpoint, and at every name of this process
  // where it runs here, as that of the console.
  Result<std::vector<std::string>> ProductHosts() const {
    TRY_ASSIGN(const auto host, HostOf(host_.config.endpoints.load_balancer));
    std::vector<std::string> hosts;
    AddSpellings(hosts, host);
    if (host_.config.roles.contains("load-balancer")) {
      const auto& ours = host_.config.accepted_hosts;
      hosts.insert(hosts.end(), ours.begin(), ours.end());
    }
    return hosts;
  }

  Result<void> OpenStores() {
    const auto& data = host_.config.data_directory;
    TRY_ASSIGN(const auto master,
               keys::MasterKey::Load(host_.files, MasterKeyPath(data), host_.random));
    TRY_ASSIGN(database_, host_.OpenDatabase("identity"));
    TRY(storage::Migrate(*database_, identity::Migrations()));
    TRY(database_->Write([&](storage::Session& session) -> Result<void> {
      TRY_ASSIGN(envelope_,
                 keys::LoadOrCreateWrappingKey(session, master, host_.random, "identity"));
      return {};
    }));
    TRY(database_->Read([&](storage::Session& session) -> Result<void> {
      TRY_ASSIGN(auto ca,
                 identity::PlatformCa::Load(session, *envelope_, host_.clock, host_.random));
      platform_ca_ = std::make_unique<identity::PlatformCa>(std::move(ca));
      return {};
    }));
    host_.platform_ca_pem = platform_ca_->certificate().pem();
    return {};
  }

  Result<void> Build() {
    view_ = std::make_unique<identity::LocalIdentityView>(*database_, store_);
    token_keys_ = std::make_unique<identity::TokenKeys>(*database_, store_, *envelope_, host_.clock,
                                                        host_.random);
    TRY(token_keys_->Step());
    service_ = std::make_unique<service::Service>(
        service::Service::Parts{.name = "identity",
                                .region = host_.config.region,
                                .identity = view_.get(),
                                .database = database_.get(),
                                .executor = &pool_,
                                .news = &host_.news,
                                .clock = &host_.clock,
                                .random = &host_.random,
                                .accepted_hosts = host_.config.accepted_hosts});
    const auto& endpoints = host_.config.endpoints;
    TRY_ASSIGN(const auto product_hosts, ProductHosts());
    identity_ = std::make_unique<identity::IdentityService>(identity::IdentityService::Parts{
        .config = {.region = host_.config.region,
                   .endpoints = {.identity = endpoints.identity,
                                 .certificates = endpoints.certificates,
                                 .updates = endpoints.updates,
                                 .load_balancer = endpoints.load_balancer,
                                 .audit = endpoints.audit},
                   .products = {{.kind = "loadbalancer", .hosts = product_hosts}}},
        .database = *database_,
        .store = store_,
        .token_keys = *token_keys_,
        .platform_ca = *platform_ca_,
        .news = host_.news,
        .clock = host_.clock,
        .random = host_.random});
    identity::AddRoutes(host_.router, *service_, *identity_);
    sessions_ = std::make_unique<identity::SessionService>(
        identity::SessionService::Parts{.region = host_.config.region,
                                        .database = *database_,
                                        .store = store_,
                                        .token_keys = *token_keys_,
                                        .clock = host_.clock,
                                        .random = host_.random});
    identity::AddSessionRoutes(host_.router, *service_, *sessions_);
    sessions_loop_ = std::make_unique<Loop>("sessions", [this] { return sessions_->Step(); });
    news_watch_ = std::make_unique<service::NewsWatch>(*database_, host_.news);
    news_watch_->AddHead(std::string(identity::kFactsTopic), "fact_head");
    news_watch_->AddHead(service_->AuditTopic(), "audit_head");
    if (host_.config.database().shared()) {
      news_loop_ = std::make_unique<Loop>("news", [this] { return news_watch_->Step(); });
    }
    loop_ = std::make_unique<Loop>("identity", [this] { return identity_->Step(); });
    return {};
  }

  Host& host_;
  ThreadPool pool_;
  identity::Store store_;
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<keys::Envelope> envelope_;
  std::unique_ptr<identity::PlatformCa> platform_ca_;
  std::unique_ptr<identity::LocalIdentityView> view_;
  std::unique_ptr<identity::TokenKeys> token_keys_;
  std::unique_ptr<service::Service> service_;
  std::unique_ptr<identity::IdentityService> identity_;
  std::unique_ptr<identity::SessionService> sessions_;
  std::unique_ptr<service::NewsWatch> news_watch_;
  std::unique_ptr<Loop> loop_, sessions_loop_, news_loop_;
};

}  // namespace

Result<std::unique_ptr<Role>> OpenIdentityRole(Host& host) { return IdentityRole::Open(host); }

}  // namespace perennial::apps
