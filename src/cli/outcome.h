// SPDX-License-Identifier: Apache-2.0
// How a command ends: an exit code and, unless all went well, three lines: what is wrong, why, and
// the next command.
#pragma once

#include <expected>
#include <string>
#include <utility>

#include "base/error.h"

namespace perennial::cli {

// conventions.md, "exit codes". Scripts depend on the numbers.
enum class Exit {
  kOk = 0,
  kFailed = 1,
  kUsage = 2,
  kRefused = 3,  // Or not found: a service does not say which.
  kConflict = 4,
  kUnreachable = 5,
  kStillGoing = 6,
  kBadConfiguration = 78,
};

// ExitOf gives an error of a service its number.
Exit ExitOf(ErrorCode code);

struct [[nodiscard]] Failure {
  Exit exit = Exit::kFailed;
  std::string what;
  std::string why;   // Empty: `what` says it all.
  std::string next;  // A command that can be typed, with a word on what it shows. Empty: the help.

  Failure(Exit exit_code, std::string what_text, std::string why_text = {},
          std::string next_text = {})
      : exit(exit_code),
        what(std::move(what_text)),
        why(std::move(why_text)),
        next(std::move(next_text)) {}
  // Whatever a service or a seam answered, with the usual cause and the usual next step. Implicit,
  // so that TRY passes a Result<T> on from a function that returns Outcome<T>.
  Failure(Error error);  // NOLINT(google-explicit-constructor)

  // ConcernsAccess: the service cannot be reached, or does not know who is speaking. Nothing else
  // that is asked of it will be answered, and no other next step helps.
  bool ConcernsAccess() const {
    return exit == Exit::kUnreachable || next.starts_with("perennial whoami");
  }
};

template <class T>
using Outcome = std::expected<T, Failure>;

inline std::unexpected<Failure> Stop(Exit exit, std::string what, std::string why = {},
                                     std::string next = {}) {
  return std::unexpected(Failure(exit, std::move(what), std::move(why), std::move(next)));
}

// WithNext replaces the usual next step by a better one that the command knows.
template <class T>
Outcome<T> WithNext(Result<T> result, std::string next) {
  if (result) {
    if constexpr (std::is_void_v<T>) {
      return {};
    } else {
      return std::move(*result);
    }
  }
  Failure failure(std::move(result).error());
  if (!failure.ConcernsAccess()) failure.next = std::move(next);
  return std::unexpected(std::move(failure));
}

}  // namespace perennial::cli
