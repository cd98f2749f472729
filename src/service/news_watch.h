// SPDX-License-Identifier: Apache-2.0
// News that another process of this role has written into the same database (ADR-0020). Who commits
// tells its own board at once; this looks for all others, so that a call that is parked here wakes
// too.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/news.h"
#include "storage/storage.h"

namespace perennial::service {

class NewsWatch {
 public:
  // The references must outlive this object.
  NewsWatch(storage::Database& database, NewsBoard& news) : database_(database), news_(news) {}

  // Positions returns where these topics stand in the database; more than it was asked for does no
  // harm, and one that it does not know is left out.
  using Positions = std::function<Result<std::vector<NotYet>>(
      storage::Session&, const std::vector<std::string>& topics)>;

  // Add names who knows the topics that begin with `prefix`. Before the first Step.
  void Add(std::string prefix, Positions positions);
  // AddHead is for one topic whose position is in the only row of the table `head`.
  void AddHead(std::string topic, std::string head);

  // Step looks once at every topic that somebody waits for, and returns how long to pause. Called
  // by one thread at a time.
  Duration Step();

 private:
  storage::Database& database_;
  NewsBoard& news_;
  std::vector<std::pair<std::string, Positions>> kinds_;
};

}  // namespace perennial::service
