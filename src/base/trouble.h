// SPDX-License-Identifier: Apache-2.0
// Trouble that is met at each attempt, and told when it begins, when it becomes another one, and
// when it is over: a log that repeats itself hides what is new.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "base/log.h"
#include "base/time.h"

namespace perennial {

// Used by one thread at a time. `room` and `what` are literals; `about` is in each line.
class Trouble {
 public:
  Trouble(std::string_view room, std::string_view what, std::optional<LogField> about = {});

  // Met logs the reason as a warning, unless it is the one that was told last.
  void Met(std::string_view reason);
  // Over logs that it is, if there was any.
  void Over();

 private:
  void Tell(LogLevel level, std::string_view message, LogField field) const;

  const std::string_view room_, what_;
  const std::optional<LogField> about_;
  std::string told_;  // Empty: none.
};

// Longer is the pause after one more failure in a row: `first`, then doubled up to `longest`.
inline Duration Longer(Duration pause, Duration first, Duration longest) {
  return std::clamp(pause * 2, first, longest);
}

}  // namespace perennial
