// SPDX-License-Identifier: Apache-2.0
#include "net/wire.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace perennial::net {
namespace {

constexpr auto kResult = asio::as_tuple(asio::use_awaitable);
constexpr auto kCancelAgain = std::chrono::milliseconds(10);
constexpr size_t kForgottenBytesMax = 8 * 1024 * 1024;

}  // namespace

// Marks the time in which an operation of the socket is pending.
class Wire::InFlight {
 public:
  explicit InFlight(Wire& wire) : wire_(wire) { wire_.in_flight_ = true; }
  ~InFlight() { wire_.in_flight_ = false; }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

 private:
  Wire& wire_;
};

Wire::Wire(tcp::socket socket) : socket_(std::move(socket)), timer_(socket_.get_executor()) {}

void Wire::Arm(Duration within) {
  if (stop_ != Stop::kClosed) stop_ = Stop::kNone;
  deadline_ = std::chrono::steady_clock::now() + within;
  // A timer that fires too early looks again, so most stages cost no timer operation at all.
  if (deadline_ < timer_at_) ScheduleTimer(deadline_);
}

void Wire::Disarm() {
  if (stop_ != Stop::kClosed) stop_ = Stop::kNone;
  deadline_ = SteadyTime::max();
}

void Wire::Interrupt() {
  if (stop_ != Stop::kNone) return;
  stop_ = Stop::kInterrupted;
  CancelSocket();
}

void Wire::Close() {
  stop_ = Stop::kClosed;
  error_code ignored;
  socket_.close(ignored);
}

void Wire::ScheduleTimer(SteadyTime at) {
  timer_at_ = at;
  timer_.expires_at(at);
  timer_.async_wait(
      [this, alive = std::weak_ptr(alive_), generation = ++timer_generation_](const error_code&) {
        // A handler may already be queued when its timer is set again or destroyed.
        if (!alive.expired() && generation == timer_generation_) OnTimer();
      });
}

void Wire::OnTimer() {
  timer_at_ = SteadyTime::max();
  if (stop_ == Stop::kNone) {
    if (deadline_ == SteadyTime::max()) return;
    if (std::chrono::steady_clock::now() < deadline_) return ScheduleTimer(deadline_);
    stop_ = Stop::kDeadline;
  }
  CancelSocket();
}

void Wire::CancelSocket() {
  if (!in_flight_ || stop_ == Stop::kClosed) return;
  error_code ignored;
  socket_.cancel(ignored);
  // One cancel is not enough: a TLS operation may be between two operations of the socket, and
  // would begin the next one uncancelled.
  ScheduleTimer(std::chrono::steady_clock::now() + kCancelAgain);
}

asio::awaitable<error_code> Wire::Connect(tcp::endpoint endpoint) {
  if (stop_ != Stop::kNone) co_return asio::error::operation_aborted;
  const InFlight in_flight(*this);
  auto [error] = co_await socket_.async_connect(endpoint, kResult);
  co_return error;
}

SSL* Wire::StartTls(SSL_CTX* context) {
  tls_.emplace(socket_, SSL_new(context));
  return tls_->native_handle();
}

asio::awaitable<error_code> Wire::Handshake(asio::ssl::stream_base::handshake_type role) {
  if (stop_ != Stop::kNone) co_return asio::error::operation_aborted;
  const InFlight in_flight(*this);
  auto [error] = co_await tls_->async_handshake(role, kResult);
  co_return error;
}

asio::awaitable<Wire::Transferred> Wire::ReadSome(asio::mutable_buffer into) {
  Transferred done{asio::error::operation_aborted};
  if (stop_ != Stop::kNone) co_return done;
  const InFlight in_flight(*this);
  if (tls_) {
    std::tie(done.error, done.bytes) = co_await tls_->async_read_some(into, kResult);
  } else {
    std::tie(done.error, done.bytes) = co_await socket_.async_read_some(into, kResult);
  }
  tap_.Read({static_cast<const char*>(into.data()), done.bytes});
  co_return done;
}

asio::awaitable<Wire::Transferred> Wire::Write(std::string_view data) {
  Transferred done{asio::error::operation_aborted};
  if (stop_ != Stop::kNone) co_return done;
  const InFlight in_flight(*this);
  const auto buffer = asio::buffer(data);
  tap_.Written(data);  // Before: what failed may have left in part.
  if (tls_) {
    std::tie(done.error, done.bytes) = co_await asio::async_write(*tls_, buffer, kResult);
  } else {
    std::tie(done.error, done.bytes) = co_await asio::async_write(socket_, buffer, kResult);
  }
  co_return done;
}

asio::awaitable<void> Wire::Finish(Duration within) {
  Arm(within);
  if (tls_ && stop_ == Stop::kNone) {
    const InFlight in_flight(*this);
    // Waits for the peer's goodbye too, which may never come; the deadline ends it.
    co_await tls_->async_shutdown(kResult);
  }
  error_code error;
  if (stop_ == Stop::kNone) socket_.shutdown(tcp::socket::shutdown_send, error);
  std::array<char, 4096> forgotten;
  for (size_t total = 0; !error && stop_ == Stop::kNone && total < kForgottenBytesMax;) {
    const InFlight in_flight(*this);
    size_t bytes = 0;
    std::tie(error, bytes) = co_await socket_.async_read_some(asio::buffer(forgotten), kResult);
    total += bytes;
  }
  Close();
}

}  // namespace perennial::net
