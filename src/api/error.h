// SPDX-License-Identifier: Apache-2.0
// The body of every error, and what a client makes of it. The way out is service/wire_error.h.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/http.h"

namespace perennial::api {

// {"code", "message"} and nothing else (oci-api §1.4).
struct ErrorBody {
  std::string code;
  std::string message;
};

// IsSuccess: any 2xx.
inline bool IsSuccess(const HttpResponse& response) {
  return response.status >= 200 && response.status < 300;
}

// DecodeError turns an answer that is no success into an error: by its code string, else by its
// status. The message is the service's own, followed by "(request <opc-request-id>)" where that is
// known. A 5xx without a code of ours, as a proxy sends it, is kUnavailable.
Error DecodeError(const HttpResponse& response);

// TakeRequestId cuts what DecodeError added off the message, and returns the id; empty without one.
// For a service that passes on the words of another: its caller has a request id of its own.
std::string TakeRequestId(std::string& message);

// ErrorCodeOf maps a code string of the public table back; kInternal for one that is not in it.
ErrorCode ErrorCodeOf(std::string_view code);

}  // namespace perennial::api
