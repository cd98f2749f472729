// SPDX-License-Identifier: Apache-2.0
// Each guard of `why` has a test that fails without it.
#include "cli/evidence_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/certificates/types.h"
#include "base/encoding.h"
#include "base/json.h"
#include "base/ocid.h"
#include "cli/testing.h"
#include "http_signature/key_id.h"
#include "http_signature/signature.h"
#include "http_signature/signer.h"
#include "http_signature/token.h"

namespace perennial::cli {
namespace {

using api::certificates::WhyEvidence;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::World;

constexpr char kLoadBalancer[] = "ocid1.loadbalancer.perennial.home-1.aaaa";
const Time kNow = FromMicros(1767225600000000);

// Signs a request as a user does, and tells of it as the service does.
WhyEvidence Signed(const std::string& target, const std::string& method = "POST") {
  auto pair = *pki::PrivateKey::ParsePem(World::Key().ToPkcs8Pem());
  const auto& key = World::Key().public_key();
  HttpRequest request{.method = method,
                      .target = target,
                      .headers = {{"host", "localhost:8643"}},
                      .body = method == "GET" ? "" : "{}",
                      .peer_address = {}};
  const auto key_id =
      http_signature::ApiKeyId(testing::kTenancy, testing::kUser, key.Md5Fingerprint());
  EXPECT_TRUE(http_signature::Sign(
      request, {key_id, std::make_shared<pki::PrivateKey>(std::move(pair))}, kNow));
  const auto header = *http_signature::Inspect(request);
  const auto text = *http_signature::SigningString(request, header.headers);
  return {.digest = HexEncode(Sha256(text)),
          .signing_string = text,
          .signature = Base64Encode(header.signature),
          .algorithm = header.algorithm,
          .key_id = key_id,
          .public_key_pem = key.ToPem(),
          .operation = "CreateListener",
          .signed_date = kNow,
          .user_id = testing::kUser,
          .user_name = "dana",
          .presenter_id = "ocid1.service.perennial.home-1.lb"};
}

WhyEvidence CreateListener() {
  return Signed(std::string("/20170115/loadBalancers/") + kLoadBalancer + "/listeners");
}

std::string Wrong(const WhyEvidence& evidence, const std::string& resource = kLoadBalancer) {
  std::string text;
  for (const auto& check : CheckEvidence(evidence, {.resource_id = resource}).checks) {
    if (!check.holds) text += check.text + "\n";
  }
  return text;
}

TEST(CheckEvidence, HoldsForWhatAUserSigned) {
  const auto report = CheckEvidence(
      CreateListener(), {.resource_id = kLoadBalancer, .own_key = World::Key().public_key()});
  EXPECT_TRUE(report.Holds());
  EXPECT_THAT(report.request, HasSubstr("post /20170115/loadBalancers/"));
  EXPECT_THAT(report.checks.back().text, HasSubstr("your own key"));
}

TEST(CheckEvidence, ASignedTextThatWasChangedIsFound) {
  auto evidence = CreateListener();
  const auto at = evidence.signing_string.find("localhost");
  evidence.signing_string.replace(at, 9, "elsewhere");
  EXPECT_THAT(Wrong(evidence),
              AllOf(HasSubstr("the signature does NOT fit"), HasSubstr("the digest is NOT that")));
}

TEST(CheckEvidence, ASignatureThatWasChangedIsFound) {
  auto evidence = CreateListener();
  auto bytes = *Base64Decode(evidence.signature);
  bytes.back() ^= 1;
  evidence.signature = Base64Encode(bytes);
  EXPECT_THAT(Wrong(evidence), HasSubstr("the signature does NOT fit"));
  evidence.signature = "no base64";
  EXPECT_THAT(Wrong(evidence), HasSubstr("cannot be read"));
}

TEST(CheckEvidence, AnotherKeyUnderTheUsersKeyIdIsFound) {
  // A service signs with a key of its own and says that it is the user's: the key id was the user's
  // word for the fingerprint, and that of another key differs.
  const auto other = *pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256);
  auto evidence = CreateListener();
  evidence.signature = Base64Encode(
      *other.Sign(pki::SignatureAlgorithm::kSha256WithEcdsa, AsBytes(evidence.signing_string)));
  evidence.public_key_pem = other.public_key().ToPem();
  EXPECT_THAT(Wrong(evidence), HasSubstr("ANOTHER key"));
}

TEST(CheckEvidence, AnotherUserThanTheKeyIdNamesIsFound) {
  auto evidence = CreateListener();
  evidence.user_id = "ocid1.user.perennial.home-1.mallory";
  EXPECT_THAT(Wrong(evidence), HasSubstr("ANOTHER user"));
}

TEST(CheckEvidence, AnotherDateThanWasSignedIsFound) {
  auto evidence = CreateListener();
  evidence.signed_date += std::chrono::hours(1);
  EXPECT_THAT(Wrong(evidence), HasSubstr("signed date is NOT"));
}

TEST(CheckEvidence, ARequestAboutAnotherLoadBalancerIsFound) {
  EXPECT_THAT(Wrong(CreateListener(), "ocid1.loadbalancer.perennial.home-1.zzzz"),
              HasSubstr("something ELSE"));
  // An id that merely begins like it is another one.
  EXPECT_THAT(Wrong(CreateListener(), "ocid1.loadbalancer.perennial.home-1.aaa"),
              HasSubstr("something ELSE"));
  // Nor does the query count.
  EXPECT_THAT(Wrong(Signed(std::string("/20170115/loadBalancers/x?a=/") + kLoadBalancer + "/")),
              HasSubstr("something ELSE"));
}

TEST(CheckEvidence, ARequestThatCreatedTheLoadBalancerDerivesItsOcid) {
  const auto evidence = Signed("/20170115/loadBalancers");
  const auto digest = Sha256(evidence.signing_string);
  const auto id = MakeDerivedOcid("loadbalancer", "home-1", AsText(digest));
  EXPECT_EQ(Wrong(evidence, id), "");
  EXPECT_THAT(Wrong(evidence), HasSubstr("something ELSE"));
}

TEST(CheckEvidence, ARequestThatOnlyReadsAllowsNothing) {
  EXPECT_THAT(Wrong(Signed(std::string("/20170115/loadBalancers/") + kLoadBalancer, "GET")),
              HasSubstr("only READS"));
}

TEST(CheckEvidence, ALineThatStandsTwiceMeansNothing) {
  // Signed by a careless key; what it means cannot be told.
  auto evidence = CreateListener();
  evidence.signing_string += std::string("\n(request-target): post /20170115/loadBalancers/") +
                             kLoadBalancer + "/listeners";
  evidence.digest = HexEncode(Sha256(evidence.signing_string));
  evidence.signature = Base64Encode(*World::Key().Sign(pki::SignatureAlgorithm::kSha256WithEcdsa,
                                                       AsBytes(evidence.signing_string)));
  EXPECT_THAT(Wrong(evidence), HasSubstr("names no request"));
}

// The whole command, over the wire.
class Why : public ::testing::Test {
 protected:
  int Run(WhyEvidence evidence) {
    api::certificates::WhyChain chain;
    chain.association = {.id = "ocid1.association.perennial.home-1.a",
                         .name = "a",
                         .time_created = kNow,
                         .certificates_resource_id = kCertificate,
                         .associated_resource_id = answered_,
                         .compartment_id = testing::kTenancy};
    chain.certificates_resource_name = "shop";
    if (!evidence.digest.empty()) chain.evidence = {std::move(evidence)};
    chain.placements = {{"n1", "edge-1"}};
    chain.last_key_reads = {{"n1", 2, kNow}};
    world_.server.On("GET /20260101/why", EncodeJson(chain));
    return world_.Run({"why", kLoadBalancer, kCertificate});
  }
  const std::string kCertificate = "ocid1.certificate.perennial.home-1.shop";
  std::string answered_ = kLoadBalancer;
  World world_;
};

TEST_F(Why, PrintsTheChainAndThatItVerified) {
  EXPECT_EQ(Run(CreateListener()), 0) << world_.err();
  EXPECT_THAT(world_.out(),
              AllOf(HasSubstr("dana"), HasSubstr("signed CreateListener"), HasSubstr("edge-1"),
                    HasSubstr("your own key"), HasSubstr("verified here")));
}

TEST_F(Why, ATamperedSignatureExitsOneAndIsShown) {
  auto evidence = CreateListener();
  evidence.signing_string += " ";
  EXPECT_EQ(Run(std::move(evidence)), 1);
  EXPECT_THAT(world_.out(), AllOf(HasSubstr("BAD"), ::testing::Not(HasSubstr("verified here"))));
  EXPECT_THAT(world_.err(), AllOf(HasSubstr("does NOT verify"),
                                  HasSubstr("next: perennial association force-detach")));
}

TEST_F(Why, AnAnswerAboutAnotherPairIsNoAnswer) {
  answered_ = "ocid1.loadbalancer.perennial.home-1.other";
  EXPECT_EQ(Run(CreateListener()), 1);
}

TEST_F(Why, NoEvidenceIsNoReason) {
  EXPECT_EQ(Run({}), 1);
  EXPECT_THAT(world_.err(), HasSubstr("there is no evidence at all"));
}

// --- Signed in the console: the key id is a token that names the key.
WhyEvidence InSession(http_signature::TokenClaims claims = {}) {
  auto evidence = CreateListener();
  claims.ptype = claims.ptype.empty() ? "user" : claims.ptype;
  claims.sub = claims.sub.empty() ? testing::kUser : claims.sub;
  claims.jti = "ocid1.session.perennial.home-1.s";
  if (claims.jwk.kty.empty()) claims.jwk = World::Key().public_key().ToJwk();
  if (claims.exp == Time()) {
    claims.iat = kNow - std::chrono::minutes(10);
    claims.exp = kNow + std::chrono::minutes(50);
  }
  const auto identity = *pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256);
  evidence.key_id =
      http_signature::TokenKeyId(*http_signature::EncodeToken(claims, identity, "kid"));
  return evidence;
}

TEST(EvidenceOfASession, HoldsWhenTheTokenNamesUserAndKeyAndWasAlive) {
  const auto report = CheckEvidence(InSession(), {.resource_id = kLoadBalancer, .own_key = {}});
  EXPECT_TRUE(report.Holds());
}

TEST(EvidenceOfASession, FailsForAnotherUserKeyTimeOrKindOfToken) {
  EXPECT_THAT(Wrong(InSession({.sub = "ocid1.user.perennial.home-1.tony"})),
              HasSubstr("ANOTHER user"));
  const auto other = *pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256);
  EXPECT_THAT(Wrong(InSession({.jwk = other.public_key().ToJwk()})), HasSubstr("ANOTHER key"));
  EXPECT_THAT(Wrong(InSession({.iat = kNow - std::chrono::hours(2), .exp = kNow})),
              HasSubstr("NOT alive"));
  EXPECT_THAT(
      Wrong(InSession({.iat = kNow + std::chrono::hours(1), .exp = kNow + std::chrono::hours(2)})),
      HasSubstr("NOT alive"));
  EXPECT_THAT(Wrong(InSession({.ptype = "service"})), HasSubstr("cannot be read"));
}

}  // namespace
}  // namespace perennial::cli
