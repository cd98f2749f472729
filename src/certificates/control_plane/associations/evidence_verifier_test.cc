// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/associations/evidence_verifier.h"

#include <gtest/gtest.h>

#include <memory>

#include "api/testing.h"
#include "base/json.h"
#include "pki/key.h"

namespace perennial::certificates {
namespace {

class Verifier : public ::testing::Test {
 protected:
  Verifier()
      : credential({"enrolment/ocid1.service.perennial..c",
                    std::make_shared<pki::PrivateKey>(
                        *pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256))}),
        client(api::Client(transport, &credential, clock, random, "https://id.example:8643")),
        verifier(client) {}

  ErrorCode CodeFor(int status, const std::string& code, const std::string& message) {
    transport.Answer(status, R"({"code":")" + code + R"(","message":")" + message + R"("})");
    const auto verified = verifier.Verify(details);
    EXPECT_FALSE(verified);
    return verified ? ErrorCode::kInternal : verified.error().code;
  }

  ManualClock clock;
  SystemRandom random;
  api::FakeTransport transport;
  http_signature::StaticCredential credential;
  api::identity::IdentityClient client;
  IdentityEvidenceVerifier verifier;
  api::identity::VerifyEvidenceDetails details{
      .presenter = "s", .evidence = {"POST", "/x", {}, "{}"}, .wants = {}};
};

TEST_F(Verifier, BadEvidenceIsTheCallersAffair) {
  EXPECT_EQ(CodeFor(401, "NotAuthenticated", "evidence: the signature does not verify"),
            ErrorCode::kUnauthenticated);
  EXPECT_EQ(CodeFor(400, "InvalidParameter", "/compartmentId: must be a string"),
            ErrorCode::kInvalidArgument);
}

TEST_F(Verifier, OurOwnTroubleIsNot) {
  EXPECT_EQ(CodeFor(401, "NotAuthenticated", "the token has expired"), ErrorCode::kUnavailable);
  EXPECT_EQ(CodeFor(404, "NotAuthorizedOrNotFound", "no"), ErrorCode::kUnavailable);
  EXPECT_EQ(CodeFor(503, "ServiceUnavailable", "later"), ErrorCode::kUnavailable);
  transport.Refuse("connection refused");
  EXPECT_EQ(verifier.Verify(details).error().code, ErrorCode::kUnavailable);
}

TEST_F(Verifier, AnAnswerThatJudgesNotEverythingIsNone) {
  details.wants.push_back({"CERTIFICATE_READ", std::nullopt, "compartment"});
  api::identity::VerifiedEvidence answer;
  transport.Answer(200, EncodeJson(answer));
  EXPECT_EQ(verifier.Verify(details).error().code, ErrorCode::kUnavailable);
  answer.allowed = {true};
  transport.Answer(200, EncodeJson(answer));
  EXPECT_TRUE(verifier.Verify(details));
}

}  // namespace
}  // namespace perennial::certificates
