// SPDX-License-Identifier: Apache-2.0
#include "agent/state.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_codec.h"

namespace perennial::agent {

BOOST_DESCRIBE_STRUCT(ServedEntry, (),
                      (association_id, version, fingerprint_sha256, dns_names, key_type, not_after,
                       time_proved, last_error))
BOOST_DESCRIBE_STRUCT(ClosedListener, (),
                      (resource_id, name, port, addresses, waiting, reason))
BOOST_DESCRIBE_STRUCT(State, (),
                      (configuration_version, configuration_hash, configuration_previous_hash,
                       configuration_resources, applied_version, served, closed))

}  // namespace perennial::agent

PERENNIAL_JSON_TYPE(perennial::agent::State)

namespace perennial::agent {

void State::SetConfiguration(const Configuration& configuration) {
  configuration_version = configuration.version;
  configuration_hash = configuration.hash;
  configuration_previous_hash = configuration.previous_hash;
  configuration_resources = configuration.resources;
}

ServedEntry* State::Find(const std::string& association_id) {
  const auto found = std::ranges::find(served, association_id, &ServedEntry::association_id);
  return found == served.end() ? nullptr : &*found;
}

ServedEntry& State::FindOrAdd(const std::string& association_id) {
  if (auto* found = Find(association_id)) return *found;
  served.push_back({.association_id = association_id});
  return served.back();
}

Result<State> LoadState(const Files& files, const std::string& path) {
  const auto text = files.Read(path);
  if (!text && text.error().code == ErrorCode::kNotFound) return State{};
  if (!text) return std::unexpected(text.error());
  auto state = DecodeJson<State>(*text, UnknownFields::kIgnore);
  if (!state) {
    return Fail(ErrorCode::kInternal, fmt::format("{}: {}", path, state.error().message));
  }
  return *std::move(state);
}

Result<void> SaveState(Files& files, const std::string& path, const State& state) {
  return files.ReplaceAtomically(path, EncodeJson(state), 0600);
}

}  // namespace perennial::agent
