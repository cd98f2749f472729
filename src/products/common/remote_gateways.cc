// SPDX-License-Identifier: Apache-2.0
#include "products/common/remote_gateways.h"

#include "api/error.h"
#include "base/log.h"

namespace perennial::products {

namespace {

// An attach must be answered well within an intent's life (attachments.h).
constexpr Duration kDeadline = std::chrono::seconds(15);

bool IsAbsent(ErrorCode code) {
  return code == ErrorCode::kNotFound || code == ErrorCode::kPermissionDenied;
}

std::vector<api::certificates::AssociationPair> ToWire(const std::vector<Pair>& pairs) {
  std::vector<api::certificates::AssociationPair> out;
  for (const auto& pair : pairs) out.push_back({pair.certificates_resource_id, pair.resource_id});
  return out;
}

}  // namespace

Error ForCaller(std::string_view service, Error error) {
  // Ours, for our log: the user's answer has its own.
  if (const auto id = api::TakeRequestId(error.message); !id.empty()) {
    Log(LogLevel::kInfo, "products", "another service refused",
        {{"service", std::string(service)}, {"reason", error.message}, {"its_request_id", id}});
  }
  const auto ours = [&](const char* what) {
    return Error{ErrorCode::kUnavailable, std::string(service) + " " + what + ": " + error.message};
  };
  switch (error.code) {
    case ErrorCode::kRelatedNotFound:
    case ErrorCode::kConflict:
    case ErrorCode::kIncorrectState:
    case ErrorCode::kLimitExceeded:
    case ErrorCode::kRateLimited:
    case ErrorCode::kUnavailable:
    case ErrorCode::kUnknownOutcome:
      return error;
    case ErrorCode::kUnauthenticated:
      return ours("did not accept the proof");
    default:
      return ours("refused this service");
  }
}

Result<std::vector<Attached>> RemoteCertificates::Attach(const http_signature::Evidence& evidence,
                                                         const std::vector<Pair>& pairs) {
  auto answer =
      client_.Attach({.evidence = evidence, .pairs = ToWire(pairs)}, {.deadline = kDeadline});
  if (!answer) return std::unexpected(ForCaller("certificates", std::move(answer).error()));
  std::vector<Attached> items;
  for (const auto& item : answer->items) {
    items.push_back({{item.certificates_resource_id, item.resource_id},
                     item.association_id,
                     item.current_version});
  }
  return items;
}

Result<void> RemoteCertificates::Detach(const Detachment& detachment) {
  auto answer = client_.Detach({.pairs = ToWire({detachment.pair}),
                                .evidence = std::nullopt,
                                .signed_up_to = detachment.signed_up_to,
                                .association_id = detachment.association_id},
                               {.deadline = kDeadline});
  if (!answer) return std::unexpected(ForCaller("certificates", std::move(answer).error()));
  return {};
}

Result<RegisteredResource> RemoteResources::Register(const http_signature::Evidence& evidence) {
  auto resource = client_.CreateResource({.evidence = evidence}, {.deadline = kDeadline});
  if (!resource) {
    auto error = std::move(resource).error();
    // Identity judged the user's own request: what it does not find is what the body names.
    if (IsAbsent(error.code)) error.code = ErrorCode::kRelatedNotFound;
    return std::unexpected(ForCaller("identity", std::move(error)));
  }
  return RegisteredResource{resource->id, resource->compartment_id, resource->node_pool_ids};
}

Result<void> RemoteResources::End(const std::string& resource_id) {
  auto ended = client_.DeleteResource(resource_id, {.deadline = kDeadline});
  if (ended || IsAbsent(ended.error().code)) return {};
  return std::unexpected(ForCaller("identity", std::move(ended).error()));
}

Result<void> RemoteResources::Place(const std::string& resource_id, int64_t version,
                                    const std::vector<std::string>& node_ids) {
  auto placed = client_.PutPlacements(resource_id, {.version = version, .node_ids = node_ids},
                                      {.deadline = kDeadline});
  if (!placed) return std::unexpected(ForCaller("identity", std::move(placed).error()));
  return {};
}

}  // namespace perennial::products
