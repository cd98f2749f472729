// SPDX-License-Identifier: Apache-2.0
#include "base/metrics.h"

#include <gmock/gmock.h>

namespace perennial {
namespace {

using ::testing::HasSubstr;

TEST(Metrics, AppearInTheTextFormat) {
  auto signatures =
      GetCounter("perennial_test_signatures_total", "Signatures made.", {{"algorithm", "ecdsa"}});
  signatures.Add();
  signatures.Add(2);
  GetGauge("perennial_test_queue_requests", "Requests waiting.").Set(7);
  auto durations =
      GetHistogram("perennial_test_commit_seconds", "Duration of a commit.", {0.01, 0.1});
  durations.Observe(0.05);

  const auto text = RenderMetrics();

  EXPECT_THAT(text, HasSubstr("# HELP perennial_test_signatures_total Signatures made.\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE perennial_test_signatures_total counter\n"));
  EXPECT_THAT(text, HasSubstr("perennial_test_signatures_total{algorithm=\"ecdsa\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("perennial_test_queue_requests 7\n"));
  EXPECT_THAT(text, HasSubstr("perennial_test_commit_seconds_bucket{le=\"0.01\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("perennial_test_commit_seconds_bucket{le=\"+Inf\"} 1\n"));
}

TEST(Metrics, TheSameNameAndLabelsAreTheSameMetric) {
  auto first = GetCounter("perennial_test_same_total", "Same.", {{"a", "1"}});
  GetCounter("perennial_test_same_total", "Same.", {{"a", "1"}}).Add();
  GetCounter("perennial_test_same_total", "Same.", {{"a", "2"}}).Add(5);
  EXPECT_EQ(first.Get(), 1);
}

TEST(Metrics, ANameAgainstTheConventionStopsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  for (const auto* bad : {"signatures_total", "perennial_total", "perennial_Test_things_total",
                          "perennial_test__things_total", "perennial_test_things-made_total"}) {
    EXPECT_DEATH(GetCounter(bad, ""), "convention") << bad;
  }
  EXPECT_DEATH(GetCounter("perennial_test_signatures_made", ""), "_total");
  EXPECT_DEATH(
      {
        GetGauge("perennial_test_mixed_kinds", "");
        GetHistogram("perennial_test_mixed_kinds", "", {1});
      },
      "");
}

}  // namespace
}  // namespace perennial
