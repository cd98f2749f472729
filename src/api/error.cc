// SPDX-License-Identifier: Apache-2.0
#include "api/error.h"

#include <utility>

#include "base/json_codec.h"

namespace perennial::api {

BOOST_DESCRIBE_STRUCT(ErrorBody, (), (code, message))

}  // namespace perennial::api

PERENNIAL_JSON_TYPE(perennial::api::ErrorBody)

namespace perennial::api {
namespace {

constexpr std::string_view kRequestIdBegin = " (request ";

constexpr std::pair<std::string_view, ErrorCode> kCodes[] = {
    {"CannotParseRequest", ErrorCode::kCannotParse},
    {"InvalidParameter", ErrorCode::kInvalidArgument},
    {"MissingParameter", ErrorCode::kMissingArgument},
    {"LimitExceeded", ErrorCode::kLimitExceeded},
    {"QuotaExceeded", ErrorCode::kLimitExceeded},
    {"RelatedResourceNotAuthorizedOrNotFound", ErrorCode::kRelatedNotFound},
    {"NotAuthenticated", ErrorCode::kUnauthenticated},
    {"NotAllowed", ErrorCode::kPermissionDenied},
    {"NotAuthorized", ErrorCode::kPermissionDenied},
    {"NotAuthorizedOrNotFound", ErrorCode::kNotFound},
    {"NotFound", ErrorCode::kNoSuchOperation},
    {"MethodNotAllowed", ErrorCode::kNoSuchOperation},
    {"IncorrectState", ErrorCode::kIncorrectState},
    {"Conflict", ErrorCode::kConflict},
    {"InvalidatedRetryToken", ErrorCode::kRetryTokenInvalidated},
    {"NotAuthorizedOrResourceAlreadyExists", ErrorCode::kAlreadyExists},
    {"SnapshotNeeded", ErrorCode::kSnapshotNeeded},
    {"NoEtagMatch", ErrorCode::kEtagMismatch},
    {"PayloadTooLarge", ErrorCode::kTooLarge},
    {"TooManyRequests", ErrorCode::kRateLimited},
    {"InternalServerError", ErrorCode::kInternal},
    {"ServiceUnavailable", ErrorCode::kUnavailable},
};

ErrorCode CodeOfStatus(int status) {
  switch (status) {
    case 400:
      return ErrorCode::kInvalidArgument;
    case 401:
      return ErrorCode::kUnauthenticated;
    case 403:
    case 404:
      return ErrorCode::kNotFound;
    case 405:
      return ErrorCode::kNoSuchOperation;
    case 408:
      return ErrorCode::kUnavailable;
    case 409:
      return ErrorCode::kConflict;
    case 410:
      return ErrorCode::kSnapshotNeeded;
    case 412:
      return ErrorCode::kEtagMismatch;
    case 413:
    case 414:
    case 431:
      return ErrorCode::kTooLarge;
    case 429:
      return ErrorCode::kRateLimited;
    default:
      return status >= 500 ? ErrorCode::kUnavailable : ErrorCode::kInternal;
  }
}

}  // namespace

ErrorCode ErrorCodeOf(std::string_view code) {
  for (const auto& [name, value] : kCodes) {
    if (name == code) return value;
  }
  return ErrorCode::kInternal;
}

Error DecodeError(const HttpResponse& response) {
  Error error{CodeOfStatus(response.status), fmt::format("HTTP status {}", response.status)};
  if (const auto body = DecodeJson<ErrorBody>(response.body, UnknownFields::kIgnore)) {
    const auto code = ErrorCodeOf(body->code);
    // A code that we do not know says less than the status.
    if (code != ErrorCode::kInternal || body->code == "InternalServerError") error.code = code;
    error.message = body->message;
  }
  if (const auto id = FindHeader(response.headers, "opc-request-id")) {
    error.message += fmt::format("{}{})", kRequestIdBegin, *id);
  }
  return error;
}

std::string TakeRequestId(std::string& message) {
  const auto begin = message.rfind(kRequestIdBegin);
  if (begin == std::string::npos || !message.ends_with(')')) return {};
  auto id = message.substr(begin + kRequestIdBegin.size());
  id.pop_back();
  message.resize(begin);
  return id;
}

}  // namespace perennial::api
