// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/rollout/rollouts.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "base/metrics.h"
#include "base/proof.h"
#include "certificates/control_plane/rollout/picture.h"
#include "certificates/control_plane/store/certificate_store.h"
#include "certificates/control_plane/store/version_store.h"

namespace perennial::certificates {
namespace {

using Change = api::certificates::Change;

constexpr Duration kIdlePause = seconds(5);
constexpr Duration kPauseAfterFailure = seconds(1);

template <class T>
bool Contains(const std::vector<T>& all, const T& one) {
  return std::ranges::find(all, one) != all.end();
}

Change WantChange(const RolloutLineRow& line, std::optional<int64_t> version) {
  Change change;
  change.kind = api::certificates::ChangeKind::kNodeWant;
  change.association_id = line.association_id;
  change.node_id = line.node_id;
  change.version = version;
  return change;
}

void SoundAlarm(const RolloutPicture& picture) {
  static Counter forced = GetCounter("perennial_certificates_rollouts_forced_total",
                                     "Versions put into service without proof, before expiry.");
  forced.Add();
  Log(LogLevel::kError, "certificates",
      "ALARM: a version is put into service WITHOUT PROOF, because the one before expires",
      {{"certificate", picture.row.certificate_id},
       {"rollout", picture.row.id},
       {"version", std::to_string(picture.row.to_version)},
       {"expires", picture.facts.from_not_after ? FormatTime(*picture.facts.from_not_after) : ""}});
}

service::OwnAct ActFor(const RolloutPicture& picture, const RolloutDecision& decision) {
  const char* operation = decision.promote   ? "PromoteCertificateVersion"
                          : decision.abandon ? "RollBackCertificateVersion"
                                             : "AdvanceRollout";
  return {.operation = operation,
          .reason = decision.reason.empty()
                        ? fmt::format("rollout of version {}", picture.row.to_version)
                        : decision.reason,
          .compartment_id = picture.certificate.compartment_id,
          .resource_id = picture.row.certificate_id,
          .resource_name = picture.certificate.name,
          .details = RawJson{fmt::format(
              R"({{"rolloutId":"{}","versionNumber":{},"from":"{}","to":"{}","forced":{}}})",
              picture.row.id, picture.row.to_version, WireNameOf(picture.row.state),
              WireNameOf(decision.state), decision.force)}};
}

bool SameDecision(const RolloutDecision& a, const RolloutDecision& b) {
  return a.state == b.state && a.promote == b.promote && a.abandon == b.abandon &&
         a.force == b.force;
}

bool IsAct(const RolloutPicture& picture, const RolloutDecision& decision) {
  return decision.state != picture.row.state || decision.promote || decision.abandon ||
         !decision.canaries.empty() || !decision.ask.empty();
}

}  // namespace

void Rollouts::WakeLater(storage::Session& session) {
  session.AfterCommit([this] {
    if (wake_) wake_();
  });
}

// Save is the compare-and-set that makes everything else in the transaction count.
Result<void> Rollouts::Save(storage::Session& session, RolloutRow& row) {
  TRY_ASSIGN(const bool mine, UpdateRollout(session, row));
  if (!mine) return Fail(ErrorCode::kConflict, "the rollout was changed meanwhile");
  row.revision += 1;
  session.AfterCommit([this, id = row.id, revision = row.revision] {
    service_.news().Publish(TopicOfRollout(id), revision);
  });
  WakeLater(session);
  return {};
}

// Finish ends a live rollout whose version is not promoted by it: nodes go back to CURRENT.
Result<void> Rollouts::Finish(storage::Session& session, RolloutRow& row, RolloutState state,
                              std::string reason) {
  TRY_ASSIGN(const auto certificate, FindCertificate(session, row.certificate_id));
  row.state = state;
  row.reason = std::move(reason);
  row.live = false;
  row.finished_at = service_.clock().Now();
  row.next_step_at.reset();
  TRY(Save(session, row));
  TRY_ASSIGN(auto lines, LinesOf(session, row.id));
  std::vector<Change> changes;
  const int64_t current = certificate ? certificate->marks.current : 0;
  for (auto& line : lines) {
    if (line.wanted_version == current) continue;
    changes.push_back(WantChange(line, std::nullopt));
    line.wanted_version = current;
    TRY(PutLine(session, row.id, line));
  }
  return feed_.Write(session, changes);
}

Result<void> Rollouts::Begin(storage::Session& session, const std::string& certificate_id,
                             int64_t version) {
  TRY_ASSIGN(auto before, FindLiveRollout(session, certificate_id));
  if (before) {
    TRY(Finish(session, *before, RolloutState::kSuperseded,
               fmt::format("version {} was issued", version)));
  }
  TRY_ASSIGN(const auto certificate, FindCertificate(session, certificate_id));
  if (!certificate) return Fail(ErrorCode::kNotFound, "no such certificate");
  TRY_ASSIGN(const auto current, FindVersion(session, Kind::kCertificate, certificate_id,
                                             certificate->marks.current));
  if (!current) return Fail(ErrorCode::kInternal, "a certificate lacks its current version");
  const auto now = service_.clock().Now();
  RolloutRow row{.id = service_.NewId("rollout"),
                 .certificate_id = certificate_id,
                 .from_version = current->number,
                 .to_version = version,
                 .reason = std::nullopt,
                 .started_at = now,
                 .next_step_at = now,
                 .must_serve_at = MustServeAt(certificate->renewal, LifeOf(*current)),
                 .canary_proved_at = std::nullopt,
                 .promoted_at = std::nullopt,
                 .finished_at = std::nullopt};
  return Insert(session, std::move(row));
}

Result<void> Rollouts::PromotedByUser(storage::Session& session, const std::string& certificate_id,
                                      int64_t version) {
  TRY_ASSIGN(auto before, FindLiveRollout(session, certificate_id));
  if (before) {
    TRY(Finish(session, *before, RolloutState::kSuperseded,
               fmt::format("a user promoted version {}", version)));
  }
  TRY_ASSIGN(const auto certificate, FindCertificate(session, certificate_id));
  if (!certificate) return Fail(ErrorCode::kNotFound, "no such certificate");
  const auto now = service_.clock().Now();
  RolloutRow row{.id = service_.NewId("rollout"),
                 .certificate_id = certificate_id,
                 .from_version = certificate->marks.previous,
                 .to_version = version,
                 .state = RolloutState::kRolling,
                 .reason = "promoted by a user; verified afterwards",
                 .started_at = now,
                 .next_step_at = now,
                 .must_serve_at = std::nullopt,
                 .canary_proved_at = std::nullopt,
                 .promoted_at = now,
                 .finished_at = std::nullopt};
  return Insert(session, std::move(row));
}

// Insert begins a rollout with its first step. Where nothing is associated there is nothing to watch.
Result<void> Rollouts::Insert(storage::Session& session, RolloutRow row) {
  auto picture = LookAtRollout(session, service_, options_.node_live_for, row);
  if (!picture && picture.error().code == ErrorCode::kUnavailable) {
    // We know no placements yet: the first step follows when we do.
    TRY(InsertRollout(session, row));
    WakeLater(session);
    return {};
  }
  TRY(picture);
  if (picture->lines.empty()) {
    if (row.promoted_at) return {};
    return promotion_.Promote(session, row.certificate_id, row.to_version);
  }
  TRY(InsertRollout(session, row));
  const auto decision = DecideRollout(picture->facts);
  return Effect(session, *picture, decision);
}

Result<void> Rollouts::Effect(storage::Session& session, RolloutPicture& picture,
                              const RolloutDecision& decision) {
  auto& row = picture.row;
  const auto now = picture.facts.now;
  const bool is_current = picture.facts.promoted || decision.promote;
  row.state = decision.state;
  row.forced = row.forced || decision.force;
  if (!decision.reason.empty()) row.reason = decision.reason;
  if (decision.canary_proved) row.canary_proved_at = now;
  if (decision.promote) row.promoted_at = now;
  row.next_step_at = NextStep(picture.facts, options_.recheck);
  if (decision.finished()) {
    row.live = false;
    row.finished_at = now;
    row.next_step_at.reset();
  }
  TRY(Save(session, row));

  if (decision.force) SoundAlarm(picture);
  if (decision.promote) {
    PERENNIAL_FAULT_POINT("certificates.rollout_not_promoted");
    TRY(promotion_.Promote(session, row.certificate_id, row.to_version));
  }
  if (decision.abandon) {
    TRY(promotion_.Abandon(session, row.certificate_id, row.to_version, now,
                           fmt::format("version {} was rolled back: {}", row.to_version,
                                       decision.reason)));
  }
  if (decision.renew_again && picture.certificate.renewal) {
    TRY(SetRenewalDue(session, row.certificate_id,
                      now + RetryDelay(row.certificate_id, 1, *picture.certificate.renewal), 1,
                      decision.reason));
  }

  std::vector<Change> changes;
  for (const auto& gone : picture.gone) {
    TRY(DeleteLine(session, row.id, gone));
    if (gone.wanted_version == row.to_version) changes.push_back(WantChange(gone, std::nullopt));
  }
  for (size_t i = 0; i < picture.lines.size(); ++i) {
    auto& line = picture.lines[i];
    const auto before = line.stored;
    const bool was_asked = picture.facts.lines[i].asked;
    if (Contains(decision.canaries, line.row.node_id)) line.row.wave = 0;
    const bool asked = was_asked || Contains(decision.ask, i);
    line.row.wanted_version = is_current || (asked && !decision.finished())
                                  ? row.to_version
                                  : picture.certificate.marks.current;
    // Of a version that is CURRENT every node learns by that.
    if (was_asked && !picture.facts.promoted && (is_current || decision.finished())) {
      changes.push_back(WantChange(line.row, std::nullopt));
    } else if (asked && !was_asked && !is_current && !decision.finished()) {
      changes.push_back(WantChange(line.row, row.to_version));
    }
    if (!before || before->wave != line.row.wave || before->live != line.row.live ||
        before->wanted_version != line.row.wanted_version) {
      TRY(PutLine(session, row.id, line.row));
    }
  }
  return feed_.Write(session, changes);
}

Duration Rollouts::Step() {
  const auto now = service_.clock().Now();
  const auto due = service_.database().ReadValue([&](storage::Session& session) {
    return DueRollouts(session, now, options_.rollouts_per_step);
  });
  if (!due) {
    Log(LogLevel::kError, "certificates", "live rollouts could not be read",
        {{"reason", due.error().message}});
    return kPauseAfterFailure;
  }
  bool failed = false;
  for (const auto& id : *due) {
    const auto done = RunOne(id);
    // Somebody else took the step: it is as good as ours.
    if (done || done.error().code == ErrorCode::kConflict) continue;
    failed = true;
    Log(LogLevel::kError, "certificates", "a rollout could not be taken further",
        {{"rollout", id}, {"reason", done.error().message}});
  }
  if (failed) return kPauseAfterFailure;
  if (due->size() == static_cast<size_t>(options_.rollouts_per_step)) return Duration::zero();
  const auto next = service_.database().ReadValue(
      [](storage::Session& session) { return NextRolloutStep(session); });
  if (!next || !*next) return kIdlePause;
  return std::clamp<Duration>(**next - service_.clock().Now(), Duration::zero(), kIdlePause);
}

Result<void> Rollouts::RunOne(const std::string& rollout_id) {
  const auto look = [&](storage::Session& session) -> Result<RolloutPicture> {
    TRY_ASSIGN(auto row, FindRollout(session, rollout_id));
    if (!row || !row->live) return Fail(ErrorCode::kConflict, "the rollout has ended");
    return LookAtRollout(session, service_, options_.node_live_for, std::move(*row));
  };
  TRY_ASSIGN(const auto seen, service_.database().ReadValue(look));
  if (seen.certificate.state != State::kActive) {
    return service_.database().Write([&](storage::Session& session) {
      auto row = seen.row;
      return Finish(session, row, RolloutState::kSuperseded, "the certificate is not ACTIVE");
    });
  }
  const auto decided = DecideRollout(seen.facts);
  if (!IsAct(seen, decided) && !seen.LinesDiffer()) {
    return service_.database().Write([&](storage::Session& session) {
      return PostponeRollout(session, seen.row, NextStep(seen.facts, options_.recheck));
    });
  }
  const auto work = [&](storage::Session& session) -> Result<void> {
    TRY_ASSIGN(auto picture, look(session));
    const auto decision = DecideRollout(picture.facts);
    if (!SameDecision(decision, decided)) {
      return Fail(ErrorCode::kConflict, "something was reported meanwhile");
    }
    return Effect(session, picture, decision);
  };
  if (!IsAct(seen, decided)) return service_.database().Write(work);
  return service_.Act(ActFor(seen, decided), work);
}

Result<void> Rollouts::Touch(storage::Session& session, const std::string& certificate_id) {
  TRY(TouchRollout(session, certificate_id, service_.clock().Now()));
  WakeLater(session);
  return {};
}

Result<void> Rollouts::Reported(storage::Session& session, const std::string& certificate_id,
                                const LineReport& report) {
  TRY(NoteReport(session, report));
  return Touch(session, certificate_id);
}

Result<void> Rollouts::SetPaused(storage::Session& session, RolloutRow& row, bool paused) {
  if (!row.live) return Fail(ErrorCode::kIncorrectState, "the rollout has ended");
  if (row.paused == paused) return {};
  row.paused = paused;
  row.next_step_at = service_.clock().Now();
  return Save(session, row);
}

Result<void> Rollouts::RollBack(storage::Session& session, RolloutRow& row,
                                const std::string& user_name) {
  if (!row.live) return Fail(ErrorCode::kIncorrectState, "the rollout has ended");
  TRY_ASSIGN(const auto picture, LookAtRollout(session, service_, options_.node_live_for, row));
  if (picture.facts.promoted) {
    return Fail(ErrorCode::kIncorrectState,
                "the version is CURRENT; promote another version by its number instead");
  }
  if (picture.facts.from_not_after && *picture.facts.from_not_after < picture.facts.now &&
      !PERENNIAL_MUTANT("rollout.back_to_expired")) {
    return Fail(ErrorCode::kIncorrectState,
                "the version before has expired; there is nothing to roll back to");
  }
  const auto reason = fmt::format("rolled back by {}", user_name);
  TRY(promotion_.Abandon(session, row.certificate_id, row.to_version, picture.facts.now, reason));
  return Finish(session, row, RolloutState::kRolledBack, reason);
}

}  // namespace perennial::certificates
