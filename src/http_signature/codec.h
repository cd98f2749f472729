// SPDX-License-Identifier: Apache-2.0
// What of this room is JSON, as plain structs. Only for the sources of this room.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "pki/key.h"

namespace perennial::http_signature {

struct WireEvidence {
  std::string method, target;
  std::vector<std::vector<std::string>> headers;
  std::string body;
};

struct WireJwk {
  std::string kty;
  std::optional<std::string> crv, x, y, n, e;
};

struct WireTokenHeader {
  std::string alg, typ, kid;
};

struct WireTokenClaims {
  std::string iss, sub, ptype;
  std::optional<std::string> kind, tenant;
  WireJwk jwk;
  int64_t iat = 0, exp = 0;  // Seconds since 1970.
  std::string jti;
  std::optional<std::string> res_id, res_type, res_tenant, res_compartment, node;
};

// The claims spell res_id and its like with underscores, unlike every other name of ours.
std::string EncodeClaims(const WireTokenClaims& claims);
Result<WireTokenClaims> DecodeClaims(std::string_view json);

}  // namespace perennial::http_signature
