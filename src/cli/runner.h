// SPDX-License-Identifier: Apache-2.0
// One invocation: words in, text and an exit code out.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/environment.h"

namespace perennial::cli {

class Runner {
 public:
  explicit Runner(Environment& environment);

  // Run does what the words say, without the program's own name, and returns the exit code. Results
  // go to `out`; questions, progress and errors to `err`, each error as what, why and the next
  // command.
  int Run(const std::vector<std::string>& words);

  const CommandTree& tree() const { return tree_; }

 private:
  Outcome<void> Obey(const std::vector<std::string>& words);
  void Tell(const Failure& failure, const std::vector<std::string>& words);

  Environment& environment_;
  const CommandTree tree_;
};

}  // namespace perennial::cli
