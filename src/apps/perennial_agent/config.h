// SPDX-License-Identifier: Apache-2.0
// agent.toml, parsed once. What is not written there has the default shown here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/time.h"

namespace perennial::apps {

struct AgentConfig {
  std::string url;  // https://host:port of identity, which knows where the others are.
  std::string directory =
      ".";  // Key, state and tokens; absolute once parsed, relative to the file.
  std::vector<std::string> addresses;  // Where listeners may be opened on this node.
  seconds poll_wait = seconds(30);     // How long an idle poll is parked.
  // Keep what the OCI SDK needs to be a resource of this node in `resource-principals/`.
  bool resource_principal_files = true;
  std::string haproxy_program = "/usr/sbin/haproxy";
  std::string haproxy_directory = "haproxy";  // Relative to `directory`; absolute once parsed.
  LogLevel log_level = LogLevel::kInfo;
  LogFormat log_format = LogFormat::kLogfmt;
};

// ParseAgentConfig reads the text of the file at `path`, an absolute path. kInvalidArgument: the
// message names file, line, column, what is wrong, and for an unknown key the nearest one there is.
Result<AgentConfig> ParseAgentConfig(std::string_view text, const std::string& path);

// LoadAgentConfig reads the file; kNotFound without one, otherwise as ParseAgentConfig.
Result<AgentConfig> LoadAgentConfig(const std::string& path);

// EncodeAgentConfig writes what `join` was told, as ParseAgentConfig reads it. Directories are
// written as they are.
std::string EncodeAgentConfig(const AgentConfig& config);

// AbsolutePath makes a path absolute from the working directory and free of `.` and `..`.
std::string AbsolutePath(const std::string& path);

}  // namespace perennial::apps
