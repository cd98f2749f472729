// SPDX-License-Identifier: Apache-2.0
// What the simulator promises: a run comes again from its seed, and what is broken is found.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "base/log.h"
#include "base/testing_mutant.h"
#include "sim/batch.h"
#include "sim/faults.h"

namespace perennial::sim {
namespace {

const ReadyKeys& Keys() {
  static const ReadyKeys keys = [] {
    SetLog(LogLevel::kNone, LogFormat::kLogfmt);
    return MakeReadyKeys();
  }();
  return keys;
}

TEST(Simulator, RepeatsARunFromItsSeed) {
  const RunOptions options{.seed = 7, .events = 300};
  const auto first = sim::Run(options, Keys());
  const auto second = sim::Run(options, Keys());
  EXPECT_EQ(first.hash, second.hash);
  EXPECT_EQ(first.events, second.events);
  EXPECT_EQ(Replay(options, first.plan, Keys()).hash, first.hash);
  EXPECT_NE(first.hash, sim::Run({.seed = 8, .events = 300}, Keys()).hash);
}

TEST(Simulator, FindsNothingWrong) {
  for (uint64_t seed = 1; seed <= 2; ++seed) {
    const auto outcome = sim::Run({.seed = seed, .events = 1500}, Keys());
    EXPECT_FALSE(outcome.violation)
        << "seed " << seed << ", event " << outcome.events << ": " << outcome.violation->what;
  }
}

TEST(Batch, OverSeveralProcessesComesToTheSame) {
  const RunOptions first{.seed = 11, .events = 60};
  const auto nobody = [](const RunOptions&, const Outcome&) {};
  const auto alone = RunBatch(first, 3, 1, Keys(), nobody);
  const auto shared = RunBatch(first, 3, 2, Keys(), nobody);
  EXPECT_EQ(alone.seeds, 3);
  EXPECT_EQ(shared.seeds, 3);
  EXPECT_EQ(shared.broken, 0);
  EXPECT_EQ(shared.events, alone.events);
  EXPECT_EQ(shared.reached, alone.reached);
}

TEST(Batch, AProcessThatDiesIsNoSuccess) {
  const auto dies = [](const RunOptions& options, const Outcome&) {
    if (options.seed == 12) _exit(0);
  };
  EXPECT_EQ(RunBatch({.seed = 11, .events = 1}, 2, 2, Keys(), dies).broken, 1);
}

TEST(Batch, ManySeedsThatDidNotMeetAFaultSayWhich) {
  Batch batch;
  for (const auto name : kFaultNames) batch.reached[std::string(name)] = 1;
  for (const auto* name : {"killed", "proxy-stopped", "clock-jump", "late-delivery", "key-read",
                           "log-full", "log-torn", "log-of-unknown-outcome"}) {
    batch.reached[name] = 1;
  }
  batch.reached["disk-full"] = 0;
  batch.seeds = 200;
  EXPECT_EQ(NeverReached(batch, 5000), " disk-full renewal-served");
  batch.seeds = 3;
  EXPECT_EQ(NeverReached(batch, 5000), "");
}

#ifdef PERENNIAL_PROOF
// A guard that is switched off, and the invariant that must be found broken.
struct Planted {
  const char* mutant;
  const char* invariant;
  uint64_t seed;  // Where to begin; it finds it at once as long as nothing else has changed.
  int seeds;
  int64_t events;
  std::vector<Fault> faults = {};  // Where one is the only way to it.
};

void PrintTo(const Planted& planted, std::ostream* out) { *out << planted.mutant; }

class PlantedBug : public ::testing::TestWithParam<Planted> {};

TEST_P(PlantedBug, IsFound) {
  const auto& planted = GetParam();
  const MutantOn mutant(planted.mutant);
  std::string found;
  for (int i = 0; i < planted.seeds && found.empty(); ++i) {
    const auto outcome = sim::Run({.seed = planted.seed + static_cast<uint64_t>(i),
                                   .events = planted.events,
                                   .faults = planted.faults},
                                  Keys());
    if (outcome.violation) found = outcome.violation->invariant;
  }
  EXPECT_EQ(found, planted.invariant);
}

INSTANTIATE_TEST_SUITE_P(
    Simulator, PlantedBug,
    ::testing::Values(
        Planted{"certificates.serial_not_reserved", "I8", 1, 2, 600},
        Planted{"certificates.scheduler_off", "I5", 2, 2, 3500},
        Planted{"agent.install_skipped", "I9", 1, 3, 800},
        Planted{"haproxy.former_left_out", "I7", 29, 12, 1200},
        Planted{"haproxy.file_after_commit", "I10", 1, 12, 2500, {Fault::kCrashAfterProxy}}),
    [](const auto& info) {
      std::string name = info.param.mutant;
      std::ranges::replace(name, '.', '_');
      return name;
    });

// What is found can be shown in few steps.
TEST(Simulator, ShrinksAPlan) {
  const MutantOn mutant("certificates.serial_not_reserved");
  const RunOptions options{.seed = 3, .events = 600};
  const auto failed = sim::Run(options, Keys());
  ASSERT_TRUE(failed.violation);
  const auto plan = Shrink(options, failed, Keys(), 20);
  EXPECT_LT(plan.size(), failed.plan.size());
}
#endif

}  // namespace
}  // namespace perennial::sim
