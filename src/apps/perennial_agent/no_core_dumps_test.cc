// SPDX-License-Identifier: Apache-2.0
#include "apps/no_core_dumps.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace perennial::apps {
namespace {

TEST(NoCoreDumps, LeaveNoLimitToRaiseAndNoProcessToAttachTo) {
  const auto guarded = [] {
    rlimit limit{1, 1};
    const bool good = ForbidCoreDumps() && getrlimit(RLIMIT_CORE, &limit) == 0 &&
                      limit.rlim_cur == 0 && limit.rlim_max == 0 &&
                      prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
    _exit(good ? 0 : 1);
  };
  EXPECT_EXIT(guarded(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace perennial::apps
