// SPDX-License-Identifier: Apache-2.0
// Statements on rollouts, their lines, observations and sightings. All run in the caller's
// transaction.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "certificates/control_plane/rollout/decide_rollout.h"
#include "storage/storage.h"

namespace perennial::certificates {

struct RolloutRow {
  std::string id, certificate_id;
  std::optional<int64_t> from_version;
  int64_t to_version = 0;
  RolloutState state = RolloutState::kPending;
  bool live = true;
  bool paused = false;
  bool forced = false;
  int64_t revision = 1;
  std::optional<std::string> reason;
  Time started_at;
  std::optional<Time> next_step_at, must_serve_at, canary_proved_at, promoted_at, finished_at;
};

// One association on one node, of one rollout. wave 0 is the canary.
struct RolloutLineRow {
  std::string association_id, resource_id, node_id;
  int64_t wave = 1;
  bool live = false;
  int64_t wanted_version = 0;
  std::optional<int64_t> served_version;
  std::optional<std::string> fingerprint_sha256;
  std::optional<ObservationResult> result;  // Of the version that is rolled out.
  std::optional<std::string> vantage, last_error;
  std::optional<Time> observed_at;
};

Result<void> InsertRollout(storage::Session& session, const RolloutRow& row);
Result<std::optional<RolloutRow>> FindRollout(storage::Session& session, const std::string& id);
Result<std::optional<RolloutRow>> FindLiveRollout(storage::Session& session,
                                                  const std::string& certificate_id);
// UpdateRollout is a compare-and-set on the revision, which it raises: false when another was first.
Result<bool> UpdateRollout(storage::Session& session, const RolloutRow& row);
// The newest first; older than the rollout `before` where given.
Result<std::vector<RolloutRow>> ListRollouts(storage::Session& session,
                                             const std::string& certificate_id,
                                             const std::optional<std::string>& before,
                                             int64_t limit);
Result<std::vector<std::string>> DueRollouts(storage::Session& session, Time now, int64_t limit);
Result<std::optional<Time>> NextRolloutStep(storage::Session& session);
// PostponeRollout does not raise the revision; one that was touched since `row` was read stays due.
Result<void> PostponeRollout(storage::Session& session, const RolloutRow& row, Time next_step_at);
// TouchRollout makes the live rollout of the certificate due now, if there is one.
Result<void> TouchRollout(storage::Session& session, const std::string& certificate_id, Time now);

Result<std::vector<RolloutLineRow>> LinesOf(storage::Session& session,
                                            const std::string& rollout_id);
// What was last seen of the rollout's version at each address, by association and node: by this
// rollout, or, where it was proved before the rollout began, by the observation that is still there.
struct PlaceRow {
  std::string association_id, node_id;
  api::certificates::RolloutPlace place;
};
Result<std::vector<PlaceRow>> PlacesOf(storage::Session& session, const std::string& rollout_id);

// PutLine inserts the line, or replaces wave, live and wanted_version of the one that is there.
Result<void> PutLine(storage::Session& session, const std::string& rollout_id,
                     const RolloutLineRow& line);
Result<void> DeleteLine(storage::Session& session, const std::string& rollout_id,
                        const RolloutLineRow& line);

// What one node said of one version of one association in one report: of several places the worst.
struct LineReport {
  std::string association_id, node_id;
  int64_t version = 0;
  ObservationResult result = ObservationResult::kInconclusive;
  std::optional<std::string> fingerprint_sha256, reason;
  std::string vantage;
  Time observed_at;
};
// NoteReport writes it into the lines of rollouts to that version, and into live ones what is served.
Result<void> NoteReport(storage::Session& session, const LineReport& report);

// PutPlace keeps the observation for the rollouts to its version, for good: PutObservation keeps only
// the last one of each place, whatever its version. An older one changes nothing in either.
Result<void> PutPlace(storage::Session& session, const std::string& node_id,
                      const api::certificates::Observation& observation);
Result<void> PutObservation(storage::Session& session, const std::string& node_id,
                            const api::certificates::Observation& observation, Time received_at);
struct ServedNow {
  int64_t version = 0;
  std::optional<std::string> fingerprint_sha256;
  Time observed_at;
};
// ProvedLast returns what the node last proved to serve for the association.
Result<std::optional<ServedNow>> ProvedLast(storage::Session& session,
                                            const std::string& association_id,
                                            const std::string& node_id);

// PutSighting never goes back.
Result<void> PutSighting(storage::Session& session, const std::string& node_id, Time seen_at);
Result<std::optional<Time>> LastSighting(storage::Session& session, const std::string& node_id);

}  // namespace perennial::certificates
