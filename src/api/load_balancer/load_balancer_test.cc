// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/load_balancer/load_balancer_types.h"
#include "api/load_balancer/node_configuration.h"
#include "base/json.h"

namespace perennial::api::load_balancer {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(LoadBalancerTypes, ACreateRequestOfTheSdkIsRead) {
  const auto details = DecodeJson<CreateLoadBalancerDetails>(
      R"({"compartmentId":"c","displayName":"shop","shapeName":"flexible","subnetIds":["s"],
          "shapeDetails":{"minimumBandwidthInMbps":10,"maximumBandwidthInMbps":100},"hostnames":{},
          "listeners":{"web":{"defaultBackendSetName":"app","port":443,"protocol":"HTTP",
            "sslConfiguration":{"certificateIds":["x"],"protocols":["TLSv1.3"]}}},
          "backendSets":{"app":{"policy":"ROUND_ROBIN","healthChecker":{"protocol":"TCP"},
            "backends":[{"ipAddress":"10.0.0.3","port":8080}]}}})",
      UnknownFields::kRefuse);
  ASSERT_TRUE(details) << details.error().message;
  EXPECT_EQ(details->listeners->at("web").ssl_configuration->certificate_ids->at(0), "x");
  EXPECT_EQ(details->backend_sets->at("app").backends->at(0).port, 8080);
  EXPECT_TRUE(CheckOffered(*details)) << CheckOffered(*details).error().message;
}

TEST(LoadBalancerTypes, WhatIsNotOfferedIsRefusedByPointer) {
  const auto refusal = [](const std::string& field) {
    const auto details = DecodeJson<CreateLoadBalancerDetails>(
        R"({"compartmentId":"c","displayName":"d","shapeName":"s","subnetIds":["s"],)" + field +
            "}",
        UnknownFields::kRefuse);
    if (!details) return details.error().message;
    const auto offered = CheckOffered(*details);
    return offered ? "ok" : offered.error().message;
  };
  EXPECT_EQ(refusal(R"("hostnames":{"a":{"name":"a","hostname":"b"}})"),
            "/hostnames: is not offered yet");
  EXPECT_EQ(refusal(R"("ruleSets":{"a":{"items":[]}})"), "/ruleSets: is not offered yet");
  EXPECT_EQ(refusal(R"("certificates":{"a":{}})"), "/certificates: is not offered yet");
  EXPECT_EQ(refusal(R"("ipMode":"IPV6")"), "/ipMode: must be one of IPV4");
  const std::string listener =
      R"("listeners":{"w":{"defaultBackendSetName":"a","port":1,"protocol":"HTTP",)";
  EXPECT_EQ(refusal(listener + R"("ruleSetNames":["x"]}})"),
            "/listeners/w/ruleSetNames: is not offered yet");
  EXPECT_THAT(refusal(listener + R"("sslConfiguration":{"certificateName":"x"}}})"),
              StartsWith("/listeners/w/sslConfiguration/certificateName: "));
  EXPECT_THAT(refusal(listener + R"("sslConfiguration":{"certificateIds":["x","y"]}}})"),
              StartsWith("/listeners/w/sslConfiguration/certificateIds: "));
  const std::string set = R"("backendSets":{"a":{"policy":"x","healthChecker":{"protocol":"HTTP")";
  EXPECT_THAT(refusal(set + R"(,"responseBodyRegex":"x"}}})"),
              StartsWith("/backendSets/a/healthChecker/responseBodyRegex: "));
  EXPECT_THAT(refusal(set + R"(},"sslConfiguration":{}}})"),
              StartsWith("/backendSets/a/sslConfiguration: "));
}

TEST(LoadBalancerTypes, AnAnswerHasItsMapsAndArrays) {
  LoadBalancer balancer{.id = "i"};
  balancer.listeners["web"] = {
      .name = "web", .default_backend_set_name = "app", .port = 443, .protocol = "HTTP"};
  const auto text = EncodeJson(balancer);
  for (const auto& part :
       {R"("listeners":{"web":{"name":"web")", R"("backendSets":{})", R"("hostnames":{})",
        R"("subnetIds":[])", R"("ipAddresses":[])", R"("freeformTags":{})"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  ASSERT_TRUE(DecodeJson<std::vector<LoadBalancer>>("[" + text + "]", UnknownFields::kIgnore));
  EXPECT_THAT(EncodeJson(WorkRequest{.id = "w"}), HasSubstr(R"("errorDetails":[])"));
  EXPECT_THAT(EncodeJson(WorkRequest{.id = "w"}), ::testing::Not(HasSubstr("timeFinished")));
}

NodeConfiguration Configuration() {
  return {.version = 4,
          .previous_hash = std::string(64, 'a'),
          .hash = std::string(64, 'b'),
          .resources = {
              {.id = "ocid1.loadbalancer.perennial.home-1.lb1",
               .tenancy_id = "ocid1.tenancy.perennial.home-1.t",
               .compartment_id = "ocid1.compartment.perennial.home-1.c",
               .addresses = {"127.0.0.1", "::1"},
               .listeners = {{.name = "web",
                              .port = 443,
                              .default_backend_set = "app",
                              .ssl =
                                  ListenerTlsConfiguration{
                                      .certificates = {{"ocid1.association.perennial.home-1.a",
                                                        "ocid1.certificate.perennial.home-1.c", 7}},
                                      .protocols = {TlsProtocol::kTls12, TlsProtocol::kTls13}}}},
               .backend_sets = {
                   {.name = "app",
                    .health_checker = {.protocol = HealthProtocol::kHttp, .url_path = "/healthz"},
                    .backends = {{.ip_address = "10.0.0.3", .port = 8080}}}}}}};
}
std::string Check(const std::function<void(LoadBalancerConfiguration&)>& change) {
  auto configuration = Configuration();
  change(configuration.resources[0]);
  const auto checked = CheckConfiguration(configuration);
  return checked ? "ok" : checked.error().message;
}

TEST(NodeConfiguration, GoesRoundAndIsAccepted) {
  const auto configuration = Configuration();
  EXPECT_TRUE(CheckConfiguration(configuration))
      << CheckConfiguration(configuration).error().message;
  EXPECT_TRUE(CheckConfiguration({}));
  const auto back =
      DecodeJson<NodeConfiguration>(EncodeJson(configuration), UnknownFields::kIgnore);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, configuration);
}

// security.md B29, F12: nothing that a proxy would read as more than a word can be expressed.
TEST(NodeConfiguration, TextThatAProxyWouldParseIsRefusedEverywhere) {
  const std::vector<std::string> attacks = {"x\n  server evil 1.2.3.4",
                                            "\"; ssl_engine /tmp/x;",
                                            "$(id)",
                                            "{{7*7}}",
                                            "#\nlua-load /tmp/x",
                                            "a b",
                                            "a;b",
                                            "a\tb",
                                            "../../etc/haproxy/haproxy.cfg",
                                            "%00",
                                            std::string("a\0b", 3),
                                            "é",
                                            ""};
  for (const auto& attack : attacks) {
    EXPECT_THAT(Check([&](auto& lb) { lb.listeners[0].name = attack; }),
                StartsWith("/resources/0/listeners/0/name: "));
    EXPECT_THAT(Check([&](auto& lb) { lb.backend_sets[0].name = attack; }),
                StartsWith("/resources/0/backendSets/0/name: "));
    EXPECT_THAT(Check([&](auto& lb) { lb.listeners[0].default_backend_set = attack; }),
                StartsWith("/resources/0/listeners/0/defaultBackendSet: "));
    EXPECT_THAT(Check([&](auto& lb) { lb.addresses[0] = attack; }),
                StartsWith("/resources/0/addresses/0: "));
    EXPECT_THAT(Check([&](auto& lb) { lb.backend_sets[0].backends[0].ip_address = attack; }),
                StartsWith("/resources/0/backendSets/0/backends/0/ipAddress: "));
    EXPECT_THAT(Check([&](auto& lb) { lb.backend_sets[0].health_checker.url_path = attack; }),
                StartsWith("/resources/0/backendSets/0/healthChecker/urlPath: "));
    EXPECT_THAT(Check([&](auto& lb) { lb.id = attack; }), StartsWith("/resources/0/id: "));
    EXPECT_THAT(Check([&](auto& lb) { lb.tenancy_id = attack; }),
                StartsWith("/resources/0/tenancyId: "));
    EXPECT_THAT(Check([&](auto& lb) { lb.compartment_id = attack; }),
                StartsWith("/resources/0/compartmentId: "));
    EXPECT_THAT(
        Check([&](auto& lb) { lb.listeners[0].ssl->certificates[0].certificate_id = attack; }),
        StartsWith("/resources/0/listeners/0/ssl/certificates/0/certificateId: "));
    EXPECT_THAT(
        Check([&](auto& lb) { lb.listeners[0].ssl->certificates[0].association_id = attack; }),
        StartsWith("/resources/0/listeners/0/ssl/certificates/0/associationId: "));
  }
  auto configuration = Configuration();
  configuration.hash = "x\n";
  EXPECT_FALSE(CheckConfiguration(configuration));
}

TEST(NodeConfiguration, AddressesAreNumbersInOneSpelling) {
  for (const auto& address :
       {"localhost", "010.0.0.1", "1.2.3", "1.2.3.4:80", "[::1]", "fe80::1%eth0", "0x7f.1"}) {
    EXPECT_NE(Check([&](auto& lb) { lb.addresses[0] = address; }), "ok") << address;
  }
  EXPECT_NE(Check([](auto& lb) { lb.addresses[0] = std::string("10.0.0.1\0 evil", 14); }), "ok");
  EXPECT_EQ(Check([](auto& lb) { lb.addresses = {"2001:db8::1"}; }), "ok");
}

TEST(NodeConfiguration, NumbersStayInRangeAndNamesAreUnique) {
  EXPECT_NE(Check([](auto& lb) { lb.listeners[0].port = 0; }), "ok");
  EXPECT_NE(Check([](auto& lb) { lb.listeners[0].port = 65536; }), "ok");
  EXPECT_NE(Check([](auto& lb) { lb.listeners[0].idle_timeout_s = 7201; }), "ok");
  EXPECT_NE(Check([](auto& lb) { lb.backend_sets[0].backends[0].weight = -1; }), "ok");
  EXPECT_NE(Check([](auto& lb) { lb.listeners[0].ssl->protocols.clear(); }), "ok");
  EXPECT_NE(Check([](auto& lb) { lb.listeners[0].ssl->certificates.clear(); }), "ok");
  EXPECT_NE(Check([](auto& lb) { lb.backend_sets.push_back(lb.backend_sets[0]); }), "ok");
  EXPECT_EQ(Check([](auto& lb) {
              lb.listeners.push_back(lb.listeners[0]);
              lb.listeners[1].port = 444;
            }),
            "/resources/0/listeners/1/name: stands here twice");
  EXPECT_THAT(Check([](auto& lb) {
                lb.listeners.push_back(lb.listeners[0]);
                lb.listeners[1].name = "other";
              }),
              HasSubstr("is bound by another listener"));
  EXPECT_EQ(Check([](auto& lb) {
              lb.listeners.push_back(lb.listeners[0]);
              lb.listeners[1].name = "other";
              lb.listeners[1].port = 444;
            }),
            "ok");
}

TEST(NodeConfiguration, TwoLoadBalancersMayNotBindTheSameAddressAndPort) {
  auto configuration = Configuration();
  configuration.resources.push_back(configuration.resources[0]);
  configuration.resources[1].id = "ocid1.loadbalancer.perennial.home-1.lb2";
  EXPECT_THAT(CheckConfiguration(configuration).error().message,
              StartsWith("/resources/1/listeners/0/port: "));
  configuration.resources[1].addresses = {"127.0.0.2"};
  EXPECT_TRUE(CheckConfiguration(configuration));
  configuration.resources[1].id = configuration.resources[0].id;
  EXPECT_EQ(CheckConfiguration(configuration).error().message,
            "/resources/1/id: stands here twice");
}

TEST(NodeConfiguration, AnUnknownWordInAnEnumIsNotDecoded) {
  auto text = EncodeJson(Configuration());
  text.replace(text.find("TLSv1.2"), 7, "SSLv3  ");
  EXPECT_FALSE(DecodeJson<NodeConfiguration>(text, UnknownFields::kIgnore));
}

}  // namespace
}  // namespace perennial::api::load_balancer
