// SPDX-License-Identifier: Apache-2.0
// One authenticated call on its way through a service. A handler judges first, does its slow work
// (keys, calls to other services), and then commits once.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "authz/decide.h"
#include "authz/permission.h"
#include "authz/principal.h"
#include "authz/snapshot.h"
#include "base/http.h"
#include "base/json.h"
#include "http_signature/signature.h"
#include "service/operation.h"
#include "storage/storage.h"

namespace perennial::service {

class Service;

// Used by one thread at a time.
class Call {
 public:
  struct Facts {
    HttpRequest request;
    authz::Principal caller;
    http_signature::SignedFacts signed_facts;  // Empty for unsigned operations.
    std::shared_ptr<const authz::Snapshot> snapshot;
    std::map<std::string, std::string> path_values;
    std::string request_id;
    Time now;
  };
  Call(Service& service, const Operation& operation, Facts facts);

  const HttpRequest& request() const { return facts_.request; }
  const authz::Principal& caller() const { return facts_.caller; }
  const http_signature::SignedFacts& signed_facts() const { return facts_.signed_facts; }
  const authz::Snapshot& snapshot() const { return *facts_.snapshot; }
  const std::string& request_id() const { return facts_.request_id; }
  Time now() const { return facts_.now; }

  // PathValue returns the decoded segment that stood for {name}; path_values has each of them.
  const std::map<std::string, std::string>& path_values() const { return facts_.path_values; }
  const std::string& PathValue(const std::string& name) const;

  // Query parameters, decoded. An empty value counts as absent. QueryInt: kInvalidArgument names
  // the parameter.
  std::optional<std::string> Query(std::string_view name) const;
  Result<std::optional<int64_t>> QueryInt(std::string_view name, int64_t least, int64_t most) const;

  // WaitSeconds returns the `waitSeconds` parameter, 0 to 50.
  Result<Duration> WaitSeconds() const;

  // Body decodes the request's JSON, refusing unknown fields. An empty body is read as {}: the OCI
  // TypeScript SDK drops a body that has no field.
  template <class T>
  Result<T> Body() const {
    return DecodeJson<T>(facts_.request.body.empty() ? "{}" : facts_.request.body,
                         UnknownFields::kRefuse);
  }

  // Require judges by policy and remembers the basis for the audit. kPermissionDenied: the caller
  // sees 404.
  Result<void> Require(authz::Permission permission, std::string_view compartment_id,
                       std::map<std::string, std::string> variables = {});
  // May asks the same without consequence: to filter lists.
  bool May(authz::Permission permission, std::string_view compartment_id,
           std::map<std::string, std::string> variables = {}) const;
  // Allowed records what allowed the call when it was not a policy: an association, ownership.
  void Allowed(const authz::Decision& decision);

  // About names what the call is about, for the audit. Call it as soon as it is known.
  void About(std::string_view resource_id, std::string_view compartment_id = {},
             std::string_view resource_name = {});
  // Detail adds a small JSON object to the audit record.
  void Detail(RawJson details);

  // CheckIfMatch holds the request's if-match against the present etag. `code` is what the caller
  // sees: kEtagMismatch, or kConflict for certificates, as OCI does.
  Result<void> CheckIfMatch(std::string_view etag, ErrorCode code = ErrorCode::kEtagMismatch) const;

  // Commit makes the effect of a request with one. In one transaction: the retry token and the
  // signature's digest are inserted, `work` runs, its reply is stored, the audit record is
  // appended. A request that was answered before gets its first answer and `work` does not run. At
  // most one Commit a call.
  Result<Reply> Commit(const std::function<Result<Reply>(storage::Session&)>& work);

  // CommitRead is for a read that must be on record before its answer leaves: a private key. `work`
  // and the audit record share one transaction; the reply returns after it is durable.
  Result<Reply> CommitRead(const std::function<Result<Reply>(storage::Session&)>& work);

  // last_chance is true when a parked call must answer now.
  bool last_chance() const { return last_chance_; }

 private:
  friend class Service;
  struct AuditDraft {
    std::string reason;
    std::string compartment_id, resource_id, resource_name;
    RawJson details;
  };
  Service& service_;
  const Operation& operation_;
  Facts facts_;
  AuditDraft audit_;
  bool last_chance_ = false;
  bool committed_ = false;
};

}  // namespace perennial::service
