// SPDX-License-Identifier: Apache-2.0
#include "net/transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <memory>

#include "net/test_server.h"
#include "net/tls.h"

namespace perennial::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StartsWith;

HttpRequest Request(const std::string& method, const std::string& body = "") {
  return {
      .method = method, .target = "/a?b=c", .headers = {{"host", "h"}, {"x-B", "1"}}, .body = body};
}

std::unique_ptr<HttpsTransport> Plain(TransportOptions options = {}) {
  options.allow_plain_http = true;
  return std::move(*HttpsTransport::Start(options));
}

std::unique_ptr<HttpsTransport> Trusting(const std::string& ca_pem) {
  return std::move(*HttpsTransport::Start({.ca_pem = ca_pem}));
}

const std::string kOk = "HTTP/1.1 200 OK\r\nEtag: x\r\ncontent-length: 2\r\n\r\nok";

// Answers every request of one connection, and notes them.
ScriptedServer::Part Answering(const std::string& answer,
                               std::vector<std::string>* seen = nullptr) {
  return [=](RawSocket& peer) {
    for (;;) {
      const auto request = peer.ReadMessage();
      if (request.empty()) return;
      if (seen != nullptr) seen->push_back(request);
      peer.Send(answer);
    }
  };
}

// Answers one request, then closes.
ScriptedServer::Part Once(const std::string& answer) {
  return [=](RawSocket& peer) {
    peer.ReadMessage();
    peer.Send(answer);
  };
}

// Serves one request over TLS and leaves without a goodbye.
void SpeakTls(RawSocket& peer, const ServerIdentity& identity, const std::string& answer,
              int version = TLS1_3_VERSION) {
  const auto context = *MakeServerTls(identity);
  SSL_CTX_set_min_proto_version(context.get(), version);
  SSL_CTX_set_max_proto_version(context.get(), version);
  const std::unique_ptr<SSL, void (*)(SSL*)> ssl(SSL_new(context.get()), SSL_free);
  SSL_set_fd(ssl.get(), peer.fd());
  char buffer[4096];
  if (SSL_accept(ssl.get()) != 1 || SSL_read(ssl.get(), buffer, sizeof buffer) <= 0) return;
  SSL_write(ssl.get(), answer.data(), static_cast<int>(answer.size()));
}

std::string FailureOf(const Result<HttpResponse>& result) {
  if (result) return "answered";
  return std::string(ErrorCodeName(result.error().code)) + ": " + result.error().message;
}

TEST(Transport, SendsTheRequestVerbatimAndKeepsTheConnection) {
  std::vector<std::string> seen;
  {
    ScriptedServer server({Answering(kOk, &seen)});
    const auto client = Plain();
    const auto response = client->Send(server.url(), Request("GET"), seconds(10));
    ASSERT_TRUE(response.has_value()) << response.error().message;
    EXPECT_EQ(response->status, 200);
    EXPECT_THAT(response->headers, ElementsAre(Pair("Etag", "x"), Pair("content-length", "2")));
    EXPECT_EQ(response->body, "ok");
    // The script accepts one connection only, so these go over the same one.
    EXPECT_TRUE(client->Send(server.url(), Request("POST"), seconds(10)).has_value());
    EXPECT_TRUE(client->Send(server.url(), Request("PUT", "body"), seconds(10)).has_value());
  }
  EXPECT_THAT(seen,
              ElementsAre("GET /a?b=c HTTP/1.1\r\nhost: h\r\nx-B: 1\r\n\r\n",
                          "POST /a?b=c HTTP/1.1\r\nhost: h\r\nx-B: 1\r\ncontent-length: 0\r\n\r\n",
                          "PUT /a?b=c HTTP/1.1\r\nhost: h\r\nx-B: 1\r\ncontent-length: "
                          "4\r\n\r\nbody"));
}

TEST(Transport, ReadsEveryFramingOfAResponse) {
  const auto body_of = [](const std::string& answer, const std::string& method = "GET") {
    ScriptedServer server({Once(answer)});
    const auto response = Plain()->Send(server.url(), Request(method), seconds(10));
    return response ? std::to_string(response->status) + " " + response->body : FailureOf(response);
  };
  EXPECT_EQ(
      body_of(
          "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"),
      "200 abc");
  EXPECT_EQ(body_of("HTTP/1.1 200 OK\r\n\r\nuntil the end"), "200 until the end");
  EXPECT_EQ(body_of("HTTP/1.1 100 Continue\r\n\r\n" + kOk), "200 ok");
  EXPECT_EQ(body_of("HTTP/1.1 204 No Content\r\n\r\n"), "204 ");
  EXPECT_EQ(body_of("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n", "HEAD"), "200 ");
  EXPECT_THAT(body_of("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort"),
              HasSubstr("failed while waiting for the response"));
  EXPECT_THAT(body_of("SSH-2.0-OpenSSH_9.2\r\n"), HasSubstr("failed while reading the response"));
}

TEST(Transport, BoundsTheResponse) {
  const auto failure_of = [](const std::string& answer) {
    ScriptedServer server({Once(answer)});
    const auto client = Plain({.response_header_bytes_max = 1000, .response_body_bytes_max = 1000});
    return FailureOf(client->Send(server.url(), Request("GET"), seconds(10)));
  };
  EXPECT_THAT(failure_of("HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n"),
              HasSubstr("body limit"));
  EXPECT_THAT(failure_of("HTTP/1.1 200 OK\r\n\r\n" + std::string(1001, 'a')),
              HasSubstr("body limit"));
  EXPECT_THAT(failure_of("HTTP/1.1 200 OK\r\nx: " + std::string(1001, 'a')),
              HasSubstr("header limit"));
}

TEST(Transport, SendsIdempotentRequestsAgainWhenTheKeptConnectionWasStale) {
  for (const std::string method : {"GET", "HEAD", "PUT", "DELETE"}) {
    // The first connection answers once, then reads the next request and closes without an answer.
    const std::string answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    ScriptedServer server({[&](RawSocket& peer) {
                             peer.ReadMessage();
                             peer.Send(answer);
                             peer.ReadMessage();
                           },
                           Once(answer)});
    const auto client = Plain();
    ASSERT_TRUE(client->Send(server.url(), Request(method), seconds(10)).has_value());
    EXPECT_EQ(FailureOf(client->Send(server.url(), Request(method), seconds(10))), "answered");
  }
}

TEST(Transport, NeverSendsAPostTwice) {
  std::vector<std::string> seen;
  {
    ScriptedServer server({[&](RawSocket& peer) {
                             peer.ReadMessage();
                             peer.Send(kOk);
                             seen.push_back(peer.ReadMessage());
                           },
                           Answering(kOk, &seen)});
    const auto client = Plain();
    ASSERT_TRUE(client->Send(server.url(), Request("POST"), seconds(10)).has_value());
    EXPECT_THAT(FailureOf(client->Send(server.url(), Request("POST"), seconds(10))),
                StartsWith("Unavailable: "));
  }
  EXPECT_EQ(seen.size(), 1u);
}

TEST(Transport, OpensANewConnectionWhenTheKeptOneIsClosed) {
  Event closed;
  ScriptedServer server({[&](RawSocket& peer) {
                           peer.ReadMessage();
                           peer.Send(kOk);
                           peer.Close();
                           closed.Set();
                         },
                         Once(kOk)});
  const auto client = Plain();
  ASSERT_TRUE(client->Send(server.url(), Request("POST"), seconds(10)).has_value());
  ASSERT_TRUE(closed.Wait());
  EXPECT_EQ(FailureOf(client->Send(server.url(), Request("POST"), seconds(10))), "answered");
}

TEST(Transport, SaysWhatTheDeadlineCutOff) {
  Event over;
  ScriptedServer server({[&](RawSocket& peer) {
    peer.ReadMessage();
    over.Wait();
  }});
  EXPECT_THAT(FailureOf(Plain()->Send(server.url(), Request("GET"), milliseconds(50))),
              HasSubstr("deadline passed while waiting for the response"));
  over.Set();
}

TEST(Transport, SaysWhyThereIsNoConnection) {
  std::string url;
  {
    ScriptedServer gone({});
    url = gone.url();
  }
  EXPECT_EQ(FailureOf(Plain()->Send(url, Request("GET"), seconds(10))),
            "Unavailable: " + url + ": connection refused");
}

TEST(Transport, RefusesRequestsThatWouldNotBeOneMessage) {
  const auto client = Plain();
  const auto refused = [&](HttpRequest request, const std::string& url = "http://127.0.0.1:1") {
    return FailureOf(client->Send(url, request, seconds(1)));
  };
  auto request = Request("GET");
  request.headers.emplace_back("x", "a\r\nb: c");
  EXPECT_THAT(refused(request), StartsWith("InvalidArgument"));
  request = Request("GET");
  request.target = "/ HTTP/1.1";
  EXPECT_THAT(refused(request), StartsWith("InvalidArgument"));
  request = Request("POST", "abc");
  request.headers.emplace_back("Content-Length", "2");
  EXPECT_THAT(refused(request), StartsWith("InvalidArgument"));
  request = Request("GET");
  request.headers.clear();
  EXPECT_THAT(refused(request), StartsWith("InvalidArgument"));
  for (const std::string bad : {"", "h", "ftp://h", "http://", "http://u@h", "http://h:99999",
                                "http://h/p", "http://[::1", "http://h:1?q"}) {
    EXPECT_THAT(refused(Request("GET"), bad), StartsWith("InvalidArgument")) << bad;
  }
}

TEST(TransportTls, TrustsItsAnchorsByAddressAndByName) {
  TestServer server;
  const auto client = Trusting(server.ca.pem());
  const auto by_address = client->Send(server.url(), Request("GET"), seconds(10));
  ASSERT_TRUE(by_address.has_value()) << by_address.error().message;
  EXPECT_EQ(by_address->body, "GET /a?b=c");
  const auto by_name = client->Send("https://localhost:" + std::to_string(server.port()),
                                    Request("GET"), seconds(10));
  EXPECT_EQ(FailureOf(by_name), "answered");
}

TEST(TransportTls, RefusesAServerOfAnotherCa) {
  TestServer server;
  const auto client = Trusting(TestCa().pem());
  EXPECT_THAT(FailureOf(client->Send(server.url(), Request("GET"), seconds(10))),
              StartsWith("Unavailable: " + server.url() + ": certificate not trusted: "));
  EXPECT_TRUE(server.handler.seen().empty());
}

TEST(TransportTls, RefusesACertificateForAnotherName) {
  TestServer server({}, "DNS:other.example");
  const auto client = Trusting(server.ca.pem());
  EXPECT_THAT(FailureOf(client->Send(server.url(), Request("GET"), seconds(10))),
              HasSubstr("certificate not trusted: IP address mismatch"));
  EXPECT_THAT(FailureOf(client->Send("https://localhost:" + std::to_string(server.port()),
                                     Request("GET"), seconds(10))),
              HasSubstr("certificate not trusted: hostname mismatch"));
  EXPECT_TRUE(server.handler.seen().empty());
}

TEST(TransportTls, IgnoresTheCommonNameOfACertificate) {
  const TestCa ca;
  ScriptedServer server({[&](RawSocket& peer) { SpeakTls(peer, ca.Issue("", "localhost"), ""); }});
  EXPECT_THAT(
      FailureOf(Trusting(ca.pem())->Send("https://localhost:" + std::to_string(server.port()),
                                         Request("GET"), seconds(10))),
      HasSubstr("certificate not trusted: hostname mismatch"));
}

TEST(TransportTls, RefusesAnOlderTls) {
  const TestCa ca;
  ScriptedServer server(
      {[&](RawSocket& peer) { SpeakTls(peer, ca.Issue("IP:127.0.0.1"), kOk, TLS1_2_VERSION); }});
  EXPECT_THAT(FailureOf(Trusting(ca.pem())->Send(server.url("https"), Request("GET"), seconds(10))),
              HasSubstr("failed while shaking hands over TLS"));
}

TEST(TransportTls, DoesNotTakeACutConnectionForTheEndOfABody) {
  const TestCa ca;
  const std::string answer = "HTTP/1.1 200 OK\r\n\r\nonly half";
  ScriptedServer server(
      {[&](RawSocket& peer) { SpeakTls(peer, ca.Issue("IP:127.0.0.1"), answer); }});
  EXPECT_THAT(FailureOf(Trusting(ca.pem())->Send(server.url("https"), Request("GET"), seconds(10))),
              HasSubstr("failed while waiting for the response"));
}

TEST(TransportTls, RefusesPlainHttpUnlessAllowed) {
  EXPECT_THAT(
      FailureOf(Trusting(TestCa().pem())->Send("http://127.0.0.1:1", Request("GET"), seconds(1))),
      HasSubstr("only https is allowed"));
  EXPECT_FALSE(HttpsTransport::Start({.ca_pem = ""}).has_value());
  EXPECT_FALSE(HttpsTransport::Start({.ca_pem = "junk"}).has_value());
}

TEST(TransportTls, FetchesTheChainOfAServerItDoesNotTrust) {
  TestServer server;
  const auto chain = FetchServerChainPem(server.url(), seconds(10));
  ASSERT_TRUE(chain.has_value()) << chain.error().message;
  EXPECT_THAT(*chain, ::testing::EndsWith(server.ca.pem()));
}

}  // namespace
}  // namespace perennial::net
