// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "base/encoding.h"

namespace perennial {
namespace {

using std::chrono::day;
using std::chrono::days;
using std::chrono::floor;
using std::chrono::month;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr Time kEnd = std::chrono::sys_days(year{10000} / 1 / 1);

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"Sun", "Mon", "Tue", "Wed",
                                                       "Thu", "Fri", "Sat"};

// Reads a text from left to right; each step says whether it fitted.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  // Number takes `min` to `max` decimal digits.
  std::optional<int> Number(size_t min, size_t max) {
    size_t count = 0;
    int value = 0;
    while (count < max && count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9') {
      value = value * 10 + (rest_[count] - '0');
      ++count;
    }
    if (count < min) return std::nullopt;
    rest_.remove_prefix(count);
    return value;
  }
  bool Literal(std::string_view literal) {
    if (!rest_.starts_with(literal)) return false;
    rest_.remove_prefix(literal.size());
    return true;
  }
  std::string_view Take(size_t count) {
    const auto taken = rest_.substr(0, count);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  bool AtEnd() const { return rest_.empty(); }
  char Peek() const { return rest_.empty() ? '\0' : rest_.front(); }

 private:
  std::string_view rest_;
};

std::optional<Time> Assemble(int y, int mo, int d, int h, int mi, int s) {
  const year_month_day date{year{y}, month{static_cast<unsigned>(mo)},
                            day{static_cast<unsigned>(d)}};
  // A leap second (RFC 3339 §5.6) is read as the second before it.
  if (s == 60) s = 59;
  if (!date.ok() || y < 1970 || y > 9999 || h > 23 || mi > 59 || s > 59) return std::nullopt;
  return Time(std::chrono::sys_days(date)) + std::chrono::hours(h) + std::chrono::minutes(mi) +
         seconds(s);
}

std::optional<Time> ReadRfc3339(std::string_view text) {
  Reader in(text);
  const auto y = in.Number(4, 4);
  if (!y || !in.Literal("-")) return std::nullopt;
  const auto mo = in.Number(2, 2);
  if (!mo || !in.Literal("-")) return std::nullopt;
  const auto d = in.Number(2, 2);
  if (!d || !(in.Literal("T") || in.Literal("t") || in.Literal(" "))) return std::nullopt;
  const auto h = in.Number(1, 2);
  if (!h || !in.Literal(":")) return std::nullopt;
  const auto mi = in.Number(2, 2);
  if (!mi || !in.Literal(":")) return std::nullopt;
  const auto s = in.Number(2, 2);
  if (!s || *s > 60) return std::nullopt;
  int64_t micros = 0;
  if (in.Literal(".")) {
    int digits = 0;
    while (in.Peek() >= '0' && in.Peek() <= '9') {
      const int digit = *in.Number(1, 1);
      if (digits < 6) micros = micros * 10 + digit;
      ++digits;
    }
    if (digits == 0) return std::nullopt;
    for (; digits < 6; ++digits) micros *= 10;
  }
  std::chrono::minutes offset{0};
  if (!(in.Literal("Z") || in.Literal("z"))) {
    const bool minus = in.Literal("-");
    if (!minus && !in.Literal("+")) return std::nullopt;
    const auto oh = in.Number(2, 2);
    if (!oh || !in.Literal(":")) return std::nullopt;
    const auto om = in.Number(2, 2);
    if (!om || *oh > 23 || *om > 59) return std::nullopt;
    offset = std::chrono::minutes((*oh * 60 + *om) * (minus ? -1 : 1));
  }
  if (!in.AtEnd()) return std::nullopt;
  const auto time = Assemble(*y, *mo, *d, *h, *mi, *s);
  if (!time) return std::nullopt;
  return *time + std::chrono::microseconds(micros) - offset;
}

std::optional<Time> ReadHttpDate(std::string_view text) {
  Reader in(text);
  bool weekday_known = false;
  const auto weekday = in.Take(3);
  for (const auto name : kWeekdays) weekday_known |= name == weekday;
  if (!weekday_known || !in.Literal(", ")) return std::nullopt;
  const auto d = in.Number(1, 2);
  if (!d || !in.Literal(" ")) return std::nullopt;
  const auto month_name = in.Take(3);
  int mo = 0;
  for (size_t i = 0; i < kMonths.size(); ++i) {
    if (kMonths[i] == month_name) mo = static_cast<int>(i) + 1;
  }
  if (mo == 0 || !in.Literal(" ")) return std::nullopt;
  const auto y = in.Number(4, 4);
  if (!y || !in.Literal(" ")) return std::nullopt;
  const auto h = in.Number(1, 2);
  if (!h || !in.Literal(":")) return std::nullopt;
  const auto mi = in.Number(2, 2);
  if (!mi || !in.Literal(":")) return std::nullopt;
  const auto s = in.Number(2, 2);
  if (!s || *s > 60 || !in.Literal(" GMT") || !in.AtEnd()) return std::nullopt;
  return Assemble(*y, mo, *d, *h, *mi, *s);
}

}  // namespace

std::string FormatTime(Time time) {
  const auto date_part = floor<days>(time);
  const year_month_day date(date_part);
  const std::chrono::hh_mm_ss clock(floor<std::chrono::milliseconds>(time - date_part));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

Result<Time> ParseTime(std::string_view text) {
  const auto time = ReadRfc3339(text);
  // The offset may carry a time over either end.
  if (!time || *time < Time{} || *time >= kEnd) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("\"{}\" is not an RFC 3339 time such as 2026-01-31T12:00:00Z", Clip(text, 64)));
  }
  return *time;
}

std::string FormatHttpDate(Time time) {
  const auto date_part = floor<days>(time);
  const year_month_day date(date_part);
  const std::chrono::weekday weekday(date_part);
  const std::chrono::hh_mm_ss clock(floor<seconds>(time - date_part));
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kWeekdays[weekday.c_encoding()],
                     static_cast<unsigned>(date.day()),
                     kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

Result<Time> ParseHttpDate(std::string_view text) {
  const auto time = ReadHttpDate(text);
  if (!time) return Fail(ErrorCode::kInvalidArgument, "not an HTTP date (RFC 9110 §5.6.7)");
  return *time;
}

std::string FormatDuration(seconds duration) {
  const auto count = duration.count();
  if (count != 0 && count % 86400 == 0) return fmt::format("P{}D", count / 86400);
  return fmt::format("PT{}S", count);
}

Result<seconds> ParseDuration(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("\"{}\" is not an ISO 8601 duration such as P30D or PT90S: {}",
                            Clip(text, 64), why));
  };
  struct Unit {
    char letter;
    bool in_time;
    int64_t length_s;
  };
  // The order in which units may appear; years and months are left out on purpose.
  constexpr std::array<Unit, 5> kUnits = {{{'W', false, 7 * 86400},
                                           {'D', false, 86400},
                                           {'H', true, 3600},
                                           {'M', true, 60},
                                           {'S', true, 1}}};
  constexpr int64_t kLongest_s = int64_t{36525} * 86400;  // A hundred years.

  Reader in(text);
  if (!in.Literal("P")) return bad("it must begin with P");
  if (in.AtEnd()) return bad("it has no unit");
  bool in_time = false;
  size_t next_unit = 0;
  int64_t total_s = 0;
  while (!in.AtEnd()) {
    if (!in_time && in.Literal("T")) {
      in_time = true;
      if (in.AtEnd()) return bad("nothing follows T");
      continue;
    }
    const auto number = in.Number(1, 9);
    if (!number) return bad("each unit follows a whole number");
    const auto letter = in.Take(1);
    size_t at = next_unit;
    while (at < kUnits.size() && (letter.empty() || kUnits[at].letter != letter.front() ||
                                  kUnits[at].in_time != in_time)) {
      ++at;
    }
    if (at == kUnits.size()) return bad("use W, D, then T with H, M, S, in this order");
    total_s += *number * kUnits[at].length_s;
    if (total_s > kLongest_s) return bad("it is longer than a hundred years");
    next_unit = at + 1;
  }
  return seconds(total_s);
}

}  // namespace perennial
