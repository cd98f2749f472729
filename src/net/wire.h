// SPDX-License-Identifier: Apache-2.0
// One TCP connection, plain or TLS, on which every wait has a deadline. Used inside net/ only.
//
// Everything happens on the thread of the socket's io_context, including destruction. One coroutine
// uses a wire at a time.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "base/time.h"
#include "net/tap.h"
#include "net/tls.h"

namespace perennial::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

class Wire {
 public:
  // Why operations fail from now on with operation_aborted, until the next Arm (kClosed: for good).
  enum class Stop { kNone, kDeadline, kInterrupted, kClosed };

  struct Transferred {
    error_code error;
    size_t bytes = 0;
  };

  explicit Wire(tcp::socket socket);
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // Arm begins a new stage: what is awaited from now on ends after `within`, all together.
  void Arm(Duration within);
  // Disarm begins a stage without a deadline, for waits that are not the wire's.
  void Disarm();
  // Interrupt ends the stage as if its deadline had passed.
  void Interrupt();
  // Close drops the connection at once.
  void Close();
  Stop stop() const { return stop_; }

  asio::awaitable<error_code> Connect(tcp::endpoint endpoint);
  // StartTls makes everything that follows TLS; the handshake is still to come.
  SSL* StartTls(SSL_CTX* context);
  asio::awaitable<error_code> Handshake(asio::ssl::stream_base::handshake_type role);
  asio::awaitable<Transferred> ReadSome(asio::mutable_buffer into);
  // Write sends all of it, or fails; `bytes` is what surely was passed on.
  asio::awaitable<Transferred> Write(std::string_view data);

  // Finish says goodbye and closes. Before, it reads and forgets what the peer still sends, for a
  // bounded time and amount: closing with unread bytes would reset the connection under our last
  // answer.
  asio::awaitable<void> Finish(Duration within);

  tcp::socket& socket() { return socket_; }
  SSL* ssl() { return tls_ ? tls_->native_handle() : nullptr; }

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  class InFlight;

  void ScheduleTimer(SteadyTime at);
  void OnTimer();
  void CancelSocket();

  tcp::socket socket_;
  std::optional<asio::ssl::stream<tcp::socket&>> tls_;
  asio::steady_timer timer_;
  SteadyTime deadline_ = SteadyTime::max();
  SteadyTime timer_at_ = SteadyTime::max();  // When the timer fires; max: it is not running.
  uint64_t timer_generation_ = 0;
  Stop stop_ = Stop::kNone;
  bool in_flight_ = false;
  [[no_unique_address]] Tap tap_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace perennial::net
