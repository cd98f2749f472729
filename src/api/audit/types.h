// SPDX-License-Identifier: Apache-2.0
// The public audit API, /20190901 (oci-api §3.5), whose lists are bare arrays, and the records that
// each service hands to the audit role (wire.md, Audit).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/tags.h"
#include "base/time.h"

namespace perennial::api::audit {

struct Identity {
  std::optional<std::string> principal_name, principal_id, auth_type, caller_name, caller_id,
      tenant_id, ip_address, credentials, user_agent, console_session_id;
};
struct Request {
  std::optional<std::string> id, path, action;
  std::map<std::string, std::vector<std::string>> parameters, headers;
};
struct Response {
  std::optional<std::string> status;
  std::optional<Time> response_time;
  std::map<std::string, std::vector<std::string>> headers;
  std::map<std::string, RawJson> payload;
  std::optional<std::string> message;
};
struct StateChange {
  std::map<std::string, RawJson> previous, current;
};
struct Data {
  std::optional<std::string> event_grouping_id, event_name, compartment_id, compartment_name,
      resource_name, resource_id, availability_domain;
  std::optional<Identity> identity;
  std::optional<Request> request;
  std::optional<Response> response;
  std::optional<StateChange> state_change;
  std::map<std::string, RawJson> additional_details;
  FreeformTags freeform_tags;
  DefinedTags defined_tags;
};
struct AuditEvent {
  std::string event_type;  // "com.oraclecloud.CertificatesManagement.CreateCertificate"
  std::string cloud_events_version = "0.1";
  std::string event_type_version = "2.0";
  std::string source;
  std::string event_id;
  Time event_time;
  std::string content_type = "application/json";
  Data data;
};

// GET /20260101/auditRecords/{service}?after=P&hash=H&limit=&waitSeconds=: several services share
// one port, so the path names the one. `hash` chains each record to the one before
// (storage/chain_log.h), in hex; where record P has not hash H: 410 SnapshotNeeded.
struct ChainedRecord {
  int64_t position = 0;
  std::string hash;
  RawJson record;  // service::AuditRecord, the very bytes that were hashed.
};
struct AuditRecords {
  std::vector<ChainedRecord> items;
};

}  // namespace perennial::api::audit
