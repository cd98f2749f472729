// SPDX-License-Identifier: Apache-2.0
#include "products/common/attachments.h"

#include <iterator>

#include "base/encoding.h"
#include "base/log.h"
#include "base/proof.h"

namespace perennial::products {

namespace {

Result<bool> Exists(storage::Session& session, std::string_view sql, const Pair& pair) {
  TRY_ASSIGN(const auto row,
             session.QueryOne(sql, {pair.certificates_resource_id, pair.resource_id}));
  return row && row->Int(0) > 0;
}

Result<std::vector<Intent>> ReadIntents(storage::Session& session) {
  TRY_ASSIGN(const auto rows,
             session.Query("SELECT certificates_resource_id, resource_id, until FROM attach_intent"));
  std::vector<Intent> intents;
  for (const auto& row : rows) intents.push_back({{row.Text(0), row.Text(1)}, row.At(2)});
  return intents;
}

}  // namespace

Attachments::Attachments(service::Service& service, CertificatesGateway& gateway)
    : service_(service), gateway_(gateway) {}

Result<AttachTicket> Attachments::Attach(const http_signature::Evidence& evidence,
                                         const std::vector<Pair>& pairs) {
  if (pairs.empty()) return AttachTicket{};
  TRY_ASSIGN(auto ticket, Begin(pairs));
  auto attached = gateway_.Attach(evidence, pairs);
  if (!attached) {
    if (IsRefused(attached.error().code)) {
      Withdraw(ticket);
    } else {
      Abandon(ticket);
    }
    return std::unexpected(std::move(attached).error());
  }
  const std::set<Pair> asked(pairs.begin(), pairs.end());
  std::set<Pair> answered;
  for (const auto& item : *attached) answered.insert(item.pair);
  if (answered != asked) {
    Abandon(ticket);
    return Fail(ErrorCode::kInternal, "certificates attached other pairs than it was asked for");
  }
  ticket.items = std::move(*attached);
  return ticket;
}

Result<void> Attachments::NoteClick(const std::vector<Pair>& pairs, Time signed_date) {
  const Time now = service_.clock().Now();
  if (pairs.empty() || signed_date <= now || PERENNIAL_MUTANT("products.ahead_not_noted")) return {};
  return service_.database().Write([&](storage::Session& session) -> Result<void> {
    TRY(session.Execute("DELETE FROM click_ahead WHERE signed_at <= $1", {now}));
    for (const auto& pair : std::set<Pair>(pairs.begin(), pairs.end())) {
      TRY(session.Execute(
          "INSERT INTO click_ahead (certificates_resource_id, resource_id, signed_at) VALUES ($1, $2, $3) "
          "ON CONFLICT (certificates_resource_id, resource_id) DO UPDATE SET signed_at = CASE WHEN "
          "excluded.signed_at > click_ahead.signed_at THEN excluded.signed_at ELSE click_ahead.signed_at END",
          {pair.certificates_resource_id, pair.resource_id, signed_date}));
    }
    return {};
  });
}

Result<AttachTicket> Attachments::Begin(const std::vector<Pair>& pairs) {
  return service_.database().WriteValue([&](storage::Session& session) -> Result<AttachTicket> {
    AttachTicket ticket;
    const Time until = service_.clock().Now() + kIntentLife;
    for (const auto& pair : std::set<Pair>(pairs.begin(), pairs.end())) {
      TRY_ASSIGN(const auto made,
                 session.Execute("INSERT INTO attachment (certificates_resource_id, resource_id) "
                                 "VALUES ($1, $2) ON CONFLICT DO NOTHING",
                                 {pair.certificates_resource_id, pair.resource_id}));
      if (made == 1) ticket.fresh.push_back(pair);
      TRY_ASSIGN(const bool detaching,
                 Exists(session, "SELECT detaching FROM attachment WHERE certificates_resource_id = $1 "
                                 "AND resource_id = $2",
                        pair));
      if (detaching) {
        return Fail(ErrorCode::kIncorrectState,
                    pair.certificates_resource_id + " is just being detached from " +
                        pair.resource_id + "; try again");
      }
      const std::string id = Base32Encode(service_.random().Bytes(20));
      TRY(session.Execute("INSERT INTO attach_intent (id, certificates_resource_id, resource_id, until) "
                          "VALUES ($1, $2, $3, $4)",
                          {id, pair.certificates_resource_id, pair.resource_id, until}));
      ticket.intent_ids.push_back(id);
    }
    return ticket;
  });
}

Result<void> Attachments::Commit(storage::Session& session, const AttachTicket& ticket) const {
  for (const auto& id : ticket.intent_ids) {
    TRY_ASSIGN(const auto taken,
               session.Execute("DELETE FROM attach_intent WHERE id = $1 AND until > $2",
                               {id, service_.clock().Now()}));
    if (taken == 0) {
      return Fail(ErrorCode::kIncorrectState, "attaching the certificate took too long; try again");
    }
  }
  for (const auto& item : ticket.items) {
    // While the intent stood, nobody could claim the pair; the condition is the second lock on that door.
    TRY_ASSIGN(const auto updated,
               session.Execute("UPDATE attachment SET association_id = $3, current_version = $4 WHERE "
                               "certificates_resource_id = $1 AND resource_id = $2 AND detaching = 0",
                               {item.pair.certificates_resource_id, item.pair.resource_id,
                                item.association_id, item.current_version}));
    if (updated != 1) {
      return Fail(ErrorCode::kIncorrectState, "the certificate is just being detached; try again");
    }
  }
  return {};
}

void Attachments::Abandon(const AttachTicket& ticket) {
  if (ticket.intent_ids.empty()) return;
  // Best effort: an intent that stays runs out by itself. Beside another one of the same pair it does:
  // what we may have attached must be known when that other one is withdrawn.
  (void)service_.database().Write([&](storage::Session& session) -> Result<void> {
    for (const auto& id : ticket.intent_ids) {
      TRY(session.Execute(
          "DELETE FROM attach_intent WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM attach_intent o WHERE "
          "o.certificates_resource_id = attach_intent.certificates_resource_id AND o.resource_id = "
          "attach_intent.resource_id AND o.id <> $1)",
          {id}));
    }
    return {};
  });
}

void Attachments::Withdraw(const AttachTicket& ticket) {
  // Rows that stand for nothing go at once. A detach would do it too, but it raises the fence, and the
  // user's next click of the same second would be dead. A row that was there before may stand for an
  // attach whose answer was lost: it is left to Reconcile. So is one whose intent ran out meanwhile: it may
  // have been detached, forgotten, and made anew by another click.
  (void)service_.database().Write([&](storage::Session& session) -> Result<void> {
    int64_t held = 0;
    for (const auto& id : ticket.intent_ids) {
      TRY_ASSIGN(const auto ended,
                 session.Execute("DELETE FROM attach_intent WHERE id = $1", {id}));
      held += ended;
    }
    if (held < std::ssize(ticket.intent_ids)) return {};
    if (PERENNIAL_MUTANT("products.withdraws_all")) {
      TRY(session.Execute("DELETE FROM attachment WHERE association_id IS NULL AND detaching = 0 AND NOT "
                          "EXISTS (SELECT 1 FROM attach_intent i WHERE i.certificates_resource_id = "
                          "attachment.certificates_resource_id AND i.resource_id = attachment.resource_id)",
                          {}));
    }
    for (const auto& pair : ticket.fresh) {
      TRY(session.Execute(
          "DELETE FROM attachment WHERE certificates_resource_id = $1 AND resource_id = $2 AND "
          "association_id IS NULL AND detaching = 0 AND NOT EXISTS (SELECT 1 FROM attach_intent WHERE "
          "certificates_resource_id = $1 AND resource_id = $2) AND NOT EXISTS (SELECT 1 FROM "
          "certificate_use WHERE certificates_resource_id = $1 AND resource_id = $2)",
          {pair.certificates_resource_id, pair.resource_id}));
    }
    return {};
  });
}

Result<void> Attachments::SetUses(storage::Session& session, const std::string& resource_id,
                                  const std::vector<Use>& uses) const {
  TRY(session.Execute("DELETE FROM certificate_use WHERE resource_id = $1", {resource_id}));
  for (const auto& use : uses) {
    TRY(session.Execute("INSERT INTO certificate_use (resource_id, owner, certificates_resource_id) "
                        "VALUES ($1, $2, $3)",
                        {use.resource_id, use.owner, use.certificates_resource_id}));
  }
  return {};
}

Result<std::vector<Use>> Attachments::Uses(storage::Session& session) const {
  TRY_ASSIGN(const auto rows, session.Query("SELECT resource_id, owner, certificates_resource_id FROM "
                                            "certificate_use ORDER BY resource_id, owner"));
  std::vector<Use> uses;
  for (const auto& row : rows) uses.push_back({row.Text(0), row.Text(1), row.Text(2)});
  return uses;
}

Result<std::vector<Attachment>> Attachments::Of(storage::Session& session,
                                                const std::string& resource_id) const {
  TRY_ASSIGN(const auto rows,
             session.Query("SELECT certificates_resource_id, resource_id, association_id, "
                           "current_version, detaching FROM attachment WHERE $1 = '' OR resource_id = $1 "
                           "ORDER BY certificates_resource_id, resource_id",
                           {resource_id}));
  std::vector<Attachment> attachments;
  for (const auto& row : rows) {
    attachments.push_back({{row.Text(0), row.Text(1)}, row.OptionalText(2), row.OptionalInt(3),
                           row.Bool(4)});
  }
  return attachments;
}

Result<std::vector<Difference>> Attachments::Claim(storage::Session& session,
                                                   const Acknowledged& acknowledged, Time now) {
  TRY(session.Execute("DELETE FROM attach_intent WHERE until <= $1", {now}));
  TRY_ASSIGN(const auto uses, Uses(session));
  TRY_ASSIGN(const auto needed, acknowledged(session));
  TRY_ASSIGN(const auto intents, ReadIntents(session));
  TRY_ASSIGN(const auto attachments, Of(session, ""));
  auto differences = CompareUses(attachments, uses, WantedPairs(uses, needed, intents, now));
  for (const auto& difference : differences) {
    if (difference.missing) continue;
    TRY(session.Execute("UPDATE attachment SET detaching = 1 WHERE certificates_resource_id = $1 AND "
                        "resource_id = $2",
                        {difference.pair.certificates_resource_id, difference.pair.resource_id}));
  }
  return differences;
}

// Claimed is what to send for a pair that is claimed. kConflict when it no longer is: another process has
// detached it meanwhile, and what stands now is a later click's.
Result<Detachment> Attachments::Claimed(storage::Session& session, const Pair& pair) {
  TRY_ASSIGN(
      const auto row,
      session.QueryOne("SELECT a.association_id, c.signed_at FROM attachment a LEFT JOIN click_ahead c "
                       "ON c.certificates_resource_id = a.certificates_resource_id AND c.resource_id = "
                       "a.resource_id AND c.signed_at > $3 WHERE a.certificates_resource_id = $1 AND "
                       "a.resource_id = $2 AND a.detaching = 1",
                       {pair.certificates_resource_id, pair.resource_id, service_.clock().Now()}));
  if (!row) return Fail(ErrorCode::kConflict, "another process has detached the pair");
  Detachment detachment{.pair = pair, .association_id = row->OptionalText(0)};
  if (!row->IsNull(1)) detachment.signed_up_to = row->At(1);
  return detachment;
}

// While the pair is claimed no click begins, so an association that is not the one we know was there before:
// a click of which we never had the answer. It is named no more.
Result<void> Attachments::ForgetName(const Detachment& detachment) {
  return service_.database().Write([&](storage::Session& session) -> Result<void> {
    TRY(session.Execute("UPDATE attachment SET association_id = NULL WHERE certificates_resource_id = $1 AND "
                        "resource_id = $2 AND detaching = 1 AND association_id = $3",
                        {detachment.pair.certificates_resource_id, detachment.pair.resource_id,
                         detachment.association_id.value_or("")}));
    return {};
  });
}

Result<Detachment> Attachments::Detach(const Pair& pair) {
  TRY_ASSIGN(auto detachment, service_.database().ReadValue([&](storage::Session& session) {
    return Claimed(session, pair);
  }));
  if (auto detached = gateway_.Detach(detachment); !detached) {
    if (detached.error().code == ErrorCode::kIncorrectState) TRY(ForgetName(detachment));
    return std::unexpected(std::move(detached).error());
  }
  return detachment;
}

// What was detached is forgotten, and nothing else: while the answer was on its way, another process may
// have done both, and may have claimed the association of a later click.
Result<void> Attachments::Forget(const Difference& difference, const Detachment& detachment) {
  std::string compartment_id;
  if (const auto snapshot = service_.identity().Current()) {
    const auto* resource = (*snapshot)->Resource(difference.pair.resource_id);
    if (resource != nullptr) compartment_id = resource->compartment_id;
  }
  const service::OwnAct act{.operation = "DetachCertificate",
                            .reason = difference.pair.certificates_resource_id + ": " + difference.why,
                            .compartment_id = compartment_id,
                            .resource_id = difference.pair.resource_id,
                            .resource_name = {},
                            .details = {}};
  return service_.Act(act, [&](storage::Session& session) -> Result<void> {
    TRY_ASSIGN(const auto forgotten,
               session.Execute("DELETE FROM attachment WHERE certificates_resource_id = $1 AND "
                               "resource_id = $2 AND detaching = 1 AND COALESCE(association_id, '') = $3",
                               {difference.pair.certificates_resource_id, difference.pair.resource_id,
                                detachment.association_id.value_or("")}));
    if (forgotten == 0) return Fail(ErrorCode::kConflict, "another process has detached the pair");
    return {};
  });
}

Result<bool> Attachments::Reconcile(const Acknowledged& acknowledged) {
  const Time now = service_.clock().Now();
  // Look first without writing: as a rule there is nothing to do.
  TRY_ASSIGN(const bool something,
             service_.database().ReadValue([&](storage::Session& session) -> Result<bool> {
               TRY_ASSIGN(const auto uses, Uses(session));
               TRY_ASSIGN(const auto needed, acknowledged(session));
               TRY_ASSIGN(const auto intents, ReadIntents(session));
               TRY_ASSIGN(const auto attachments, Of(session, ""));
               const auto found =
                   CompareUses(attachments, uses, WantedPairs(uses, needed, intents, now));
               std::set<Pair> missing;
               bool detach = false;
               for (const auto& difference : found) {
                 if (!difference.missing) detach = true;
                 if (!difference.missing) continue;
                 missing.insert(difference.pair);
                 if (missing_.contains(difference.pair)) continue;
                 Log(LogLevel::kError, "products", "a use has no association",
                     {{"resource", difference.pair.resource_id},
                      {"certificate", difference.pair.certificates_resource_id},
                      {"why", difference.why}});
               }
               missing_ = std::move(missing);
               return detach;
             }));
  if (!something) return false;
  TRY_ASSIGN(const auto claimed, service_.database().WriteValue([&](storage::Session& session) {
    return Claim(session, acknowledged, now);
  }));
  bool detached = false;
  std::optional<Error> failure;
  for (const auto& difference : claimed) {
    if (difference.missing) continue;
    auto done = [&]() -> Result<void> {
      TRY_ASSIGN(const auto detachment, Detach(difference.pair));
      return Forget(difference, detachment);
    }();
    if (done) {
      detached = true;
    } else if (!failure) {
      failure = std::move(done).error();  // One pair that is stuck does not hold up the others.
    }
  }
  if (failure) return std::unexpected(std::move(*failure));
  return detached;
}

}  // namespace perennial::products
