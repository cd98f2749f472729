// SPDX-License-Identifier: Apache-2.0
// Points in time and durations as they travel: RFC 3339 and ISO 8601.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/error.h"

namespace perennial {

using std::chrono::seconds;

// UTC, microseconds: the resolution of the database.
using Time = std::chrono::sys_time<std::chrono::microseconds>;
using Duration = std::chrono::microseconds;

// FormatTime returns RFC 3339 UTC with milliseconds, as `2019-04-03T21:10:29.600Z`.
std::string FormatTime(Time time);

// ParseTime accepts RFC 3339 with Z or an offset, fractions of a second, and hours of one digit,
// which the OCI TypeScript SDK sends. kInvalidArgument otherwise; years outside 1970 to 9999 are
// refused.
Result<Time> ParseTime(std::string_view text);

// FormatHttpDate returns an IMF-fixdate, `Tue, 24 Nov 2026 14:03:07 GMT` (RFC 9110 §5.6.7).
std::string FormatHttpDate(Time time);

// ParseHttpDate accepts IMF-fixdate with one- or two-digit day and hour; kInvalidArgument
// otherwise.
Result<Time> ParseHttpDate(std::string_view text);

// FormatDuration returns ISO 8601: whole days as `P30D`, anything else as `PT110S`.
std::string FormatDuration(seconds duration);

// ParseDuration accepts ISO 8601 with weeks, days, hours, minutes and seconds (`P30D`, `P1DT12H`).
// Years and months have no fixed length and are kInvalidArgument, as are signs, fractions and more
// than 100 years.
Result<seconds> ParseDuration(std::string_view text);

inline int64_t ToMicros(Time time) { return time.time_since_epoch().count(); }
inline Time FromMicros(int64_t micros) { return Time(std::chrono::microseconds(micros)); }
inline std::chrono::sys_seconds ToSeconds(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time);
}

}  // namespace perennial
