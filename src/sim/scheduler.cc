// SPDX-License-Identifier: Apache-2.0
#include "sim/scheduler.h"

#include <fmt/format.h>

#include <algorithm>

namespace perennial::sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr int kMeanwhileDepth = 2;  // How many calls may be under way at once.
constexpr int kSettleRounds = 60;

// What a person's browser or program can meet.
constexpr Fault kOfPeople[] = {Fault::kRequestLost, Fault::kReplyLost,      Fault::kMessageTwice,
                               Fault::kMessageLate, Fault::kRequestDelayed, Fault::kMeanwhile};

}  // namespace

Scheduler::Scheduler(World& world, uint64_t seed, std::vector<Fault> faults)
    : world_(world), checker_(world), workload_(world), chance_(seed), known_(std::move(faults)) {
  Chance which(seed ^ 0x5eed);
  const bool picks = known_.empty();
  for (size_t i = 0; picks && i < kFaultNames.size(); ++i) {
    if (which.OneIn(2)) known_.push_back(static_cast<Fault>(i));
  }
  if (known_.empty()) known_.push_back(Fault::kRequestLost);
  // Handlers and loops of certificates hold no lock between their transactions.
  for (const auto& daemon : world_.daemons) {
    if (daemon->config.roles.contains("certificates")) daemon->meanwhile = [this] { Meanwhile(); };
  }
  world_.network.SetHooks(
      {.meanwhile = [this] { Meanwhile(); },
       .answered = [this](const auto& request,
                          const auto& response) { checker_.Answered(request, response); }});
}

void Scheduler::Event(const std::string& what) {
  ++events_;
  world_.trace.Note(fmt::format("{} {} {}", events_, FormatTime(world_.clock.Now()), what));
  checker_.Look();
}

void Scheduler::PassTime(Duration duration) {
  world_.clock.Advance(duration);
  const auto rows = world_.load_balancer_truth().ReadValue([](storage::Session& session) {
    return session.QueryOne("SELECT COUNT(*) FROM load_balancer WHERE lifecycle_state = 'ACTIVE'");
  });
  const double days = std::chrono::duration<double, std::ratio<86400>>(duration).count();
  if (rows && *rows) load_balancer_days_ += days * static_cast<double>((*rows)->Int(0));
}

void Scheduler::RunStep(Part& part, const Step& step) {
  // A loop is one thread: it does not begin again before it ended. A busy agent acts alone.
  if (!part.running.empty()) return;
  part.running = step.name;
  const bool lives = part.Enter([&] { step.run(); });
  part.running.clear();
  // Half of the time the whole host went down.
  for (const auto& node : world_.nodes) {
    if (!lives && node.get() == &part && chance_.OneIn(2)) node->proxy.Stop();
  }
  Event(fmt::format("{} {}{}", part.name, step.name, lives ? "" : " and died"));
}

void Scheduler::StepSomebody() {
  auto parts = world_.Parts();
  auto& part = *chance_.Pick(parts);
  if (!part.alive()) return;
  const auto steps = part.Steps();
  if (!steps.empty()) RunStep(part, chance_.Pick(steps));
}

// Everybody goes on once, in an order that changes.
void Scheduler::Round() {
  auto parts = world_.Parts();
  for (size_t i = parts.size(); i > 1; --i) std::swap(parts[i - 1], parts[chance_.Below(i)]);
  for (auto* part : parts) {
    for (size_t i = 0, count = part->Steps().size(); i < count && part->alive(); ++i) {
      RunStep(*part, part->Steps()[i]);
    }
  }
}

// While a message is on its way: the others do something, or the person clicks again.
void Scheduler::Meanwhile() {
  if (depth_ >= kMeanwhileDepth) return;
  ++depth_;
  for (auto i = chance_.Below(4); i > 0; --i) {
    if (chance_.OneIn(3)) {
      Event("meanwhile " + workload_.Act(chance_));
    } else {
      StepSomebody();
    }
  }
  --depth_;
}

// Whom a fault can strike: a proxy's only whoever has one, a database's only whoever has one.
Part& Scheduler::VictimOf(Fault fault) {
  const bool of_proxy = fault >= Fault::kCrashBeforeProxy;
  const bool of_database = fault <= Fault::kCrashAfterCommit;
  std::vector<Part*> victims;
  for (auto* part : world_.Parts()) {
    const bool is_node = part->name.starts_with("node");
    const bool stores = !is_node && !part->name.starts_with("replica");
    if ((!of_proxy || is_node) && (!of_database || stores)) victims.push_back(part);
  }
  return *chance_.Pick(victims);
}

void Scheduler::ArmFault() {
  const auto fault = chance_.Pick(known_);
  // A probe that stays broken for days is what expiry must not depend on.
  const int times = fault == Fault::kProbeBroken && chance_.OneIn(3) ? 100000 : 1;
  if (chance_.OneIn(3) && std::ranges::find(kOfPeople, fault) != std::end(kOfPeople)) {
    world_.person.faults.Arm(fault, static_cast<int>(chance_.Below(2)));
    return;
  }
  VictimOf(fault).faults.Arm(fault, static_cast<int>(chance_.Below(6)), times);
}

// What happens to a whole host.
void Scheduler::Disturb() {
  auto parts = world_.Parts();
  auto& node = *world_.nodes[chance_.Below(world_.nodes.size())];
  switch (chance_.Below(8)) {
    case 0:
    case 1: {
      auto& part = *chance_.Pick(parts);
      part.Kill();
      world_.trace.Reached("killed");
      return Event(part.name + " is killed");
    }
    case 2: {
      // Often the whole host: its agent is dead already.
      auto* victim = &node;
      for (const auto& other : world_.nodes) {
        if (!other->alive() && other->proxy.running() && chance_.OneIn(2)) victim = other.get();
      }
      victim->proxy.Stop();
      world_.trace.Reached("proxy-stopped");
      return Event(victim->name + "'s proxy dies");
    }
    case 3: {
      constexpr Duration kJumps[] = {std::chrono::seconds(1), minutes(2), minutes(10), hours(30)};
      node.clock.offset = kJumps[chance_.Below(std::size(kJumps))] * (chance_.OneIn(2) ? 1 : -1);
      world_.trace.Reached("clock-jump");
      return Event(node.name + "'s clock jumps");
    }
    case 4:
    case 5:
    case 6:
      if (world_.network.DeliverLate(chance_.OneIn(2))) {
        world_.trace.Reached("late-delivery");
        Event("a late message arrives");
      }
      return;
    default:
      world_.network.Turn();
      return;
  }
}

void Scheduler::Heal(bool all) {
  for (auto* part : world_.Parts()) {
    if (!part->alive() && (all || chance_.OneIn(2))) {
      part->Begin();
      Event(part->name + (part->alive() ? " starts" : " does not start"));
    }
    if (all) part->faults.Clear();
  }
  if (all) world_.person.faults.Clear();
  for (const auto& node : world_.nodes) {
    if (!node->proxy.running() && (all || chance_.OneIn(2))) {
      if (!node->proxy.Start()) {
        world_.trace.Violated("I7", node->name + "'s proxy cannot be started with its files");
      }
      Event(node->name + "'s proxy starts");
    }
    if (all || chance_.OneIn(3)) node->clock.offset = {};
  }
}

void Scheduler::Execute(uint64_t entry) {
  chance_ = Chance(entry);
  const auto kind = chance_.Below(100);
  if (kind < 35) {
    PassTime(std::chrono::milliseconds(chance_.Between(0, 8000)));
    StepSomebody();
  } else if (kind < 55) {
    PassTime(std::chrono::milliseconds(chance_.Between(100, 4000)));
    // Most of the time the services know what identity knows, as they do when nothing is wrong.
    if (!chance_.OneIn(6)) {
      for (const auto& daemon : world_.daemons) {
        for (const auto& step : daemon->Steps()) {
          if (step.name == "identity" && daemon->alive()) RunStep(*daemon, step);
        }
      }
    }
    for (auto acts = chance_.Between(1, 3); acts > 0; --acts) Event(workload_.Act(chance_));
  } else if (kind < 75) {
    ArmFault();
  } else if (kind < 85) {
    Disturb();
  } else {
    PassTime(chance_.OneIn(2) ? Duration(std::chrono::seconds(chance_.Between(5, 600)))
                              : Duration(minutes(chance_.Between(20, 480))));
    Heal(false);
    Round();
  }
}

void Scheduler::Settle() {
  Heal(true);
  while (world_.network.DeliverLate(true)) Event("a late message arrives");
  std::string missing;
  for (int round = 0; round < kSettleRounds; ++round) {
    // In between as long as a renewal that failed often waits for its next attempt; the last rounds
    // are left to what becomes due then.
    const bool waits = round % 12 == 5;
    PassTime(waits ? Duration(hours(7)) : Duration(std::chrono::seconds(31)));
    Heal(true);
    Round();
    missing = checker_.Converged();
    if (!missing.empty()) Event("not yet settled: " + missing);
    if (missing.empty() && round > 14) return;
  }
  world_.trace.Violated("I9", "all is well again, and yet: " + missing);
}

}  // namespace perennial::sim
