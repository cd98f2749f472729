// SPDX-License-Identifier: Apache-2.0
// Faults that wait for a process to come by.
#pragma once

#include <array>
#include <map>
#include <string_view>

#include "sim/trace.h"

namespace perennial::sim {

enum class Fault {
  kDatabaseFull,  // A statement of a transaction, or a write of its commit, finds the disk full.
  kDatabaseAway,  // A transaction cannot begin.
  kCommitUnknownKept,  // The commit is there, its answer is not.
  kCommitUnknownLost,  // The log was not synced: it is not there, unless a restart finds it.
  kCrashInCommit,      // Halfway through one of its writes.
  kCrashAfterCommit,
  kRequestLost,
  kReplyLost,
  kMessageTwice,    // The same bytes arrive again at once.
  kMessageLate,     // They arrive again, much later.
  kRequestDelayed,  // They arrive for the first time when nobody waits any more.
  kCrashBeforeSend,
  kCrashBeforeReply,  // The request was served; the caller dies before it knows.
  kMeanwhile,         // Others go on while the message is on its way.
  kDiskFull,          // A file cannot be written.
  kCrashBeforeFile,
  kCrashAfterFile,
  kCrashBeforeProxy,  // The agent dies before or after it spoke to the proxy.
  kCrashAfterProxy,
  kProxyRefuses,  // A command is answered by something else.
  kProxyForeign,  // Another transaction was open: the answer names a stranger's.
  kProbeBroken,   // Handshakes fail although the listener serves.
};
inline constexpr std::array<std::string_view, 22> kFaultNames = {
    "database-full",      "database-away",      "commit-unknown-kept", "commit-unknown-lost",
    "crash-in-commit",    "crash-after-commit", "request-lost",        "reply-lost",
    "message-twice",      "message-late",       "request-delayed",     "crash-before-send",
    "crash-before-reply", "meanwhile",          "disk-full",           "crash-before-file",
    "crash-after-file",   "crash-before-proxy", "crash-after-proxy",   "proxy-refuses",
    "proxy-foreign",      "probe-broken"};

// Of one process. Used by one thread.
class Faults {
 public:
  explicit Faults(Trace& trace) : trace_(trace) {}

  // Arm has the fault strike the next `times` times after `passes` occasions went by unharmed.
  void Arm(Fault fault, int passes, int times = 1) { armed_[fault] = {passes, times}; }
  void Clear() { armed_.clear(); }

  // Reached counts what a fault led to further down.
  void Reached(std::string_view what) { trace_.Reached(what); }

  // Strikes says whether the fault happens now.
  bool Strikes(Fault fault) {
    const auto found = armed_.find(fault);
    if (found == armed_.end()) return false;
    if (found->second.passes-- > 0) return false;
    if (--found->second.times <= 0) armed_.erase(found);
    trace_.Reached(kFaultNames[static_cast<size_t>(fault)]);
    return true;
  }

 private:
  struct Armed {
    int passes = 0, times = 0;
  };
  Trace& trace_;
  std::map<Fault, Armed> armed_;
};

}  // namespace perennial::sim
