// SPDX-License-Identifier: Apache-2.0
// perennial: the command line.
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
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

// A full disk must not pass for success: a script would go on with half a file. A reader that has
// seen enough (`| head`) has closed its end, which is no failure.
bool OutputIsLost() {
  if (std::cout.flush().good() && std::ferror(stdout) == 0) return false;
  pollfd out{.fd = STDOUT_FILENO, .events = 0, .revents = 0};
  return poll(&out, 1, 0) != 1 || (out.revents & POLLERR) == 0;
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
  const int status = perennial::cli::Runner(environment).Run({argv + 1, argv + argc});
  if (status != 0 || !OutputIsLost()) return status;
  std::cerr << "error: standard output cannot be written\n  next: df .   (is the disk full?)\n";
  return static_cast<int>(perennial::cli::Exit::kFailed);
}
