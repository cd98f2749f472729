// SPDX-License-Identifier: Apache-2.0
#include "net/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "net/test_server.h"

namespace perennial::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST(Server, AnswersOverOneConnectionInOrder) {
  TestServer server(TestServer::Plain());
  auto peer = server.Connect();
  peer.Send(GetText("/a?b=c"));
  const auto first = peer.ReadMessage();
  EXPECT_THAT(first, AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("\r\ndate: "),
                           HasSubstr("content-length: 10\r\n\r\nGET /a?b=c"),
                           Not(HasSubstr("connection:"))));
  peer.Send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" + GetText("/next"));
  EXPECT_THAT(peer.ReadMessage(), HasSubstr("POST /phello"));
  EXPECT_THAT(peer.ReadMessage(), HasSubstr("GET /next"));
  const auto seen = server.handler.seen();
  ASSERT_THAT(seen, SizeIs(3));
  EXPECT_EQ(seen[0].peer_address, "127.0.0.1");
}

TEST(Server, ReadsAChunkedBodyAndTheRequestBehindIt) {
  TestServer server(TestServer::Plain());
  auto peer = server.Connect();
  peer.Send("PUT /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  peer.Send("2\r\nde\r\n0\r\n\r\n" + GetText("/next"));
  EXPECT_THAT(peer.ReadMessage(), HasSubstr("PUT /pabcde"));
  EXPECT_THAT(peer.ReadMessage(), HasSubstr("GET /next"));
}

TEST(Server, SendsNoBodyToHeadNorWithNoContent) {
  TestServer server(TestServer::Plain());
  server.handler.act = [](const HttpRequest& request) {
    return HttpResponse{.status = request.target == "/204" ? 204 : 200, .body = "body"};
  };
  auto peer = server.Connect();
  peer.Send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + GetText("/204") +
            GetText("/", "Connection: close\r\n"));
  const auto all = peer.ReadUntilClosed();
  EXPECT_THAT(all, HasSubstr("content-length: 4\r\n\r\nHTTP/1.1 204"));
  EXPECT_THAT(all, HasSubstr("connection: close\r\n\r\nbody"));
  EXPECT_EQ(all.find("body"), all.rfind("body"));
}

TEST(Server, ReplacesTheHandlersOwnFramingHeaders) {
  TestServer server(TestServer::Plain());
  server.handler.act = [](const HttpRequest&) {
    return HttpResponse{
        .headers = {{"Content-Length", "99"}, {"Transfer-Encoding", "chunked"}, {"etag", "x"}},
        .body = "abc"};
  };
  auto peer = server.Connect();
  peer.Send(GetText("/"));
  EXPECT_THAT(peer.ReadMessage(),
              AllOf(HasSubstr("etag: x\r\n"), HasSubstr("content-length: 3\r\n"),
                    Not(HasSubstr("99")), Not(HasSubstr("chunked"))));
}

TEST(Server, TurnsAHeaderThatWouldSplitTheAnswerIntoA500) {
  TestServer server(TestServer::Plain());
  server.handler.act = [](const HttpRequest&) {
    return HttpResponse{.headers = {{"x-a", "b\r\nset-cookie: c"}}};
  };
  auto peer = server.Connect();
  peer.Send(GetText("/"));
  EXPECT_THAT(peer.ReadMessage(), AllOf(StartsWith("HTTP/1.1 500"), Not(HasSubstr("set-cookie")),
                                        HasSubstr(R"({"code":"InternalServerError","message":")")));
}

TEST(Server, TurnsAThrowingHandlerIntoA500) {
  TestServer server(TestServer::Plain());
  server.handler.act = [](const HttpRequest&) -> Answer { throw std::bad_alloc(); };
  auto peer = server.Connect();
  peer.Send(GetText("/"));
  EXPECT_THAT(peer.ReadMessage(), StartsWith("HTTP/1.1 500"));
}

TEST(Server, SaysContinueBeforeABodyThatWaitsForIt) {
  TestServer server(TestServer::Plain());
  auto peer = server.Connect();
  peer.Send("POST /p HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(peer.ReadMessage(), "HTTP/1.1 100 Continue\r\n\r\n");
  peer.Send("hi");
  EXPECT_THAT(peer.ReadMessage(), HasSubstr("POST /phi"));
}

struct Smuggling {
  std::string name;
  std::string text;
  int status = 400;
};
void PrintTo(const Smuggling& smuggling, std::ostream* out) { *out << smuggling.name; }

class SmugglingTest : public ::testing::TestWithParam<Smuggling> {};

// Every one of these hides a second request behind, or inside, a first one that is read in two
// ways.
TEST_P(SmugglingTest, IsRefusedAndNothingBehindItRuns) {
  TestServer server(TestServer::Plain());
  auto peer = server.Connect();
  peer.Send(GetParam().text + GetText("/smuggled"));
  const auto all = peer.ReadUntilClosed();
  EXPECT_THAT(all, StartsWith("HTTP/1.1 " + std::to_string(GetParam().status)));
  EXPECT_THAT(all, AllOf(HasSubstr("connection: close\r\n"), HasSubstr("opc-request-id: "),
                         HasSubstr(R"({"code":")"), HasSubstr(R"(","message":")")));
  EXPECT_EQ(all.find("HTTP/1.1"), all.rfind("HTTP/1.1"));
  EXPECT_THAT(server.handler.seen(), IsEmpty());
}

std::string Post(const std::string& headers, const std::string& body) {
  return "POST / HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n" + body;
}
const std::string& Inner() {
  static const std::string inner = GetText("/inner");
  return inner;
}

INSTANTIATE_TEST_SUITE_P(
    Catalogue, SmugglingTest,
    ::testing::Values(
        Smuggling{"gzip_and_length", Post("Transfer-Encoding: gzip\r\nContent-Length: 1\r\n", "a")},
        Smuggling{"xchunked_and_length",
                  Post("Transfer-Encoding: xchunked\r\nContent-Length: 1\r\n", "a")},
        Smuggling{"identity_and_length",
                  Post("Transfer-Encoding: identity\r\nContent-Length: 1\r\n", "a")},
        Smuggling{"gzip_alone", Post("Transfer-Encoding: gzip\r\n", Inner())},
        Smuggling{"chunked_identity", Post("Transfer-Encoding: chunked, identity\r\n", Inner())},
        Smuggling{"chunked_and_length",
                  Post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")},
        Smuggling{"two_hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
        Smuggling{"no_host", "GET / HTTP/1.1\r\n\r\n"},
        Smuggling{"user_in_host", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"},
        Smuggling{"absolute", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"},
        Smuggling{"two_authorizations",
                  "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n"},
        Smuggling{"folded", "GET / HTTP/1.1\r\nHost: a\r\nx: a\r\n b\r\n\r\n"},
        Smuggling{"bare_lf_in_head", "GET / HTTP/1.1\nHost: a\n\n"},
        Smuggling{"chunk_extension",
                  Post("Transfer-Encoding: chunked\r\n", "1;a\r\na\r\n0\r\n\r\n")},
        Smuggling{"chunk_extension_with_lf",
                  Post("Transfer-Encoding: chunked\r\n", "1;a\nb\r\na\r\n0\r\n\r\n")},
        Smuggling{"chunk_trailer",
                  Post("Transfer-Encoding: chunked\r\n", "0\r\nHost: evil\r\n\r\n")},
        Smuggling{"http_1_0", "GET / HTTP/1.0\r\nHost: a\r\n\r\n", 505},
        Smuggling{"connect", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 501},
        Smuggling{"long_target",
                  "GET /" + std::string(64 * 1024, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
        Smuggling{"large_header",
                  "GET / HTTP/1.1\r\nHost: a\r\nx: " + std::string(1 << 20, 'a') + "\r\n\r\n", 431},
        Smuggling{"body_too_large", Post("Content-Length: 1001\r\n", std::string(1001, 'a')), 413},
        Smuggling{"body_of_a_gigabyte", Post("Content-Length: 1073741824\r\n", "a"), 413},
        Smuggling{"chunks_too_large",
                  Post("Transfer-Encoding: chunked\r\n", "3e9\r\n" + std::string(1001, 'a')), 413},
        Smuggling{"unknown_expectation", Post("Expect: a\r\nContent-Length: 1\r\n", "a"), 417}),
    [](const auto& info) { return info.param.name; });

TEST(Server, GivesAMessageOneDeadlineHoweverItTrickles) {
  auto options = TestServer::Plain();
  options.message_deadline = milliseconds(300);
  TestServer server(options);
  auto peer = server.Connect();
  peer.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n");
  int sent = 0;
  for (; sent < 900 && !peer.IsReadableWithin(10); ++sent) peer.Send("a");
  EXPECT_LT(sent, 900);
  EXPECT_THAT(peer.ReadUntilClosed(), StartsWith("HTTP/1.1 408"));
  auto other = server.Connect();
  other.Send("GET / HT");
  EXPECT_THAT(other.ReadUntilClosed(),
              AllOf(StartsWith("HTTP/1.1 408"), HasSubstr(R"("code":"RequestTimeout")")));
  EXPECT_THAT(server.handler.seen(), IsEmpty());
}

TEST(Server, LeavesRoomForOthersWhateverOnePeerOpens) {
  auto options = TestServer::Plain();
  options.connections_per_peer_max = 2;
  TestServer server(options);
  const auto serves = [](RawSocket& peer) {
    peer.Send(GetText("/"));
    return peer.ReadMessage().starts_with("HTTP/1.1 200");
  };
  auto first = server.Connect();
  EXPECT_TRUE(serves(first));
  {
    auto second = server.Connect();
    EXPECT_TRUE(serves(second));
    auto third = server.Connect();
    EXPECT_EQ(third.ReadUntilClosed(), "");
    // Another address is another peer.
    auto other = RawSocket::ConnectTo(server.port(), INADDR_LOOPBACK + 1);
    EXPECT_TRUE(serves(other));
    // The place of one that has gone is free again.
    second.Send(GetText("/", "Connection: close\r\n"));
    EXPECT_THAT(second.ReadUntilClosed(), StartsWith("HTTP/1.1 200"));
  }
  bool again = false;
  for (int i = 0; i < 100 && !again; ++i) {
    auto next = server.Connect();
    next.Send(GetText("/", "Connection: close\r\n"));
    again = next.ReadUntilClosed().starts_with("HTTP/1.1 200");
  }
  EXPECT_TRUE(again);
}

TEST(Server, ClosesIdleConnectionsSilently) {
  auto options = TestServer::Plain();
  options.idle_deadline = milliseconds(50);
  TestServer server(options);
  auto peer = server.Connect();
  EXPECT_EQ(peer.ReadUntilClosed(), "");
  auto used = server.Connect();
  used.Send(GetText("/"));
  EXPECT_THAT(used.ReadUntilClosed(), StartsWith("HTTP/1.1 200"));
}

TEST(Server, CutsSlowReadersOff) {
  auto options = TestServer::Plain();
  options.write_deadline = milliseconds(50);
  TestServer server(options);
  constexpr size_t kSize = 64 * 1024 * 1024;
  Event answered;
  server.handler.act = [&](const HttpRequest&) {
    answered.Set();
    return HttpResponse{.body = std::string(kSize, 'a')};
  };
  auto slow = server.Connect();
  slow.Send(GetText("/"));
  ASSERT_TRUE(answered.Wait());
  // The slow one has read nothing when the server, having given up, has forgotten it.
  server.server->Drain(seconds(10));
  EXPECT_LT(slow.ReadUntilClosed().size(), kSize);
}

TEST(Server, ClosesConnectionsBeyondTheLimit) {
  auto options = TestServer::Plain();
  options.connections_max = 1;
  TestServer server(options);
  auto first = server.Connect();
  first.Send(GetText("/"));
  EXPECT_THAT(first.ReadMessage(), StartsWith("HTTP/1.1 200"));
  auto second = server.Connect();
  EXPECT_EQ(second.ReadUntilClosed(), "");
  first.Send(GetText("/"));
  EXPECT_THAT(first.ReadMessage(), StartsWith("HTTP/1.1 200"));
}

TEST(Server, BoundsTheMemoryOfAllBodiesTogether) {
  auto options = TestServer::Plain();
  options.bodies_bytes_max = 500;
  TestServer server(options);
  auto peer = server.Connect();
  peer.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 501\r\n\r\n");
  EXPECT_THAT(peer.ReadUntilClosed(), StartsWith("HTTP/1.1 503"));
  auto other = server.Connect();
  other.Send("POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_THAT(other.ReadMessage(), HasSubstr("POST /babc"));
}

TEST(Server, AnswersTryAgainWhenTheExecutorRefuses) {
  TestServer server(TestServer::Plain());
  server.handler.Stop();
  auto peer = server.Connect();
  peer.Send(GetText("/"));
  EXPECT_THAT(peer.ReadMessage(),
              AllOf(StartsWith("HTTP/1.1 503"), HasSubstr(R"("code":"ServiceUnavailable")"),
                    HasSubstr("opc-request-id: ")));
  EXPECT_THAT(server.handler.seen(), IsEmpty());
}

TEST(Server, DrainLetsRunningRequestsAnswerAndEndsIdleConnections) {
  TestServer server(TestServer::Plain());
  Event running;
  Event go;
  server.handler.act = [&](const HttpRequest&) {
    running.Set();
    go.Wait();
    return HttpResponse{.body = "done"};
  };
  auto idle = server.Connect();
  auto busy = server.Connect();
  busy.Send(GetText("/"));
  ASSERT_TRUE(running.Wait());
  std::thread drain([&] { server.server->Drain(seconds(10)); });
  EXPECT_EQ(idle.ReadUntilClosed(), "");
  go.Set();
  EXPECT_THAT(busy.ReadUntilClosed(), AllOf(HasSubstr("connection: close\r\n"), HasSubstr("done")));
  busy.Close();
  drain.join();
  EXPECT_FALSE(server.Connect().connected());
}

TEST(Server, WaitsAtItsEndForTheHandlersThatRun) {
  TestServer server(TestServer::Plain());
  Event running;
  Event go;
  server.handler.act = [&](const HttpRequest&) {
    running.Set();
    go.Wait();
    return HttpResponse{};
  };
  auto peer = server.Connect();
  peer.Send(GetText("/"));
  ASSERT_TRUE(running.Wait());
  std::atomic<bool> ended = false;
  std::thread ending([&] {
    server.server.reset();
    ended = true;
  });
  // The connection is cut off at once, the handler is waited for.
  EXPECT_EQ(peer.ReadUntilClosed(), "");
  EXPECT_FALSE(ended);
  go.Set();
  ending.join();
}

TEST(Server, RefusesToStartOnBadOptions) {
  TestServer running(TestServer::Plain());
  const auto start = [&](std::vector<std::string> listen, bool tls) {
    ServerOptions options;
    options.listen = std::move(listen);
    options.tls = tls;
    const auto server = Server::Start(options, std::nullopt, running.handler, running.board,
                                      running.clock, running.random);
    return server ? std::string() : std::string(ErrorCodeName(server.error().code));
  };
  EXPECT_EQ(start({"127.0.0.1:0", "[::1]:0"}, false), "");
  EXPECT_EQ(start({"127.0.0.1:0"}, true), "InvalidArgument");
  EXPECT_EQ(start({"localhost"}, false), "InvalidArgument");
  EXPECT_EQ(start({"127.0.0.1:70000"}, false), "InvalidArgument");
  EXPECT_EQ(start({"::1:80"}, false), "InvalidArgument");
  EXPECT_EQ(start({"127.0.0.1:" + std::to_string(running.port())}, false), "Unavailable");
}

}  // namespace
}  // namespace perennial::net
