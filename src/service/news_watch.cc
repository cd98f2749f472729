// SPDX-License-Identifier: Apache-2.0
#include "service/news_watch.h"

#include <fmt/format.h>

namespace perennial::service {
namespace {

// So late at most is what another process has written, and so often each role asks its database.
constexpr Duration kLookEvery = std::chrono::milliseconds(500);

}  // namespace

void NewsWatch::Add(std::string prefix, Positions positions) {
  kinds_.emplace_back(std::move(prefix), std::move(positions));
}

void NewsWatch::AddHead(std::string topic, std::string head) {
  Add(topic,
      [topic, sql = fmt::format("SELECT position FROM {}", head)](
          storage::Session& session,
          const std::vector<std::string>&) -> Result<std::vector<NotYet>> {
        TRY_ASSIGN(const auto row, session.QueryOne(sql));
        if (!row) return std::vector<NotYet>{};
        return std::vector<NotYet>{{topic, row->Int(0)}};
      });
}

Duration NewsWatch::Step() {
  const auto awaited = news_.Awaited();
  for (const auto& [prefix, positions] : kinds_) {
    std::vector<std::string> topics;
    for (const auto& topic : awaited) {
      if (topic.starts_with(prefix)) topics.push_back(topic);
    }
    if (topics.empty()) continue;
    const auto found =
        database_.ReadValue([&](storage::Session& session) { return positions(session, topics); });
    // A database that is away has no news; whoever needs it says so.
    if (!found) continue;
    for (const auto& each : *found) news_.Publish(each.topic, each.position);
  }
  return kLookEvery;
}

}  // namespace perennial::service
