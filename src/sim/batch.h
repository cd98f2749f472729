// SPDX-License-Identifier: Apache-2.0
// Many seeds, over as many processes as there are cores: a run is one thread, and holds what a
// process has only once.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "sim/run.h"

namespace perennial::sim {

// What the runs came to, in sum.
struct Batch {
  int64_t seeds = 0, events = 0;
  int64_t broken = 0;  // Runs that broke an invariant, and processes that died.
  double load_balancer_days = 0;
  std::map<std::string, int64_t> reached;  // With every fault, also those that never struck.
};

// RunBatch runs `seeds` seeds, counted up from that of `first`, in `jobs` processes; with 1 in this
// one. `tell` is called for every run, in the process that ran it. `keys` were made in this
// process, which has no other thread.
using Tell = std::function<void(const RunOptions& options, const Outcome& outcome)>;
Batch RunBatch(const RunOptions& first, int64_t seeds, int64_t jobs, const ReadyKeys& keys,
               const Tell& tell);

// NeverReached names what did not happen in the whole batch although it should have: with faults
// that never struck, nothing was shown. Only many seeds and events are held to it.
std::string NeverReached(const Batch& batch, int64_t events_of_each);

}  // namespace perennial::sim
