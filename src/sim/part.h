// SPDX-License-Identifier: Apache-2.0
// One process of the simulated installation: what of it survives a crash, and what does not.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/http.h"
#include "base/time.h"
#include "sim/disk.h"
#include "sim/faults.h"
#include "sim/sim_clock.h"

namespace perennial::sim {

class Part;

// Thrown where a process dies. Everything between there and the scheduler, or the caller in another
// process, is unwound; then the process is destroyed. Not a std::exception: the product catches
// those.
struct Crash {
  const Part* part;
};

// A loop of the process, as a step.
struct Step {
  std::string name;
  std::function<Duration()> run;
};

// Used by one thread.
class Part {
 public:
  Part(std::string part_name, const Clock& world_clock, Trace& trace)
      : name(std::move(part_name)), clock(world_clock), faults(trace), disk(*this) {}
  virtual ~Part() = default;
  Part(const Part&) = delete;

  // Start builds the process from its disk and databases. An error is a process that does not
  // start.
  virtual Result<void> Start() = 0;
  // Destroy takes away all that was in memory.
  virtual void Destroy() = 0;
  virtual std::vector<Step> Steps() = 0;

  bool alive() const { return alive_; }
  bool busy() const { return depth_ > 0; }
  // Kill has the process die now, or, where it is running, at its next seam.
  void Kill();
  // Begin starts it unless it runs or has not been unwound yet.
  void Begin();

  // Enter runs `work` inside the process. False: it died meanwhile.
  bool Enter(const std::function<void()>& work);
  // Die throws out of the process.
  [[noreturn]] void Die();
  // Every seam calls it first: who was killed goes no further.
  void Pass() {
    if (depth_ > 0 && !alive_) throw Crash{this};
  }

  const std::string name;
  SkewedClock clock;
  Faults faults;
  Disk disk;
  std::string running;  // The step that runs, so that no loop is entered twice.
  // Others go on, where this process is between two transactions. Empty: not simulated there.
  std::function<void()> meanwhile;
  int64_t writes = 0;  // Transactions that may have changed something.

 private:
  bool alive_ = false;
  int depth_ = 0;
};

}  // namespace perennial::sim
