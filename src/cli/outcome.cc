// SPDX-License-Identifier: Apache-2.0
#include "cli/outcome.h"

namespace perennial::cli {
namespace {

struct Advice {
  std::string why, next;
};

Advice OfUnavailable(const std::string& message) {
  const auto holds = [&](const char* text) { return message.find(text) != std::string::npos; };
  if (holds("mismatch")) {
    return {"the server's certificate does not name the host that the URL names",
            "use the URL that perenniald init printed; perennial context list shows the one in use"};
  }
  if (holds("not trusted")) {
    return {"the server's certificate does not come from the platform CA that this context pinned",
            "perennial login URL --ca-hash sha256:…   (with the hash that the server's operator "
            "tells you)"};
  }
  if (holds("unknown host name")) {
    return {"the name of the server cannot be looked up from here",
            "perennial context list   (shows the URL that is used)"};
  }
  if (holds("connection refused")) {
    return {"nothing listens there: the server is stopped, or the URL is wrong",
            "perennial context list   (shows the URL); on the server, look at `perenniald run` and "
            "its log"};
  }
  return {"the server did not answer, or asks to be left alone for a moment",
          "repeat the command; if it stays so, look at `perenniald run` and its log on the server"};
}

Advice AdviceOn(const Error& error) {
  switch (error.code) {
    case ErrorCode::kUnauthenticated:
      return {
          "the signature was not accepted: the API key is not (or no longer) registered for this "
          "user, or this machine's clock is more than 5 minutes off",
          "perennial whoami   (shows context, user and key; then: perennial login)"};
    case ErrorCode::kNotFound:
    case ErrorCode::kPermissionDenied:
      return {"it does not exist, or no policy allows you this; the service does not tell which",
              "perennial policy list   (shows what is allowed to whom)"};
    case ErrorCode::kRelatedNotFound:
      return {"something that the request names does not exist, or no policy allows you to use it",
              "perennial policy list   (shows what is allowed to whom)"};
    case ErrorCode::kNoSuchOperation:
      return {"the server does not offer this call: it is older than this program, or another role",
              "perennial context list   (shows the URL that is used)"};
    case ErrorCode::kCannotParse:
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kMissingArgument:
      return {"the service refused a value; the path at the beginning names the field", ""};
    case ErrorCode::kLimitExceeded:
    case ErrorCode::kTooLarge:
      return {"a limit of the service would be exceeded", ""};
    case ErrorCode::kAlreadyExists:
      return {"the name is taken, or no policy allows you to create it here",
              "perennial policy list   (shows what is allowed to whom)"};
    case ErrorCode::kIncorrectState:
    case ErrorCode::kConflict:
    case ErrorCode::kRetryTokenInvalidated:
    case ErrorCode::kEtagMismatch:
      return {"its present state, or who uses it, does not allow this", ""};
    case ErrorCode::kUnavailable:
    case ErrorCode::kRateLimited:
      return OfUnavailable(error.message);
    case ErrorCode::kUnknownOutcome:
      return {"the change may have happened or not", "look before you repeat the command"};
    case ErrorCode::kSnapshotNeeded:
    case ErrorCode::kInternal:
      return {"a defect, here or in the service; the request id finds it in the service's log", ""};
  }
  return {};
}

}  // namespace

Exit ExitOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUnauthenticated:
    case ErrorCode::kNotFound:
    case ErrorCode::kPermissionDenied:
    case ErrorCode::kRelatedNotFound:
    case ErrorCode::kNoSuchOperation:
    case ErrorCode::kCannotParse:
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kMissingArgument:
    case ErrorCode::kLimitExceeded:
    case ErrorCode::kTooLarge:
      return Exit::kRefused;
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kIncorrectState:
    case ErrorCode::kConflict:
    case ErrorCode::kRetryTokenInvalidated:
    case ErrorCode::kEtagMismatch:
      return Exit::kConflict;
    case ErrorCode::kUnavailable:
    case ErrorCode::kRateLimited:
      return Exit::kUnreachable;
    case ErrorCode::kUnknownOutcome:
    case ErrorCode::kSnapshotNeeded:
    case ErrorCode::kInternal:
      return Exit::kFailed;
  }
  return Exit::kFailed;
}

Failure::Failure(Error error) : exit(ExitOf(error.code)) {
  auto advice = AdviceOn(error);
  what = std::move(error.message);
  why = std::move(advice.why);
  next = std::move(advice.next);
}

}  // namespace perennial::cli
