// SPDX-License-Identifier: Apache-2.0
#include "agent/agent.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "base/log.h"
#include "base/proof.h"

namespace perennial::agent {
namespace {

constexpr Duration kPauseFirst = std::chrono::milliseconds(200);
constexpr Duration kPauseMax = std::chrono::seconds(10);
constexpr Duration kRetryFirst = std::chrono::milliseconds(500);
constexpr Duration kRetryMax = std::chrono::minutes(1);
constexpr Duration kProofLife = std::chrono::hours(24);  // Proved anew, and reported, once a day.
constexpr size_t kUnsentMax = 10000;

Duration Longer(Duration pause, Duration first, Duration longest) {
  return std::clamp(pause * 2, first, longest);
}

ReportedResult ToReported(ProofResult result) {
  switch (result) {
    case ProofResult::kProved:
      return ReportedResult::kProved;
    case ProofResult::kFailed:
      return ReportedResult::kFailed;
    case ProofResult::kInconclusive:
      return ReportedResult::kInconclusive;
  }
  return ReportedResult::kInconclusive;
}

}  // namespace

Agent::Agent(Parts parts, Options options) : parts_(parts), options_(std::move(options)) {}

Result<void> Agent::Load() {
  TRY_ASSIGN(auto state, LoadState(parts_.files, options_.state_path));
  MutexLock lock(mutex_);
  state_ = std::move(state);
  if (state_.configuration_version == 0) return {};
  TRY_ASSIGN(auto references, parts_.installer.Read(state_.configuration()));
  Adopt(state_.configuration(), std::move(references));
  // A proxy that is not there yet reads the same files when it starts.
  if (auto applied = ApplyWhenComplete(); !applied) {
    Log(LogLevel::kWarn, "agent", "the kept configuration could not be applied yet",
        {{"reason", applied.error().message}});
  }
  return {};
}

Duration Agent::ConfigurationStep() {
  int64_t have = 0;
  Duration wait{};
  {
    MutexLock lock(mutex_);
    have = state_.configuration_version;
    // What failed is tried again from here: the other step may be parked for long.
    wait = std::min(options_.poll_wait, UntilNextTask());
  }
  auto answer = parts_.control_plane.ConfigurationAfter(have, wait);
  auto taken = [&]() -> Result<void> {
    if (answer && *answer) return TakeConfiguration(**answer);
    MutexLock lock(mutex_);
    WorkOnDue();
    if (!answer) return std::unexpected(answer.error());
    return {};
  }();
  FlushReports();
  if (taken) return configuration_pause_ = Duration::zero();
  Log(LogLevel::kWarn, "agent", "no newer configuration could be taken up; the last good one stays",
      {{"reason", taken.error().message}});
  return configuration_pause_ = Longer(configuration_pause_, kPauseFirst, kPauseMax);
}

Result<void> Agent::TakeConfiguration(const Configuration& configuration) {
  TRY_ASSIGN(auto references, parts_.installer.Read(configuration));
  MutexLock lock(mutex_);
  if (stopped_) return {};
  TRY(CheckSuccessor(configuration));
  Adopt(configuration, std::move(references));
  WorkOnTasks(Which::kMissing);  // A listener is opened only with its bundle in place.
  TRY(ApplyWhenComplete());
  WorkOnTasks(Which::kAll);  // Prove what has just begun to be served.
  return {};
}

// A lower version is refused unless its chain holds what we have (wire.md, Products): bad news must
// not take listeners away.
Result<void> Agent::CheckSuccessor(const Configuration& next) {
  if (next.version > state_.configuration_version) return {};
  if (next.previous_hash == state_.configuration_hash) return {};
  return Fail(ErrorCode::kConflict, fmt::format("version {} came after version {}", next.version,
                                                state_.configuration_version));
}

void Agent::Adopt(const Configuration& configuration, std::vector<Reference> references) {
  state_.SetConfiguration(configuration);
  references_ = std::move(references);
  std::set<std::string> resources;
  for (const auto& reference : references_) resources.insert(reference.resource_id);
  parts_.control_plane.Expect({resources.begin(), resources.end()});
  std::map<std::string, Task> tasks;
  for (const auto& reference : references_) {
    Task task = tasks_[reference.association_id];
    const auto* served = state_.Find(reference.association_id);
    const int64_t known = served != nullptr ? served->version : reference.current_version;
    task.wanted_version = std::max(task.wanted_version, known);
    // Everything is proved anew: its listeners may have changed.
    task.due = Duration::zero();
    task.reported.clear();
    tasks.insert_or_assign(reference.association_id, std::move(task));
  }
  tasks_ = std::move(tasks);
  std::vector<ServedEntry> kept;
  for (auto& entry : state_.served) {
    if (tasks_.contains(entry.association_id)) kept.push_back(std::move(entry));
  }
  state_.served = std::move(kept);
  apply_pending_ = true;
  Save();
}

Result<void> Agent::ApplyWhenComplete() {
  if (!apply_pending_) return {};
  TRY(parts_.installer.Apply(state_.configuration()));
  apply_pending_ = false;
  std::vector<std::string> kept;
  for (const auto& reference : references_) {
    kept.push_back(reference.association_id);
    if (state_.Find(reference.association_id) == nullptr) apply_pending_ = true;
  }
  return parts_.installer.Forget(kept);
}

Duration Agent::UpdateStep() {
  PollQuestion question;
  std::vector<SetEntry> set;
  bool idle = false;
  {
    MutexLock lock(mutex_);
    idle = references_.empty();
    set = ServedSet();
    question = MakeQuestion(set);
  }
  // With nothing to serve there is nothing to ask; the configuration will bring the first
  // reference.
  if (idle) return std::chrono::seconds(1);

  auto answer = parts_.control_plane.Poll(question);
  {
    MutexLock lock(mutex_);
    if (answer) TakeAnswer(std::move(set), *answer);
    WorkOnDue();
  }
  FlushReports();
  if (answer) return update_pause_ = Duration::zero();
  Log(LogLevel::kWarn, "agent", "no replica answered; what is served stays",
      {{"reason", answer.error().message}});
  return update_pause_ = Longer(update_pause_, kPauseFirst, kPauseMax);
}

std::vector<SetEntry> Agent::ServedSet() {
  std::vector<SetEntry> set;
  for (const auto& reference : references_) {
    const auto* served = state_.Find(reference.association_id);
    set.push_back({reference.association_id, served != nullptr ? served->version : 0});
  }
  std::ranges::sort(set);
  return set;
}

PollQuestion Agent::MakeQuestion(const std::vector<SetEntry>& set) {
  PollQuestion question{.cursor = cursor_, .set_digest = set_digest_};
  if (cursor_ && set_digest_) {
    std::ranges::set_difference(set, known_set_, std::back_inserter(question.added));
    for (const auto& known : known_set_) {
      if (!tasks_.contains(known.association_id)) question.removed.push_back(known.association_id);
    }
  } else {
    question.set = set;
  }
  question.wait = std::min(options_.poll_wait, UntilNextTask());
  return question;
}

// Only an answer says that the set arrived; after a failure the same difference is sent again.
void Agent::TakeAnswer(std::vector<SetEntry> set, const PollAnswer& answer) {
  if (answer.need_set) {
    cursor_.reset();
    set_digest_.reset();
    return;
  }
  cursor_ = answer.cursor;
  set_digest_ = answer.set_digest;
  known_set_ = std::move(set);
  for (const auto& change : answer.changes) {
    const auto found = tasks_.find(change.association_id);
    if (found == tasks_.end()) continue;
    if (change.ended) {
      Log(LogLevel::kInfo, "agent",
          "an association ended; its listener stays until the configuration says so",
          {{"association", change.association_id}});
    }
    if (!change.version || *change.version == found->second.wanted_version) continue;
    found->second = Task{.wanted_version = *change.version};
  }
}

Duration Agent::UntilNextTask() const {
  Duration soonest = std::chrono::hours(1);
  const Duration now = parts_.clock.Monotonic();
  for (const auto& [id, task] : tasks_) soonest = std::min(soonest, task.due - now);
  return std::max(soonest, Duration::zero());
}

void Agent::WorkOnTasks(Which which) {
  int worked = 0;
  for (const auto& reference : references_) {
    if (which == Which::kMissing && state_.Find(reference.association_id) != nullptr) continue;
    Task& task = tasks_[reference.association_id];
    if (stopped_ || task.due > parts_.clock.Monotonic()) continue;
    if (++worked > kInstallsPerStep) return;
    WorkOn(reference, task);
  }
}

void Agent::WorkOnDue() {
  WorkOnTasks(Which::kAll);
  if (stopped_) return;
  if (auto applied = ApplyWhenComplete(); !applied) {
    Log(LogLevel::kWarn, "agent", "the configuration could not be applied",
        {{"reason", applied.error().message}});
  }
}

void Agent::Stop() {
  MutexLock lock(mutex_);
  stopped_ = true;
}

void Agent::Missed(const Reference& reference, Task& task, std::string_view what,
                   const Error& error, std::optional<ReportedResult> report) {
  Log(LogLevel::kWarn, "agent", what,
      {{"association", reference.association_id},
       {"version", std::to_string(task.wanted_version)},
       {"reason", error.message}});
  if (report) {
    ReportOutcome(task, fmt::format("{}: {}", what, error.message),
                  {{.association_id = reference.association_id,
                    .version = task.wanted_version,
                    .result = *report,
                    .reason = error.message,
                    .seen = parts_.clock.Now()}});
  }
  // What `status` shows with the control plane away.
  const auto words = fmt::format("version {}: {}", task.wanted_version, error.message);
  auto* served = state_.Find(reference.association_id);
  if (served != nullptr && served->last_error != words) {
    served->last_error = words;
    Save();
  }
  Postpone(task);
}

void Agent::WorkOn(const Reference& reference, Task& task) {
  const auto* served = state_.Find(reference.association_id);
  if (served != nullptr && served->version == task.wanted_version) {
    ProveAndReport(reference, task);
    return;
  }
  auto bundle = Fetch(reference, task.wanted_version);
  if (!bundle && bundle.error().code == ErrorCode::kInvalidArgument) {
    return Missed(reference, task, "the gate refused a version", bundle.error(),
                  ReportedResult::kRefusedByGate);
  }
  if (!bundle) {
    return Missed(reference, task, "a version could not be fetched", bundle.error(), std::nullopt);
  }
  const bool first = served == nullptr;
  auto put = first ? parts_.installer.Store(*bundle) : parts_.installer.Serve(*bundle);
  PERENNIAL_FAULT_POINT("agent-served-not-reported");
  if (!put) {
    return Missed(reference, task, "a version could not be served", put.error(),
                  ReportedResult::kInconclusive);
  }
  auto& entry = state_.FindOrAdd(reference.association_id);
  entry.version = bundle->version;
  entry.fingerprint_sha256 = bundle->fingerprint_sha256;
  entry.dns_names = bundle->dns_names;
  entry.key_type = bundle->key_type;
  entry.not_after = bundle->not_after;
  entry.time_proved.reset();
  Save();
  // The first bundle of a listener is proved after Apply has opened it.
  if (!first) ProveAndReport(reference, task);
}

Result<ServingBundle> Agent::Fetch(const Reference& reference, int64_t version) {
  TRY_ASSIGN(auto answer, parts_.control_plane.FetchBundle(reference.resource_id,
                                                           reference.certificate_id, version));
  GateContext context{.association_id = reference.association_id,
                      .wanted_version = version,
                      .is_rollback = answer.is_current,
                      .now = parts_.clock.Now()};
  if (const auto* served = state_.Find(reference.association_id)) {
    context.served = ServedVersion{served->version, served->fingerprint_sha256, served->dns_names,
                                   served->not_after};
    context.is_rollback = answer.is_current && version < served->version;
  }
  return CheckBundle(std::move(answer.bundle), context);
}

void Agent::ProveAndReport(const Reference& reference, Task& task) {
  auto* served = state_.Find(reference.association_id);
  const auto proof = parts_.prover.Prove({.endpoints = reference.endpoints,
                                          .fingerprint_sha256 = served->fingerprint_sha256,
                                          .dns_names = served->dns_names,
                                          .key_type = served->key_type});
  std::vector<Report> reports;
  for (const auto& sight : proof.sights) {
    reports.push_back({.association_id = reference.association_id,
                       .version = served->version,
                       .fingerprint_sha256 = sight.fingerprint_sha256,
                       .address = fmt::format("{}:{}", sight.endpoint.address, sight.endpoint.port),
                       .server_name = sight.server_name,
                       .key_type = served->key_type,
                       .result = ToReported(sight.result),
                       .reason = sight.reason,
                       .seen = sight.seen});
    if (sight.result != ProofResult::kProved) served->last_error = sight.reason;
  }
  const bool proved = proof.result == ProofResult::kProved;
  if (proved) {
    served->time_proved = parts_.clock.Now();
    served->last_error.clear();
    task.reported.clear();  // A proof is always reported: it is what a rollout waits for.
  }
  ReportOutcome(task, proved ? "" : fmt::format("proof {}", served->last_error),
                std::move(reports));
  if (proved) {
    task.failures = 0;
    task.due = parts_.clock.Monotonic() + kProofLife;
  } else {
    Postpone(task);
  }
  Save();
}

void Agent::ReportOutcome(Task& task, const std::string& outcome, std::vector<Report> reports) {
  if (!outcome.empty() && outcome == task.reported) return;
  task.reported = outcome;
  for (auto& report : reports) {
    if (unsent_.size() < kUnsentMax) unsent_.push_back(std::move(report));
  }
}

void Agent::FlushReports() {
  std::vector<Report> reports;
  {
    MutexLock lock(mutex_);
    reports.swap(unsent_);
  }
  if (reports.empty()) return;
  const auto sent = parts_.control_plane.SendReports(reports);
  if (sent) return;
  Log(LogLevel::kWarn, "agent", "reports could not be sent; they are kept",
      {{"reason", sent.error().message}});
  MutexLock lock(mutex_);
  reports.insert(reports.end(), std::make_move_iterator(unsent_.begin()),
                 std::make_move_iterator(unsent_.end()));
  unsent_ = std::move(reports);
}

void Agent::Postpone(Task& task) {
  Duration pause = kRetryFirst;
  for (int i = 0; i < task.failures && pause < kRetryMax; ++i) pause *= 2;
  ++task.failures;
  task.due = parts_.clock.Monotonic() + std::min(pause, kRetryMax);
}

void Agent::Save() {
  if (auto saved = SaveState(parts_.files, options_.state_path, state_); !saved) {
    // What is served goes on being served; after a restart it is fetched and proved again.
    Log(LogLevel::kError, "agent", "the state could not be kept",
        {{"reason", saved.error().message}});
  }
}

}  // namespace perennial::agent
