// SPDX-License-Identifier: Apache-2.0
// What an operation is, before anybody calls it. routes.cc of each service is a list of these.
#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "authz/principal.h"
#include "base/error.h"
#include "base/http.h"
#include "base/news.h"
#include "base/time.h"

namespace perennial::service {

class Call;

// The answer of an operation that succeeded.
struct Reply {
  int status = 200;
  std::string body;     // JSON, or empty.
  HttpHeaders headers;  // etag, opc-next-page, opc-work-request-id and the like.

  // A body that holds a secret is never stored: a repeated request is then a 409, not a second
  // reading.
  bool secret = false;

  static Reply Json(std::string body) { return {.status = 200, .body = std::move(body)}; }
  static Reply Empty(int status = 204) { return {.status = status}; }
  Reply&& With(std::string name, std::string value) && {
    headers.emplace_back(std::move(name), std::move(value));
    return std::move(*this);
  }
};

// "No news yet": the connection is parked, without a thread, until the topic moves or `wait` has
// passed; then the handler runs again, with Call::last_chance() true in the second case, and must
// answer.
struct Wait {
  NotYet awaited;
  Duration wait = Duration::zero();
};

using Outcome = std::variant<Reply, Wait>;
using OperationHandler = std::function<Result<Outcome>(Call&)>;

// Who may call: a kind of principal, and for services and nodes perhaps one kind of product. A
// caller that no row admits gets 404 NotFound, as if the path did not exist, and a record in the
// audit.
struct CallerRule {
  authz::PrincipalKind kind = authz::PrincipalKind::kUser;
  std::string service_kind;  // Empty: any.
};

struct Operation {
  std::string name;    // "CreateCertificate": the word in audit, log and metrics.
  std::string method;  // "POST"
  std::string
      path;  // "/20210224/certificates/{certificateId}/versions"; each {name} is one whole segment.
  std::vector<CallerRule>
      callers;  // Empty: unsigned requests too (enrolment, by a token in the body).
  OperationHandler handler;

  // Before a caller that no row admits is refused: names what the path reaches for (Call::About), so
  // that its owner finds the attempt in the audit of its own compartment. Empty: it names nothing.
  std::function<void(Call&)> reaches = {};

  bool takes_retry_token = false;
  // Goes on with an old view of identity: reads, a node's reports, and what takes authority away.
  bool serves_stale = false;
  size_t body_limit = 256 * 1024;
};

}  // namespace perennial::service
