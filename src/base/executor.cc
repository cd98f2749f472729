// SPDX-License-Identifier: Apache-2.0
#include "base/executor.h"

#include <pthread.h>

#include <utility>

#include "base/check.h"

namespace perennial {
namespace {

// The kernel keeps 15 characters of a thread's name; it shows in top and in core dumps.
void NameThisThread(const std::string& name) {
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
}

}  // namespace

ThreadPool::ThreadPool(Options options) : options_(std::move(options)) {
  for (int i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { Run(); });
}

ThreadPool::~ThreadPool() { Stop(); }

bool ThreadPool::Post(std::function<void()> work) {
  MutexLock lock(mutex_);
  if (stopping_ || queue_.size() >= options_.queue_max) return false;
  queue_.push_back(std::move(work));
  changed_.NotifyAll();
  return true;
}

void ThreadPool::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void ThreadPool::Run() {
  NameThisThread(options_.name);
  while (true) {
    std::function<void()> work;
    {
      MutexLock lock(mutex_);
      while (queue_.empty() && !stopping_) changed_.Wait(mutex_);
      if (queue_.empty()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    work();
  }
}

Loop::Loop(std::string name, Step step) : name_(std::move(name)), step_(std::move(step)) {}

Loop::~Loop() { Stop(); }

void Loop::Start() {
  CHECK(!thread_.joinable());
  thread_ = std::thread([this] { Run(); });
}

Duration Loop::RunStep() {
  CHECK(!thread_.joinable());
  return step_();
}

void Loop::Wake() {
  MutexLock lock(mutex_);
  woken_ = true;
  changed_.NotifyAll();
}

void Loop::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

void Loop::Run() {
  NameThisThread(name_);
  while (true) {
    {
      MutexLock lock(mutex_);
      if (stopping_) return;
      woken_ = false;
    }
    const Duration pause = step_();
    MutexLock lock(mutex_);
    if (!stopping_ && !woken_ && pause > Duration::zero()) changed_.WaitFor(mutex_, pause);
  }
}

}  // namespace perennial
