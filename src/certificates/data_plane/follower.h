// SPDX-License-Identifier: Apache-2.0
// Keeps a PollService up to date by following the control plane's change feed, keeps a copy on disk,
// and hands in which nodes were heard.
#pragma once

#include <optional>
#include <string>

#include "api/certificates/client.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/random.h"
#include "base/trouble.h"
#include "certificates/data_plane/poll_service.h"

namespace perennial::replica {

// The snapshot file: what the replica knew, and the key of its cursors, so that they outlive a
// restart.
struct SnapshotFile {
  int64_t format = 1;
  int64_t position = 0;
  std::string hash;
  std::string cursor_key;  // Base64.
  std::vector<feed::Change> rows;
};

// ReadSnapshotFile: kNotFound without a file; kCannotParse and its like for one that is damaged.
Result<SnapshotFile> ReadSnapshotFile(const Files& files, const std::string& path);

// CursorKeyFrom returns the key kept in the file, or a new one.
std::string CursorKeyFrom(const Files& files, const std::string& path, Random& random);

// Each step is called by one thread at a time; the two may run side by side.
class Follower {
 public:
  struct Options {
    std::string path;               // Of the snapshot file. Empty: nowhere.
    Duration wait = seconds(5);     // How long the control plane may park a call: it bounds the age.
    Duration save_every = seconds(10);
    Duration sight_every = seconds(3);
  };
  // The references must outlive this object.
  Follower(const api::certificates::CertificatesClient& client, PollService& polls, Files& files,
           Clock& clock, Options options)
      : client_(client), polls_(polls), files_(files), clock_(clock), options_(options) {}

  // LoadFromDisk takes up what an earlier process kept; absent or damaged is no error.
  void LoadFromDisk();

  // Step asks once for what is new and returns how long to pause before the next. A gap, a hash that
  // does not chain, or an answer 410 leads to a new snapshot; the old state serves until it is whole.
  Duration Step();

  // SightingsStep hands in the nodes that were heard and returns how long to pause.
  Duration SightingsStep();

  // Save writes the snapshot file if something has changed since it was written.
  Result<void> Save();

 private:
  Result<void> Follow();
  Result<void> TakeSnapshot();

  const api::certificates::CertificatesClient& client_;
  PollService& polls_;
  Files& files_;
  Clock& clock_;
  const Options options_;
  Duration pause_ = Duration::zero();
  Trouble trouble_{"replica",
                   "the change feed could not be followed; polls are answered from what is known"};
  Trouble unsighted_{"replica", "sightings could not be reported"};
  bool snapshot_needed_ = false;
  std::optional<int64_t> saved_position_;
  Duration saved_at_ = Duration::zero();
};

}  // namespace perennial::replica
