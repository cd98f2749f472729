// SPDX-License-Identifier: Apache-2.0
#include "products/common/work_requests.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"

namespace perennial::products {

namespace {

constexpr std::string_view kColumns =
    "id, resource_id, compartment_id, type, number, state, message, error_code, error_message, "
    "attempts, time_accepted, time_finished";
// Who leads may have changed while it was worked on: the first to finish is the only one.
constexpr const char* kDoneElsewhere = "another process has finished the work request";
constexpr Duration kIdlePause = std::chrono::seconds(5);
constexpr Duration kFirstPause = std::chrono::milliseconds(500);
constexpr Duration kPauseMax = std::chrono::seconds(30);
constexpr Duration kKeepFinished = std::chrono::hours(24 * 14);
constexpr Duration kDropEvery = std::chrono::hours(1);

WorkRequest FromRow(const storage::Row& row) {
  WorkRequest request;
  request.id = row.Text(0);
  request.resource_id = row.Text(1);
  request.compartment_id = row.Text(2);
  request.type = row.Text(3);
  request.number = row.Int(4);
  request.state = FromWireName<WorkState>(row.Text(5)).value_or(WorkState::kFailed);
  request.message = row.Text(6);
  request.error_code = row.Text(7);
  request.error_message = row.Text(8);
  request.attempts = row.Int(9);
  request.time_accepted = row.At(10);
  request.time_finished = row.OptionalTime(11);
  return request;
}

// What may pass by itself. A defect of ours is among it: a failed request would strand the resource, while
// a repaired program goes on with one that is still open.
bool MayPass(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUnavailable:
    case ErrorCode::kUnknownOutcome:
    case ErrorCode::kRateLimited:
    case ErrorCode::kIncorrectState:
    case ErrorCode::kInternal:
      return true;
    default:
      return false;
  }
}

Duration PauseAfter(int64_t attempts) {
  const auto doubled = kFirstPause * (int64_t{1} << std::clamp<int64_t>(attempts, 0, 10));
  return std::min<Duration>(doubled, kPauseMax);
}

}  // namespace

Result<WorkRequest> WorkRequests::Accept(storage::Session& session, WorkRequest request,
                                         Time now) const {
  request.state = WorkState::kAccepted;
  request.message = "Accepted.";
  request.attempts = 0;
  request.time_accepted = now;
  request.time_finished.reset();
  TRY_ASSIGN(const auto rows,
             session.Query("INSERT INTO work_request (id, resource_id, compartment_id, type, number, "
                           "state, message, error_code, error_message, attempts, due_at, time_accepted) "
                           "VALUES ($1, $2, $3, $4, 1 + COALESCE((SELECT MAX(number) FROM work_request "
                           "WHERE resource_id = $2), 0), 'ACCEPTED', $5, '', '', 0, $6, $6) "
                           "RETURNING number",
                           {request.id, request.resource_id, request.compartment_id, request.type,
                            request.message, now}));
  request.number = rows.at(0).Int(0);
  return request;
}

Result<void> WorkRequests::AcceptFailed(storage::Session& session, WorkRequest request,
                                        const std::string& error_message, Time now) const {
  TRY_ASSIGN(const auto stored, Accept(session, std::move(request), now));
  TRY(session.Execute("UPDATE work_request SET state = 'FAILED', message = 'Failed.', error_code = $2, "
                      "error_message = $3, time_finished = $4 WHERE id = $1",
                      {stored.id, "BAD_INPUT", error_message, now}));
  return {};
}

Result<WorkRequest> WorkRequests::Get(storage::Session& session, const std::string& id) const {
  TRY_ASSIGN(const auto row,
             session.QueryOne(fmt::format("SELECT {} FROM work_request WHERE id = $1", kColumns), {id}));
  if (!row) return Fail(ErrorCode::kNotFound, "no such work request");
  return FromRow(*row);
}

Result<std::vector<WorkRequest>> WorkRequests::ListOf(storage::Session& session,
                                                      const std::string& resource_id, int64_t limit,
                                                      std::optional<int64_t> before) const {
  TRY_ASSIGN(const auto rows,
             session.Query(fmt::format("SELECT {} FROM work_request WHERE resource_id = $1 AND "
                                       "number < $2 ORDER BY number DESC LIMIT $3",
                                       kColumns),
                           {resource_id, before.value_or(INT64_MAX), limit}));
  std::vector<WorkRequest> list;
  for (const auto& row : rows) list.push_back(FromRow(row));
  return list;
}

Result<bool> WorkRequests::Unfinished(storage::Session& session,
                                      const std::string& resource_id) const {
  TRY_ASSIGN(const auto row,
             session.QueryOne("SELECT COUNT(*) FROM work_request WHERE resource_id = $1 AND "
                              "time_finished IS NULL",
                              {resource_id}));
  return row && row->Int(0) > 0;
}

Result<void> WorkRequests::DropFinished(storage::Session& session, Time before) const {
  TRY(session.Execute("DELETE FROM work_request WHERE time_finished < $1", {before}));
  return {};
}

WorkRequestRunner::WorkRequestRunner(service::Service& service, Handler handler)
    : service_(service), handler_(std::move(handler)) {}

Duration WorkRequestRunner::Step() {
  const Time now = service_.clock().Now();
  if (now - dropped_at_ >= kDropEvery) {
    const auto dropped = service_.database().Write([&](storage::Session& session) {
      return WorkRequests().DropFinished(session, now - kKeepFinished);
    });
    if (dropped) dropped_at_ = now;
  }
  auto due = Due(now);
  if (!due) {
    Log(LogLevel::kWarn, "products", "work requests cannot be read",
        {{"error", due.error().message}});
    return kFirstPause;
  }
  for (auto& request : *due) Do(std::move(request));
  // Something may have become first of its resource, or fall due soon.
  auto next = service_.database().ReadValue([&](storage::Session& session) -> Result<Duration> {
    TRY_ASSIGN(const auto row, session.QueryOne("SELECT MIN(due_at) FROM work_request w WHERE "
                                                "time_finished IS NULL AND NOT EXISTS (SELECT 1 FROM "
                                                "work_request e WHERE e.resource_id = w.resource_id AND "
                                                "e.number < w.number AND e.time_finished IS NULL)"));
    if (!row || row->IsNull(0)) return kIdlePause;
    return std::clamp<Duration>(row->At(0) - service_.clock().Now(), Duration::zero(), kIdlePause);
  });
  return next.value_or(kFirstPause);
}

Result<std::vector<WorkRequest>> WorkRequestRunner::Due(Time now) {
  return service_.database().ReadValue(
      [&](storage::Session& session) -> Result<std::vector<WorkRequest>> {
        TRY_ASSIGN(const auto rows,
                   session.Query(fmt::format("SELECT {} FROM work_request w WHERE time_finished IS NULL "
                                             "AND due_at <= $1 AND NOT EXISTS (SELECT 1 FROM work_request "
                                             "e WHERE e.resource_id = w.resource_id AND e.number < "
                                             "w.number AND e.time_finished IS NULL) "
                                             "ORDER BY due_at, id LIMIT $2",
                                             kColumns),
                                 {now, kWorkPerStep}));
        std::vector<WorkRequest> due;
        for (const auto& row : rows) due.push_back(FromRow(row));
        return due;
      });
}

void WorkRequestRunner::Do(WorkRequest request) {
  if (request.state == WorkState::kAccepted) {
    const auto begun = service_.database().Write([&](storage::Session& session) -> Result<void> {
      TRY(session.Execute("UPDATE work_request SET state = 'IN_PROGRESS', message = 'In progress.' "
                          "WHERE id = $1 AND time_finished IS NULL",
                          {request.id}));
      return {};
    });
    if (!begun) return;  // Tried again in the next step.
    request.state = WorkState::kInProgress;
  }
  const auto step = handler_(request);
  Result<void> recorded;
  if (step && step->finished) {
    recorded = Finish(request, *step);
  } else if (step) {
    recorded = PutOff(request, step->again_in);
  } else if (MayPass(step.error().code)) {
    Log(LogLevel::kInfo, "products", "work request is tried again",
        {{"id", request.id}, {"type", request.type}, {"error", step.error().message}});
    recorded = PutOff(request, PauseAfter(request.attempts));
  } else {
    recorded = FailForGood(request, step.error());
  }
  if (!recorded) {
    Log(LogLevel::kWarn, "products", "outcome of a work request is not recorded",
        {{"id", request.id}, {"type", request.type}, {"error", recorded.error().message}});
    (void)PutOff(request, PauseAfter(request.attempts));
  }
}

Result<void> WorkRequestRunner::Finish(const WorkRequest& request, const WorkStep& step) {
  const service::OwnAct act{.operation = "Finish" + request.type,
                            .reason = "work request " + request.id + " is done",
                            .compartment_id = request.compartment_id,
                            .resource_id = request.resource_id,
                            .resource_name = {},
                            .details = {}};
  return service_.Act(act, [&](storage::Session& session) -> Result<void> {
    TRY_ASSIGN(const auto finished,
               session.Execute("UPDATE work_request SET state = 'SUCCEEDED', message = 'Done.', "
                               "time_finished = $2 WHERE id = $1 AND time_finished IS NULL",
                               {request.id, service_.clock().Now()}));
    if (finished == 0) return Fail(ErrorCode::kConflict, kDoneElsewhere);
    if (step.effect) TRY(step.effect(session));
    return {};
  });
}

Result<void> WorkRequestRunner::PutOff(const WorkRequest& request, Duration pause) {
  return service_.database().Write([&](storage::Session& session) -> Result<void> {
    TRY(session.Execute("UPDATE work_request SET attempts = attempts + 1, due_at = $2 WHERE id = $1 "
                        "AND time_finished IS NULL",
                        {request.id, service_.clock().Now() + pause}));
    return {};
  });
}

Result<void> WorkRequestRunner::FailForGood(const WorkRequest& request, const Error& error) {
  const service::OwnAct act{.operation = "Fail" + request.type,
                            .reason = "work request " + request.id + ": " + error.message,
                            .compartment_id = request.compartment_id,
                            .resource_id = request.resource_id,
                            .resource_name = {},
                            .details = {}};
  return service_.Act(act, [&](storage::Session& session) -> Result<void> {
    TRY_ASSIGN(const auto failed,
               session.Execute("UPDATE work_request SET state = 'FAILED', message = 'Failed.', "
                               "error_code = $2, error_message = $3, time_finished = $4 "
                               "WHERE id = $1 AND time_finished IS NULL",
                               {request.id, "BAD_INPUT", error.message, service_.clock().Now()}));
    if (failed == 0) return Fail(ErrorCode::kConflict, kDoneElsewhere);
    return {};
  });
}

}  // namespace perennial::products
