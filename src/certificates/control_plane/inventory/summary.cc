// SPDX-License-Identifier: Apache-2.0
// The page of Home: one sentence, the first need, and the numbers.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "certificates/control_plane/inventory/inventory.h"

namespace perennial::certificates {
namespace {

using wire::Risk;

constexpr int kDays = 90;
constexpr size_t kOwingShown = 100;

bool NeedsSomebody(const InventoryEntry& entry) {
  return entry.decision.risk == Risk::kRed || entry.decision.risk == Risk::kAmber;
}

// The most pressing first: red before amber, and what expires sooner.
const InventoryEntry* FirstNeed(const std::vector<InventoryEntry>& entries) {
  const InventoryEntry* first = nullptr;
  const auto key = [](const InventoryEntry& entry) {
    return std::tuple(SeverityOf(entry.decision.risk), entry.row.facts.not_after, entry.row.id);
  };
  for (const auto& entry : entries) {
    if (NeedsSomebody(entry) && (first == nullptr || key(entry) < key(*first))) first = &entry;
  }
  return first;
}

std::string Moment(Time time) {
  const auto text = FormatTime(time);  // 2026-12-24T10:00:00.000Z
  return fmt::format("{} {} UTC", text.substr(0, 10), text.substr(11, 5));
}

std::string Certificates(size_t count) {
  return fmt::format("{} certificate{}", count, count == 1 ? "" : "s");
}

std::string CalmSentence(const std::vector<InventoryEntry>& entries) {
  size_t living = 0, renewing = 0, blue = 0;
  const InventoryEntry* next = nullptr;
  for (const auto& entry : entries) {
    const auto& facts = entry.row.facts;
    if (facts.state == wire::LifecycleState::kPendingDeletion) continue;
    ++living;
    if (entry.decision.risk == Risk::kBlue) ++blue;
    if (!facts.renews || !facts.renew_at) continue;
    ++renewing;
    if (next == nullptr || *facts.renew_at < *next->row.facts.renew_at) next = &entry;
  }
  std::string text;
  if (living == 0) return "All certificates are on their way out; nothing needs you.";
  if (renewing == living && living == 1) {
    text = "The one certificate renews by itself";
  } else if (renewing == living) {
    text = fmt::format("All {} renew by themselves", Certificates(living));
  } else {
    text = fmt::format("{} of {} {} by {}", renewing, Certificates(living),
                       renewing == 1 ? "renews" : "renew", renewing == 1 ? "itself" : "themselves");
  }
  if (next != nullptr) {
    text += fmt::format("; the next renewal is {}, {}", next->row.name,
                        Moment(*next->row.facts.renew_at));
  }
  text += ".";
  if (blue > 0) text += fmt::format(" {} on its way.", Certificates(blue));
  return text;
}

void Count(const InventoryEntry& entry, wire::OverviewCounts& counts) {
  ++counts.certificates;
  switch (entry.decision.risk) {
    case Risk::kGreen:
      ++counts.green;
      return;
    case Risk::kBlue:
      ++counts.blue;
      return;
    case Risk::kAmber:
      ++counts.amber;
      return;
    case Risk::kRed:
      ++counts.red;
      return;
    case Risk::kGrey:
      ++counts.grey;
      return;
  }
}

void AddToTimeline(const RiskFacts& facts, Time now, std::vector<wire::OverviewDay>& timeline) {
  const auto today = std::chrono::floor<std::chrono::days>(now);
  const auto day = [&](Time time) -> wire::OverviewDay* {
    const auto index = (std::chrono::floor<std::chrono::days>(time) - today).count();
    return index < 0 || index >= kDays ? nullptr : &timeline[static_cast<size_t>(index)];
  };
  if (facts.state == wire::LifecycleState::kPendingDeletion) return;
  // What is due already happens today.
  if (facts.renew_at) {
    if (auto* on = day(std::max(*facts.renew_at, now))) ++on->renewals;
  }
  if (auto* on = day(facts.not_after)) ++on->expiries;
}

void AddTroubles(const InventoryEntry& entry, wire::Overview& overview) {
  const auto& rollout = entry.row.facts.rollout;
  if (rollout && (rollout->state == wire::RolloutState::kStalled ||
                  rollout->state == wire::RolloutState::kRolledBack)) {
    overview.stalled_rollouts.push_back(
        {entry.row.id, entry.row.name, rollout->to_version, entry.decision.reason});
  }
  for (const auto& node : entry.owing) {
    if (overview.owing.size() == kOwingShown) return;
    overview.owing.push_back({node.node_id, entry.row.id, entry.row.name, node.reason});
  }
}

}  // namespace

wire::Overview SummaryOf(const std::vector<InventoryEntry>& entries, Time now) {
  wire::Overview overview;
  overview.time_as_of = now;
  const auto today = std::chrono::floor<std::chrono::days>(now);
  for (int i = 0; i < kDays; ++i) {
    overview.timeline.push_back({FormatTime(today + std::chrono::days(i)).substr(0, 10), 0, 0});
  }
  for (const auto& entry : entries) {
    Count(entry, overview.counts);
    AddToTimeline(entry.row.facts, now, overview.timeline);
    AddTroubles(entry, overview);
  }
  if (entries.empty()) {
    overview.sentence = "There is no certificate yet. Make an authority, then a certificate.";
    return overview;
  }
  const auto* first = FirstNeed(entries);
  if (first == nullptr) {
    overview.sentence = CalmSentence(entries);
    return overview;
  }
  const auto text = fmt::format("{}: {}", first->row.name, first->decision.reason);
  const auto others = overview.counts.red + overview.counts.amber - 1;
  overview.sentence = fmt::format("The first thing that needs you is {}.", text);
  if (others > 0) overview.sentence += fmt::format(" {} more wait.", others);
  overview.first_need = wire::OverviewNeed{text, first->row.id};
  return overview;
}

}  // namespace perennial::certificates
