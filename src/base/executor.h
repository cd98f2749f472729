// SPDX-License-Identifier: Apache-2.0
// Where work runs: a bounded pool for requests, and loops for work that repeats.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"

namespace perennial {

// Safe to call from many threads.
class Executor {
 public:
  virtual ~Executor() = default;

  // Post runs `work` later on a thread of the executor. It returns false, and does not keep `work`,
  // when the queue is full or the executor is stopping: the caller answers "try again".
  virtual bool Post(std::function<void()> work) = 0;
};

// A fixed number of threads over a bounded queue.
class ThreadPool final : public Executor {
 public:
  struct Options {
    std::string name;
    int threads = 4;
    size_t queue_max = 1024;
  };
  explicit ThreadPool(Options options);
  ~ThreadPool() override;  // Stops.

  bool Post(std::function<void()> work) override;

  // Stop runs what is queued, then joins. Later posts are refused.
  void Stop();

 private:
  void Run();

  const Options options_;
  Mutex mutex_;
  Condition changed_;
  std::deque<std::function<void()>> queue_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

// Work that repeats: `step` does a bounded amount and says how long to pause before the next. A
// thread drives it here; the simulator and tests call the same step themselves.
class Loop {
 public:
  using Step = std::function<Duration()>;
  Loop(std::string name, Step step);
  ~Loop();  // Stops.

  void Start();
  // RunStep runs one step on the caller's thread: for whoever drives loops without threads. Never
  // together with Start.
  Duration RunStep();
  const std::string& name() const { return name_; }
  // Wake ends the present pause, so that the next step runs at once. Safe from any thread.
  void Wake();
  // Stop lets a running step finish and joins.
  void Stop();

 private:
  void Run();

  const std::string name_;
  const Step step_;
  Mutex mutex_;
  Condition changed_;
  bool woken_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace perennial
