// SPDX-License-Identifier: Apache-2.0
// What the console's list and Home show, and `perennial status` with them: one row a certificate,
// and the numbers of all.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "api/certificates/enums.h"
#include "base/time.h"
#include "base/wire_enum.h"

namespace perennial::api::certificates {

// GREEN: scheduled and proved. BLUE: on its way. AMBER: late or unproved. RED: needs somebody now.
// GREY: served nowhere.
enum class Risk { kGreen, kBlue, kAmber, kRed, kGrey };
constexpr auto WireNames(std::type_identity<Risk>) {
  return std::to_array<WireName<Risk>>({{Risk::kGreen, "GREEN"},
                                        {Risk::kBlue, "BLUE"},
                                        {Risk::kAmber, "AMBER"},
                                        {Risk::kRed, "RED"},
                                        {Risk::kGrey, "GREY"}});
}

enum class NextKind { kRenewal, kRollout, kDeletion, kNothing };
constexpr auto WireNames(std::type_identity<NextKind>) {
  return std::to_array<WireName<NextKind>>({{NextKind::kRenewal, "RENEWAL"},
                                            {NextKind::kRollout, "ROLLOUT"},
                                            {NextKind::kDeletion, "DELETION"},
                                            {NextKind::kNothing, "NOTHING"}});
}

// What happens next by itself.
struct NextStep {
  NextKind kind = NextKind::kNothing;
  std::optional<Time> time;
  std::string text;  // In words.
};

// GET /inventory?compartmentId=&filter=&search=&sort=&limit=&page=
struct InventoryItem {
  std::string id, name, compartment_id;
  std::string subject;  // "CN=shop.example.com, O=Shop"
  std::vector<std::string> subject_alternative_names;
  std::optional<std::string> issuer_id, issuer_name;
  LifecycleState lifecycle_state = LifecycleState::kActive;
  int64_t current_version_number = 0, latest_version_number = 0;
  std::string serial_number, fingerprint;  // Of the current version.
  Time time_of_expiry;
  NextStep next;
  Risk risk = Risk::kGrey;
  std::string reason;  // Why it has this colour, and what to do.
  int64_t nodes_serving = 0, nodes_owing = 0, association_count = 0;
  std::optional<Time> time_of_deletion;
};
struct Inventory {
  std::vector<InventoryItem> items;
  int64_t total = 0;  // On all pages.
};

// GET /nodeServing: when each node polled last, and how many of the certificates that the caller may
// see it serves and has proved.
struct NodeServing {
  std::string node_id;
  std::optional<Time> time_last_seen;  // Absent: it never polled.
  int64_t wanted_count = 0, served_count = 0;
};
struct NodeServingCollection {
  std::vector<NodeServing> items;
};

// GET /overview
struct OverviewNeed {
  std::string text, certificate_id;
};
struct OverviewCounts {
  int64_t certificates = 0, green = 0, blue = 0, amber = 0, red = 0, grey = 0;
  int64_t authorities = 0;
  int64_t nodes = 0, nodes_owing = 0;
};
struct OverviewDay {
  std::string date;  // "2026-12-24", UTC.
  int64_t renewals = 0, expiries = 0;
};
struct StalledRollout {
  std::string certificate_id, certificate_name;
  int64_t version_number = 0;
  std::string reason;
};
struct OwingNode {
  std::string node_id, certificate_id, certificate_name, reason;
};
struct Overview {
  std::string sentence;  // The state of everything, in plain words.
  std::optional<OverviewNeed> first_need;
  OverviewCounts counts;
  std::vector<OverviewDay> timeline;  // Ninety days from today.
  std::vector<StalledRollout> stalled_rollouts;
  std::vector<OwingNode> owing;  // At most 100.
  Time time_as_of;
};

}  // namespace perennial::api::certificates
