// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/health.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/output/text.h"

namespace perennial::cli {

using namespace api::certificates;

std::vector<SeenNode> Join(std::vector<api::identity::Node> nodes,
                           const std::vector<NodeServing>& serving) {
  std::vector<SeenNode> joined;
  for (auto& node : nodes) {
    SeenNode seen{.node = std::move(node)};
    const auto found = std::ranges::find(serving, seen.node.id, &NodeServing::node_id);
    if (found != serving.end()) {
      auto& last = seen.node.time_last_seen;
      seen.polls_known = found->time_last_seen.has_value();
      if (!last || found->time_last_seen > last) last = found->time_last_seen;
      seen.node.wanted_count = found->wanted_count;
      seen.node.served_count = found->served_count;
    }
    joined.push_back(std::move(seen));
  }
  return joined;
}

bool IsMissing(const SeenNode& seen, Time now) {
  const auto& node = seen.node;
  if (node.state != api::identity::NodeState::kActive) return false;
  const auto last = node.time_last_seen.value_or(node.time_enrolled);
  return now - last > (seen.polls_known ? kPollSilenceMax : kTokenSilenceMax);
}

bool Owes(const api::identity::Node& node) {
  return node.state == api::identity::NodeState::kActive && node.wanted_count &&
         node.served_count && *node.served_count < *node.wanted_count;
}

std::optional<std::string> Trouble(const CertificateSummary& certificate, Time now) {
  if (certificate.lifecycle_state == LifecycleState::kFailed) return "FAILED";
  if (certificate.lifecycle_state != LifecycleState::kActive &&
      certificate.lifecycle_state != LifecycleState::kUpdating) {
    return std::nullopt;  // What is being deleted may expire.
  }
  const auto& version = certificate.current_version_summary;
  if (!version || !version->validity) return std::nullopt;
  const auto not_after = version->validity->time_of_validity_not_after;
  if (now > not_after) return "expired " + RelativeAndExact(not_after, now);
  const auto not_before = version->validity->time_of_validity_not_before;
  const Duration life = not_before ? not_after - *not_before : Duration::zero();
  const bool renews = !certificate.certificate_rules.empty();
  const Duration limit =
      renews ? life / 10 : std::min<Duration>(life / 5, std::chrono::hours(7 * 24));
  if (not_after - now < limit) {
    return fmt::format("expires {}, {}", RelativeAndExact(not_after, now),
                       renews ? "and is not renewed yet" : "and never renews itself");
  }
  return std::nullopt;
}

std::optional<std::string> Trouble(const Rollout& rollout, Time now) {
  const auto because = rollout.reason ? ": " + *rollout.reason : std::string();
  if (rollout.state == RolloutState::kStalled) {
    return fmt::format("version {} is stalled{}", rollout.to_version, because);
  }
  if (rollout.state == RolloutState::kRolledBack) {
    return fmt::format("version {} was rolled back{}", rollout.to_version, because);
  }
  const bool live = rollout.state == RolloutState::kPending ||
                    rollout.state == RolloutState::kCanary ||
                    rollout.state == RolloutState::kRolling;
  if (live && rollout.time_must_serve && now > *rollout.time_must_serve) {
    return fmt::format("version {} should be served everywhere since {}", rollout.to_version,
                       RelativeAndExact(rollout.time_must_serve, now));
  }
  if (rollout.forced) {
    return fmt::format("version {} went on without proof, as the one before was about to expire",
                       rollout.to_version);
  }
  return std::nullopt;
}

}  // namespace perennial::cli
