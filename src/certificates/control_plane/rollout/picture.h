// SPDX-License-Identifier: Apache-2.0
// A rollout with everything that a decision on it asks for.
#pragma once

#include <optional>
#include <vector>

#include "certificates/control_plane/rollout/rollout_store.h"
#include "certificates/control_plane/store/rows.h"
#include "service/service.h"

namespace perennial::certificates {

struct PictureLine {
  RolloutLineRow row;                   // As it is now: live is judged anew.
  std::optional<RolloutLineRow> stored;  // As it stands in the database; nothing for a new one.
};

struct RolloutPicture {
  RolloutRow row;
  CertificateRow certificate;
  RolloutFacts facts;
  std::vector<PictureLine> lines;     // One for each of facts.lines.
  std::vector<RolloutLineRow> gone;   // Stored, but no longer associated or placed.

  // LinesDiffer tells whether anything of the stored lines is out of date.
  bool LinesDiffer() const;
};

// LookAtRollout joins the rollout's certificate, its associations, identity's placements and what the
// nodes said. kUnavailable while identity's facts are not there yet.
Result<RolloutPicture> LookAtRollout(storage::Session& session, const service::Service& service,
                                     Duration node_live_for, RolloutRow row);

// NextStep is when to look again without any news.
Time NextStep(const RolloutFacts& facts, Duration recheck);

}  // namespace perennial::certificates
