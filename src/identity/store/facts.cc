// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/check.h"
#include "identity/store/store.h"
#include "service/audit_record.h"
#include "storage/chain_log.h"

namespace perennial::identity {

Result<int64_t> Store::FactPosition(Session& session) const {
  TRY_ASSIGN(const auto head, session.QueryOne("SELECT position FROM fact_head"));
  CHECK(head);
  return head->Int(0);
}

Result<FactsAnswer> Store::FactsAfter(Session& session, int64_t after,
                                      std::span<const std::string_view> kinds) const {
  TRY_ASSIGN(const auto head, session.QueryOne("SELECT position, floor FROM fact_head"));
  CHECK(head);
  FactsAnswer answer{.position = head->Int(0)};
  // A position beyond the head comes from another database, or from this one before it was
  // restored.
  answer.full = after <= 0 || after < head->Int(1) || after > answer.position;
  const int64_t beyond = answer.full ? 0 : after;
  TRY_ASSIGN(const auto rows,
             session.Query("SELECT kind, id, value FROM fact WHERE position > $1 ORDER BY position",
                           {beyond}));
  for (const auto& row : rows) {
    const auto kind = row.Text(0);
    if (!kinds.empty() && std::ranges::find(kinds, kind) == kinds.end()) continue;
    if (row.IsNull(2) && answer.full) continue;
    answer.entries.push_back({kind, row.Text(1), RawJson{row.OptionalText(2).value_or("")}});
  }
  return answer;
}

Result<void> Store::PruneGone(Session& session, Time before) const {
  TRY_ASSIGN(
      const auto row,
      session.QueryOne("SELECT MAX(position) FROM fact WHERE value IS NULL AND changed_at < $1",
                       {before}));
  if (!row || row->IsNull(0)) return {};
  // The floor rises first: from here on nobody is served a tail from which these ends are missing.
  TRY(session.Execute("UPDATE fact_head SET floor = $1 WHERE floor < $1", {row->Int(0)}));
  TRY(session.Execute("DELETE FROM fact WHERE value IS NULL AND changed_at < $1", {before}));
  return {};
}

Result<void> Store::PutEntry(Session& session, const authz::SnapshotEntry& entry) const {
  TRY_ASSIGN(const auto head,
             session.QueryOne("UPDATE fact_head SET position = position + 1 RETURNING position"));
  CHECK(head);
  const int64_t position = head->Int(0);
  const storage::Value value =
      entry.value.text.empty() ? storage::Value() : storage::Value(entry.value.text);
  TRY(session.Execute(
      "INSERT INTO fact (kind, id, position, value, changed_at) VALUES ($1, $2, $3, $4, $5) "
      "ON CONFLICT (kind, id) DO UPDATE SET position = excluded.position, value = excluded.value, "
      "changed_at = excluded.changed_at",
      {entry.kind, entry.id, position, value, clock_.Now()}));
  if (news_ != nullptr) {
    session.AfterCommit(
        [news = news_, position] { news->Publish(std::string(kFactsTopic), position); });
  }
  return {};
}

Result<void> Store::AppendAudit(Session& session, const OwnAct& act) const {
  const auto optional = [](const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
  };
  const auto either = [](const std::string& text, const std::string& other) {
    return text.empty() ? other : text;
  };
  const service::AuditRecord record{.time = clock_.Now(),
                                    .service = "identity",
                                    .operation = act.operation,
                                    .outcome = act.refused ? "REFUSED" : "ALLOWED",
                                    .status = act.status,
                                    .reason = act.reason,
                                    .principal_id = either(act.principal_id, act.principal_name),
                                    .principal_kind = either(act.principal_kind, "service"),
                                    .principal_name = act.principal_name,
                                    .tenancy_id = act.tenancy_id,
                                    .credential = act.credential,
                                    .resource_id = optional(act.resource_id),
                                    .resource_name = optional(act.resource_name),
                                    .request_id = act.request_id,
                                    .method = act.method,
                                    .path = act.path,
                                    .peer_address = act.peer_address};
  TRY_ASSIGN(const auto entry, storage::ChainLog("audit").Append(session, EncodeJson(record)));
  if (news_ != nullptr) {
    session.AfterCommit(
        [news = news_, position = entry.position] { news->Publish("audit/identity", position); });
  }
  return {};
}

}  // namespace perennial::identity
