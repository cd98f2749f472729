// SPDX-License-Identifier: Apache-2.0
#include "service/stored_reply.h"

#include <fmt/format.h>

namespace perennial::service {
namespace {

constexpr auto kRetryTokenKept = std::chrono::hours(24);
// A signature is accepted until five minutes after its date, so it must be remembered for at least
// as long. Twice that, because the clocks of two machines of one service may differ.
constexpr auto kSignatureKept = std::chrono::minutes(10);

Result<std::optional<Reply>> DecodeStored(const storage::Row& row) {
  if (row.IsNull(0)) {
    return Fail(ErrorCode::kConflict,
                "this request was carried out already and its answer held a secret that is shown "
                "only once");
  }
  TRY_ASSIGN(auto stored, DecodeJson<StoredReply>(row.Text(0), UnknownFields::kIgnore));
  Reply reply;
  reply.status = static_cast<int>(stored.status);
  reply.body = std::move(stored.body);
  for (auto& header : stored.headers) {
    reply.headers.emplace_back(std::move(header.name), std::move(header.value));
  }
  return std::optional(std::move(reply));
}

storage::Value EncodeStored(const Reply& reply) {
  if (reply.secret) return nullptr;
  StoredReply stored{.status = reply.status, .body = reply.body, .headers = {}};
  for (const auto& [name, value] : reply.headers) stored.headers.push_back({name, value});
  return EncodeJson(stored);
}

}  // namespace

const char* const kStoredReplySchema = R"sql(
CREATE TABLE retry_token (
  principal_id TEXT NOT NULL,
  token TEXT NOT NULL,
  body_digest TEXT NOT NULL,
  reply TEXT,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (principal_id, token)
);
CREATE INDEX retry_token_expiry ON retry_token (expires_at);
CREATE TABLE signature_seen (
  digest TEXT PRIMARY KEY,
  reply TEXT,
  expires_at BIGINT NOT NULL
);
CREATE INDEX signature_seen_expiry ON signature_seen (expires_at);
)sql";

Result<std::optional<Reply>> FindStoredReply(storage::Session& session, const RequestMark& mark) {
  if (mark.retry_token) {
    TRY_ASSIGN(const auto row, session.QueryOne("SELECT reply, body_digest FROM retry_token "
                                                "WHERE principal_id = $1 AND token = $2",
                                                {mark.principal_id, *mark.retry_token}));
    if (row && row->Text(1) != mark.body_digest) {
      return Fail(ErrorCode::kRetryTokenInvalidated,
                  "opc-retry-token: was used before with another request; use a new one");
    }
    if (row) return DecodeStored(*row);
  }
  if (!mark.signature_digest.empty()) {
    TRY_ASSIGN(const auto row,
               session.QueryOne("SELECT reply FROM signature_seen WHERE digest = $1",
                                {mark.signature_digest}));
    if (row) return DecodeStored(*row);
  }
  return std::optional<Reply>();
}

Result<void> StoreReply(storage::Session& session, const RequestMark& mark, const Reply& reply,
                        Time now) {
  const auto stored = EncodeStored(reply);
  if (mark.retry_token) {
    TRY(session.Execute("DELETE FROM retry_token WHERE expires_at < $1", {now}));
    TRY(session.Execute(
        "INSERT INTO retry_token (principal_id, token, body_digest, reply, expires_at) "
        "VALUES ($1, $2, $3, $4, $5)",
        {mark.principal_id, *mark.retry_token, mark.body_digest, stored,
         Time(now + kRetryTokenKept)}));
  }
  if (!mark.signature_digest.empty()) {
    TRY(session.Execute("DELETE FROM signature_seen WHERE expires_at < $1", {now}));
    TRY(session.Execute(
        "INSERT INTO signature_seen (digest, reply, expires_at) VALUES ($1, $2, $3)",
        {mark.signature_digest, stored, Time(std::max(now, mark.signed_date) + kSignatureKept)}));
  }
  return {};
}

}  // namespace perennial::service
