// SPDX-License-Identifier: Apache-2.0
// What is red at 3 a.m.: pure judgements about what lists answer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/certificates/types.h"
#include "api/identity/node_types.h"
#include "base/time.h"

namespace perennial::cli {

// A node renews its token every 15 minutes at the latest (protocols.md §1); one that was not seen
// for longer has none.
inline constexpr seconds kTokenSilenceMax{16 * 60};
// A node polls once a minute at the latest.
inline constexpr seconds kPollSilenceMax{3 * 60};

// A node as identity and the replicas know it.
struct SeenNode {
  api::identity::Node node;
  bool polls_known = false;  // `node` says when it polled last, and what it has proved.
};
// Join fills in what polls tell. A node that is not in `serving` stays as identity knows it.
std::vector<SeenNode> Join(std::vector<api::identity::Node> nodes,
                           const std::vector<api::certificates::NodeServing>& serving);

// Only ACTIVE nodes can be missing.
bool IsMissing(const SeenNode& seen, Time now);
// It serves less than it should.
bool Owes(const api::identity::Node& node);

// Why a certificate is red, in words; nothing when it is not: it is FAILED, expired, or has less
// than a tenth of its life left (or, when it never renews, less than a week or a fifth).
std::optional<std::string> Trouble(const api::certificates::CertificateSummary& certificate,
                                   Time now);

// Why a certificate's newest rollout is red: STALLED, rolled back, late (not done at its must-serve
// time), or forced.
std::optional<std::string> Trouble(const api::certificates::Rollout& rollout, Time now);

}  // namespace perennial::cli
