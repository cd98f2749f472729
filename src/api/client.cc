// SPDX-License-Identifier: Apache-2.0
#include "api/client.h"

#include <fmt/format.h>

#include "api/error.h"
#include "base/encoding.h"

namespace perennial::api {
namespace {

// The authority of the URL as the host header carries it: default ports are left out.
std::string HostOf(std::string_view base_url) {
  const auto scheme = base_url.find("://");
  auto host = scheme == std::string_view::npos ? base_url : base_url.substr(scheme + 3);
  host = host.substr(0, host.find('/'));
  if (base_url.starts_with("https://") && host.ends_with(":443")) host.remove_suffix(4);
  if (base_url.starts_with("http://") && host.ends_with(":80")) host.remove_suffix(3);
  return std::string(host);
}

// The base URL without a slash at its end, so that targets can be put behind it.
std::string WithoutSlash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace

Client::Client(net::Transport& transport, http_signature::CredentialSource* credentials,
               Clock& clock, Random& random, std::string base_url)
    : transport_(transport),
      credentials_(credentials),
      clock_(clock),
      random_(random),
      base_url_(WithoutSlash(std::move(base_url))),
      host_(HostOf(base_url_)) {}

Result<HttpResponse> Client::Send(const CallSpec& spec) const {
  HttpRequest request{.method = spec.method,
                      .target = spec.target,
                      .headers = {{"host", host_}, {"accept", "application/json"}},
                      .body = spec.body,
                      .peer_address = {}};
  const auto& options = spec.options;
  request.headers.emplace_back("opc-request-id", options.request_id.empty()
                                                     ? HexEncode(random_.Bytes(16))
                                                     : options.request_id);
  if (!options.retry_token.empty()) {
    request.headers.emplace_back("opc-retry-token", options.retry_token);
  }
  if (!options.if_match.empty()) request.headers.emplace_back("if-match", options.if_match);
  if (!spec.body.empty()) request.headers.emplace_back("content-type", "application/json");
  if (spec.is_signed) {
    if (credentials_ == nullptr) {
      return Fail(ErrorCode::kInternal, "this client has no credentials to sign with");
    }
    TRY_ASSIGN(const auto key, credentials_->Current());
    TRY(http_signature::Sign(request, *key, clock_.Now()));
  }
  TRY_ASSIGN(auto response, transport_.Send(base_url_, request, options.deadline + options.wait));
  if (!IsSuccess(response)) return std::unexpected(DecodeError(response));
  return response;
}

std::string Client::Unreadable(const HttpResponse& response, const Error& error) const {
  return fmt::format("the answer of {} cannot be read (status {}, {} bytes): {}", base_url_,
                     response.status, response.body.size(), error.message);
}

std::string NewRetryToken(Random& random) { return HexEncode(random.Bytes(16)); }

}  // namespace perennial::api
