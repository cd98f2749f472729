// SPDX-License-Identifier: Apache-2.0
#include "net/response_text.h"

// Not core.h: clang names one of its templates otherwise than the g++ that built the library.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

namespace perennial::net {
namespace {

std::string_view Reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

bool IsOurs(const std::string& name) {
  static constexpr std::array<std::string_view, 4> kOurs = {"content-length", "transfer-encoding",
                                                            "connection", "date"};
  return std::ranges::any_of(kOurs, [&](std::string_view ours) {
    return std::ranges::equal(name, ours, {},
                              [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  });
}

}  // namespace

bool IsSafeHeader(const std::string& name, const std::string& value) {
  static constexpr std::string_view kToken =
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const auto breaks = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  };
  return !name.empty() && name.find_first_not_of(kToken) == std::string::npos &&
         std::ranges::none_of(value, breaks);
}

Result<std::string> EncodeResponse(const HttpResponse& response, const ResponseFraming& framing) {
  if (response.status < 200 || response.status > 599) {
    return Fail(ErrorCode::kInternal, fmt::format("status {} cannot be sent", response.status));
  }
  const bool bodyless = response.status == 204 || response.status == 304;
  std::string text;
  text.reserve(512 + response.body.size());
  auto out = std::back_inserter(text);
  fmt::format_to(out, "HTTP/1.1 {} {}\r\n", response.status, Reason(response.status));
  for (const auto& [name, value] : response.headers) {
    if (!IsSafeHeader(name, value)) {
      return Fail(ErrorCode::kInternal, "a response header would break the message");
    }
    if (!IsOurs(name)) fmt::format_to(out, "{}: {}\r\n", name, value);
  }
  fmt::format_to(out, "date: {}\r\n", FormatHttpDate(framing.now));
  if (!bodyless) fmt::format_to(out, "content-length: {}\r\n", response.body.size());
  if (framing.close) text += "connection: close\r\n";
  text += "\r\n";
  if (!bodyless && !framing.to_head) text += response.body;
  return text;
}

}  // namespace perennial::net
