// SPDX-License-Identifier: Apache-2.0
#include "base/trouble.h"

#include <gmock/gmock.h>

#include <functional>

namespace perennial {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string Logged(const std::function<void()>& act) {
  ::testing::internal::CaptureStderr();
  act();
  return ::testing::internal::GetCapturedStderr();
}

TEST(Trouble, IsToldWhenItBeginsChangesAndEnds) {
  Trouble trouble("audit", "a chain could not be read", LogField{"source", "identity"});
  const auto met = [&](const char* reason) { return Logged([&] { trouble.Met(reason); }); };
  EXPECT_THAT(met("unknown host"),
              AllOf(HasSubstr("level=warn room=audit msg=\"a chain could not be read\""),
                    HasSubstr("source=identity reason=\"unknown host\"")));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(met("unknown host"), "");
  EXPECT_THAT(met("refused"), HasSubstr("reason=refused"));
  EXPECT_THAT(Logged([&] { trouble.Over(); }),
              AllOf(HasSubstr("level=info"), HasSubstr("after=\"a chain could not be read\"")));
  EXPECT_EQ(Logged([&] { trouble.Over(); }), "");
  EXPECT_THAT(met("refused"), HasSubstr("refused")) << "it began anew";
}

TEST(Trouble, PausesGrowUpToABound) {
  using std::chrono::milliseconds;
  Duration pause = Duration::zero();
  std::vector<Duration> pauses;
  for (int i = 0; i < 7; ++i) {
    pauses.push_back(pause = Longer(pause, milliseconds(200), seconds(5)));
  }
  EXPECT_THAT(pauses, ::testing::ElementsAre(milliseconds(200), milliseconds(400),
                                             milliseconds(800), milliseconds(1600),
                                             milliseconds(3200), seconds(5), seconds(5)));
}

}  // namespace
}  // namespace perennial
