// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "api/evidence/table.h"
#include "base/encoding.h"
#include "base/proof.h"
#include "identity/service.h"
#include "service/authenticator.h"

namespace perennial::identity {
namespace {

constexpr size_t kWantsMax = 2000;

std::unexpected<Error> BadEvidence(std::string_view why) {
  return Fail(ErrorCode::kUnauthenticated, fmt::format("evidence: {}", why));
}

// Where the want is judged: the named compartment, or the one in which the registry has the
// resource, never the one in which a service says it is (security.md B28).
Result<std::string> CompartmentOf(const authz::Snapshot& snapshot, const api::identity::Want& want,
                                  std::string_view kind, size_t index) {
  if (want.resource_id.has_value() == want.compartment_id.has_value()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("/wants/{}: must have either resourceId or compartmentId", index));
  }
  if (want.compartment_id) return *want.compartment_id;
  const auto* resource = snapshot.Resource(*want.resource_id);
  return resource == nullptr || resource->kind != kind ? std::string() : resource->compartment_id;
}

}  // namespace

Result<JudgedEvidence> IdentityService::JudgeEvidence(const Call& call,
                                                      const http_signature::Evidence& evidence,
                                                      std::string_view presenter_id) const {
  const auto* presenter = call.snapshot().Service(presenter_id);
  if (presenter == nullptr || presenter->state != authz::PrincipalState::kActive) {
    return BadEvidence("the presenter is not an active service");
  }
  const auto product =
      std::ranges::find(parts_.config.products, presenter->kind, &ProductAddress::kind);
  if (product == parts_.config.products.end()) {
    return BadEvidence("the presenter's kind of service acts for nobody");
  }
  auto judged = service::AuthenticateEvidence(http_signature::ToRequest(evidence), call.snapshot(),
                                              call.now(), product->hosts);
  if (!judged) return BadEvidence(judged.error().message);
  if (judged->caller.kind != authz::PrincipalKind::kUser)
    return BadEvidence("only a user's click counts");

  auto subject = api::evidence::EvidenceSubject(evidence);
  if (!subject && subject.error().code == ErrorCode::kNotFound) {
    return BadEvidence(subject.error().message);
  }
  TRY(subject);
  // A click on one product never speaks for another (B04).
  if (!PERENNIAL_MUTANT("identity.any_presenter") && subject->product_kind != presenter->kind) {
    return BadEvidence("the request was made to another kind of service");
  }
  return JudgedEvidence{std::move(judged->caller), std::move(judged->signed_facts),
                        judged->key.ToPem(), std::move(*subject)};
}

Result<service::Reply> IdentityService::VerifyEvidence(
    Call& call, const api::identity::VerifyEvidenceDetails& details) {
  call.About(details.presenter);
  // Certificates says who presented the evidence to it; every other service can only speak for
  // itself.
  if (call.caller().service_kind != "certificates" && call.caller().id != details.presenter) {
    return Fail(ErrorCode::kPermissionDenied, "a service presents its own evidence only");
  }
  if (details.wants.size() > kWantsMax) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("/wants: at most {}", kWantsMax));
  }
  TRY_ASSIGN(const auto judged, JudgeEvidence(call, details.evidence, details.presenter));
  const auto& facts = judged.signed_facts;
  api::identity::VerifiedEvidence answer{.user_id = judged.user.id,
                                         .user_name = judged.user.name,
                                         .tenancy_id = judged.user.tenancy_id,
                                         .signed_date = facts.signed_date,
                                         .digest = HexEncode(AsBytes(facts.digest)),
                                         .position = call.snapshot().position(),
                                         .allowed = {},
                                         .signing_string = facts.signing_string,
                                         .signature = Base64Encode(facts.signature),
                                         .algorithm = facts.algorithm,
                                         .key_id = facts.key_id,
                                         .public_key_pem = judged.public_key_pem};
  for (size_t i = 0; i < details.wants.size(); ++i) {
    const auto& want = details.wants[i];
    const auto permission = FromWireName<authz::Permission>(want.permission);
    if (!permission) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("/wants/{}/permission: is no permission", i));
    }
    TRY_ASSIGN(const auto compartment,
               CompartmentOf(call.snapshot(), want, judged.subject.product_kind, i));
    answer.allowed.push_back(
        !compartment.empty() &&
        authz::Decide(call.snapshot(), {judged.user, *permission, compartment, {}}).allowed());
  }
  return Reply::Json(EncodeJson(answer));
}

}  // namespace perennial::identity
