// SPDX-License-Identifier: Apache-2.0
// Identity's tokens: JWS ES256 (RFC 7515), as values. A token never authenticates by itself: the
// request is signed by the key named in it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "pki/key.h"

namespace perennial::http_signature {

// Empty strings are left out of the token.
struct TokenClaims {
  std::string iss;
  std::string sub;     // The principal's OCID.
  std::string ptype;   // user, service, node, replica, resource: authz::PrincipalKind on the wire.
  std::string kind;    // A service's: loadbalancer, certificates, …
  std::string tenant;  // The principal's tenancy.
  pki::Jwk jwk;        // The key that signs requests under this token.
  Time iat;            // Whole seconds.
  Time exp;            // The first second in which the token is dead.
  std::string jti;
  // Of a resource principal.
  std::string res_id, res_type, res_tenant, res_compartment, node;

  friend bool operator==(const TokenClaims&, const TokenClaims&) = default;
};

// EncodeToken signs the claims with identity's P-256 key `kid`. kInvalidArgument for another kind
// of key.
Result<std::string> EncodeToken(const TokenClaims& claims, const pki::PrivateKey& key,
                                std::string_view kid);

// Finds identity's token key; nothing for one that is unknown or retired.
using TokenKeyLookup = std::function<std::optional<pki::PublicKey>(std::string_view kid)>;

// VerifyToken accepts compact ES256 with the header {alg, typ: JWT, kid} and nothing else, strict
// base64url and JSON, iat ≤ now + 60 s and now < exp. kUnauthenticated otherwise. Whether the
// principal is still active and the token not retired is the caller's to judge, and that the
// request verifies under `jwk`.
Result<TokenClaims> VerifyToken(std::string_view token, const TokenKeyLookup& key_of, Time now);

// ReadToken returns what the token says, without judging its signature or its life: for looking at
// evidence long after. kUnauthenticated for what is no token. Never authenticate by it.
Result<TokenClaims> ReadToken(std::string_view token);

// EncodeJwk writes {"kty":"EC","crv":…,"x":…,"y":…} or {"kty":"RSA","n":…,"e":…}. DecodeJwk reads
// the same and passes over other members (kid, use, state); kInvalidArgument for what is not one of
// the two.
std::string EncodeJwk(const pki::Jwk& jwk);
Result<pki::Jwk> DecodeJwk(std::string_view json);

}  // namespace perennial::http_signature
