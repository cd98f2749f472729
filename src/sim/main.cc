// SPDX-License-Identifier: Apache-2.0
// perennial_sim --seed S [--seeds N] [--events N] [--print]: exit 0 when no invariant was broken.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/clock.h"
#include "base/log.h"
#include "sim/run.h"

namespace perennial::sim {
namespace {

void Explain(const RunOptions& options, const Outcome& failed, const ReadyKeys& keys) {
  fmt::print("seed {}: {} is broken at event {} (trace {:016x}): {}\n", options.seed,
             failed.violation->invariant, failed.events, failed.hash, failed.violation->what);
  if (options.prints) return;  // Who looks at every event of it shrinks it later.
  const auto plan = Shrink(options, failed, keys);
  fmt::print("  {} of {} entries of its plan suffice:\n", plan.size(), failed.plan.size());
  auto again = options;
  again.prints = true;
  (void)Replay(again, plan, keys);
}

int Simulate(const RunOptions& first, int64_t seeds) {
  const auto keys = MakeReadyKeys();
  const SystemClock clock;
  const auto start = clock.Monotonic();
  std::map<std::string, int64_t> reached;
  for (const auto name : kFaultNames) reached[std::string(name)] = 0;
  int64_t events = 0, broken = 0;
  double days = 0;
  for (int64_t i = 0; i < seeds; ++i) {
    auto options = first;
    options.seed += static_cast<uint64_t>(i);
    const auto outcome = Run(options, keys);
    events += outcome.events;
    days += outcome.load_balancer_days;
    for (const auto& [name, count] : outcome.reached) reached[name] += count;
    if (seeds == 1 && !outcome.violation) {
      fmt::print("seed {}: trace {:016x}\n", options.seed, outcome.hash);
    }
    if (!outcome.violation) continue;
    ++broken;
    Explain(options, outcome, keys);
  }
  const double minutes =
      std::chrono::duration<double, std::ratio<60>>(clock.Monotonic() - start).count();
  fmt::print("{} seeds, {} events, {} broken; {:.0f} load-balancer-days, {:.0f} a minute\nreached:",
             seeds, events, broken, days, days / minutes);
  for (const auto& [name, count] : reached) fmt::print(" {}={}", name, count);
  fmt::print("\n");
  return broken == 0 ? 0 : 1;
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
  app.add_flag("--print", options.prints, "Print every event, and shrink nothing.");
  bool logs = false;
  app.add_flag("--log", logs, "Let the product write its log to stderr.");
  CLI11_PARSE(app, argc, argv);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  perennial::SetLog(logs ? perennial::LogLevel::kInfo : perennial::LogLevel::kNone,
                    perennial::LogFormat::kLogfmt);
  return perennial::sim::Simulate(options, seeds);
}
