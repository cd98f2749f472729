// SPDX-License-Identifier: Apache-2.0
// Sessions of people. A session is a key that the browser made and never shows, tied for twelve
// hours at most to a user who proved itself by a one-time link or a password (ADR-0015). What it
// may do is what the user may; ending it ends each of its tokens at once.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "api/identity/session_types.h"
#include "base/clock.h"
#include "base/random.h"
#include "identity/sessions/limiter.h"
#include "identity/sessions/password.h"
#include "identity/store/session_store.h"
#include "identity/token_keys.h"
#include "service/call.h"
#include "service/operation.h"
#include "service/router.h"

namespace perennial::identity {

inline constexpr seconds kSessionLife = std::chrono::hours(12);
inline constexpr seconds kLinkLife = std::chrono::hours(24);
// Every refused secret is answered this long after it came, whatever was wrong with it: how long we
// worked tells nothing.
inline constexpr Duration kRefusalAfter = std::chrono::milliseconds(500);
// Beyond this a user's oldest session ends when a new one begins.
inline constexpr size_t kSessionsMax = 50;

// LockAfter: after the fifth wrong password in a row the account takes none for a minute, then for
// twice as long each time, up to a quarter of an hour. Links and API keys go on working.
Duration LockAfter(int64_t failures);

// Safe to call from many threads. Everything handed in must outlive it.
class SessionService {
 public:
  using Call = service::Call;
  using Reply = service::Reply;
  using Outcome = service::Outcome;

  struct Parts {
    std::string region;
    storage::Database& database;
    const Store& store;
    const TokenKeys& token_keys;
    Clock& clock;
    Random& random;
    AddressLimiter::Options limits = {};
    int passwords_at_once = 2;
  };
  explicit SessionService(Parts parts);

  // Step forgets what is over; a Loop calls it. It returns how long to pause.
  Duration Step();

  // Create is called without a signature: the link or the password is the authority, the proof
  // shows the key (sign_in.cc). A secret that is wrong, spent, locked or nobody's is
  // kUnauthenticated with one message, kRefusalAfter later; why is in the audit. kRateLimited: see
  // AddressLimiter and PasswordGate.
  Result<Outcome> Create(Call& call, const api::identity::CreateSessionDetails& details);

  // `id` may be "me": the session that asks. Of others, whoever may manage users sees and ends
  // them.
  Result<Reply> Get(Call& call, const std::string& id);
  Result<Reply> List(Call& call, const std::optional<std::string>& user_id);
  // Refresh: kUnauthenticated after twelve hours. Only the session itself.
  Result<Reply> Refresh(Call& call, const std::string& id);
  Result<Reply> End(Call& call, const std::string& id);
  // ChangePassword ends the user's other sessions. A session that a link opened within the hour
  // needs no current password: the link was the proof.
  Result<Reply> ChangePassword(Call& call, const api::identity::ChangePasswordDetails& details);
  // CreateLink: who may give a user a new API key may also give it a new link.
  Result<Reply> CreateLink(Call& call, const std::string& user_id);

  PasswordGate& gate() { return gate_; }

 private:
  struct Wanted;   // A request for a session, its form judged.
  struct Refused;  // Why a secret opens nothing, for the audit.
  struct Attempt;  // Whether the user's password may be looked at.

  Result<Wanted> Judge(const Call& call, const api::identity::CreateSessionDetails& details) const;
  Result<Outcome> CreateByLink(Call& call, const Wanted& wanted, const std::string& secret);
  Result<Outcome> CreateByPassword(Call& call, const Wanted& wanted,
                                   const api::identity::CreateSessionDetails& details);
  Result<Outcome> Refuse(Call& call, const Refused& refused);
  // BeginAttempt counts a guess before it is looked at.
  Result<Attempt> BeginAttempt(const std::string& user_id, Time now);
  // CountedHash is the hash of BeginAttempt; empty when there is none to look at now.
  Result<std::string> CountedHash(const std::string& user_id, Time now);
  // Open writes the session and its record, in the caller's transaction.
  Result<Reply> Open(Session& session, const Call& call, const Wanted& wanted, const UserRow& user,
                     std::string_view signed_in_by, const std::string& why) const;
  Result<api::identity::Session> OnWire(Call& call, const SessionRow& row) const;
  Result<SessionRow> RequireOwn(Call& call, const std::string& id) const;
  Result<SessionRow> RequireLive(Call& call, const std::string& id,
                                 authz::Permission permission) const;
  bool FirstTelling(const std::string& what) EXCLUDES(told_mutex_);

  const Parts parts_;
  const SessionStore sessions_;
  AddressLimiter limiter_;
  PasswordGate gate_;
  Mutex told_mutex_;
  std::set<std::string> told_ GUARDED_BY(told_mutex_);
};

// NewLink draws a link's secret, "pns_…"; of it only the hash goes into the row.
struct NewLink {
  std::string secret;
  LinkRow row;
};
NewLink MakeLink(Random& random, const std::string& region, const UserRow& user,
                 std::string_view created_by, Time now);
// LinkPath is what stands behind the URL. The secret stands after `#`, so it reaches no log.
std::string LinkPath(const std::string& secret);

void AddSessionRoutes(service::Router& router, service::Service& service, SessionService& sessions);

}  // namespace perennial::identity
