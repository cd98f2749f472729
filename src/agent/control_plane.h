// SPDX-License-Identifier: Apache-2.0
// What the agent asks of the rest of the system. remote_control_plane.h does it over the network.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/gate.h"
#include "agent/installer.h"
#include "base/error.h"
#include "base/time.h"

namespace perennial::agent {

// One association and the version that is served for it here; 0: none yet.
struct SetEntry {
  std::string association_id;
  int64_t version = 0;
  friend auto operator<=>(const SetEntry&, const SetEntry&) = default;
};

// The first call of a session has `set`; later ones cursor, digest, and what the set gained and
// lost.
struct PollQuestion {
  std::optional<std::string> cursor, set_digest;
  std::optional<std::vector<SetEntry>> set;
  std::vector<SetEntry> added;       // New, or with another version.
  std::vector<std::string> removed;  // Associations.
  Duration wait = Duration::zero();
};

struct WantedVersion {
  std::string association_id;
  std::optional<int64_t> version;  // Absent: this change is about something else.
  bool ended = false;  // News, never an order: only the configuration takes a listener away.
};

// A replica that follows hears from the control plane every five seconds.
constexpr double kBehindMaxS = 30;

struct PollAnswer {
  std::string cursor, set_digest;
  bool need_set = false;
  std::vector<WantedVersion> changes;
  double behind_s = 0;  // Since the replica last heard; beyond kBehindMaxS it tells of the past.
};

// A bundle, and the version that the control plane wants this node to serve now: no other is
// installed, whoever pointed at it.
struct BundleAnswer {
  FetchedBundle bundle;
  int64_t wanted_version = 0;
};

enum class ReportedResult { kProved, kRefusedByGate, kFailed, kInconclusive };

struct Report {
  std::string association_id;
  int64_t version = 0;
  std::string fingerprint_sha256, address, server_name;
  std::string key_type;  // "RSA" or "ECDSA"; empty when nothing was looked at.
  ReportedResult result = ReportedResult::kInconclusive;
  std::string reason;
  Time seen;
};

// What has become of the node's configuration: every listener that is not in `closed` is open.
struct ListenerReport {
  int64_t configuration_version = 0;   // The last one that the proxy took.
  std::string problem;                 // Why it did not take a newer one; empty when there is none.
  std::vector<ClosedListener> closed;  // Of that version.
  friend bool operator==(const ListenerReport&, const ListenerReport&) = default;
};

// Safe to call from many threads.
class ControlPlane {
 public:
  virtual ~ControlPlane() = default;

  // ConfigurationAfter returns a newer configuration than `version`, or nothing after `wait`.
  // Asking with a version acknowledges it.
  virtual Result<std::optional<Configuration>> ConfigurationAfter(int64_t version,
                                                                  Duration wait) = 0;

  // Poll asks any replica what is new.
  virtual Result<PollAnswer> Poll(const PollQuestion& question) = 0;

  // Expect says for which resources, all of them, bundles may be fetched from now on: what is
  // needed for it is then asked for in one batch.
  virtual void Expect(const std::vector<std::string>& resource_ids) = 0;

  // Tell is what the node says of itself on the next occasion: how many associations its
  // configuration names, and for how many of them it serves a version.
  virtual void Tell(int64_t wanted, int64_t served) = 0;

  // FetchBundle reads the bundle as exactly this resource. kNotFound: not associated, not placed
  // here, or not the version that this node may read.
  // Never kInvalidArgument: that is the gate's word.
  virtual Result<BundleAnswer> FetchBundle(const std::string& resource_id,
                                           const std::string& certificate_id, int64_t version) = 0;

  // SendReports hands in what was seen.
  virtual Result<void> SendReports(const std::vector<Report>& reports) = 0;

  // SendListeners says which listeners are open; it replaces what was said before.
  virtual Result<void> SendListeners(const ListenerReport& report) = 0;
};

}  // namespace perennial::agent
