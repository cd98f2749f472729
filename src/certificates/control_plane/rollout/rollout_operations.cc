// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/rollout/rollout_operations.h"

#include <limits>

#include "certificates/control_plane/associations/association_store.h"
#include "certificates/control_plane/operations/requests.h"
#include "certificates/control_plane/store/certificate_store.h"
#include "certificates/control_plane/versions/renewal_scheduler.h"

namespace perennial::certificates {
namespace {

using authz::Permission;
using service::Call;
using service::Outcome;
using service::Reply;

struct FoundRollout {
  RolloutRow row;
  CertificateRow certificate;
};

Result<FoundRollout> Find(storage::Session& session, const std::string& id) {
  TRY_ASSIGN(auto row, FindRollout(session, id));
  if (!row) return Fail(ErrorCode::kNotFound, "no such rollout");
  TRY_ASSIGN(auto certificate, FindCertificate(session, row->certificate_id));
  if (!certificate) return Fail(ErrorCode::kInternal, "a rollout lacks its certificate");
  return FoundRollout{std::move(*row), std::move(*certificate)};
}

Result<CertificateRow> RequireCertificate(Call& call, storage::Database& database,
                                          const std::string& id, Permission permission) {
  call.About(id);
  TRY_ASSIGN(const auto row, database.ReadValue([&](storage::Session& session) {
    return FindCertificate(session, id);
  }));
  if (!row) return Fail(ErrorCode::kNotFound, "no such certificate");
  call.About(id, row->compartment_id, row->name);
  TRY(call.Require(permission, row->compartment_id, VariablesOf(*row)));
  return *row;
}

wire::RolloutLine ViewOf(const RolloutLineRow& row) {
  return {.association_id = row.association_id,
          .resource_id = row.resource_id,
          .node_id = row.node_id,
          .wave = row.wave,
          .live = row.live,
          .wanted_version = row.wanted_version,
          .served_version = row.served_version,
          .fingerprint_sha256 = row.fingerprint_sha256,
          .time_observed = row.observed_at,
          .vantage = row.vantage,
          .result = row.result,
          .last_error = row.last_error,
          .places = std::nullopt};
}

wire::Rollout ViewOf(const RolloutRow& row, const std::vector<RolloutLineRow>& lines) {
  wire::Rollout view{.id = row.id,
                     .certificate_id = row.certificate_id,
                     .state = row.state,
                     .paused = row.paused,
                     .forced = row.forced,
                     .from_version = row.from_version,
                     .to_version = row.to_version,
                     .position = row.revision,
                     .time_started = row.started_at,
                     .time_canary_proved = row.canary_proved_at,
                     .time_promoted = row.promoted_at,
                     .time_finished = row.finished_at,
                     .time_must_serve = row.must_serve_at,
                     .reason = row.reason,
                     .lines = std::nullopt};
  // A node serves the version when each of its lines does.
  std::map<std::string, bool> served;
  for (const auto& line : lines) {
    const bool here = line.served_version == row.to_version;
    auto [entry, is_new] = served.emplace(line.node_id, here);
    if (!is_new) entry->second = entry->second && here;
  }
  view.node_count = static_cast<int64_t>(served.size());
  for (const auto& [node, here] : served) ++(here ? view.served_count : view.owing_count);
  // The reason ends with those who owed when it ended; they have taken it up since.
  const auto owing = view.reason.value_or("").rfind(kOwing);
  if (row.state == RolloutState::kComplete && view.owing_count == 0 && owing != std::string::npos) {
    view.reason = owing == 0 ? std::nullopt : std::optional(view.reason->substr(0, owing - 2));
  }
  return view;
}

void AddPlaces(std::vector<PlaceRow> places, std::vector<wire::RolloutLine>& lines) {
  std::map<std::pair<std::string, std::string>, wire::RolloutLine*> by_key;
  for (auto& line : lines) {
    line.places.emplace();
    by_key[{line.association_id, line.node_id}] = &line;
  }
  for (auto& each : places) {
    const auto found = by_key.find({each.association_id, each.node_id});
    if (found != by_key.end()) found->second->places->push_back(std::move(each.place));
  }
}

}  // namespace

Result<std::vector<NotYet>> RolloutPositions(storage::Session& session,
                                             const std::vector<std::string>& topics) {
  std::vector<NotYet> positions;
  for (const auto& topic : topics) {
    TRY_ASSIGN(const auto row, FindRollout(session, topic.substr(sizeof(kRolloutTopics) - 1)));
    if (row) positions.push_back({topic, row->revision});
  }
  return positions;
}

Result<Reply> RolloutOperations::List(Call& call) {
  const auto certificate_id = call.Query("certificateId");
  if (!certificate_id) return Fail(ErrorCode::kMissingArgument, "certificateId: is required");
  TRY(RequireCertificate(call, service_.database(), *certificate_id, Permission::kCertificateRead));
  TRY_ASSIGN(const auto limit, call.QueryInt("limit", 1, 1000));
  const int64_t most = limit.value_or(100);
  std::optional<std::string> before;
  if (const auto token = call.Query("page")) {
    TRY_ASSIGN(const auto key, service::ParsePageToken(*token, 1));
    before = key.front();
  }
  return service_.database().ReadValue([&](storage::Session& session) -> Result<Reply> {
    TRY_ASSIGN(auto rows, ListRollouts(session, *certificate_id, before, most + 1));
    std::optional<std::string> next;
    if (rows.size() > static_cast<size_t>(most)) {
      rows.pop_back();
      next = service::EncodePageToken({rows.back().id});
    }
    wire::RolloutCollection answer;
    for (const auto& row : rows) {
      TRY_ASSIGN(const auto lines, LinesOf(session, row.id));
      answer.items.push_back(ViewOf(row, lines));
    }
    return PageReply(EncodeJson(answer), std::move(next));
  });
}

Result<Outcome> RolloutOperations::Get(Call& call) {
  const auto& id = call.PathValue("rolloutId");
  call.About(id);
  TRY_ASSIGN(const auto after, call.QueryInt("after", 0, std::numeric_limits<int64_t>::max()));
  TRY_ASSIGN(const auto wait, call.WaitSeconds());
  return service_.database().ReadValue([&](storage::Session& session) -> Result<Outcome> {
    TRY_ASSIGN(const auto found, Find(session, id));
    call.About(id, found.certificate.compartment_id, found.certificate.name);
    TRY(call.Require(Permission::kCertificateRead, found.certificate.compartment_id,
                     VariablesOf(found.certificate)));
    if (after && found.row.revision <= *after && wait > Duration::zero() && !call.last_chance()) {
      return Outcome(service::Wait{{TopicOfRollout(id), *after}, wait});
    }
    TRY_ASSIGN(const auto lines, LinesOf(session, id));
    auto view = ViewOf(found.row, lines);
    view.lines.emplace();
    for (const auto& line : lines) view.lines->push_back(ViewOf(line));
    TRY_ASSIGN(auto places, PlacesOf(session, id));
    AddPlaces(std::move(places), *view.lines);
    return Outcome(Reply::Json(EncodeJson(view)));
  });
}

Result<Reply> RolloutOperations::ActOn(Call& call, const Act& act) {
  const auto& id = call.PathValue("rolloutId");
  call.About(id);
  TRY_ASSIGN(const auto found, service_.database().ReadValue([&](storage::Session& session) {
    return Find(session, id);
  }));
  call.About(id, found.certificate.compartment_id, found.certificate.name);
  TRY(call.Require(Permission::kCertificateUpdate, found.certificate.compartment_id,
                   VariablesOf(found.certificate)));
  return call.Commit([&](storage::Session& session) -> Result<Reply> {
    TRY_ASSIGN(auto now, Find(session, id));
    TRY(act(session, now.row));
    return Reply::Empty();
  });
}

Result<Reply> RolloutOperations::Pause(Call& call) {
  return ActOn(call, [this](storage::Session& session, RolloutRow& row) {
    return rollouts_.SetPaused(session, row, true);
  });
}

Result<Reply> RolloutOperations::Resume(Call& call) {
  return ActOn(call, [this](storage::Session& session, RolloutRow& row) {
    return rollouts_.SetPaused(session, row, false);
  });
}

Result<Reply> RolloutOperations::RollBack(Call& call) {
  return ActOn(call, [&](storage::Session& session, RolloutRow& row) {
    return rollouts_.RollBack(session, row, call.caller().name);
  });
}

Result<Reply> RolloutOperations::Renew(Call& call) {
  const auto& id = call.PathValue("certificateId");
  TRY(RequireCertificate(call, service_.database(), id, Permission::kCertificateUpdate));
  return call.Commit([&](storage::Session& session) -> Result<Reply> {
    TRY(RenewalScheduler::RenewNow(session, id, call.now()));
    session.AfterCommit([this] {
      if (wake_renewals_) wake_renewals_();
    });
    return Reply::Empty(202);
  });
}

Result<Reply> RolloutOperations::PollNow(Call& call) {
  const auto& id = call.PathValue("certificateId");
  TRY_ASSIGN(const auto row, RequireCertificate(call, service_.database(), id,
                                                Permission::kCertificateUpdate));
  return call.Commit([&](storage::Session& session) -> Result<Reply> {
    TRY_ASSIGN(const auto now, FindCertificate(session, row.id));
    TRY(rollouts_.Touch(session, id));
    TRY(feed_.CurrentVersionChanged(session, id, now->marks.current));
    return Reply::Empty(202);
  });
}

}  // namespace perennial::certificates
