// SPDX-License-Identifier: Apache-2.0
// What nodes observe and which nodes replicas have heard.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/proof.h"
#include "certificates/control_plane/associations/association_store.h"
#include "certificates/control_plane/rollout/rollout_operations.h"
#include "certificates/control_plane/store/version_store.h"

namespace perennial::certificates {
namespace {

using api::certificates::Observation;
using service::Call;
using service::Reply;

constexpr size_t kItemsMax = 1000;
constexpr size_t kTextMax = 1000;
constexpr size_t kIdMax = 255;
constexpr size_t kVantageMax = 64;
constexpr Duration kAheadMax = std::chrono::minutes(5);

// The worst of what a node says of one version at several places: it serves it where all do.
int Badness(ObservationResult result) {
  switch (result) {
    case ObservationResult::kProved:
      return 0;
    case ObservationResult::kInconclusive:
      return 1;
    case ObservationResult::kFailed:
      return 2;
    case ObservationResult::kRefusedByGate:
      return 3;
  }
  return 3;
}

std::string PlaceOf(const Observation& seen) {
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", seen.association_id, seen.version_number,
                     seen.address.value_or(""), seen.server_name.value_or(""),
                     seen.key_type.value_or(""), seen.vantage);
}

// CheckForm refuses the whole batch, before anything of it is kept: an agent that speaks so is
// broken, and must not fill a disk.
Result<void> CheckForm(const Observation& seen, size_t index) {
  const auto bad = [&](std::string_view field, std::string_view rule) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("/items/{}/{}: {}", index, field, rule));
  };
  const auto most = [&](std::string_view field, const std::string& text, size_t bytes) -> Result<void> {
    if (text.size() <= bytes) return {};
    return bad(field, fmt::format("must be at most {} bytes", bytes));
  };
  const std::string none;
  TRY(most("associationId", seen.association_id, kIdMax));
  TRY(most("fingerprintSha256", seen.fingerprint_sha256.value_or(none), kTextMax));
  TRY(most("address", seen.address.value_or(none), kTextMax));
  TRY(most("serverName", seen.server_name.value_or(none), kTextMax));
  TRY(most("keyType", seen.key_type.value_or(none), kTextMax));
  TRY(most("reason", seen.reason.value_or(none), kTextMax));
  TRY(most("vantage", seen.vantage, kVantageMax));
  if (seen.vantage.empty()) return bad("vantage", "must say from where it was looked");
  if (seen.version_number < 1) return bad("versionNumber", "must be 1 or more");
  return {};
}

// Check refuses what this node cannot have seen.
Result<AssociationRow> Check(storage::Session& session, const Call& call, const Observation& seen) {
  TRY_ASSIGN(auto association, FindAssociation(session, seen.association_id));
  if (!association) return Fail(ErrorCode::kNotFound, "no such association");
  const auto* placement = call.snapshot().PlacementOf(association->resource_id);
  const bool placed = placement != nullptr &&
                      std::ranges::find(placement->node_ids, call.caller().id) !=
                          placement->node_ids.end();
  if (!placed && !PERENNIAL_MUTANT("certificates.observe_anything")) {
    return Fail(ErrorCode::kNotFound, "the resource is not placed on the caller");
  }
  if (association->kind == Kind::kCaBundle) return std::move(*association);
  TRY_ASSIGN(const auto version,
             FindVersion(session, association->kind, association->certificates_resource_id,
                         seen.version_number));
  if (!version) return Fail(ErrorCode::kInvalidArgument, "there is no such version");
  if (seen.result == ObservationResult::kProved &&
      seen.fingerprint_sha256 != version->fingerprint_sha256 &&
      !PERENNIAL_MUTANT("certificates.any_fingerprint_proves")) {
    return Fail(ErrorCode::kInvalidArgument, "what was proved is not that version");
  }
  return std::move(*association);
}

struct Batch {
  std::vector<Observation> items;
  std::map<std::string, LineReport> reports;  // By association and version.
  std::map<std::string, std::string> certificate_of;
};

// Merge folds the latest observation of each place into one report a line.
void Merge(Batch& batch, const std::string& node_id) {
  std::map<std::string, const Observation*> latest;
  for (const auto& seen : batch.items) {
    auto& slot = latest[PlaceOf(seen)];
    if (slot == nullptr || slot->time_observed <= seen.time_observed) slot = &seen;
  }
  for (const auto& [place, seen] : latest) {
    const auto key = fmt::format("{}\n{}", seen->association_id, seen->version_number);
    const auto found = batch.reports.find(key);
    if (found != batch.reports.end() && Badness(found->second.result) >= Badness(seen->result)) {
      found->second.observed_at = std::max(found->second.observed_at, seen->time_observed);
      continue;
    }
    const auto at = found == batch.reports.end()
                        ? seen->time_observed
                        : std::max(found->second.observed_at, seen->time_observed);
    batch.reports[key] = {.association_id = seen->association_id,
                          .node_id = node_id,
                          .version = seen->version_number,
                          .result = seen->result,
                          .fingerprint_sha256 = seen->fingerprint_sha256,
                          .reason = seen->result == ObservationResult::kProved ? std::nullopt
                                                                               : seen->reason,
                          .vantage = seen->vantage,
                          .observed_at = at};
  }
}

}  // namespace

Result<Reply> Reports::Observe(Call& call) {
  TRY_ASSIGN(auto details, call.Body<wire::CreateObservationsDetails>());
  if (details.items.size() > kItemsMax) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("/items: at most {}", kItemsMax));
  }
  for (size_t i = 0; i < details.items.size(); ++i) TRY(CheckForm(details.items[i], i));
  return service_.database().WriteValue([&](storage::Session& session) -> Result<Reply> {
    wire::ObservationsAnswer answer;
    Batch batch;
    for (size_t i = 0; i < details.items.size(); ++i) {
      auto seen = details.items[i];
      const auto association = Check(session, call, seen);
      if (!association && association.error().code == ErrorCode::kNotFound) {
        answer.rejected.push_back({static_cast<int64_t>(i), "NotAuthorizedOrNotFound"});
        continue;
      }
      if (!association && association.error().code == ErrorCode::kInvalidArgument) {
        answer.rejected.push_back({static_cast<int64_t>(i), "InvalidParameter"});
        continue;
      }
      TRY(association);
      // A node's clock that runs ahead must not make its word the last one for ever.
      seen.time_observed = std::min<Time>(seen.time_observed, call.now() + kAheadMax);
      TRY(PutPlace(session, call.caller().id, seen));
      TRY(PutObservation(session, call.caller().id, seen, call.now()));
      batch.certificate_of[seen.association_id] = association->certificates_resource_id;
      batch.items.push_back(std::move(seen));
    }
    Merge(batch, call.caller().id);
    for (const auto& [key, report] : batch.reports) {
      TRY(rollouts_.Reported(session, batch.certificate_of.at(report.association_id), report));
    }
    TRY(PutSighting(session, call.caller().id, call.now()));
    return Reply::Json(EncodeJson(answer));
  });
}

Result<Reply> Reports::Sight(Call& call) {
  TRY_ASSIGN(const auto sightings, call.Body<wire::NodeSightings>());
  TRY(service_.database().Write([&](storage::Session& session) -> Result<void> {
    for (const auto& item : sightings.items) {
      if (call.snapshot().Node(item.node_id) == nullptr) continue;
      TRY(PutSighting(session, item.node_id, std::min(item.time_seen, call.now())));
    }
    return {};
  }));
  return Reply::Empty();
}

}  // namespace perennial::certificates
