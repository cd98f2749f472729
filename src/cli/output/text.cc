// SPDX-License-Identifier: Apache-2.0
#include "cli/output/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/encoding.h"

namespace perennial::cli {
namespace {

bool IsControl(unsigned char c) { return c < 0x20 || c == 0x7f; }

// C1 controls, U+0080 to U+009F, are C2 80 to C2 9F in UTF-8; some terminals obey them.
bool IsC1At(std::string_view text, size_t at) {
  return static_cast<unsigned char>(text[at]) == 0xc2 && at + 1 < text.size() &&
         static_cast<unsigned char>(text[at + 1]) < 0xa0;
}

// Edits (insert, remove, change, swap neighbours) between two words.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> edits(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        edits[i][j] = i + j;
        continue;
      }
      edits[i][j] = std::min({edits[i - 1][j] + 1, edits[i][j - 1] + 1,
                              edits[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        edits[i][j] = std::min(edits[i][j], edits[i - 2][j - 2] + 1);
      }
    }
  }
  return edits[a.size()][b.size()];
}

}  // namespace

std::string Printable(std::string_view text, bool lines) {
  const bool utf8 = IsUtf8(text);
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '\n' && lines) {
      out += '\n';
    } else if (IsControl(c) || (!utf8 && c >= 0x80)) {
      out += '?';
    } else if (IsC1At(text, i)) {
      out += '?';
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

size_t Width(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string ForPeople(Duration duration) {
  using std::chrono::duration_cast;
  const int64_t total =
      duration_cast<seconds>(duration < Duration::zero() ? -duration : duration).count();
  constexpr int64_t kMinute = 60, kHour = 3600, kDay = 86400;
  if (total < 2 * kMinute) return fmt::format("{} s", total);
  if (total < 2 * kHour) return fmt::format("{} min", total / kMinute);
  if (total < 2 * kDay) return fmt::format("{} h", total / kHour);
  return fmt::format("{} days", total / kDay);
}

std::string Relative(Time time, Time now) {
  const Duration away = time - now;
  if (away > -seconds(1) && away < seconds(1)) return "now";
  return away > Duration::zero() ? "in " + ForPeople(away) : ForPeople(away) + " ago";
}

std::string RelativeAndExact(std::optional<Time> time, Time now) {
  if (!time) return "-";
  return fmt::format("{} ({})", Relative(*time, now), FormatTime(*time));
}

std::string Count(size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string PrettyJson(std::string_view json) {
  std::string out;
  int depth = 0;
  bool quoted = false, escaped = false;
  const auto line = [&] {
    out.append("\n").append(static_cast<size_t>(std::max(depth, 0)) * 2, ' ');
  };
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (quoted) {
      out += c;
      quoted = escaped || c != '"';
      escaped = !escaped && c == '\\';
      continue;
    }
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') continue;
    if (c == '{' || c == '[') {
      out += c;
      const auto next = json.find_first_not_of(" \n\r\t", i + 1);
      if (next != std::string_view::npos && (json[next] == '}' || json[next] == ']')) {
        out += json[next];
        i = next;
        continue;
      }
      ++depth;
      line();
    } else if (c == '}' || c == ']') {
      --depth;
      line();
      out += c;
    } else if (c == ',') {
      out += c;
      line();
    } else if (c == ':') {
      out += ": ";
    } else {
      out += c;
      quoted = c == '"';
    }
  }
  return out;
}

std::string Nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  size_t best_distance = std::max<size_t>(2, word.size() / 3) + 1;
  for (const auto& candidate : candidates) {
    const auto distance =
        candidate.starts_with(word) && word.size() >= 2 ? 1 : Distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace perennial::cli
