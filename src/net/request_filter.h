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
  size_t head_bytes = 32 * 1024;
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

// FindEndOfHead returns the length of the head at the front of `received`, its empty line included,
// or 0 while more must be received. It refuses as early as it can: a line that ends without CR, or
// one of the sizes is passed.
std::expected<size_t, Refusal> FindEndOfHead(std::string_view received, const HeadLimits& limits);

// ParseRequestHead reads exactly one head, its empty line included. Headers keep their order and
// spelling; white space around a value is removed.
std::expected<RequestHead, Refusal> ParseRequestHead(std::string_view head,
                                                     const HeadLimits& limits);

// Undoes `transfer-encoding: chunked`. A chunk size is 1 to 8 hexadecimal digits and CRLF:
// extensions, trailers and bare line feeds are malformed.
class ChunkDecoder {
 public:
  enum class State { kMore, kDone, kTooLarge, kMalformed };

  explicit ChunkDecoder(size_t body_bytes_max) : body_bytes_max_(body_bytes_max) {}

  // Feed takes bytes from the front of `received` and appends what they carry to `body`, until the
  // body ends or something is wrong: what follows the body is left in `received`.
  State Feed(std::string_view& received, std::string& body);

 private:
  enum class Expect { kSize, kSizeLf, kData, kDataCr, kDataLf, kEndCr, kEndLf, kNothing };
  bool Take(char c);

  const size_t body_bytes_max_;
  Expect expect_ = Expect::kSize;
  int digits_ = 0;
  uint64_t left_ = 0;  // Of the present chunk.
};

}  // namespace perennial::net
