// SPDX-License-Identifier: Apache-2.0
// UpdateCertificate: new versions, promotion and rollback by number, rules, description and tags.
#include <fmt/format.h>

#include <algorithm>

#include "api/certificates/variants.h"
#include "base/proof.h"
#include "certificates/control_plane/operations/certificates.h"
#include "certificates/control_plane/operations/renewal_rules.h"
#include "certificates/control_plane/operations/requests.h"
#include "certificates/control_plane/operations/views.h"
#include "certificates/control_plane/store/certificate_store.h"
#include "certificates/control_plane/store/guarded.h"
#include "certificates/control_plane/store/version_store.h"

namespace perennial::certificates {
namespace {

using service::Call;
using service::Reply;

constexpr char kConfig[] = "/certificateConfig";

Result<void> CheckActive(const CertificateRow& row) {
  if (row.state == State::kActive) return {};
  return Fail(ErrorCode::kIncorrectState,
              fmt::format("the certificate is {}; only an ACTIVE one can be changed",
                          WireNameOf(row.state)));
}

}  // namespace

struct Certificates::Change {
  std::string id;
  wire::UpdateCertificateDetails details;
  FoundCertificate before;                            // As it was judged.
  std::optional<Issuer> issuer;                       // Of a new version.
  std::optional<VersionLife> life;                    // Of a new version.
  std::optional<std::optional<RenewalRule>> renewal;  // Inner nothing: the rule goes.
  std::optional<VersionRow> version;                  // The new one, signed.

  bool Promotes() const {
    return version && details.certificate_config->stage.value_or(wire::UpdateStage::kCurrent) ==
                          wire::UpdateStage::kCurrent;
  }
};

// Judge says what the update will do, or why not; it changes nothing.
Result<void> Certificates::Judge(Call& call, Change& change) {
  const auto& row = change.before.row;
  const auto& details = change.details;
  TRY(call.Require(authz::Permission::kCertificateUpdate, row.compartment_id, VariablesOf(row)));
  TRY_ASSIGN(const auto authority, service_.database().ReadValue([&](storage::Session& session) {
    return FindAuthority(session, row.issuer_id.value_or(""));
  }));
  if (!authority) return Fail(ErrorCode::kInternal, "a certificate lacks its issuer");
  TRY(call.Require(authz::Permission::kCertificateAuthorityApply, authority->compartment_id,
                   VariablesOf(*authority)));
  TRY(call.CheckIfMatch(EtagOf(row), ErrorCode::kConflict));
  TRY(CheckActive(row));

  auto lifetime = LifeOf(change.before.current).length();
  if (details.certificate_config) {
    const auto& config = *details.certificate_config;
    if (config.config_type != row.config_type) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("{}/configType: must be {}, as the certificate was made", kConfig,
                              WireNameOf(row.config_type)));
    }
    TRY(CheckName(fmt::format("{}/versionName", kConfig), config.version_name));
    TRY_ASSIGN(change.issuer, service_.database().ReadValue([&](storage::Session& session) {
      return LoadIssuer(session, *row.issuer_id);
    }));
    TRY_ASSIGN(change.life, LifeFor(fmt::format("{}/validity", kConfig), config.validity,
                                    {lifetime, change.issuer->rules.leaf_max_validity},
                                    &*change.issuer, call.now(), settings_));
    lifetime = change.life->length();
  }
  if (details.certificate_rules) {
    TRY_ASSIGN(change.renewal,
               RenewalRuleOf(*details.certificate_rules, lifetime, settings_.renewal));
  } else if (row.renewal && details.certificate_config) {
    // The rule stays, so the new validity must leave room for it.
    TRY(CheckRenewalRule("/certificateRules/0", *row.renewal, lifetime, settings_.renewal));
  }
  return {};
}

// IssueNext signs the new version, if there is to be one; it is stored by Apply.
Result<void> Certificates::IssueNext(Call& call, Change& change) {
  if (!change.details.certificate_config) return {};
  const auto& config = *change.details.certificate_config;
  TRY_ASSIGN(const auto number,
             service_.database().WriteValue([&](storage::Session& session) -> Result<int64_t> {
               if (config.version_name) {
                 TRY_ASSIGN(const auto taken, FindVersionByName(session, Kind::kCertificate,
                                                                change.id, *config.version_name));
                 if (taken) {
                   return Fail(
                       ErrorCode::kConflict,
                       fmt::format("{}/versionName: another version has this name", kConfig));
                 }
               }
               return DrawVersion(session, Kind::kCertificate, change.id);
             }));
  auto request = RequestFor(change.before.row, *change.issuer, number, *change.life);
  request.version_name = config.version_name;
  auto version = issuing_.IssueVersion(request);
  if (!version) return std::unexpected(AtConfig(kConfig, version.error()));
  change.version = std::move(*version);
  change.version->pending = !change.Promotes();
  call.Detail(RawJson{fmt::format(R"({{"versionNumber":{}}})", number)});
  return {};
}

// Apply makes the change, judging again what may have moved since.
Result<void> Certificates::Apply(storage::Session& session, const Change& change, Time now) {
  TRY_ASSIGN(auto row, FindCertificate(session, change.id));
  if (!row) return Fail(ErrorCode::kNotFound, "no such certificate");
  TRY(CheckActive(*row));
  const auto& details = change.details;
  if (change.renewal) {
    std::optional<Time> due;
    if (const auto& rule = *change.renewal) {
      TRY_ASSIGN(const auto current,
                 FindVersion(session, Kind::kCertificate, change.id, row->marks.current));
      due = DecideRenewal(change.id, row->marks.current, *rule, LifeOf(*current)).renew_at;
    }
    TRY(SetRenewal(session, change.id, *change.renewal, due));
  }
  if (details.description || details.freeform_tags || details.defined_tags) {
    auto tags = row->tags;
    if (details.freeform_tags) tags.freeform_tags = *details.freeform_tags;
    if (details.defined_tags) tags.defined_tags = *details.defined_tags;
    TRY(Describe(session, change.id, details.description ? details.description : row->description,
                 tags));
  }
  TRY(RaiseRevision(session, change.id));
  std::optional<int64_t> promoted = details.current_version_number;
  if (change.version) {
    TRY(InsertVersion(session, Kind::kCertificate, *change.version));
    row->marks.latest = std::max(row->marks.latest, change.version->number);
    TRY(SetMarks(session, Kind::kCertificate, change.id, row->marks));
    if (change.Promotes()) promoted = change.version->number;
  }
  if (!promoted) return {};
  TRY_ASSIGN(const auto version, FindVersion(session, Kind::kCertificate, change.id, *promoted));
  if (!version) {
    return Fail(ErrorCode::kInvalidArgument, "/currentVersionNumber: there is no such version");
  }
  if (version->not_after < now && !PERENNIAL_MUTANT("certificates.promote_expired")) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("/currentVersionNumber: version {} expired at {}", *promoted,
                            FormatTime(version->not_after)));
  }
  TRY(promotion_.Promote(session, change.id, *promoted));
  return rollouts_.PromotedByUser(session, change.id, *promoted);
}

Result<Reply> Certificates::Update(Call& call) {
  Change change{.id = call.PathValue("certificateId"),
                .details = {},
                .before = {},
                .issuer = std::nullopt,
                .life = std::nullopt,
                .renewal = std::nullopt,
                .version = std::nullopt};
  call.About(change.id);
  TRY_ASSIGN(change.details, call.Body<wire::UpdateCertificateDetails>());
  TRY(wire::CheckBody(change.details));
  TRY(CheckText("/description", change.details.description));
  TRY_ASSIGN(change.before, service_.database().ReadValue([&](storage::Session& session) {
    return FindWithCurrent(session, change.id);
  }));
  call.About(change.id, change.before.row.compartment_id, change.before.row.name);
  TRY(Judge(call, change));
  TRY(IssueNext(call, change));
  return call.Commit([&](storage::Session& session) -> Result<Reply> {
    TRY_ASSIGN(const auto seen, FindWithCurrent(session, change.id));
    TRY(call.CheckIfMatch(EtagOf(seen.row), ErrorCode::kConflict));
    TRY(Apply(session, change, call.now()));
    PERENNIAL_FAULT_POINT("certificates.update_not_committed");
    TRY_ASSIGN(const auto after, FindWithCurrent(session, change.id));
    return Reply::Json(EncodeJson(CertificateView(after.row, after.current)))
        .With("etag", EtagOf(after.row));
  });
}

}  // namespace perennial::certificates
