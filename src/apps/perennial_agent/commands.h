// SPDX-License-Identifier: Apache-2.0
// The verbs of the agent. Each returns the program's exit status and says on stderr what went
// wrong.
#pragma once

#include <string>
#include <vector>

#include "apps/perennial_agent/config.h"
#include "base/error.h"

namespace perennial::apps {

// conventions.md, exit codes.
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitRefused = 3;
inline constexpr int kExitConflict = 4;
inline constexpr int kExitUnreachable = 5;
inline constexpr int kExitBadConfiguration = 78;

// Complain prints the error and returns its exit status.
int Complain(const Error& error);

struct JoinOptions {
  std::string url, ca_hash;
  std::string token;  // "-": the first line of standard input.
  std::string directory = "/var/lib/perennial-agent";
  std::string name;
  std::vector<std::string> addresses;
  std::string poll_wait = "PT30S";
  std::string haproxy = "/usr/sbin/haproxy";
  bool share = false;  // This host is a node already; the token is for another pool.
};
int JoinNode(JoinOptions options);

// RunAgent does not return before SIGTERM or SIGINT, unless it cannot start; then it ends the
// process within two seconds, whatever is parked.
int RunAgent(const AgentConfig& config);

// PrintStatus says what this node serves, from its own files and HAProxy alone.
int PrintStatus(const AgentConfig& config, bool json);

}  // namespace perennial::apps
