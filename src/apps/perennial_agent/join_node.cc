// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <iostream>

#include "agent/join.h"
#include "apps/perennial_agent/commands.h"
#include "installers/haproxy/installer.h"

namespace perennial::apps {
namespace {

constexpr Duration kFetchDeadline = std::chrono::seconds(10);

Result<std::unique_ptr<net::Transport>> MakeTransport(const std::string& ca_pem) {
  return net::HttpsTransport::Start({.ca_pem = ca_pem});
}

Result<void> CheckOptions(JoinOptions& options, AgentConfig& config) {
  if (options.token == "-") std::getline(std::cin, options.token);
  TRY_ASSIGN(config.poll_wait, ParseDuration(options.poll_wait));
  if (config.poll_wait <= seconds::zero()) {
    return Fail(ErrorCode::kInvalidArgument, "--poll-wait must be longer than zero");
  }
  options.directory = AbsolutePath(options.directory);
  config.url = options.url;
  config.addresses = options.addresses;
  config.haproxy_program = options.haproxy;
  return haproxy::Layout{options.directory + "/" + config.haproxy_directory}.Check();
}

}  // namespace

int Complain(const Error& error) {
  fmt::print(stderr, "perennial-agent: {}\n", error.message);
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kMissingArgument:
      return kExitUsage;
    case ErrorCode::kUnauthenticated:
    case ErrorCode::kPermissionDenied:
    case ErrorCode::kNotFound:
    case ErrorCode::kNoSuchOperation:
      return kExitRefused;
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kConflict:
    case ErrorCode::kIncorrectState:
      return kExitConflict;
    case ErrorCode::kUnavailable:
      return kExitUnreachable;
    default:
      return kExitFailed;
  }
}

int JoinNode(JoinOptions options) {
  AgentConfig config;
  if (auto checked = CheckOptions(options, config); !checked) return Complain(checked.error());

  SystemFiles files;
  SystemClock clock;
  SystemRandom random;
  const haproxy::Layout layout{options.directory + "/" + config.haproxy_directory};
  const auto config_path = options.directory + "/agent.toml";
  const auto prepare = [&]() -> Result<void> {
    haproxy::SystemProxyControl control(config.haproxy_program, layout.runtime_socket(),
                                        layout.master_socket());
    TRY(haproxy::HaproxyInstaller(layout, config.addresses, control, files).Prepare());
    return files.ReplaceAtomically(config_path, EncodeAgentConfig(config), 0600);
  };
  const agent::JoinRequest request{.url = options.url,
                                   .ca_hash = options.ca_hash,
                                   .token = options.token,
                                   .name = options.name,
                                   .addresses = options.addresses,
                                   .directory = options.directory};
  const agent::JoinParts parts{
      .files = files,
      .clock = clock,
      .random = random,
      .fetch_chain =
          [](const std::string& url) { return net::FetchServerChainPem(url, kFetchDeadline); },
      .make_transport = MakeTransport,
      .prepare = prepare};
  const auto joined = options.share ? agent::Share(request, parts) : agent::Join(request, parts);
  if (!joined) return Complain(joined.error());
  if (options.share) {
    fmt::print("Node {} serves one more pool: {}\n", joined->name, joined->node_id);
    return 0;
  }
  fmt::print(
      "This host is node {} now: {}\n\n"
      "Start HAProxy:    {} -W -S {},mode,600 -f {}\n"
      "Start the agent:  perennial-agent run --config {}\n",
      joined->name, joined->node_id, config.haproxy_program, layout.master_socket(),
      layout.config(), config_path);
  return 0;
}

}  // namespace perennial::apps
