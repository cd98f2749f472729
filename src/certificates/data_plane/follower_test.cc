// SPDX-License-Identifier: Apache-2.0
#include "certificates/data_plane/follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "api/testing.h"
#include "base/json.h"
#include "certificates/data_plane/testing_feed.h"

namespace perennial::replica {
namespace {

using namespace testing;
using ::testing::HasSubstr;

// A control plane that answers from a feed which the test writes.
class Following : public ::testing::Test {
 protected:
  Following()
      : credential({"enrolment/ocid1.replica.perennial..r1",
                    std::make_shared<pki::PrivateKey>(
                        *pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256))}),
        client(api::Client(transport, &credential, clock, random, "https://cp.example:8643")),
        path(::testing::TempDir() + "replica-" + std::to_string(getpid()) + "-" +
             ::testing::UnitTest::GetInstance()->current_test_info()->name() + ".json") {
    transport.handler = [this](const HttpRequest& request) { return Answer(request); };
    Restart();
  }
  ~Following() override { std::filesystem::remove(path); }

  void Restart() {
    polls = std::make_unique<PollService>(news, clock, CursorKeyFrom(files, path, random));
    follower = std::make_unique<Follower>(client, *polls, files, clock,
                                          Follower::Options{.path = path});
  }
  void Write(std::vector<feed::Change> changes) { items.push_back(source.Next(std::move(changes))); }

  Result<HttpResponse> Answer(const HttpRequest& request) {
    if (away) return Fail(ErrorCode::kUnavailable, "connection refused");
    asked.push_back(request.method + " " + request.target);
    const auto parameters = *QueryParameters(request.target);
    const auto value = [&](std::string_view name) {
      for (const auto& [key, text] : parameters) {
        if (key == name) return text;
      }
      return std::string();
    };
    HttpResponse response;
    if (request.path() == "/20260101/changeFeed") {
      const auto after = std::stoll(value("after"));
      if (after < pruned || (after > 0 && after <= std::ssize(items) && !value("hash").empty() &&
                             items[static_cast<size_t>(after - 1)].hash != value("hash")) ||
          after > std::ssize(items)) {
        response.status = 410;
        response.body = R"({"code":"SnapshotNeeded","message":"too old"})";
        return response;
      }
      feed::ChangeFeed answer{after, value("hash"), {}};
      for (const auto& item : items) {
        if (item.position > after) answer.items.push_back(item);
      }
      response.body = EncodeJson(answer);
    } else if (request.path() == "/20260101/changeFeed/snapshot") {
      Replica truth;
      for (const auto& item : items) truth.Apply(item);
      feed::FeedSnapshot answer{truth.position(), truth.hash(), {}};
      const auto page = value("page");
      const bool associations = value("table") == "ASSOCIATIONS";
      const auto rows = truth.Rows();
      size_t skip = page.empty() ? 0 : std::stoul(page);
      for (size_t i = skip; i < rows.size() && answer.items.size() < 2; ++i) {
        skip = i + 1;
        if (associations == (rows[i].kind == feed::ChangeKind::kAssociationCreated)) {
          answer.items.push_back({truth.position(), rows[i]});
        }
      }
      if (skip < rows.size()) {
        response.headers.emplace_back("opc-next-page", std::to_string(skip));
      }
      if (on_page) on_page();
      response.body = EncodeJson(answer);
    } else {
      sightings = request.body;
      response.status = 204;
    }
    return response;
  }

  ManualClock clock;
  SystemRandom random;
  SystemFiles files;
  NewsBoard news;
  api::FakeTransport transport;
  http_signature::StaticCredential credential;
  api::certificates::CertificatesClient client;
  const std::string path;
  std::unique_ptr<PollService> polls;
  std::unique_ptr<Follower> follower;

  TestFeed source;
  std::vector<feed::FeedItem> items;
  int64_t pruned = 0;
  bool away = false;
  std::function<void()> on_page;
  std::vector<std::string> asked;
  std::string sightings;
};

TEST_F(Following, BeginsWithASnapshotAndGoesOnWithTheFeed) {
  Write({Created("a", 1), Created("b", 1), Created("c", 1)});
  Write({Want("a", "n1", 2)});
  EXPECT_EQ(follower->Step(), Duration::zero());
  EXPECT_TRUE(polls->ready());
  EXPECT_EQ(polls->position(), 2);
  Write({Current("a", 2)});
  follower->Step();
  EXPECT_EQ(polls->position(), 3);
  EXPECT_EQ(polls->hash(), source.hash);
  EXPECT_EQ(polls->CopyState().rows.size(), 4u);
  EXPECT_EQ(polls->Behind(), Duration::zero());
}

TEST_F(Following, WhatChangesWhileTheSnapshotIsReadIsInIt) {
  Write({Created("a", 1), Created("b", 1), Created("c", 1)});
  on_page = [&, left = 2]() mutable {
    if (left-- > 0) Write({Current("a", 3 - left), Created("d" + std::to_string(left), 1)});
  };
  follower->Step();
  EXPECT_EQ(polls->position(), 3);
  Replica truth;
  for (const auto& item : items) truth.Apply(item);
  EXPECT_EQ(polls->CopyState().rows, truth.Rows());
}

TEST_F(Following, StartsFromItsFileWithTheControlPlaneAway) {
  Write({Created("a", 1)});
  follower->Step();
  const auto key = polls->cursor_key();
  away = true;
  Restart();
  EXPECT_EQ(polls->cursor_key(), key);
  follower->LoadFromDisk();
  EXPECT_TRUE(polls->ready());
  EXPECT_EQ(polls->position(), 1);
  EXPECT_GT(follower->Step(), Duration::zero());
  EXPECT_GT(polls->Behind(), std::chrono::hours(24));
  away = false;
  Write({Current("a", 2)});
  asked.clear();
  follower->Step();
  EXPECT_EQ(polls->position(), 2);
  EXPECT_EQ(asked.size(), 1u);  // No snapshot was needed.
}

TEST_F(Following, ADamagedFileIsNotUsed) {
  ASSERT_TRUE(files.ReplaceAtomically(path, "{\"format\":1", 0600));
  Restart();
  follower->LoadFromDisk();
  EXPECT_FALSE(polls->ready());
  Write({Created("a", 1)});
  follower->Step();
  EXPECT_TRUE(polls->ready());
}

TEST_F(Following, ATailThatIsGoneLeadsToASnapshot) {
  Write({Created("a", 1)});
  follower->Step();
  for (int i = 0; i < 5; ++i) Write({Current("a", i + 2)});
  pruned = 4;
  follower->Step();
  EXPECT_EQ(polls->position(), 1);  // Still serving what it had.
  follower->Step();
  EXPECT_EQ(polls->position(), 6);
}

TEST_F(Following, AnotherHistoryLeadsToASnapshot) {
  Write({Created("a", 1)});
  follower->Step();
  items.clear();
  source = TestFeed();
  Write({Created("z", 1)});
  follower->Step();
  follower->Step();
  EXPECT_EQ(polls->hash(), source.hash);
  EXPECT_EQ(polls->CopyState().rows.front().association_id, "z");
}

TEST_F(Following, AnItemThatDoesNotChainIsNotApplied) {
  Write({Created("a", 1)});
  follower->Step();
  Write({Current("a", 2)});
  items.back().changes[0].version = 9;
  follower->Step();
  EXPECT_EQ(polls->position(), 1);
  items.back().changes[0].version = 2;
  follower->Step();
  EXPECT_EQ(polls->position(), 2);
}

TEST_F(Following, PausesGrowWhileNobodyAnswers) {
  away = true;
  const auto first = follower->Step();
  const auto second = follower->Step();
  EXPECT_GT(second, first);
  for (int i = 0; i < 20; ++i) follower->Step();
  EXPECT_EQ(follower->Step(), seconds(10));
}

TEST_F(Following, SightingsAreHandedIn) {
  Write({Created("a", 1)});
  follower->Step();
  api::updates::PollRequest request;
  request.set.emplace();
  polls->Poll({.id = "n1", .product_kinds = {}, .request_id = "r"}, request, true).value();
  EXPECT_EQ(follower->SightingsStep(), seconds(3));
  EXPECT_THAT(sightings, HasSubstr("\"n1\""));
  sightings.clear();
  follower->SightingsStep();
  EXPECT_EQ(sightings, "");
}

TEST_F(Following, TheFileIsWrittenSeldomAndOnlyByNeed) {
  Write({Created("a", 1)});
  follower->Step();
  const auto first = *files.Read(path);
  Write({Current("a", 2)});
  follower->Step();
  EXPECT_EQ(*files.Read(path), first);
  clock.Advance(seconds(11));
  follower->Step();
  EXPECT_NE(*files.Read(path), first);
  EXPECT_EQ(std::filesystem::status(path).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

}  // namespace
}  // namespace perennial::replica
