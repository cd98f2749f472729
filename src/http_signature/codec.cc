// SPDX-License-Identifier: Apache-2.0
#include "http_signature/codec.h"

#include <array>

#include "base/json_codec.h"

namespace perennial::http_signature {
BOOST_DESCRIBE_STRUCT(WireEvidence, (), (method, target, headers, body))
BOOST_DESCRIBE_STRUCT(WireJwk, (), (kty, crv, x, y, n, e))
BOOST_DESCRIBE_STRUCT(WireTokenHeader, (), (alg, typ, kid))
BOOST_DESCRIBE_STRUCT(WireTokenClaims, (),
                      (iss, sub, ptype, kind, tenant, jwk, iat, exp, jti, res_id, res_type,
                       res_tenant, res_compartment, node))

namespace {

// OCI's claims keep their underscores, unlike every other name on our wire.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kSpellings = {
    {{"resId", "res_id"},
     {"resType", "res_type"},
     {"resTenant", "res_tenant"},
     {"resCompartment", "res_compartment"}}};

}  // namespace

std::string EncodeClaims(const WireTokenClaims& claims) {
  boost::json::object out;
  const auto encoded = json_internal::Encode(claims);
  for (const auto& [key, value] : encoded.get_object()) {
    std::string_view name = key;
    for (const auto& [ours, theirs] : kSpellings) {
      if (name == ours) name = theirs;
    }
    out.emplace(name, value);
  }
  return boost::json::serialize(out);
}

Result<WireTokenClaims> DecodeClaims(std::string_view json) {
  TRY_ASSIGN(const auto value, json_internal::ParseStrict(json));
  if (!value.is_object()) return Fail(ErrorCode::kInvalidArgument, "/: must be an object");
  boost::json::object in;
  for (const auto& [key, item] : value.get_object()) {
    std::string name = key;
    for (const auto& [ours, theirs] : kSpellings) {
      // Only their spelling names the claim; ours is some claim that we do not know.
      if (key == ours) name += '?';
      if (key == theirs) name = ours;
    }
    in.emplace(name, item);
  }
  return json_internal::Decode<WireTokenClaims>(in, "", UnknownFields::kIgnore);
}

}  // namespace perennial::http_signature

PERENNIAL_JSON_TYPE(perennial::http_signature::WireEvidence)
PERENNIAL_JSON_TYPE(perennial::http_signature::WireJwk)
PERENNIAL_JSON_TYPE(perennial::http_signature::WireTokenHeader)
