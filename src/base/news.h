// SPDX-License-Identifier: Apache-2.0
// Who waits for news, and who has some. A service that has nothing new to say returns NotYet; the
// network parks the connection on this board without a thread and asks again when the topic moves.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/mutex.h"

namespace perennial {

// "Nothing after `position` on `topic` yet."
struct NotYet {
  std::string topic;
  int64_t position = 0;
};

// Safe to call from many threads.
class NewsBoard {
 public:
  using Ticket = uint64_t;

  // Publish raises the topic to `position` (a lower one is ignored) and calls everyone who waits
  // for less.
  void Publish(const std::string& topic, int64_t position);

  // Subscribe calls `wake` once, as soon as the topic is beyond `position`: perhaps at once,
  // perhaps on a publisher's thread. `wake` must be quick and must not call the board.
  Ticket Subscribe(const NotYet& awaited, std::function<void()> wake);

  // Awaited returns each topic that somebody waits on now.
  std::vector<std::string> Awaited() const;

  // Unsubscribe forgets the ticket. A call that has begun may still finish after it returns.
  void Unsubscribe(Ticket ticket);

 private:
  struct Waiter {
    NotYet awaited;
    std::function<void()> wake;
  };
  mutable Mutex mutex_;
  std::map<std::string, int64_t> positions_ GUARDED_BY(mutex_);
  std::map<Ticket, Waiter> waiters_ GUARDED_BY(mutex_);
  std::multimap<std::string, Ticket> by_topic_ GUARDED_BY(mutex_);
  Ticket next_ticket_ GUARDED_BY(mutex_) = 1;
};

}  // namespace perennial
