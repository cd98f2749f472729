// SPDX-License-Identifier: Apache-2.0
// For tests: the world with associations, the change feed and rollouts; users who click at a load
// balancer service, and an identity that really verifies their clicks.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "api/evidence/table.h"
#include "authz/decide.h"
#include "base/encoding.h"
#include "certificates/control_plane/association_routes.h"
#include "certificates/control_plane/testing_answers.h"
#include "certificates/control_plane/testing_world.h"
#include "http_signature/evidence.h"
#include "service/authenticator.h"

namespace perennial::certificates::testing {

inline constexpr char kLbHost[] = "lb.example:8643";
inline constexpr char kListeners1[] =
    "/20170115/loadBalancers/ocid1.loadbalancer.perennial..lb1/listeners";

// Judges as identity does, on the same facts, but for the kind of the presenter.
class TestVerifier final : public EvidenceVerifier {
 public:
  TestVerifier(TestView& view, Clock& clock) : view_(view), clock_(clock) {}

  Result<api::identity::VerifiedEvidence> Verify(
      const api::identity::VerifyEvidenceDetails& details) override {
    if (away) return Fail(ErrorCode::kUnavailable, "connection refused");
    const std::vector<std::string> hosts{kLbHost};
    auto judged = service::Authenticate(http_signature::ToRequest(details.evidence),
                                        *view_.snapshot, clock_.Now(), hosts);
    if (!judged) return Fail(ErrorCode::kUnauthenticated, "evidence: " + judged.error().message);
    TRY(api::evidence::EvidenceSubject(details.evidence));
    const auto& facts = judged->signed_facts;
    api::identity::VerifiedEvidence answer{.user_id = judged->caller.id,
                                           .user_name = judged->caller.name,
                                           .tenancy_id = judged->caller.tenancy_id,
                                           .signed_date = facts.signed_date,
                                           .digest = HexEncode(AsBytes(facts.digest)),
                                           .position = 7,
                                           .allowed = {},
                                           .signing_string = facts.signing_string,
                                           .signature = Base64Encode(facts.signature),
                                           .algorithm = facts.algorithm,
                                           .key_id = facts.key_id,
                                           .public_key_pem = judged->key.ToPem()};
    for (const auto& want : details.wants) {
      std::string compartment = want.compartment_id.value_or("");
      if (want.resource_id) {
        const auto* resource = view_.snapshot->Resource(*want.resource_id);
        compartment = resource == nullptr ? "" : resource->compartment_id;
      }
      const auto permission = FromWireName<authz::Permission>(want.permission);
      answer.allowed.push_back(
          permission && !compartment.empty() &&
          authz::Decide(*view_.snapshot, {judged->caller, *permission, compartment, {}}).allowed());
    }
    return answer;
  }
  bool away = false;

 private:
  TestView& view_;
  Clock& clock_;
};

class AssociationWorld : public World {
 public:
  explicit AssociationWorld(std::string path = storage::NewTestPath("certificates"))
      : World(std::move(path)),
        verifier(identity.view, clock),
        real_feed(news),
        real_promotion(std::make_unique<Promotion>(real_feed)) {
    promotion = std::move(real_promotion);
    real_rollouts = std::make_unique<Rollouts>(
        service(), real_feed, *promotion,
        RolloutOptions{.node_live_for = seconds(30), .recheck = seconds(5)});
    Build(*real_rollouts);
    associations =
        std::make_unique<Associations>(service(), verifier, real_feed, *real_rollouts);
    feed_operations = std::make_unique<FeedOperations>(service(), real_feed);
    rollout_operations = std::make_unique<RolloutOperations>(service(), *real_rollouts, real_feed,
                                                             [this] { ++renewals_woken; });
    reports = std::make_unique<Reports>(service(), *real_rollouts);
    AddAssociationRoutes(router(), service(),
                         {*associations, *feed_operations, *rollout_operations, *reports});
  }

  // Click is the request that a user signs and sends to the load balancer service.
  HttpRequest Click(const std::string& user, std::string target, std::string body,
                    const std::string& host = kLbHost, const std::string& method = "POST",
                    Duration ahead = {}) {
    HttpRequest request{.method = method,
                        .target = std::move(target),
                        .headers = {{"host", host}},
                        .body = std::move(body),
                        .peer_address = ""};
    identity.Sign(request, identity.User(user), clock.Now() + ahead);
    return request;
  }
  // `ahead` is how far the user's clock is ahead of ours.
  http_signature::Evidence ListenerClick(const std::string& user, const std::string& certificate,
                                         Duration ahead = {}) {
    return *http_signature::MakeEvidence(
        Click(user, kListeners1, ListenerBody({certificate}, {}), kLbHost, "POST", ahead));
  }
  static std::string ListenerBody(std::vector<std::string> certificates,
                                  std::vector<std::string> authorities) {
    const auto list = [](const std::vector<std::string>& ids) {
      std::string text;
      for (const auto& id : ids) text += (text.empty() ? "\"" : ",\"") + id + "\"";
      return "[" + text + "]";
    };
    return R"({"name":"https","sslConfiguration":{"certificateIds":)" + list(certificates) +
           R"(,"trustedCertificateAuthorityIds":)" + list(authorities) + "}}";
  }

  HttpResponse Post(const std::string& key_id, const std::string& target, const std::string& body) {
    return Send(key_id, "POST", target, body, {{"content-type", "application/json"}});
  }
  HttpResponse Attach(const http_signature::Evidence& evidence,
                      std::vector<wire::AssociationPair> pairs,
                      const std::string& kind = "loadbalancer") {
    return Post(identity.Service(clock.Now(), kind), "/20260101/associations/actions/attach",
                EncodeJson(wire::AttachDetails{evidence, std::move(pairs)}));
  }
  HttpResponse Detach(std::vector<wire::AssociationPair> pairs,
                      std::optional<http_signature::Evidence> evidence = std::nullopt,
                      std::optional<Time> signed_up_to = std::nullopt,
                      std::optional<std::string> association_id = std::nullopt) {
    return Post(identity.Service(clock.Now()), "/20260101/associations/actions/detach",
                EncodeJson(wire::DetachDetails{std::move(pairs), std::move(evidence), signed_up_to,
                                               std::move(association_id)}));
  }
  // Attached makes the association of a certificate with lb1 by ann's click.
  std::string Attached(const std::string& certificate) {
    const auto answer = Read<wire::AttachAnswer>(
        Attach(ListenerClick(kAnn, certificate), {{certificate, kBalancer1}}));
    return answer.items.empty() ? "" : answer.items.front().association_id;
  }

  // Ask sends a GET that may be parked.
  net::Answer Ask(const std::string& key_id, const std::string& target) {
    HttpRequest request{.method = "GET",
                        .target = target,
                        .headers = {{"host", kHost}},
                        .body = "",
                        .peer_address = "127.0.0.1"};
    identity.Sign(request, key_id, clock.Now());
    return router().Handle(request);
  }
  wire::ChangeFeed FeedAfter(int64_t position, const std::string& hash = "") {
    return Read<wire::ChangeFeed>(
        Send(identity.Replica(clock.Now()), "GET",
             "/20260101/changeFeed?after=" + std::to_string(position) + "&hash=" + hash));
  }
  std::vector<wire::Change> LastChanges() {
    const auto feed = FeedAfter(0);
    return feed.items.empty() ? std::vector<wire::Change>() : feed.items.back().changes;
  }
  int64_t AuditCount() { return Number("SELECT position FROM audit_head"); }
  int64_t AssociationCount() { return Number("SELECT COUNT(*) FROM association"); }

  TestVerifier verifier;
  Feed real_feed;
  std::unique_ptr<Promotion> real_promotion;
  std::unique_ptr<Rollouts> real_rollouts;
  std::unique_ptr<Associations> associations;
  std::unique_ptr<FeedOperations> feed_operations;
  std::unique_ptr<RolloutOperations> rollout_operations;
  std::unique_ptr<Reports> reports;
  int renewals_woken = 0;
};

}  // namespace perennial::certificates::testing
