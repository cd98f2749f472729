// SPDX-License-Identifier: Apache-2.0
// Reading associations: get, list, and why.
#include <algorithm>
#include <set>

#include "certificates/control_plane/associations/associations.h"
#include "certificates/control_plane/operations/requests.h"
#include "certificates/control_plane/store/guarded.h"
#include "certificates/control_plane/store/row_reader.h"
#include "service/page.h"

namespace perennial::certificates {
namespace {

using authz::Permission;
using service::Call;
using service::Reply;

constexpr Kind kKinds[] = {Kind::kCertificate, Kind::kCertificateAuthority, Kind::kCaBundle};

struct Permissions {
  Permission inspect, read, read_resource;
};
Permissions PermissionsOf(Kind kind) {
  switch (kind) {
    case Kind::kCertificate:
      return {Permission::kCertificateAssociationInspect, Permission::kCertificateAssociationRead,
              Permission::kCertificateRead};
    case Kind::kCertificateAuthority:
      return {Permission::kCertificateAuthorityAssociationInspect,
              Permission::kCertificateAuthorityAssociationRead,
              Permission::kCertificateAuthorityRead};
    case Kind::kCaBundle:
      return {Permission::kCaBundleAssociationInspect, Permission::kCaBundleAssociationRead,
              Permission::kCaBundleRead};
  }
  return {};
}

wire::Association ViewOf(const AssociationRow& row) {
  return {.id = row.id,
          .name = row.name,
          .time_created = row.created_at,
          .lifecycle_state = wire::AssociationLifecycleState::kActive,
          .certificates_resource_id = row.certificates_resource_id,
          .associated_resource_id = row.resource_id,
          .compartment_id = row.compartment_id,
          .association_type = row.kind};
}

// VisibleOf says of which kinds the caller may see associations, and where.
Result<void> FillVisible(Call& call, storage::Database& database, AssociationFilter& filter) {
  std::optional<Kind> only;
  if (const auto text = call.Query("associationType")) {
    only = FromWireName<Kind>(*text);
    if (!only) {
      return Fail(ErrorCode::kInvalidArgument,
                  "associationType: must be one of " + WireNameList<Kind>());
    }
  }
  const auto compartment = call.Query("compartmentId");
  for (const auto kind : kKinds) {
    if (only && kind != *only) continue;
    std::vector<std::string> candidates;
    if (compartment) {
      candidates = {*compartment};
    } else {
      TRY_ASSIGN(candidates, database.ReadValue([&](storage::Session& session) {
        return CompartmentsOf(session, kind);
      }));
    }
    std::erase_if(candidates, [&](const std::string& id) {
      return !call.May(PermissionsOf(kind).inspect, id);
    });
    if (!candidates.empty()) filter.visible.emplace_back(kind, std::move(candidates));
  }
  if (compartment && filter.visible.empty()) {
    return Fail(ErrorCode::kPermissionDenied, "no policy lets the caller see associations there");
  }
  return {};
}

Result<std::vector<wire::WhyKeyRead>> KeyReadsOf(storage::Session& session,
                                                 const std::string& association_id) {
  TRY_ASSIGN(const auto rows, session.Query("SELECT node_id, version_number, read_at FROM key_read "
                                            "WHERE association_id = $1 ORDER BY read_at DESC",
                                            {association_id}));
  std::vector<wire::WhyKeyRead> reads;
  for (const auto& row : rows) reads.push_back({row.Text(0), row.Int(1), row.At(2)});
  return reads;
}

std::optional<std::string> Given(std::string text) {
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

Result<std::vector<wire::WhyProof>> ProofsOf(storage::Session& session,
                                             const std::string& association_id) {
  TRY_ASSIGN(const auto rows,
             session.Query("SELECT node_id, version_number, fingerprint_sha256, address, "
                           "server_name, key_type, vantage, observed_at FROM observation "
                           "WHERE association_id = $1 AND result = 'PROVED' "
                           "ORDER BY observed_at DESC, node_id, address, server_name",
                           {association_id}));
  std::vector<wire::WhyProof> proofs;
  std::set<std::string> seen;
  for (const auto& row : rows) {
    if (!seen.insert(row.Text(0)).second) continue;
    wire::Observation observation;
    observation.association_id = association_id;
    observation.version_number = row.Int(1);
    observation.fingerprint_sha256 = row.OptionalText(2);
    observation.address = Given(row.Text(3));
    observation.server_name = Given(row.Text(4));
    observation.key_type = Given(row.Text(5));
    observation.vantage = row.Text(6);
    observation.time_observed = row.At(7);
    proofs.push_back({row.Text(0), std::move(observation)});
  }
  return proofs;
}

wire::WhyEvidence ViewOf(const EvidenceRow& row) {
  return {.digest = row.digest,
          .signing_string = row.signing_string,
          .signature = row.signature,
          .algorithm = row.algorithm,
          .key_id = row.key_id,
          .public_key_pem = row.public_key_pem,
          .operation = row.operation,
          .signed_date = row.signed_at,
          .user_id = row.user_id,
          .user_name = row.user_name,
          .presenter_id = row.presenter_id};
}

}  // namespace

Result<Reply> Associations::Get(Call& call) {
  const auto& id = call.PathValue("associationId");
  call.About(id);
  TRY_ASSIGN(const auto row, service_.database().ReadValue([&](storage::Session& session) {
    return FindAssociation(session, id);
  }));
  if (!row) return Fail(ErrorCode::kNotFound, "no such association");
  call.About(id, row->compartment_id, row->name);
  TRY(call.Require(PermissionsOf(row->kind).read, row->compartment_id));
  return Reply::Json(EncodeJson(ViewOf(*row)))
      .With("etag", service::EtagOf(row->id, ToMicros(row->created_at)));
}

Result<Reply> Associations::List(Call& call) {
  AssociationFilter filter;
  TRY_ASSIGN(filter.page,
             service::ParsePage(call, {{"TIMECREATED", service::SortOrder::kDescending},
                                       {"NAME", service::SortOrder::kAscending}}));
  filter.id = call.Query("associationId");
  filter.name = call.Query("name");
  filter.certificates_resource_id = call.Query("certificatesResourceId");
  filter.resource_id = call.Query("associatedResourceId");
  TRY(FillVisible(call, service_.database(), filter));
  TRY_ASSIGN(auto rows, service_.database().ReadValue([&](storage::Session& session) {
    return ListAssociations(session, filter);
  }));
  std::optional<std::string> next;
  if (rows.size() > static_cast<size_t>(filter.page.limit)) {
    rows.resize(static_cast<size_t>(filter.page.limit));
    const auto& last = rows.back();
    next = service::EncodePageToken({filter.page.sort_by == "NAME"
                                         ? last.name
                                         : std::to_string(ToMicros(last.created_at)),
                                     last.id});
  }
  wire::AssociationCollection answer;
  for (const auto& row : rows) answer.items.push_back(ViewOf(row));
  return PageReply(EncodeJson(answer), std::move(next));
}

Result<Reply> Associations::Why(Call& call) {
  const wire::AssociationPair pair{call.Query("certificatesResourceId").value_or(""),
                                   call.Query("resourceId").value_or("")};
  call.About(pair.certificates_resource_id);
  const auto* resource = call.snapshot().Resource(pair.resource_id);
  TRY_ASSIGN(const auto guarded, service_.database().ReadValue([&](storage::Session& session) {
    return FindGuarded(session, pair.certificates_resource_id);
  }));
  if (resource == nullptr || !guarded) return Fail(ErrorCode::kNotFound, "no such pair");
  call.About(guarded->id, guarded->compartment_id, guarded->name);
  TRY(call.Require(PermissionsOf(guarded->kind).read_resource, guarded->compartment_id));
  TRY(call.Require(Permission::kLoadBalancerRead, resource->compartment_id));

  return service_.database().ReadValue([&](storage::Session& session) -> Result<Reply> {
    TRY_ASSIGN(const auto association, FindPair(session, pair));
    if (!association) return Fail(ErrorCode::kNotFound, "the pair is not associated");
    wire::WhyChain chain{.association = ViewOf(*association),
                         .certificates_resource_name = guarded->name,
                         .evidence = {},
                         .placements = {},
                         .last_key_reads = {},
                         .last_proofs = {}};
    TRY_ASSIGN(const auto evidence, EvidenceOfAssociation(session, association->id));
    for (const auto& row : evidence) chain.evidence.push_back(ViewOf(row));
    if (const auto* placement = call.snapshot().PlacementOf(pair.resource_id)) {
      for (const auto& id : placement->node_ids) {
        const auto* node = call.snapshot().Node(id);
        chain.placements.push_back({id, node == nullptr ? "" : node->name});
      }
    }
    TRY_ASSIGN(chain.last_key_reads, KeyReadsOf(session, association->id));
    TRY_ASSIGN(chain.last_proofs, ProofsOf(session, association->id));
    return Reply::Json(EncodeJson(chain));
  });
}

}  // namespace perennial::certificates
