// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/versions/promotion.h"

#include <algorithm>

#include "certificates/control_plane/store/certificate_store.h"
#include "certificates/control_plane/store/guarded.h"
#include "certificates/control_plane/store/version_store.h"

namespace perennial::certificates {
namespace {

// The newest version has a schedule of its own. An older one was chosen by somebody, and renewing
// at once would undo the choice: it is replaced when the newest would have been, and before it must
// not be served any longer.
std::optional<Time> NextDue(const CertificateRow& certificate, const VersionRow& promoted) {
  if (!certificate.renewal) return std::nullopt;
  const auto decision =
      DecideRenewal(certificate.id, promoted.number, *certificate.renewal, LifeOf(promoted));
  if (promoted.number == certificate.marks.latest || !certificate.renew_at) {
    return decision.renew_at;
  }
  return std::min<Time>(*certificate.renew_at, decision.must_serve_at);
}

}  // namespace

Result<void> Promotion::Promote(storage::Session& session, const std::string& certificate_id,
                                int64_t version) {
  TRY_ASSIGN(auto certificate, FindCertificate(session, certificate_id));
  if (!certificate) return Fail(ErrorCode::kNotFound, "no such certificate");
  if (certificate->state != State::kActive) {
    return Fail(ErrorCode::kIncorrectState, "the certificate is not ACTIVE");
  }
  TRY_ASSIGN(const auto promoted,
             FindVersion(session, Kind::kCertificate, certificate_id, version));
  if (!promoted) return Fail(ErrorCode::kNotFound, "no such version");
  if (promoted->deletion_at) {
    return Fail(ErrorCode::kIncorrectState, "the version is scheduled for deletion");
  }
  auto& marks = certificate->marks;
  if (marks.current == version) return {};

  marks.previous = marks.current;
  marks.current = version;
  TRY(SetMarks(session, Kind::kCertificate, certificate_id, marks));
  // What was staged before this version is out of date; what was staged later still waits.
  TRY(ClearPendingThrough(session, Kind::kCertificate, certificate_id, version));
  TRY(SetRenewalDue(session, certificate_id, NextDue(*certificate, *promoted), 0, std::nullopt));
  TRY(RaiseRevision(session, certificate_id));
  return feed_.CurrentVersionChanged(session, certificate_id, version);
}

Result<void> Promotion::Abandon(storage::Session& session, const std::string& certificate_id,
                                int64_t version, Time now, const std::string& reason) {
  TRY_ASSIGN(const auto certificate, FindCertificate(session, certificate_id));
  if (!certificate) return Fail(ErrorCode::kNotFound, "no such certificate");
  if (certificate->marks.current == version) {
    return Fail(ErrorCode::kIncorrectState, "the version is CURRENT; promote another one instead");
  }
  TRY(ClearPending(session, Kind::kCertificate, certificate_id, version));
  std::optional<Time> due;
  const auto attempts = std::max<int64_t>(1, certificate->renewal_attempts);
  if (certificate->renewal) {
    due = now + RetryDelay(certificate_id, attempts, *certificate->renewal);
  }
  TRY(SetRenewalDue(session, certificate_id, due, attempts, reason));
  return RaiseRevision(session, certificate_id);
}

}  // namespace perennial::certificates
