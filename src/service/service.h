// SPDX-License-Identifier: Apache-2.0
// What every service does alike, in this order: authenticate → who may call → retry token → replay
// → handler (authorise, work, commit with audit) → error. One object a role.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/executor.h"
#include "base/news.h"
#include "base/random.h"
#include "net/server.h"
#include "service/audit_record.h"
#include "service/call.h"
#include "service/identity_view.h"
#include "service/operation.h"
#include "storage/chain_log.h"
#include "storage/storage.h"

namespace perennial::service {

// Tables that every service keeps in its own schema: retry_token, signature_seen, and the audit
// chain. Use it as the first migration of each service.
storage::Migration ServiceSchema();

// What nobody asked for over HTTP but is a change all the same: a renewal, a purge.
struct OwnAct {
  std::string operation;  // "RenewCertificate"
  std::string reason;     // Why now, in words.
  std::string compartment_id, resource_id, resource_name;
  RawJson details;
};

// Safe to call from many threads.
class Service {
 public:
  struct Parts {
    std::string name;    // "certificates": the schema, the audit chain, the metrics.
    std::string region;  // The region slug, for OCIDs.
    const IdentityView* identity = nullptr;
    storage::Database* database = nullptr;  // Null for a replica: then nothing has an effect.
    Executor* executor = nullptr;
    NewsBoard* news = nullptr;
    Clock* clock = nullptr;
    Random* random = nullptr;
    std::vector<std::string> accepted_hosts;  // host:port under which clients may have signed.
  };
  explicit Service(Parts parts);

  const std::string& name() const { return parts_.name; }
  const std::string& region() const { return parts_.region; }
  Clock& clock() const { return *parts_.clock; }
  Random& random() const { return *parts_.random; }
  NewsBoard& news() const { return *parts_.news; }
  Executor& executor() const { return *parts_.executor; }
  storage::Database& database() const { return *parts_.database; }
  const IdentityView& identity() const { return *parts_.identity; }
  const std::vector<std::string>& accepted_hosts() const { return parts_.accepted_hosts; }

  // Handle answers one request for `operation`. Never throws; every failure is an error response.
  net::Answer Handle(const Operation& operation, std::map<std::string, std::string> path_values,
                     const HttpRequest& request);

  // Act runs `work` and appends the audit record in one transaction.
  Result<void> Act(const OwnAct& act, const std::function<Result<void>(storage::Session&)>& work);

  // NewId draws an OCID of this region.
  std::string NewId(std::string_view type) const;

  // AuditTopic is where news of the audit chain is published.
  std::string AuditTopic() const { return "audit/" + parts_.name; }

 private:
  friend class Call;
  struct Authenticated;

  Result<Outcome> Run(Call& call, const Operation& operation);
  Result<std::optional<Reply>> StoredReply(const Call& call, const Operation& operation);
  net::Answer Finish(std::shared_ptr<Call> call, const Operation& operation,
                     Result<Outcome> outcome);
  Result<void> AppendAudit(storage::Session& session, AuditRecord record);
  AuditRecord RecordOf(const Call& call, bool allowed, int status, std::string reason) const;

  const Parts parts_;
  const storage::ChainLog audit_{"audit"};
};

// AuditRecordsOperation is GET /20260101/auditRecords/{service}, for the audit role only.
Operation AuditRecordsOperation(Service& service);

}  // namespace perennial::service
