// SPDX-License-Identifier: Apache-2.0
#include "net/unix_socket.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/clock.h"

namespace perennial::net {
namespace {

constexpr size_t kAnswerMax = 16 * 1024 * 1024;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

std::unexpected<Error> FailAt(const std::string& path, std::string_view why) {
  return Fail(ErrorCode::kUnavailable, fmt::format("{}: {}", path, why));
}

bool WaitFor(int fd, short events, const Clock& clock, Duration end) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - clock.Monotonic());
    if (left.count() <= 0) return false;
    pollfd waited{.fd = fd, .events = events, .revents = 0};
    const int ready = poll(&waited, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

}  // namespace

Result<std::string> ExchangeOverUnixSocket(const std::string& path, std::string_view question,
                                           Duration deadline) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return FailAt(
        path, fmt::format("the path is longer than the {} characters that a Unix socket may have",
                          sizeof address.sun_path - 1));
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);

  const SystemClock clock;
  const Duration end = clock.Monotonic() + deadline;
  const Descriptor fd(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) return FailAt(path, std::strerror(errno));
  if (connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return FailAt(path, std::strerror(errno));
  }
  while (!question.empty()) {
    if (!WaitFor(fd.get(), POLLOUT, clock, end))
      return FailAt(path, "deadline passed while writing");
    const ssize_t written = send(fd.get(), question.data(), question.size(), MSG_NOSIGNAL);
    if (written < 0 && errno != EAGAIN && errno != EINTR) return FailAt(path, std::strerror(errno));
    if (written > 0) question.remove_prefix(static_cast<size_t>(written));
  }
  // HAProxy's master answers only when it knows that no further command comes.
  shutdown(fd.get(), SHUT_WR);
  std::string answer;
  char buffer[16 * 1024];
  while (true) {
    if (!WaitFor(fd.get(), POLLIN, clock, end))
      return FailAt(path, "deadline passed while reading");
    const ssize_t got = recv(fd.get(), buffer, sizeof buffer, 0);
    if (got == 0) return answer;
    if (got < 0 && errno != EAGAIN && errno != EINTR) return FailAt(path, std::strerror(errno));
    if (got > 0) answer.append(buffer, static_cast<size_t>(got));
    if (answer.size() > kAnswerMax) return FailAt(path, "the answer is too long");
  }
}

}  // namespace perennial::net
