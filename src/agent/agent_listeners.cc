// SPDX-License-Identifier: Apache-2.0
// Which listeners are open here, for whoever cannot look into this node.
#include <algorithm>

#include "agent/agent.h"
#include "base/log.h"

namespace perennial::agent {
namespace {

constexpr Duration kTellAgain = std::chrono::hours(24);

const ClosedListener* SameIn(const std::vector<ClosedListener>& list, const ClosedListener& one) {
  const auto found = std::ranges::find_if(list, [&](const ClosedListener& each) {
    return each.resource_id == one.resource_id && each.name == one.name && each.port == one.port;
  });
  return found == list.end() ? nullptr : &*found;
}

void LogClosed(LogLevel level, std::string_view what, const ClosedListener& listener) {
  Log(level, "agent", what,
      {{"listener", listener.name},
       {"port", std::to_string(listener.port)},
       {"load_balancer", listener.resource_id},
       {"reason", listener.reason}});
}

}  // namespace

// Each is logged when it closes and when it opens, not each time that it is tried.
void Agent::NoteClosed(std::vector<ClosedListener> closed) {
  const auto before = state_.closed.value_or(std::vector<ClosedListener>());
  if (closed == before) return;
  for (const auto& listener : closed) {
    const auto* known = SameIn(before, listener);
    if (listener.waiting || (known != nullptr && known->reason == listener.reason)) continue;
    LogClosed(LogLevel::kWarn, "a listener is closed here", listener);
  }
  for (const auto& listener : before) {
    if (listener.waiting || SameIn(closed, listener) != nullptr) continue;
    LogClosed(LogLevel::kInfo, "a listener is no longer closed here", listener);
    // What was put off for it is looked at now.
    for (const auto& reference : references_) {
      if (reference.resource_id == listener.resource_id) tasks_[reference.association_id].due = {};
    }
  }
  state_.closed = std::move(closed);
  Save();
}

// A proxy that died opens nothing, whatever it took before.
void Agent::LookAtProxy() {
  const auto proxy = parts_.installer.State();
  if (!proxy) {
    away_ = "the proxy is away: " + proxy.error().message;
  } else {
    away_ = proxy->pid > 0 ? "" : "the proxy has no process that accepts connections";
  }
  away_.empty() ? away_trouble_.Over() : away_trouble_.Met(away_);
}

// With no endpoint: why the load balancer has none on this node.
const ClosedListener* Agent::ClosedAt(const Reference& reference, const Endpoint* endpoint) const {
  if (!state_.closed) return nullptr;
  const auto found = std::ranges::find_if(*state_.closed, [&](const ClosedListener& closed) {
    return closed.resource_id == reference.resource_id &&
           (endpoint == nullptr ||
            (closed.port == endpoint->port &&
             std::ranges::find(closed.addresses, endpoint->address) != closed.addresses.end()));
  });
  return found == state_.closed->end() ? nullptr : &*found;
}

std::optional<ListenerReport> Agent::ListenersToTell() {
  if (telling_listeners_ || state_.configuration_version == 0) return std::nullopt;
  ListenerReport report{.configuration_version = state_.applied_version,
                        .problem = !untaken_.empty()   ? untaken_
                                   : !problem_.empty() ? problem_
                                                       : away_,
                        .closed = state_.closed.value_or(std::vector<ClosedListener>())};
  const bool told = told_listeners_ == report && parts_.clock.Monotonic() < tell_listeners_at_;
  if (told) return std::nullopt;
  telling_listeners_ = true;
  return report;
}

// One thread tells at a time, or an older word might come last. What changed meanwhile goes with
// it.
void Agent::TellListeners() {
  while (true) {
    std::optional<ListenerReport> report;
    {
      MutexLock lock(mutex_);
      report = ListenersToTell();
    }
    if (!report) return;
    const auto sent = parts_.control_plane.SendListeners(*report);
    MutexLock lock(mutex_);
    telling_listeners_ = false;
    if (!sent) return untold_trouble_.Met(sent.error().message);
    untold_trouble_.Over();
    told_listeners_ = std::move(report);
    tell_listeners_at_ = parts_.clock.Monotonic() + kTellAgain;
  }
}

}  // namespace perennial::agent
