// SPDX-License-Identifier: Apache-2.0
#include "identity/store/store.h"

namespace perennial::identity {
namespace {

using storage::Row;
using storage::Value;

TokenKeyRow ReadTokenKey(const Row& row) {
  return {.kid = row.Text(0),
          .public_jwk = row.Text(1),
          .private_key = row.IsNull(2) ? storage::Blob() : row.Bytes(2),
          .created_at = row.At(3),
          .current_at = row.OptionalTime(4),
          .replaced_at = row.OptionalTime(5),
          .retired_at = row.OptionalTime(6)};
}

}  // namespace

Result<void> Store::Put(Session& session, const TokenKeyRow& row) const {
  const Value private_key = row.private_key.empty() ? Value() : Value(row.private_key);
  TRY(session.Execute(
      "INSERT INTO token_key (kid, public_jwk, private_key, created_at, current_at, replaced_at, "
      "retired_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (kid) DO UPDATE SET "
      "private_key = excluded.private_key, current_at = excluded.current_at, "
      "replaced_at = excluded.replaced_at, retired_at = excluded.retired_at",
      {row.kid, row.public_jwk, private_key, row.created_at, row.current_at, row.replaced_at,
       row.retired_at}));
  // A replaced key stays CURRENT for as long as a token that it signed may live: verifiers refuse
  // RETIRED.
  const auto state = row.retired_at   ? authz::TokenKeyState::kRetired
                     : row.current_at ? authz::TokenKeyState::kCurrent
                                      : authz::TokenKeyState::kNext;
  return PutFact(session,
                 authz::TokenKeyFact{.kid = row.kid, .jwk = {row.public_jwk}, .state = state});
}

Result<void> Store::DeleteTokenKey(Session& session, std::string_view kid) const {
  TRY(session.Execute("DELETE FROM token_key WHERE kid = $1", {kid}));
  return EndFact<authz::TokenKeyFact>(session, kid);
}

Result<std::vector<TokenKeyRow>> Store::ListTokenKeys(Session& session) const {
  TRY_ASSIGN(
      const auto rows,
      session.Query("SELECT kid, public_jwk, private_key, created_at, current_at, replaced_at, "
                    "retired_at FROM token_key ORDER BY created_at, kid"));
  std::vector<TokenKeyRow> keys;
  for (const auto& row : rows) keys.push_back(ReadTokenKey(row));
  return keys;
}

Result<std::optional<PlatformCaRow>> Store::FindPlatformCa(Session& session) const {
  TRY_ASSIGN(const auto row,
             session.QueryOne("SELECT certificate_pem, private_key, created_at FROM platform_ca"));
  if (!row) return std::optional<PlatformCaRow>();
  return std::optional(PlatformCaRow{row->Text(0), row->Bytes(1), row->At(2)});
}

Result<void> Store::Insert(Session& session, const PlatformCaRow& row) const {
  TRY(session.Execute(
      "INSERT INTO platform_ca (only_row, certificate_pem, private_key, created_at) "
      "VALUES (1, $1, $2, $3)",
      {row.certificate_pem, row.private_key, row.created_at}));
  return {};
}

Result<void> Store::InsertServerCertificate(Session& session, std::string_view serial_hex,
                                            std::string_view principal_id,
                                            std::string_view certificate_pem) const {
  TRY(
      session.Execute("INSERT INTO server_certificate (serial, principal_id, certificate_pem, "
                      "created_at) VALUES ($1, $2, $3, $4)",
                      {serial_hex, principal_id, certificate_pem, clock_.Now()}));
  return {};
}

}  // namespace perennial::identity
