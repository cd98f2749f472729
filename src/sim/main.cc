// SPDX-License-Identifier: Apache-2.0
// perennial_sim --seed S [--seeds N] [--events N] [--jobs N] [--print]: exit 0 when no invariant
// was broken and, over many seeds, every fault struck.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "base/clock.h"
#include "base/log.h"
#include "sim/batch.h"

namespace perennial::sim {
namespace {

void Explain(const RunOptions& options, const Outcome& failed, const ReadyKeys& keys,
             bool shrinks) {
  fmt::print("seed {}: {} is broken at event {} (trace {:016x}): {}\n", options.seed,
             failed.violation->invariant, failed.events, failed.hash, failed.violation->what);
  if (!shrinks) return;
  const auto plan = Shrink(options, failed, keys);
  fmt::print("seed {}: {} of {} entries of its plan suffice:\n", options.seed, plan.size(),
             failed.plan.size());
  auto again = options;
  again.prints = true;
  (void)Replay(again, plan, keys);
}

int Simulate(const RunOptions& first, int64_t seeds, int64_t jobs) {
  const auto keys = MakeReadyKeys();
  const SystemClock clock;
  const auto start = clock.Monotonic();
  int64_t shrunk = 0;
  const auto batch =
      RunBatch(first, seeds, jobs, keys, [&](const RunOptions& options, const Outcome& outcome) {
        if (outcome.violation) {
          // One a process: it takes minutes. And who looks at every event shrinks it later.
          Explain(options, outcome, keys, !options.prints && shrunk++ == 0);
        } else if (seeds == 1) {
          fmt::print("seed {}: trace {:016x}\n", options.seed, outcome.hash);
        }
      });
  const double minutes =
      std::chrono::duration<double, std::ratio<60>>(clock.Monotonic() - start).count();
  fmt::print("{} seeds, {} events, {} broken; {:.0f} load-balancer-days, {:.0f} a minute\nreached:",
             batch.seeds, batch.events, batch.broken, batch.load_balancer_days,
             batch.load_balancer_days / minutes);
  for (const auto& [name, count] : batch.reached) fmt::print(" {}={}", name, count);
  fmt::print("\n");
  const auto missing = NeverReached(batch, first.events);
  if (!missing.empty()) fmt::print("NEVER REACHED, so nothing is shown of it:{}\n", missing);
  return batch.broken == 0 && missing.empty() ? 0 : 1;
}

}  // namespace
}  // namespace perennial::sim

int main(int argc, char** argv) {
  CLI::App app(
      "Runs Perennial in one thread, from a seed, with faults, and judges it after every event.");
  perennial::sim::RunOptions options;
  int64_t seeds = 1;
  app.add_option("--seed", options.seed, "The first seed.");
  app.add_option("--seeds", seeds, "How many seeds, counted up from the first.");
  app.add_option("--events", options.events, "Events of each run, before it settles.");
  int64_t jobs = std::max(1L, sysconf(_SC_NPROCESSORS_ONLN));
  app.add_option("--jobs", jobs, "How many processes share the seeds; by itself one a core.");
  app.add_flag("--print", options.prints, "Print every event, and shrink nothing.");
  bool logs = false;
  app.add_flag("--log", logs, "Let the product write its log to stderr.");
  CLI11_PARSE(app, argc, argv);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  perennial::SetLog(logs ? perennial::LogLevel::kInfo : perennial::LogLevel::kNone,
                    perennial::LogFormat::kLogfmt);
  return perennial::sim::Simulate(options, seeds, jobs);
}
