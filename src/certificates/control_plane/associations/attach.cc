// SPDX-License-Identifier: Apache-2.0
// Attach: the click is the proof (protocols.md §2). First the evidence is judged, by identity and by
// the table of what it can authorise; then one transaction makes everything or nothing.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "api/evidence/table.h"
#include "base/encoding.h"
#include "base/ocid.h"
#include "base/proof.h"
#include "certificates/control_plane/associations/associations.h"
#include "certificates/control_plane/reached.h"
#include "certificates/control_plane/store/guarded.h"

namespace perennial::certificates {
namespace {

namespace evidence = api::evidence;
using service::Call;
using service::Reply;
using wire::AssociationPair;

constexpr size_t kPairsMax = 500;

std::unexpected<Error> NoSuchGrant(std::string why) {
  return Fail(ErrorCode::kNotFound, std::move(why));
}

std::unexpected<Error> NotTheUsers(const std::string& id) {
  return Fail(ErrorCode::kRelatedNotFound,
              fmt::format("{} does not exist, or the user is not allowed to use it", id));
}

bool IsAttachable(State state) { return state == State::kActive || state == State::kUpdating; }

// Independent of the order in which the pairs were listed.
std::string DigestOf(std::vector<AssociationPair> pairs) {
  std::ranges::sort(pairs);
  std::string text;
  for (const auto& pair : pairs) {
    text += fmt::format("{} {}\n", pair.certificates_resource_id, pair.resource_id);
  }
  return HexEncode(Sha256(text));
}

Result<void> CheckPairs(const std::vector<AssociationPair>& pairs) {
  if (pairs.empty() || pairs.size() > kPairsMax) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("/pairs: must have 1 to {} elements", kPairsMax));
  }
  std::set<AssociationPair> seen;
  for (size_t i = 0; i < pairs.size(); ++i) {
    if (!seen.insert(pairs[i]).second) {
      return Fail(ErrorCode::kInvalidArgument, fmt::format("/pairs/{}: is there twice", i));
    }
  }
  return {};
}

api::identity::Want WantOnResource(const evidence::Subject& subject) {
  if (subject.action == evidence::Action::kCreate) {
    return {subject.permission, std::nullopt, subject.compartment_id};
  }
  return {subject.permission, subject.resource_id, std::nullopt};
}

std::string NewUuid(Random& random) {
  const auto hex = HexEncode(random.Bytes(16));
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20));
}

}  // namespace

struct Associations::Claim {
  wire::AttachDetails details;
  evidence::Subject subject;
  api::identity::VerifiedEvidence verified;
  std::string pairs_digest;
  std::map<std::string, GuardedRow> resources;  // Those that the pairs name and that exist.

  // Used once, for these pairs and by this presenter.
  bool IsRepeatedBy(const EvidenceRow& first, const std::string& presenter_id) const {
    return first.presenter_id == presenter_id && first.pairs_digest == pairs_digest;
  }
};

// Judge asks whether this evidence, presented by this service, lets these pairs be associated.
Result<void> Associations::Judge(Call& call, Claim& claim) {
  const auto& details = claim.details;
  TRY(service_.database().Read([&](storage::Session& session) -> Result<void> {
    for (const auto& pair : details.pairs) {
      TRY_ASSIGN(auto row, FindGuarded(session, pair.certificates_resource_id));
      if (row && row->state != State::kDeleted) claim.resources.emplace(row->id, std::move(*row));
    }
    return {};
  }));
  // Who owns what was reached for finds the attempt in the audit of its own compartment.
  for (const auto& [id, row] : claim.resources) call.About(id, row.compartment_id, row.name);
  auto subject = evidence::EvidenceSubject(details.evidence);
  auto granted = evidence::PairsAuthorizedBy(details.evidence);
  if (!subject && subject.error().code == ErrorCode::kNotFound) {
    return NoSuchGrant(subject.error().message);
  }
  // A click on one product never speaks for another (security.md B04).
  if (subject && subject->product_kind != call.caller().service_kind &&
      !PERENNIAL_MUTANT("certificates.any_presenter")) {
    return NoSuchGrant("the request was made to another kind of service");
  }

  api::identity::VerifyEvidenceDetails question{
      .presenter = call.caller().id, .evidence = details.evidence, .wants = {}};
  if (subject && granted) {
    question.wants.push_back(WantOnResource(*subject));
    for (const auto& [id, row] : claim.resources) {
      question.wants.push_back({std::string(evidence::ReadPermission(OcidType(id))), std::nullopt,
                                row.compartment_id});
    }
  }
  // Identity judges before we say what the evidence is worth: what was altered is a 401 (B15).
  TRY_ASSIGN(claim.verified, verifier_.Verify(question));
  if (!subject || !granted) return NoSuchGrant("the user's request names no pair");
  claim.subject = std::move(*subject);

  // Nobody chooses the OCID of a new resource: it follows from the evidence (B17).
  const auto digest = HexDecode(claim.verified.digest);
  if (!digest || digest->size() != 32) {
    return Fail(ErrorCode::kUnavailable, "identity's answer has no digest");
  }
  const auto derived = MakeDerivedOcid(claim.subject.product_kind, service_.region(), AsText(*digest));
  for (const auto& pair : details.pairs) {
    const bool named = std::ranges::any_of(*granted, [&](const evidence::AuthorizedPair& grant) {
      const auto& resource = grant.resource_id.empty() ? derived : grant.resource_id;
      return grant.certificates_resource_id == pair.certificates_resource_id &&
             (resource == pair.resource_id ||
              PERENNIAL_MUTANT("certificates.evidence_not_bound_to_resource"));
    });
    if (!named && !PERENNIAL_MUTANT("certificates.evidence_not_bound")) {
      return NoSuchGrant(fmt::format("the user's request does not name {} for {}",
                                     pair.certificates_resource_id, pair.resource_id));
    }
  }

  const bool judge_user = !PERENNIAL_MUTANT("certificates.user_not_judged");
  if (claim.verified.allowed.size() != question.wants.size()) {
    return Fail(ErrorCode::kUnavailable, "identity did not judge everything");
  }
  if (!claim.verified.allowed.front() && judge_user) return NotTheUsers("the resource");
  size_t at = 1;
  for (const auto& [id, row] : claim.resources) {
    if (!claim.verified.allowed[at++] && judge_user) return NotTheUsers(id);
  }
  for (const auto& pair : details.pairs) {
    if (!claim.resources.contains(pair.certificates_resource_id)) {
      return NotTheUsers(pair.certificates_resource_id);
    }
  }
  return {};
}

namespace {

// CheckOpen holds a pair's fence against the date that the user signed, never against when the
// evidence was presented (B08).
Result<void> CheckOpen(storage::Session& session, const AssociationPair& pair, Time signed_date,
                       Time now) {
  TRY_ASSIGN(const auto fence, FindFence(session, pair));
  if (!fence || PERENNIAL_MUTANT("certificates.fence_off")) return {};
  if (fence->closed_until && *fence->closed_until > now &&
      !PERENNIAL_MUTANT("certificates.closed_pair_open")) {
    return Fail(ErrorCode::kConflict,
                fmt::format("{} and {} were detached by force; the pair is closed until {}",
                            pair.certificates_resource_id, pair.resource_id,
                            FormatTime(*fence->closed_until)));
  }
  const auto judged = PERENNIAL_MUTANT("certificates.fence_by_presentation") ? now : signed_date;
  if (judged > fence->at) return {};
  return Fail(ErrorCode::kConflict,
              fmt::format("the request was signed at {}, and {} is detached from {} for what was "
                          "signed up to {}; sign a new one after that",
                          FormatTime(signed_date), pair.certificates_resource_id, pair.resource_id,
                          FormatTime(fence->at)));
}

Result<void> CheckState(storage::Session& session, const GuardedRow& judged) {
  TRY_ASSIGN(const auto row, FindGuarded(session, judged.id));
  if (!row || row->compartment_id != judged.compartment_id) {
    return Fail(ErrorCode::kUnavailable,
                fmt::format("{} was changed meanwhile; repeat the request", judged.id));
  }
  if (IsAttachable(row->state) || PERENNIAL_MUTANT("certificates.attach_any_state")) return {};
  return Fail(ErrorCode::kIncorrectState,
              fmt::format("'{}' is {}; only what is ACTIVE can be attached", row->name,
                          WireNameOf(row->state)));
}

// CheckStillThere: the first answer is given again only while it is true. A fence need not have
// killed the click: the user's clock may be ahead of the one that dated the detach.
Result<void> CheckStillThere(storage::Session& session, const std::vector<AssociationPair>& pairs) {
  for (const auto& pair : pairs) {
    TRY_ASSIGN(const auto association, FindPair(session, pair));
    if (association || PERENNIAL_MUTANT("certificates.first_answer_for_ever")) continue;
    return Fail(ErrorCode::kConflict,
                fmt::format("the request attached {} to {} once, and that has ended; sign a new one",
                            pair.certificates_resource_id, pair.resource_id));
  }
  return {};
}

}  // namespace

// Record keeps the click for ever, with the answer that it was given.
Result<void> Associations::Record(storage::Session& session, const Call& call, const Claim& claim,
                                  const std::string& answer) {
  const auto& verified = claim.verified;
  TRY_ASSIGN(const bool recorded,
             InsertEvidence(session, {.digest = verified.digest,
                                      .presenter_id = call.caller().id,
                                      .presenter_kind = call.caller().service_kind,
                                      .operation = claim.subject.operation,
                                      .user_id = verified.user_id,
                                      .user_name = verified.user_name,
                                      .tenancy_id = verified.tenancy_id,
                                      .key_id = verified.key_id,
                                      .algorithm = verified.algorithm,
                                      .public_key_pem = verified.public_key_pem,
                                      .signing_string = verified.signing_string,
                                      .signature = verified.signature,
                                      .signed_at = verified.signed_date,
                                      .pairs_digest = claim.pairs_digest,
                                      .answer = answer,
                                      .judged_at_position = verified.position,
                                      .recorded_at = call.now()}));
  // Another process was quicker with the same evidence: the caller repeats and gets its answer.
  if (!recorded) return Fail(ErrorCode::kUnavailable, "the evidence is being used; repeat");
  return {};
}

// Commit runs in the transaction: what has to hold at the very moment is looked at here.
Result<Reply> Associations::Commit(storage::Session& session, Call& call, const Claim& claim) {
  const auto& pairs = claim.details.pairs;
  const auto& verified = claim.verified;
  for (const auto& [id, row] : claim.resources) TRY(LockResource(session, id));
  for (const auto& pair : pairs) {
    TRY(CheckOpen(session, pair, verified.signed_date, call.now()));
  }
  TRY_ASSIGN(const auto first, FindEvidence(session, verified.digest));
  if (first) {
    if (!claim.IsRepeatedBy(*first, call.caller().id) &&
        !PERENNIAL_MUTANT("certificates.evidence_for_anything_once_used")) {
      return NoSuchGrant("the evidence was used for other pairs, or by another presenter");
    }
    TRY(CheckStillThere(session, pairs));
    call.Detail(RawJson{fmt::format(R"({{"evidence":"{}","repeated":true}})", verified.digest)});
    return Reply::Json(first->answer);
  }
  for (const auto& [id, row] : claim.resources) TRY(CheckState(session, row));

  wire::AttachAnswer answer;
  std::vector<wire::Change> changes;
  std::vector<std::string> association_ids;
  for (const auto& pair : pairs) {
    const auto& resource = claim.resources.at(pair.certificates_resource_id);
    TRY_ASSIGN(auto association, FindPair(session, pair));
    const bool is_new = !association;
    if (is_new) {
      const auto type = OcidType(pair.certificates_resource_id);
      association = AssociationRow{
          .id = service_.NewId("association"),
          .name = fmt::format("{}-{}-{}", type, claim.subject.product_kind,
                              NewUuid(service_.random())),
          .kind = resource.kind,
          .certificates_resource_id = pair.certificates_resource_id,
          .resource_id = pair.resource_id,
          .resource_kind = claim.subject.product_kind,
          .created_at = call.now(),
          .compartment_id = resource.compartment_id};
      TRY(InsertAssociation(session, *association));
      // The certificate's etag changes with its associations, as in OCI.
      TRY(RaiseRevision(session, resource.id));
      TRY(rollouts_.Touch(session, resource.id));
    }
    TRY_ASSIGN(auto change, CreatedChange(session, *association));
    answer.items.push_back({association->id, pair.certificates_resource_id, pair.resource_id,
                            association->kind, change.current_version});
    association_ids.push_back(association->id);
    if (is_new) changes.push_back(std::move(change));
  }

  auto body = EncodeJson(answer);
  TRY(Record(session, call, claim, body));
  for (size_t i = 0; i < pairs.size(); ++i) {
    TRY(InsertEvidencePair(session, verified.digest, pairs[i], association_ids[i]));
  }
  PERENNIAL_FAULT_POINT("certificates.attach_not_committed");
  TRY(feed_.Write(session, changes));
  return Reply::Json(std::move(body));
}

Result<Reply> Associations::Attach(Call& call) {
  Claim claim;
  auto details = call.Body<wire::AttachDetails>();
  // Without a click at all it is refused like a click that names nothing, and leaves a record (B01).
  if (!details && details.error().message.starts_with("/evidence")) {
    const auto rest =
        DecodeJson<wire::DetachDetails>(call.request().body, UnknownFields::kIgnore);
    if (rest && !rest->pairs.empty()) {
      AboutReached(call, service_.database(), rest->pairs.front().certificates_resource_id);
    }
    return NoSuchGrant(details.error().message);
  }
  TRY_ASSIGN(claim.details, std::move(details));
  TRY(CheckPairs(claim.details.pairs));
  const auto& subject_id = claim.details.pairs.front().certificates_resource_id;
  call.About(subject_id);
  claim.pairs_digest = DigestOf(claim.details.pairs);
  TRY(Judge(call, claim));

  const auto& resource = claim.resources.at(subject_id);
  call.About(resource.id, resource.compartment_id, resource.name);
  call.Allowed({authz::Decision::Basis::kService,
                fmt::format("{} by {}, signed {}, evidence {}", claim.subject.operation,
                            claim.verified.user_id, FormatTime(claim.verified.signed_date),
                            claim.verified.digest)});
  std::string pairs;
  for (const auto& pair : claim.details.pairs) {
    pairs += fmt::format(R"({}["{}","{}"])", pairs.empty() ? "" : ",",
                         pair.certificates_resource_id, pair.resource_id);
  }
  call.Detail(RawJson{fmt::format(R"({{"evidence":"{}","userId":"{}","pairs":[{}]}})",
                                  claim.verified.digest, claim.verified.user_id, pairs)});
  return call.Commit(
      [&](storage::Session& session) { return Commit(session, call, claim); });
}

}  // namespace perennial::certificates
