// SPDX-License-Identifier: Apache-2.0
#include "products/common/work_requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "products/common/schema.h"
#include "products/common/testing.h"

namespace perennial::products {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr char kOne[] = "ocid1.loadbalancer.perennial.home-1.one";
constexpr char kTwo[] = "ocid1.loadbalancer.perennial.home-1.two";

class WorkRequestsTest : public ::testing::Test {
 protected:
  std::string Accept(const std::string& resource, const std::string& type) {
    return world.database
        ->WriteValue([&](storage::Session& session) {
          return requests.Accept(session,
                                 {.id = world.service->NewId("loadbalancerworkrequest"),
                                  .resource_id = resource,
                                  .compartment_id = "ocid1.compartment.perennial..c",
                                  .type = type},
                                 world.clock.Now());
        })
        .value()
        .id;
  }
  WorkRequest Get(const std::string& id) {
    return world.database
        ->ReadValue([&](storage::Session& session) { return requests.Get(session, id); })
        .value();
  }
  WorkRequestRunner Runner() {
    return WorkRequestRunner(*world.service, [this](const WorkRequest& request) -> Result<WorkStep> {
      done.push_back(request.type);
      if (answers.empty()) return WorkStep{.finished = true};
      auto answer = answers.front();
      answers.erase(answers.begin());
      return answer;
    });
  }

  testing::ServiceWorld world{"products", {service::ServiceSchema(), ProductsSchema()}};
  WorkRequests requests;
  std::vector<std::string> done;
  std::vector<Result<WorkStep>> answers;
};

TEST_F(WorkRequestsTest, AFinishedRequestSaysWhen) {
  const auto id = Accept(kOne, "CreateListener");
  EXPECT_TRUE(id.starts_with("ocid1.loadbalancerworkrequest."));
  EXPECT_EQ(Get(id).state, WorkState::kAccepted);
  EXPECT_FALSE(Get(id).time_finished);

  auto runner = Runner();
  runner.Step();

  EXPECT_EQ(Get(id).state, WorkState::kSucceeded);
  EXPECT_EQ(Get(id).time_finished, world.clock.Now());
}

TEST_F(WorkRequestsTest, RequestsOfOneResourceAreDoneInOrderAndOneAtATime) {
  Accept(kOne, "first");
  Accept(kOne, "second");
  Accept(kTwo, "other");
  answers = {WorkStep{.finished = false, .again_in = std::chrono::seconds(10)}};
  auto runner = Runner();

  runner.Step();  // "first" must go on later, so "second" must wait; "other" need not.
  runner.Step();
  EXPECT_THAT(done, ::testing::UnorderedElementsAre("first", "other"));

  world.clock.Advance(std::chrono::seconds(10));
  runner.Step();
  runner.Step();
  EXPECT_EQ(done.back(), "second");
  EXPECT_THAT(done, SizeIs(4));
}

TEST_F(WorkRequestsTest, ACrashInTheMiddleIsResumedByAnotherProcess) {
  const auto id = Accept(kOne, "CreateListener");
  answers = {WorkStep{.finished = true, .effect = [](storage::Session&) -> Result<void> {
    return Fail(ErrorCode::kUnavailable, "the process died before the commit");
  }}};
  {
    auto dying = Runner();
    dying.Step();
  }
  EXPECT_EQ(Get(id).state, WorkState::kInProgress);

  world.clock.Advance(std::chrono::minutes(1));
  auto next = Runner();
  next.Step();
  EXPECT_EQ(Get(id).state, WorkState::kSucceeded);
}

TEST_F(WorkRequestsTest, TheEffectAndTheStateAreOneTransaction) {
  const auto id = Accept(kOne, "CreateListener");
  answers = {WorkStep{.finished = true, .effect = [&](storage::Session& session) -> Result<void> {
    TRY(session.Execute("INSERT INTO resource_intent (resource_id, until) VALUES ('x', 1)"));
    return Fail(ErrorCode::kUnavailable, "later");
  }}};
  auto runner = Runner();
  runner.Step();
  EXPECT_EQ(world.Number("SELECT COUNT(*) FROM resource_intent"), 0);
  EXPECT_FALSE(Get(id).time_finished);
}

TEST_F(WorkRequestsTest, OfTwoProcessesThatWorkOnOneRequestOneFinishesIt) {
  const auto id = Accept(kOne, "CreateListener");
  int effects = 0;
  const auto effect = [&](storage::Session&) -> Result<void> {
    ++effects;
    return {};
  };
  WorkRequestRunner other(*world.service, [&](const WorkRequest&) -> Result<WorkStep> {
    return WorkStep{.finished = true, .effect = effect};
  });
  WorkRequestRunner slow(*world.service, [&](const WorkRequest&) -> Result<WorkStep> {
    other.Step();
    return WorkStep{.finished = true, .effect = effect};
  });
  slow.Step();
  EXPECT_EQ(Get(id).state, WorkState::kSucceeded);
  EXPECT_EQ(effects, 1);
  const auto records = world.database->ReadValue([](storage::Session& session) {
    return session.Query("SELECT 1 FROM audit WHERE payload LIKE '%FinishCreateListener%'");
  });
  EXPECT_THAT(records.value(), SizeIs(1));
}

TEST_F(WorkRequestsTest, WhatMayPassIsTriedAgainAndTheRestFailsInWords) {
  const auto id = Accept(kOne, "CreateListener");
  answers = {Fail(ErrorCode::kUnavailable, "identity is away"),
             Fail(ErrorCode::kInvalidArgument, "has no backend set")};
  auto runner = Runner();
  runner.Step();
  EXPECT_EQ(Get(id).state, WorkState::kInProgress);
  EXPECT_EQ(Get(id).attempts, 1);

  world.clock.Advance(std::chrono::minutes(1));
  runner.Step();

  EXPECT_EQ(Get(id).state, WorkState::kFailed);
  EXPECT_EQ(Get(id).error_code, "BAD_INPUT");
  EXPECT_EQ(Get(id).error_message, "has no backend set");
  EXPECT_TRUE(Get(id).time_finished);
}

TEST_F(WorkRequestsTest, ListsTheNewestFirstInPages) {
  for (const char* type : {"one", "two", "three"}) Accept(kOne, type);
  const auto types = [&](std::optional<int64_t> before) {
    std::vector<std::string> names;
    const auto list = world.database->ReadValue(
        [&](storage::Session& session) { return requests.ListOf(session, kOne, 2, before); });
    for (const auto& request : *list) names.push_back(request.type);
    return names;
  };
  EXPECT_THAT(types(std::nullopt), ElementsAre("three", "two"));
  EXPECT_THAT(types(2), ElementsAre("one"));
}

TEST_F(WorkRequestsTest, WhatFinishedLongAgoIsForgotten) {
  Accept(kOne, "old");
  auto runner = Runner();
  runner.Step();
  world.clock.Advance(std::chrono::hours(24 * 15));
  runner.Step();
  EXPECT_EQ(world.Number("SELECT COUNT(*) FROM work_request"), 0);
}

}  // namespace
}  // namespace perennial::products
