// SPDX-License-Identifier: Apache-2.0
#include "base/spelled_duration.h"

#include <fmt/format.h>

namespace perennial {

std::string SpellDuration(seconds duration) {
  const auto count = duration.count();
  if (count == 0) return "PT0S";
  std::string text = "P";
  if (count >= 86400) text += fmt::format("{}D", count / 86400);
  if (count % 86400 == 0) return text;
  text += 'T';
  if (const auto hours = count / 3600 % 24; hours > 0) text += fmt::format("{}H", hours);
  if (const auto minutes = count / 60 % 60; minutes > 0) text += fmt::format("{}M", minutes);
  if (const auto rest = count % 60; rest > 0) text += fmt::format("{}S", rest);
  return text;
}

}  // namespace perennial
