// SPDX-License-Identifier: Apache-2.0
#include "audit/events.h"

#include <fmt/format.h>

#include "audit/copy.h"
#include "audit/verifier.h"
#include "service/page.h"

namespace perennial::audit {
namespace {

using api::audit::AuditEvent;
using service::Call;
using service::Outcome;
using service::Reply;

constexpr int64_t kEventsPerPage = 100;

// The middle of an event's type, as OCI's consumers know it.
std::string_view FamilyOf(std::string_view source) {
  if (source == "certificates") return "CertificatesManagement";
  if (source == "load-balancer") return "LoadBalancer";
  if (source == "identity") return "IdentityControlPlane";
  return "Audit";
}

AuditEvent ToEvent(const CopiedRecord& copied) {
  const auto& record = copied.record;
  AuditEvent event;
  event.event_type =
      fmt::format("com.oraclecloud.{}.{}", FamilyOf(copied.source), record.operation);
  event.source = copied.source;
  event.event_id = fmt::format("{}/{}", copied.source, copied.position);
  event.event_time = record.time;
  event.data.event_name = record.operation;
  event.data.compartment_id = record.compartment_id.value_or(record.tenancy_id);
  event.data.resource_id = record.resource_id;
  event.data.resource_name = record.resource_name;
  event.data.identity = api::audit::Identity{.principal_name = record.principal_name,
                                             .principal_id = record.principal_id,
                                             .auth_type = record.principal_kind,
                                             .tenant_id = record.tenancy_id,
                                             .ip_address = record.peer_address,
                                             .credentials = record.credential};
  event.data.request = api::audit::Request{.id = record.request_id,
                                           .path = record.path,
                                           .action = record.method,
                                           .parameters = {},
                                           .headers = {}};
  event.data.response =
      api::audit::Response{.status = std::to_string(record.status),
                           .response_time = record.time,
                           .headers = {},
                           .payload = {},
                           .message = fmt::format("{}: {}", record.outcome, record.reason)};
  if (!record.details.text.empty()) event.data.additional_details["details"] = record.details;
  return event;
}

Result<EventQuery> ParseQuery(Call& call) {
  const auto required = [&](std::string_view name) -> Result<std::string> {
    auto value = call.Query(name);
    if (!value) return Fail(ErrorCode::kMissingArgument, fmt::format("{}: is required", name));
    return *value;
  };
  const auto moment = [&](std::string_view name) -> Result<Time> {
    TRY_ASSIGN(const auto text, required(name));
    auto parsed = ParseTime(text);
    if (!parsed) {
      return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: {}", name, parsed.error().message));
    }
    return parsed;
  };
  EventQuery query{.limit = kEventsPerPage};
  TRY_ASSIGN(query.compartment_id, required("compartmentId"));
  TRY_ASSIGN(query.from, moment("startTime"));
  TRY_ASSIGN(query.until, moment("endTime"));
  if (query.until < query.from) {
    return Fail(ErrorCode::kInvalidArgument, "endTime: must not be before startTime");
  }
  query.resource_id = call.Query("resourceId");
  query.outcome = call.Query("outcome");
  if (query.outcome && *query.outcome != "ALLOWED" && *query.outcome != "REFUSED") {
    return Fail(ErrorCode::kInvalidArgument, "outcome: must be ALLOWED or REFUSED");
  }
  const auto order = call.Query("sortOrder").value_or("ASC");
  if (order != "ASC" && order != "DESC") {
    return Fail(ErrorCode::kInvalidArgument, "sortOrder: must be ASC or DESC");
  }
  query.newest_first = order == "DESC";
  if (const auto page = call.Query("page")) {
    TRY_ASSIGN(query.after, service::ParsePageToken(*page, 3));
  }
  return query;
}

Result<Outcome> ListEvents(service::Service& service, Call& call) {
  TRY_ASSIGN(const auto query, ParseQuery(call));
  call.About(query.compartment_id, query.compartment_id);
  TRY(call.Require(authz::Permission::kAuditEventRead, query.compartment_id));
  TRY_ASSIGN(const auto found, service.database().ReadValue([&](storage::Session& session) {
    return Find(session, query);
  }));
  std::vector<AuditEvent> events;
  for (const auto& copied : found) events.push_back(ToEvent(copied));
  auto reply = Reply::Json(EncodeJson(events));
  if (static_cast<int64_t>(found.size()) == query.limit) {
    const auto& last = found.back();
    reply.headers.emplace_back(
        "opc-next-page", service::EncodePageToken({std::to_string(ToMicros(last.record.time)),
                                                   last.source, std::to_string(last.position)}));
  }
  return Outcome(std::move(reply));
}

Result<api::audit::ChainVerification> DescribeChain(storage::Session& session,
                                                    const std::string& source) {
  TRY_ASSIGN(const auto known, ReadVerification(session, source));
  api::audit::ChainVerification chain{.service = source};
  if (known.whole) {
    chain.state = api::audit::ChainState::kIntact;
    chain.records = known.whole->records;
    chain.head_hash = known.whole->head_hash;
    chain.time_checked = known.whole->checked_at;
    // What came after the reading is not part of it.
    const int64_t first = chain.records > 0 ? 1 : 0;
    TRY_ASSIGN(chain.time_first_record, TimeOfRecord(session, source, first));
    TRY_ASSIGN(chain.time_last_record, TimeOfRecord(session, source, chain.records));
  }
  if (known.broken) {
    chain.state = api::audit::ChainState::kBroken;
    chain.broken_record = {known.broken->position, known.broken->reason, known.broken->found_at};
  }
  return chain;
}

// Chains are of the installation, not of a tenancy; who may read a tenancy's events may know
// whether they can be believed.
Result<Outcome> GetVerification(service::Service& service, const std::vector<std::string>& sources,
                                Call& call) {
  TRY(call.Require(authz::Permission::kAuditEventRead, call.caller().tenancy_id));
  api::audit::AuditVerification answer;
  TRY(service.database().Read([&](storage::Session& session) -> Result<void> {
    for (const auto& source : sources) {
      TRY_ASSIGN(auto chain, DescribeChain(session, source));
      answer.items.push_back(std::move(chain));
    }
    return {};
  }));
  return Outcome(Reply::Json(EncodeJson(answer)));
}

}  // namespace

Result<std::vector<storage::ChainEntry>> RemoteChainSource::After(int64_t position,
                                                                  const std::string& hash,
                                                                  Duration wait) {
  TRY_ASSIGN(
      const auto answer,
      client_.GetAuditRecords({.service = service_name_, .after = position, .hash = hash}, wait));
  std::vector<storage::ChainEntry> entries;
  for (const auto& item : answer.items) {
    entries.push_back({.position = item.position, .hash = item.hash, .payload = item.record.text});
  }
  return entries;
}

void AddRoutes(service::Router& router, service::Service& service,
               std::vector<std::string> sources) {
  router.Add(service, {.name = "ListEvents",
                       .method = "GET",
                       .path = "/20190901/auditEvents",
                       .callers = {{authz::PrincipalKind::kUser, ""}},
                       .handler = [&service](Call& call) { return ListEvents(service, call); },
                       .serves_stale = true});
  router.Add(service, {.name = "GetAuditVerification",
                       .method = "GET",
                       .path = "/20260101/audit/verification",
                       .callers = {{authz::PrincipalKind::kUser, ""}},
                       .handler = [&service, sources = std::move(sources)](
                                      Call& call) { return GetVerification(service, sources, call); },
                       .serves_stale = true});
  router.Add(service, service::AuditRecordsOperation(service));
}

}  // namespace perennial::audit
