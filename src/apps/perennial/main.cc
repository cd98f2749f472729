// SPDX-License-Identifier: Apache-2.0
// perennial: the command line.
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "apps/perennial/run_program.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/random.h"
#include "cli/runner.h"
#include "net/transport.h"

namespace {

using perennial::Duration;
using perennial::Result;

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string DefaultDirectory() {
  const auto config = Variable("XDG_CONFIG_HOME");
  return (config.empty() ? Variable("HOME") + "/.config" : config) + "/perennial";
}

Result<std::unique_ptr<perennial::net::Transport>> MakeTransport(const std::string& ca_pem) {
  perennial::net::TransportOptions options;
  options.ca_pem = ca_pem;
  return perennial::net::HttpsTransport::Start(std::move(options));
}

}  // namespace

int main(int argc, char** argv) {
  // A reader that has seen enough (`| head`) is no reason to die without a word.
  std::signal(SIGPIPE, SIG_IGN);
  perennial::SystemClock clock;
  perennial::SystemRandom random;
  perennial::SystemFiles files;
  perennial::cli::Environment environment{
      .clock = clock,
      .random = random,
      .files = files,
      .out = std::cout,
      .err = std::cerr,
      .in = std::cin,
      .in_is_terminal = isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1,
      .colours = isatty(STDOUT_FILENO) == 1 && Variable("NO_COLOR").empty(),
      .default_directory = DefaultDirectory(),
      .make_transport = MakeTransport,
      .fetch_chain =
          [](const std::string& url) {
            return perennial::net::FetchServerChainPem(url, std::chrono::seconds(10));
          },
      .pause = [](Duration duration) { std::this_thread::sleep_for(duration); },
      .home = Variable("HOME"),
      .run_program = perennial::apps::RunProgram,
  };
  return perennial::cli::Runner(environment).Run({argv + 1, argv + argc});
}
