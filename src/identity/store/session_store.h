// SPDX-License-Identifier: Apache-2.0
// Sessions of people, their one-time links and passwords. Whoever ends a session here also tells it
// to everybody who follows identity, in the same transaction.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "identity/store/store.h"

namespace perennial::identity {

struct SessionRow {
  std::string id;  // Also the jti of each of its tokens.
  std::string user_id, tenancy_id, public_jwk;
  std::string signed_in_by;  // "LINK" or "PASSWORD".
  std::string address;
  Time created_at, ends_at, token_expires_at, last_used_at;
};

struct LinkRow {
  std::string id, hash, user_id, tenancy_id, created_by;  // created_by: a user, or kOperator.
  Time created_at, expires_at;
  std::optional<Time> used_at;
};
// Who works on identity's host.
inline constexpr std::string_view kOperator = "operator";

struct PasswordRow {
  std::string user_id, hash;
  int64_t failures = 0;
  std::optional<Time> failed_at, locked_until;
  Time changed_at;
};

// Stateless, like Store.
class SessionStore {
 public:
  explicit SessionStore(const Store& store) : store_(store) {}

  Result<void> Insert(Session& session, const SessionRow& row) const;
  // Find and List know live sessions only: neither ended nor past their token.
  Result<std::optional<SessionRow>> Find(Session& session, std::string_view id, Time now) const;
  Result<std::vector<SessionRow>> List(Session& session, std::string_view user_id, Time now) const;
  Result<void> Refresh(Session& session, std::string_view id, Time token_expires_at,
                       Time now) const;
  Result<void> End(Session& session, std::string_view id, Time now) const;
  // EndAll ends the live sessions of the user, but for `except`.
  Result<void> EndAll(Session& session, std::string_view user_id, Time now,
                      std::string_view except = {}) const;

  // A new link takes the place of an older one of the same user.
  Result<void> Insert(Session& session, const LinkRow& row) const;
  Result<std::optional<LinkRow>> FindLink(Session& session, std::string_view hash) const;
  // UseLink is true for the one caller that is first.
  Result<bool> UseLink(Session& session, std::string_view id, Time now) const;

  Result<std::optional<PasswordRow>> FindPassword(Session& session, std::string_view user_id) const;
  Result<void> Put(Session& session, const PasswordRow& row) const;
  Result<void> DeletePassword(Session& session, std::string_view user_id) const;

  // Prune forgets what nobody can use any more: sessions, and that they were ended, after their
  // last token cannot be evidence either; links after a week.
  Result<void> Prune(Session& session, Time now) const;

 private:
  const Store& store_;
};

}  // namespace perennial::identity
