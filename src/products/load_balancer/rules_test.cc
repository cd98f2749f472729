// SPDX-License-Identifier: Apache-2.0
#include "products/load_balancer/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perennial::load_balancer {
namespace {

using ::testing::StartsWith;

wire::ListenerDetails Listener() {
  return {.default_backend_set_name = "app", .port = 443, .protocol = "HTTP"};
}
wire::BackendSetDetails Set() {
  return {.policy = "ROUND_ROBIN", .health_checker = {.protocol = "HTTP", .url_path = "/health"}};
}
wire::ListenerDetails Tls(wire::SslConfigurationDetails ssl) {
  auto details = Listener();
  if (!ssl.certificate_ids) ssl.certificate_ids = {"ocid1.certificate.perennial.home-1.shop"};
  details.ssl_configuration = std::move(ssl);
  return details;
}

// What would be a second line, another word, a comment or an expansion in some proxy's language.
const char* const kEvil[] = {
    "",       "x y",        "x\n  server evil 1.2.3.4", "x;y", "\"; ssl_engine /tmp/x;", "$(id)",
    "{{7*7}}", "#",          "a/b",                      "..",  "a.b",                   "x\\",
    "\xc3\xa9", "x\ty",     "a'b",                      "a%20b", "%[env(PATH)]"};

TEST(Rules, NoNameCanBecomeADirective) {
  for (const char* evil : kEvil) {
    EXPECT_FALSE(MakeListener("", evil, Listener())) << evil;
    EXPECT_FALSE(MakeBackendSet("", evil, Set())) << evil;
    auto listener = Listener();
    listener.default_backend_set_name = evil;
    EXPECT_FALSE(MakeListener("", "web", listener)) << evil;
  }
  EXPECT_FALSE(MakeListener("", std::string("x\0y", 3), Listener()));
  EXPECT_FALSE(MakeListener("", std::string(65, 'x'), Listener()));
  EXPECT_TRUE(MakeListener("", std::string(64, 'x'), Listener()));
}

TEST(Rules, NoValueCanBecomeADirective) {
  for (const std::string evil : {"10.0.0.1 ssl", "10.0.0.1\nx", "localhost", "10.0.0", "010.0.0.1", "",
                                 "::1%eth0", "10.0.0.1:80"}) {
    EXPECT_FALSE(MakeBackend("", {.ip_address = evil, .port = 80})) << evil;
  }
  EXPECT_FALSE(MakeBackend("", {.ip_address = std::string("10.0.0.1\0x", 10), .port = 80}));
  for (const std::string evil : {"health", "/a b", "/a\r\nHost: x", "/a#b", "/%[env(X)]", "/\"x"}) {
    auto set = Set();
    set.health_checker.url_path = evil;
    EXPECT_FALSE(MakeBackendSet("", "app", set)) << evil;
  }
  auto set = Set();
  set.health_checker.response_body_regex = "ok.*";
  EXPECT_FALSE(MakeBackendSet("", "app", set));
  set = Set();
  set.policy = "leastconn\n";
  EXPECT_FALSE(MakeBackendSet("", "app", set));
  EXPECT_FALSE(MakeListener("", "web", Tls({.protocols = {{"TLSv1.2 ciphers X"}}})));
  EXPECT_FALSE(MakeListener("", "web", Tls({.cipher_suite_name = "x; y"})));
}

TEST(Rules, AddressesHaveOneSpelling) {
  EXPECT_EQ(MakeBackend("", {.ip_address = "2001:DB8:0::1", .port = 80})->ip_address, "2001:db8::1");
  EXPECT_EQ(MakeBackend("", {.ip_address = "10.0.0.3", .port = 8080})->name, "10.0.0.3:8080");
}

TEST(Rules, ABackendIsOneHost) {
  for (const std::string nobody : {"0.0.0.0", "0.1.2.3", "::", "224.0.0.1", "239.255.255.255",
                                   "255.255.255.255", "240.0.0.1", "ff02::1", "::ffff:0.0.0.0",
                                   "::ffff:224.0.0.1"}) {
    const auto made = MakeBackend("/backends/0", {.ip_address = nobody, .port = 80});
    ASSERT_FALSE(made) << nobody;
    EXPECT_THAT(made.error().message, StartsWith("/backends/0/ipAddress: ")) << nobody;
  }
  for (const std::string host : {"127.0.0.1", "223.255.255.254", "::1", "fe80::1", "::ffff:10.0.0.1"}) {
    EXPECT_TRUE(MakeBackend("", {.ip_address = host, .port = 80})) << host;
  }
}

TEST(Rules, AListenerNamesExactlyOneCertificate) {
  EXPECT_TRUE(MakeListener("", "web", Tls({})));
  for (const std::vector<std::string>& ids :
       {std::vector<std::string>{}, {"ocid1.certificateauthority.perennial.home-1.root"},
        {"ocid1.cabundle.perennial.home-1.b"}, {"shop"},
        {"ocid1.certificate.perennial.home-1.a", "ocid1.certificate.perennial.home-1.b"}}) {
    const auto made = MakeListener("/listeners/web", "web", Tls({.certificate_ids = ids}));
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().message, StartsWith("/listeners/web/sslConfiguration/certificateIds"));
  }
}

TEST(Rules, WhatIsNotOfferedIsRefusedByItsPointer) {
  EXPECT_THAT(MakeListener("", "web", Tls({.verify_peer_certificate = true})).error().message,
              StartsWith("/sslConfiguration/verifyPeerCertificate"));
  EXPECT_THAT(MakeListener("", "web", Tls({.trusted_certificate_authority_ids =
                                               {{"ocid1.cabundle.perennial.home-1.b"}}})).error().message,
              StartsWith("/sslConfiguration/trustedCertificateAuthorityIds"));
  EXPECT_THAT(MakeListener("", "web", Tls({.certificate_name = "local"})).error().message,
              StartsWith("/sslConfiguration/certificateName"));
  EXPECT_THAT(MakeListener("", "web", Tls({.protocols = {{"TLSv1.1"}}})).error().message,
              StartsWith("/sslConfiguration/protocols/0"));
  auto http2 = Listener();
  http2.protocol = "HTTP2";
  EXPECT_THAT(MakeListener("", "web", http2).error().message, StartsWith("/protocol"));
  auto set = Set();
  set.ssl_configuration.emplace();
  EXPECT_THAT(MakeBackendSet("", "app", set).error().message, StartsWith("/sslConfiguration"));
}

TEST(Rules, DefaultsAreThoseOfThePublicApi) {
  const auto tls = MakeListener("", "web", Tls({})).value();
  EXPECT_THAT(tls.ssl_configuration->protocols, ::testing::ElementsAre("TLSv1.2"));
  EXPECT_EQ(tls.ssl_configuration->cipher_suite_name, "oci-default-ssl-cipher-suite-v1");
  EXPECT_FALSE(tls.ssl_configuration->verify_peer_certificate);
  EXPECT_EQ(tls.connection_configuration->idle_timeout, 60);
  auto tcp = Listener();
  tcp.protocol = "TCP";
  EXPECT_EQ(MakeListener("", "web", tcp)->connection_configuration->idle_timeout, 300);
  const auto set = MakeBackendSet("", "app", Set()).value();
  EXPECT_EQ(set.health_checker.retries, 3);
  EXPECT_EQ(set.health_checker.timeout_in_millis, 3000);
  EXPECT_EQ(set.health_checker.interval_in_millis, 10000);
  EXPECT_EQ(set.health_checker.response_body_regex, ".*");
}

TEST(Rules, NumbersHaveBounds) {
  for (const int64_t port : {int64_t{0}, int64_t{-1}, int64_t{65536}}) {
    auto listener = Listener();
    listener.port = port;
    EXPECT_FALSE(MakeListener("", "web", listener));
    EXPECT_FALSE(MakeBackend("", {.ip_address = "10.0.0.1", .port = port}));
  }
  auto listener = Listener();
  listener.connection_configuration.emplace();
  listener.connection_configuration->idle_timeout = 7201;
  EXPECT_FALSE(MakeListener("", "web", listener));
}

TEST(Rules, BackupBackendsDoNotGoWithIpHash) {
  auto set = Set();
  set.policy = "IP_HASH";
  set.backends = {{{.ip_address = "10.0.0.1", .port = 80, .backup = true}}};
  EXPECT_FALSE(MakeBackendSet("", "app", set));
}

TEST(Rules, ALoadBalancerNamesOnePoolAndAShape) {
  const wire::CreateLoadBalancerDetails good{.compartment_id = "c",
                                             .display_name = "shop",
                                             .shape_name = "flexible",
                                             .subnet_ids = {"ocid1.subnet.perennial.home-1.p"},
                                             .shape_details = {{10, 100}}};
  EXPECT_TRUE(MakeLoadBalancer(good));
  auto bad = good;
  bad.subnet_ids = {};
  EXPECT_FALSE(MakeLoadBalancer(bad));
  bad = good;
  bad.shape_details.reset();
  EXPECT_EQ(MakeLoadBalancer(bad).error().code, ErrorCode::kMissingArgument);
  bad = good;
  bad.shape_details = {{100, 10}};
  EXPECT_FALSE(MakeLoadBalancer(bad));
  bad = good;
  bad.display_name = "a\nb";
  EXPECT_FALSE(MakeLoadBalancer(bad));
  bad = good;
  bad.backend_sets = {{"app", Set()}};
  auto listener = Listener();
  bad.listeners = {{"one", listener}, {"two", listener}};
  EXPECT_THAT(MakeLoadBalancer(bad).error().message, StartsWith("/listeners/two/port"));
}

}  // namespace
}  // namespace perennial::load_balancer
