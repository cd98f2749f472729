// SPDX-License-Identifier: Apache-2.0
// One run: a plan from a seed, executed entry by entry, judged after every event.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/faults.h"
#include "sim/trace.h"
#include "sim/world.h"

namespace perennial::sim {

// An entry is a number; all that it does follows from it and from the state that it meets. So any
// part of a plan is a plan, and a failure can be shrunk.
using Plan = std::vector<uint64_t>;

struct RunOptions {
  uint64_t seed = 1;
  int64_t events = 5000;  // The plan goes on until so many happened.
  bool prints = false;
  std::vector<Fault> faults = {};  // The only ones that strike; none: the seed picks half of all.
};

struct Outcome {
  std::optional<Violation> violation;
  int64_t events = 0;
  uint64_t hash = 0;
  Plan plan;  // What was executed.
  double load_balancer_days = 0;
  std::map<std::string, int64_t> reached;
};

// Run makes the plan as it goes.
Outcome Run(const RunOptions& options, const ReadyKeys& keys);

// Replay executes a plan. `options.events` is not looked at.
Outcome Replay(const RunOptions& options, const Plan& plan, const ReadyKeys& keys);

// Shrink leaves halves, quarters and so on out of a plan for as long as the same invariant is
// broken. It replays at most `replays_max` times.
Plan Shrink(const RunOptions& options, const Outcome& failed, const ReadyKeys& keys,
            int replays_max = 60);

}  // namespace perennial::sim
