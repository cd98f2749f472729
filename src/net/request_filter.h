// SPDX-License-Identifier: Apache-2.0
// What a request may look like, decided over its raw bytes before a general parser sees them.
//
// Beast 1.81 forgives too much (docs: framings F01-F06): two parties that read one message
// differently are how requests are smuggled. So everything here is strict, and every refusal closes
// the connection. Pure functions: RFC 9112 with its leniences left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/http.h"

namespace perennial::net {

struct HeadLimits {
  size_t line_bytes = 16 * 1024;
  size_t headers = 100;
  size_t target_bytes = 8 * 1024;
};

// Why a request is refused; the connection is closed after this answer.
struct Refusal {
  int status = 400;     // 400, 413, 414, 417, 431, 501 or 505.
  std::string code;     // For the JSON body, as "InvalidParameter".
  std::string message;  // For the JSON body.
};

// A request head that means one thing only. `request` has no body yet.
struct RequestHead {
  HttpRequest request;
  bool chunked = false;
  std::optional<uint64_t> content_length;  // Never together with `chunked`.
  bool expects_continue = false;           // Expect: 100-continue.
  bool close = false;                      // Connection: close.
};

// ParseRequestHead reads `head`: everything up to and including the first empty line. Headers keep
// their order and spelling; white space around a value is removed.
std::expected<RequestHead, Refusal> ParseRequestHead(std::string_view head,
                                                     const HeadLimits& limits);

// ParseChunkSizeLine reads one chunk-size line without its CRLF: 1 to 8 hexadecimal digits and
// nothing else. Chunk extensions are refused. nullopt: malformed.
std::optional<uint32_t> ParseChunkSizeLine(std::string_view line);

}  // namespace perennial::net
