// SPDX-License-Identifier: Apache-2.0
// One connection of the client, driven by the thread of the caller. Used inside net/ only.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/http.h"
#include "net/wire.h"

namespace perennial::net {

using SteadyClock = std::chrono::steady_clock;
using SteadyTime = SteadyClock::time_point;

// Where a base URL points.
struct Origin {
  std::string url;
  bool tls = true;
  std::string host;  // Without brackets.
  std::string port;
};

// ParseOrigin accepts "https://host[:port]" and "http://…", nothing behind; else kInvalidArgument.
Result<Origin> ParseOrigin(const std::string& base_url);

// Looks host names up without making the caller wait beyond its deadline. Safe from any thread.
class NameService {
 public:
  NameService();
  ~NameService();  // May wait for a look-up that the system still carries out.

  // Resolve returns at least one endpoint, or kUnavailable. IP addresses need no look-up.
  Result<std::vector<tcp::endpoint>> Resolve(const Origin& origin, SteadyTime deadline);

 private:
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard_;
  std::thread thread_;
};

struct ResponseLimits {
  size_t header_bytes_max = 0;
  size_t body_bytes_max = 0;
};

// A request as bytes, and how to read its response.
struct Exchangeable {
  std::string_view text;
  bool is_head = false;
  ResponseLimits limits;
};

// Used by one thread at a time.
class ClientConnection {
 public:
  struct Exchanged {
    Result<HttpResponse> response;
    bool reusable = false;  // The connection may carry another exchange.
    bool stale = false;     // It failed before the first byte of a response, not by deadline.
    bool written = false;   // Part of the request may have left.
  };

  explicit ClientConnection(Origin origin);

  // Connect tries the endpoints in turn; `tls` is not looked at for plain HTTP. kUnavailable as in
  // Transport::Send.
  Result<void> Connect(std::vector<tcp::endpoint> endpoints, SSL_CTX* tls, SteadyTime deadline);

  Exchanged Exchange(const Exchangeable& message, SteadyTime deadline);

  // LooksAlive is false when the peer has closed, or has sent what nobody asked for.
  bool LooksAlive();

  std::string ChainPem() { return PresentedChainPem(wire_.ssl()); }

 private:
  asio::awaitable<Result<void>> ConnectTask(std::vector<tcp::endpoint> endpoints, SSL_CTX* tls,
                                            SteadyTime deadline);
  asio::awaitable<Result<void>> HandshakeTask(SSL_CTX* tls);
  asio::awaitable<Exchanged> ExchangeTask(Exchangeable message);
  asio::awaitable<Result<HttpResponse>> ReadResponse(bool is_head, ResponseLimits limits,
                                                     Exchanged& exchanged);
  // Unavailable says what went wrong in words that an operator can act upon.
  Error Unavailable(std::string_view doing, const error_code& error) const;
  void Arm(SteadyTime deadline);

  const Origin origin_;
  asio::io_context context_{1};
  Wire wire_;
};

}  // namespace perennial::net
