// SPDX-License-Identifier: Apache-2.0
#include "base/trouble.h"

#include <utility>

namespace perennial {

Trouble::Trouble(std::string_view room, std::string_view what, std::optional<LogField> about)
    : room_(room), what_(what), about_(std::move(about)) {}

void Trouble::Tell(LogLevel level, std::string_view message, LogField field) const {
  if (about_) {
    Log(level, room_, message, {*about_, std::move(field)});
  } else {
    Log(level, room_, message, {std::move(field)});
  }
}

void Trouble::Met(std::string_view reason) {
  if (reason == told_) return;
  told_ = reason;
  Tell(LogLevel::kWarn, what_, {"reason", told_});
}

void Trouble::Over() {
  if (told_.empty()) return;
  told_.clear();
  Tell(LogLevel::kInfo, "it goes on again", {"after", std::string(what_)});
}

}  // namespace perennial
