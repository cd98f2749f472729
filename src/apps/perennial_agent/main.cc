// SPDX-License-Identifier: Apache-2.0
// perennial-agent: beside the proxy of one node.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "apps/no_core_dumps.h"
#include "apps/perennial_agent/commands.h"
#include "apps/perennial_agent/config.h"
#include "apps/program_words.h"

namespace perennial::apps {
namespace {

AgentConfig LoadConfigOrExit(const std::string& path) {
  auto config = LoadAgentConfig(path);
  if (!config) {
    fmt::print(stderr, "perennial-agent: {}\n", config.error().message);
    std::exit(kExitBadConfiguration);
  }
  SetLog(config->log_level, config->log_format);
  return *std::move(config);
}

void AddJoin(CLI::App& app, JoinOptions& join, int& status) {
  auto* verb = app.add_subcommand("join", "make this host a node, with a one-time token");
  verb->add_option("--url", join.url, "the control plane: https://NAME:PORT")->required();
  verb->add_option("--ca-hash", join.ca_hash, "hash of its CA: sha256:…, printed with the token")
      ->required();
  verb->add_flag("--share", join.share,
                 "this host is a node already: serve another pool too, perhaps another tenancy's");
  verb->add_option("--token", join.token,
                   "the token: pnj_…, or - for the first line of standard input")
      ->required();
  verb->add_option("--directory", join.directory, "where the node keeps everything")
      ->capture_default_str();
  verb->add_option("--name", join.name, "name of the node")->required();
  verb->add_option("--address", join.addresses,
                   "an address of this host on which listeners may be opened; may be repeated")
      ->required();
  verb->add_option("--poll-wait", join.poll_wait, "how long an idle poll is parked")
      ->capture_default_str();
  verb->add_option("--haproxy", join.haproxy, "the HAProxy program")->capture_default_str();
  verb->footer(
      "Example:\n  perennial-agent join --url https://pki.corp.example:8643 --ca-hash sha256:… \\\n"
      "    --token pnj_… --name edge-1 --address 10.0.0.11");
  verb->callback([&] { status = JoinNode(join); });
}

int Main(int argc, char** argv) {
  CLI::App app(
      "Perennial's agent: brings certificates into the proxy of this node and proves them.",
      "perennial-agent");
  app.require_subcommand(1);
  AddVersionFlag(app);
  int status = 0;
  std::string config_path = "/var/lib/perennial-agent/agent.toml";
  std::string output;

  JoinOptions join;
  AddJoin(app, join, status);

  auto* run = app.add_subcommand("run", "serve what the configuration of this node says");
  run->add_option("--config", config_path, "configuration file")->capture_default_str();
  run->callback([&] { status = RunAgent(LoadConfigOrExit(config_path)); });

  auto* shown = app.add_subcommand("status", "what this node serves; needs no control plane");
  shown->add_option("--config", config_path, "configuration file")->capture_default_str();
  shown->add_option("-o,--output", output, "json")->check(CLI::IsMember({"json"}));
  shown->callback([&] { status = PrintStatus(LoadConfigOrExit(config_path), output == "json"); });

  return RunVerb(app, argc, argv, kExitUsage).value_or(status);
}

}  // namespace
}  // namespace perennial::apps

int main(int argc, char** argv) {
  if (!perennial::apps::GuardMemory()) {
    fmt::print(stderr, "perennial-agent: the system does not let memory be kept out of core files\n");
    return 1;
  }
  return perennial::apps::Main(argc, argv);
}
