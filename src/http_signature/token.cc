// SPDX-License-Identifier: Apache-2.0
#include "http_signature/token.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/proof.h"
#include "http_signature/codec.h"

namespace perennial::http_signature {
namespace {

constexpr std::string_view kAlgorithm = "ES256";
constexpr std::string_view kType = "JWT";
constexpr size_t kTokenLengthMax = 8192;
constexpr seconds kIssuedAhead{60};  // Identity's clock may be this much before ours.

std::unexpected<Error> Refuse(std::string reason) {
  return Fail(ErrorCode::kUnauthenticated, std::move(reason));
}

std::optional<std::string> Present(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

WireJwk ToWire(const pki::Jwk& jwk) {
  return {.kty = jwk.kty,
          .crv = Present(jwk.crv),
          .x = Present(jwk.x),
          .y = Present(jwk.y),
          .n = Present(jwk.n),
          .e = Present(jwk.e)};
}

Result<pki::Jwk> FromWire(const WireJwk& wire) {
  const bool ec = wire.kty == "EC" && wire.crv && wire.x && wire.y && !wire.n && !wire.e;
  const bool rsa = wire.kty == "RSA" && wire.n && wire.e && !wire.crv && !wire.x && !wire.y;
  if (!ec && !rsa) return Fail(ErrorCode::kInvalidArgument, "not the JWK of an EC or RSA key");
  return pki::Jwk{.kty = wire.kty,
                  .crv = wire.crv.value_or(""),
                  .x = wire.x.value_or(""),
                  .y = wire.y.value_or(""),
                  .n = wire.n.value_or(""),
                  .e = wire.e.value_or("")};
}

int64_t ToUnix(Time time) { return ToSeconds(time).time_since_epoch().count(); }

Result<Time> FromUnix(int64_t count) {
  if (count < 0 || count > 253402300799) return Refuse("a time in the token is out of range");
  return Time(seconds(count));
}

Result<TokenClaims> ReadClaims(std::string_view json) {
  const auto wire = DecodeClaims(json);
  if (!wire) return Refuse("the token's claims cannot be read");
  const auto jwk = FromWire(wire->jwk);
  if (!jwk) return Refuse("the token names no key");
  TRY_ASSIGN(const auto iat, FromUnix(wire->iat));
  TRY_ASSIGN(const auto exp, FromUnix(wire->exp));
  return TokenClaims{.iss = wire->iss,
                     .sub = wire->sub,
                     .ptype = wire->ptype,
                     .kind = wire->kind.value_or(""),
                     .tenant = wire->tenant.value_or(""),
                     .jwk = *jwk,
                     .iat = iat,
                     .exp = exp,
                     .jti = wire->jti,
                     .res_id = wire->res_id.value_or(""),
                     .res_type = wire->res_type.value_or(""),
                     .res_tenant = wire->res_tenant.value_or(""),
                     .res_compartment = wire->res_compartment.value_or(""),
                     .node = wire->node.value_or("")};
}

struct Parts {
  std::string_view header, claims, signature, signed_part;
};

std::optional<Parts> Split(std::string_view token) {
  const auto first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    return std::nullopt;
  }
  return Parts{.header = token.substr(0, first),
               .claims = token.substr(first + 1, second - first - 1),
               .signature = token.substr(second + 1),
               .signed_part = token.substr(0, second)};
}

}  // namespace

Result<std::string> EncodeToken(const TokenClaims& claims, const pki::PrivateKey& key,
                                std::string_view kid) {
  if (key.algorithm() != pki::KeyAlgorithm::kEcdsaP256) {
    return Fail(ErrorCode::kInvalidArgument, "tokens are signed with P-256 keys");
  }
  const WireTokenHeader header{
      .alg = std::string(kAlgorithm), .typ = std::string(kType), .kid = std::string(kid)};
  const WireTokenClaims wire{.iss = claims.iss,
                             .sub = claims.sub,
                             .ptype = claims.ptype,
                             .kind = Present(claims.kind),
                             .tenant = Present(claims.tenant),
                             .jwk = ToWire(claims.jwk),
                             .iat = ToUnix(claims.iat),
                             .exp = ToUnix(claims.exp),
                             .jti = claims.jti,
                             .res_id = Present(claims.res_id),
                             .res_type = Present(claims.res_type),
                             .res_tenant = Present(claims.res_tenant),
                             .res_compartment = Present(claims.res_compartment),
                             .node = Present(claims.node)};
  const auto signed_part = fmt::format("{}.{}", Base64UrlEncode(AsBytes(EncodeJson(header))),
                                       Base64UrlEncode(AsBytes(EncodeClaims(wire))));
  TRY_ASSIGN(const auto signature, key.SignJose(AsBytes(signed_part)));
  return fmt::format("{}.{}", signed_part, Base64UrlEncode(signature));
}

Result<TokenClaims> VerifyToken(std::string_view token, const TokenKeyLookup& key_of, Time now) {
  if (token.size() > kTokenLengthMax) return Refuse("the token is too long");
  const auto parts = Split(token);
  if (!parts) return Refuse("the token has not three parts");
  const auto header_bytes = Base64UrlDecode(parts->header);
  const auto claims_bytes = Base64UrlDecode(parts->claims);
  const auto signature = Base64UrlDecode(parts->signature);
  if (!header_bytes || !claims_bytes || !signature) return Refuse("the token is not base64url");

  // Nothing in the header may choose how it is judged: one algorithm, a key of ours, no extension.
  const auto header = DecodeJson<WireTokenHeader>(AsText(*header_bytes), UnknownFields::kRefuse);
  if (!header || header->alg != kAlgorithm || header->typ != kType) {
    return Refuse("the token is not a JWT of ES256");
  }
  const auto key = key_of(header->kid);
  if (!key || key->algorithm() != pki::KeyAlgorithm::kEcdsaP256) {
    return Refuse("the token is signed by an unknown key");
  }
  if (!key->VerifyJose(AsBytes(parts->signed_part), *signature) &&
      !PERENNIAL_MUTANT("signature.skip_token_signature")) {
    return Refuse("the token's signature does not verify");
  }
  TRY_ASSIGN(auto claims, ReadClaims(AsText(*claims_bytes)));
  if (claims.iat > now + kIssuedAhead) return Refuse("the token is from the future");
  if (claims.exp <= now && !PERENNIAL_MUTANT("signature.skip_token_expiry")) {
    return Refuse("the token has expired");
  }
  return claims;
}

Result<TokenClaims> ReadToken(std::string_view token) {
  if (token.size() > kTokenLengthMax) return Refuse("the token is too long");
  const auto parts = Split(token);
  if (!parts) return Refuse("the token has not three parts");
  const auto claims = Base64UrlDecode(parts->claims);
  if (!claims) return Refuse("the token is not base64url");
  return ReadClaims(AsText(*claims));
}

std::string EncodeJwk(const pki::Jwk& jwk) { return EncodeJson(ToWire(jwk)); }

Result<pki::Jwk> DecodeJwk(std::string_view json) {
  TRY_ASSIGN(const auto wire, DecodeJson<WireJwk>(json, UnknownFields::kIgnore));
  return FromWire(wire);
}

}  // namespace perennial::http_signature
