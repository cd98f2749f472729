// SPDX-License-Identifier: Apache-2.0
#include "service/authenticator.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/proof.h"
#include "http_signature/key_id.h"
#include "http_signature/token.h"

namespace perennial::service {
namespace {

using authz::Principal;
using authz::PrincipalKind;
using authz::PrincipalState;
using authz::Snapshot;
using http_signature::KeyId;
using http_signature::TokenClaims;

struct Claim {
  Principal principal;
  pki::PublicKey key;
};

std::unexpected<Error> Unauthenticated(std::string reason) {
  return Fail(ErrorCode::kUnauthenticated, std::move(reason));
}

Result<Claim> ClaimOfApiKey(const KeyId& id, const Snapshot& snapshot) {
  const authz::UserKey* user_key = nullptr;
  const auto* user = snapshot.UserByKey(id.tenancy_id, id.user_id, id.fingerprint, &user_key);
  if (user == nullptr) return Unauthenticated("no such user, or the user has no such API key");
  TRY_ASSIGN(auto key, pki::PublicKey::ParsePem(user_key->public_key_pem));
  return Claim{{.kind = PrincipalKind::kUser,
                .id = user->id,
                .tenancy_id = user->tenancy_id,
                .name = user->name,
                .key_id = id.fingerprint},
               std::move(key)};
}

Result<Claim> ClaimOfEnrolmentKey(const KeyId& id, const Snapshot& snapshot) {
  Principal principal{.kind = PrincipalKind::kEnrolment, .id = id.principal_id};
  std::string pem;
  if (const auto* service = snapshot.Service(id.principal_id)) {
    principal.service_kind = service->kind;
    principal.name = service->kind;
    pem = service->public_key_pem;
  } else if (const auto* node = snapshot.Node(id.principal_id)) {
    principal.tenancy_id = node->tenancy_id;
    principal.name = node->name;
    principal.node_id = node->id;
    pem = node->public_key_pem;
  } else if (const auto* replica = snapshot.Replica(id.principal_id)) {
    principal.name = "replica";
    pem = replica->public_key_pem;
  } else {
    return Unauthenticated("no such enrolment key");
  }
  TRY_ASSIGN(auto key, pki::PublicKey::ParsePem(pem));
  return Claim{std::move(principal), std::move(key)};
}

Result<Claim> ClaimOfToken(const KeyId& id, const Snapshot& snapshot, Time now) {
  const auto key_of = [&](std::string_view kid) -> std::optional<pki::PublicKey> {
    const auto* fact = snapshot.TokenKey(kid);
    if (fact == nullptr || fact->state == authz::TokenKeyState::kRetired) return std::nullopt;
    const auto jwk = http_signature::DecodeJwk(fact->jwk.text);
    if (!jwk) return std::nullopt;
    auto key = pki::PublicKey::FromJwk(*jwk);
    if (!key) return std::nullopt;
    return *key;
  };
  TRY_ASSIGN(const TokenClaims claims, http_signature::VerifyToken(id.token, key_of, now));
  const auto kind = FromWireName<PrincipalKind>(claims.ptype);
  if (!kind || *kind == PrincipalKind::kEnrolment)
    return Unauthenticated("the token's ptype is unknown");

  Principal principal{.kind = *kind,
                      .id = claims.sub,
                      .tenancy_id = claims.tenant,
                      .name = claims.sub,
                      .service_kind = claims.kind,
                      .resource_type = claims.res_type,
                      .resource_compartment_id = claims.res_compartment,
                      .node_id = *kind == PrincipalKind::kNode ? claims.sub : claims.node,
                      .token_id = claims.jti};
  if (const auto* node = snapshot.Node(principal.id)) {
    principal.name = node->name;
    principal.product_kinds = node->product_kinds;
  } else if (*kind == PrincipalKind::kService) {
    principal.name = claims.kind;
  } else if (const auto* user = snapshot.User(principal.id)) {
    principal.name = user->name;
  }
  TRY_ASSIGN(auto key, pki::PublicKey::FromJwk(claims.jwk));
  return Claim{std::move(principal), std::move(key)};
}

// The date that the signature covers, never later than now. Verify judges it afterwards.
Time SignedDate(const HttpRequest& request, const http_signature::SignatureHeader& header,
                Time now) {
  for (const auto* name : {"x-date", "date"}) {
    if (std::ranges::find(header.headers, name) == header.headers.end()) continue;
    const auto text = FindHeader(request.headers, name);
    const auto date = text ? ParseHttpDate(*text) : Fail(ErrorCode::kInvalidArgument, "none");
    return date ? std::min(*date, now) : now;
  }
  return now;
}

enum class TokenAlive { kNow, kWhenSigned };

Result<AuthenticatedRequest> AuthenticateAt(const HttpRequest& request, const Snapshot& snapshot,
                                            Time now, std::span<const std::string> accepted_hosts,
                                            TokenAlive alive) {
  TRY_ASSIGN(const auto header, http_signature::Inspect(request));
  const Time token_time = alive == TokenAlive::kWhenSigned ? SignedDate(request, header, now) : now;
  TRY_ASSIGN(const auto key_id, http_signature::ParseKeyId(header.key_id));
  auto claim = [&]() -> Result<Claim> {
    switch (key_id.kind) {
      case KeyId::Kind::kApiKey:
        return ClaimOfApiKey(key_id, snapshot);
      case KeyId::Kind::kToken:
        return ClaimOfToken(key_id, snapshot, token_time);
      case KeyId::Kind::kEnrolment:
        return ClaimOfEnrolmentKey(key_id, snapshot);
    }
    return Unauthenticated("unknown kind of key");
  }();
  if (!claim) return Unauthenticated(claim.error().message);
  TRY_ASSIGN(auto facts, http_signature::Verify(request, header, claim->key,
                                                {.now = now, .accepted_hosts = accepted_hosts}));
  TRY(CheckPrincipal(claim->principal, snapshot));
  return AuthenticatedRequest{std::move(claim->principal), std::move(facts), std::move(claim->key)};
}

}  // namespace

Result<AuthenticatedRequest> Authenticate(const HttpRequest& request, const Snapshot& snapshot,
                                          Time now, std::span<const std::string> accepted_hosts) {
  return AuthenticateAt(request, snapshot, now, accepted_hosts, TokenAlive::kNow);
}

Result<AuthenticatedRequest> AuthenticateEvidence(const HttpRequest& request,
                                                  const Snapshot& snapshot, Time now,
                                                  std::span<const std::string> accepted_hosts) {
  return AuthenticateAt(request, snapshot, now, accepted_hosts, TokenAlive::kWhenSigned);
}

Result<void> CheckForm(const HttpRequest& request) {
  TRY_ASSIGN(const auto header, http_signature::Inspect(request));
  TRY(http_signature::ParseKeyId(header.key_id));
  return {};
}

Result<void> CheckPrincipal(const Principal& principal, const Snapshot& snapshot) {
  if (!principal.token_id.empty() && snapshot.IsRetiredToken(principal.token_id) &&
      !PERENNIAL_MUTANT("service.retired_token")) {
    return Unauthenticated("the token was retired");
  }
  const auto active_node = [&](std::string_view id) {
    const auto* node = snapshot.Node(id);
    return node != nullptr && node->state != authz::NodeState::kRemoved;
  };
  const auto active_service = [&](std::string_view id) {
    const auto* service = snapshot.Service(id);
    return service != nullptr && service->state == PrincipalState::kActive;
  };
  const auto active_replica = [&](std::string_view id) {
    const auto* replica = snapshot.Replica(id);
    return replica != nullptr && replica->state == PrincipalState::kActive;
  };
  bool active = false;
  switch (principal.kind) {
    case PrincipalKind::kUser: {
      const auto* user = snapshot.User(principal.id);
      active = user != nullptr && user->state == PrincipalState::kActive &&
               user->tenancy_id == principal.tenancy_id;
      const authz::UserKey* key = nullptr;
      const auto fingerprint = principal.key_id.substr(principal.key_id.rfind('/') + 1);
      if (active && !fingerprint.empty() && !PERENNIAL_MUTANT("service.deleted_key") &&
          snapshot.UserByKey(principal.tenancy_id, principal.id, fingerprint, &key) == nullptr) {
        return Unauthenticated("the API key was deleted");
      }
      break;
    }
    case PrincipalKind::kService:
      active = active_service(principal.id);
      break;
    case PrincipalKind::kNode:
      active = active_node(principal.id);
      break;
    case PrincipalKind::kReplica:
      active = active_replica(principal.id);
      break;
    case PrincipalKind::kEnrolment:
      active =
          active_service(principal.id) || active_node(principal.id) || active_replica(principal.id);
      break;
    case PrincipalKind::kResource: {
      const auto* resource = snapshot.Resource(principal.id);
      const auto* node = snapshot.Node(principal.node_id);
      const auto* placement = snapshot.PlacementOf(principal.id);
      // A tenant that took its pools off a shared node has said that this node reads nothing more.
      const bool enrolled = resource != nullptr && node != nullptr &&
                            std::ranges::any_of(node->node_pool_ids, [&](const std::string& pool) {
                              return std::ranges::find(resource->node_pool_ids, pool) !=
                                     resource->node_pool_ids.end();
                            });
      active =
          enrolled && active_node(principal.node_id) && placement != nullptr &&
          std::ranges::find(placement->node_ids, principal.node_id) != placement->node_ids.end();
      break;
    }
  }
  if (!active) return Unauthenticated("the principal is disabled, removed or unknown");
  return {};
}

}  // namespace perennial::service
