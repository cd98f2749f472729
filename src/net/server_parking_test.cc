// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "net/server.h"
#include "net/test_server.h"

namespace perennial::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

HttpResponse Text(std::string body) { return {.body = std::move(body)}; }

// Parks on "feed" until `enough` calls were made for news.
Answer ParkFor(int enough, Duration wait, Event* parked, int calls = 0) {
  if (parked != nullptr) parked->Set();
  return Parked{.awaited = {"feed", calls}, .wait = wait, .resume = [=](bool last) -> Answer {
                  if (last) return Text("last after " + std::to_string(calls));
                  if (calls + 1 == enough) return Text("news " + std::to_string(calls + 1));
                  return ParkFor(enough, wait, nullptr, calls + 1);
                }};
}

TEST(Parking, WakesOnPublish) {
  TestServer server(TestServer::Plain());
  Event parked;
  server.handler.act = [&](const HttpRequest&) { return ParkFor(1, seconds(30), &parked); };
  auto peer = server.Connect();
  peer.Send(GetText("/"));
  ASSERT_TRUE(parked.Wait());
  server.board.Publish("other", 9);
  server.board.Publish("feed", 1);
  EXPECT_THAT(peer.ReadMessage(), HasSubstr("news 1"));
}

TEST(Parking, WakesAtOnceWhenTheNewsIsAlreadyThere) {
  TestServer server(TestServer::Plain());
  server.board.Publish("feed", 7);
  server.handler.act = [&](const HttpRequest&) { return ParkFor(1, seconds(30), nullptr); };
  auto peer = server.Connect();
  peer.Send(GetText("/"));
  EXPECT_THAT(peer.ReadMessage(), HasSubstr("news 1"));
}

TEST(Parking, ParksAgainUntilThereIsEnough) {
  TestServer server(TestServer::Plain());
  server.board.Publish("feed", 2);
  Event parked;
  server.handler.act = [&](const HttpRequest&) { return ParkFor(3, seconds(30), &parked); };
  auto peer = server.Connect();
  peer.Send(GetText("/"));
  ASSERT_TRUE(parked.Wait());
  server.board.Publish("feed", 3);
  EXPECT_THAT(peer.ReadMessage(), HasSubstr("news 3"));
}

TEST(Parking, AnswersWhenTheWaitHasPassed) {
  TestServer server(TestServer::Plain());
  server.handler.act = [&](const HttpRequest&) { return ParkFor(1, milliseconds(50), nullptr); };
  auto peer = server.Connect();
  peer.Send(GetText("/"));
  EXPECT_THAT(peer.ReadMessage(), HasSubstr("last after 0"));
  peer.Send(GetText("/"));
  EXPECT_THAT(peer.ReadMessage(), HasSubstr("last after 0"));
}

TEST(Parking, ANewWaitDoesNotExtendTheFirst) {
  TestServer server(TestServer::Plain());
  server.board.Publish("feed", 1);
  server.handler.act = [&](const HttpRequest&) -> Answer {
    return Parked{.awaited = {"feed", 0}, .wait = milliseconds(50), .resume = [](bool) -> Answer {
                    return ParkFor(2, seconds(3600), nullptr, 1);
                  }};
  };
  auto peer = server.Connect();
  peer.Send(GetText("/"));
  EXPECT_THAT(peer.ReadMessage(), HasSubstr("last after 1"));
}

TEST(Parking, TheServersOwnLimitEndsAnyWait) {
  auto options = TestServer::Plain();
  options.parked_max = milliseconds(50);
  TestServer server(options);
  server.handler.act = [&](const HttpRequest&) { return ParkFor(1, seconds(3600), nullptr); };
  auto peer = server.Connect();
  peer.Send(GetText("/"));
  EXPECT_THAT(peer.ReadMessage(), HasSubstr("last after 0"));
}

TEST(Parking, InsteadOfALastAnswerIsADefect) {
  TestServer server(TestServer::Plain());
  server.handler.act = [&](const HttpRequest&) -> Answer {
    return Parked{.awaited = {"feed", 0}, .wait = milliseconds(1), .resume = [](bool) -> Answer {
                    return ParkFor(1, seconds(1), nullptr);
                  }};
  };
  auto peer = server.Connect();
  peer.Send(GetText("/"));
  EXPECT_THAT(peer.ReadMessage(), StartsWith("HTTP/1.1 500"));
}

TEST(Parking, HoldsNoThread) {
  TestServer server(TestServer::Plain(), "DNS:localhost", 1);
  server.handler.act = [&](const HttpRequest& request) -> Answer {
    if (request.target == "/now") return Text("now");
    return ParkFor(1, seconds(30), nullptr);
  };
  std::vector<RawSocket> parked;
  for (int i = 0; i < 50; ++i) {
    parked.push_back(server.Connect());
    parked.back().Send(GetText("/"));
  }
  auto other = server.Connect();
  other.Send(GetText("/now"));
  EXPECT_THAT(other.ReadMessage(), HasSubstr("now"));
  server.board.Publish("feed", 1);
  for (auto& peer : parked) EXPECT_THAT(peer.ReadMessage(), HasSubstr("news 1"));
}

TEST(Parking, KeepsTheNextRequestForLater) {
  TestServer server(TestServer::Plain());
  Event parked;
  server.handler.act = [&](const HttpRequest& request) -> Answer {
    if (request.target == "/next") return Text("next");
    return ParkFor(1, seconds(30), &parked);
  };
  auto peer = server.Connect();
  peer.Send(GetText("/") + GetText("/next"));
  ASSERT_TRUE(parked.Wait());
  server.board.Publish("feed", 1);
  EXPECT_THAT(peer.ReadMessage(), HasSubstr("news 1"));
  EXPECT_THAT(peer.ReadMessage(), HasSubstr("next"));
}

// Calls Set when the last copy of the closure that holds it is gone.
struct Farewell {
  explicit Farewell(Event& event) : event(event) {}
  ~Farewell() { event.Set(); }
  Event& event;
};

TEST(Parking, EndsWhenThePeerGoesAway) {
  TestServer server(TestServer::Plain());
  Event parked;
  Event forgotten;
  std::atomic<bool> resumed = false;
  server.handler.act = [&](const HttpRequest&) -> Answer {
    const auto farewell = std::make_shared<Farewell>(forgotten);
    parked.Set();
    return Parked{
        .awaited = {"feed", 0}, .wait = seconds(30), .resume = [farewell, &resumed](bool) {
          resumed = true;
          return Text("");
        }};
  };
  auto peer = server.Connect();
  peer.Send(GetText("/"));
  ASSERT_TRUE(parked.Wait());
  peer.Close();
  EXPECT_TRUE(forgotten.Wait());
  EXPECT_FALSE(resumed);
}

TEST(Parking, EndsWithAnAnswerWhenTheServerDrains) {
  TestServer server(TestServer::Plain());
  Event parked;
  server.handler.act = [&](const HttpRequest&) { return ParkFor(1, seconds(30), &parked); };
  auto peer = server.Connect();
  peer.Send(GetText("/"));
  ASSERT_TRUE(parked.Wait());
  std::thread drain([&] { server.server->Drain(seconds(10)); });
  EXPECT_THAT(peer.ReadUntilClosed(),
              AllOf(HasSubstr("connection: close\r\n"), HasSubstr("last after 0")));
  peer.Close();
  drain.join();
}

TEST(Parking, SurvivesAServerThatStopsAndNewsThatComesLater) {
  auto server = std::make_unique<TestServer>(TestServer::Plain());
  Event parked;
  server->handler.act = [&](const HttpRequest&) { return ParkFor(1, seconds(30), &parked); };
  auto peer = server->Connect();
  peer.Send(GetText("/"));
  ASSERT_TRUE(parked.Wait());
  std::thread publisher([&, board = &server->board] {
    for (int i = 1; i < 100; ++i) board->Publish("feed", i);
  });
  server->server.reset();
  publisher.join();
}

}  // namespace
}  // namespace perennial::net
