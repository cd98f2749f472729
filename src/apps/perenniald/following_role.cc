// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "apps/perenniald/host.h"
#include "base/check.h"

namespace perennial::apps {

FollowingRole::FollowingRole(Host& host, std::string name, RoleCredentials credentials)
    : host_(host),
      name_(std::move(name)),
      credentials_(std::move(credentials)),
      pool_({.name = name_, .threads = host.config.worker_threads}),
      credential_(*host.transport, host.clock, host.random, host.config.endpoints.identity,
                  credentials_.enrolment),
      identity_client_(ClientOf(host.config.endpoints.identity)),
      follower_(identity_client_, host.files, host.clock,
                {.path = fmt::format("{}/{}-facts.json", host.config.data_directory, name_)}) {
  follower_.LoadFromDisk();
  Run("identity", [this] { return follower_.Step(); });
  host_.router.AddReadiness([this]() -> std::string {
    return follower_.Current() ? ""
                               : fmt::format("{}: identity has not been heard from yet", name_);
  });
}

service::Service::Parts FollowingRole::ServiceParts(storage::Database* database) {
  return {.name = name_,
          .region = host_.config.region,
          .identity = &follower_,
          .database = database,
          .executor = &pool_,
          .news = &host_.news,
          .clock = &host_.clock,
          .random = &host_.random,
          .accepted_hosts = host_.config.accepted_hosts};
}

api::Client FollowingRole::ClientOf(const std::string& base_url) {
  return api::Client(*host_.transport, &credential_, host_.clock, host_.random, base_url);
}

service::NewsWatch& FollowingRole::WatchNews(service::Service& service) {
  news_watch_ = std::make_unique<service::NewsWatch>(service.database(), service.news());
  news_watch_->AddHead(service.AuditTopic(), "audit_head");
  if (host_.config.database().shared()) {
    Run("news", [watch = news_watch_.get()] { return watch->Step(); });
  }
  return *news_watch_;
}

void FollowingRole::Run(std::string name, Loop::Step step) {
  auto loop = std::make_unique<Loop>(name, std::move(step));
  loops_.emplace_back(std::move(name), std::move(loop));
}

Loop& FollowingRole::LoopOf(const std::string& name) {
  for (const auto& [known, loop] : loops_) {
    if (known == name) return *loop;
  }
  CHECK(false);
}

std::vector<Loop*> FollowingRole::Loops() {
  std::vector<Loop*> loops;
  for (const auto& [name, loop] : loops_) loops.push_back(loop.get());
  return loops;
}

Result<Role::Tls> FollowingRole::TlsIdentity() {
  if (credentials_.names.empty()) {  // ADR 14.
    return Fail(ErrorCode::kIncorrectState,
                fmt::format("the role {} has no host name, so it cannot have a server certificate: "
                            "either it runs in identity's process, or the installation is made with "
                            "`perenniald init --role-names HOST`",
                            name_));
  }
  TRY_ASSIGN(const auto certificate,
             api::RequestProcessCertificate(*host_.transport, host_.clock, host_.random,
                                            host_.config.endpoints.identity, credentials_.enrolment,
                                            credentials_.names));
  return Tls{{certificate.chain_pem + credentials_.platform_ca_pem, certificate.key->ToPkcs8Pem()},
             certificate.renew_at};
}

}  // namespace perennial::apps
