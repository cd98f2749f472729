// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/store/certificate_store.h"

#include <fmt/format.h>

#include "certificates/control_plane/store/guarded.h"
#include "certificates/control_plane/store/row_reader.h"
#include "certificates/control_plane/store/version_store.h"

namespace perennial::certificates {
namespace {

constexpr char kColumns[] =
    "a.config_type, a.issuer_id, a.subject, a.alternative_names, a.profile, a.key_algorithm, "
    "a.signature_algorithm, a.renewal_interval_s, a.renewal_advance_s, a.current_version, "
    "a.previous_version, a.latest_version, a.last_version, a.renew_at, a.renewal_attempts, "
    "a.renewal_error";
constexpr size_t kColumnCount = 16;

std::string SelectCertificates() {
  return fmt::format("SELECT {}, {} FROM guarded g JOIN certificate a ON a.id = g.id",
                     kGuardedColumns, kColumns);
}

Result<CertificateRow> ReadCertificate(const storage::Row& row) {
  CertificateRow certificate;
  TRY(ReadGuarded(row, certificate));
  const size_t at = kGuardedColumnCount;
  TRY_ASSIGN(certificate.config_type, StoredEnum<wire::CertificateConfigType>(row, at));
  certificate.issuer_id = row.OptionalText(at + 1);
  TRY_ASSIGN(certificate.subject, StoredJson<wire::CertificateSubject>(row, at + 2));
  TRY_ASSIGN(certificate.alternative_names,
             StoredJson<std::vector<wire::CertificateSubjectAlternativeName>>(row, at + 3));
  TRY_ASSIGN(certificate.profile, StoredEnum<wire::CertificateProfileType>(row, at + 4));
  TRY_ASSIGN(certificate.key_algorithm, StoredEnum<wire::KeyAlgorithm>(row, at + 5));
  TRY_ASSIGN(certificate.signature_algorithm, StoredEnum<wire::SignatureAlgorithm>(row, at + 6));
  if (!row.IsNull(at + 7) && !row.IsNull(at + 8)) {
    certificate.renewal = RenewalRule{seconds(row.Int(at + 7)), seconds(row.Int(at + 8))};
  }
  certificate.marks = {row.Int(at + 9), row.OptionalInt(at + 10), row.Int(at + 11),
                       row.Int(at + 12)};
  certificate.renew_at = row.OptionalTime(at + 13);
  certificate.renewal_attempts = row.Int(at + 14);
  certificate.renewal_error = row.OptionalText(at + 15);
  return certificate;
}

std::optional<int64_t> Seconds(const std::optional<RenewalRule>& rule,
                               seconds RenewalRule::* part) {
  if (!rule) return std::nullopt;
  return ((*rule).*part).count();
}

}  // namespace

Result<void> InsertCertificate(storage::Session& session, const CertificateRow& row,
                               const VersionRow& version) {
  TRY(InsertGuarded(session, row));
  TRY(session.Execute(
      "INSERT INTO certificate (id, config_type, issuer_id, subject, alternative_names, profile, "
      "key_algorithm, signature_algorithm, renewal_interval_s, renewal_advance_s, current_version, "
      "previous_version, latest_version, last_version, renew_at, renewal_attempts, renewal_error) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
      {row.id, WireNameOf(row.config_type), row.issuer_id, EncodeJson(row.subject),
       EncodeJson(row.alternative_names), WireNameOf(row.profile), WireNameOf(row.key_algorithm),
       WireNameOf(row.signature_algorithm), Seconds(row.renewal, &RenewalRule::interval),
       Seconds(row.renewal, &RenewalRule::advance), row.marks.current, row.marks.previous,
       row.marks.latest, row.marks.last, row.renew_at, row.renewal_attempts, row.renewal_error}));
  if (row.issuer_id) TRY(LinkIssuer(session, row.id, *row.issuer_id));
  return InsertVersion(session, Kind::kCertificate, version);
}

Result<std::optional<CertificateRow>> FindCertificate(storage::Session& session,
                                                      const std::string& id) {
  TRY_ASSIGN(const auto row, session.QueryOne(SelectCertificates() + " WHERE g.id = $1", {id}));
  if (!row) return std::optional<CertificateRow>();
  TRY_ASSIGN(auto certificate, ReadCertificate(*row));
  return std::optional(std::move(certificate));
}

Result<std::vector<ListedCertificate>> ListCertificates(storage::Session& session,
                                                        const ResourceFilter& filter) {
  auto sql = fmt::format(
      "SELECT {}, {}, {} FROM guarded g JOIN certificate a ON a.id = g.id "
      "JOIN certificate_version v ON v.owner_id = a.id AND v.number = a.current_version",
      kGuardedColumns, kColumns, kVersionColumns);
  std::vector<storage::Value> parameters;
  TRY(AppendFilter(filter, sql, parameters));
  TRY_ASSIGN(const auto rows, session.Query(sql, std::move(parameters)));
  std::vector<ListedCertificate> listed;
  for (const auto& row : rows) {
    TRY_ASSIGN(auto certificate, ReadCertificate(row));
    listed.push_back(
        {std::move(certificate), ReadVersion(row, kGuardedColumnCount + kColumnCount)});
  }
  return listed;
}

Result<void> SetRenewal(storage::Session& session, const std::string& id,
                        const std::optional<RenewalRule>& rule, std::optional<Time> renew_at) {
  TRY(session.Execute(
      "UPDATE certificate SET renewal_interval_s = $2, renewal_advance_s = $3, "
      "renew_at = $4 WHERE id = $1",
      {id, Seconds(rule, &RenewalRule::interval), Seconds(rule, &RenewalRule::advance), renew_at}));
  return {};
}

Result<void> SetRenewalDue(storage::Session& session, const std::string& id,
                           std::optional<Time> renew_at, int64_t attempts,
                           const std::optional<std::string>& error) {
  TRY(
      session.Execute("UPDATE certificate SET renew_at = $2, renewal_attempts = $3, "
                      "renewal_error = $4 WHERE id = $1",
                      {id, renew_at, attempts, error}));
  return {};
}

Result<std::vector<CertificateRow>> DueRenewals(storage::Session& session, Time now,
                                                int64_t limit) {
  TRY_ASSIGN(const auto rows,
             session.Query(SelectCertificates() +
                               " WHERE a.renew_at <= $1 AND g.lifecycle_state = 'ACTIVE' "
                               "ORDER BY a.renew_at, a.id LIMIT $2",
                           {now, limit}));
  std::vector<CertificateRow> due;
  for (const auto& row : rows) {
    TRY_ASSIGN(auto certificate, ReadCertificate(row));
    due.push_back(std::move(certificate));
  }
  return due;
}

Result<std::optional<Time>> NextRenewal(storage::Session& session) {
  TRY_ASSIGN(const auto row,
             session.QueryOne("SELECT a.renew_at FROM certificate a "
                              "JOIN guarded g ON g.id = a.id "
                              "WHERE a.renew_at IS NOT NULL AND g.lifecycle_state = 'ACTIVE' "
                              "ORDER BY a.renew_at LIMIT 1"));
  if (!row) return std::optional<Time>();
  return row->OptionalTime(0);
}

Result<bool> ClaimRenewal(storage::Session& session, const std::string& id, Time seen,
                          Time retry_at) {
  TRY_ASSIGN(const auto count, session.Execute("UPDATE certificate SET renew_at = $3, "
                                               "renewal_attempts = renewal_attempts + 1 "
                                               "WHERE id = $1 AND renew_at = $2",
                                               {id, seen, retry_at}));
  return count == 1;
}

}  // namespace perennial::certificates
