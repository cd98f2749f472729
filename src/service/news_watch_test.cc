// SPDX-License-Identifier: Apache-2.0
#include "service/news_watch.h"

#include <gmock/gmock.h>

#include "service/service.h"
#include "storage/chain_log.h"
#include "storage/testing.h"

namespace perennial::service {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Two processes on one database: what `other_` writes, no board here is told.
class NewsWatchTest : public ::testing::Test {
 protected:
  NewsWatchTest() {
    const storage::Migration migrations[] = {ServiceSchema()};
    EXPECT_TRUE(storage::Migrate(*database_, migrations));
    watch_.AddHead("audit/shop", "audit_head");
  }

  void Wait(const std::string& topic, int64_t position) {
    news_.Subscribe({topic, position}, [this, topic] { woken_.push_back(topic); });
  }
  void WriteElsewhere() {
    EXPECT_TRUE(other_->Write([](storage::Session& session) -> Result<void> {
      TRY(storage::ChainLog("audit").Append(session, "{}"));
      return {};
    }));
  }

  const std::string path_ = storage::NewTestPath("news-watch");
  std::unique_ptr<storage::Database> database_ = storage::OpenTestDatabase(path_);
  std::unique_ptr<storage::Database> other_ = storage::OpenTestDatabase(path_);
  NewsBoard news_;
  NewsWatch watch_{*database_, news_};
  std::vector<std::string> woken_;
};

TEST_F(NewsWatchTest, WakesWhoWaitsForWhatAnotherProcessWrote) {
  Wait("audit/shop", 0);
  watch_.Step();
  EXPECT_THAT(woken_, IsEmpty());
  WriteElsewhere();
  watch_.Step();
  EXPECT_THAT(woken_, ElementsAre("audit/shop"));

  // It knows now how far the topic is: who has all of it waits.
  Wait("audit/shop", 1);
  watch_.Step();
  EXPECT_THAT(woken_, ElementsAre("audit/shop"));
}

TEST_F(NewsWatchTest, AsksOnlyForWhatSomebodyWaitsFor) {
  std::vector<std::vector<std::string>> asked;
  watch_.Add("thing/", [&](storage::Session&, const std::vector<std::string>& topics) {
    asked.push_back(topics);
    return Result<std::vector<NotYet>>({{"thing/a", 8}, {"thing/b", 3}});
  });
  watch_.Step();
  EXPECT_THAT(asked, IsEmpty());
  Wait("thing/a", 7);
  Wait("thing/a", 9);
  Wait("thing/b", 3);
  watch_.Step();
  EXPECT_THAT(asked, ElementsAre(ElementsAre("thing/a", "thing/b")));
  EXPECT_THAT(woken_, ElementsAre("thing/a"));
}

}  // namespace
}  // namespace perennial::service
