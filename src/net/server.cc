// SPDX-License-Identifier: Apache-2.0
#include "net/server.h"

#include <fmt/core.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <string_view>
#include <thread>
#include <utility>

#include "base/log.h"
#include "net/server_connection.h"

namespace perennial::net {
namespace {

using WorkGuard = asio::executor_work_guard<asio::io_context::executor_type>;

Result<tcp::endpoint> ParseListen(const std::string& listen) {
  const auto bad = [&] {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is not address:port with a numeric address", listen));
  };
  const auto colon = listen.rfind(':');
  if (colon == std::string::npos) return bad();
  auto host = std::string_view(listen).substr(0, colon);
  const auto port_text = std::string_view(listen).substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return bad();
  }
  uint16_t port = 0;
  const auto end = port_text.data() + port_text.size();
  const auto parsed = std::from_chars(port_text.data(), end, port);
  if (parsed.ec != std::errc() || parsed.ptr != end) return bad();
  error_code error;
  const auto address = asio::ip::make_address(std::string(host), error);
  if (error) return bad();
  return tcp::endpoint(address, port);
}

}  // namespace

size_t Handler::BodyLimit(const HttpRequest&) { return 1024 * 1024; }

class Server::Impl {
 public:
  Impl(ServerOptions options, Handler& handler, NewsBoard& board, Clock& clock, Random& random)
      : state_{.options = std::move(options),
               .handler = handler,
               .board = board,
               .clock = clock,
               .random = random} {
    for (int i = 0; i < std::max(1, state_.options.io_threads); ++i) {
      io_.push_back(std::make_shared<IoThread>());
      guards_.emplace_back(io_.back()->context.get_executor());
    }
  }

  ~Impl() {
    Drain(Duration::zero());
    // Again and again, because a connection may just be on its way from the acceptor to its thread.
    do {
      OnEachConnection(&Connection::Close);
    } while (!WaitUntilEmpty(std::chrono::milliseconds(20)));
    guards_.clear();
    for (const auto& io : io_) io->context.stop();
    for (auto& thread : threads_) thread.join();
  }

  Result<void> Identify(const ServerIdentity& identity) {
    TRY_ASSIGN(auto tls, MakeServerTls(identity));
    ObeyNames(tls.get(), state_.named);
    MutexLock lock(state_.mutex);
    state_.identity = std::move(tls);
    return {};
  }

  Result<void> IdentifyNamed(const NamedIdentity& named) {
    TRY_ASSIGN(auto tls, MakeServerTls(named.identity));
    state_.named.Replace(named.names, std::move(tls));
    return {};
  }

  Result<void> Listen() {
    for (const auto& listen : state_.options.listen) {
      TRY_ASSIGN(const auto endpoint, ParseListen(listen));
      tcp::acceptor acceptor(io_.front()->context);
      error_code error;
      acceptor.open(endpoint.protocol(), error);
      if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
      if (!error && endpoint.address().is_v6()) {
        acceptor.set_option(asio::ip::v6_only(true), error);
      }
      if (!error) acceptor.bind(endpoint, error);
      if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
      if (error) {
        return Fail(ErrorCode::kUnavailable,
                    fmt::format("cannot listen on {}: {}", listen, error.message()));
      }
      ports_.push_back(acceptor.local_endpoint(error).port());
      acceptors_.push_back(std::move(acceptor));
    }
    return {};
  }

  void Run() {
    for (auto& acceptor : acceptors_) {
      asio::co_spawn(io_.front()->context, AcceptFrom(acceptor), asio::detached);
    }
    for (const auto& io : io_) {
      threads_.emplace_back([io] { io->context.run(); });
    }
  }

  std::vector<uint16_t> ports() const { return ports_; }

  void Drain(Duration grace) {
    state_.draining = true;
    asio::post(io_.front()->context, [this] {
      for (auto& acceptor : acceptors_) {
        error_code ignored;
        acceptor.close(ignored);
      }
    });
    OnEachConnection(&Connection::Drain);
    WaitUntilEmpty(grace);
  }

 private:
  bool WaitUntilEmpty(Duration within) {
    const auto deadline = std::chrono::steady_clock::now() + within;
    MutexLock lock(state_.mutex);
    while (state_.connections > 0) {
      const auto left =
          std::chrono::duration_cast<Duration>(deadline - std::chrono::steady_clock::now());
      if (left <= Duration::zero()) return false;
      state_.changed.WaitFor(state_.mutex, left);
    }
    return true;
  }

  void OnEachConnection(void (Connection::*act)()) {
    for (const auto& io : io_) {
      // Not shared: a context that holds itself in its queue would never be freed.
      asio::post(io->context, [io = io.get(), act] {
        for (Connection* connection : io->connections) (connection->*act)();
      });
    }
  }

  // One acceptor hands its connections to the threads in turn. That works with port 0, and every
  // connection then stays on one thread: a context shared by threads costs 40 % (dependencies,
  // Beast).
  asio::awaitable<void> AcceptFrom(tcp::acceptor& acceptor) {
    asio::steady_timer pause(io_.front()->context);
    while (acceptor.is_open()) {
      const size_t turn = next_++ % io_.size();
      auto [error, socket] =
          co_await acceptor.async_accept(io_[turn]->context, asio::as_tuple(asio::use_awaitable));
      if (error) {
        // Most likely out of file descriptors: trying again at once would only burn the processor.
        pause.expires_after(std::chrono::milliseconds(50));
        if (acceptor.is_open()) co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
        continue;
      }
      Admit(io_[turn], std::move(socket));
    }
  }

  void Admit(const std::shared_ptr<IoThread>& io, tcp::socket socket) {
    TlsContext tls;
    auto peer = PeerOf(socket);
    {
      MutexLock lock(state_.mutex);
      if (state_.connections >= state_.options.connections_max) return;
      size_t& of_peer = state_.connections_of[peer];
      if (of_peer >= state_.options.connections_per_peer_max) return;
      ++of_peer;
      ++state_.connections;
      if (state_.options.tls) tls = state_.identity;
    }
    asio::post(io->context, [this, io, socket = std::move(socket), tls = std::move(tls),
                             peer = std::move(peer)]() mutable {
      std::make_shared<Connection>(state_, io, std::move(socket), std::move(tls), std::move(peer))
          ->Start();
    });
  }

  ServerState state_;
  std::vector<std::shared_ptr<IoThread>> io_;
  std::vector<WorkGuard> guards_;
  std::vector<tcp::acceptor> acceptors_;
  std::vector<uint16_t> ports_;
  std::vector<std::thread> threads_;
  size_t next_ = 0;  // Touched on the first network thread only.
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::Start(ServerOptions options,
                                              std::optional<ServerIdentity> identity,
                                              Handler& handler, NewsBoard& board, Clock& clock,
                                              Random& random) {
  if (options.tls && !identity) {
    return Fail(ErrorCode::kInvalidArgument, "a TLS server needs a certificate");
  }
  const bool tls = options.tls;
  auto impl = std::make_unique<Impl>(std::move(options), handler, board, clock, random);
  if (tls) TRY(impl->Identify(*identity));
  TRY(impl->Listen());
  impl->Run();
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

std::vector<uint16_t> Server::ports() const { return impl_->ports(); }

Result<void> Server::ReplaceIdentity(const ServerIdentity& identity) {
  return impl_->Identify(identity);
}

Result<void> Server::ReplaceNamedIdentity(const NamedIdentity& named) {
  return impl_->IdentifyNamed(named);
}

void Server::Drain(Duration grace) { impl_->Drain(grace); }

}  // namespace perennial::net
