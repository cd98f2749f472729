// SPDX-License-Identifier: Apache-2.0
// What can go wrong, as values. HTTP appears once, at the edge: service/wire_error.h.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace perennial {

// Each code is one row of the public error table; `service/wire_error.h` holds status and code
// string.
enum class ErrorCode {
  kCannotParse,       // The body is not what its content type says.
  kInvalidArgument,   // A field has a bad value; the message starts with its JSON pointer.
  kMissingArgument,   // A required field is absent; the message starts with its JSON pointer.
  kLimitExceeded,     // A limit of the service or tenancy would be exceeded.
  kRelatedNotFound,   // A resource named in the body is absent or not the caller's to use.
  kUnauthenticated,   // Signature, key, clock or token.
  kPermissionDenied,  // Rendered exactly like kNotFound.
  kNotFound,          // The resource named in path or query is absent.
  kNoSuchOperation,  // No operation has this method and path, or the caller's kind may not know it.
  kIncorrectState,   // Wrong lifecycle state; may pass by itself.
  kConflict,         // A conflict that will not pass by itself.
  kRetryTokenInvalidated,  // The retry token was used with another body.
  kAlreadyExists,          // Create: exists already, or not authorised.
  kEtagMismatch,           // if-match names an older state.
  kTooLarge,               // The body is larger than allowed.
  kSnapshotNeeded,         // The change log cannot be served from this position.
  kRateLimited,            // Too many requests.
  kUnavailable,            // Try again: a dependency is away or a deadline passed.
  kUnknownOutcome,         // A commit whose result is not known; look before acting again.
  kInternal,               // A defect; the message is for the log, never for the caller.
};

struct [[nodiscard]] Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;  // For the caller, except under kInternal: then for the log only.

  friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
using Result = std::expected<T, Error>;

// Fail makes the unexpected side of any Result.
inline std::unexpected<Error> Fail(ErrorCode code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}

// ErrorCodeName returns the enumerator's name without its k, for logs and tests.
const char* ErrorCodeName(ErrorCode code);

}  // namespace perennial

#define PERENNIAL_CONCAT_INNER(a, b) a##b
#define PERENNIAL_CONCAT(a, b) PERENNIAL_CONCAT_INNER(a, b)

// TRY(expression): returns the error to the caller, or goes on.
#define TRY(...)                                                \
  do {                                                          \
    if (auto perennial_try = (__VA_ARGS__); !perennial_try) {   \
      return std::unexpected(std::move(perennial_try).error()); \
    }                                                           \
  } while (false)

// TRY_ASSIGN(const auto value, expression): returns the error, or declares `value`.
#define TRY_ASSIGN(declaration, ...) \
  PERENNIAL_TRY_ASSIGN(PERENNIAL_CONCAT(perennial_result_, __LINE__), declaration, __VA_ARGS__)
#define PERENNIAL_TRY_ASSIGN(result, declaration, ...) \
  auto result = (__VA_ARGS__);                         \
  if (!result) {                                       \
    return std::unexpected(std::move(result).error()); \
  }                                                    \
  declaration = std::move(result).value()
