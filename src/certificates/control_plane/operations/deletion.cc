// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/operations/deletion.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "base/proof.h"
#include "certificates/control_plane/operations/requests.h"
#include "certificates/control_plane/operations/views.h"
#include "certificates/control_plane/store/authority_store.h"
#include "certificates/control_plane/store/certificate_store.h"
#include "certificates/control_plane/store/guarded.h"
#include "certificates/control_plane/store/version_store.h"

namespace perennial::certificates {
namespace {

using authz::Permission;
using service::Call;
using service::Reply;
using std::chrono::days;

constexpr int64_t kPurgesPerStep = 50;
constexpr seconds kPurgePause{10};
constexpr days kUsualWait{30};
constexpr days kMostWait{30};
constexpr int64_t kNamesShown = 5;

days LeastWait(Kind kind) { return kind == Kind::kCertificate ? days(1) : days(7); }

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size() && i < kNamesShown; ++i) {
    text += (text.empty() ? "" : ", ") + names[i];
  }
  return names.size() > kNamesShown ? text + ", …" : text;
}

Result<Time> DeletionTimeOf(Call& call, Kind kind) {
  TRY_ASSIGN(const auto details, call.Body<wire::ScheduleDeletionDetails>());
  const auto when = details.time_of_deletion.value_or(call.now() + kUsualWait);
  // A minute's grace at either end: the caller counted from its own clock.
  const auto grace = std::chrono::minutes(1);
  const auto wait = when - call.now();
  if (wait < LeastWait(kind) - grace || wait > kMostWait + grace) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("/timeOfDeletion: must be {} to {} days from now",
                            LeastWait(kind).count(), kMostWait.count()));
  }
  return when;
}

struct Target {
  Permission permission;
  Variables variables;
  std::optional<std::string> issuer_id;
};

// FindTarget returns the row of this kind, and what is needed to judge the caller.
Result<GuardedRow> FindTarget(storage::Session& session, Kind kind, const std::string& id,
                              Target& target) {
  if (kind == Kind::kCertificate) {
    TRY_ASSIGN(auto row, FindCertificate(session, id));
    if (!row) return Fail(ErrorCode::kNotFound, "no such certificate");
    target = {Permission::kCertificateDelete, VariablesOf(*row), row->issuer_id};
    return static_cast<GuardedRow&>(*row);
  }
  TRY_ASSIGN(auto row, FindAuthority(session, id));
  if (!row) return Fail(ErrorCode::kNotFound, "no such certificate authority");
  target = {Permission::kCertificateAuthorityDelete, VariablesOf(*row), row->issuer_id};
  return static_cast<GuardedRow&>(*row);
}

// The database refuses all the same; this says to whom it matters.
Result<void> CheckUnused(storage::Session& session, const GuardedRow& row) {
  TRY_ASSIGN(const auto users, UsersOf(session, row.id));
  if (!users.empty() && !PERENNIAL_MUTANT("certificates.skip_users_check")) {
    return Fail(ErrorCode::kConflict, fmt::format("'{}' is in use by {}; detach it there first",
                                                  row.name, Joined(users)));
  }
  TRY_ASSIGN(const auto issued, IssuedBy(session, row.id, kNamesShown + 1));
  if (!issued.empty() && !PERENNIAL_MUTANT("certificates.skip_issued_check")) {
    return Fail(ErrorCode::kConflict,
                fmt::format("'{}' has issued {}; delete what it has issued first", row.name,
                            Joined(issued)));
  }
  return {};
}

Result<void> Move(storage::Session& session, const GuardedRow& row, State from, State to,
                  std::optional<Time> deletion_at) {
  auto moved = MoveState(session, row.id, from, to, deletion_at);
  if (!moved && moved.error().code == ErrorCode::kConflict) {
    // Somebody attached it or was issued by it since we looked, and the guard held.
    return Fail(ErrorCode::kConflict, fmt::format("'{}' has come into use", row.name));
  }
  if (!moved) return std::unexpected(moved.error());
  if (!*moved) return Fail(ErrorCode::kIncorrectState, "the state has changed; look, then repeat");
  return {};
}

}  // namespace

Result<Reply> Deletion::ScheduleCertificate(Call& call) {
  return Schedule(call, Kind::kCertificate, call.PathValue("certificateId"));
}
Result<Reply> Deletion::CancelCertificate(Call& call) {
  return Cancel(call, Kind::kCertificate, call.PathValue("certificateId"));
}
Result<Reply> Deletion::ScheduleAuthority(Call& call) {
  return Schedule(call, Kind::kCertificateAuthority, call.PathValue("certificateAuthorityId"));
}
Result<Reply> Deletion::CancelAuthority(Call& call) {
  return Cancel(call, Kind::kCertificateAuthority, call.PathValue("certificateAuthorityId"));
}

Result<Reply> Deletion::Schedule(Call& call, Kind kind, const std::string& id) {
  call.About(id);
  Target target;
  TRY_ASSIGN(const auto row, service_.database().ReadValue([&](storage::Session& session) {
    return FindTarget(session, kind, id, target);
  }));
  call.About(id, row.compartment_id, row.name);
  TRY(call.Require(target.permission, row.compartment_id, target.variables));
  TRY_ASSIGN(const auto when, DeletionTimeOf(call, kind));
  TRY(call.CheckIfMatch(EtagOf(row), ErrorCode::kConflict));
  return call.Commit([&](storage::Session& session) -> Result<Reply> {
    TRY_ASSIGN(const auto seen, FindTarget(session, kind, id, target));
    TRY(call.CheckIfMatch(EtagOf(seen), ErrorCode::kConflict));
    if (seen.state != State::kActive) {
      return Fail(ErrorCode::kIncorrectState,
                  fmt::format("'{}' is {}; only what is ACTIVE can be scheduled for deletion",
                              seen.name, WireNameOf(seen.state)));
    }
    TRY(CheckUnused(session, seen));
    TRY(Move(session, seen, State::kActive, State::kPendingDeletion, when));
    // What is going away no longer holds its issuer.
    TRY(UnlinkIssuer(session, id));
    TRY_ASSIGN(const auto after, FindTarget(session, kind, id, target));
    return Reply::Empty().With("etag", EtagOf(after));
  });
}

Result<Reply> Deletion::Cancel(Call& call, Kind kind, const std::string& id) {
  call.About(id);
  Target target;
  TRY_ASSIGN(const auto row, service_.database().ReadValue([&](storage::Session& session) {
    return FindTarget(session, kind, id, target);
  }));
  call.About(id, row.compartment_id, row.name);
  TRY(call.Require(target.permission, row.compartment_id, target.variables));
  TRY(call.CheckIfMatch(EtagOf(row), ErrorCode::kConflict));
  return call.Commit([&](storage::Session& session) -> Result<Reply> {
    TRY_ASSIGN(const auto seen, FindTarget(session, kind, id, target));
    TRY(call.CheckIfMatch(EtagOf(seen), ErrorCode::kConflict));
    if (seen.state != State::kPendingDeletion) {
      return Fail(ErrorCode::kIncorrectState,
                  fmt::format("'{}' is {}; there is no deletion to cancel", seen.name,
                              WireNameOf(seen.state)));
    }
    TRY(Move(session, seen, State::kPendingDeletion, State::kActive, std::nullopt));
    if (target.issuer_id) TRY(LinkIssuer(session, id, *target.issuer_id));
    TRY_ASSIGN(const auto after, FindTarget(session, kind, id, target));
    return Reply::Empty().With("etag", EtagOf(after));
  });
}

Result<void> Deletion::Purge(const GuardedRow& due) {
  const service::OwnAct act{
      .operation =
          due.kind == Kind::kCertificate ? "DeleteCertificate" : "DeleteCertificateAuthority",
      .reason = fmt::format("its deletion was scheduled for {}", FormatTime(*due.deletion_at)),
      .compartment_id = due.compartment_id,
      .resource_id = due.id,
      .resource_name = due.name,
      .details = {}};
  return service_.Act(act, [&](storage::Session& session) -> Result<void> {
    // A cancel at the same instant: exactly one of the two moves the state (security.md D04).
    TRY_ASSIGN(const bool moved, MoveState(session, due.id, State::kPendingDeletion,
                                           State::kDeleted, due.deletion_at));
    if (!moved) return Fail(ErrorCode::kConflict, "the deletion was cancelled");
    return WipeKeys(session, due.kind, due.id);
  });
}

Duration Deletion::Step() {
  const auto now = service_.clock().Now();
  const auto due = service_.database().ReadValue(
      [&](storage::Session& session) { return DueForDeletion(session, now, kPurgesPerStep); });
  if (!due) return kPurgePause;
  for (const auto& row : *due) {
    const auto purged = Purge(row);
    if (!purged && purged.error().code != ErrorCode::kConflict) {
      Log(LogLevel::kError, "certificates", "a deletion that is due failed",
          {{"resource", row.id}, {"reason", purged.error().message}});
      return kPurgePause;
    }
  }
  return due->size() == static_cast<size_t>(kPurgesPerStep) ? Duration::zero()
                                                            : Duration(kPurgePause);
}

}  // namespace perennial::certificates
