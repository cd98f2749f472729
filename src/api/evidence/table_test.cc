// SPDX-License-Identifier: Apache-2.0
#include "api/evidence/table.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perennial::api::evidence {
namespace {

using http_signature::Evidence;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const std::string kBalancer = "ocid1.loadbalancer.perennial.home-1.lb1";
const std::string kCertificate = "ocid1.certificate.perennial.home-1.c1";
const std::string kOtherCertificate = "ocid1.certificate.perennial.home-1.c2";
const std::string kAuthority = "ocid1.certificateauthority.perennial.home-1.ca1";
const std::string kBundle = "ocid1.cabundle.perennial.home-1.b1";
const std::string kListeners = "/20170115/loadBalancers/" + kBalancer + "/listeners";

Evidence Click(std::string method, std::string target, std::string body) {
  return {.method = std::move(method),
          .target = std::move(target),
          .headers = {},
          .body = std::move(body)};
}
std::string WithSsl(const std::string& certificate) {
  return fmt::format(
      R"({{"name":"web","port":443,"sslConfiguration":{{"certificateIds":["{}"]}}}})", certificate);
}
AuthorizedPair CertificatePair(const std::string& certificate, const std::string& resource) {
  return {certificate, "certificate", resource};
}

TEST(EvidenceTable, AListenerAuthorisesTheCertificateThatItNames) {
  const auto click = Click("POST", kListeners, WithSsl(kCertificate));

  const auto pairs = PairsAuthorizedBy(click);
  const auto subject = EvidenceSubject(click);

  ASSERT_TRUE(pairs) << pairs.error().message;
  EXPECT_THAT(*pairs, ElementsAre(CertificatePair(kCertificate, kBalancer)));
  ASSERT_TRUE(subject) << subject.error().message;
  EXPECT_EQ(subject->operation, "CreateListener");
  EXPECT_EQ(subject->base_path, "/20170115");
  EXPECT_EQ(subject->product_kind, "loadbalancer");
  EXPECT_EQ(subject->action, Action::kUpdate);
  EXPECT_EQ(subject->permission, "LOAD_BALANCER_UPDATE");
  EXPECT_EQ(subject->resource_id, kBalancer);
  EXPECT_THAT(subject->compartment_id, IsEmpty());
}

TEST(EvidenceTable, EveryRowThatCarriesSslAuthorisesWhatStandsInIt) {
  const auto sets = "/20170115/loadBalancers/" + kBalancer + "/backendSets";
  const auto body = fmt::format(
      R"({{"sslConfiguration":{{"trustedCertificateAuthorityIds":["{}","{}"],
                              "certificateIds":["{}"]}}}})",
      kAuthority, kBundle, kCertificate);
  const std::vector<std::tuple<std::string, std::string, std::string>> rows = {
      {"POST", kListeners, "CreateListener"},
      {"PUT", kListeners + "/web", "UpdateListener"},
      {"POST", sets, "CreateBackendSet"},
      {"PUT", sets + "/app", "UpdateBackendSet"}};
  for (const auto& [method, target, operation] : rows) {
    const auto pairs = PairsAuthorizedBy(Click(method, target, body));
    const auto subject = EvidenceSubject(Click(method, target, body));
    ASSERT_TRUE(pairs) << operation << ": " << pairs.error().message;
    EXPECT_THAT(*pairs, ElementsAre(AuthorizedPair{kBundle, "cabundle", kBalancer},
                                    CertificatePair(kCertificate, kBalancer),
                                    AuthorizedPair{kAuthority, "certificateauthority", kBalancer}));
    ASSERT_TRUE(subject) << operation;
    EXPECT_EQ(subject->operation, operation);
  }
}

TEST(EvidenceTable, ANewLoadBalancerAuthorisesItsListenersAndBackendSetsForTheNewResource) {
  const auto body = fmt::format(
      R"({{"compartmentId":"ocid1.compartment.perennial.home-1.x",
          "subnetIds":["ocid1.subnet.perennial.home-1.p1"],
          "listeners":{{"a":{{"sslConfiguration":{{"certificateIds":["{0}"]}}}},
                       "b":{{"sslConfiguration":{{"certificateIds":["{0}"]}}}},
                       "c":{{"sslConfiguration":null}}}},
          "backendSets":{{
            "s":{{"sslConfiguration":{{"trustedCertificateAuthorityIds":["{1}"]}}}}}}}})",
      kCertificate, kBundle);
  const auto click = Click("POST", "/20170115/loadBalancers", body);

  const auto pairs = PairsAuthorizedBy(click);
  const auto subject = EvidenceSubject(click);

  ASSERT_TRUE(pairs) << pairs.error().message;
  EXPECT_THAT(*pairs, ElementsAre(AuthorizedPair{kBundle, "cabundle", ""},
                                  CertificatePair(kCertificate, "")));
  ASSERT_TRUE(subject) << subject.error().message;
  EXPECT_EQ(subject->action, Action::kCreate);
  EXPECT_EQ(subject->permission, "LOAD_BALANCER_CREATE");
  EXPECT_THAT(subject->resource_id, IsEmpty());
  EXPECT_EQ(subject->compartment_id, "ocid1.compartment.perennial.home-1.x");
  EXPECT_THAT(subject->node_pool_ids, ElementsAre("ocid1.subnet.perennial.home-1.p1"));
}

TEST(EvidenceTable, ADeletionHasASubjectAndAuthorisesNothing) {
  const auto base = "/20170115/loadBalancers/" + kBalancer;
  for (const auto& target : {base, base + "/listeners/web", base + "/backendSets/app"}) {
    const auto click = Click("DELETE", target, "");
    const auto pairs = PairsAuthorizedBy(click);
    ASSERT_TRUE(pairs) << target;
    EXPECT_THAT(*pairs, IsEmpty());
    const auto subject = EvidenceSubject(click);
    ASSERT_TRUE(subject) << target;
    EXPECT_EQ(subject->resource_id, kBalancer);
  }
  EXPECT_EQ(EvidenceSubject(Click("DELETE", base, ""))->permission, "LOAD_BALANCER_DELETE");
  EXPECT_FALSE(PairsAuthorizedBy(Click("DELETE", base + "/listeners/web", WithSsl(kCertificate))));
}

TEST(EvidenceTable, AMoveNamesItsTargetCompartment) {
  const auto subject =
      EvidenceSubject(Click("POST", "/20170115/loadBalancers/" + kBalancer + "/changeCompartment",
                            R"({"compartmentId":"ocid1.compartment.perennial.home-1.y"})"));
  ASSERT_TRUE(subject) << subject.error().message;
  EXPECT_EQ(subject->action, Action::kMove);
  EXPECT_EQ(subject->permission, "LOAD_BALANCER_MOVE");
  EXPECT_EQ(subject->compartment_id, "ocid1.compartment.perennial.home-1.y");
}

// B13: a GET as evidence, and a request to another service.
TEST(EvidenceTable, OtherMethodsAndOtherServicesAuthoriseNothing) {
  const std::vector<std::pair<std::string, std::string>> requests = {
      {"GET", kListeners},
      {"get", kListeners},
      {"post", kListeners},
      {"PATCH", kListeners},
      {"PUT", kListeners},
      {"PUT", "/20170115/loadBalancers/" + kBalancer},
      {"POST", "/20190501/gateways"},
      {"POST", "/20210224/certificates"},
      {"POST", "/20260101/associations/actions/attach"},
      {"POST", "/20170115/loadBalancers/" + kBalancer + "/certificates"}};
  for (const auto& [method, target] : requests) {
    const auto pairs = PairsAuthorizedBy(Click(method, target, WithSsl(kCertificate)));
    ASSERT_FALSE(pairs) << method << ' ' << target;
    EXPECT_EQ(pairs.error().code, ErrorCode::kNotFound) << method << ' ' << target;
    EXPECT_FALSE(EvidenceSubject(Click(method, target, WithSsl(kCertificate))));
  }
}

// B15: no second spelling of a path is accepted.
TEST(EvidenceTable, ATargetIsComparedByteForByte) {
  const auto base = "/20170115/loadBalancers/" + kBalancer;
  const std::vector<std::string> targets = {
      base + "/listeners/",
      base + "/listeners?x=1",
      base + "/listeners?",
      base + "/listeners#x",
      base + "//listeners",
      "//20170115/loadBalancers/" + kBalancer + "/listeners",
      "/20170115/./loadBalancers/" + kBalancer + "/listeners",
      "/20170115/x/../loadBalancers/" + kBalancer + "/listeners",
      "/20170115/loadbalancers/" + kBalancer + "/listeners",
      base + "/%6cisteners",
      base + "/listeners%2f",
      base + "%2Flisteners",
      base + ";a=b/listeners",
      "https://pki.example" + base + "/listeners",
      "/20170115/loadBalancers//listeners",
      "/20170115/loadBalancers/x/listeners",
      "/20170115/loadBalancers/" + kCertificate + "/listeners",
      "/20170115/loadBalancers/ocid1.loadbalancer.oc1.home-1.lb1/listeners",
      "",
      "/"};
  for (const auto& target : targets) {
    const auto pairs = PairsAuthorizedBy(Click("POST", target, WithSsl(kCertificate)));
    ASSERT_FALSE(pairs) << target;
    EXPECT_EQ(pairs.error().code, ErrorCode::kNotFound) << target;
  }
  for (const auto& name : {"", ".", "..", "a b", "a%20b", "a/b", "a.b", "é"}) {
    EXPECT_FALSE(PairsAuthorizedBy(Click("PUT", kListeners + "/" + name, WithSsl(kCertificate))))
        << name;
  }
  EXPECT_FALSE(PairsAuthorizedBy(Click("PUT", kListeners + "/" + std::string(65, 'a'), "{}")));
}

// B14: exactly there, not somewhere in the text.
TEST(EvidenceTable, AnOcidAnywhereElseGrantsNothing) {
  const std::vector<std::string> bodies = {
      R"({"freeformTags":{"certificateIds":"OCID"},"sslConfiguration":{"certificateIds":[]}})",
      R"({"freeformTags":{"sslConfiguration":"OCID"}})",
      R"({"name":"OCID","sslConfiguration":{"certificateName":"OCID"}})",
      R"({"certificateIds":["OCID"]})",
      R"({"SslConfiguration":{"certificateIds":["OCID"]}})",
      R"({"sslConfiguration":{"CertificateIds":["OCID"]}})",
      R"({"sslConfiguration":{"sslConfiguration":{"certificateIds":["OCID"]}}})",
      R"({"listeners":{"a":{"sslConfiguration":{"certificateIds":["OCID"]}}}})",
      R"({"sslConfiguration":{"certificateIds":null},"x":{"certificateIds":["OCID"]}})",
      R"({"sslConfiguration":null,"definedTags":{"sslConfiguration":{"certificateIds":"OCID"}}})",
      R"({})"};
  for (auto body : bodies) {
    for (size_t at; (at = body.find("OCID")) != std::string::npos;)
      body.replace(at, 4, kCertificate);
    const auto pairs = PairsAuthorizedBy(Click("POST", kListeners, body));
    ASSERT_TRUE(pairs) << body << ": " << pairs.error().message;
    EXPECT_THAT(*pairs, IsEmpty()) << body;
  }
  // And what stands at the places of a listener means nothing in a new load balancer.
  const auto created =
      PairsAuthorizedBy(Click("POST", "/20170115/loadBalancers", WithSsl(kCertificate)));
  ASSERT_TRUE(created);
  EXPECT_THAT(*created, IsEmpty());
}

// B02, B03: the evidence names its certificate and its load balancer, no other.
TEST(EvidenceTable, OnlyTheNamedPairIsAuthorised) {
  const auto pairs = PairsAuthorizedBy(Click("POST", kListeners, WithSsl(kCertificate)));
  ASSERT_TRUE(pairs);
  EXPECT_THAT(*pairs,
              ::testing::Not(::testing::Contains(CertificatePair(kOtherCertificate, kBalancer))));
  EXPECT_THAT(*pairs, ::testing::Not(::testing::Contains(CertificatePair(
                          kCertificate, "ocid1.loadbalancer.perennial.home-1.lb2"))));
}

// B17: a new load balancer's evidence cannot name an existing one.
TEST(EvidenceTable, ACreateRequestNeverNamesAResource) {
  const auto body = fmt::format(
      R"({{"id":"{0}","loadBalancerId":"{0}","compartmentId":"ocid1.compartment.perennial.home-1.x",
          "subnetIds":["ocid1.subnet.perennial.home-1.p1"],
          "listeners":{{"{0}":{{"sslConfiguration":{{"certificateIds":["{1}"]}}}}}}}})",
      kBalancer, kCertificate);
  const auto click = Click("POST", "/20170115/loadBalancers", body);
  EXPECT_THAT(*PairsAuthorizedBy(click), ElementsAre(CertificatePair(kCertificate, "")));
  EXPECT_THAT(EvidenceSubject(click)->resource_id, IsEmpty());
}

// A second reader of the same bytes must not see other pairs.
TEST(EvidenceTable, ABodyThatTwoReadersCouldReadDifferentlyIsRefused) {
  const std::vector<std::string> bodies = {
      fmt::format(R"({{"sslConfiguration":{{"certificateIds":["{}"],"certificateIds":["{}"]}}}})",
                  kOtherCertificate, kCertificate),
      fmt::format(
          R"({{"sslConfiguration":{{}},"sslConfigur\u0061tion":{{"certificateIds":["{}"]}}}})",
          kCertificate),
      WithSsl(kCertificate) + "x",
      WithSsl(kCertificate) + WithSsl(kCertificate),
      "[" + WithSsl(kCertificate) + "]",
      "",
      "null",
      "\xef\xbb\xbf" + WithSsl(kCertificate),
      "/* */" + WithSsl(kCertificate),
      fmt::format(R"({{"sslConfiguration":{{"certificateIds":["{}",]}}}})", kCertificate),
      fmt::format(R"({{"sslConfiguration":[{{"certificateIds":["{}"]}}]}})", kCertificate),
      fmt::format(R"({{"sslConfiguration":{{"certificateIds":"{}"}}}})", kCertificate),
      fmt::format(R"({{"sslConfiguration":{{"certificateIds":{{"0":"{}"}}}}}})", kCertificate),
      fmt::format(R"({{"sslConfiguration":{{"certificateIds":[["{}"]]}}}})", kCertificate),
      R"({"sslConfiguration":{"certificateIds":[null]}})",
      std::string(40, '[') + std::string(40, ']'),
      "{\"name\":\"\xff\"}"};
  for (const auto& body : bodies) {
    EXPECT_FALSE(PairsAuthorizedBy(Click("POST", kListeners, body))) << body;
  }
}

// B21: a CA in the place of a leaf, and the other way round.
TEST(EvidenceTable, TheKindOfResourceMustFitThePlace) {
  const auto as_leaf = PairsAuthorizedBy(Click("POST", kListeners, WithSsl(kAuthority)));
  ASSERT_FALSE(as_leaf);
  EXPECT_EQ(as_leaf.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(as_leaf.error().message, StartsWith("/sslConfiguration/certificateIds/0: "));
  EXPECT_FALSE(PairsAuthorizedBy(Click("POST", kListeners, WithSsl(kBundle))));
  EXPECT_FALSE(PairsAuthorizedBy(Click("POST", kListeners, WithSsl(kCertificate + " "))));
  EXPECT_FALSE(PairsAuthorizedBy(Click("POST", kListeners, WithSsl("x"))));
  EXPECT_FALSE(PairsAuthorizedBy(
      Click("POST", kListeners,
            fmt::format(R"({{"sslConfiguration":{{"trustedCertificateAuthorityIds":["{}"]}}}})",
                        kCertificate))));
}

TEST(EvidenceTable, ANewLoadBalancerWithoutCompartmentOrPoolsHasNoSubject) {
  const std::string pools = R"("subnetIds":["ocid1.subnet.perennial.home-1.p1"])";
  const std::string compartment = R"("compartmentId":"ocid1.tenancy.perennial.home-1.t")";
  const auto create = [](const std::string& body) {
    return EvidenceSubject(Click("POST", "/20170115/loadBalancers", "{" + body + "}"));
  };
  EXPECT_TRUE(create(pools + "," + compartment));
  EXPECT_EQ(create(pools).error().message, "/compartmentId: is required");
  EXPECT_EQ(create(compartment).error().message, "/subnetIds: is required");
  EXPECT_FALSE(create(compartment + R"(,"subnetIds":[])"));
  EXPECT_FALSE(create(compartment + R"(,"subnetIds":["ocid1.node.perennial.home-1.p1"])"));
  EXPECT_FALSE(create(pools + R"(,"compartmentId":"ocid1.user.perennial.home-1.t")"));
}

}  // namespace
}  // namespace perennial::api::evidence
