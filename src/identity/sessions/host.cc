// SPDX-License-Identifier: Apache-2.0
#include "identity/sessions/host.h"

#include <fmt/format.h>

#include "identity/sessions/sessions.h"

namespace perennial::identity {
namespace {

Result<HostLink> WriteLink(const Bootstrap& with, Session& session, const Store& store,
                           const UserRow& user) {
  const SessionStore sessions(store);
  const auto link = MakeLink(with.random, with.region, user, kOperator, with.clock.Now());
  TRY(sessions.Insert(session, link.row));
  TRY_ASSIGN(const auto tenancy, store.FindTenancy(session, user.tenancy_id));
  return HostLink{.path = LinkPath(link.secret),
                  .user_name = user.name,
                  .tenancy_name = tenancy ? tenancy->name : "",
                  .expires_at = link.row.expires_at};
}

Result<void> Record(Session& session, const Store& store, const UserRow& user,
                    std::string operation, std::string reason) {
  return store.AppendAudit(session, {.operation = std::move(operation),
                                     .reason = std::move(reason),
                                     .tenancy_id = user.tenancy_id,
                                     .resource_id = user.id,
                                     .resource_name = user.name,
                                     .principal_name = std::string(kOperator)});
}

Result<std::string> TenancyOf(Session& session, const Store& store, const std::string& name) {
  if (!name.empty()) {
    TRY_ASSIGN(const auto tenancy, store.FindTenancyByName(session, name));
    if (!tenancy) return Fail(ErrorCode::kNotFound, "there is no tenancy " + name);
    return tenancy->id;
  }
  TRY_ASSIGN(const auto rows, session.Query("SELECT id FROM tenancy LIMIT 2"));
  if (rows.empty()) return Fail(ErrorCode::kNotFound, "there is no tenancy yet");
  if (rows.size() > 1) {
    return Fail(ErrorCode::kInvalidArgument, "there are several tenancies: say --tenancy NAME");
  }
  return rows.front().Text(0);
}

}  // namespace

Result<HostLink> FirstLink(const Bootstrap& with, const std::string& tenancy_id,
                           const std::string& user_id) {
  const Store store(with.clock, nullptr);
  return with.database.WriteValue([&](Session& session) -> Result<HostLink> {
    TRY_ASSIGN(const auto user, store.FindUser(session, user_id));
    if (!user || user->tenancy_id != tenancy_id) {
      return Fail(ErrorCode::kNotFound, "the user is not there");
    }
    TRY_ASSIGN(auto link, WriteLink(with, session, store, *user));
    TRY(Record(session, store, *user, "CreateSignInLink", "perenniald on the host of identity"));
    return link;
  });
}

Result<HostLink> RecoverUser(const Bootstrap& with, const Recovery& recovery) {
  const Store store(with.clock, nullptr);
  const SessionStore sessions(store);
  return with.database.WriteValue([&](Session& session) -> Result<HostLink> {
    TRY_ASSIGN(const auto tenancy_id, TenancyOf(session, store, recovery.tenancy));
    TRY_ASSIGN(const auto user, store.FindUserByName(session, tenancy_id, recovery.user));
    if (!user) {
      return Fail(ErrorCode::kNotFound, "there is no user " + recovery.user + " in the tenancy");
    }
    if (user->state != authz::PrincipalState::kActive) {
      TRY(store.SetUserState(session, user->id, authz::PrincipalState::kActive));
    }
    TRY(sessions.DeletePassword(session, user->id));
    TRY(sessions.EndAll(session, user->id, with.clock.Now()));
    TRY_ASSIGN(auto link, WriteLink(with, session, store, *user));
    TRY(Record(session, store, *user, "RecoverUser",
               "perenniald recover-admin on the host of identity: unlocked, password removed, "
               "sessions ended, new link"));
    return link;
  });
}

}  // namespace perennial::identity
