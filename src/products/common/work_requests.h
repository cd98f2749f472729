// SPDX-License-Identifier: Apache-2.0
// Work requests: what a mutation still has to do after its answer, so that a crash resumes it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "base/wire_enum.h"
#include "service/service.h"
#include "storage/storage.h"

namespace perennial::products {

enum class WorkState { kAccepted, kInProgress, kSucceeded, kFailed };
constexpr auto WireNames(std::type_identity<WorkState>) {
  return std::to_array<WireName<WorkState>>({{WorkState::kAccepted, "ACCEPTED"},
                                             {WorkState::kInProgress, "IN_PROGRESS"},
                                             {WorkState::kSucceeded, "SUCCEEDED"},
                                             {WorkState::kFailed, "FAILED"}});
}

struct WorkRequest {
  std::string id;
  std::string resource_id;
  std::string compartment_id;
  std::string type;    // "CreateListener"
  int64_t number = 0;  // 1, 2, … of this resource: the order in which they are done.
  WorkState state = WorkState::kAccepted;
  std::string message;
  std::string error_code;  // BAD_INPUT or INTERNAL_ERROR when FAILED, else empty.
  std::string error_message;
  int64_t attempts = 0;
  Time time_accepted;
  std::optional<Time> time_finished;  // Set with SUCCEEDED and FAILED; waiters look at nothing else.
};

// The table. Safe to call from many threads; each function works in the caller's transaction.
class WorkRequests {
 public:
  // Accept stores a new request behind those of the same resource. Id, resource, compartment and type are
  // the caller's; the rest is set here. It returns what was stored.
  Result<WorkRequest> Accept(storage::Session& session, WorkRequest request, Time now) const;

  // AcceptFailed stores one that is FAILED from the start: what befell the resource without a request.
  Result<void> AcceptFailed(storage::Session& session, WorkRequest request,
                            const std::string& error_message, Time now) const;

  // Get returns kNotFound when none has this id.
  Result<WorkRequest> Get(storage::Session& session, const std::string& id) const;

  // ListOf returns up to `limit` requests of the resource, newest first, below `before` if it is given.
  Result<std::vector<WorkRequest>> ListOf(storage::Session& session, const std::string& resource_id,
                                          int64_t limit, std::optional<int64_t> before) const;

  // Unfinished says whether something of the resource is still to be done.
  Result<bool> Unfinished(storage::Session& session, const std::string& resource_id) const;

  // DropFinished forgets what finished before `before`.
  Result<void> DropFinished(storage::Session& session, Time before) const;
};

// What one attempt came to. An Error instead of it: kUnavailable, kUnknownOutcome, kRateLimited,
// kIncorrectState and kInternal are tried again with growing pauses; every other code fails the request for
// good.
struct WorkStep {
  bool finished = false;
  Duration again_in = Duration::zero();  // When not finished.
  // Runs in the transaction that records SUCCEEDED. It may run again after a rollback.
  std::function<Result<void>(storage::Session&)> effect;
};

// Does accepted work: at most one request of a resource at a time, in their order. Every attempt starts
// from the stored state, so it does not matter where an earlier process died.
class WorkRequestRunner {
 public:
  using Handler = std::function<Result<WorkStep>(const WorkRequest&)>;
  WorkRequestRunner(service::Service& service, Handler handler);

  // Step does up to `kWorkPerStep` requests that are due and returns how long to pause. One caller at a
  // time; wake its Loop after a commit that accepted work.
  Duration Step();

 private:
  Result<std::vector<WorkRequest>> Due(Time now);
  void Do(WorkRequest request);
  Result<void> Finish(const WorkRequest& request, const WorkStep& step);
  Result<void> PutOff(const WorkRequest& request, Duration pause);
  Result<void> FailForGood(const WorkRequest& request, const Error& error);

  service::Service& service_;
  const Handler handler_;
  Time dropped_at_{};  // Only Step touches it.
};

inline constexpr int64_t kWorkPerStep = 32;

}  // namespace perennial::products
