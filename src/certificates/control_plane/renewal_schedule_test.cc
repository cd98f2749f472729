// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/renewal_schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace perennial::certificates {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr RenewalLimits kOci{};
constexpr RenewalLimits kDemo{.interval_min = seconds(20)};
constexpr char kId[] = "ocid1.certificate.perennial.home-1.a";

sys_seconds Day(int year, unsigned month, unsigned day) {
  return std::chrono::sys_days(std::chrono::year_month_day(
      std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)));
}
const sys_seconds kStart = Day(2026, 1, 1);

std::string Refusal(const RenewalRule& rule, seconds lifetime, const RenewalLimits& limits) {
  const auto answer = CheckRenewalRule("/certificateRules/0", rule, lifetime, limits);
  if (answer) return "";
  EXPECT_EQ(answer.error().code, ErrorCode::kInvalidArgument);
  return answer.error().message;
}

TEST(RenewalSchedule, CountsBothEndsOfALife) {
  const auto life = LifeOf(kStart, days(90));
  EXPECT_EQ(life.length(), seconds(7'776'000));
  EXPECT_EQ(life.not_after, kStart + days(90) - seconds(1));
}

TEST(RenewalSchedule, LowersAnAdvanceThatIsTooLongInsteadOfRefusing) {
  EXPECT_EQ(EffectiveAdvance({days(10), days(5)}), days(5));
  EXPECT_EQ(EffectiveAdvance({days(10), days(5) + seconds(1)}), days(5));
  EXPECT_EQ(EffectiveAdvance({seconds(11), seconds(100)}), seconds(5));
}

TEST(RenewalSchedule, RefusesAnIntervalBelowTheMinimumToTheSecond) {
  EXPECT_EQ(Refusal({days(1), seconds(0)}, days(90), kOci), "");
  const auto text = Refusal({days(1) - seconds(1), seconds(0)}, days(90), kOci);
  EXPECT_THAT(text, StartsWith("/certificateRules/0/renewalInterval: "));
  EXPECT_THAT(text, HasSubstr("P1D"));
  EXPECT_EQ(Refusal({seconds(20), seconds(0)}, seconds(200), kDemo), "");
  EXPECT_THAT(Refusal({seconds(19), seconds(0)}, seconds(200), kDemo), HasSubstr("PT20S"));
}

TEST(RenewalSchedule, RefusesAnIntervalThatLetsTheCertificateExpireAndNamesTheLatest) {
  EXPECT_EQ(Refusal({days(89), days(20)}, days(90), kOci), "");
  const auto text = Refusal({days(89) + seconds(1), days(20)}, days(90), kOci);
  EXPECT_THAT(text, StartsWith("/certificateRules/0/renewalInterval: "));
  EXPECT_THAT(text, HasSubstr("at most P89D"));
}

TEST(RenewalSchedule, KeepsATenthOfAShortLifeOrTheAdvanceAsSlack) {
  // L ÷ 10 = 20 s is more than the advance.
  EXPECT_EQ(Refusal({seconds(180), seconds(10)}, seconds(200), kDemo), "");
  EXPECT_THAT(Refusal({seconds(181), seconds(10)}, seconds(200), kDemo), HasSubstr("PT3M"));
  // The advance is more.
  EXPECT_EQ(Refusal({seconds(150), seconds(50)}, seconds(200), kDemo), "");
  EXPECT_THAT(Refusal({seconds(151), seconds(50)}, seconds(200), kDemo), HasSubstr("PT2M30S"));
  // The advance is lowered to I ÷ 2, so two thirds of the life is the latest.
  EXPECT_EQ(Refusal({seconds(134), seconds(100)}, seconds(201), kDemo), "");
  EXPECT_THAT(Refusal({seconds(135), seconds(100)}, seconds(201), kDemo), HasSubstr("PT2M14S"));
}

TEST(RenewalSchedule, TheLatestIntervalIsAcceptedAndOneSecondMoreIsNot) {
  for (const auto& limits : {kOci, kDemo}) {
    for (const int64_t lifetime : {200, 3'600, 172'801, 7'776'000, 31'536'000}) {
      for (const int64_t advance : {0, 1, 20, 100, 86'400, 2'592'000}) {
        const auto latest = LatestInterval(seconds(advance), seconds(lifetime), limits);
        if (latest < limits.interval_min) continue;
        EXPECT_EQ(Refusal({latest, seconds(advance)}, seconds(lifetime), limits), "");
        EXPECT_NE(Refusal({latest + seconds(1), seconds(advance)}, seconds(lifetime), limits), "");
      }
    }
  }
}

TEST(RenewalSchedule, SaysWhenALifeIsTooShortForAnyRule) {
  EXPECT_EQ(Refusal({days(1), days(0)}, days(2), kOci), "");
  EXPECT_THAT(Refusal({days(1), days(0)}, days(2) - seconds(1), kOci),
              HasSubstr("longer validity"));
}

TEST(RenewalSchedule, RefusesANegativeAdvance) {
  EXPECT_THAT(Refusal({days(80), seconds(-1)}, days(90), kOci),
              StartsWith("/certificateRules/0/advanceRenewalPeriod: "));
  EXPECT_EQ(Refusal({days(80), seconds(0)}, days(90), kOci), "");
}

// The examples of conventions.md, over many certificates.
TEST(RenewalSchedule, RenewsWhereTheExamplesSay) {
  struct Example {
    RenewalRule rule;
    seconds lifetime, earliest, latest, must_serve;
  };
  const Example examples[] = {
      {{days(80), days(20)}, days(90), days(51) + seconds(1), days(60), days(85) - seconds(1)},
      {{days(335), days(30)},
       days(365),
       hours(24 * 268 + 12) + seconds(1),
       days(305),
       hours(24 * 357 + 12) - seconds(1)},
      {{seconds(110), seconds(20)}, seconds(200), seconds(71), seconds(90), seconds(179)},
  };
  for (const auto& example : examples) {
    std::set<int64_t> seen;
    const auto life = LifeOf(kStart, example.lifetime);
    for (int i = 0; i < 400; ++i) {
      const auto decision = DecideRenewal(kId + std::to_string(i), 3, example.rule, life);
      const auto after = decision.renew_at - kStart;
      EXPECT_GE(after, example.earliest);
      EXPECT_LE(after, example.latest);
      EXPECT_EQ(decision.must_serve_at - kStart, example.must_serve);
      seen.insert(after.count());
    }
    EXPECT_GT(seen.size(), 18u);  // Spread, not one moment.
  }
}

TEST(RenewalSchedule, TheJitterIsFixedByCertificateAndVersion) {
  const auto life = LifeOf(kStart, days(90));
  const RenewalRule rule{days(80), days(20)};
  EXPECT_EQ(DecideRenewal(kId, 3, rule, life).jitter, DecideRenewal(kId, 3, rule, life).jitter);
  EXPECT_NE(DecideRenewal(kId, 3, rule, life).jitter, DecideRenewal(kId, 4, rule, life).jitter);
}

TEST(RenewalSchedule, HasNoJitterWhereThereIsNoRoom) {
  const auto life = LifeOf(kStart, seconds(9));
  EXPECT_EQ(DecideRenewal(kId, 1, {seconds(6), seconds(1)}, life).jitter, seconds(0));
  EXPECT_EQ(DecideRenewal(kId, 1, {seconds(3), seconds(0)}, LifeOf(kStart, days(1))).jitter,
            seconds(0));
}

TEST(RenewalSchedule, CrossesLeapDaysAnd2038) {
  const RenewalRule rule{days(30), days(0)};
  for (const auto start : {Day(2028, 2, 28), Day(2100, 2, 28), Day(2038, 1, 18)}) {
    const auto life = LifeOf(start, days(60));
    const auto decision = DecideRenewal(kId, 1, rule, life);
    EXPECT_EQ(decision.renew_at + decision.jitter, start + days(30));
    EXPECT_EQ(decision.must_serve_at, start + days(59) - seconds(1));
  }
  // 2^31 seconds pass between issue and renewal.
  const auto life = LifeOf(sys_seconds(seconds(2'147'483'640)), seconds(200));
  const auto decision = DecideRenewal(kId, 1, {seconds(110), seconds(20)}, life);
  EXPECT_GT(decision.renew_at.time_since_epoch().count(), 2'147'483'700);
  EXPECT_LT(decision.renew_at, decision.must_serve_at);
}

TEST(RenewalSchedule, MustServeADayBeforeTheEndOrATenthOfAShortLife) {
  const auto at = [](std::optional<RenewalRule> rule, seconds lifetime) {
    const auto life = LifeOf(kStart, lifetime);
    return life.not_after - MustServeAt(rule, life);
  };
  EXPECT_EQ(at(std::nullopt, days(90)), hours(24));
  EXPECT_EQ(at(std::nullopt, days(10)), hours(24));
  EXPECT_EQ(at(std::nullopt, days(10) - seconds(1)), hours(24) - seconds(1));
  EXPECT_EQ(at(RenewalRule{days(80), days(4)}, days(90)), days(1));
  EXPECT_EQ(at(RenewalRule{days(80), days(4) + seconds(4)}, days(90)), days(1) + seconds(1));
  EXPECT_EQ(at(RenewalRule{seconds(110), seconds(20)}, seconds(200)), seconds(20));
}

TEST(RenewalSchedule, RetriesLaterAndLaterButNeverStops) {
  const RenewalRule rule{days(80), days(20)};
  // 60 s doubled up to 1 h, ± 20 %.
  const int64_t plain[] = {60, 120, 240, 480, 960, 1920, 3600, 3600};
  for (int64_t attempt = 1; attempt <= 8; ++attempt) {
    const auto delay = RetryDelay(kId, attempt, rule).count();
    EXPECT_GE(delay, plain[attempt - 1] * 80 / 100) << attempt;
    EXPECT_LE(delay, plain[attempt - 1] * 120 / 100) << attempt;
  }
  EXPECT_LE(RetryDelay(kId, 1'000'000'000, rule), minutes(72));
}

TEST(RenewalSchedule, RetriesFasterWhereTheAdvanceIsShort) {
  const RenewalRule rule{seconds(110), seconds(20)};
  std::set<int64_t> seen;
  for (int i = 0; i < 100; ++i) seen.insert(RetryDelay(kId + std::to_string(i), 1, rule).count());
  EXPECT_EQ(seen, std::set<int64_t>({1}));  // A' ÷ 20.
  for (int64_t attempt = 3; attempt < 9; ++attempt) {
    EXPECT_LE(RetryDelay(kId, attempt, rule), seconds(6));  // A' ÷ 4, and a fifth more.
  }
  EXPECT_GE(RetryDelay(kId, 1, {days(2), seconds(0)}), seconds(1));
}

TEST(RenewalSchedule, SpreadsRetriesByCertificate) {
  std::set<int64_t> seen;
  for (int i = 0; i < 200; ++i) {
    const auto delay = RetryDelay(kId + std::to_string(i), 7, {days(80), days(20)}).count();
    EXPECT_GE(delay, 2880);
    EXPECT_LE(delay, 4320);
    seen.insert(delay);
  }
  EXPECT_GT(seen.size(), 30u);
}

}  // namespace
}  // namespace perennial::certificates
