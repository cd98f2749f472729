// SPDX-License-Identifier: Apache-2.0
// Peers for tests that know nothing of Asio: a raw client, and a server that follows a script.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/mutex.h"

namespace perennial::net {

// A blocking socket; nothing waits longer than ten seconds.
class RawSocket {
 public:
  explicit RawSocket(int fd) : fd_(fd) {
    const timeval limit{.tv_sec = 10, .tv_usec = 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }
  RawSocket(RawSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  RawSocket& operator=(RawSocket&&) = delete;
  ~RawSocket() { Close(); }

  // From the address `from`, any of 127.0.0.0/8; 0: the system chooses.
  static RawSocket ConnectTo(uint16_t port, uint32_t from = 0) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(from);
    if (from != 0) ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool connected =
        ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    if (!connected) ::close(fd);
    return RawSocket(connected ? fd : -1);
  }

  int fd() const { return fd_; }
  bool connected() const { return fd_ >= 0; }

  void Close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

  bool Send(std::string_view text) {
    while (!text.empty()) {
      const auto sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  // IsReadableWithin says whether there is something to read, or the end.
  bool IsReadableWithin(int milliseconds) {
    pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
    return ::poll(&waiting, 1, milliseconds) == 1;
  }

  // ReadUntilClosed returns everything up to the peer's end, or a reset.
  std::string ReadUntilClosed() {
    while (ReadMore()) {
    }
    return std::exchange(received_, {});
  }

  // ReadMessage returns one message with its head and the body of its content-length; shorter when
  // the peer closes first.
  std::string ReadMessage() {
    size_t end = std::string::npos;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
      if (!ReadMore()) return std::exchange(received_, {});
    }
    size_t size = end + 4;
    const auto length = received_.find("content-length: ");
    if (length < end) size += std::stoul(received_.substr(length + 16));
    return ReadBytes(size);
  }

  std::string ReadBytes(size_t size) {
    while (received_.size() < size) {
      if (!ReadMore()) return std::exchange(received_, {});
    }
    const auto message = received_.substr(0, size);
    received_.erase(0, size);
    return message;
  }

 private:
  bool ReadMore() {
    char buffer[16 * 1024];
    const auto got = ::recv(fd_, buffer, sizeof buffer, 0);
    if (got > 0) received_.append(buffer, static_cast<size_t>(got));
    if (got < 0 && errno == EAGAIN) received_ += "(nothing came for ten seconds)";
    return got > 0;
  }

  int fd_;
  std::string received_;
};

// Accepts connections one after the other and gives each to the next part of the script; closes it
// then.
class ScriptedServer {
 public:
  using Part = std::function<void(RawSocket&)>;

  explicit ScriptedServer(std::vector<Part> script) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener_, 16);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, script = std::move(script)] {
      for (const auto& part : script) {
        const int fd = ::accept(listener_, nullptr, nullptr);
        if (fd < 0) return;
        RawSocket connection(fd);
        part(connection);
      }
    });
  }
  ~ScriptedServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  uint16_t port() const { return port_; }
  std::string url(std::string_view scheme = "http") const {
    return std::string(scheme) + "://127.0.0.1:" + std::to_string(port_);
  }

 private:
  int listener_ = -1;
  uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace perennial::net
