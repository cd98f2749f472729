// SPDX-License-Identifier: Apache-2.0
#include "products/common/new_resources.h"

#include "base/ocid.h"
#include "products/common/attachments.h"

namespace perennial::products {

NewResources::NewResources(service::Service& service, ResourceGateway& gateway, std::string type)
    : service_(service), gateway_(gateway), type_(std::move(type)) {}

Result<RegisteredResource> NewResources::Register(const http_signature::Evidence& evidence,
                                                  const std::string& evidence_digest) {
  const std::string id = MakeDerivedOcid(type_, service_.region(), evidence_digest);
  TRY(service_.database().Write([&](storage::Session& session) -> Result<void> {
    TRY(session.Execute("INSERT INTO resource_intent (resource_id, until) VALUES ($1, $2) "
                        "ON CONFLICT (resource_id) DO UPDATE SET until = $2 "
                        "WHERE resource_intent.ending = 0",
                        {id, service_.clock().Now() + kIntentLife}));
    return {};
  }));
  auto registered = gateway_.Register(evidence);
  if (!registered) {
    // After a refusal there is nothing to end; else we cannot know, and leave it to Reap.
    if (IsRefused(registered.error().code)) {
      Forget(id);
    } else {
      Abandon(id);
    }
    return registered;
  }
  if (registered->id != id) {
    Abandon(id);
    return Fail(ErrorCode::kInternal, "identity derived " + registered->id + " where we derive " + id);
  }
  return registered;
}

Result<void> NewResources::Commit(storage::Session& session, const std::string& resource_id) const {
  TRY_ASSIGN(const auto taken,
             session.Execute("DELETE FROM resource_intent WHERE resource_id = $1 AND ending = 0 AND "
                             "until > $2",
                             {resource_id, service_.clock().Now()}));
  if (taken == 0) return Fail(ErrorCode::kIncorrectState, "creating it took too long; try again");
  return {};
}

void NewResources::Abandon(const std::string& resource_id) {
  // Best effort: an intent that stays runs out by itself.
  (void)service_.database().Write([&](storage::Session& session) -> Result<void> {
    TRY(session.Execute("UPDATE resource_intent SET until = 0 WHERE resource_id = $1", {resource_id}));
    return {};
  });
}

void NewResources::Forget(const std::string& resource_id) {
  (void)service_.database().Write([&](storage::Session& session) -> Result<void> {
    TRY(session.Execute("DELETE FROM resource_intent WHERE resource_id = $1 AND ending = 0",
                        {resource_id}));
    return {};
  });
}

Result<bool> NewResources::Reap() {
  const Time now = service_.clock().Now();
  TRY_ASSIGN(const auto over,
             service_.database().ReadValue([&](storage::Session& session) {
               return session.Query("SELECT resource_id FROM resource_intent WHERE until <= $1", {now});
             }));
  bool ended = false;
  for (const auto& row : over) {
    const std::string id = row.Text(0);
    TRY_ASSIGN(const bool claimed,
               service_.database().WriteValue([&](storage::Session& session) -> Result<bool> {
                 TRY_ASSIGN(const auto marked,
                            session.Execute("UPDATE resource_intent SET ending = 1 WHERE resource_id = $1 "
                                            "AND until <= $2 AND NOT EXISTS (SELECT 1 FROM attachment "
                                            "WHERE resource_id = $1)",
                                            {id, now}));
                 return marked == 1;
               }));
    if (!claimed) continue;  // What is attached goes first.
    TRY(gateway_.End(id));
    const service::OwnAct act{.operation = "EndResource",
                              .reason = "its creation was not completed",
                              .compartment_id = {},
                              .resource_id = id,
                              .resource_name = {},
                              .details = {}};
    TRY(service_.Act(act, [&](storage::Session& session) -> Result<void> {
      TRY_ASSIGN(const auto forgotten,
                 session.Execute("DELETE FROM resource_intent WHERE resource_id = $1", {id}));
      if (forgotten == 0) return Fail(ErrorCode::kConflict, "another process has ended the resource");
      return {};
    }));
    ended = true;
  }
  return ended;
}

}  // namespace perennial::products
