// SPDX-License-Identifier: Apache-2.0
#include "base/news.h"

#include <utility>
#include <vector>

namespace perennial {

void NewsBoard::Publish(const std::string& topic, int64_t position) {
  std::vector<std::function<void()>> woken;
  {
    MutexLock lock(mutex_);
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
