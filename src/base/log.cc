// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <atomic>
#include <memory>

#include "base/clock.h"

namespace perennial {
namespace {

std::atomic<LogLevel> least_level{LogLevel::kInfo};
std::atomic<LogFormat> chosen_format{LogFormat::kLogfmt};

spdlog::logger& Sink() {
  static auto* logger = [] {
    auto* made = new spdlog::logger("perennial", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::trace);
    return made;
  }();
  return *logger;
}

const char* LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kError:
    case LogLevel::kNone:
      return "error";
  }
  return "info";
}

// Quotes as JSON does, which logfmt readers understand too: one event can never become two lines.
std::string Quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

bool IsPlain(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f) {
      return false;
    }
  }
  return true;
}

}  // namespace

void SetLog(LogLevel least, LogFormat format) {
  least_level = least;
  chosen_format = format;
}

void Log(LogLevel level, std::string_view room, std::string_view message,
         std::initializer_list<LogField> fields) {
  if (level < least_level.load()) return;
  const std::string now = FormatTime(SystemClock().Now());
  std::string line;
  if (chosen_format.load() == LogFormat::kJson) {
    line = fmt::format(R"({{"ts":"{}","level":"{}","room":"{}","msg":{})", now, LevelName(level),
                       room, Quote(message));
    for (const auto& field : fields)
      line += fmt::format(",\"{}\":{}", field.name, Quote(field.value));
    line += '}';
  } else {
    line =
        fmt::format("ts={} level={} room={} msg={}", now, LevelName(level), room, Quote(message));
    for (const auto& field : fields) {
      line += fmt::format(" {}={}", field.name,
                          IsPlain(field.value) ? field.value : Quote(field.value));
    }
  }
  Sink().log(spdlog::level::info, fmt::string_view("{}"), line);
}

}  // namespace perennial
