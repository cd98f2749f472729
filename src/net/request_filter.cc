// SPDX-License-Identifier: Apache-2.0
#include "net/request_filter.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/error.h"

namespace perennial::net {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlnum(char c) { return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// RFC 9110 §5.6.2.
bool IsTokenChar(char c) {
  return IsAlnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, IsTokenChar);
}

// No control characters but the tab; bytes above ASCII are opaque (RFC 9110 §5.5).
bool IsFieldValue(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

std::string LowerCase(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

std::string_view Trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::unexpected<Refusal> Refuse(int status, std::string code, std::string message) {
  return std::unexpected(Refusal{status, std::move(code), std::move(message)});
}
std::unexpected<Refusal> Malformed(std::string message) {
  return Refuse(400, "InvalidParameter", std::move(message));
}
std::unexpected<Refusal> HeadersTooLarge(std::string message) {
  return Refuse(431, "RequestHeaderFieldsTooLarge", std::move(message));
}
std::unexpected<Refusal> TargetTooLong() {
  return Refuse(414, "UriTooLong", "the request target is too long");
}

// What a request line needs besides its target: the longest method, the version and the spaces.
constexpr size_t kRequestLineRest = 32;

// Two values of one header are two readings of one request. Only lists that nothing decides upon
// may be split over several lines.
bool MayRepeat(std::string_view lower_name) {
  static constexpr std::array<std::string_view, 10> kLists = {
      "accept",        "accept-charset", "accept-encoding", "accept-language",
      "cache-control", "cookie",         "forwarded",       "pragma",
      "via",           "x-forwarded-for"};
  return std::ranges::find(kLists, lower_name) != kLists.end();
}

// A name, an IPv4 address or an IPv6 address in brackets, and perhaps a port.
bool IsHost(std::string_view host) {
  size_t end = 0;
  if (host.starts_with('[')) {
    end = host.find(']');
    if (end == std::string_view::npos || end < 3) return false;
    const auto inside = host.substr(1, end - 1);
    if (inside.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) {
      return false;
    }
    ++end;
  } else {
    while (end < host.size() && (IsAlnum(host[end]) || host[end] == '-' || host[end] == '.')) ++end;
    if (end == 0 || end > 255) return false;
  }
  auto port = host.substr(end);
  if (port.empty()) return true;
  if (port.front() != ':') return false;
  port.remove_prefix(1);
  return !port.empty() && port.size() <= 5 && std::ranges::all_of(port, IsDigit);
}

// One number has one spelling here: digits only, no leading zero.
std::optional<uint64_t> ParseContentLength(std::string_view text) {
  if (text.empty() || text.size() > 18 || !std::ranges::all_of(text, IsDigit)) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  uint64_t value = 0;
  for (const char c : text) value = value * 10 + static_cast<uint64_t>(c - '0');
  return value;
}

bool ListContains(std::string_view list, std::string_view lower_word) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (LowerCase(Trim(list.substr(0, comma))) == lower_word) return true;
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return false;
}

std::expected<void, Refusal> ParseRequestLine(std::string_view line, const HeadLimits& limits,
                                              HttpRequest& request) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || last == first) return Malformed("bad request line");
  const auto method = line.substr(0, first);
  const auto target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (!IsToken(method)) return Malformed("bad method");
  if (target.size() > limits.target_bytes) return TargetTooLong();
  if (version != "HTTP/1.1") {
    const bool other = version.size() == 8 && version.starts_with("HTTP/") && IsDigit(version[5]) &&
                       version[6] == '.' && IsDigit(version[7]);
    if (!other) return Malformed("bad request line");
    return Refuse(505, "HttpVersionNotSupported", "this version of HTTP is not spoken here");
  }
  static constexpr std::array<std::string_view, 6> kMethods = {"GET", "HEAD",  "POST",
                                                               "PUT", "PATCH", "DELETE"};
  if (std::ranges::find(kMethods, method) == kMethods.end()) {
    return Refuse(501, "MethodNotImplemented", "no operation uses this method");
  }
  // Only origin-form: an absolute URI could name another host than Host does. The OCI SDK sends
  // braces and bars raw, so every visible character but the fragment's passes.
  const bool visible =
      std::ranges::all_of(target, [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
  if (!target.starts_with('/') || !visible) return Malformed("bad request target");
  request.method = method;
  request.target = target;
  return {};
}

std::expected<void, Refusal> ParseHeader(std::string_view line, std::set<std::string>& seen,
                                         HttpHeaders& headers) {
  if (line.front() == ' ' || line.front() == '\t') return Malformed("a header is folded");
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return Malformed("a header has no colon");
  const auto name = line.substr(0, colon);
  const auto value = Trim(line.substr(colon + 1));
  if (!IsToken(name)) return Malformed("bad header name");  // Also white space before the colon.
  if (!IsFieldValue(value)) return Malformed("bad header value");
  const auto lower = LowerCase(name);
  if (!seen.insert(lower).second && !MayRepeat(lower)) return Malformed("a header is repeated");
  headers.emplace_back(name, value);
  return {};
}

// What the headers say about the message itself.
std::expected<void, Refusal> ReadFraming(RequestHead& head) {
  const auto& headers = head.request.headers;
  const auto host = FindHeader(headers, "host");
  if (!host) return Malformed("host is required");
  if (!IsHost(*host)) return Malformed("bad host");

  const auto coding = FindHeader(headers, "transfer-encoding");
  const auto length = FindHeader(headers, "content-length");
  if (coding && length) return Malformed("transfer-encoding and content-length exclude each other");
  if (coding) {
    if (LowerCase(*coding) != "chunked") return Malformed("transfer-encoding may only be chunked");
    head.chunked = true;
  }
  if (length) {
    head.content_length = ParseContentLength(*length);
    if (!head.content_length) return Malformed("bad content-length");
  }
  if (const auto expect = FindHeader(headers, "expect")) {
    if (LowerCase(*expect) != "100-continue") {
      return Refuse(417, "ExpectationFailed", "only 100-continue can be expected");
    }
    head.expects_continue = true;
  }
  head.close = ListContains(FindHeader(headers, "connection").value_or(""), "close");
  return {};
}

}  // namespace

std::expected<size_t, Refusal> FindEndOfHead(std::string_view received, const HeadLimits& limits) {
  size_t begin = 0;
  for (size_t line = 0;; ++line) {
    const auto lf = received.find('\n', begin);
    const bool whole = lf != std::string_view::npos;
    const size_t size = (whole ? lf : received.size()) - begin;
    if (line == 0 && size > limits.target_bytes + kRequestLineRest) return TargetTooLong();
    if (size > limits.line_bytes) return HeadersTooLarge("a header is too large");
    if (begin + size > limits.head_bytes) return HeadersTooLarge("the headers are too large");
    if (!whole) return 0;
    if (size == 0 || received[lf - 1] != '\r') return Malformed("a line ends without CR");
    begin = lf + 1;
    if (size == 1) {
      if (line == 0) return Malformed("the request line is empty");
      return begin;
    }
    if (line > limits.headers) return HeadersTooLarge("too many headers");
  }
}

std::expected<RequestHead, Refusal> ParseRequestHead(std::string_view head,
                                                     const HeadLimits& limits) {
  RequestHead parsed;
  std::set<std::string> seen;
  for (bool first = true;; first = false) {
    const auto end = head.find("\r\n");
    if (end == std::string_view::npos) return Malformed("the head has no end");
    const auto line = head.substr(0, end);
    head.remove_prefix(end + 2);
    if (first) {
      TRY(ParseRequestLine(line, limits, parsed.request));
    } else if (line.empty()) {
      break;
    } else {
      TRY(ParseHeader(line, seen, parsed.request.headers));
      if (parsed.request.headers.size() > limits.headers)
        return HeadersTooLarge("too many headers");
    }
  }
  if (!head.empty()) return Malformed("the head goes on after its end");
  TRY(ReadFraming(parsed));
  return parsed;
}

bool ChunkDecoder::Take(char c) {
  const auto step = [&](char wanted, Expect next) {
    expect_ = next;
    return c == wanted;
  };
  switch (expect_) {
    case Expect::kSize: {
      if (c == '\r') {
        expect_ = Expect::kSizeLf;
        return digits_ > 0;
      }
      const auto digit = std::string_view("0123456789abcdef").find(LowerCase({&c, 1}));
      if (digit == std::string_view::npos || ++digits_ > 8) return false;
      left_ = left_ * 16 + digit;
      return true;
    }
    case Expect::kSizeLf:
      return step('\n', left_ > 0 ? Expect::kData : Expect::kEndCr);
    case Expect::kDataCr:
      return step('\r', Expect::kDataLf);
    case Expect::kDataLf:
      digits_ = 0;
      return step('\n', Expect::kSize);
    case Expect::kEndCr:
      return step('\r', Expect::kEndLf);
    case Expect::kEndLf:
      return step('\n', Expect::kNothing);
    case Expect::kData:
    case Expect::kNothing:
      break;
  }
  return false;
}

ChunkDecoder::State ChunkDecoder::Feed(std::string_view& received, std::string& body) {
  while (expect_ != Expect::kNothing) {
    if (received.empty()) return State::kMore;
    if (expect_ == Expect::kData) {
      // Decided by the announced size, so that no byte beyond the limit is ever kept.
      if (left_ > body_bytes_max_ || body.size() > body_bytes_max_ - left_) return State::kTooLarge;
      const auto part = received.substr(0, left_);
      body.append(part);
      received.remove_prefix(part.size());
      left_ -= part.size();
      if (left_ == 0) expect_ = Expect::kDataCr;
    } else {
      const char c = received.front();
      received.remove_prefix(1);
      if (!Take(c)) return State::kMalformed;
    }
  }
  return State::kDone;
}

}  // namespace perennial::net
