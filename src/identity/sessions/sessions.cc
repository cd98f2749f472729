// SPDX-License-Identifier: Apache-2.0
#include "identity/sessions/sessions.h"

#include <algorithm>
#include <array>

#include "base/log.h"
#include "base/proof.h"
#include "http_signature/token.h"
#include "identity/wire.h"

namespace perennial::identity {
namespace {

using authz::Permission;

constexpr size_t kToldMax = 10'000;
constexpr Duration kPause = std::chrono::minutes(1);
constexpr Duration kLinkIsProofFor = std::chrono::hours(1);

bool NeedsCurrentPassword(const SessionRow& row, bool has_password, Time now) {
  const bool fresh_link = row.signed_in_by == "LINK" && now < row.created_at + kLinkIsProofFor;
  return has_password && !fresh_link;
}

// Whether no statement is missing that an administrator of the tenancy has.
bool IsAdministrator(const service::Call& call, const std::string& tenancy_id) {
  using enum authz::Permission;
  return std::ranges::all_of(
      std::array{kUserCreate, kUserApiKeyAdd, kGroupCreate, kPolicyCreate, kCompartmentCreate,
                 kCertificateDelete},
      [&](Permission permission) { return call.May(permission, tenancy_id); });
}

}  // namespace

SessionService::SessionService(Parts parts)
    : parts_(std::move(parts)),
      sessions_(parts_.store),
      limiter_(parts_.limits),
      gate_(parts_.passwords_at_once) {
  // Not in the first stranger's request.
  NobodysHash();
}

Duration SessionService::Step() {
  auto pruned = parts_.database.Write(
      [&](Session& session) { return sessions_.Prune(session, parts_.clock.Now()); });
  if (!pruned) {
    Log(LogLevel::kWarn, "identity", "old sessions could not be pruned",
        {{"reason", pruned.error().message}});
  }
  return kPause;
}

bool SessionService::FirstTelling(const std::string& what) {
  MutexLock lock(told_mutex_);
  if (told_.size() >= kToldMax) return false;
  return told_.insert(what).second;
}

Result<api::identity::Session> SessionService::OnWire(Call& call, const SessionRow& row) const {
  const auto* user = call.snapshot().User(row.user_id);
  const auto* tenancy = call.snapshot().Tenancy(row.tenancy_id);
  return api::identity::Session{.id = row.id,
                                .token = {},
                                .user_id = row.user_id,
                                .user_name = user != nullptr ? user->name : "",
                                .tenancy_id = row.tenancy_id,
                                .tenancy_name = tenancy != nullptr ? tenancy->name : "",
                                .time_created = row.created_at,
                                .time_expires = row.token_expires_at,
                                .time_ends = row.ends_at,
                                .time_of_last_use = row.last_used_at,
                                .signed_in_by = row.signed_in_by,
                                .address = row.address,
                                .is_this_session = row.id == call.caller().token_id};
}

Result<SessionRow> SessionService::RequireLive(Call& call, const std::string& id,
                                               Permission permission) const {
  const std::string wanted = id == "me" ? call.caller().token_id : id;
  call.About(wanted);
  TRY_ASSIGN(auto row, parts_.database.ReadValue([&](Session& session) {
    return sessions_.Find(session, wanted, call.now());
  }));
  if (!row) return Fail(ErrorCode::kNotFound, "no such session");
  if (row->user_id == call.caller().id) {
    call.Allowed({authz::Decision::Basis::kOwner, "the user's own session"});
  } else if (!PERENNIAL_MUTANT("sessions.of_anybody")) {
    TRY(call.Require(permission, row->tenancy_id));
  }
  const auto* user = call.snapshot().User(row->user_id);
  call.About(row->id, row->tenancy_id, user != nullptr ? user->name : "");
  return std::move(*row);
}

Result<SessionRow> SessionService::RequireOwn(Call& call, const std::string& id) const {
  const auto& own = call.caller().token_id;
  if (own.empty() || (id != "me" && id != own)) {
    call.About(id);
    return Fail(ErrorCode::kNotFound, "only the session itself may do this");
  }
  return RequireLive(call, own, Permission::kUserApiKeyRemove);
}

Result<service::Reply> SessionService::Get(Call& call, const std::string& id) {
  TRY_ASSIGN(const auto row, RequireLive(call, id, Permission::kUserApiKeyRemove));
  TRY_ASSIGN(auto answer, OnWire(call, row));
  if (row.user_id == call.caller().id) {
    TRY_ASSIGN(const auto password, parts_.database.ReadValue([&](Session& session) {
      return sessions_.FindPassword(session, row.user_id);
    }));
    answer.has_password = password.has_value();
    answer.needs_current_password = NeedsCurrentPassword(row, password.has_value(), call.now());
    answer.groups.emplace();
    for (const auto* group : call.snapshot().GroupsOf(row.user_id)) {
      answer.groups->push_back(group->name);
    }
    answer.is_administrator = IsAdministrator(call, row.tenancy_id);
  }
  return Reply::Json(EncodeJson(answer));
}

Result<service::Reply> SessionService::List(Call& call, const std::optional<std::string>& user_id) {
  std::string of = call.caller().id;
  if (user_id && *user_id != of) {
    const auto* user = call.snapshot().User(*user_id);
    call.About(*user_id);
    if (user == nullptr) return Fail(ErrorCode::kNotFound, "no such user");
    TRY(call.Require(Permission::kUserApiKeyRemove, user->tenancy_id));
    of = user->id;
  }
  TRY_ASSIGN(const auto rows, parts_.database.ReadValue([&](Session& session) {
    return sessions_.List(session, of, call.now());
  }));
  api::identity::SessionCollection answer;
  for (const auto& row : rows) {
    TRY_ASSIGN(auto item, OnWire(call, row));
    answer.items.push_back(std::move(item));
  }
  return Reply::Json(EncodeJson(answer));
}

Result<service::Reply> SessionService::Refresh(Call& call, const std::string& id) {
  TRY_ASSIGN(auto row, RequireOwn(call, id));
  const Duration life = std::min<Duration>(kSessionTokenLife, row.ends_at - call.now());
  if (life < std::chrono::seconds(1) && !PERENNIAL_MUTANT("sessions.for_ever")) {
    return Fail(ErrorCode::kUnauthenticated, "the session is twelve hours old; sign in again");
  }
  TRY_ASSIGN(const auto jwk, http_signature::DecodeJwk(row.public_jwk));
  TRY_ASSIGN(auto made, parts_.token_keys.Sign(
                            {.sub = row.user_id,
                             .ptype = std::string(WireNameOf(authz::PrincipalKind::kUser)),
                             .tenant = row.tenancy_id,
                             .jwk = jwk,
                             .jti = row.id},
                            PERENNIAL_MUTANT("sessions.for_ever") ? kSessionTokenLife : life));
  return call.Commit([&](Session& session) -> Result<Reply> {
    TRY(sessions_.Refresh(session, row.id, made.expires, call.now()));
    row.token_expires_at = made.expires;
    row.last_used_at = call.now();
    TRY_ASSIGN(auto answer, OnWire(call, row));
    answer.token = made.token;
    auto reply = Reply::Json(EncodeJson(answer));
    reply.secret = true;
    return reply;
  });
}

Result<service::Reply> SessionService::End(Call& call, const std::string& id) {
  TRY_ASSIGN(const auto row, RequireLive(call, id, Permission::kUserApiKeyRemove));
  return call.Commit([&](Session& session) -> Result<Reply> {
    TRY(sessions_.End(session, row.id, call.now()));
    return Reply::Empty();
  });
}

Result<service::Reply> SessionService::ChangePassword(
    Call& call, const api::identity::ChangePasswordDetails& details) {
  TRY_ASSIGN(const auto row, RequireOwn(call, "me"));
  TRY(CheckNewPassword("/newPassword", details.new_password, call.caller().name));
  TRY_ASSIGN(const auto before, parts_.database.ReadValue([&](Session& session) {
    return sessions_.FindPassword(session, row.user_id);
  }));
  TRY_ASSIGN(const auto place, gate_.TryEnter());
  if (NeedsCurrentPassword(row, before.has_value(), call.now()) &&
      !PERENNIAL_MUTANT("sessions.no_current_password")) {
    if (!details.current_password) {
      return Fail(ErrorCode::kInvalidArgument, "/currentPassword: is required");
    }
    // Whoever found a browser open must not guess here without end either.
    TRY_ASSIGN(const auto hash, CountedHash(row.user_id, call.now()));
    if (hash.empty() || !VerifyPassword(*details.current_password, hash)) {
      return Fail(ErrorCode::kInvalidArgument,
                  "/currentPassword: is not your password, or too many wrong ones were tried");
    }
  }
  TRY_ASSIGN(auto hash, HashPassword(details.new_password, parts_.random));
  return call.Commit([&](Session& session) -> Result<Reply> {
    TRY_ASSIGN(const auto now_there, sessions_.FindPassword(session, row.user_id));
    if ((now_there ? now_there->hash : "") != (before ? before->hash : "")) {
      return Fail(ErrorCode::kConflict, "the password was changed by somebody else meanwhile");
    }
    TRY(sessions_.Put(session, {.user_id = row.user_id,
                                .hash = hash,
                                .failures = 0,
                                .failed_at = {},
                                .locked_until = {},
                                .changed_at = call.now()}));
    TRY(sessions_.EndAll(session, row.user_id, call.now(), row.id));
    return Reply::Empty();
  });
}

Result<service::Reply> SessionService::CreateLink(Call& call, const std::string& user_id) {
  call.About(user_id);
  TRY_ASSIGN(const auto user, parts_.database.ReadValue([&](Session& session) {
    return parts_.store.FindUser(session, user_id);
  }));
  if (!user) return Fail(ErrorCode::kNotFound, "no such user");
  if (!PERENNIAL_MUTANT("sessions.link_for_anybody")) {
    TRY(call.Require(Permission::kUserApiKeyAdd, user->tenancy_id));
  }
  call.About(user->id, user->tenancy_id, user->name);
  const auto link = MakeLink(parts_.random, parts_.region, *user, call.caller().id, call.now());
  return call.Commit([&](Session& session) -> Result<Reply> {
    TRY(sessions_.Insert(session, link.row));
    auto reply = Reply::Json(EncodeJson(api::identity::SignInLink{
        .link = LinkPath(link.secret), .time_expires = link.row.expires_at}));
    reply.secret = true;
    return reply;
  });
}

}  // namespace perennial::identity
