// SPDX-License-Identifier: Apache-2.0
// For tests: identity's facts of a small world, and signed requests of everybody in it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "authz/snapshot.h"
#include "base/clock.h"
#include "http_signature/key_id.h"
#include "http_signature/signer.h"
#include "http_signature/token.h"
#include "pki/key.h"
#include "service/identity_view.h"

namespace perennial::certificates::testing {

// Two tenancies. In acme: ann manages everything, kay may read private keys as well, rob may only
// inspect, eve may nothing; nodes n1 and n2 of one pool; load balancers lb1 and lb2, both placed on
// n1. In globex: gus manages everything.
inline constexpr char kHost[] = "localhost:8643";
inline constexpr char kAcme[] = "ocid1.tenancy.perennial..acme";
inline constexpr char kGlobex[] = "ocid1.tenancy.perennial..globex";
inline constexpr char kShop[] = "ocid1.compartment.perennial..shop";  // In acme.
inline constexpr char kAnn[] = "ocid1.user.perennial..ann";
inline constexpr char kKay[] = "ocid1.user.perennial..kay";
inline constexpr char kRob[] = "ocid1.user.perennial..rob";
inline constexpr char kEve[] = "ocid1.user.perennial..eve";
inline constexpr char kGus[] = "ocid1.user.perennial..gus";
inline constexpr char kPool[] = "ocid1.subnet.perennial..pool";
inline constexpr char kNode1[] = "ocid1.node.perennial..n1";
inline constexpr char kNode2[] = "ocid1.node.perennial..n2";
inline constexpr char kBalancer1[] = "ocid1.loadbalancer.perennial..lb1";
inline constexpr char kBalancer2[] = "ocid1.loadbalancer.perennial..lb2";
inline constexpr char kLbService[] = "ocid1.service.perennial..lb";
inline constexpr char kReplica[] = "ocid1.replica.perennial..r1";

// A view of identity that a test changes and lets grow old.
class TestView final : public service::IdentityView {
 public:
  Result<std::shared_ptr<const authz::Snapshot>> Current() const override { return snapshot; }
  Duration Age() const override { return age; }
  std::shared_ptr<const authz::Snapshot> snapshot;
  Duration age{};
};

class TestIdentity {
 public:
  TestIdentity() {
    const auto pem = key_->public_key().ToPem();
    Know(authz::TenancyFact{kAcme, "acme"});
    Know(authz::TenancyFact{kGlobex, "globex"});
    Know(authz::CompartmentFact{kShop, kAcme, kAcme, "shop"});
    AddUser(kAnn, kAcme, {"manage all-resources in tenancy"});
    AddUser(kKay, kAcme,
            {"manage all-resources in tenancy",
             "read leaf-certificate-bundles in tenancy where "
             "target.leaf-certificate.bundle-type = 'CERTIFICATE_CONTENT_WITH_PRIVATE_KEY'"});
    AddUser(kRob, kAcme, {"inspect all-resources in tenancy"});
    AddUser(kEve, kAcme, {});
    AddUser(kGus, kGlobex, {"manage all-resources in tenancy"});
    Know(authz::NodePoolFact{kPool, kAcme, kAcme, "pool", {"127.0.0.1"}});
    for (const auto* id : {kNode1, kNode2}) {
      Know(authz::NodeFact{id, kAcme, id, {kPool}, {"loadbalancer"}, pem});
    }
    Know(authz::ServiceFact{kLbService, "loadbalancer", pem, authz::PrincipalState::kActive, {}});
    Know(authz::ReplicaFact{kReplica, pem, authz::PrincipalState::kActive, {}});
    for (const auto* id : {kBalancer1, kBalancer2}) {
      Know(authz::ResourceFact{id, "loadbalancer", kAcme, kAcme, {kPool}, kLbService, id});
      Know(authz::PlacementFact{id, 1, {kNode1}});
    }
    Know(authz::TokenKeyFact{"tk1",
                             RawJson{http_signature::EncodeJwk(token_key_.public_key().ToJwk())},
                             authz::TokenKeyState::kCurrent});
  }

  template <class Fact>
  void Know(const Fact& fact) {
    EXPECT_TRUE(builder_.Apply(authz::EntryOf(fact)));
    view.snapshot = builder_.Build();
  }
  template <class Fact>
  void Forget(std::string id) {
    EXPECT_TRUE(builder_.Apply(authz::GoneEntry<Fact>(std::move(id))));
    view.snapshot = builder_.Build();
  }

  // AddUser gives the user a group and a policy of its own: each of `may` as "manage … in …".
  void AddUser(const std::string& id, const std::string& tenancy, std::vector<std::string> may) {
    Know(authz::UserFact{id,
                         tenancy,
                         id,
                         authz::PrincipalState::kActive,
                         {{key_->public_key().Md5Fingerprint(), key_->public_key().ToPem()}}});
    const auto name = id.substr(id.rfind('.') + 1);
    const auto group = "ocid1.group.perennial.." + name;
    Know(authz::GroupFact{group, tenancy, name});
    Know(authz::MembershipFact{"ocid1.membership.perennial.." + name, id, group});
    for (auto& text : may) text = "allow group id " + group + " to " + text;
    Know(authz::PolicyFact{"ocid1.policy.perennial.." + name, tenancy, may});
  }

  // The key ids under which the others sign; all share one key.
  std::string User(const std::string& id) const {
    const bool globex = id == kGus;
    return http_signature::ApiKeyId(globex ? kGlobex : kAcme, id,
                                    key_->public_key().Md5Fingerprint());
  }
  std::string Service(Time now, const std::string& kind = "loadbalancer") const {
    return Token({.sub = kLbService, .ptype = "service", .kind = kind}, now);
  }
  std::string Replica(Time now) const { return Token({.sub = kReplica, .ptype = "replica"}, now); }
  std::string Node(const std::string& id, Time now) const {
    return Token({.sub = id, .ptype = "node", .tenant = kAcme}, now);
  }
  std::string Balancer(const std::string& id, const std::string& node, Time now) const {
    return Token({.sub = id,
                  .ptype = "resource",
                  .tenant = kAcme,
                  .res_id = id,
                  .res_type = "loadbalancer",
                  .res_tenant = kAcme,
                  .res_compartment = kAcme,
                  .node = node},
                 now);
  }
  void Sign(HttpRequest& request, const std::string& key_id, Time now) const {
    EXPECT_TRUE(http_signature::Sign(request, {key_id, key_}, now));
  }

  TestView view;

 private:
  std::string Token(http_signature::TokenClaims claims, Time now) const {
    claims.iss = "identity";
    claims.jwk = key_->public_key().ToJwk();
    claims.iat = Time(ToSeconds(now));
    claims.exp = claims.iat + std::chrono::minutes(15);
    claims.jti = claims.sub + claims.node;
    return http_signature::TokenKeyId(*http_signature::EncodeToken(claims, token_key_, "tk1"));
  }

  std::shared_ptr<const pki::PrivateKey> key_ =
      std::make_shared<pki::PrivateKey>(*pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256));
  pki::PrivateKey token_key_ = *pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256);
  authz::SnapshotBuilder builder_;
};

}  // namespace perennial::certificates::testing
