// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/operations/bundles.h"

#include <fmt/format.h>

#include <limits>
#include <vector>

#include "base/proof.h"
#include "certificates/control_plane/operations/renewal_rules.h"
#include "certificates/control_plane/operations/requests.h"
#include "certificates/control_plane/operations/views.h"
#include "certificates/control_plane/store/authority_store.h"
#include "certificates/control_plane/store/certificate_store.h"
#include "certificates/control_plane/store/row_reader.h"
#include "certificates/control_plane/store/version_store.h"

namespace perennial::certificates {
namespace {

using authz::Permission;
using authz::PrincipalKind;
using service::Call;
using service::Reply;

// Which version was asked for, as a condition over `c` (the owner) and `v` (its versions).
struct Selector {
  std::string condition = "v.number = c.current_version";
  std::optional<storage::Value> parameter;  // Bound as the last one, which `condition` calls {}.
};

Result<Selector> SelectorOf(const Call& call, std::string_view name_parameter) {
  TRY_ASSIGN(auto number, call.QueryInt("versionNumber", 0, std::numeric_limits<int64_t>::max()));
  if (number == 0) number.reset();  // As OCI's clients send it: ignored.
  const auto name = call.Query(name_parameter);
  const auto stage = call.Query("stage");
  if ((number ? 1 : 0) + (name ? 1 : 0) + (stage ? 1 : 0) > 1) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("versionNumber: give only one of versionNumber, {} and stage", name_parameter));
  }
  if (number) return Selector{"v.number = {}", storage::Value(*number)};
  if (name) return Selector{"v.name = {}", storage::Value(*name)};
  if (!stage) return Selector{};
  const auto wanted = FromWireName<wire::Stage>(*stage);
  if (wanted == wire::Stage::kCurrent) return Selector{};
  if (wanted == wire::Stage::kLatest) return Selector{"v.number = c.latest_version", {}};
  if (wanted == wire::Stage::kPrevious) return Selector{"v.number = c.previous_version", {}};
  if (wanted == wire::Stage::kPending) return Selector{"v.pending = 1", {}};
  if (wanted == wire::Stage::kDeprecated) {
    return Selector{
        "v.pending = 0 AND v.number <> c.current_version AND "
        "v.number <> COALESCE(c.previous_version, 0)",
        {}};
  }
  return Fail(ErrorCode::kInvalidArgument,
              "stage: must be one of CURRENT, PENDING, LATEST, PREVIOUS, DEPRECATED");
}

// Bind appends the selector's parameter and returns its condition.
std::string Bind(const Selector& selector, std::vector<storage::Value>& parameters) {
  if (!selector.parameter) return selector.condition;
  parameters.push_back(*selector.parameter);
  return fmt::format(fmt::runtime(selector.condition), fmt::format("${}", parameters.size()));
}

Result<std::optional<VersionRow>> FindSelected(storage::Session& session, Kind kind,
                                               const std::string& id, const Selector& selector) {
  std::vector<storage::Value> parameters{id};
  const auto condition = Bind(selector, parameters);
  TRY_ASSIGN(const auto row,
             session.QueryOne(
                 fmt::format("SELECT {} FROM {} c JOIN {} v ON v.owner_id = c.id "
                             "WHERE c.id = $1 AND {} ORDER BY v.number DESC LIMIT 1",
                             kVersionColumns, OwnerTable(kind), VersionTable(kind), condition),
                 std::move(parameters)));
  if (!row) return std::optional<VersionRow>();
  return std::optional(ReadVersion(*row, 0));
}

struct Associated {
  VersionRow version;
  authz::AssociationFact association;
  int64_t wanted_version = 0;  // What the caller's node is to serve.
};

// One statement looks at the association, the state of what it guards, the version and what a live
// rollout wants for the caller's node: nothing can change between.
Result<std::optional<Associated>> FindAssociated(storage::Session& session, Kind kind,
                                                 const std::string& id,
                                                 const authz::Principal& caller,
                                                 const Selector& selector) {
  std::vector<storage::Value> parameters{id, caller.id, caller.node_id};
  const auto condition = Bind(selector, parameters);
  const char* wanted =
      "COALESCE((SELECT n.wanted_version FROM rollout r JOIN rollout_node n ON n.rollout_id = r.id "
      "WHERE r.live = 1 AND r.certificate_id = c.id AND n.association_id = a.id "
      "AND n.node_id = $3), c.current_version)";
  const std::string allowed =
      PERENNIAL_MUTANT("certificates.any_version_to_resource")
          ? "$3 = $3"
          : fmt::format("(v.number = c.current_version OR v.number = {})", wanted);
  const char* of_caller =
      PERENNIAL_MUTANT("authz.skip_association_resource") ? "$2 = $2" : "a.resource_id = $2";
  TRY_ASSIGN(
      const auto row,
      session.QueryOne(
          fmt::format("SELECT {}, a.id, a.resource_id, {} FROM association a "
                      "JOIN guarded g ON g.id = a.certificates_resource_id AND g.attachable = 1 "
                      "JOIN {} c ON c.id = g.id JOIN {} v ON v.owner_id = c.id "
                      "WHERE a.certificates_resource_id = $1 AND {} "
                      "AND v.deletion_at IS NULL AND {} AND {} ORDER BY v.number DESC LIMIT 1",
                      kVersionColumns, wanted, OwnerTable(kind), VersionTable(kind), of_caller,
                      allowed, condition),
          std::move(parameters)));
  if (!row) return std::optional<Associated>();
  return std::optional(Associated{ReadVersion(*row, 0),
                                  {.id = row->Text(kVersionColumnCount),
                                   .certificate_id = id,
                                   .resource_id = row->Text(kVersionColumnCount + 1)},
                                  row->Int(kVersionColumnCount + 2)});
}

// RequireAssociation answers a resource principal: the version that it may read, or a refusal like
// any other.
Result<Associated> RequireAssociation(Call& call, storage::Session& session, Kind kind,
                                      const std::string& id, const Selector& selector) {
  TRY_ASSIGN(auto found, FindAssociated(session, kind, id, call.caller(), selector));
  if (!found) {
    return Fail(ErrorCode::kPermissionDenied,
                "no active association gives this resource that version");
  }
  const auto decision =
      authz::DecideBundleRead(call.snapshot(), call.caller(), id, {&found->association, 1});
  if (!decision.allowed()) {
    return Fail(ErrorCode::kPermissionDenied, "the resource is not placed on the caller's node");
  }
  call.Allowed(decision);
  return std::move(*found);
}

Variables WithBundleType(Variables variables, wire::BundleType type) {
  variables[std::string(authz::kBundleTypeVariable)] = std::string(WireNameOf(type));
  return variables;
}

// Keeps the last read of each node, for `why`.
Result<void> NoteKeyRead(storage::Session& session, const Associated& read,
                         const std::string& node_id, Time now) {
  TRY(
      session.Execute("INSERT INTO key_read (association_id, node_id, version_number, read_at) "
                      "VALUES ($1, $2, $3, $4) ON CONFLICT (association_id, node_id) DO UPDATE SET "
                      "version_number = excluded.version_number, read_at = excluded.read_at",
                      {read.association.id, node_id, read.version.number, now}));
  return {};
}

}  // namespace

Result<Reply> Bundles::GetCertificate(Call& call) {
  const auto text = call.Query("certificateBundleType");
  const auto type = text ? FromWireName<wire::BundleType>(*text) : wire::BundleType::kPublicOnly;
  if (!type) {
    return Fail(ErrorCode::kInvalidArgument,
                "certificateBundleType: must be one of " + WireNameList<wire::BundleType>());
  }
  call.About(call.PathValue("certificateId"));
  return *type == wire::BundleType::kWithPrivateKey ? WithKey(call) : CertificatePublicOnly(call);
}

Result<Reply> Bundles::CertificatePublicOnly(Call& call) {
  const auto& id = call.PathValue("certificateId");
  TRY_ASSIGN(const auto selector, SelectorOf(call, "certificateVersionName"));
  return service_.database().ReadValue([&](storage::Session& session) -> Result<Reply> {
    TRY_ASSIGN(const auto row, FindCertificate(session, id));
    if (!row) return Fail(ErrorCode::kNotFound, "no such certificate");
    call.About(id, row->compartment_id, row->name);
    std::optional<VersionRow> version;
    if (call.caller().kind == PrincipalKind::kResource) {
      TRY_ASSIGN(auto found, RequireAssociation(call, session, Kind::kCertificate, id, selector));
      version = std::move(found.version);
    } else {
      TRY(call.Require(Permission::kCertificateBundleRead, row->compartment_id,
                       WithBundleType(VariablesOf(*row), wire::BundleType::kPublicOnly)));
      TRY_ASSIGN(version, FindSelected(session, Kind::kCertificate, id, selector));
    }
    if (!version) return Fail(ErrorCode::kNotFound, "no such version");
    return Reply::Json(EncodeJson(BundleView(*row, *version))).With("etag", EtagOf(*row));
  });
}

Result<Reply> Bundles::WithKey(Call& call) {
  const auto& id = call.PathValue("certificateId");
  // A resource's token lives for minutes; a user's API key lives until identity says otherwise, so
  // identity must have been heard.
  if (call.caller().kind != PrincipalKind::kResource &&
      service_.identity().Age() > service::kIdentityAgeMax) {
    return Fail(ErrorCode::kUnavailable,
                "identity has not been heard from; private keys wait, repeat soon");
  }
  TRY_ASSIGN(const auto selector, SelectorOf(call, "certificateVersionName"));
  return call.CommitRead([&](storage::Session& session) -> Result<Reply> {
    TRY_ASSIGN(const auto row, FindCertificate(session, id));
    if (!row) return Fail(ErrorCode::kNotFound, "no such certificate");
    call.About(id, row->compartment_id, row->name);
    std::optional<VersionRow> version;
    std::optional<int64_t> wanted;
    if (call.caller().kind == PrincipalKind::kResource) {
      TRY_ASSIGN(auto found, RequireAssociation(call, session, Kind::kCertificate, id, selector));
      TRY(NoteKeyRead(session, found, call.caller().node_id, call.now()));
      wanted = found.wanted_version;
      version = std::move(found.version);
    } else {
      const auto decision = authz::DecidePrivateKeyRead(call.snapshot(), call.caller(),
                                                        row->compartment_id, VariablesOf(*row));
      if (!decision.allowed()) {
        return Fail(ErrorCode::kPermissionDenied,
                    "no policy statement that names the bundle type gives this private key");
      }
      call.Allowed(decision);
      if (row->state != State::kActive && row->state != State::kUpdating) {
        return Fail(ErrorCode::kIncorrectState, "the certificate is not ACTIVE");
      }
      TRY_ASSIGN(version, FindSelected(session, Kind::kCertificate, id, selector));
    }
    if (!version) return Fail(ErrorCode::kNotFound, "no such version");
    if (!version->private_key) {
      return Fail(ErrorCode::kInvalidArgument,
                  "certificateBundleType: this service does not hold the private key");
    }
    TRY_ASSIGN(const auto key, issuing_.OpenKey(Kind::kCertificate, *version));
    auto view = BundleView(*row, *version);
    view.certificate_bundle_type = wire::BundleType::kWithPrivateKey;
    view.private_key_pem = std::string(key.ToPkcs8Pem().RevealText());
    view.wanted_version_number = wanted;
    call.Detail(
        RawJson{fmt::format(R"({{"privateKey":true,"versionNumber":{}}})", version->number)});
    auto reply = Reply::Json(EncodeJson(view)).With("etag", EtagOf(*row));
    WipeText(*view.private_key_pem);
    reply.secret = true;
    return reply;
  });
}

Result<Reply> Bundles::GetAuthority(Call& call) {
  const auto& id = call.PathValue("certificateAuthorityId");
  call.About(id);
  TRY_ASSIGN(const auto selector, SelectorOf(call, "certificateAuthorityVersionName"));
  constexpr auto kKind = Kind::kCertificateAuthority;
  return service_.database().ReadValue([&](storage::Session& session) -> Result<Reply> {
    TRY_ASSIGN(const auto row, FindAuthority(session, id));
    if (!row) return Fail(ErrorCode::kNotFound, "no such certificate authority");
    call.About(id, row->compartment_id, row->name);
    std::optional<VersionRow> version;
    if (call.caller().kind == PrincipalKind::kResource) {
      TRY_ASSIGN(auto found, RequireAssociation(call, session, kKind, id, selector));
      version = std::move(found.version);
    } else {
      TRY(call.Require(Permission::kCertificateAuthorityBundleRead, row->compartment_id,
                       VariablesOf(*row)));
      TRY_ASSIGN(version, FindSelected(session, kKind, id, selector));
    }
    if (!version) return Fail(ErrorCode::kNotFound, "no such version");
    return Reply::Json(EncodeJson(AuthorityBundleView(*row, *version))).With("etag", EtagOf(*row));
  });
}

Result<Reply> Bundles::ListCertificateVersions(Call& call) {
  const auto& id = call.PathValue("certificateId");
  call.About(id);
  TRY_ASSIGN(const auto page,
             service::ParsePage(call, {{"VERSION_NUMBER", service::SortOrder::kAscending}}));
  const VersionFilter filter{.order = page.order};
  return service_.database().ReadValue([&](storage::Session& session) -> Result<Reply> {
    TRY_ASSIGN(const auto row, FindCertificate(session, id));
    if (!row) return Fail(ErrorCode::kNotFound, "no such certificate");
    call.About(id, row->compartment_id, row->name);
    TRY(call.Require(Permission::kCertificateBundleInspect, row->compartment_id,
                     VariablesOf(*row)));
    TRY_ASSIGN(const auto versions, ListVersions(session, Kind::kCertificate, id, filter));
    wire::CertificateBundleVersionCollection answer;
    for (const auto& version : versions) {
      answer.items.push_back(BundleVersionView(*row, version));
    }
    return Reply::Json(EncodeJson(answer));
  });
}

}  // namespace perennial::certificates
