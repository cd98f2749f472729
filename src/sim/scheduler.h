// SPDX-License-Identifier: Apache-2.0
// Executes entries of a plan in a world: who goes on, what time it is, what goes wrong.
#pragma once

#include <string>

#include "sim/chance.h"
#include "sim/checker.h"
#include "sim/workload.h"
#include "sim/world.h"

namespace perennial::sim {

// Used by one thread.
class Scheduler {
 public:
  // `world` has been built. `faults` are those that this run knows; if none, `seed` picks them.
  Scheduler(World& world, uint64_t seed, std::vector<Fault> faults);

  void Execute(uint64_t entry);
  // Settle ends all faults, lets everybody go on, and demands that all comes right (I9).
  void Settle();

  int64_t events() const { return events_; }
  double load_balancer_days() const { return load_balancer_days_; }

 private:
  void Event(const std::string& what);
  void PassTime(Duration duration);
  void RunStep(Part& part, const Step& step);
  void StepSomebody();
  void Round();
  void Meanwhile();
  Part& VictimOf(Fault fault);
  void ArmFault();
  void Disturb();
  void Heal(bool all);

  World& world_;
  Checker checker_;
  Workload workload_;
  Chance chance_;
  std::vector<Fault> known_;
  int64_t events_ = 0;
  int depth_ = 0;
  double load_balancer_days_ = 0;
};

}  // namespace perennial::sim
