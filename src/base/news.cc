// SPDX-License-Identifier: Apache-2.0
#include "base/news.h"

#include <iterator>
#include <utility>

namespace perennial {
namespace {

// Topics come and go, as rollouts do. Whoever subscribes late to one that was dropped is woken by its
// next position, or by service::NewsWatch.
constexpr size_t kTopicsKept = 10'000;

}  // namespace

void NewsBoard::Publish(const std::string& topic, int64_t position) {
  std::vector<std::function<void()>> woken;
  {
    MutexLock lock(mutex_);
    if (positions_.size() >= kTopicsKept) {
      for (auto it = positions_.begin(); it != positions_.end();) {
        it = by_topic_.contains(it->first) ? std::next(it) : positions_.erase(it);
      }
    }
    int64_t& current = positions_[topic];
    if (position <= current) return;
    current = position;
    const auto [begin, end] = by_topic_.equal_range(topic);
    for (auto it = begin; it != end;) {
      const auto waiter = waiters_.find(it->second);
      if (waiter != waiters_.end() && waiter->second.awaited.position < position) {
        woken.push_back(std::move(waiter->second.wake));
        waiters_.erase(waiter);
        it = by_topic_.erase(it);
      } else {
        ++it;
      }
    }
  }
  for (const auto& wake : woken) wake();
}

NewsBoard::Ticket NewsBoard::Subscribe(const NotYet& awaited, std::function<void()> wake) {
  Ticket ticket = 0;
  {
    MutexLock lock(mutex_);
    ticket = next_ticket_++;
    const auto position = positions_.find(awaited.topic);
    if (position == positions_.end() || position->second <= awaited.position) {
      waiters_.emplace(ticket, Waiter{awaited, std::move(wake)});
      by_topic_.emplace(awaited.topic, ticket);
      return ticket;
    }
  }
  wake();
  return ticket;
}

std::vector<std::string> NewsBoard::Awaited() const {
  MutexLock lock(mutex_);
  std::vector<std::string> topics;
  for (const auto& [topic, ticket] : by_topic_) {
    if (topics.empty() || topics.back() != topic) topics.push_back(topic);
  }
  return topics;
}

void NewsBoard::Unsubscribe(Ticket ticket) {
  MutexLock lock(mutex_);
  const auto waiter = waiters_.find(ticket);
  if (waiter == waiters_.end()) return;
  const auto [begin, end] = by_topic_.equal_range(waiter->second.awaited.topic);
  for (auto it = begin; it != end; ++it) {
    if (it->second == ticket) {
      by_topic_.erase(it);
      break;
    }
  }
  waiters_.erase(waiter);
}

}  // namespace perennial
