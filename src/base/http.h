// SPDX-License-Identifier: Apache-2.0
// HTTP messages as values, exactly as they stood on the wire.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace perennial {

// Headers keep order, spelling and values as received: signatures are made over them.
using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;  // Upper case.
  std::string target;  // Path and query, percent-encoded, as on the wire.
  HttpHeaders headers;
  std::string body;
  std::string peer_address;  // Server side only: the peer's IP address, for the audit.

  std::string_view path() const { return std::string_view(target).substr(0, target.find('?')); }
};

struct HttpResponse {
  int status = 200;
  HttpHeaders headers;
  std::string body;
};

// FindHeader returns the first value of the header, its name compared without case.
std::optional<std::string> FindHeader(const HttpHeaders& headers, std::string_view name);

// SetHeader replaces every header of this name by one.
void SetHeader(HttpHeaders& headers, std::string_view name, std::string value);

// PercentDecode decodes %XX, and `+` as a space where `plus_is_space`. Malformed escapes: nullopt.
std::optional<std::string> PercentDecode(std::string_view text, bool plus_is_space);

// PercentEncode keeps RFC 3986 unreserved characters and escapes every other byte.
std::string PercentEncode(std::string_view text);

// QueryParameters of a target, decoded, in order. Malformed escapes: nullopt.
std::optional<std::vector<std::pair<std::string, std::string>>> QueryParameters(
    std::string_view target);

}  // namespace perennial
