// SPDX-License-Identifier: Apache-2.0
// What a poll answers (wire.md, "Poll"; security.md C02, C10, C13).
#include "certificates/data_plane/poll_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "base/testing_mutant.h"
#include "certificates/data_plane/testing_feed.h"

namespace perennial::replica {
namespace {

using namespace testing;
using api::updates::PollAnswer;
using api::updates::PollRequest;
using api::updates::ServedSet;
using api::updates::UpdateNews;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

UpdateNews Wanted(const std::string& id, int64_t version) {
  return {.association_id = id, .wanted = version, .revision = std::nullopt};
}

class Polls : public ::testing::Test {
 protected:
  Polls() : polls(news, clock, "key") {
    polls.Replace(Replica());
    Apply({Created("a", 1), Created("b", 1), Created("gateway", 1, "apigateway")});
  }
  void Apply(std::vector<feed::Change> changes) {
    EXPECT_TRUE(polls.Apply({source.Next(std::move(changes))}));
  }
  PollCaller Node(const std::string& id = "n1") {
    return {.id = id, .product_kinds = {"loadbalancer"}, .request_id = std::to_string(++requests)};
  }
  PollAnswer Ask(const PollCaller& caller, const PollRequest& request, bool last = true) {
    auto answer = polls.Poll(caller, request, last);
    EXPECT_TRUE(answer) << answer.error().message;
    if (!answer || !std::holds_alternative<PollAnswer>(*answer)) return {};
    return std::get<PollAnswer>(*answer);
  }
  static PollRequest First(std::vector<api::updates::ServedAssociation> set) {
    PollRequest request;
    request.set = std::move(set);
    return request;
  }
  static PollRequest Later(const PollAnswer& answer) {
    PollRequest request;
    request.cursor = answer.cursor;
    request.set_digest = answer.set_digest;
    return request;
  }

  NewsBoard news;
  ManualClock clock;
  PollService polls;
  TestFeed source;
  int requests = 0;
};

TEST_F(Polls, TheFirstIsAnsweredWithWhatDiffers) {
  Apply({Current("b", 2)});
  const auto answer = Ask(Node(), First({{"a", 1}, {"b", 1}, {"unknown", 3}}));
  EXPECT_THAT(answer.changes, ElementsAre(Wanted("b", 2)));
  EXPECT_EQ(answer.set_digest, ServedSet({{"a", 1}, {"b", 1}, {"unknown", 3}}).Digest());
  EXPECT_FALSE(answer.need_set);
  EXPECT_TRUE(answer.cursor);
}

TEST_F(Polls, LaterOnesOnlyWithWhatChangedAndConcernsTheCaller) {
  const auto first = Ask(Node(), First({{"a", 1}}));
  EXPECT_THAT(first.changes, IsEmpty());
  Apply({Current("b", 2), Want("a", "n2", 7)});
  const auto second = Ask(Node(), Later(first));
  EXPECT_THAT(second.changes, IsEmpty());
  Apply({Want("a", "n1", 2)});
  EXPECT_THAT(Ask(Node(), Later(second)).changes, ElementsAre(Wanted("a", 2)));
  Apply({Current("a", 2), Want("a", "n1", std::nullopt)});
  EXPECT_THAT(Ask(Node(), Later(first)).changes, ElementsAre(Wanted("a", 2)));
}

TEST_F(Polls, ASetIsChangedByWhatWasAddedAndRemoved) {
  const auto first = Ask(Node(), First({{"a", 1}}));
  Apply({Current("b", 2)});
  auto request = Later(first);
  request.added = {{{"b", 1}}};
  request.removed = {{"a"}};
  const auto second = Ask(Node(), request);
  EXPECT_THAT(second.changes, ElementsAre(Wanted("b", 2)));
  EXPECT_EQ(second.set_digest, ServedSet({{"b", 1}}).Digest());
  Apply({Current("a", 5)});
  EXPECT_THAT(Ask(Node(), Later(second)).changes, IsEmpty());
}

TEST_F(Polls, WhoIsNotKnownIsAskedForItsSet) {
  PollRequest request;
  request.set_digest = ServedSet({{"a", 1}}).Digest();
  const auto answer = Ask(Node(), request);
  EXPECT_TRUE(answer.need_set);
  EXPECT_FALSE(answer.cursor);
  EXPECT_THAT(answer.changes, IsEmpty());
  const auto first = Ask(Node(), First({{"a", 1}}));
  EXPECT_TRUE(Ask(Node("n2"), Later(first)).need_set);
}

TEST_F(Polls, ItWaitsUntilSomethingConcernsTheCaller) {
  const auto first = Ask(Node(), First({{"a", 1}}));
  auto request = Later(first);
  request.wait_seconds = 30;
  const auto caller = Node();
  const auto waiting = polls.Poll(caller, request, false);
  ASSERT_TRUE(waiting);
  ASSERT_TRUE(std::holds_alternative<NotYet>(*waiting));
  bool woken = false;
  news.Subscribe(std::get<NotYet>(*waiting), [&] { woken = true; });
  Apply({Current("b", 2)});
  EXPECT_TRUE(woken);
  EXPECT_TRUE(std::holds_alternative<NotYet>(*polls.Poll(caller, request, false)));
  Apply({Current("a", 2)});
  EXPECT_THAT(Ask(caller, request, false).changes, ElementsAre(Wanted("a", 2)));
}

TEST_F(Polls, AParkedRequestWithANewSetIsTakenUpOnce) {
  const auto first = Ask(Node(), First({{"a", 1}}));
  auto request = Later(first);
  request.added = {{{"b", 1}}};
  request.wait_seconds = 30;
  const auto caller = Node();
  EXPECT_TRUE(std::holds_alternative<NotYet>(*polls.Poll(caller, request, false)));
  const auto answer = Ask(caller, request, true);
  EXPECT_FALSE(answer.need_set);
  EXPECT_EQ(answer.set_digest, ServedSet({{"a", 1}, {"b", 1}}).Digest());
}

TEST_F(Polls, WhatItWaitsForInVainIsAnsweredAtTheLastChance) {
  auto request = First({{"a", 1}});
  request.wait_seconds = 30;
  const auto answer = Ask(Node(), request, true);
  EXPECT_THAT(answer.changes, IsEmpty());
  EXPECT_TRUE(answer.cursor);
}

TEST_F(Polls, OtherKindsAreAbsent) {
  Apply({Current("gateway", 4)});
  EXPECT_THAT(Ask(Node(), First({{"gateway", 1}})).changes, IsEmpty());
  const auto known = Ask(Node(), First({{"gateway", 1}}));
  Apply({Ended("gateway")});
  EXPECT_THAT(Ask(Node(), Later(known)).changes, IsEmpty());
  Apply({Created("gateway", 5, "apigateway")});
  const MutantOn mutant("replica.any_kind");
  EXPECT_THAT(Ask(Node(), First({{"gateway", 1}})).changes, ElementsAre(Wanted("gateway", 5)));
}

TEST_F(Polls, AnEndIsNews) {
  const auto first = Ask(Node(), First({{"a", 1}}));
  Apply({Ended("a")});
  const auto answer = Ask(Node(), Later(first));
  ASSERT_EQ(answer.changes.size(), 1u);
  EXPECT_TRUE(answer.changes[0].ended);
  EXPECT_EQ(answer.changes[0].wanted, std::nullopt);
}

TEST_F(Polls, AServiceLearnsWhatIsCurrentAndNoNodesWant) {
  const PollCaller service{
      .id = "s", .is_node = false, .product_kinds = {"loadbalancer"}, .request_id = "r"};
  Apply({Want("a", "n1", 2)});
  EXPECT_THAT(Ask(service, First({{"a", 1}})).changes, IsEmpty());
  EXPECT_THAT(polls.TakeSightings(), IsEmpty());
}

TEST_F(Polls, ABadRequestIsNamed) {
  const auto refused = [&](const PollRequest& request, const std::string& pointer) {
    const auto answer = polls.Poll(Node(), request, true);
    EXPECT_FALSE(answer);
    return !answer && answer.error().message.starts_with(pointer);
  };
  std::vector<api::updates::ServedAssociation> many;
  for (int i = 0; i < 10'001; ++i) many.push_back({"a" + std::to_string(i), 1});
  EXPECT_TRUE(refused(First(many), "/set"));
  {
    const MutantOn mutant("replica.any_size");
    EXPECT_TRUE(refused(First(many), "/added"));  // The set itself is bounded too.
  }
  auto other = First({});
  other.format = 2;
  EXPECT_TRUE(refused(other, "/format"));
  EXPECT_TRUE(refused(PollRequest{}, "/set"));
  auto both = First({});
  both.added = {{{"a", 1}}};
  EXPECT_TRUE(refused(both, "/set"));
  auto slow = First({});
  slow.wait_seconds = 51;
  EXPECT_TRUE(refused(slow, "/waitSeconds"));
}

TEST_F(Polls, ASetCannotGrowPastItsBound) {
  std::vector<api::updates::ServedAssociation> many;
  for (int i = 0; i < 10'000; ++i) many.push_back({"a" + std::to_string(i), 1});
  const auto first = Ask(Node(), First(many));
  auto request = Later(first);
  request.added = {{{"one more", 1}}};
  EXPECT_FALSE(polls.Poll(Node(), request, true));
}

TEST_F(Polls, DuplicatesCountOnce) {
  EXPECT_EQ(Ask(Node(), First({{"a", 1}, {"a", 1}})).set_digest, ServedSet({{"a", 1}}).Digest());
}

TEST_F(Polls, AForeignCursorIsNoCursor) {
  Apply({Current("a", 2)});
  auto request = Later(Ask(Node(), First({{"a", 1}})));
  request.cursor = "nonsense";
  // Everything is compared anew.
  EXPECT_THAT(Ask(Node(), request).changes, ElementsAre(Wanted("a", 2)));
}

TEST_F(Polls, AReplicaThatIsBehindTakesNobodyBack) {
  PollService behind(news, clock, "key");
  behind.Replace(Replica(1, polls.hash(), {Created("a", 1)}));
  Apply({Current("a", 2)});
  const auto ahead = Ask(Node(), First({{"a", 2}}));
  // The set comes from a caller whose cursor is beyond what this replica knows.
  auto request = First({{"a", 2}});
  request.cursor = ahead.cursor;
  const auto answer = behind.Poll(Node(), request, true);
  ASSERT_TRUE(answer);
  EXPECT_THAT(std::get<PollAnswer>(*answer).changes, IsEmpty());
  EXPECT_EQ(std::get<PollAnswer>(*answer).cursor, ahead.cursor);
}

TEST_F(Polls, AnotherHistoryIsComparedAnew) {
  const auto first = Ask(Node(), First({{"a", 1}}));
  polls.Replace(Replica(1, std::string(64, 'f'), {Created("a", 3)}));
  EXPECT_THAT(Ask(Node(), Later(first)).changes, ElementsAre(Wanted("a", 3)));
}

TEST_F(Polls, TheWholeAnswerHasConstantSizeWhileNothingChanges) {
  std::vector<api::updates::ServedAssociation> many;
  std::vector<feed::Change> created;
  for (int i = 0; i < 5000; ++i) {
    many.push_back({"x" + std::to_string(i), 1});
    created.push_back(Created("x" + std::to_string(i), 1));
  }
  Apply(created);
  const auto small = Ask(Node(), Later(Ask(Node(), First({{"a", 1}}))));
  const auto large = Ask(Node("n2"), Later(Ask(Node("n2"), First(many))));
  EXPECT_EQ(EncodeJson(small).size(), EncodeJson(large).size());
}

TEST_F(Polls, SaysHowFarItIsBehind) {
  EXPECT_GT(Ask(Node(), First({})).behind_seconds, 1e6);
  polls.Confirmed();
  clock.Advance(std::chrono::milliseconds(3200));
  EXPECT_EQ(Ask(Node(), First({})).behind_seconds, 3);
}

TEST_F(Polls, KnowsNothingBeforeItsFirstState) {
  PollService empty(news, clock, "key");
  const auto answer = empty.Poll(Node(), First({}), true);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
}

TEST_F(Polls, ANodeIsSeenWhenItAsksNotWhenItIsWoken) {
  auto request = First({{"a", 1}});
  request.wait_seconds = 30;
  const auto caller = Node();
  polls.Poll(caller, request, false).value();
  ASSERT_EQ(polls.TakeSightings().size(), 1u);
  polls.Poll(caller, request, false).value();
  EXPECT_THAT(polls.TakeSightings(), IsEmpty());
  polls.Poll(Node(), request, true).value();
  const auto seen = polls.TakeSightings();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].node_id, "n1");
  EXPECT_EQ(seen[0].time_seen, clock.Now());
}

}  // namespace
}  // namespace perennial::replica
