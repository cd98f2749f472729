// SPDX-License-Identifier: Apache-2.0
#include "identity/store/session_store.h"

#include <fmt/format.h>

namespace perennial::identity {
namespace {

using storage::Row;

// A request may be evidence for five minutes after its date, and clocks differ as much again.
constexpr auto kEndedKept = std::chrono::minutes(15);
constexpr auto kLinksKept = std::chrono::days(7);

constexpr std::string_view kSessionColumns =
    "id, user_id, tenancy_id, public_jwk, signed_in_by, address, created_at, ends_at, "
    "token_expires_at, last_used_at";

SessionRow ReadSession(const Row& row) {
  return {.id = row.Text(0),
          .user_id = row.Text(1),
          .tenancy_id = row.Text(2),
          .public_jwk = row.Text(3),
          .signed_in_by = row.Text(4),
          .address = row.Text(5),
          .created_at = row.At(6),
          .ends_at = row.At(7),
          .token_expires_at = row.At(8),
          .last_used_at = row.At(9)};
}

}  // namespace

Result<void> SessionStore::Insert(Session& session, const SessionRow& row) const {
  TRY(session.Execute(
      fmt::format("INSERT INTO session ({}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                  kSessionColumns),
      {row.id, row.user_id, row.tenancy_id, row.public_jwk, row.signed_in_by, row.address,
       row.created_at, row.ends_at, row.token_expires_at, row.last_used_at}));
  return {};
}

Result<std::optional<SessionRow>> SessionStore::Find(Session& session, std::string_view id,
                                                     Time now) const {
  TRY_ASSIGN(const auto row,
             session.QueryOne(fmt::format("SELECT {} FROM session WHERE id = $1 AND ended_at IS "
                                          "NULL AND token_expires_at > $2",
                                          kSessionColumns),
                              {id, now}));
  if (!row) return std::optional<SessionRow>();
  return std::optional(ReadSession(*row));
}

Result<std::vector<SessionRow>> SessionStore::List(Session& session, std::string_view user_id,
                                                   Time now) const {
  TRY_ASSIGN(const auto rows,
             session.Query(fmt::format("SELECT {} FROM session WHERE user_id = $1 AND ended_at IS "
                                       "NULL AND token_expires_at > $2 ORDER BY created_at, id",
                                       kSessionColumns),
                           {user_id, now}));
  std::vector<SessionRow> sessions;
  for (const auto& row : rows) sessions.push_back(ReadSession(row));
  return sessions;
}

Result<void> SessionStore::Refresh(Session& session, std::string_view id, Time token_expires_at,
                                   Time now) const {
  TRY_ASSIGN(const int64_t changed,
             session.Execute("UPDATE session SET token_expires_at = $2, last_used_at = $3 "
                             "WHERE id = $1 AND ended_at IS NULL",
                             {id, token_expires_at, now}));
  if (changed == 0) return Fail(ErrorCode::kUnauthenticated, "the session was ended");
  return {};
}

Result<void> SessionStore::End(Session& session, std::string_view id, Time now) const {
  TRY_ASSIGN(const int64_t changed,
             session.Execute("UPDATE session SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL",
                             {id, now}));
  if (changed == 0) return {};
  return store_.PutFact(session, authz::RetiredTokenFact{.jti = std::string(id)});
}

Result<void> SessionStore::EndAll(Session& session, std::string_view user_id, Time now,
                                  std::string_view except) const {
  TRY_ASSIGN(const auto live, List(session, user_id, now));
  for (const auto& row : live) {
    if (row.id != except) TRY(End(session, row.id, now));
  }
  return {};
}

Result<void> SessionStore::Insert(Session& session, const LinkRow& row) const {
  TRY(session.Execute("DELETE FROM sign_in_link WHERE user_id = $1 AND used_at IS NULL",
                      {row.user_id}));
  TRY(
      session.Execute("INSERT INTO sign_in_link (id, hash, user_id, tenancy_id, created_by, "
                      "created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                      {row.id, row.hash, row.user_id, row.tenancy_id, row.created_by,
                       row.created_at, row.expires_at}));
  return {};
}

Result<std::optional<LinkRow>> SessionStore::FindLink(Session& session,
                                                      std::string_view hash) const {
  TRY_ASSIGN(const auto row,
             session.QueryOne("SELECT id, hash, user_id, tenancy_id, created_by, created_at, "
                              "expires_at, used_at FROM sign_in_link WHERE hash = $1",
                              {hash}));
  if (!row) return std::optional<LinkRow>();
  return std::optional(LinkRow{.id = row->Text(0),
                               .hash = row->Text(1),
                               .user_id = row->Text(2),
                               .tenancy_id = row->Text(3),
                               .created_by = row->Text(4),
                               .created_at = row->At(5),
                               .expires_at = row->At(6),
                               .used_at = row->OptionalTime(7)});
}

Result<bool> SessionStore::UseLink(Session& session, std::string_view id, Time now) const {
  TRY_ASSIGN(
      const int64_t changed,
      session.Execute("UPDATE sign_in_link SET used_at = $2 WHERE id = $1 AND used_at IS NULL",
                      {id, now}));
  return changed == 1;
}

Result<std::optional<PasswordRow>> SessionStore::FindPassword(Session& session,
                                                              std::string_view user_id) const {
  TRY_ASSIGN(const auto row,
             session.QueryOne("SELECT user_id, hash, failures, failed_at, locked_until, changed_at "
                              "FROM password WHERE user_id = $1",
                              {user_id}));
  if (!row) return std::optional<PasswordRow>();
  return std::optional(PasswordRow{.user_id = row->Text(0),
                                   .hash = row->Text(1),
                                   .failures = row->Int(2),
                                   .failed_at = row->OptionalTime(3),
                                   .locked_until = row->OptionalTime(4),
                                   .changed_at = row->At(5)});
}

Result<void> SessionStore::Put(Session& session, const PasswordRow& row) const {
  TRY(session.Execute(
      "INSERT INTO password (user_id, hash, failures, failed_at, locked_until, changed_at) "
      "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, "
      "failures = excluded.failures, failed_at = excluded.failed_at, "
      "locked_until = excluded.locked_until, changed_at = excluded.changed_at",
      {row.user_id, row.hash, row.failures, row.failed_at, row.locked_until, row.changed_at}));
  return {};
}

Result<void> SessionStore::DeletePassword(Session& session, std::string_view user_id) const {
  TRY(session.Execute("DELETE FROM password WHERE user_id = $1", {user_id}));
  return {};
}

Result<void> SessionStore::Prune(Session& session, Time now) const {
  TRY_ASSIGN(const auto gone,
             session.Query("DELETE FROM session WHERE token_expires_at < $1 RETURNING id, ended_at",
                           {now - kEndedKept}));
  for (const auto& row : gone) {
    if (!row.IsNull(1)) TRY(store_.EndFact<authz::RetiredTokenFact>(session, row.Text(0)));
  }
  TRY(session.Execute("DELETE FROM sign_in_link WHERE expires_at < $1", {now - kLinksKept}));
  return {};
}

}  // namespace perennial::identity
