// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"

#include "base/spelled_duration.h"

#include <gmock/gmock.h>

namespace perennial {
namespace {

using std::chrono::days;
using std::chrono::hours;

std::string Normal(std::string_view text) {
  const auto time = ParseTime(text);
  return time ? FormatTime(*time) : "refused";
}

TEST(Time, ReadsWhatClientsSend) {
  EXPECT_EQ(Normal("2019-04-03T21:10:29.600Z"), "2019-04-03T21:10:29.600Z");
  EXPECT_EQ(Normal("2019-04-03T21:10:29Z"), "2019-04-03T21:10:29.000Z");
  EXPECT_EQ(Normal("2019-04-03t21:10:29z"), "2019-04-03T21:10:29.000Z");
  EXPECT_EQ(Normal("2019-04-03T23:10:29+02:00"), "2019-04-03T21:10:29.000Z");
  EXPECT_EQ(Normal("2019-04-03T21:10:29-00:30"), "2019-04-03T21:40:29.000Z");
  // The OCI SDK for TypeScript writes hours of one digit.
  EXPECT_EQ(Normal("2019-04-03T7:10:29.6Z"), "2019-04-03T07:10:29.600Z");
}

TEST(Time, KeepsMicrosecondsAndCutsWhatIsFiner) {
  EXPECT_EQ(ToMicros(*ParseTime("1970-01-01T00:00:00.000001Z")), 1);
  EXPECT_EQ(ToMicros(*ParseTime("1970-01-01T00:00:00.1234569Z")), 123456);
  EXPECT_EQ(ToMicros(*ParseTime("1970-01-01T00:00:01.5Z")), 1500000);
}

TEST(Time, KnowsTheCalendar) {
  EXPECT_EQ(Normal("2028-02-29T12:00:00Z"), "2028-02-29T12:00:00.000Z");
  EXPECT_EQ(Normal("2000-02-29T12:00:00Z"), "2000-02-29T12:00:00.000Z");
  EXPECT_EQ(Normal("2026-02-29T12:00:00Z"), "refused");
  EXPECT_EQ(Normal("2100-02-29T12:00:00Z"), "refused");
  EXPECT_EQ(Normal("2026-04-31T12:00:00Z"), "refused");
  EXPECT_EQ(Normal("2026-13-01T12:00:00Z"), "refused");
  EXPECT_EQ(Normal("2026-00-10T12:00:00Z"), "refused");
  // A leap second is the second before it (RFC 3339 §5.6).
  EXPECT_EQ(Normal("2016-12-31T23:59:60Z"), "2016-12-31T23:59:59.000Z");
}

TEST(Time, GoesOnAfter2038) {
  const auto last_of_32_bits = ParseTime("2038-01-19T03:14:07Z");
  ASSERT_TRUE(last_of_32_bits);
  EXPECT_EQ(FormatTime(*last_of_32_bits + seconds(1)), "2038-01-19T03:14:08.000Z");
  EXPECT_EQ(ToMicros(*last_of_32_bits) / 1000000, 2147483647);
  EXPECT_EQ(Normal("9999-12-31T23:59:59.999Z"), "9999-12-31T23:59:59.999Z");
}

TEST(Time, RefusesTimesOutsideItsRange) {
  EXPECT_EQ(Normal("1970-01-01T00:00:00Z"), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(Normal("1969-12-31T23:59:59Z"), "refused");
  EXPECT_EQ(Normal("1970-01-01T00:00:00+00:01"), "refused");
  EXPECT_EQ(Normal("9999-12-31T23:59:59-00:01"), "refused");
  EXPECT_EQ(Normal("10000-01-01T00:00:00Z"), "refused");
}

TEST(Time, RefusesWhatIsNotRfc3339) {
  for (const auto* bad :
       {"", "2026-01-01", "2026-01-01T12:00Z", "2026-01-01T12:00:00", "2026-1-01T12:00:00Z",
        "2026-01-01T24:00:00Z", "2026-01-01T12:60:00Z", "2026-01-01T12:00:61Z",
        "2026-01-01T12:00:00.Z", "2026-01-01T12:00:00+2:00", "2026-01-01T12:00:00+24:00",
        "2026-01-01T12:00:00Z ", " 2026-01-01T12:00:00Z", "2026-01-01T12:00:00ZZ",
        "+2026-01-01T12:00:00Z", "2026-01-01T12:00:00,5Z", "2026-01-01T-1:00:00Z"}) {
    EXPECT_EQ(Normal(bad), "refused") << bad;
  }
  EXPECT_EQ(ParseTime("soon").error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(ParseTime("soon").error().message, ::testing::HasSubstr("\"soon\""));
}

TEST(HttpDate, GoesThereAndBack) {
  const auto time = ParseTime("2026-11-24T14:03:07Z");
  EXPECT_EQ(FormatHttpDate(*time), "Tue, 24 Nov 2026 14:03:07 GMT");
  EXPECT_EQ(ParseHttpDate("Tue, 24 Nov 2026 14:03:07 GMT"), *time);
  EXPECT_EQ(ParseHttpDate("Thu, 1 Jan 2026 7:03:07 GMT"), *ParseTime("2026-01-01T07:03:07Z"));
}

TEST(HttpDate, RefusesOtherForms) {
  for (const auto* bad : {"", "Tuesday, 24-Nov-26 14:03:07 GMT", "Tue Nov 24 14:03:07 2026",
                          "Tue, 24 Nov 2026 14:03:07", "Tue, 24 Nov 2026 14:03:07 UTC",
                          "Tue, 24 Nov 2026 14:03:07 GMT+1", "Foo, 24 Nov 2026 14:03:07 GMT",
                          "Tue, 24 nov 2026 14:03:07 GMT", "Tue, 31 Nov 2026 14:03:07 GMT",
                          "Tue, 24 Nov 2026 25:03:07 GMT"}) {
    EXPECT_FALSE(ParseHttpDate(bad)) << bad;
  }
}

TEST(DurationText, ReadsIso8601) {
  EXPECT_EQ(ParseDuration("P30D"), days(30));
  EXPECT_EQ(ParseDuration("P1W"), days(7));
  EXPECT_EQ(ParseDuration("P1DT12H"), hours(36));
  EXPECT_EQ(ParseDuration("PT110S"), seconds(110));
  EXPECT_EQ(ParseDuration("PT1H2M3S"), seconds(3723));
  EXPECT_EQ(ParseDuration("P0D"), seconds(0));
  EXPECT_EQ(ParseDuration("P36525D"), days(36525));
}

TEST(DurationText, RefusesWhatHasNoFixedLengthOrNoMeaning) {
  for (const auto* bad :
       {"",     "P",    "PT",      "P1",      "1D",      "P1M",          "P1Y",   "P1Y2D",  "-P1D",
        "P-1D", "P+1D", "P1.5D",   "PT1.5S",  "P1DT",    "PT1D",         "P1H",   "PT1S2H", "P1D1D",
        "p1d",  "P1D ", "P1DTT1H", "PT1HT1S", "P36526D", "P9999999999D", "P1D2W", "PD"}) {
    EXPECT_FALSE(ParseDuration(bad)) << bad;
  }
  EXPECT_EQ(ParseDuration("P1M").error().code, ErrorCode::kInvalidArgument);
}

TEST(DurationText, WritesDaysWhenTheyAreWhole) {
  EXPECT_EQ(FormatDuration(days(30)), "P30D");
  EXPECT_EQ(FormatDuration(seconds(110)), "PT110S");
  EXPECT_EQ(FormatDuration(seconds(86401)), "PT86401S");
  EXPECT_EQ(FormatDuration(seconds(0)), "PT0S");
  for (const int64_t count : {0, 1, 59, 86399, 86400, 86401, 30 * 86400}) {
    EXPECT_EQ(ParseDuration(FormatDuration(seconds(count))), seconds(count));
  }
}

TEST(SpellDuration, HasTheUnitsThatAPersonReads) {
  EXPECT_EQ(SpellDuration(days(25) - seconds(1)), "P24DT23H59M59S");
  EXPECT_EQ(SpellDuration(days(90)), "P90D");
  EXPECT_EQ(SpellDuration(seconds(110)), "PT1M50S");
  EXPECT_EQ(SpellDuration(seconds(3600)), "PT1H");
  EXPECT_EQ(SpellDuration(seconds(0)), "PT0S");
  for (const int64_t count : {1, 59, 60, 86399, 86400, 86401, 2159999}) {
    EXPECT_EQ(ParseDuration(SpellDuration(seconds(count))), seconds(count));
  }
}

}  // namespace
}  // namespace perennial
