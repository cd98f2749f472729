// SPDX-License-Identifier: Apache-2.0
#include "identity/token_keys.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"

namespace perennial::identity {
namespace {

// How long after its last token a replaced key still verifies: clocks differ.
constexpr auto kVerifySlack = std::chrono::minutes(5);
constexpr auto kRetiredShown = std::chrono::hours(24);
constexpr auto kPause = std::chrono::minutes(1);

// What is to be done with the keys that are there, as of now.
struct Plan {
  bool make_current = false;
  bool make_next = false;
  const TokenKeyRow* promote = nullptr;
  const TokenKeyRow* replace = nullptr;
  std::vector<const TokenKeyRow*> retire, forget;
  bool empty() const {
    return !make_current && !make_next && promote == nullptr && retire.empty() && forget.empty();
  }
};

Plan MakePlan(const std::vector<TokenKeyRow>& rows, Time now) {
  Plan plan;
  const TokenKeyRow* current = nullptr;
  const TokenKeyRow* next = nullptr;
  for (const auto& row : rows) {
    if (!row.current_at) next = &row;
    if (row.current_at && !row.replaced_at) current = &row;
    if (row.retired_at && now >= *row.retired_at + kRetiredShown) plan.forget.push_back(&row);
    if (row.replaced_at && !row.retired_at &&
        now >= *row.replaced_at + kSessionTokenLife + kVerifySlack) {
      plan.retire.push_back(&row);
    }
  }
  if (current == nullptr) {
    // The very first one: nobody has verified anything yet.
    plan.make_current = true;
    return plan;
  }
  const Time end = *current->current_at + kTokenKeyLife;
  if (next == nullptr) {
    plan.make_next = now >= end - kTokenKeyLead;
  } else if (now >= end && now >= next->created_at + kTokenKeyLead) {
    plan.promote = next;
    plan.replace = current;
  }
  return plan;
}

std::string ContextOf(std::string_view kid) {
  return fmt::format("identity/token_key/{}/private-key", kid);
}

}  // namespace

TokenKeys::TokenKeys(storage::Database& database, const Store& store,
                     const keys::Envelope& envelope, Clock& clock, Random& random)
    : database_(database), store_(store), envelope_(envelope), clock_(clock), random_(random) {}

Result<TokenKeyRow> TokenKeys::MakeKey(Time now) const {
  TRY_ASSIGN(const auto key, pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256));
  TokenKeyRow row;
  row.kid = key.public_key().JwkThumbprint();
  row.public_jwk = http_signature::EncodeJwk(key.public_key().ToJwk());
  row.created_at = now;
  TRY_ASSIGN(row.private_key, envelope_.Wrap(key.ToPkcs8Der(), ContextOf(row.kid)));
  return row;
}

Result<void> TokenKeys::Rotate(Session& session, Time now) const {
  // Planned again inside the transaction: another process may have been first.
  TRY_ASSIGN(const auto rows, store_.ListTokenKeys(session));
  const auto plan = MakePlan(rows, now);
  if (plan.empty()) return {};
  if (plan.make_current || plan.make_next) {
    TRY_ASSIGN(auto row, MakeKey(now));
    if (plan.make_current) row.current_at = now;
    TRY(store_.Put(session, row));
  }
  if (plan.promote != nullptr) {
    TokenKeyRow next = *plan.promote;
    next.current_at = now;
    TRY(store_.Put(session, next));
    TokenKeyRow old = *plan.replace;
    old.replaced_at = now;
    old.private_key.clear();
    TRY(store_.Put(session, old));
  }
  for (const auto* row : plan.retire) {
    TokenKeyRow retired = *row;
    retired.retired_at = now;
    TRY(store_.Put(session, retired));
  }
  for (const auto* row : plan.forget) TRY(store_.DeleteTokenKey(session, row->kid));
  return store_.AppendAudit(session,
                            {.operation = "RotateTokenKeys",
                             .reason = plan.promote != nullptr ? "the next key is current now"
                                                               : "a key was made or retired"});
}

Result<Duration> TokenKeys::Step() {
  const Time now = clock_.Now();
  TRY_ASSIGN(auto rows,
             database_.ReadValue([&](Session& session) { return store_.ListTokenKeys(session); }));
  if (!MakePlan(rows, now).empty()) {
    TRY(database_.Write([&](Session& session) { return Rotate(session, now); }));
    TRY_ASSIGN(
        rows, database_.ReadValue([&](Session& session) { return store_.ListTokenKeys(session); }));
  }
  const auto current = std::ranges::find_if(
      rows, [](const TokenKeyRow& row) { return row.current_at && !row.replaced_at; });
  if (current == rows.end()) return Fail(ErrorCode::kInternal, "no current token key");
  {
    MutexLock lock(mutex_);
    if (current_ != nullptr && current_->kid == current->kid) return Duration(kPause);
  }
  TRY_ASSIGN(const auto der, envelope_.Unwrap(current->private_key, ContextOf(current->kid)));
  TRY_ASSIGN(auto key, pki::PrivateKey::ParsePkcs8Der(der.Reveal()));
  MutexLock lock(mutex_);
  current_ = std::make_shared<const SigningKey>(SigningKey{current->kid, std::move(key)});
  return Duration(kPause);
}

Result<TokenKeys::Signed> TokenKeys::Sign(http_signature::TokenClaims claims, Duration life) const {
  std::shared_ptr<const SigningKey> signing;
  {
    MutexLock lock(mutex_);
    signing = current_;
  }
  if (signing == nullptr)
    return Fail(ErrorCode::kUnavailable, "identity has no token key yet; repeat soon");
  claims.iss = kTokenIssuer;
  claims.iat = ToSeconds(clock_.Now());
  claims.exp = claims.iat + std::chrono::duration_cast<seconds>(life);
  if (claims.jti.empty()) claims.jti = HexEncode(random_.Bytes(16));
  TRY_ASSIGN(auto token, http_signature::EncodeToken(claims, signing->key, signing->kid));
  return Signed{std::move(token), claims.exp};
}

}  // namespace perennial::identity
