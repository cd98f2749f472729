// SPDX-License-Identifier: Apache-2.0
#include "http_signature/evidence.h"

#include <algorithm>

#include "base/encoding.h"
#include "http_signature/codec.h"
#include "http_signature/signature.h"

namespace perennial::http_signature {
namespace {

constexpr size_t kHeadersMax = 64;

std::string Lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

}  // namespace

Result<Evidence> MakeEvidence(const HttpRequest& request) {
  TRY_ASSIGN(const auto header, Inspect(request));
  Evidence evidence{
      .method = request.method, .target = request.target, .headers = {}, .body = request.body};
  for (const auto& [name, value] : request.headers) {
    const auto lower = Lower(name);
    if (lower == "authorization" ||
        std::ranges::find(header.headers, lower) != header.headers.end()) {
      evidence.headers.emplace_back(name, value);
    }
  }
  return evidence;
}

HttpRequest ToRequest(const Evidence& evidence) {
  return {.method = evidence.method,
          .target = evidence.target,
          .headers = evidence.headers,
          .body = evidence.body,
          .peer_address = {}};
}

std::string EvidenceToJson(const Evidence& evidence) {
  WireEvidence wire{.method = evidence.method,
                    .target = evidence.target,
                    .headers = {},
                    .body = Base64Encode(AsBytes(evidence.body))};
  for (const auto& [name, value] : evidence.headers) wire.headers.push_back({name, value});
  return EncodeJson(wire);
}

Result<Evidence> EvidenceFromJson(std::string_view json) {
  TRY_ASSIGN(auto wire, DecodeJson<WireEvidence>(json, UnknownFields::kRefuse));
  const auto body = Base64Decode(wire.body);
  if (!body) return Fail(ErrorCode::kInvalidArgument, "/body: must be base64");
  if (wire.headers.size() > kHeadersMax) {
    return Fail(ErrorCode::kInvalidArgument, "/headers: too many");
  }
  Evidence evidence{.method = std::move(wire.method),
                    .target = std::move(wire.target),
                    .headers = {},
                    .body = std::string(AsText(*body))};
  for (auto& header : wire.headers) {
    if (header.size() != 2) {
      return Fail(ErrorCode::kInvalidArgument, "/headers: each must be [name, value]");
    }
    evidence.headers.emplace_back(std::move(header[0]), std::move(header[1]));
  }
  return evidence;
}

}  // namespace perennial::http_signature
