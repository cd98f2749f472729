// SPDX-License-Identifier: Apache-2.0
// Lets a wire type hold an Evidence. Include it only in codec.cc files, after base/json_codec.h.
#pragma once

#include "base/json_codec.h"
#include "http_signature/evidence.h"

namespace perennial::json_internal {

// Evidence is strict whatever `unknown` says: it is judged byte for byte.
template <>
inline Result<http_signature::Evidence> Decode<http_signature::Evidence>(const bj::value& value,
                                                                         const std::string& pointer,
                                                                         UnknownFields) {
  auto evidence = http_signature::EvidenceFromJson(bj::serialize(value));
  // Its pointers begin at the evidence; the caller's begin at the body.
  if (!evidence) return Fail(evidence.error().code, pointer + evidence.error().message);
  return evidence;
}

template <>
inline bj::value Encode<http_signature::Evidence>(const http_signature::Evidence& evidence) {
  return bj::parse(http_signature::EvidenceToJson(evidence));
}

}  // namespace perennial::json_internal
