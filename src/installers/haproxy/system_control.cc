// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/mutex.h"
#include "installers/haproxy/runtime.h"
#include "net/unix_socket.h"

namespace perennial::haproxy {
namespace {

constexpr Duration kAnswerDeadline = std::chrono::seconds(10);
constexpr size_t kOutputMax = 4096;

// Reads to the end of the pipe; a child that says more than we keep is still heard out.
std::string Drain(int fd) {
  std::string output;
  char buffer[1024];
  while (true) {
    const ssize_t got = read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return output;
    if (output.size() < kOutputMax) output.append(buffer, static_cast<size_t>(got));
  }
}

}  // namespace

Result<std::string> SystemProxyControl::Runtime(const std::string& line, std::string_view payload) {
  std::string question = line + "\n";
  // An empty line ends the payload and the rest would run as commands: only our own PEM comes here,
  // which has none (pki/bundle.h).
  if (!payload.empty()) question += fmt::format("{}\n", payload);
  return net::ExchangeOverUnixSocket(runtime_socket_, question, kAnswerDeadline);
}

Result<std::string> SystemProxyControl::Master(const std::string& line) {
  return net::ExchangeOverUnixSocket(master_socket_, line + "\n", kAnswerDeadline);
}

Result<void> SystemProxyControl::Check(const std::string& path) {
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return Fail(ErrorCode::kUnavailable, std::strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDERR_FILENO);
  std::string program = program_, check = "-c", file = "-f", name = path;
  char* arguments[] = {program.data(), check.data(), file.data(), name.data(), nullptr};
  char* environment[] = {nullptr};  // Nothing of ours is the child's business.
  pid_t pid = 0;
  const int spawned = posix_spawn(&pid, program.c_str(), &actions, nullptr, arguments, environment);
  posix_spawn_file_actions_destroy(&actions);
  close(pipe_ends[1]);
  const std::string output = spawned == 0 ? Drain(pipe_ends[0]) : "";
  close(pipe_ends[0]);
  if (spawned != 0) {
    return Fail(ErrorCode::kUnavailable,
                fmt::format("cannot run {}: {}", program_, std::strerror(spawned)));
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("haproxy -c refused the configuration: {}", output));
}

// Bound and closed again, never listened on: nobody can connect to it. The option is the one that
// the proxy binds with, so that connections of a proxy that has just ended are not in the way.
Result<void> SystemProxyControl::TryPort(const std::string& address, uint16_t port) {
  const bool is_v6 = address.find(':') != std::string::npos;
  sockaddr_storage storage{};
  socklen_t length = 0;
  if (is_v6) {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
    *v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    length = sizeof *v6;
    if (inet_pton(AF_INET6, address.c_str(), &v6->sin6_addr) != 1) length = 0;
  } else {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
    *v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    length = sizeof *v4;
    if (inet_pton(AF_INET, address.c_str(), &v4->sin_addr) != 1) length = 0;
  }
  if (length == 0) return Fail(ErrorCode::kInvalidArgument, "not an address");
  const int fd = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return Fail(ErrorCode::kUnavailable, std::strerror(errno));
  const int yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const int why = bind(fd, reinterpret_cast<const sockaddr*>(&storage), length) == 0 ? 0 : errno;
  close(fd);
  if (why == 0) return {};
  const auto code = why == EADDRINUSE               ? ErrorCode::kAlreadyExists
                    : why == EACCES || why == EPERM ? ErrorCode::kPermissionDenied
                    : why == EADDRNOTAVAIL          ? ErrorCode::kNotFound
                                                    : ErrorCode::kUnavailable;
  return Fail(code, std::strerror(why));
}

void SystemProxyControl::Pause(Duration pause) {
  Mutex mutex;
  Condition never;
  MutexLock lock(mutex);
  never.WaitFor(mutex, pause);
}

}  // namespace perennial::haproxy
