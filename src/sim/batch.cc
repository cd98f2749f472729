// SPDX-License-Identifier: Apache-2.0
#include "sim/batch.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <vector>

#include "base/check.h"
#include "sim/faults.h"

namespace perennial::sim {
namespace {

constexpr int64_t kSeedsEnough = 20, kEventsEnough = 2000;
// What is counted beside faults, and must have been come by, too.
constexpr std::string_view kDeeds[] = {"killed",   "proxy-stopped", "clock-jump",
                                       "key-read", "late-delivery", "renewal-served",
                                       "log-full", "log-torn",      "log-of-unknown-outcome"};

void Add(Batch& to, const Batch& other) {
  to.seeds += other.seeds;
  to.events += other.events;
  to.broken += other.broken;
  to.load_balancer_days += other.load_balancer_days;
  for (const auto& [name, count] : other.reached) to.reached[name] += count;
}

// Every `step`-th seed, from number `at` on.
Batch RunSome(const RunOptions& first, int64_t seeds, int64_t at, int64_t step,
              const ReadyKeys& keys, const Tell& tell) {
  Batch batch;
  for (int64_t i = at; i < seeds; i += step) {
    auto options = first;
    options.seed += static_cast<uint64_t>(i);
    const auto outcome = Run(options, keys);
    Add(batch, {1, outcome.events, outcome.violation ? 1 : 0, outcome.load_balancer_days,
                outcome.reached});
    tell(options, outcome);
  }
  return batch;
}

// A batch as lines of a name and a number, from one process to another.
std::string Encode(const Batch& batch) {
  auto text = fmt::format("seeds {}\nevents {}\nbroken {}\ndays {}\n", batch.seeds, batch.events,
                          batch.broken, batch.load_balancer_days);
  for (const auto& [name, count] : batch.reached) text += fmt::format("{} {}\n", name, count);
  return text + "end 1\n";
}

// False when the text is not whole: its process died.
bool Decode(std::string_view text, Batch& batch) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto space = std::min(line.find(' '), line.size());
    const auto name = line.substr(0, space);
    double number = 0;
    std::from_chars(line.data() + std::min(space + 1, line.size()), line.data() + line.size(),
                    number);
    const auto count = static_cast<int64_t>(number);
    if (name == "end") return true;
    if (name == "seeds")
      batch.seeds = count;
    else if (name == "events")
      batch.events = count;
    else if (name == "broken")
      batch.broken = count;
    else if (name == "days")
      batch.load_balancer_days = number;
    else
      batch.reached[std::string(name)] = count;
  }
  return false;
}

struct Process {
  pid_t pid = 0;
  int from = -1;
};

Process Fork(const std::function<Batch()>& work) {
  int ends[2];
  CHECK(pipe(ends) == 0);
  (void)std::fflush(stdout);
  const pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid > 0) {
    close(ends[1]);
    return {pid, ends[0]};
  }
  close(ends[0]);
  const auto text = Encode(work());
  (void)std::fflush(stdout);
  const bool told = write(ends[1], text.data(), text.size()) == std::ssize(text);
  _exit(told ? 0 : 1);
}

Batch Await(const Process& process) {
  std::string text;
  char bytes[4096];
  for (ssize_t got = 0; (got = read(process.from, bytes, sizeof bytes)) > 0;) {
    text.append(bytes, static_cast<size_t>(got));
  }
  close(process.from);
  int status = 0;
  CHECK(waitpid(process.pid, &status, 0) == process.pid);
  Batch batch;
  if (!Decode(text, batch) || status != 0) {
    fmt::print("a process that ran seeds died (status {})\n", status);
    ++batch.broken;
  }
  return batch;
}

}  // namespace

Batch RunBatch(const RunOptions& first, int64_t seeds, int64_t jobs, const ReadyKeys& keys,
               const Tell& tell) {
  Batch batch;
  for (const auto name : kFaultNames) batch.reached[std::string(name)] = 0;
  jobs = std::min(jobs, seeds);
  if (jobs <= 1) {
    Add(batch, RunSome(first, seeds, 0, 1, keys, tell));
    return batch;
  }
  std::vector<Process> processes;
  for (int64_t job = 0; job < jobs; ++job) {
    processes.push_back(Fork([&] { return RunSome(first, seeds, job, jobs, keys, tell); }));
  }
  for (const auto& process : processes) Add(batch, Await(process));
  return batch;
}

std::string NeverReached(const Batch& batch, int64_t events_of_each) {
  if (batch.seeds < kSeedsEnough || events_of_each < kEventsEnough) return "";
  std::vector<std::string_view> wanted(kFaultNames.begin(), kFaultNames.end());
  wanted.insert(wanted.end(), std::begin(kDeeds), std::end(kDeeds));
  std::string missing;
  for (const auto name : wanted) {
    const auto found = batch.reached.find(std::string(name));
    if (found == batch.reached.end() || found->second == 0) missing += fmt::format(" {}", name);
  }
  return missing;
}

}  // namespace perennial::sim
