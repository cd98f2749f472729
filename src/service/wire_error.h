// SPDX-License-Identifier: Apache-2.0
// The one place where a refusal becomes HTTP (ADR-0006). "Denied" and "absent" look alike here.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/http.h"

namespace perennial::service {

struct WireError {
  int status = 500;
  std::string_view code;  // As in the public table of errors, "NotAuthorizedOrNotFound".
};

WireError WireErrorOf(ErrorCode code);

// ErrorResponse is the whole answer: {"code", "message"} and nothing else. Under kInternal the
// message is replaced by a general one. kPermissionDenied and kNotFound give the same bytes,
// whatever their message.
HttpResponse ErrorResponse(const Error& error);

// IsRefusal is true for what an authenticated principal was denied, or told is absent: it is
// audited. Plain bad input, stale etags, limits and our own troubles are not refusals.
bool IsRefusal(ErrorCode code);

}  // namespace perennial::service
