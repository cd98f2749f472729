// SPDX-License-Identifier: Apache-2.0
#include "sim/run.h"

#include <algorithm>

#include "sim/scheduler.h"

namespace perennial::sim {
namespace {

// `next` returns the entries one by one, and nothing at the end.
template <class Next>
Outcome Execute(const RunOptions& options, const ReadyKeys& keys, Next next) {
  Outcome outcome;
  Trace trace(options.prints);
  World world(options.seed, trace, keys);
  if (const auto built = world.Build(); !built) {
    outcome.violation = Violation{"build", built.error().message};
    return outcome;
  }
  Scheduler scheduler(world, options.seed, options.faults);
  while (!trace.violation()) {
    const std::optional<uint64_t> entry = next(scheduler.events());
    if (!entry) break;
    outcome.plan.push_back(*entry);
    scheduler.Execute(*entry);
  }
  if (!trace.violation()) scheduler.Settle();
  outcome.violation = trace.violation();
  outcome.events = scheduler.events();
  outcome.hash = trace.hash();
  outcome.load_balancer_days = scheduler.load_balancer_days();
  outcome.reached = trace.reached();
  return outcome;
}

}  // namespace

Outcome Run(const RunOptions& options, const ReadyKeys& keys) {
  Chance entries(options.seed);
  return Execute(options, keys, [&](int64_t events) -> std::optional<uint64_t> {
    if (events >= options.events) return std::nullopt;
    return entries.Next();
  });
}

Outcome Replay(const RunOptions& options, const Plan& plan, const ReadyKeys& keys) {
  size_t at = 0;
  return Execute(options, keys, [&](int64_t) -> std::optional<uint64_t> {
    if (at == plan.size()) return std::nullopt;
    return plan[at++];
  });
}

Plan Shrink(const RunOptions& options, const Outcome& failed, const ReadyKeys& keys,
            int replays_max) {
  Plan plan = failed.plan;
  for (size_t size = plan.size() / 2; size > 0 && replays_max > 0; size /= 2) {
    for (size_t at = 0; at < plan.size() && replays_max > 0;) {
      Plan shorter = plan;
      const auto begin = shorter.begin() + static_cast<std::ptrdiff_t>(at);
      const auto end = begin + static_cast<std::ptrdiff_t>(std::min(size, plan.size() - at));
      shorter.erase(begin, end);
      --replays_max;
      const auto again = Replay(options, shorter, keys);
      if (again.violation && again.violation->invariant == failed.violation->invariant) {
        plan = again.plan;
      } else {
        at += size;
      }
    }
  }
  return plan;
}

}  // namespace perennial::sim
