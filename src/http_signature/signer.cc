// SPDX-License-Identifier: Apache-2.0
#include "http_signature/signer.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "http_signature/signature.h"

namespace perennial::http_signature {
namespace {

bool HasBody(const HttpRequest& request) {
  return !request.body.empty() || request.method == "POST" || request.method == "PUT" ||
         request.method == "PATCH";
}

}  // namespace

Result<void> Sign(HttpRequest& request, const SigningKey& key, Time now) {
  const auto algorithm = AlgorithmName(key.key->public_key());
  if (algorithm.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "requests are signed with RSA or P-256 keys");
  }
  if (!FindHeader(request.headers, "host")) {
    return Fail(ErrorCode::kInternal, "a request is signed after its host is set");
  }
  std::vector<std::string> names = {"date", "(request-target)", "host"};
  SetHeader(request.headers, "date", FormatHttpDate(now));
  if (HasBody(request)) {
    if (!FindHeader(request.headers, "content-type")) {
      SetHeader(request.headers, "content-type", "application/json");
    }
    SetHeader(request.headers, "content-length", std::to_string(request.body.size()));
    SetHeader(request.headers, "x-content-sha256", Base64Encode(Sha256(request.body)));
    names.insert(names.end(), {"content-length", "content-type", "x-content-sha256"});
  }
  // Dates have whole seconds, so two equal requests in one second would be one request. Its id,
  // signed too, tells them apart.
  if (FindHeader(request.headers, "opc-request-id")) names.push_back("opc-request-id");
  TRY_ASSIGN(const auto text, SigningString(request, names));
  const auto scheme = algorithm == "rsa-sha256" ? pki::SignatureAlgorithm::kSha256WithRsa
                                                : pki::SignatureAlgorithm::kSha256WithEcdsa;
  TRY_ASSIGN(const auto signature, key.key->Sign(scheme, AsBytes(text)));
  SetHeader(request.headers, "authorization",
            fmt::format("Signature version=\"1\",keyId=\"{}\",algorithm=\"{}\",headers=\"{}\","
                        "signature=\"{}\"",
                        key.key_id, algorithm, fmt::join(names, " "), Base64Encode(signature)));
  return {};
}

}  // namespace perennial::http_signature
