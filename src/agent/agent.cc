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
// A proxy that cannot load what it is given (a port that somebody else has) accepts no connection
// while it tries. So the same text is not tried again at once.
constexpr Duration kRefusedFirst = std::chrono::seconds(10);
constexpr Duration kRefusedMax = std::chrono::minutes(10);

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
    have = state_.applied_version;
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
  {
    MutexLock lock(mutex_);
    const bool adopted = answer && *answer && (*answer)->version == state_.configuration_version;
    if (taken) untaken_.clear();
    if (!taken && answer) (adopted ? problem_ : untaken_) = taken.error().message;
    LookAtProxy();
  }
  TellListeners();
  FlushReports();
  if (taken) {
    untaken_trouble_.Over();
    return configuration_pause_ = Duration::zero();
  }
  untaken_trouble_.Met(taken.error().message);
  return configuration_pause_ = Longer(configuration_pause_, kPauseFirst, kPauseMax);
}

Result<void> Agent::TakeConfiguration(const Configuration& configuration) {
  TRY_ASSIGN(auto references, parts_.installer.Read(configuration));
  MutexLock lock(mutex_);
  if (stopped_) return {};
  if (configuration.version == state_.configuration_version &&
      configuration.hash == state_.configuration_hash) {
    // It was sent again because it is not acknowledged: the proxy has not taken it yet.
    WorkOnTasks(Which::kMissing);
    return ApplyWhenComplete();
  }
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
    // What a poll said counts; it is not said twice.
    if (task.wanted_version == 0) {
      task.wanted_version = served != nullptr ? served->version : reference.current_version;
    }
    // Everything is proved anew: its listeners may have changed.
    task.due = Duration::zero();
    task.reported.clear();
    tasks.insert_or_assign(reference.association_id, std::move(task));
  }
  tasks_ = std::move(tasks);
  DropUnshown();
  apply_pending_ = true;
  refused_ = {};
  problem_.clear();
  Save();
}

// What a listener still shows, although it was given another certificate, is remembered: should it
// be wanted again, it is served already. Returns true when something was dropped.
bool Agent::DropUnshown() {
  std::vector<ServedEntry> kept;
  for (auto& entry : state_.served) {
    const auto& id = entry.association_id;
    if (tasks_.contains(id) || parts_.installer.Shows(id)) kept.push_back(std::move(entry));
  }
  const bool dropped = kept.size() < state_.served.size();
  state_.served = std::move(kept);
  return dropped;
}

// Only what the proxy has taken is acknowledged: until then it serves the older configuration, and
// what that one names must go on being renewed. What a listener shows only until its next certificate
// is there does not hold that up: its association may end, and nobody renews it any more.
Result<void> Agent::ApplyWhenComplete() {
  if (!apply_pending_) return {};
  const Duration now = parts_.clock.Monotonic();
  if (now < refused_.due) return Fail(ErrorCode::kInvalidArgument, refused_.reason);
  auto applied = parts_.installer.Apply(state_.configuration());
  if (!applied) {
    if (applied.error().code == ErrorCode::kInvalidArgument) {
      refused_.pause = Longer(refused_.pause, kRefusedFirst, kRefusedMax);
      refused_.due = now + refused_.pause;
      refused_.reason = applied.error().message;
    }
    return std::unexpected(std::move(applied).error());
  }
  refused_ = {};
  problem_.clear();
  apply_pending_ = !applied->empty();  // What is closed is tried again.
  NoteClosed(*std::move(applied));
  if (DropUnshown() || state_.applied_version != state_.configuration_version) {
    state_.applied_version = state_.configuration_version;
    Save();
  }
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
  // With nothing to serve there is nothing to wait for; the configuration will bring the first
  // reference. That the node is there is said all the same.
  if (idle) {
    const Duration now = parts_.clock.Monotonic();
    if (now < idle_poll_at_) return std::chrono::seconds(1);
    idle_poll_at_ = now + options_.poll_wait;
    question.wait = Duration::zero();
  }

  auto answer = parts_.control_plane.Poll(question);
  {
    MutexLock lock(mutex_);
    if (answer) TakeAnswer(std::move(set), question.set.has_value(), *answer);
    WorkOnDue();
  }
  TellListeners();
  FlushReports();
  if (answer) {
    unanswered_trouble_.Over();
    return update_pause_ = idle ? std::chrono::seconds(1) : Duration::zero();
  }
  unanswered_trouble_.Met(answer.error().message);
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
void Agent::TakeAnswer(std::vector<SetEntry> set, bool whole, const PollAnswer& answer) {
  if (answer.need_set) return AskAnew();
  cursor_ = answer.cursor;
  set_digest_ = answer.set_digest;
  known_set_ = std::move(set);
  // Who told everything hears of what is wanted otherwise, and of nothing else: a version that was
  // taken back before it was served is no news.
  // What is told again is no new task: a version that could not be had is not asked for in haste.
  const bool left_behind = answer.behind_s > kBehindMaxS;
  std::set<std::string> told;
  for (const auto& change : answer.changes) {
    if (change.version) told.insert(change.association_id);
  }
  for (const auto& served : whole && !left_behind ? known_set_ : std::vector<SetEntry>()) {
    const auto found = tasks_.find(served.association_id);
    if (found == tasks_.end() || served.version == 0 || told.contains(served.association_id)) {
      continue;
    }
    if (found->second.wanted_version == served.version) continue;
    found->second = Task{.wanted_version = served.version};
  }
  for (const auto& change : answer.changes) {
    const auto found = tasks_.find(change.association_id);
    if (found == tasks_.end()) continue;
    if (change.ended) {
      Log(LogLevel::kInfo, "agent",
          "an association ended; its listener stays until the configuration says so",
          {{"association", change.association_id}});
    }
    if (!change.version || *change.version == found->second.wanted_version) continue;
    // Who is left behind does not know of the version that is served; it is no order to go back.
    const auto* served = state_.Find(change.association_id);
    if (left_behind && served != nullptr && *change.version < served->version &&
        !PERENNIAL_MUTANT("agent.back_for_any_replica")) {
      continue;
    }
    found->second = Task{.wanted_version = *change.version};
  }
}

void Agent::AskAnew() {
  cursor_.reset();
  set_digest_.reset();
}

void Agent::WorkOnDue() {
  WorkOnTasks(Which::kAll);
  if (stopped_ || parts_.clock.Monotonic() < refused_.due) return;
  if (auto applied = ApplyWhenComplete(); !applied && applied.error().message != problem_) {
    problem_ = applied.error().message;
    Log(LogLevel::kWarn, "agent", "the configuration could not be applied", {{"reason", problem_}});
  }
}

void Agent::Stop() {
  MutexLock lock(mutex_);
  stopped_ = true;
}

void Agent::Save() {
  int64_t served = 0;
  for (const auto& entry : state_.served) served += tasks_.contains(entry.association_id) ? 1 : 0;
  parts_.control_plane.Tell(std::ssize(references_), served);
  if (auto saved = SaveState(parts_.files, options_.state_path, state_); !saved) {
    // What is served goes on being served; after a restart it is fetched and proved again.
    Log(LogLevel::kError, "agent", "the state could not be kept",
        {{"reason", saved.error().message}});
  }
}

}  // namespace perennial::agent
