// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

namespace perennial {

const char* ErrorCodeName(ErrorCode code) {
  switch (code) {
    case ErrorCode::kCannotParse:
      return "CannotParse";
    case ErrorCode::kInvalidArgument:
      return "InvalidArgument";
    case ErrorCode::kMissingArgument:
      return "MissingArgument";
    case ErrorCode::kLimitExceeded:
      return "LimitExceeded";
    case ErrorCode::kRelatedNotFound:
      return "RelatedNotFound";
    case ErrorCode::kUnauthenticated:
      return "Unauthenticated";
    case ErrorCode::kPermissionDenied:
      return "PermissionDenied";
    case ErrorCode::kNotFound:
      return "NotFound";
    case ErrorCode::kNoSuchOperation:
      return "NoSuchOperation";
    case ErrorCode::kIncorrectState:
      return "IncorrectState";
    case ErrorCode::kConflict:
      return "Conflict";
    case ErrorCode::kRetryTokenInvalidated:
      return "RetryTokenInvalidated";
    case ErrorCode::kAlreadyExists:
      return "AlreadyExists";
    case ErrorCode::kEtagMismatch:
      return "EtagMismatch";
    case ErrorCode::kTooLarge:
      return "TooLarge";
    case ErrorCode::kSnapshotNeeded:
      return "SnapshotNeeded";
    case ErrorCode::kRateLimited:
      return "RateLimited";
    case ErrorCode::kUnavailable:
      return "Unavailable";
    case ErrorCode::kUnknownOutcome:
      return "UnknownOutcome";
    case ErrorCode::kInternal:
      return "Internal";
  }
  return "Internal";
}

}  // namespace perennial
