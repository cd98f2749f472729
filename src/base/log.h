// SPDX-License-Identifier: Apache-2.0
// One line an event to stderr, logfmt by default: ts level room msg and fields. Audit is not the
// log. A SecretBytes cannot be passed here: it has no conversion to text.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace perennial {

enum class LogLevel { kDebug, kInfo, kWarn, kError, kNone };  // kNone: nothing is written.
enum class LogFormat { kLogfmt, kJson };

struct LogField {
  std::string_view name;
  std::string value;
};

// SetLog chooses what is written, for the whole process. Call it once, before threads start.
void SetLog(LogLevel least, LogFormat format);

// Log writes one line; safe from many threads. `room` is the folder below src/, without spaces.
void Log(LogLevel level, std::string_view room, std::string_view message,
         std::initializer_list<LogField> fields = {});

}  // namespace perennial
