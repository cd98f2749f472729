// SPDX-License-Identifier: Apache-2.0
#include "products/common/remote_gateways.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/random.h"
#include "net/transport.h"
#include "pki/key.h"

namespace perennial::products {
namespace {

using ::testing::HasSubstr;

// Answers every request with what the test says.
class ScriptedTransport final : public net::Transport {
 public:
  Result<HttpResponse> Send(const std::string&, const HttpRequest& request, Duration) override {
    last = request;
    return answer;
  }
  void Refuse(int status, const std::string& code) {
    answer = HttpResponse{status, {}, R"({"code":")" + code + R"(","message":"because"})"};
  }
  HttpRequest last;
  Result<HttpResponse> answer = HttpResponse{};
};

const Pair kPair{"ocid1.certificate.perennial.home-1.shop", "ocid1.loadbalancer.perennial.home-1.one"};

class RemoteGatewaysTest : public ::testing::Test {
 protected:
  api::Client Client() { return {transport, &credential, clock, random, "https://localhost:8643"}; }

  ScriptedTransport transport;
  ManualClock clock;
  SeededRandom random{3};
  http_signature::StaticCredential credential{
      {"enrolment/ocid1.service.perennial..lb",
       std::make_shared<pki::PrivateKey>(
           pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256).value())}};
  const api::certificates::CertificatesClient certificates_client{Client()};
  const api::identity::IdentityClient identity_client{Client()};
  RemoteCertificates certificates{certificates_client};
  RemoteResources resources{identity_client};
  const http_signature::Evidence evidence{"POST", "/20170115/loadBalancers", {{"host", "x"}}, "{}"};
};

TEST_F(RemoteGatewaysTest, AttachSendsTheEvidenceAndReadsTheAssociation) {
  transport.answer = HttpResponse{200, {}, R"({"items":[{"associationId":"a1","certificatesResourceId":")" +
                                               kPair.certificates_resource_id + R"(","resourceId":")" +
                                               kPair.resource_id +
                                               R"(","associationType":"CERTIFICATE","currentVersion":7}]})"};
  const auto attached = certificates.Attach(evidence, {kPair});
  ASSERT_TRUE(attached) << attached.error().message;
  EXPECT_EQ(attached->at(0).pair, kPair);
  EXPECT_EQ(attached->at(0).association_id, "a1");
  EXPECT_EQ(attached->at(0).current_version, 7);
  EXPECT_EQ(transport.last.target, "/20260101/associations/actions/attach");
  EXPECT_THAT(transport.last.body, HasSubstr(R"("evidence")"));
}

TEST_F(RemoteGatewaysTest, DetachSaysWhatIsMeantAndHowFarItReaches) {
  transport.answer = HttpResponse{200, {}, R"({"items":[]})"};
  ASSERT_TRUE(certificates.Detach({.pair = kPair}));
  EXPECT_THAT(transport.last.body, Not(AnyOf(HasSubstr("signedUpTo"), HasSubstr("associationId"))));
  ASSERT_TRUE(certificates.Detach({.pair = kPair,
                                   .association_id = "a1",
                                   .signed_up_to = ParseTime("2026-03-01T10:04:00Z").value()}));
  EXPECT_THAT(transport.last.body, HasSubstr(R"("signedUpTo":"2026-03-01T10:04:00)"));
  EXPECT_THAT(transport.last.body, HasSubstr(R"("associationId":"a1")"));
  transport.Refuse(409, "IncorrectState");
  EXPECT_EQ(certificates.Detach({.pair = kPair}).error().code, ErrorCode::kIncorrectState);
}

TEST_F(RemoteGatewaysTest, AUsersRefusalIsPassedOnAndOursIsNot) {
  transport.Refuse(400, "RelatedResourceNotAuthorizedOrNotFound");
  EXPECT_EQ(certificates.Attach(evidence, {kPair}).error().code, ErrorCode::kRelatedNotFound);
  transport.Refuse(409, "Conflict");
  EXPECT_EQ(certificates.Attach(evidence, {kPair}).error().code, ErrorCode::kConflict);
  for (const auto& [status, code] : {std::pair{401, "NotAuthenticated"}, {404, "NotAuthorizedOrNotFound"},
                                     {404, "NotFound"}, {400, "InvalidParameter"}}) {
    transport.Refuse(status, code);
    EXPECT_EQ(certificates.Attach(evidence, {kPair}).error().code, ErrorCode::kUnavailable) << code;
  }
}

TEST_F(RemoteGatewaysTest, AUserSeesNoIdOfOurOwnRequest) {
  transport.Refuse(400, "RelatedResourceNotAuthorizedOrNotFound");
  transport.answer->headers = {{"opc-request-id", "0123456789abcdef"}};
  EXPECT_EQ(certificates.Attach(evidence, {kPair}).error().message, "because");
}

TEST_F(RemoteGatewaysTest, WhatTheUsersRequestNamesAndIdentityDoesNotFindIsRelated) {
  transport.Refuse(404, "NotAuthorizedOrNotFound");
  EXPECT_EQ(resources.Register(evidence).error().code, ErrorCode::kRelatedNotFound);
}

TEST_F(RemoteGatewaysTest, EndingWhatIsGoneIsNoError) {
  transport.Refuse(404, "NotAuthorizedOrNotFound");
  EXPECT_TRUE(resources.End(kPair.resource_id));
  transport.Refuse(503, "ServiceUnavailable");
  EXPECT_FALSE(resources.End(kPair.resource_id));
}

}  // namespace
}  // namespace perennial::products
