// SPDX-License-Identifier: Apache-2.0
#include "http_signature/evidence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "http_signature/signature.h"
#include "http_signature/signer.h"

namespace perennial::http_signature {
namespace {

using ::testing::HasSubstr;

const std::vector<std::string> kHosts = {"pki.corp.example:8643"};
const Time kNow = *ParseTime("2026-11-24T14:00:00Z");

const std::shared_ptr<const pki::PrivateKey>& Key() {
  static const auto key = std::make_shared<const pki::PrivateKey>(
      *pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256));
  return key;
}

HttpRequest Click() {
  HttpRequest request{.method = "POST",
                      .target = "/20170115/loadBalancers/lb1/listeners?a=%20b",
                      .headers = {{"X-Unsigned", "tony was here"},
                                  {"Host", "pki.corp.example:8643"},
                                  {"opc-request-id", "r1"}},
                      .body = std::string("{\"name\":\"h\xc3\xa9\"}\0\xff", 16)};
  EXPECT_TRUE(Sign(request, {"k", Key()}, kNow));
  return request;
}

Result<SignedFacts> Judge(const HttpRequest& request) {
  TRY_ASSIGN(const auto header, Inspect(request));
  return Verify(request, header, Key()->public_key(), {.now = kNow, .accepted_hosts = kHosts});
}

TEST(Evidence, KeepsWhatIsSignedAndNothingElse) {
  const auto evidence = MakeEvidence(Click());
  ASSERT_TRUE(evidence);
  EXPECT_EQ(evidence->headers.size(), 7u);
  EXPECT_EQ(evidence->headers[0].first, "Host");
  EXPECT_FALSE(FindHeader(evidence->headers, "x-unsigned"));
  // Signed by our own signer, so that two equal clicks in one second are two.
  EXPECT_TRUE(FindHeader(evidence->headers, "opc-request-id"));
  EXPECT_TRUE(FindHeader(evidence->headers, "authorization"));
}

TEST(Evidence, TravelsAndVerifiesAsTheRequestDid) {
  const auto request = Click();
  const auto evidence = MakeEvidence(request);
  ASSERT_TRUE(evidence);
  const auto back = EvidenceFromJson(EvidenceToJson(*evidence));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, *evidence);
  const auto facts = Judge(ToRequest(*back));
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ(facts->digest, Judge(request)->digest);
}

TEST(Evidence, DoesNotVerifyWhenAltered) {
  const auto good = *MakeEvidence(Click());
  auto body = good;
  body.body[3] = 'N';
  EXPECT_FALSE(Judge(ToRequest(body)));
  auto target = good;
  target.target = "/20170115/loadBalancers/lb2/listeners?a=%20b";
  EXPECT_FALSE(Judge(ToRequest(target)));
  auto method = good;
  method.method = "PUT";
  EXPECT_FALSE(Judge(ToRequest(method)));
  for (size_t i = 0; i < good.headers.size(); ++i) {
    auto altered = good;
    altered.headers[i].second.back() ^= 1;
    EXPECT_FALSE(Judge(ToRequest(altered))) << good.headers[i].first;
    altered.headers.erase(altered.headers.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_FALSE(Judge(ToRequest(altered))) << good.headers[i].first;
  }
}

TEST(Evidence, IsNotMadeOfAnUnsignedRequest) {
  auto request = Click();
  request.headers.pop_back();
  const auto evidence = MakeEvidence(request);
  ASSERT_FALSE(evidence);
  EXPECT_EQ(evidence.error().code, ErrorCode::kUnauthenticated);
}

TEST(EvidenceJson, IsReadStrictly) {
  EXPECT_TRUE(
      EvidenceFromJson(R"({"method":"POST","target":"/","headers":[["host","h"]],"body":"e30="})"));
  const auto refusal = [](std::string_view json) {
    const auto evidence = EvidenceFromJson(json);
    EXPECT_FALSE(evidence) << json;
    return evidence ? std::string() : evidence.error().message;
  };
  EXPECT_THAT(refusal(R"({"method":"POST","target":"/","headers":[],"body":"e30"})"),
              HasSubstr("/body"));
  EXPECT_THAT(refusal(R"({"method":"POST","target":"/","headers":[["host"]],"body":""})"),
              HasSubstr("/headers"));
  EXPECT_THAT(refusal(R"({"method":"POST","target":"/","headers":[]})"), HasSubstr("/body"));
  EXPECT_THAT(refusal(R"({"method":"POST","target":"/","headers":[],"body":"","more":1})"),
              HasSubstr("/more"));
  EXPECT_THAT(refusal(R"({"method":"POST","method":"GET","target":"/","headers":[],"body":""})"),
              HasSubstr("twice"));
  std::string many = R"({"method":"POST","target":"/","headers":[["a","b"])";
  for (int i = 0; i < 100; ++i) many += R"(,["a","b"])";
  EXPECT_THAT(refusal(many + R"(],"body":""})"), HasSubstr("too many"));
}

}  // namespace
}  // namespace perennial::http_signature
