// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/rollout/picture.h"

#include <algorithm>
#include <map>

#include "base/proof.h"
#include "certificates/control_plane/associations/association_store.h"
#include "certificates/control_plane/store/certificate_store.h"
#include "certificates/control_plane/store/version_store.h"

namespace perennial::certificates {
namespace {

using LineKey = std::pair<std::string, std::string>;  // Association and node.

// A line that is not stored yet begins with what the node serves now.
Result<RolloutLineRow> NewLine(storage::Session& session, const AssociationRow& association,
                               const std::string& node_id, int64_t wanted, int64_t to_version) {
  RolloutLineRow line;
  line.association_id = association.id;
  line.resource_id = association.resource_id;
  line.node_id = node_id;
  line.wanted_version = wanted;
  TRY_ASSIGN(const auto served, ProvedLast(session, association.id, node_id));
  if (!served) return line;
  line.served_version = served->version;
  line.fingerprint_sha256 = served->fingerprint_sha256;
  if (served->version == to_version) {
    line.result = ObservationResult::kProved;
    line.observed_at = served->observed_at;
  }
  return line;
}

class Looker {
 public:
  Looker(storage::Session& session, const authz::Snapshot& snapshot, Duration node_live_for,
         RolloutPicture& picture)
      : session_(session),
        snapshot_(snapshot),
        node_live_for_(node_live_for),
        picture_(picture) {}

  Result<void> AddLines() {
    TRY_ASSIGN(const auto stored, LinesOf(session_, picture_.row.id));
    for (const auto& line : stored) stored_[{line.association_id, line.node_id}] = line;
    TRY_ASSIGN(const auto associations, AssociationsOf(session_, picture_.row.certificate_id));
    for (const auto& association : associations) {
      const auto* placement = snapshot_.PlacementOf(association.resource_id);
      if (placement == nullptr) continue;
      for (const auto& node_id : placement->node_ids) {
        const auto* node = snapshot_.Node(node_id);
        if (node == nullptr || node->state == authz::NodeState::kRemoved) continue;
        TRY(AddLine(association, *node));
      }
    }
    for (auto& [key, line] : stored_) picture_.gone.push_back(std::move(line));
    return {};
  }

 private:
  Result<void> AddLine(const AssociationRow& association, const authz::NodeFact& node) {
    const auto& row = picture_.row;
    const auto& node_id = node.id;
    PictureLine line;
    const auto found = stored_.find({association.id, node_id});
    if (found != stored_.end()) {
      line.row = found->second;
      line.stored = std::move(found->second);
      stored_.erase(found);
    } else {
      TRY_ASSIGN(line.row,
                 NewLine(session_, association, node_id, picture_.certificate.marks.current,
                         row.to_version));
    }
    TRY_ASSIGN(line.row.live, IsLive(node_id));
    picture_.facts.lines.push_back({.association_id = association.id,
                                    .node_id = node_id,
                                    .node_name = node.name,
                                    .live = line.row.live,
                                    .canary = line.row.wave == 0,
                                    .asked = line.row.wanted_version == row.to_version,
                                    .result = line.row.result,
                                    .error = line.row.last_error.value_or("")});
    picture_.lines.push_back(std::move(line));
    return {};
  }

  Result<bool> IsLive(const std::string& node_id) {
    const auto known = live_.find(node_id);
    if (known != live_.end()) return known->second;
    TRY_ASSIGN(const auto seen, LastSighting(session_, node_id));
    const bool live = (seen && *seen + node_live_for_ >= picture_.facts.now) ||
                      PERENNIAL_MUTANT("rollout.every_node_lives");
    live_[node_id] = live;
    return live;
  }

  storage::Session& session_;
  const authz::Snapshot& snapshot_;
  const Duration node_live_for_;
  RolloutPicture& picture_;
  std::map<LineKey, RolloutLineRow> stored_;
  std::map<std::string, bool> live_;
};

}  // namespace

bool RolloutPicture::LinesDiffer() const {
  return !gone.empty() || std::ranges::any_of(lines, [](const PictureLine& line) {
    return !line.stored || line.stored->live != line.row.live;
  });
}

Result<RolloutPicture> LookAtRollout(storage::Session& session, const service::Service& service,
                                     Duration node_live_for, RolloutRow row) {
  TRY_ASSIGN(const auto snapshot, service.identity().Current());
  RolloutPicture picture;
  picture.row = std::move(row);
  TRY_ASSIGN(auto certificate, FindCertificate(session, picture.row.certificate_id));
  if (!certificate) return Fail(ErrorCode::kInternal, "a rollout lacks its certificate");
  picture.certificate = std::move(*certificate);
  auto& facts = picture.facts;
  facts.state = picture.row.state;
  facts.paused = picture.row.paused;
  facts.forced = picture.row.forced;
  facts.promoted =
      picture.row.promoted_at || picture.certificate.marks.current == picture.row.to_version;
  facts.started_at = picture.row.started_at;
  facts.must_serve_at = picture.row.must_serve_at;
  facts.now = service.clock().Now();
  if (picture.row.from_version) {
    TRY_ASSIGN(const auto from, FindVersion(session, Kind::kCertificate, picture.row.certificate_id,
                                            *picture.row.from_version));
    if (from) facts.from_not_after = from->not_after;
  }
  TRY(Looker(session, *snapshot, node_live_for, picture).AddLines());
  return picture;
}

Time NextStep(const RolloutFacts& facts, Duration recheck) {
  Time next = facts.now + recheck;
  if (facts.must_serve_at && !facts.promoted) {
    const Time forced = std::max(*facts.must_serve_at, facts.started_at + ForcingGrace(facts));
    if (forced > facts.now) next = std::min(next, forced);
  }
  return next;
}

}  // namespace perennial::certificates
