// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <memory>
#include <thread>

#include "net/server.h"
#include "net/test_server.h"
#include "net/transport.h"

namespace perennial::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A TLS client of OpenSSL's own, blocking, that verifies nothing.
class RawTls {
 public:
  RawTls(uint16_t port, int version_max)
      : socket_(RawSocket::ConnectTo(port)),
        context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free),
        ssl_(nullptr, SSL_free) {
    SSL_CTX_set_max_proto_version(context_.get(), version_max);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), socket_.fd());
  }

  bool Handshake() { return SSL_connect(ssl_.get()) == 1; }
  void Offer(const std::string& protocols) {
    SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(protocols.data()),
                        static_cast<unsigned>(protocols.size()));
  }
  void Send(const std::string& text) {
    SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()));
  }
  std::string Read() {
    char buffer[4096];
    const int got = SSL_read(ssl_.get(), buffer, sizeof buffer);
    return got > 0 ? std::string(buffer, static_cast<size_t>(got)) : std::string();
  }
  void SayGoodbye() { SSL_shutdown(ssl_.get()); }
  SSL* ssl() { return ssl_.get(); }

 private:
  RawSocket socket_;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_;
};

std::unique_ptr<HttpsTransport> ClientOf(const TestServer& server) {
  return std::move(*HttpsTransport::Start({.ca_pem = server.ca.pem()}));
}

HttpRequest Get(const std::string& target) {
  return {.method = "GET", .target = target, .headers = {{"host", "localhost"}}};
}

std::string LeafOf(const TestServer& server) {
  const auto chain = FetchServerChainPem(server.url(), seconds(10));
  return chain ? chain->substr(0, chain->find("-----END")) : chain.error().message;
}

TEST(ServerTls, SpeaksTls13AndNothingOlder) {
  TestServer server;
  RawTls current(server.port(), TLS1_3_VERSION);
  ASSERT_TRUE(current.Handshake());
  EXPECT_STREQ(SSL_get_version(current.ssl()), "TLSv1.3");
  current.Send(GetText("/"));
  EXPECT_THAT(current.Read(), StartsWith("HTTP/1.1 200"));
  EXPECT_FALSE(RawTls(server.port(), TLS1_2_VERSION).Handshake());
}

TEST(ServerTls, RefusesOtherApplicationProtocols) {
  TestServer server;
  RawTls both(server.port(), TLS1_3_VERSION);
  both.Offer("\x02h2\x08http/1.1");
  EXPECT_TRUE(both.Handshake());
  RawTls mail(server.port(), TLS1_3_VERSION);
  mail.Offer("\x04imap");
  EXPECT_FALSE(mail.Handshake());
}

TEST(ServerTls, GivesNoTicketsToResumeWith) {
  TestServer server;
  RawTls peer(server.port(), TLS1_3_VERSION);
  ASSERT_TRUE(peer.Handshake());
  peer.Send(GetText("/"));
  peer.Read();
  EXPECT_EQ(SSL_SESSION_is_resumable(SSL_get_session(peer.ssl())), 0);
}

TEST(ServerTls, SaysGoodbyeSoThatAnAnswerCannotBeCutUnseen) {
  TestServer server;
  RawTls peer(server.port(), TLS1_3_VERSION);
  ASSERT_TRUE(peer.Handshake());
  peer.Send(GetText("/", "Connection: close\r\n"));
  EXPECT_THAT(peer.Read(), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(peer.Read(), "");
  EXPECT_NE(SSL_get_shutdown(peer.ssl()) & SSL_RECEIVED_SHUTDOWN, 0);
}

TEST(ServerTls, EndsSlowHandshakesAndPlainHttp) {
  ServerOptions options;
  options.handshake_deadline = milliseconds(50);
  TestServer server(options);
  EXPECT_EQ(server.Connect().ReadUntilClosed(), "");
  auto plain = server.Connect();
  plain.Send(GetText("/"));
  EXPECT_THAT(plain.ReadUntilClosed(), ::testing::Not(HasSubstr("HTTP")));
  EXPECT_TRUE(server.handler.seen().empty());
}

TEST(ServerTls, SwapsItsCertificateUnderRunningConnections) {
  TestServer server;
  const auto client = ClientOf(server);
  RawTls running(server.port(), TLS1_3_VERSION);
  ASSERT_TRUE(running.Handshake());
  const auto before = LeafOf(server);

  ASSERT_TRUE(server.server->ReplaceIdentity(server.ca.Issue("IP:127.0.0.1")).has_value());

  EXPECT_NE(LeafOf(server), before);
  running.Send(GetText("/"));
  EXPECT_THAT(running.Read(), StartsWith("HTTP/1.1 200"));
  EXPECT_TRUE(client->Send(server.url(), Get("/"), seconds(10)).has_value());
}

TEST(ServerTls, KeepsItsCertificateWhenTheNewOneIsBad) {
  TestServer server;
  const auto before = LeafOf(server);
  const auto first = server.ca.Issue("IP:127.0.0.1");
  auto second = server.ca.Issue("IP:127.0.0.1");
  second.chain_pem = first.chain_pem;
  const auto replaced = server.server->ReplaceIdentity(second);
  ASSERT_FALSE(replaced.has_value());
  EXPECT_EQ(replaced.error().code, ErrorCode::kInvalidArgument);
  second.chain_pem = "not PEM";
  EXPECT_FALSE(server.server->ReplaceIdentity(second).has_value());
  EXPECT_EQ(LeafOf(server), before);
}

// What the server presents to a client that asks for `name`, or for none; with its key proved.
std::string SubjectFor(const TestServer& server, const char* name) {
  RawTls peer(server.port(), TLS1_3_VERSION);
  if (name != nullptr) SSL_set_tlsext_host_name(peer.ssl(), name);
  if (!peer.Handshake()) return "no handshake";
  char subject[64] = {};
  X509_NAME_get_text_by_NID(X509_get_subject_name(SSL_get0_peer_certificate(peer.ssl())),
                            NID_commonName, subject, sizeof subject);
  return subject;
}

TEST(ServerTls, ServesAnotherIdentityByItsNamesAlone) {
  TestServer server;
  EXPECT_EQ(SubjectFor(server, "console.corp.example"), "server");
  const auto name = [&](const char* subject) {
    return server.server->ReplaceNamedIdentity(
        {.names = {"console.corp.example"},
         .identity = server.ca.Issue("DNS:console.corp.example", subject)});
  };

  ASSERT_TRUE(name("own").has_value());

  EXPECT_EQ(SubjectFor(server, "console.corp.example"), "own");
  EXPECT_EQ(SubjectFor(server, "Console.CORP.example"), "own");
  for (const char* other : {"localhost", "corp.example", "a.console.corp.example"}) {
    EXPECT_EQ(SubjectFor(server, other), "server") << other;
  }
  EXPECT_EQ(SubjectFor(server, nullptr), "server");

  // Each of the two may be replaced without the other.
  ASSERT_TRUE(server.server->ReplaceIdentity(server.ca.Issue("IP:127.0.0.1", "next")).has_value());
  EXPECT_EQ(SubjectFor(server, "console.corp.example"), "own");
  EXPECT_EQ(SubjectFor(server, "localhost"), "next");
  ASSERT_TRUE(name("renewed").has_value());
  EXPECT_EQ(SubjectFor(server, "console.corp.example"), "renewed");
  EXPECT_FALSE(server.server->ReplaceNamedIdentity({.names = {"localhost"}, .identity = {}}));
  EXPECT_EQ(SubjectFor(server, "console.corp.example"), "renewed");
}

TEST(ServerTls, ObeysItsOtherRulesUnderEveryName) {
  TestServer server;
  ASSERT_TRUE(server.server->ReplaceNamedIdentity(
      {.names = {"own.example"}, .identity = server.ca.Issue("DNS:own.example")}));
  RawTls old(server.port(), TLS1_2_VERSION);
  SSL_set_tlsext_host_name(old.ssl(), "own.example");
  EXPECT_FALSE(old.Handshake());
  RawTls mail(server.port(), TLS1_3_VERSION);
  SSL_set_tlsext_host_name(mail.ssl(), "own.example");
  mail.Offer("\x04imap");
  EXPECT_FALSE(mail.Handshake());
  RawTls peer(server.port(), TLS1_3_VERSION);
  SSL_set_tlsext_host_name(peer.ssl(), "own.example");
  ASSERT_TRUE(peer.Handshake());
  peer.Send(GetText("/"));
  EXPECT_THAT(peer.Read(), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(SSL_SESSION_is_resumable(SSL_get_session(peer.ssl())), 0);
}

TEST(ServerTls, ForgetsAParkedPeerThatSaidGoodbye) {
  TestServer server;
  Event parked;
  Event forgotten;
  server.handler.act = [&](const HttpRequest&) -> Answer {
    const std::shared_ptr<void> farewell(nullptr, [&](void*) { forgotten.Set(); });
    parked.Set();
    return Parked{.awaited = {"feed", 0}, .wait = seconds(30), .resume = [farewell](bool) {
                    return HttpResponse{};
                  }};
  };
  RawTls peer(server.port(), TLS1_3_VERSION);
  ASSERT_TRUE(peer.Handshake());
  peer.Send(GetText("/"));
  ASSERT_TRUE(parked.Wait());
  peer.SayGoodbye();
  EXPECT_TRUE(forgotten.Wait());
}

TEST(ServerTls, WakesAParkedPeerAndServesItOn) {
  TestServer server;
  server.handler.act = [&](const HttpRequest& request) -> Answer {
    if (request.target == "/") return HttpResponse{.body = "on"};
    return Parked{.awaited = {"feed", 0}, .wait = milliseconds(30), .resume = [](bool last) {
                    return HttpResponse{.body = last ? "nothing" : "news"};
                  }};
  };
  RawTls peer(server.port(), TLS1_3_VERSION);
  ASSERT_TRUE(peer.Handshake());
  for (int i = 0; i < 5; ++i) {
    peer.Send(GetText("/wait"));
    EXPECT_THAT(peer.Read(), HasSubstr("nothing"));
    peer.Send(GetText("/"));
    EXPECT_THAT(peer.Read(), HasSubstr("on"));
  }
}

TEST(ServerTls, ServesTwoHundredRequestsAtOnce) {
  TestServer server;
  const auto client = ClientOf(server);
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 20; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        const auto target = "/" + std::to_string(t) + "/" + std::to_string(i);
        const auto response = client->Send(server.url(), Get(target), seconds(20));
        if (response && response->body == "GET " + target) ++good;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 200);
}

}  // namespace
}  // namespace perennial::net
