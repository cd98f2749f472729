// SPDX-License-Identifier: Apache-2.0
// An answer as the bytes of HTTP/1.1. Used inside net/ only.
#pragma once

#include <string>

#include "base/error.h"
#include "base/http.h"
#include "base/time.h"

namespace perennial::net {

struct ResponseFraming {
  bool to_head = false;  // The request was HEAD.
  bool close = false;
  Time now;
};

// EncodeResponse writes status line, headers and body. Framing headers of the response are replaced
// by ours: nobody above decides how long a message is. kInternal: a status outside 200 to 599, or a
// header that would break the message.
Result<std::string> EncodeResponse(const HttpResponse& response, const ResponseFraming& framing);

// IsSafeHeader says whether the header can stand on the wire as one line.
bool IsSafeHeader(const std::string& name, const std::string& value);

}  // namespace perennial::net
