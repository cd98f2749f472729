// SPDX-License-Identifier: Apache-2.0
#include "installers/haproxy/runtime.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/proof.h"

namespace perennial::haproxy {
namespace {

constexpr Duration kReloadPause = std::chrono::milliseconds(20);
constexpr int kReloadTries =
    1500;  // Thirty seconds: loading ten thousand certificates takes seventeen.

std::string_view NextLine(std::string_view& text) {
  const auto end = text.find('\n');
  const auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

std::string_view NextWord(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  const auto end = line.find_first_of(" \t");
  const auto word = line.substr(0, end);
  line.remove_prefix(end == std::string_view::npos ? line.size() : end);
  return word;
}

int64_t NumberOf(std::string_view text) {
  int64_t number = -1;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// The value behind `name: ` at the start of a line, or empty.
std::string ValueOf(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    auto line = NextLine(text);
    if (line.starts_with(name)) return std::string(line.substr(name.size()));
  }
  return "";
}

// What HAProxy said, short enough for a log line.
std::string Quoted(std::string_view answer) {
  std::string text(answer.substr(0, 200));
  std::ranges::replace(text, '\n', ' ');
  return text.empty() ? "nothing" : text;
}

}  // namespace

Result<CliToken> CliToken::Parse(std::string_view text) {
  const bool plain = !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./@*<").contains(c);
  });
  if (!plain) return Fail(ErrorCode::kInvalidArgument, "a command word holds another character");
  return CliToken(std::string(text));
}

Result<std::string> Runtime::Ask(const std::vector<std::string_view>& words,
                                 std::string_view payload) {
  std::string line;
  for (const auto word : words) {
    TRY_ASSIGN(const auto token, CliToken::Parse(word));
    line += (line.empty() ? "" : " ") + token.text();
  }
  return control_.Runtime(line, payload);
}

Result<void> Runtime::Swap(const std::string& path, std::string_view pem,
                           const std::string& serial_hex) {
  const auto shows = [&](const std::string& serial) -> Result<bool> {
    TRY_ASSIGN(const auto shown, Ask({"show", "ssl", "cert", path}));
    if (shown.find("Filename: ") == std::string::npos) {
      return Fail(ErrorCode::kNotFound, "the running proxy does not use this file");
    }
    return ValueOf(shown, "Serial: ") == serial;
  };
  TRY_ASSIGN(const bool already, shows(serial_hex));
  if (already) return {};

  // With a transaction open on another certificate, HAProxy 2.6 would take this bundle into *that*
  // one and serve a stranger's key under its name. So: abort first, and go on only on the exact
  // reply.
  TRY(Ask({"abort", "ssl", "cert", path}));
  TRY_ASSIGN(const auto set, Ask({"set", "ssl", "cert", path, "<<"}, pem));
  const bool ours =
      set.find(fmt::format("Transaction created for certificate {}!", path)) != std::string::npos;
  if (!ours && !PERENNIAL_MUTANT("haproxy.any_transaction")) {
    // Whatever stands open now, under whatever name, must not be committed by anybody.
    const auto open = set.find("for certificate ");
    if (open != std::string::npos) {
      auto name = set.substr(open + std::string_view("for certificate ").size());
      name = name.substr(0, name.find('!'));
      if (CliToken::Parse(name)) TRY(Ask({"abort", "ssl", "cert", name}));
    }
    return Fail(ErrorCode::kUnavailable,
                fmt::format("set ssl cert was answered by: {}", Quoted(set)));
  }
  TRY_ASSIGN(const auto commit, Ask({"commit", "ssl", "cert", path}));
  if (commit.find("Success!") == std::string::npos) {
    TRY(Ask({"abort", "ssl", "cert", path}));
    return Fail(ErrorCode::kUnavailable,
                fmt::format("commit ssl cert was answered by: {}", Quoted(commit)));
  }
  TRY_ASSIGN(const bool now, shows(serial_hex));
  if (!now) {
    return Fail(ErrorCode::kUnavailable, "after the commit another serial number is shown");
  }
  return {};
}

Result<std::string> Runtime::Description() {
  TRY_ASSIGN(const auto info, Ask({"show", "info"}));
  return ValueOf(info, "description: ");
}

Result<Processes> ParseProcesses(std::string_view text) {
  Processes processes;
  std::vector<int64_t>* section = nullptr;
  while (!text.empty()) {
    auto line = NextLine(text);
    if (line.starts_with("# workers")) section = &processes.workers;
    if (line.starts_with("# old workers")) section = &processes.old_workers;
    if (line.starts_with("# programs")) section = nullptr;
    if (line.empty() || line.front() == '#') continue;
    auto rest = line;
    const int64_t pid = NumberOf(NextWord(rest));
    const auto type = NextWord(rest);
    if (type == "master") {
      processes.master_pid = pid;
      processes.reloads = NumberOf(NextWord(rest));
      const auto failed = rest.find("failed: ");
      if (failed != std::string_view::npos) {
        processes.failed_reloads =
            NumberOf(rest.substr(failed + std::string_view("failed: ").size()));
      }
    } else if (type == "worker" && section != nullptr && pid > 0) {
      section->push_back(pid);
    }
  }
  if (processes.master_pid <= 0) {
    return Fail(ErrorCode::kUnavailable, "HAProxy's master did not list its processes");
  }
  return processes;
}

Result<Processes> Runtime::ListProcesses() {
  TRY_ASSIGN(const auto text, control_.Master("show proc"));
  return ParseProcesses(text);
}

Result<void> Runtime::Reload() {
  TRY_ASSIGN(const auto before, ListProcesses());
  // The master closes the connection while it starts anew, so an answer that breaks off is no
  // failure.
  auto asked = control_.Master("reload");
  for (int i = 0; i < kReloadTries; ++i) {
    const auto now = ListProcesses();
    if (now && now->failed_reloads > before.failed_reloads) {
      return Fail(ErrorCode::kInvalidArgument,
                  "HAProxy could not load its configuration; the old one runs");
    }
    if (now && now->reloads > before.reloads && !now->workers.empty() &&
        now->workers != before.workers) {
      return {};
    }
    control_.Pause(kReloadPause);
  }
  return Fail(ErrorCode::kUnavailable,
              fmt::format("no new worker after a reload{}{}", asked ? "" : ": ",
                          asked ? "" : asked.error().message));
}

}  // namespace perennial::haproxy
