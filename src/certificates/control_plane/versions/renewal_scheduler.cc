// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/versions/renewal_scheduler.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "base/metrics.h"
#include "base/proof.h"
#include "certificates/control_plane/store/certificate_store.h"
#include "certificates/control_plane/store/guarded.h"
#include "certificates/control_plane/store/version_store.h"

namespace perennial::certificates {
namespace {

// A claim is held at least this long, so that a second process does not begin while a slow key is
// made.
constexpr seconds kClaimMin{10};
constexpr seconds kPauseAfterFailure{1};

// A renewal lives as long as the version before, but never longer than the issuer allows: a shorter
// valid certificate is better than none.
VersionLife NextLife(const VersionRow& current, const Issuer& issuer, sys_seconds not_before) {
  auto length = LifeOf(current).length();
  if (issuer.rules.leaf_max_validity) length = std::min(length, *issuer.rules.leaf_max_validity);
  auto life = LifeOf(not_before, length);
  life.not_after = std::min(life.not_after, ToSeconds(issuer.version.not_after));
  return life;
}

}  // namespace

Result<void> RenewalScheduler::RenewNow(storage::Session& session,
                                        const std::string& certificate_id, Time now) {
  TRY_ASSIGN(const auto row, FindCertificate(session, certificate_id));
  if (!row) return Fail(ErrorCode::kNotFound, "no such certificate");
  if (row->state != State::kActive) {
    return Fail(ErrorCode::kIncorrectState, "the certificate is not ACTIVE");
  }
  if (!row->renewal) {
    return Fail(ErrorCode::kIncorrectState,
                "the certificate has no renewal rule; give it one, or update it to a new version");
  }
  return SetRenewalDue(session, certificate_id, now, row->renewal_attempts, row->renewal_error);
}

Duration RenewalScheduler::Step() {
  if (PERENNIAL_MUTANT("certificates.scheduler_off")) return settings_.retry_pause_max;
  const auto now = service_.clock().Now();
  auto due = service_.database().ReadValue([&](storage::Session& session) {
    return DueRenewals(session, now, settings_.renewals_per_step);
  });
  if (!due) {
    Log(LogLevel::kError, "certificates", "what is due for renewal could not be read",
        {{"reason", due.error().message}});
    return kPauseAfterFailure;
  }
  bool failed = false;
  for (const auto& row : *due) failed = !Renew(row) || failed;

  const auto next =
      service_.database().ReadValue([](storage::Session& session) { return NextRenewal(session); });
  if (!next || failed) return kPauseAfterFailure;
  const Duration most = settings_.retry_pause_max;
  if (!*next) return most;
  return std::clamp<Duration>(**next - service_.clock().Now(), Duration::zero(), most);
}

Result<void> RenewalScheduler::Renew(const CertificateRow& due) {
  const auto now = service_.clock().Now();
  auto claimed = due;
  claimed.renewal_attempts += 1;
  const auto retry = RetryDelay(due.id, claimed.renewal_attempts, *due.renewal);
  claimed.renew_at = now + std::max(retry, kClaimMin);
  const auto mine = service_.database().WriteValue([&](storage::Session& session) {
    return ClaimRenewal(session, due.id, *due.renew_at, *claimed.renew_at);
  });
  if (!mine) return std::unexpected(mine.error());
  if (!*mine) return {};  // Another process was first.

  auto issued = Issue(claimed);
  if (issued) return {};
  if (issued.error().code == ErrorCode::kConflict) {
    Log(LogLevel::kInfo, "certificates", issued.error().message, {{"certificate", due.id}});
    return {};
  }
  RecordFailure(claimed, issued.error());
  return issued;
}

Result<void> RenewalScheduler::Issue(const CertificateRow& due) {
  std::optional<Issuer> issuer;
  std::optional<VersionRow> current;
  TRY(service_.database().Read([&](storage::Session& session) -> Result<void> {
    TRY_ASSIGN(issuer, LoadIssuer(session, due.issuer_id.value_or("")));
    TRY_ASSIGN(current, FindVersion(session, Kind::kCertificate, due.id, due.marks.current));
    if (!current) return Fail(ErrorCode::kInternal, "a certificate lacks its current version");
    return {};
  }));
  TRY_ASSIGN(const auto number, service_.database().WriteValue([&](storage::Session& session) {
    return DrawVersion(session, Kind::kCertificate, due.id);
  }));
  const auto not_before = ToSeconds(service_.clock().Now()) - settings_.backdate;
  const auto life = NextLife(*current, *issuer, not_before);
  TRY_ASSIGN(auto version, issuing_.IssueVersion(RequestFor(due, *issuer, number, life)));
  version.pending = true;

  const service::OwnAct act{
      .operation = "RenewCertificate",
      .reason = fmt::format("version {} was due for renewal", due.marks.current),
      .compartment_id = due.compartment_id,
      .resource_id = due.id,
      .resource_name = due.name,
      .details = RawJson{fmt::format(R"({{"versionNumber":{}}})", number)}};
  TRY(service_.Act(act, [&](storage::Session& session) -> Result<void> {
    TRY_ASSIGN(auto row, FindCertificate(session, due.id));
    // The claim is the licence to store: whoever lost it, or finds the rule changed, leaves a known
    // serial.
    const bool mine = row && row->state == State::kActive && row->renew_at == due.renew_at &&
                      row->renewal == due.renewal && row->marks.latest < number;
    if (!mine && !PERENNIAL_MUTANT("certificates.skip_renewal_claim")) {
      return Fail(ErrorCode::kConflict, "the certificate was changed while it was renewed");
    }
    TRY(InsertVersion(session, Kind::kCertificate, version));
    row->marks.latest = number;
    TRY(SetMarks(session, Kind::kCertificate, due.id, row->marks));
    const auto decision = DecideRenewal(due.id, number, *due.renewal, life);
    TRY(SetRenewalDue(session, due.id, decision.renew_at, row->renewal_attempts, std::nullopt));
    TRY(RaiseRevision(session, due.id));
    TRY(rollouts_.Begin(session, due.id, number));
    PERENNIAL_FAULT_POINT("certificates.renewal_not_committed");
    return {};
  }));
  PERENNIAL_FAULT_POINT("certificates.stored_not_announced");
  return {};
}

void RenewalScheduler::RecordFailure(const CertificateRow& due, const Error& error) {
  static Counter failures = GetCounter("perennial_certificates_renewal_failures_total",
                                       "Renewals that failed and are due again.");
  failures.Add();
  Log(LogLevel::kError, "certificates", "a renewal failed and is due again",
      {{"certificate", due.id},
       {"attempt", std::to_string(due.renewal_attempts)},
       {"reason", error.message}});
  const bool internal = error.code == ErrorCode::kInternal;
  const auto reason = fmt::format("the last renewal failed: {}",
                                  internal ? "internal error, see the log" : error.message);
  const auto retry_at =
      service_.clock().Now() + RetryDelay(due.id, due.renewal_attempts, *due.renewal);
  auto recorded = service_.database().Write([&](storage::Session& session) -> Result<void> {
    TRY_ASSIGN(const auto row, FindCertificate(session, due.id));
    if (!row || row->renew_at != due.renew_at) return {};
    return SetRenewalDue(session, due.id, retry_at, due.renewal_attempts, reason);
  });
  if (!recorded) {
    // The claim makes it due again all the same.
    Log(LogLevel::kError, "certificates", "a failed renewal could not be noted",
        {{"certificate", due.id}, {"reason", recorded.error().message}});
  }
}

}  // namespace perennial::certificates
