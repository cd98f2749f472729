// SPDX-License-Identifier: Apache-2.0
// The agent of one node: it brings what is served in line with what is wanted, and says what it
// saw.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/control_plane.h"
#include "agent/installer.h"
#include "agent/prover.h"
#include "agent/state.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/mutex.h"
#include "base/trouble.h"

namespace perennial::agent {

// The two steps may run on two threads: each waits for news parked at the control plane without
// holding anything, and acts one at a time.
class Agent {
 public:
  struct Options {
    std::string state_path;
    Duration poll_wait = std::chrono::seconds(30);
  };
  struct Parts {
    ControlPlane& control_plane;
    Installer& installer;
    Prover& prover;
    Files& files;
    Clock& clock;
  };
  Agent(Parts parts, Options options);

  // Load takes up what was kept and has the proxy serve it: the node works with the control plane
  // away.
  Result<void> Load();

  // ConfigurationStep waits for a newer configuration and applies it. Returns the pause before the
  // next call.
  Duration ConfigurationStep();

  // UpdateStep polls once, serves at most kInstallsPerStep wanted versions, proves and reports.
  // Returns the pause before the next call.
  static constexpr int kInstallsPerStep = 16;
  Duration UpdateStep();

  // Stop returns when nothing is being changed, and nothing will be: the process may end at once,
  // also with its calls still parked.
  void Stop() EXCLUDES(mutex_);

 private:
  // What is to be done for one association, and when.
  struct Task {
    int64_t wanted_version = 0;
    Duration due{};  // Monotonic.
    int failures = 0;
    bool serve_again = false;  // Though it is the version that was served last.
    std::string
        reported;  // The last outcome that was reported: the same one is not reported again.
  };

  Result<void> TakeConfiguration(const Configuration& configuration) EXCLUDES(mutex_);
  Result<void> CheckSuccessor(const Configuration& next) REQUIRES(mutex_);
  void Adopt(const Configuration& configuration, std::vector<Reference> references)
      REQUIRES(mutex_);
  Result<void> ApplyWhenComplete() REQUIRES(mutex_);
  bool DropUnshown() REQUIRES(mutex_);
  void NoteClosed(std::vector<ClosedListener> closed) REQUIRES(mutex_);
  void LookAtProxy() REQUIRES(mutex_);
  const ClosedListener* ClosedAt(const Reference& reference, const Endpoint* endpoint) const
      REQUIRES(mutex_);
  std::optional<ListenerReport> ListenersToTell() REQUIRES(mutex_);
  void TellListeners() EXCLUDES(mutex_);

  std::vector<SetEntry> ServedSet() REQUIRES(mutex_);
  PollQuestion MakeQuestion(const std::vector<SetEntry>& set) REQUIRES(mutex_);
  // whole: the question told everything that is served, not only what has changed.
  void TakeAnswer(std::vector<SetEntry> set, bool whole, const PollAnswer& answer) REQUIRES(mutex_);
  void AskAnew() REQUIRES(mutex_);  // The next question tells everything.
  Duration UntilNextTask() const REQUIRES(mutex_);
  enum class Which { kMissing, kAll };  // kMissing: only what nothing is stored for yet.
  void WorkOnTasks(Which which) REQUIRES(mutex_);
  void WorkOnDue() REQUIRES(mutex_);
  void WorkOn(const Reference& reference, Task& task) REQUIRES(mutex_);
  // Missed logs, reports where it is to be reported, remembers for `status`, and puts the task off.
  void Missed(const Reference& reference, Task& task, std::string_view what, const Error& error,
              std::optional<ReportedResult> report) REQUIRES(mutex_);
  struct OtherIsWanted {
    int64_t version = 0;
  };
  using Fetched = std::variant<ServingBundle, OtherIsWanted>;
  Result<Fetched> Fetch(const Reference& reference, int64_t version) REQUIRES(mutex_);
  Proof Prove(const Reference& reference, const ServedEntry& served) REQUIRES(mutex_);
  void ProveAndReport(const Reference& reference, Task& task) REQUIRES(mutex_);
  void ReportOutcome(Task& task, const std::string& outcome, std::vector<Report> reports)
      REQUIRES(mutex_);
  void FlushReports() EXCLUDES(mutex_);
  void Postpone(Task& task) REQUIRES(mutex_);
  void Save() REQUIRES(mutex_);

  const Parts parts_;
  const Options options_;

  Mutex mutex_;  // Held while acting, never while parked.
  State state_ GUARDED_BY(mutex_);
  std::vector<Reference> references_ GUARDED_BY(mutex_);
  std::map<std::string, Task> tasks_ GUARDED_BY(mutex_);  // By association.
  std::vector<Report> unsent_ GUARDED_BY(mutex_);
  bool apply_pending_ GUARDED_BY(mutex_) = false;
  // The last answer of a proxy that could not load the configuration, and when to ask it again.
  struct Refused {
    Duration due{};  // Monotonic.
    Duration pause{};
    std::string reason;
  };
  Refused refused_ GUARDED_BY(mutex_);
  bool stopped_ GUARDED_BY(mutex_) = false;

  // What the control plane was told of listeners, and when it is told again at the latest.
  std::string problem_ GUARDED_BY(mutex_);  // Why the proxy did not take the configuration.
  std::string untaken_ GUARDED_BY(mutex_);  // Why a newer one was not even given to it.
  std::string away_ GUARDED_BY(mutex_);     // Why nothing is served although it took it.
  Trouble away_trouble_ GUARDED_BY(mutex_){"agent", "nothing is served here"};
  std::optional<ListenerReport> told_listeners_ GUARDED_BY(mutex_);
  Duration tell_listeners_at_ GUARDED_BY(mutex_){};
  bool telling_listeners_ GUARDED_BY(mutex_) = false;
  Trouble untold_trouble_ GUARDED_BY(mutex_){
      "agent", "which listeners are open could not be told; it is tried again"};

  // The poll's session: what the replica knows of our set.
  std::optional<std::string> cursor_ GUARDED_BY(mutex_), set_digest_ GUARDED_BY(mutex_);
  std::vector<SetEntry> known_set_ GUARDED_BY(mutex_);  // What set_digest_ stands for.

  // Of failures; each is touched by its own step only.
  Duration configuration_pause_{};
  Duration update_pause_{};
  Trouble untaken_trouble_{"agent",
                           "no newer configuration could be taken up; the last good one stays"};
  Trouble unanswered_trouble_{"agent", "no replica answered; what is served stays"};
  Duration idle_poll_at_{};  // Monotonic.
};

}  // namespace perennial::agent
