// SPDX-License-Identifier: Apache-2.0
#include "net/client_connection.h"

#include <fmt/core.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <charconv>
#include <exception>
#include <future>
#include <optional>
#include <utility>

namespace perennial::net {
namespace {

namespace http = boost::beast::http;

Duration Until(SteadyTime deadline) {
  return std::max(Duration::zero(),
                  std::chrono::duration_cast<Duration>(deadline - SteadyClock::now()));
}

// Runs one coroutine on this thread until it ends.
template <class T>
T RunToEnd(asio::io_context& context, asio::awaitable<T> task) {
  std::optional<T> result;
  std::exception_ptr thrown;
  asio::co_spawn(context, std::move(task), [&](std::exception_ptr error, T value) {
    thrown = error;
    result = std::move(value);
    context.stop();  // The wire's timer may still be waiting.
  });
  context.restart();
  context.run();
  if (thrown) std::rethrow_exception(thrown);
  return std::move(*result);
}

HttpResponse ToResponse(http::response<http::string_body> message) {
  HttpResponse response;
  response.status = static_cast<int>(message.result_int());
  for (const auto& field : message) {
    response.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  response.body = std::move(message.body());
  return response;
}

}  // namespace

Result<Origin> ParseOrigin(const std::string& base_url) {
  const auto bad = [&] {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is not a URL like https://host:port", base_url));
  };
  Origin origin{.url = base_url};
  std::string_view rest = base_url;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
    origin.port = "443";
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
    origin.tls = false;
    origin.port = "80";
  } else {
    return bad();
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  size_t end = 0;
  if (rest.starts_with('[')) {
    end = rest.find(']');
    if (end == std::string_view::npos) return bad();
    origin.host = rest.substr(1, end - 1);
    ++end;
  } else {
    end = std::min(rest.find(':'), rest.size());
    origin.host = rest.substr(0, end);
  }
  static constexpr std::string_view kHostChars =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.:";
  if (origin.host.empty() || origin.host.find_first_not_of(kHostChars) != std::string::npos) {
    return bad();
  }
  if (end == rest.size()) return origin;
  const auto port = rest.substr(end + 1);
  uint16_t number = 0;
  const auto parsed = std::from_chars(port.data(), port.data() + port.size(), number);
  if (rest[end] != ':' || parsed.ec != std::errc() || parsed.ptr != port.data() + port.size()) {
    return bad();
  }
  origin.port = std::to_string(number);
  return origin;
}

NameService::NameService() : guard_(context_.get_executor()), thread_([this] { context_.run(); }) {}

NameService::~NameService() {
  context_.stop();
  thread_.join();
}

Result<std::vector<tcp::endpoint>> NameService::Resolve(const Origin& origin, SteadyTime deadline) {
  error_code no_address;
  const auto address = asio::ip::make_address(origin.host, no_address);
  if (!no_address) {
    const auto port = static_cast<uint16_t>(std::stoi(origin.port));
    return std::vector{tcp::endpoint(address, port)};
  }
  using Found = std::pair<error_code, tcp::resolver::results_type>;
  const auto promise = std::make_shared<std::promise<Found>>();
  auto answer = promise->get_future();
  tcp::resolver resolver(context_);  // Its destructor cancels what is late.
  resolver.async_resolve(origin.host, origin.port, tcp::resolver::numeric_service,
                         [promise](const error_code& error, tcp::resolver::results_type found) {
                           promise->set_value({error, std::move(found)});
                         });
  if (answer.wait_until(deadline) != std::future_status::ready) {
    return Fail(ErrorCode::kUnavailable,
                origin.url + ": deadline passed while looking up the host name");
  }
  const auto [error, found] = answer.get();
  if (error || found.empty()) {
    return Fail(ErrorCode::kUnavailable,
                fmt::format("{}: unknown host name: {}", origin.url, error.message()));
  }
  return std::vector<tcp::endpoint>(found.begin(), found.end());
}

ClientConnection::ClientConnection(Origin origin)
    : origin_(std::move(origin)), wire_(tcp::socket(context_)) {}

Error ClientConnection::Unavailable(std::string_view doing, const error_code& error) const {
  std::string why;
  if (wire_.stop() == Wire::Stop::kDeadline) {
    why = fmt::format("deadline passed while {}", doing);
  } else if (error == asio::error::connection_refused) {
    why = "connection refused";
  } else {
    why = fmt::format("failed while {}: {}", doing, error.message());
  }
  return {ErrorCode::kUnavailable, origin_.url + ": " + why};
}

Result<void> ClientConnection::Connect(std::vector<tcp::endpoint> endpoints, SSL_CTX* tls,
                                       SteadyTime deadline) {
  return RunToEnd(context_, ConnectTask(std::move(endpoints), tls, deadline));
}

asio::awaitable<Result<void>> ClientConnection::ConnectTask(std::vector<tcp::endpoint> endpoints,
                                                            SSL_CTX* tls, SteadyTime deadline) {
  error_code error;
  for (size_t i = 0; i < endpoints.size(); ++i) {
    // Each address gets its share: one that swallows packets must not use up all the time.
    const auto left = static_cast<int64_t>(endpoints.size() - i);
    wire_.Arm(Until(deadline) / left);
    error_code ignored;
    wire_.socket().close(ignored);
    error = co_await wire_.Connect(endpoints[i]);
    if (!error) break;
  }
  if (error) co_return std::unexpected(Unavailable("connecting", error));
  wire_.socket().set_option(tcp::no_delay(true), error);
  if (!origin_.tls) co_return Result<void>();
  wire_.Arm(Until(deadline));
  auto shaken = co_await HandshakeTask(tls);
  co_return shaken;
}

asio::awaitable<Result<void>> ClientConnection::HandshakeTask(SSL_CTX* tls) {
  SSL* ssl = wire_.StartTls(tls);
  if (!ExpectServer(ssl, origin_.host)) {
    co_return Fail(ErrorCode::kInvalidArgument, origin_.url + ": bad host name");
  }
  const auto error = co_await wire_.Handshake(asio::ssl::stream_base::client);
  if (!error) co_return Result<void>();
  const long verdict = SSL_get_verify_result(ssl);
  if (verdict != X509_V_OK) {
    co_return Fail(ErrorCode::kUnavailable,
                   fmt::format("{}: certificate not trusted: {}", origin_.url,
                               X509_verify_cert_error_string(verdict)));
  }
  co_return std::unexpected(Unavailable("shaking hands over TLS", error));
}

ClientConnection::Exchanged ClientConnection::Exchange(const Exchangeable& message,
                                                       SteadyTime deadline) {
  wire_.Arm(Until(deadline));
  return RunToEnd(context_, ExchangeTask(message));
}

asio::awaitable<ClientConnection::Exchanged> ClientConnection::ExchangeTask(Exchangeable message) {
  Exchanged exchanged;
  const auto sent = co_await wire_.Write(message.text);
  exchanged.written = sent.bytes > 0;
  if (sent.error && wire_.stop() == Wire::Stop::kDeadline) {
    exchanged.response = std::unexpected(Unavailable("sending the request", sent.error));
    co_return exchanged;
  }
  // A server may answer and close before it has read everything, as with 413: so look for an answer
  // even when sending failed.
  auto response = co_await ReadResponse(message.is_head, message.limits, exchanged);
  exchanged.response = std::move(response);
  if (sent.error) exchanged.reusable = false;
  co_return exchanged;
}

asio::awaitable<Result<HttpResponse>> ClientConnection::ReadResponse(bool is_head,
                                                                     ResponseLimits limits,
                                                                     Exchanged& exchanged) {
  std::string received;
  std::array<char, 16 * 1024> buffer;
  for (bool first_byte = true;;) {
    http::response_parser<http::string_body> parser;
    parser.eager(true);
    parser.skip(is_head);
    parser.header_limit(static_cast<uint32_t>(limits.header_bytes_max));
    parser.body_limit(limits.body_bytes_max);
    error_code error;
    while (!parser.is_done()) {
      if (!received.empty()) {
        const size_t used = parser.put(asio::buffer(received), error);
        received.erase(0, used);
        if (error == http::error::need_more) error = {};
        if (error) co_return std::unexpected(Unavailable("reading the response", error));
        if (parser.is_done()) break;
      }
      const auto read = co_await wire_.ReadSome(asio::buffer(buffer));
      received.append(buffer.data(), read.bytes);
      if (read.bytes > 0) first_byte = false;
      if (!read.error) continue;
      exchanged.stale = first_byte && wire_.stop() == Wire::Stop::kNone;
      // Only a proper goodbye ends a body without a length: anything else may be a cut.
      if (read.error == asio::error::eof && parser.got_some()) parser.put_eof(error);
      if (!parser.is_done() || error) {
        co_return std::unexpected(Unavailable("waiting for the response", read.error));
      }
    }
    const int status = static_cast<int>(parser.get().result_int());
    if (status >= 100 && status < 200) continue;  // 100 Continue and such: the answer is to come.
    exchanged.reusable = parser.keep_alive() && received.empty();
    co_return ToResponse(parser.release());
  }
}

bool ClientConnection::LooksAlive() {
  char byte = 0;
  const auto got = ::recv(wire_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace perennial::net
