// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <gmock/gmock.h>

namespace perennial {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Logged(LogLevel level, LogFormat format, std::string_view message,
                   std::initializer_list<LogField> fields) {
  SetLog(LogLevel::kInfo, format);
  ::testing::internal::CaptureStderr();
  Log(level, "base", message, fields);
  SetLog(LogLevel::kInfo, LogFormat::kLogfmt);
  return ::testing::internal::GetCapturedStderr();
}

TEST(Log, WritesOneLineOfLogfmt) {
  const auto line = Logged(LogLevel::kWarn, LogFormat::kLogfmt, "disk nearly full",
                           {{"path", "/var"}, {"free", "3 %"}});
  EXPECT_THAT(line,
              EndsWith(" level=warn room=base msg=\"disk nearly full\" path=/var free=\"3 %\"\n"));
}

TEST(Log, NobodyCanForgeALine) {
  const auto line = Logged(LogLevel::kInfo, LogFormat::kLogfmt, "a\nts=0 level=error",
                           {{"name", "x\r\nmsg=y \"z\\"}});
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  EXPECT_THAT(line, HasSubstr(R"(name="x\u000d\u000amsg=y \"z\\")"));
}

TEST(Log, WritesJson) {
  const auto line = Logged(LogLevel::kInfo, LogFormat::kJson, "a \"b\"", {{"n", "1"}});
  EXPECT_THAT(line, EndsWith(R"("level":"info","room":"base","msg":"a \"b\"","n":"1"})"
                             "\n"));
}

TEST(Log, LeavesOutWhatIsBelowTheLevel) {
  EXPECT_THAT(Logged(LogLevel::kDebug, LogFormat::kLogfmt, "quiet", {}), Not(HasSubstr("quiet")));
}

TEST(Log, CanBeSilent) {
  SetLog(LogLevel::kNone, LogFormat::kLogfmt);
  ::testing::internal::CaptureStderr();
  Log(LogLevel::kError, "base", "loud");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  SetLog(LogLevel::kInfo, LogFormat::kLogfmt);
}

}  // namespace
}  // namespace perennial
