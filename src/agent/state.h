// SPDX-License-Identifier: Apache-2.0
// What the agent remembers across a restart: the last good configuration and what is served.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/gate.h"
#include "agent/installer.h"
#include "base/files.h"

namespace perennial::agent {

struct ServedEntry {
  std::string association_id;
  int64_t version = 0;
  std::string fingerprint_sha256;
  std::vector<std::string> dns_names;
  std::string key_type;
  Time not_after;
  // The last time all handshakes showed this version.
  std::optional<Time> time_proved;
  std::string last_error;  // Of the last attempt to serve or prove; empty when it was proved.
};

struct State {
  int64_t configuration_version = 0;
  std::string configuration_hash, configuration_previous_hash;
  std::string configuration_resources;
  int64_t applied_version = 0;  // The last one that the proxy took; this is what is acknowledged.
  std::vector<ServedEntry> served;  // One an association, in no particular order.
  // Of the configuration that the proxy took last. Absent in the files of older agents.
  std::optional<std::vector<ClosedListener>> closed;

  Configuration configuration() const {
    return {configuration_version, configuration_previous_hash, configuration_hash,
            configuration_resources};
  }
  void SetConfiguration(const Configuration& configuration);

  // Find returns the entry, or null.
  ServedEntry* Find(const std::string& association_id);
  ServedEntry& FindOrAdd(const std::string& association_id);
};

// LoadState returns what an earlier process wrote, an empty state when there is nothing. kInternal
// when the file cannot be read as ours: the agent stops rather than forget what it serves.
Result<State> LoadState(const Files& files, const std::string& path);
Result<void> SaveState(Files& files, const std::string& path, const State& state);

}  // namespace perennial::agent
