// SPDX-License-Identifier: Apache-2.0
// Everything of the world that the command line touches. apps/perennial fills in the real things, a
// test its own.
#pragma once

#include <functional>
#include <istream>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "net/transport.h"

namespace perennial::cli {

struct ProgramEnd {
  int status = 0;
  std::string output;  // Of stdout and stderr, as they came.
};

// All references must outlive the runner. Used from one thread.
struct Environment {
  Clock& clock;
  Random& random;
  Files& files;
  std::ostream& out;
  std::ostream& err;
  std::istream& in;
  bool in_is_terminal = false;
  bool colours = false;           // A terminal, and no NO_COLOR.
  std::string default_directory;  // Of contexts, unless --config-directory says otherwise.

  // What trusts these PEM certificates and nothing else.
  std::function<Result<std::unique_ptr<net::Transport>>(const std::string& ca_pem)> make_transport;
  // net::FetchServerChainPem.
  std::function<Result<std::string>(const std::string& url)> fetch_chain;
  // Waits, as between two looks at a work request.
  std::function<void(Duration)> pause;

  std::string home = {};  // The user's home directory; empty: unknown.
  // Runs a program from PATH, without a shell, and waits for its end. kNotFound: no such program.
  std::function<Result<ProgramEnd>(const std::vector<std::string>& words)> run_program = {};
};

}  // namespace perennial::cli
