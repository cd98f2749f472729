// SPDX-License-Identifier: Apache-2.0
// One connection of the server, from handshake to goodbye. Used inside net/ only.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>

#include "base/mutex.h"
#include "net/request_filter.h"
#include "net/server.h"
#include "net/wire.h"

namespace perennial::net {

class Connection;

// One network thread and what belongs to it. The context may outlive the thread: whoever might
// still post to it (a publisher of news, a worker) holds it.
struct IoThread {
  asio::io_context context{1};
  std::unordered_set<Connection*> connections;  // Touched on this thread only.
};

// What all connections of a server share.
struct ServerState {
  ServerOptions options;
  Handler& handler;
  NewsBoard& board;
  Clock& clock;
  Random& random;
  std::atomic<bool> draining = false;
  std::atomic<size_t> bodies_bytes = 0;
  Mutex mutex;
  Condition changed;
  TlsContext identity GUARDED_BY(mutex);
  NamedContexts named;  // Outlives every handshake that `identity` begins.
  size_t connections GUARDED_BY(mutex) = 0;
  std::map<std::string, size_t> connections_of GUARDED_BY(mutex);  // By PeerOf; none is 0.
};

// PeerOf says whose connection this is, for the limit of each peer: its PeerNetwork in hexadecimal.
// Empty when the peer has gone already.
std::string PeerOf(const tcp::socket& socket);

// Touched on its network thread only; alive as long as its coroutine runs.
class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  // `tls` is null for plain HTTP. The caller has counted the connection in state.connections and in
  // connections_of[peer].
  Connection(ServerState& state, std::shared_ptr<IoThread> io, tcp::socket socket, TlsContext tls,
             std::string peer);
  ~Connection();

  // Start begins to serve; the connection owns itself from here.
  void Start();
  // Drain ends it when idle, and makes a parked request answer now.
  void Drain();
  // Close cuts it off; a running handler's answer is dropped.
  void Close() { wire_.Close(); }

 private:
  enum class Stage { kHandshake, kIdle, kBusy, kParked };

  // Why no further request is read: with a refusal to send, or silently.
  struct End {
    std::optional<Refusal> refusal;
  };
  class BodyLease;

  asio::awaitable<void> Serve();
  asio::awaitable<bool> ServeRequests();
  asio::awaitable<std::expected<RequestHead, End>> ReadHead();
  asio::awaitable<std::optional<End>> ReadBody(const RequestHead& head, HttpRequest& request,
                                               BodyLease& lease);
  asio::awaitable<std::optional<End>> ReadChunks(size_t limit, BodyLease& lease, std::string& body);
  // Fill appends what the peer sends to received_; false: it is gone, or the stage is over.
  asio::awaitable<bool> Fill(size_t bytes_max);
  End Unfinished() const;

  // Settle waits out what was parked; nullopt: the peer has gone.
  asio::awaitable<std::optional<HttpResponse>> Settle(Executor& executor,
                                                      std::optional<Answer> first);
  // WaitForNews returns false when the peer has gone. `last`: nothing will be waited for again.
  asio::awaitable<bool> WaitForNews(NotYet awaited, Duration within, bool& last);
  // Run runs `work` on the executor; nullopt: the executor refused.
  asio::awaitable<std::optional<Answer>> Run(Executor& executor, std::function<Answer()> work);
  asio::awaitable<bool> Write(HttpResponse response, bool to_head, bool close);
  HttpResponse ErrorResponse(const Refusal& refusal) const;

  ServerState& state_;
  const std::shared_ptr<IoThread> io_;
  const TlsContext tls_;
  const std::string peer_;
  Wire wire_;
  std::string peer_address_;
  HeadLimits limits_;
  Stage stage_ = Stage::kHandshake;
  bool news_ = false;
  std::string received_;  // Not used yet; perhaps the beginning of the next request.
};

}  // namespace perennial::net
