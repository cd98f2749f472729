// SPDX-License-Identifier: Apache-2.0
// What is done for one association: fetch, gate, serve, prove, report.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "agent/agent.h"
#include "base/log.h"
#include "base/proof.h"

namespace perennial::agent {
namespace {

constexpr Duration kRetryFirst = std::chrono::milliseconds(500);
constexpr Duration kRetryMax = std::chrono::minutes(1);
constexpr Duration kProofLife = std::chrono::hours(24);  // Proved anew, and reported, once a day.
constexpr size_t kUnsentMax = 10000;

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

// Empty where no address of the node is to be looked at.
std::string TextOf(const Endpoint& endpoint) {
  return endpoint.address.empty() ? "" : fmt::format("{}:{}", endpoint.address, endpoint.port);
}

}  // namespace

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
  if (served != nullptr && served->version == task.wanted_version && !task.serve_again) {
    ProveAndReport(reference, task);
    return;
  }
  auto fetched = Fetch(reference, task.wanted_version);
  if (!fetched && fetched.error().code == ErrorCode::kInvalidArgument) {
    return Missed(reference, task, "the gate refused a version", fetched.error(),
                  ReportedResult::kRefusedByGate);
  }
  if (!fetched) {
    // Perhaps it is not wanted any more; otherwise every attempt is on record as a refused one.
    if (fetched.error().code == ErrorCode::kNotFound) AskAnew();
    return Missed(reference, task, "a version could not be fetched", fetched.error(), std::nullopt);
  }
  if (const auto* other = std::get_if<OtherIsWanted>(&*fetched)) {
    Log(LogLevel::kWarn, "agent", "another version is to be served than was pointed at",
        {{"association", reference.association_id},
         {"pointed_at", std::to_string(task.wanted_version)},
         {"to_serve", std::to_string(other->version)}});
    task = Task{.wanted_version = other->version};
    return;
  }
  const auto& bundle = std::get<ServingBundle>(*fetched);
  const bool first = served == nullptr;
  auto put = PERENNIAL_MUTANT("agent.install_skipped") ? Result<void>()
             : first                                   ? parts_.installer.Store(bundle)
                                                       : parts_.installer.Serve(bundle);
  PERENNIAL_FAULT_POINT("agent.served_not_reported");
  if (!put) {
    return Missed(reference, task, "a version could not be served", put.error(),
                  ReportedResult::kInconclusive);
  }
  task.serve_again = false;
  auto& entry = state_.FindOrAdd(reference.association_id);
  entry.version = bundle.version;
  entry.fingerprint_sha256 = bundle.fingerprint_sha256;
  entry.dns_names = bundle.dns_names;
  entry.key_type = bundle.key_type;
  entry.not_after = bundle.not_after;
  entry.time_proved.reset();
  Save();
  // The first bundle of a listener is proved after Apply has opened it.
  if (!first) ProveAndReport(reference, task);
}

// Replicas may know less than they did, or than each other, and what we remember may be older than
// what the proxy shows: what is to be served only the control plane says.
Result<Agent::Fetched> Agent::Fetch(const Reference& reference, int64_t version) {
  TRY_ASSIGN(auto answer, parts_.control_plane.FetchBundle(reference.resource_id,
                                                           reference.certificate_id, version));
  if (answer.wanted_version != version && !PERENNIAL_MUTANT("agent.back_for_any_replica")) {
    return OtherIsWanted{answer.wanted_version};
  }
  GateContext context{.association_id = reference.association_id,
                      .wanted_version = version,
                      .now = parts_.clock.Now()};
  if (const auto* served = state_.Find(reference.association_id)) {
    context.served = ServedVersion{served->version, served->fingerprint_sha256, served->dns_names,
                                   served->not_after};
    context.is_rollback = version < served->version;
  }
  return CheckBundle(std::move(answer.bundle), context);
}

// Where a listener is closed, whatever answers there is not ours: it is not asked.
Proof Agent::Prove(const Reference& reference, const ServedEntry& served) {
  Expected expected{.fingerprint_sha256 = served.fingerprint_sha256,
                    .dns_names = served.dns_names,
                    .key_type = served.key_type};
  std::vector<Sight> closed;
  for (const auto& endpoint : reference.endpoints) {
    if (const auto* why = ClosedAt(reference, &endpoint)) {
      closed.push_back({.endpoint = endpoint, .reason = why->reason, .seen = parts_.clock.Now()});
    } else {
      expected.endpoints.push_back(endpoint);
    }
  }
  if (reference.endpoints.empty()) {
    if (const auto* why = ClosedAt(reference, nullptr)) {
      closed.push_back({.reason = why->reason, .seen = parts_.clock.Now()});
    }
  }
  auto proof = parts_.prover.Prove(expected);
  if (!closed.empty() && proof.result == ProofResult::kProved) {
    proof.result = ProofResult::kInconclusive;
  }
  std::ranges::move(closed, std::back_inserter(proof.sights));
  return proof;
}

void Agent::ProveAndReport(const Reference& reference, Task& task) {
  auto* served = state_.Find(reference.association_id);
  const auto proof = Prove(reference, *served);
  std::vector<Report> reports;
  for (const auto& sight : proof.sights) {
    reports.push_back({.association_id = reference.association_id,
                       .version = served->version,
                       .fingerprint_sha256 = sight.fingerprint_sha256,
                       .address = TextOf(sight.endpoint),
                       .server_name = sight.server_name,
                       .key_type = served->key_type,
                       .result = ToReported(sight.result),
                       .reason = sight.reason,
                       .seen = sight.seen});
    if (sight.result != ProofResult::kProved) served->last_error = sight.reason;
  }
  const bool proved = proof.result == ProofResult::kProved;
  if (proved) {
    if (!served->time_proved) {
      Log(LogLevel::kInfo, "agent", "a version is served, and proved",
          {{"association", reference.association_id},
           {"version", std::to_string(served->version)},
           {"fingerprint", served->fingerprint_sha256}});
    }
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
    // What we put there was lost: by a proxy that was set up anew, say. Once, since it may as well
    // be another certificate that stands in front of ours, and every try reads the key.
    if (proof.result == ProofResult::kFailed && task.failures == 0) task.serve_again = true;
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

}  // namespace perennial::agent
