// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/ocid.h"
#include "base/proof.h"
#include "identity/service.h"
#include "identity/wire.h"

namespace perennial::identity {
namespace {

constexpr size_t kResourceTokensMax = 1000;
constexpr size_t kAbsentShown = 20;

// A session key: P-256, or RSA where an unmodified OCI SDK signs as the resource.
Result<pki::Jwk> SessionKeyOf(const std::string& pem, bool may_be_rsa) {
  auto key = pki::PublicKey::ParsePem(pem);
  if (!key) {
    return Fail(ErrorCode::kInvalidArgument,
                "/publicKeyPem: must be one PEM public key: " + key.error().message);
  }
  const bool fits = key->algorithm() == pki::KeyAlgorithm::kEcdsaP256 ||
                    (may_be_rsa && key->family() == pki::KeyFamily::kRsa);
  if (!fits) {
    return Fail(ErrorCode::kInvalidArgument, may_be_rsa
                                                 ? "/publicKeyPem: must be a P-256 or an RSA key"
                                                 : "/publicKeyPem: must be a P-256 key");
  }
  return key->ToJwk();
}

bool IsPlacedOn(const authz::Snapshot& snapshot, const std::string& resource_id,
                const std::string& node_id) {
  const auto* placement = snapshot.PlacementOf(resource_id);
  return placement != nullptr &&
         std::ranges::find(placement->node_ids, node_id) != placement->node_ids.end();
}

// The ids were parsed, so they may stand in JSON as they are.
RawJson AbsentDetail(const std::vector<std::string>& absent) {
  std::string list;
  for (size_t i = 0; i < absent.size() && i < kAbsentShown; ++i) {
    list += fmt::format(R"({}"{}")", i == 0 ? "" : ",", absent[i]);
  }
  return {fmt::format(R"({{"notPlacedHere":[{}],"notPlacedHereCount":{}}})", list, absent.size())};
}

}  // namespace

Result<service::Reply> IdentityService::ExchangeToken(
    Call& call, const api::identity::ExchangeTokenDetails& details) {
  const auto& caller = call.caller();
  call.About(caller.id, {}, caller.name);
  http_signature::TokenClaims claims{.sub = caller.id};
  const bool is_node = call.snapshot().Node(caller.id) != nullptr;
  if (is_node) {
    claims.ptype = WireNameOf(authz::PrincipalKind::kNode);
    claims.tenant = caller.tenancy_id;
  } else if (call.snapshot().Replica(caller.id) != nullptr) {
    claims.ptype = WireNameOf(authz::PrincipalKind::kReplica);
  } else {
    claims.ptype = WireNameOf(authz::PrincipalKind::kService);
    claims.kind = caller.service_kind;
  }
  TRY_ASSIGN(claims.jwk, SessionKeyOf(details.public_key_pem, false));
  if (details.agent_version) TRY(CheckText("/agentVersion", *details.agent_version, 64));
  TRY_ASSIGN(const auto signed_token, parts_.token_keys.Sign(std::move(claims)));
  call.Allowed({authz::Decision::Basis::kOwner, "its own enrolment key"});
  return call.CommitRead([&](Session& session) -> Result<Reply> {
    if (is_node) {
      TRY(parts_.store.SetNodeSeen(
          session, caller.id, {details.agent_version, details.wanted_count, details.served_count}));
    }
    return Reply::Json(EncodeJson(api::identity::SessionToken{
        .token = signed_token.token, .time_expires = signed_token.expires}));
  });
}

Result<service::Reply> IdentityService::CreateResourcePrincipalTokens(
    Call& call, const api::identity::CreateResourcePrincipalTokensDetails& details) {
  const auto& node_id = call.caller().id;
  if (details.resource_ids.empty() || details.resource_ids.size() > kResourceTokensMax) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("/resourceIds: must be 1 to {} OCIDs", kResourceTokensMax));
  }
  TRY_ASSIGN(const auto jwk, SessionKeyOf(details.public_key_pem, true));
  auto ids = details.resource_ids;
  std::ranges::sort(ids);
  ids.erase(std::ranges::unique(ids).begin(), ids.end());

  api::identity::ResourcePrincipalTokens answer;
  std::vector<std::string> absent;
  for (const auto& id : ids) {
    if (OcidType(id).empty()) {
      return Fail(ErrorCode::kInvalidArgument, "/resourceIds: must hold OCIDs only");
    }
    const auto* resource = call.snapshot().Resource(id);
    const bool here =
        PERENNIAL_MUTANT("identity.rpst_anywhere") || IsPlacedOn(call.snapshot(), id, node_id);
    if (resource == nullptr || !here) {
      absent.push_back(id);
      continue;
    }
    TRY_ASSIGN(
        auto signed_token,
        parts_.token_keys.Sign({.sub = id,
                                .ptype = std::string(WireNameOf(authz::PrincipalKind::kResource)),
                                .tenant = resource->tenancy_id,
                                .jwk = jwk,
                                .res_id = id,
                                .res_type = resource->kind,
                                .res_tenant = resource->tenancy_id,
                                .res_compartment = resource->compartment_id,
                                .node = node_id}));
    answer.items.push_back({id, std::move(signed_token.token), signed_token.expires});
  }
  call.About(answer.items.empty() ? absent.front() : node_id);
  if (!absent.empty()) call.Detail(AbsentDetail(absent));
  if (answer.items.empty()) {
    return Fail(ErrorCode::kNotFound, "none of these resources is placed on this node");
  }
  call.Allowed({authz::Decision::Basis::kOwner,
                fmt::format("{} resources placed on this node", answer.items.size())});
  return call.CommitRead([&](Session& session) -> Result<Reply> {
    TRY(parts_.store.SetNodeSeen(session, node_id, {}));
    return Reply::Json(EncodeJson(answer));
  });
}

Result<service::Reply> IdentityService::ListTokenKeys(Call& call) {
  api::identity::TokenKeys answer;
  for (const auto* fact : call.snapshot().TokenKeys()) {
    TRY_ASSIGN(const auto jwk, http_signature::DecodeJwk(fact->jwk.text));
    answer.keys.push_back({.kid = fact->kid,
                           .kty = jwk.kty,
                           .crv = jwk.crv,
                           .x = jwk.x,
                           .y = jwk.y,
                           .alg = "ES256",
                           .use = "sig",
                           .state = std::string(WireNameOf(fact->state))});
  }
  std::ranges::sort(answer.keys, {}, &api::identity::TokenKey::kid);
  return Reply::Json(EncodeJson(answer));
}

Result<service::Reply> IdentityService::CreateServerCertificate(
    Call& call, const api::identity::CreateServerCertificateDetails& details) {
  const auto& id = call.caller().id;
  call.About(id, {}, call.caller().name);
  const std::vector<std::string>* registered = nullptr;
  if (const auto* service = call.snapshot().Service(id)) registered = &service->names;
  if (const auto* replica = call.snapshot().Replica(id)) registered = &replica->names;
  if (registered == nullptr) return Fail(ErrorCode::kPermissionDenied, "a node serves no API");
  for (const auto& name : details.names) {
    if (std::ranges::find(*registered, name) == registered->end()) {
      return Fail(ErrorCode::kPermissionDenied, "the principal was not registered with this name");
    }
  }
  auto key = pki::PublicKey::ParsePem(details.public_key_pem);
  if (!key) {
    return Fail(ErrorCode::kInvalidArgument,
                "/publicKeyPem: must be one PEM public key: " + key.error().message);
  }
  TRY_ASSIGN(const auto certificate, parts_.platform_ca.Issue(*key, details.names));
  call.Allowed({authz::Decision::Basis::kOwner, "the names it was registered with"});
  return call.Commit([&](Session& session) -> Result<Reply> {
    TRY(PlatformCa::Record(session, parts_.store, id, certificate));
    return Reply::Json(EncodeJson(api::identity::ServerCertificate{
        .certificate_chain_pem = certificate.pem(), .time_expires = certificate.not_after()}));
  });
}

}  // namespace perennial::identity
