// SPDX-License-Identifier: Apache-2.0
// Node pools, and how a node joins them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/ip_address.h"
#include "base/proof.h"
#include "identity/service.h"
#include "identity/wire.h"
#include "pki/name.h"

namespace perennial::identity {
namespace {

using authz::Permission;

constexpr size_t kPoolsOfANodeMax = 16;
constexpr size_t kAddressesMax = 64;
constexpr int64_t kNodeTokenLifeMin = 60;
constexpr int64_t kNodeTokenLifeMax = 86400;

Result<std::vector<std::string>> AddressesOf(const std::vector<std::string>& texts, size_t least) {
  if (texts.size() < least || texts.size() > kAddressesMax) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("/addresses: must be {} to {} addresses", least, kAddressesMax));
  }
  std::vector<std::string> addresses;
  for (const auto& text : texts) {
    auto address = pki::ParseIpAddress(text);
    if (!address || !NamesOneHost(address->bytes)) {
      const std::string why = address
                                  ? "must be the address of one host, not of none, all or a group"
                                  : address.error().message;
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("/addresses/{}: {}", addresses.size(), why));
    }
    addresses.push_back(std::move(address->text));
  }
  return addresses;
}

Result<void> CheckNodeName(std::string_view name) {
  const bool plain = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.';
  });
  if (name.empty() || name.size() > 253 || !plain) {
    return Fail(ErrorCode::kInvalidArgument,
                "/name: must be a host name: letters, digits, dots and hyphens");
  }
  return {};
}

// On an address that its pool does not have a node would serve nothing, and nobody would notice.
Result<void> CheckAddresses(const authz::NodePoolFact& pool,
                            const std::vector<std::string>& addresses) {
  const bool shared = std::ranges::any_of(addresses, [&](const std::string& address) {
    return std::ranges::find(pool.addresses, address) != pool.addresses.end();
  });
  if (shared || addresses.empty()) return {};
  return Fail(
      ErrorCode::kInvalidArgument,
      fmt::format("/addresses: the node has {}, and node pool {} has {}: join with an address "
                  "of the pool, or make a pool that has this one (the addresses of a pool "
                  "cannot be changed). The token can still be used",
                  fmt::join(addresses, ", "), pool.display_name, fmt::join(pool.addresses, ", ")));
}

std::unexpected<Error> BadToken() {
  return Fail(ErrorCode::kUnauthenticated,
              "the token is unknown, used or expired; ask for a new one");
}

// The proof shows that who enrols holds the key, and means this token.
bool ProofHolds(const api::identity::EnrolNodeDetails& details, const pki::PublicKey& key) {
  const auto proof = Base64Decode(details.proof);
  if (!proof) return false;
  const auto text = api::identity::EnrolmentProofText(details.token, details.public_key_pem);
  return PERENNIAL_MUTANT("identity.no_enrolment_proof") ||
         key.Verify(pki::SignatureAlgorithm::kSha256WithEcdsa, AsBytes(text), *proof);
}

}  // namespace

Result<std::vector<std::string>> IdentityService::RequirePools(Call& call,
                                                               const std::vector<std::string>& ids,
                                                               std::string_view pointer,
                                                               Permission permission) const {
  if (ids.empty() || ids.size() > kPoolsOfANodeMax) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: must be 1 to {} node pools", pointer, kPoolsOfANodeMax));
  }
  for (size_t i = 0; i < ids.size(); ++i) {
    const auto* pool = call.snapshot().NodePool(ids[i]);
    if (pool == nullptr || pool->tenancy_id != call.caller().tenancy_id ||
        !call.Require(permission, pool->compartment_id)) {
      return Fail(
          ErrorCode::kRelatedNotFound,
          fmt::format("{}/{}: names a node pool that does not exist, or that you may not use",
                      pointer, i));
    }
  }
  auto unique = ids;
  std::ranges::sort(unique);
  const auto twice = std::ranges::unique(unique);
  unique.erase(twice.begin(), twice.end());
  return unique;
}

// --- Node pools

Result<service::Reply> IdentityService::CreateNodePool(
    Call& call, const api::identity::CreateNodePoolDetails& details) {
  call.About("", details.compartment_id);
  TRY(call.Require(Permission::kNodePoolCreate, details.compartment_id));
  const auto* compartment = call.snapshot().Compartment(details.compartment_id);
  if (compartment == nullptr) return Fail(ErrorCode::kNotFound, "no such compartment");
  TRY(CheckName("/displayName", details.display_name));
  TRY_ASSIGN(auto addresses, AddressesOf(details.addresses, 1));
  const NodePoolRow row{.id = NewId("subnet"),
                        .tenancy_id = compartment->tenancy_id,
                        .compartment_id = compartment->id,
                        .display_name = details.display_name,
                        .addresses = std::move(addresses),
                        .created_at = call.now()};
  call.About(row.id, row.compartment_id, row.display_name);
  return call.Commit([&](Session& session) -> Result<Reply> {
    TRY(parts_.store.Insert(session, row));
    return ReplyWithEtag(ToWire(row), row.id, 1);
  });
}

Result<service::Reply> IdentityService::GetNodePool(Call& call, const std::string& id) {
  call.About(id);
  TRY_ASSIGN(const auto row, ReadRow([&](Session& s) { return parts_.store.FindNodePool(s, id); }));
  TRY(call.Require(Permission::kNodePoolRead, row.compartment_id));
  return ReplyWithEtag(ToWire(row), row.id, 1);
}

Result<service::Reply> IdentityService::ListNodePools(Call& call, const std::string& after_id,
                                                      int64_t limit) {
  TRY_ASSIGN(const auto rows, parts_.database.ReadValue([&](Session& session) {
    return parts_.store.ListNodePools(session, call.caller().tenancy_id, after_id, limit);
  }));
  api::identity::NodePoolCollection answer;
  for (const auto& row : rows) {
    if (call.May(Permission::kNodePoolInspect, row.compartment_id))
      answer.items.push_back(ToWire(row));
  }
  auto reply = Reply::Json(EncodeJson(answer));
  if (std::ssize(rows) == limit) {
    reply.headers.emplace_back("opc-next-page", service::EncodePageToken({rows.back().id}));
  }
  return reply;
}

// --- Enrolment

Result<service::Reply> IdentityService::CreateNodeToken(
    Call& call, const api::identity::CreateNodeTokenDetails& details) {
  TRY_ASSIGN(auto pools,
             RequirePools(call, details.node_pool_ids, "/nodePoolIds", Permission::kNodeEnrol));
  if (details.product_kinds.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "/productKinds: must name at least one kind");
  }
  for (size_t i = 0; i < details.product_kinds.size(); ++i) {
    const auto& kinds = parts_.config.products;
    if (std::ranges::find(kinds, details.product_kinds[i], &ProductAddress::kind) == kinds.end()) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("/productKinds/{}: is no kind of product; try loadbalancer", i));
    }
  }
  if (details.expires_in_seconds < kNodeTokenLifeMin ||
      details.expires_in_seconds > kNodeTokenLifeMax) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("/expiresInSeconds: must be {} to {}",
                                                         kNodeTokenLifeMin, kNodeTokenLifeMax));
  }
  const std::string token = "pnj_" + Base32Encode(parts_.random.Bytes(25));
  const NodeTokenRow row{.id = NewId("nodetoken"),
                         .hash = HexEncode(Sha256(token)),
                         .tenancy_id = call.caller().tenancy_id,
                         .created_by = call.caller().id,
                         .node_pool_ids = std::move(pools),
                         .product_kinds = details.product_kinds,
                         .created_at = call.now(),
                         .expires_at = call.now() + seconds(details.expires_in_seconds)};
  call.About(row.id, call.snapshot().NodePool(row.node_pool_ids.front())->compartment_id);
  return call.Commit([&](Session& session) -> Result<Reply> {
    TRY(parts_.store.Insert(session, row));
    auto reply =
        Reply::Json(EncodeJson(api::identity::NodeToken{.id = row.id,
                                                        .token = token,
                                                        .ca_hash = parts_.platform_ca.Hash(),
                                                        .time_expires = row.expires_at}));
    reply.secret = true;
    return reply;
  });
}

Result<service::Reply> IdentityService::EnrolNode(Call& call,
                                                  const api::identity::EnrolNodeDetails& details) {
  TRY_ASSIGN(const auto token, parts_.database.ReadValue([&](Session& session) {
    return parts_.store.FindNodeToken(session, HexEncode(Sha256(details.token)));
  }));
  if (!token) return BadToken();
  // Whoever shows a token that was real is worth a record; the router's own audits signed requests
  // only.
  const auto refuse = [&](std::string why) -> std::unexpected<Error> {
    // A spent one once a reason: whoever holds it could otherwise fill the disk with records.
    const bool spent = token->node_id || call.now() >= token->expires_at;
    if (spent && !FirstTelling(token->id + why)) return BadToken();
    auto recorded = parts_.database.Write([&](Session& session) {
      return parts_.store.AppendAudit(session, {.operation = "EnrolNode",
                                                .reason = std::move(why),
                                                .tenancy_id = token->tenancy_id,
                                                .resource_id = token->id,
                                                .resource_name = call.request().peer_address,
                                                .principal_name = "anonymous",
                                                .refused = true});
    });
    if (!recorded) return std::unexpected(recorded.error());
    return BadToken();
  };
  if (token->node_id) return refuse("the token was used before");
  if (call.now() >= token->expires_at) return refuse("the token has expired");
  // Who gave it out must still be allowed to, or a dismissed administrator could enrol for another
  // day.
  const authz::Principal creator{.kind = authz::PrincipalKind::kUser,
                                 .id = token->created_by,
                                 .tenancy_id = token->tenancy_id};
  for (const auto& id : token->node_pool_ids) {
    const auto* pool = call.snapshot().NodePool(id);
    if (pool == nullptr ||
        !authz::Decide(call.snapshot(), {creator, Permission::kNodeEnrol, pool->compartment_id, {}})
             .allowed()) {
      return refuse("who gave out the token may not enrol nodes any more");
    }
  }
  TRY(CheckNodeName(details.name));
  TRY_ASSIGN(auto addresses, AddressesOf(details.addresses, 0));
  auto key = pki::PublicKey::ParsePem(details.public_key_pem);
  if (!key || key->algorithm() != pki::KeyAlgorithm::kEcdsaP256) {
    return Fail(ErrorCode::kInvalidArgument, "/publicKeyPem: must be one PEM public key, P-256");
  }
  if (!ProofHolds(details, *key)) return refuse("the proof was not made by the key");
  for (const auto& id : token->node_pool_ids) {
    TRY(CheckAddresses(*call.snapshot().NodePool(id), addresses));
  }

  // The same key again, with a token of another pool: a host that serves several tenants. Its owner
  // shows the key, the pool's owner gave the token, so both have agreed.
  TRY_ASSIGN(const auto same, parts_.database.ReadValue([&](Session& session) {
    return parts_.store.FindNodeByKey(session, key->ToPem());
  }));
  const bool shared = same && same->state != authz::NodeState::kRemoved;
  const NodeRow row{.id = shared ? same->id : NewId("node"),
                    .tenancy_id = token->tenancy_id,
                    .name = details.name,
                    .public_key_pem = key->ToPem(),
                    .node_pool_ids = token->node_pool_ids,
                    .product_kinds = token->product_kinds,
                    .addresses = std::move(addresses),
                    .created_at = call.now()};
  call.About(row.id, call.snapshot().NodePool(row.node_pool_ids.front())->compartment_id, row.name);
  call.Detail({fmt::format(R"({{"nodeTokenId":"{}","tenancyId":"{}","createdBy":"{}"}})", token->id,
                           token->tenancy_id, token->created_by)});
  return call.Commit([&](Session& session) -> Result<Reply> {
    // Two requests with one token: exactly one of them gets here first.
    TRY_ASSIGN(const bool first, parts_.store.UseNodeToken(session, token->id, row.id));
    if (!first) return BadToken();
    if (shared) {
      // It may have been removed, or shared once more, since it was read.
      TRY_ASSIGN(const auto present, parts_.store.FindNode(session, row.id));
      if (!present || present->state == authz::NodeState::kRemoved) return BadToken();
      TRY(parts_.store.ShareNode(session, *present, row));
    } else {
      TRY(parts_.store.Insert(session, row));
    }
    return Reply::Json(EncodeJson(
        api::identity::EnrolledNode{.node_id = row.id,
                                    .tenancy_id = row.tenancy_id,
                                    .platform_ca_pem = parts_.platform_ca.certificate().pem(),
                                    .endpoints = parts_.config.endpoints}));
  });
}

}  // namespace perennial::identity
