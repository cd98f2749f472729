// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/associations/evidence_verifier.h"

#include <string_view>

namespace perennial::certificates {
namespace {

// How identity begins what it says of the evidence. Any other 401 is about our own token.
constexpr std::string_view kAboutEvidence = "evidence: ";

}  // namespace

Result<api::identity::VerifiedEvidence> IdentityEvidenceVerifier::Verify(
    const api::identity::VerifyEvidenceDetails& details) {
  auto verified = client_.VerifyEvidence(details);
  if (verified) {
    if (verified->allowed.size() != details.wants.size()) {
      return Fail(ErrorCode::kUnavailable, "identity did not judge everything");
    }
    return verified;
  }
  auto& error = verified.error();
  switch (error.code) {
    case ErrorCode::kUnauthenticated:
      if (error.message.starts_with(kAboutEvidence)) return verified;
      break;
    case ErrorCode::kCannotParse:
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kMissingArgument:
      return verified;
    default:
      break;
  }
  // What identity says of us is not the caller's to read as its own.
  return Fail(ErrorCode::kUnavailable, "identity did not judge the evidence: " + error.message);
}

}  // namespace perennial::certificates
