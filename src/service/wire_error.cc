// SPDX-License-Identifier: Apache-2.0
#include "service/wire_error.h"

#include <fmt/format.h>

#include <cstdlib>

namespace perennial::service {
namespace {

// JSON string of a message: quotes, backslashes and control characters escaped.
std::string Quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string_view PublicMessage(const Error& error) {
  switch (error.code) {
    case ErrorCode::kPermissionDenied:
    case ErrorCode::kNotFound:
      return "The resource does not exist, or you are not allowed to do this with it.";
    case ErrorCode::kRelatedNotFound:
      // The message may name the field that points to the related resource, never what was found
      // there.
      return error.message;
    case ErrorCode::kNoSuchOperation:
      return "There is no such operation; check the method and the path.";
    case ErrorCode::kInternal:
    case ErrorCode::kUnknownOutcome:
      return "The service could not finish this request; look before you repeat it.";
    default:
      return error.message.empty() ? "The request was refused." : std::string_view(error.message);
  }
}

}  // namespace

WireError WireErrorOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kCannotParse:
      return {400, "CannotParseRequest"};
    case ErrorCode::kInvalidArgument:
      return {400, "InvalidParameter"};
    case ErrorCode::kMissingArgument:
      return {400, "MissingParameter"};
    case ErrorCode::kLimitExceeded:
      return {400, "LimitExceeded"};
    case ErrorCode::kRelatedNotFound:
      return {400, "RelatedResourceNotAuthorizedOrNotFound"};
    case ErrorCode::kUnauthenticated:
      return {401, "NotAuthenticated"};
    case ErrorCode::kPermissionDenied:
    case ErrorCode::kNotFound:
      return {404, "NotAuthorizedOrNotFound"};
    case ErrorCode::kNoSuchOperation:
      return {404, "NotFound"};
    case ErrorCode::kIncorrectState:
      return {409, "IncorrectState"};
    case ErrorCode::kConflict:
      return {409, "Conflict"};
    case ErrorCode::kRetryTokenInvalidated:
      return {409, "InvalidatedRetryToken"};
    case ErrorCode::kAlreadyExists:
      return {409, "NotAuthorizedOrResourceAlreadyExists"};
    case ErrorCode::kSnapshotNeeded:
      return {410, "SnapshotNeeded"};
    case ErrorCode::kEtagMismatch:
      return {412, "NoEtagMatch"};
    case ErrorCode::kTooLarge:
      return {413, "PayloadTooLarge"};
    case ErrorCode::kRateLimited:
      return {429, "TooManyRequests"};
    case ErrorCode::kInternal:
      return {500, "InternalServerError"};
    case ErrorCode::kUnavailable:
    case ErrorCode::kUnknownOutcome:
      return {503, "ServiceUnavailable"};
  }
  std::abort();  // A code outside the enum is a bug, not an answer.
}

HttpResponse ErrorResponse(const Error& error) {
  const auto wire = WireErrorOf(error.code);
  HttpResponse response;
  response.status = wire.status;
  response.headers = {{"content-type", "application/json"},
                      {"cache-control", "no-store"},
                      {"x-content-type-options", "nosniff"}};
  response.body =
      fmt::format(R"({{"code":"{}","message":{}}})", wire.code, Quote(PublicMessage(error)));
  return response;
}

bool IsRefusal(ErrorCode code) {
  switch (code) {
    case ErrorCode::kRelatedNotFound:
    case ErrorCode::kUnauthenticated:  // Of evidence: the caller itself was authenticated.
    case ErrorCode::kPermissionDenied:
    case ErrorCode::kNotFound:
    case ErrorCode::kNoSuchOperation:
    case ErrorCode::kIncorrectState:
    case ErrorCode::kConflict:
    case ErrorCode::kAlreadyExists:
      return true;
    default:
      return false;
  }
}

}  // namespace perennial::service
