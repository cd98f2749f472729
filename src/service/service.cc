// SPDX-License-Identifier: Apache-2.0
#include "service/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/encoding.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/ocid.h"
#include "base/proof.h"
#include "service/authenticator.h"
#include "service/request_id.h"
#include "service/stored_reply.h"
#include "service/wire_error.h"

namespace perennial::service {
namespace {

bool HasEffect(const Operation& operation) { return operation.method != "GET"; }

bool Admits(const Operation& operation, const authz::Principal& caller) {
  return std::ranges::any_of(operation.callers, [&](const CallerRule& rule) {
    return rule.kind == caller.kind &&
           (rule.service_kind.empty() || rule.service_kind == caller.service_kind);
  });
}

// One answered request, and the bytes of its body: what polls cost is seen here.
void CountAnswer(const std::string& service, const Operation& operation,
                 const HttpResponse& response) {
  const MetricLabels labels = {{"service", service},
                               {"operation", operation.name},
                               {"status", std::to_string(response.status / 100) + "xx"}};
  GetCounter("perennial_service_answered_requests_total", "Requests that were answered.", labels)
      .Add();
  GetCounter("perennial_service_answered_bytes_total", "Bytes of the bodies of answers.", labels)
      .Add(static_cast<double>(response.body.size()));
}

RequestMark MarkOf(const Call& call, const Operation& operation) {
  const auto& request = call.request();
  RequestMark mark;
  mark.principal_id = call.caller().id;
  if (operation.takes_retry_token) {
    mark.retry_token = FindHeader(request.headers, "opc-retry-token");
  }
  // Two bodies that mean the same are the same: SDKs serialise a retried request anew.
  const auto body = CanonicalJson(request.body);
  mark.body_digest = HexEncode(Sha256(
      fmt::format("{} {}\n{}", request.method, request.target, body ? *body : request.body)));
  // The signing string does not hold the key id, so the digest alone would be the same for two
  // people who sign the same words in the same second.
  const auto& digest = call.signed_facts().digest;
  if (!digest.empty()) {
    mark.signature_digest = HexEncode(Sha256(fmt::format("{}\n{}", mark.principal_id, digest)));
  }
  mark.signed_date = call.signed_facts().signed_date;
  return mark;
}

}  // namespace

storage::Migration ServiceSchema() {
  static const std::string sql = kStoredReplySchema + storage::ChainLogSchema("audit");
  return {.number = 1, .name = "service", .sql = sql};
}

Service::Service(Parts parts) : parts_(std::move(parts)) {
  CHECK(parts_.identity && parts_.executor && parts_.news && parts_.clock && parts_.random);
}

std::string Service::NewId(std::string_view type) const {
  return MakeOcid(type, parts_.region, *parts_.random);
}

net::Answer Service::Handle(const Operation& operation,
                            std::map<std::string, std::string> path_values,
                            const HttpRequest& request) {
  Call::Facts facts{.request = request, .path_values = std::move(path_values)};
  facts.request_id = RequestIdOf(request, random());
  facts.now = clock().Now();
  const auto refuse = [&](const Error& error) -> HttpResponse {
    auto response = ErrorResponse(error);
    response.headers.emplace_back("opc-request-id", facts.request_id);
    CountAnswer(parts_.name, operation, response);
    return response;
  };

  // Before anything that reads a database: a flood of unsigned requests costs no more than its
  // headers.
  if (!operation.callers.empty()) {
    if (const auto form = CheckForm(request); !form) return refuse(form.error());
  }
  auto snapshot = parts_.identity->Current();
  if (!snapshot) return refuse(snapshot.error());
  facts.snapshot = *snapshot;
  if (!operation.callers.empty()) {
    auto authenticated = Authenticate(request, **snapshot, facts.now, parts_.accepted_hosts);
    if (!authenticated) {
      // Counted and sampled, never audited: a flood of these must not fill a disk (security.md).
      Log(LogLevel::kDebug, parts_.name, "request was not authenticated",
          {{"reason", authenticated.error().message}, {"request_id", facts.request_id}});
      return refuse(authenticated.error());
    }
    facts.caller = std::move(authenticated->caller);
    facts.signed_facts = std::move(authenticated->signed_facts);
  }
  auto call = std::make_shared<Call>(*this, operation, std::move(facts));
  auto outcome = Run(*call, operation);
  return Finish(std::move(call), operation, std::move(outcome));
}

Result<Outcome> Service::Run(Call& call, const Operation& operation) {
  if (!operation.callers.empty() && !Admits(operation, call.caller())) {
    if (operation.reaches) operation.reaches(call);
    return Fail(ErrorCode::kNoSuchOperation, "this kind of principal may not call the operation");
  }
  const bool effect = HasEffect(operation);
  if (effect && !operation.serves_stale && parts_.identity->Age() > kIdentityAgeMax) {
    return Fail(
        ErrorCode::kUnavailable,
        "identity has not been heard from for more than 5 seconds; changes wait, repeat soon");
  }
  const auto token = FindHeader(call.request().headers, "opc-retry-token");
  if (operation.takes_retry_token && token && (token->empty() || token->size() > 64)) {
    return Fail(ErrorCode::kInvalidArgument, "opc-retry-token: must have 1 to 64 characters");
  }
  if (effect && parts_.database != nullptr) {
    TRY_ASSIGN(auto stored, parts_.database->ReadValue([&](storage::Session& session) {
      return FindStoredReply(session, MarkOf(call, operation));
    }));
    if (stored) return Outcome(std::move(*stored));
  }
  return operation.handler(call);
}

net::Answer Service::Finish(std::shared_ptr<Call> call, const Operation& operation,
                            Result<Outcome> outcome) {
  const std::string request_id = call->request_id();
  if (outcome && std::holds_alternative<Wait>(*outcome) && !call->last_chance_) {
    const auto& wait = std::get<Wait>(*outcome);
    return net::Parked{.awaited = wait.awaited,
                       .wait = wait.wait,
                       .resume = [this, call, &operation](bool last) -> net::Answer {
                         call->last_chance_ = last;
                         // While it waited, the caller may have been disabled, or its key or token
                         // have been taken away.
                         auto again = [&]() -> Result<Outcome> {
                           TRY_ASSIGN(call->facts_.snapshot, parts_.identity->Current());
                           call->facts_.now = clock().Now();
                           if (!operation.callers.empty()) {
                             TRY(CheckPrincipal(call->caller(), call->snapshot()));
                           }
                           return operation.handler(*call);
                         }();
                         return Finish(call, operation, std::move(again));
                       }};
  }

  HttpResponse response;
  if (outcome && std::holds_alternative<Reply>(*outcome)) {
    auto& reply = std::get<Reply>(*outcome);
    response.status = reply.status;
    response.body = std::move(reply.body);
    response.headers = std::move(reply.headers);
    if (!response.body.empty()) response.headers.emplace_back("content-type", "application/json");
    response.headers.emplace_back("cache-control", "no-store");
    response.headers.emplace_back("x-content-type-options", "nosniff");
  } else {
    const Error error = outcome ? Error{ErrorCode::kInternal, "a handler waited on its last chance"}
                                : outcome.error();
    response = ErrorResponse(error);
    if (error.code == ErrorCode::kInternal || error.code == ErrorCode::kUnknownOutcome) {
      Log(LogLevel::kError, parts_.name, error.message,
          {{"operation", operation.name}, {"request_id", request_id}});
    }
    const bool authenticated = !operation.callers.empty();
    if (authenticated && IsRefusal(error.code) && parts_.database != nullptr) {
      auto recorded = parts_.database->Write([&](storage::Session& session) {
        return AppendAudit(
            session, RecordOf(*call, false, response.status,
                              fmt::format("{}: {}", ErrorCodeName(error.code), error.message)));
      });
      if (!recorded) {
        Log(LogLevel::kError, parts_.name, "a refusal could not be audited",
            {{"reason", recorded.error().message}, {"request_id", request_id}});
      }
    }
  }
  response.headers.emplace_back("opc-request-id", request_id);
  CountAnswer(parts_.name, operation, response);
  return response;
}

AuditRecord Service::RecordOf(const Call& call, bool allowed, int status,
                              std::string reason) const {
  const auto& draft = call.audit_;
  const auto optional = [](const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
  };
  return {
      .time = clock().Now(),
      .service = parts_.name,
      .operation = call.operation_.name,
      .outcome = allowed ? "ALLOWED" : "REFUSED",
      .status = status,
      .reason = std::move(reason),
      .principal_id = call.caller().id,
      .principal_kind = call.operation_.callers.empty()
                            ? "anonymous"
                            : std::string(WireNameOf(call.caller().kind)),
      .principal_name = call.caller().name,
      .tenancy_id = call.caller().tenancy_id,
      .credential = call.caller().token_id.empty() ? call.caller().key_id : call.caller().token_id,
      .compartment_id = optional(draft.compartment_id),
      .resource_id = optional(draft.resource_id),
      .resource_name = optional(draft.resource_name),
      .request_id = call.request_id(),
      .method = call.request().method,
      .path = std::string(call.request().path()),
      .peer_address = call.request().peer_address,
      .details = draft.details};
}

Result<void> Service::AppendAudit(storage::Session& session, AuditRecord record) {
  TRY_ASSIGN(const auto entry, audit_.Append(session, EncodeJson(record)));
  session.AfterCommit(
      [this, position = entry.position] { news().Publish(AuditTopic(), position); });
  return {};
}

Result<void> Service::Act(const OwnAct& act,
                          const std::function<Result<void>(storage::Session&)>& work) {
  AuditRecord record{.time = clock().Now(),
                     .service = parts_.name,
                     .operation = act.operation,
                     .outcome = "ALLOWED",
                     .status = 0,
                     .reason = act.reason,
                     .principal_id = parts_.name,
                     .principal_kind = "service",
                     .principal_name = parts_.name,
                     .request_id = HexEncode(random().Bytes(16)),
                     .details = act.details};
  const auto snapshot = parts_.identity->Current();
  if (snapshot && !act.compartment_id.empty()) {
    const auto* compartment = (*snapshot)->Compartment(act.compartment_id);
    if (compartment != nullptr) record.tenancy_id = compartment->tenancy_id;
  }
  if (!act.compartment_id.empty()) record.compartment_id = act.compartment_id;
  if (!act.resource_id.empty()) record.resource_id = act.resource_id;
  if (!act.resource_name.empty()) record.resource_name = act.resource_name;
  return parts_.database->Write([&](storage::Session& session) -> Result<void> {
    TRY(work(session));
    return AppendAudit(session, record);
  });
}

Result<Reply> Call::Commit(const std::function<Result<Reply>(storage::Session&)>& work) {
  CHECK(!committed_);
  committed_ = true;
  const auto mark = MarkOf(*this, operation_);
  auto answer = service_.database().WriteValue([&](storage::Session& session) -> Result<Reply> {
    // Another copy of this request may have committed since Run looked.
    TRY_ASSIGN(auto stored, FindStoredReply(session, mark));
    if (stored) return std::move(*stored);
    TRY_ASSIGN(auto reply, work(session));
    TRY(StoreReply(session, mark, reply, service_.clock().Now()));
    TRY(service_.AppendAudit(session, service_.RecordOf(*this, true, reply.status, audit_.reason)));
    return reply;
  });
  if (answer || answer.error().code != ErrorCode::kConflict) return answer;
  // On a database with several writers the loser of that race learns of it only now.
  auto stored = service_.database().ReadValue(
      [&](storage::Session& session) { return FindStoredReply(session, mark); });
  if (stored && *stored) return std::move(**stored);
  return answer;
}

Result<Reply> Call::CommitRead(const std::function<Result<Reply>(storage::Session&)>& work) {
  CHECK(!committed_);
  committed_ = true;
  const auto record = [&](storage::Session& session, int status) {
    return service_.AppendAudit(session, service_.RecordOf(*this, true, status, audit_.reason));
  };
  if (PERENNIAL_MUTANT("service.audit_after_the_key")) {
    auto reply = service_.database().WriteValue(work);
    if (reply) {
      (void)service_.database().Write(
          [&](storage::Session& session) { return record(session, reply->status); });
    }
    return reply;
  }
  return service_.database().WriteValue([&](storage::Session& session) -> Result<Reply> {
    TRY_ASSIGN(auto reply, work(session));
    TRY(record(session, reply.status));
    return reply;
  });
}

}  // namespace perennial::service
