// SPDX-License-Identifier: Apache-2.0
// Taking authority away: by the owner of the resource alone, or by a user who may delete associations.
#include <fmt/format.h>

#include <algorithm>

#include "api/evidence/table.h"
#include "base/ocid.h"
#include "base/proof.h"
#include "certificates/control_plane/associations/associations.h"
#include "certificates/control_plane/reached.h"
#include "certificates/control_plane/store/guarded.h"
#include "http_signature/signature.h"

namespace perennial::certificates {
namespace {

using authz::Permission;
using service::Call;
using service::Reply;
using wire::AssociationPair;

constexpr size_t kPairsMax = 500;
constexpr std::chrono::minutes kClosedFor{10};

Permission DeletePermission(Kind kind) {
  switch (kind) {
    case Kind::kCertificate:
      return Permission::kCertificateAssociationDelete;
    case Kind::kCertificateAuthority:
      return Permission::kCertificateAuthorityAssociationDelete;
    case Kind::kCaBundle:
      return Permission::kCaBundleAssociationDelete;
  }
  return Permission::kCertificateAssociationDelete;
}

Result<void> CheckOwned(const Call& call, const std::vector<AssociationPair>& pairs) {
  if (pairs.empty() || pairs.size() > kPairsMax) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("/pairs: must have 1 to {} elements", kPairsMax));
  }
  for (const auto& pair : pairs) {
    // Its kind is in the OCID, and nobody chooses an OCID (B20).
    if (OcidType(pair.resource_id) != call.caller().service_kind &&
        !PERENNIAL_MUTANT("certificates.detach_any_kind")) {
      return Fail(ErrorCode::kNotFound, "the resource is of another kind of service");
    }
    if (OcidType(pair.certificates_resource_id).empty()) {
      return Fail(ErrorCode::kNotFound, "no such certificates resource");
    }
  }
  return {};
}

// CheckNotLate refuses a detach that was signed, given up by its sender and overtaken by a newer
// click: what that click made is in use. A click that is dated after the fence, its sender has not
// seen. Signed dates are whole seconds.
Result<void> CheckNotLate(storage::Session& session, const AssociationPair& pair, Time signed_date,
                          Time fence) {
  TRY_ASSIGN(const auto association, FindPair(session, pair));
  if (!association || PERENNIAL_MUTANT("certificates.late_detach_ends")) return {};
  TRY_ASSIGN(const auto clicked, NewestClick(session, association->id));
  const bool seen = clicked <= std::max(fence, signed_date) ||
                    PERENNIAL_MUTANT("certificates.late_by_date_only");
  if (ToSeconds(association->created_at) <= signed_date && seen) return {};
  return Fail(ErrorCode::kConflict,
              fmt::format("{} was attached to {} after this detach was signed; sign a new one",
                          pair.certificates_resource_id, pair.resource_id));
}

// A sender that was held up between its decision and this call, while another process of its service
// decided, too, must not end what a click has attached since.
Result<void> CheckMeant(storage::Session& session, const AssociationPair& pair,
                        const std::optional<std::string>& association_id) {
  if (!association_id || PERENNIAL_MUTANT("certificates.detach_any_association")) return {};
  TRY_ASSIGN(const auto association, FindPair(session, pair));
  if (!association || association->id == *association_id) return {};
  return Fail(ErrorCode::kIncorrectState,
              fmt::format("/associationId: {} is attached to {} by another association",
                          pair.certificates_resource_id, pair.resource_id));
}

}  // namespace

// FenceOf is the signed date of the evidence, else of this request; later, if the sender saw a click
// that was ahead. Nobody may be further ahead than a signed date, so a liar closes the pair no longer.
// With identity away it is this request's, which is later than that of the evidence: a fence that is
// too late only asks a user to sign again.
Result<Time> Associations::FenceOf(Call& call, const wire::DetachDetails& details) {
  TRY_ASSIGN(const auto fence, DateOf(call, details));
  if (!details.signed_up_to || PERENNIAL_MUTANT("certificates.signed_up_to_ignored")) return fence;
  const auto latest = call.now() + http_signature::VerifyOptions{}.skew;
  return std::max(fence, std::min(*details.signed_up_to, latest));
}

Result<Time> Associations::DateOf(Call& call, const wire::DetachDetails& details) {
  const auto own = call.signed_facts().signed_date;
  if (!details.evidence) return own;
  const auto subject = api::evidence::EvidenceSubject(*details.evidence);
  const auto about = [&](const AssociationPair& pair) {
    return subject && subject->resource_id == pair.resource_id;
  };
  if (!subject || subject->product_kind != call.caller().service_kind ||
      !std::ranges::all_of(details.pairs, about)) {
    return Fail(ErrorCode::kNotFound, "the user's request is not about the resource");
  }
  const auto verified = verifier_.Verify(
      {.presenter = call.caller().id, .evidence = *details.evidence, .wants = {}});
  if (verified) return verified->signed_date;
  if (verified.error().code == ErrorCode::kUnavailable) return own;
  return std::unexpected(verified.error());
}

// End ends one pair in the caller's transaction and says whether there was an association.
Result<bool> Associations::End(storage::Session& session, const AssociationPair& pair,
                               const Fence& fence, std::vector<wire::Change>& changes) {
  TRY(RaiseFence(session, pair, fence));
  TRY_ASSIGN(const auto association, FindPair(session, pair));
  if (!association) return false;
  TRY(DeleteAssociation(session, association->id));
  TRY(RaiseRevision(session, pair.certificates_resource_id));
  TRY(rollouts_.Touch(session, pair.certificates_resource_id));
  auto& change = changes.emplace_back();
  change.kind = wire::ChangeKind::kAssociationEnded;
  change.association_id = association->id;
  return true;
}

Result<Reply> Associations::Detach(Call& call) {
  TRY_ASSIGN(auto details, call.Body<wire::DetachDetails>());
  if (!details.pairs.empty()) {
    AboutReached(call, service_.database(), details.pairs.front().certificates_resource_id);
  }
  TRY(CheckOwned(call, details.pairs));
  if (details.association_id && details.pairs.size() != 1) {
    return Fail(ErrorCode::kInvalidArgument, "/associationId: goes with exactly one pair");
  }
  TRY_ASSIGN(const auto fence_at, FenceOf(call, details));
  call.Allowed({authz::Decision::Basis::kOwner,
                fmt::format("the resource is of the caller's kind, {}",
                            call.caller().service_kind)});
  return call.Commit([&](storage::Session& session) -> Result<Reply> {
    const Fence fence{fence_at, std::nullopt, call.caller().id, call.now()};
    auto order = details.pairs;
    std::ranges::sort(order);
    for (const auto& pair : order) TRY(LockResource(session, pair.certificates_resource_id));
    wire::DetachAnswer answer;
    std::vector<wire::Change> changes;
    for (const auto& pair : details.pairs) {
      TRY(CheckMeant(session, pair, details.association_id));
      TRY(CheckNotLate(session, pair, call.signed_facts().signed_date, fence_at));
      TRY(End(session, pair, fence, changes));
      TRY_ASSIGN(const auto holds, FindFence(session, pair));
      answer.items.push_back({pair.certificates_resource_id, pair.resource_id, holds->at});
    }
    TRY(feed_.Write(session, changes));
    return Reply::Json(EncodeJson(answer));
  });
}

Result<Reply> Associations::ForceDetach(Call& call) {
  const auto& id = call.PathValue("associationId");
  call.About(id);
  TRY_ASSIGN(const auto details, call.Body<wire::ForceDetachDetails>());
  std::optional<AssociationRow> association;
  std::optional<GuardedRow> resource;
  TRY(service_.database().Read([&](storage::Session& session) -> Result<void> {
    TRY_ASSIGN(association, FindAssociation(session, id));
    if (!association) return Fail(ErrorCode::kNotFound, "no such association");
    TRY_ASSIGN(resource, FindGuarded(session, association->certificates_resource_id));
    return {};
  }));
  call.About(id, association->compartment_id, association->name);
  TRY(call.Require(DeletePermission(association->kind), association->compartment_id));
  if (details.confirm_name != resource->name) {
    return Fail(ErrorCode::kInvalidArgument,
                "/confirmName: must be the name of the certificate that is detached");
  }
  const AssociationPair pair{association->certificates_resource_id, association->resource_id};
  return call.Commit([&](storage::Session& session) -> Result<Reply> {
    TRY(LockResource(session, pair.certificates_resource_id));
    TRY_ASSIGN(const auto seen, FindAssociation(session, id));
    if (!seen) return Fail(ErrorCode::kNotFound, "the association has ended meanwhile");
    const Fence fence{call.signed_facts().signed_date, call.now() + kClosedFor, call.caller().id,
                      call.now()};
    std::vector<wire::Change> changes;
    TRY(End(session, pair, fence, changes));
    TRY(feed_.Write(session, changes));
    return Reply::Empty();
  });
}

}  // namespace perennial::certificates
