// SPDX-License-Identifier: Apache-2.0
// The seam to identity, which alone knows users' keys and policies (protocols.md §2, steps 2 and 5).
#pragma once

#include "api/identity/client.h"
#include "base/error.h"

namespace perennial::certificates {

// Safe to call from many threads.
class EvidenceVerifier {
 public:
  virtual ~EvidenceVerifier() = default;

  // Verify says who signed the evidence, when, and which wants the user may have now.
  // kUnauthenticated: the evidence is not a user's request to this presenter, or too old; the
  // message says why. kInvalidArgument and its like: what it says cannot be read. kUnavailable:
  // nobody judged.
  virtual Result<api::identity::VerifiedEvidence> Verify(
      const api::identity::VerifyEvidenceDetails& details) = 0;
};

class IdentityEvidenceVerifier final : public EvidenceVerifier {
 public:
  // The client signs as the certificates service and must outlive this object.
  explicit IdentityEvidenceVerifier(const api::identity::IdentityClient& client)
      : client_(client) {}
  Result<api::identity::VerifiedEvidence> Verify(
      const api::identity::VerifyEvidenceDetails& details) override;

 private:
  const api::identity::IdentityClient& client_;
};

}  // namespace perennial::certificates
