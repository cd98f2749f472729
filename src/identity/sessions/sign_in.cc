// SPDX-License-Identifier: Apache-2.0
// How a session begins. Nothing is signed here but the proof: a stranger may send anything, as
// often as it likes, so what costs least is judged first.
#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/ocid.h"
#include "base/proof.h"
#include "http_signature/token.h"
#include "identity/sessions/sessions.h"
#include "identity/wire.h"

namespace perennial::identity {
namespace {

constexpr Duration kDateSkew = std::chrono::minutes(5);
constexpr auto kFailuresKept = std::chrono::hours(24);
constexpr int64_t kFreeFailures = 5;
constexpr size_t kSecretMax = 1024;
constexpr std::string_view kRefusal =
    "the link or password opens nothing here: it may be wrong, used before or too old; ask who "
    "manages users for a new link";

std::unexpected<Error> Malformed(std::string why) {
  return Fail(ErrorCode::kInvalidArgument, std::move(why));
}

Result<pki::PublicKey> SessionKey(const RawJson& json) {
  const auto jwk = http_signature::DecodeJwk(json.text);
  if (!jwk) return Malformed("/publicKey: must be a JWK with kty, n and e");
  auto key = pki::PublicKey::FromJwk(*jwk);
  if (!key) return Malformed("/publicKey: " + key.error().message);
  if (key->algorithm() != pki::KeyAlgorithm::kRsa2048) {
    return Malformed("/publicKey: must be an RSA key of 2048 bits");
  }
  return std::move(*key);
}

// The shape: one of the two ways, whole.
Result<void> CheckShape(const api::identity::CreateSessionDetails& details) {
  const bool by_password = details.tenancy || details.user || details.password;
  if (details.link.has_value() == by_password) {
    return Malformed("/link: must be given, or else /tenancy, /user and /password");
  }
  if (by_password && !(details.tenancy && details.user && details.password)) {
    return Malformed("/password: tenancy, user and password belong together");
  }
  for (const auto& [pointer, text] : {std::pair("/link", &details.link),
                                      {"/tenancy", &details.tenancy},
                                      {"/user", &details.user},
                                      {"/password", &details.password}}) {
    if (*text && (*text)->size() > kSecretMax) {
      return Malformed(fmt::format("{}: at most {} bytes", pointer, kSecretMax));
    }
  }
  return {};
}

}  // namespace

struct SessionService::Wanted {
  pki::PublicKey key;
};

struct SessionService::Refused {
  std::string reason, tenancy_id, user_id, user_name;
  std::string once;  // Told once in the life of this process; empty: each time.
};

struct SessionService::Attempt {
  std::string hash;
  std::optional<Time> locked_until;  // Set: no password is looked at before.
  bool locks = false;                // Should this guess be wrong too, the account is locked.
};

Duration LockAfter(int64_t failures) {
  if (failures < kFreeFailures) return Duration::zero();
  const auto doubled = std::chrono::minutes(1LL << std::min<int64_t>(failures - kFreeFailures, 4));
  return std::min<Duration>(doubled, std::chrono::minutes(15));
}

NewLink MakeLink(Random& random, const std::string& region, const UserRow& user,
                 std::string_view created_by, Time now) {
  NewLink link{.secret = "pns_" + Base64UrlEncode(random.Bytes(32)), .row = {}};
  link.row = {.id = MakeOcid("signinlink", region, random),
              .hash = HexEncode(Sha256(link.secret)),
              .user_id = user.id,
              .tenancy_id = user.tenancy_id,
              .created_by = std::string(created_by),
              .created_at = now,
              .expires_at = now + kLinkLife};
  return link;
}

std::string LinkPath(const std::string& secret) { return "/console/#link=" + secret; }

Result<SessionService::Wanted> SessionService::Judge(
    const Call& call, const api::identity::CreateSessionDetails& details) const {
  TRY(CheckShape(details));
  const auto date = ParseHttpDate(details.date);
  if (!date) return Malformed("/date: must be like Tue, 24 Nov 2026 14:03:07 GMT");
  // Not a secret: a browser whose clock is wrong looks at our own date and tries once more.
  if ((*date > call.now() + kDateSkew || *date < call.now() - kDateSkew) &&
      !PERENNIAL_MUTANT("sessions.any_date")) {
    return Fail(ErrorCode::kUnauthenticated,
                "date: is more than five minutes from this server's clock");
  }
  TRY_ASSIGN(auto key, SessionKey(details.public_key));
  const auto proof = Base64Decode(details.proof);
  const auto text = api::identity::SessionProofText(details);
  const bool holds =
      proof && key.Verify(pki::SignatureAlgorithm::kSha256WithRsa, AsBytes(text), *proof);
  if (!holds && !PERENNIAL_MUTANT("sessions.no_proof")) {
    return Fail(ErrorCode::kUnauthenticated, "proof: was not made by the key over this request");
  }
  return Wanted{std::move(key)};
}

Result<service::Outcome> SessionService::Create(
    Call& call, const api::identity::CreateSessionDetails& details) {
  // Parked after a refusal, and the time has come.
  if (call.last_chance()) return Fail(ErrorCode::kUnauthenticated, std::string(kRefusal));
  TRY(limiter_.Take(call.request().peer_address, parts_.clock.Monotonic()));
  TRY_ASSIGN(const auto wanted, Judge(call, details));
  return details.link ? CreateByLink(call, wanted, *details.link)
                      : CreateByPassword(call, wanted, details);
}

Result<service::Outcome> SessionService::Refuse(Call& call, const Refused& refused) {
  const bool told =
      refused.reason.empty() || (!refused.once.empty() && !FirstTelling(refused.once));
  if (!told) {
    TRY(parts_.database.Write([&](Session& session) {
      return parts_.store.AppendAudit(session, {.operation = "CreateSession",
                                                .reason = refused.reason,
                                                .tenancy_id = refused.tenancy_id,
                                                .resource_id = refused.user_id,
                                                .resource_name = refused.user_name,
                                                .principal_name = "anonymous",
                                                .refused = true,
                                                .principal_kind = "anonymous",
                                                .request_id = call.request_id(),
                                                .method = call.request().method,
                                                .path = std::string(call.request().path()),
                                                .peer_address = call.request().peer_address,
                                                .status = 401});
    }));
  }
  const Duration worked = parts_.clock.Now() - call.now();
  const Duration left =
      std::clamp(kRefusalAfter - worked, Duration(std::chrono::milliseconds(1)), kRefusalAfter);
  return Outcome(service::Wait{{"identity/refused-sign-in", 0}, left});
}

Result<service::Outcome> SessionService::CreateByLink(Call& call, const Wanted& wanted,
                                                      const std::string& secret) {
  struct Found {
    std::optional<LinkRow> link;
    std::optional<UserRow> user;
  };
  TRY_ASSIGN(const auto found, parts_.database.ReadValue([&](Session& session) -> Result<Found> {
    Found row;
    TRY_ASSIGN(row.link, sessions_.FindLink(session, HexEncode(Sha256(secret))));
    if (row.link) {
      TRY_ASSIGN(row.user, parts_.store.FindUser(session, row.link->user_id));
    }
    return row;
  }));
  if (!found.link || !found.user) return Refuse(call, {});
  const auto& link = *found.link;
  const auto refuse = [&](const std::string& why) {
    // Once a reason: whoever holds a spent one could otherwise fill the disk with records.
    return Refuse(call, {.reason = why,
                         .tenancy_id = link.tenancy_id,
                         .user_id = link.user_id,
                         .user_name = found.user->name,
                         .once = link.id + why});
  };
  if (link.used_at && !PERENNIAL_MUTANT("sessions.used_not_looked_at")) {
    return refuse("the link was used before");
  }
  if (call.now() >= link.expires_at && !PERENNIAL_MUTANT("sessions.old_link")) {
    return refuse("the link has expired");
  }
  if (found.user->state != authz::PrincipalState::kActive) return refuse("the user is not active");
  // Who gave it out must still be allowed to, or a dismissed administrator could come back by it.
  if (link.created_by != kOperator) {
    const authz::Principal creator{
        .kind = authz::PrincipalKind::kUser, .id = link.created_by, .tenancy_id = link.tenancy_id};
    const auto* row = call.snapshot().User(creator.id);
    const bool may =
        row != nullptr && row->state == authz::PrincipalState::kActive &&
        authz::Decide(call.snapshot(),
                      {creator, authz::Permission::kUserApiKeyAdd, link.tenancy_id, {}})
            .allowed();
    if (!may && !PERENNIAL_MUTANT("sessions.any_creator")) {
      return refuse("who gave out the link may not give out links any more");
    }
  }
  auto opened = parts_.database.WriteValue([&](Session& session) -> Result<std::optional<Reply>> {
    // Two requests with one link: exactly one of them gets here first.
    TRY_ASSIGN(const bool first, sessions_.UseLink(session, link.id, call.now()));
    if (!first && !PERENNIAL_MUTANT("sessions.link_twice")) return std::optional<Reply>();
    TRY_ASSIGN(auto reply, Open(session, call, wanted, *found.user, "LINK",
                                "one-time link of " + link.created_by));
    return std::optional(std::move(reply));
  });
  TRY(opened);
  if (!*opened) return refuse("the link was used before");
  return Outcome(std::move(**opened));
}

Result<SessionService::Attempt> SessionService::BeginAttempt(const std::string& user_id, Time now) {
  return parts_.database.WriteValue([&](Session& session) -> Result<Attempt> {
    TRY_ASSIGN(auto row, sessions_.FindPassword(session, user_id));
    if (!row) return Attempt{};
    if (row->locked_until && now < *row->locked_until && !PERENNIAL_MUTANT("sessions.no_lock")) {
      return Attempt{.hash = {}, .locked_until = row->locked_until};
    }
    // A guess of last week says nothing about today.
    if (row->failed_at && now - *row->failed_at > kFailuresKept) row->failures = 0;
    ++row->failures;
    row->failed_at = now;
    const Duration lock = LockAfter(row->failures);
    row->locked_until = lock > Duration::zero() ? std::optional(now + lock) : std::nullopt;
    TRY(sessions_.Put(session, *row));
    return Attempt{.hash = row->hash, .locked_until = {}, .locks = lock > Duration::zero()};
  });
}

Result<std::string> SessionService::CountedHash(const std::string& user_id, Time now) {
  TRY_ASSIGN(auto attempt, BeginAttempt(user_id, now));
  return std::move(attempt.hash);
}

Result<service::Outcome> SessionService::CreateByPassword(
    Call& call, const Wanted& wanted, const api::identity::CreateSessionDetails& details) {
  TRY_ASSIGN(const auto place, gate_.TryEnter());
  TRY_ASSIGN(const auto user,
             parts_.database.ReadValue([&](Session& session) -> Result<std::optional<UserRow>> {
               TRY_ASSIGN(auto tenancy, parts_.store.FindTenancy(session, *details.tenancy));
               if (!tenancy) {
                 TRY_ASSIGN(tenancy, parts_.store.FindTenancyByName(session, *details.tenancy));
               }
               if (!tenancy) return std::optional<UserRow>();
               return parts_.store.FindUserByName(session, tenancy->id, *details.user);
             }));
  Attempt attempt;
  if (user) {
    TRY_ASSIGN(attempt, BeginAttempt(user->id, call.now()));
  }
  if (attempt.hash.empty()) {
    // Nobody, no password, or locked: it costs as much as a wrong one.
    VerifyPassword(*details.password, NobodysHash());
    if (!attempt.locked_until) return Refuse(call, {});
    const auto why = "the account is locked until " + FormatTime(*attempt.locked_until);
    return Refuse(call, {why, user->tenancy_id, user->id, user->name, user->id + why});
  }
  const bool fits = VerifyPassword(*details.password, attempt.hash);
  if (!fits || user->state != authz::PrincipalState::kActive) {
    const auto why = fits            ? "the user is not active"
                     : attempt.locks ? "wrong password; the account is locked for a while"
                                     : "wrong password";
    return Refuse(call, {why, user->tenancy_id, user->id, user->name, {}});
  }
  TRY_ASSIGN(auto reply, parts_.database.WriteValue([&](Session& session) -> Result<Reply> {
    TRY_ASSIGN(auto row, sessions_.FindPassword(session, user->id));
    // Changed while we looked: what fitted is the password no more.
    if (!row || row->hash != attempt.hash) {
      return Fail(ErrorCode::kUnauthenticated, std::string(kRefusal));
    }
    row->failures = 0;
    row->failed_at = row->locked_until = std::nullopt;
    TRY(sessions_.Put(session, *row));
    return Open(session, call, wanted, *user, "PASSWORD", "password");
  }));
  return Outcome(std::move(reply));
}

Result<service::Reply> SessionService::Open(Session& session, const Call& call,
                                            const Wanted& wanted, const UserRow& user,
                                            std::string_view signed_in_by,
                                            const std::string& why) const {
  const Time now = call.now();
  SessionRow row{.id = MakeOcid("session", parts_.region, parts_.random),
                 .user_id = user.id,
                 .tenancy_id = user.tenancy_id,
                 .public_jwk = http_signature::EncodeJwk(wanted.key.ToJwk()),
                 .signed_in_by = std::string(signed_in_by),
                 .address = call.request().peer_address,
                 .created_at = now,
                 .ends_at = now + kSessionLife,
                 .token_expires_at = now + kSessionTokenLife,
                 .last_used_at = now};
  TRY_ASSIGN(auto made,
             parts_.token_keys.Sign({.sub = user.id,
                                     .ptype = std::string(WireNameOf(authz::PrincipalKind::kUser)),
                                     .tenant = user.tenancy_id,
                                     .jwk = wanted.key.ToJwk(),
                                     .jti = row.id},
                                    kSessionTokenLife));
  TRY_ASSIGN(const auto live, sessions_.List(session, user.id, now));
  for (size_t i = 0; i + kSessionsMax <= live.size(); ++i) {
    TRY(sessions_.End(session, live[i].id, now));
  }
  TRY(sessions_.Insert(session, row));
  TRY_ASSIGN(const auto tenancy, parts_.store.FindTenancy(session, user.tenancy_id));
  TRY(parts_.store.AppendAudit(session, {.operation = "CreateSession",
                                         .reason = why,
                                         .tenancy_id = user.tenancy_id,
                                         .resource_id = row.id,
                                         .resource_name = user.name,
                                         .principal_name = user.name,
                                         .principal_id = user.id,
                                         .principal_kind = "user",
                                         .credential = row.id,
                                         .request_id = call.request_id(),
                                         .method = call.request().method,
                                         .path = std::string(call.request().path()),
                                         .peer_address = call.request().peer_address,
                                         .status = 200}));
  auto reply =
      Reply::Json(EncodeJson(api::identity::Session{.id = row.id,
                                                    .token = std::move(made.token),
                                                    .user_id = user.id,
                                                    .user_name = user.name,
                                                    .tenancy_id = user.tenancy_id,
                                                    .tenancy_name = tenancy ? tenancy->name : "",
                                                    .time_created = row.created_at,
                                                    .time_expires = made.expires,
                                                    .time_ends = row.ends_at,
                                                    .time_of_last_use = row.last_used_at,
                                                    .signed_in_by = row.signed_in_by,
                                                    .address = row.address,
                                                    .is_this_session = true}));
  reply.secret = true;
  return reply;
}

}  // namespace perennial::identity
