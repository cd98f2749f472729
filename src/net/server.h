// SPDX-License-Identifier: Apache-2.0
// The HTTPS server: it turns connections into requests, strictly, and handlers' answers back into
// bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/executor.h"
#include "base/http.h"
#include "base/news.h"
#include "base/random.h"
#include "base/secret_bytes.h"

namespace perennial::net {

struct Parked;
using Answer = std::variant<HttpResponse, Parked>;

// "Nothing new yet": the server keeps the connection without a thread and calls `resume` later, on
// the executor the handler ran on. resume(false): the topic moved; it may park again, for the time
// that is left. resume(true): `wait` has passed or the server drains; it must answer (parking again
// then is a defect, and becomes a 500). It is called at most once, and never when the peer has gone
// away first.
struct Parked {
  NotYet awaited;
  Duration wait{};
  std::function<Answer(bool last)> resume;
};

// What answers requests. Safe to call from many threads: every method is.
class Handler {
 public:
  virtual ~Handler() = default;

  // ExecutorFor says on which pool this request runs; `head` has no body yet. Called on a network
  // thread: be quick. The executor must outlive the server. When it refuses the work, the server
  // answers 503.
  virtual Executor& ExecutorFor(const HttpRequest& head) = 0;

  // BodyLimit is the largest body accepted for this request, in bytes; a larger one is answered
  // 413. Called on a network thread: be quick.
  virtual size_t BodyLimit(const HttpRequest& head);

  // Handle answers, or parks. It runs on ExecutorFor's executor and may block. `request` lives
  // until the answer was sent, so `resume` may refer to it. The server adds content-length, date
  // and connection; an answer to HEAD loses its body but keeps its length.
  virtual Answer Handle(const HttpRequest& request) = 0;
};

struct ServerOptions {
  // host:port, IPv6 in brackets. Port 0 picks a free one: see Server::ports.
  std::vector<std::string> listen = {"127.0.0.1:8643"};
  bool tls = true;  // False only for the plain revocation port, metrics and tests.
  int io_threads = 2;

  size_t header_bytes_max = 32 * 1024;          // Request line and all headers together: 431.
  size_t header_line_bytes_max = 16 * 1024;     // 431.
  size_t headers_max = 100;                     // 431.
  size_t target_bytes_max = 8 * 1024;           // 414.
  size_t connections_max = 10000;               // Further ones are closed at once.
  // Of one peer: an IPv4 address or an IPv6 /64, so that nobody holds them all. Further ones are
  // closed at once.
  size_t connections_per_peer_max = 256;
  size_t bodies_bytes_max = 256 * 1024 * 1024;  // All request bodies in memory together: 503.
  // One deadline for the whole of a message, armed at its first byte: the defence against
  // slowloris. 408.
  Duration message_deadline = std::chrono::seconds(30);
  Duration handshake_deadline = std::chrono::seconds(10);
  Duration idle_deadline = std::chrono::seconds(75);  // Between two requests; then closed silently.
  Duration write_deadline =
      std::chrono::seconds(30);                    // For a whole answer: slow readers are cut off.
  Duration parked_max = std::chrono::seconds(60);  // No handler parks a connection for longer.
};

// How the server proves who it is.
struct ServerIdentity {
  std::string chain_pem;        // Leaf first.
  SecretBytes private_key_pem;  // PKCS#8 or SEC 1, not encrypted.
};

// One more identity, for clients that ask for one of its names (SNI, RFC 6066 §3).
struct NamedIdentity {
  std::vector<std::string> names;  // Whole DNS names in lower case; no wildcards.
  ServerIdentity identity;
};

// Owns its sockets and network threads. The handler, board, clock and random must outlive it. All
// methods are safe from any thread.
class Server {
 public:
  // Start listens and returns at once. kInvalidArgument: a bad address, or an identity that is
  // absent (with tls), unreadable or whose key does not fit. kUnavailable: the port cannot be
  // bound.
  static Result<std::unique_ptr<Server>> Start(ServerOptions options,
                                               std::optional<ServerIdentity> identity,
                                               Handler& handler, NewsBoard& board, Clock& clock,
                                               Random& random);
  // Drains without grace: connections are cut off. It still waits for handlers that run.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // ports returns the bound port of each `listen`, in order.
  std::vector<uint16_t> ports() const;

  // ReplaceIdentity serves `identity` to every later handshake; running connections keep theirs. On
  // kInvalidArgument the old identity stays.
  Result<void> ReplaceIdentity(const ServerIdentity& identity);

  // ReplaceNamedIdentity serves `named` to every later handshake that asks for one of its names, and
  // the identity above to all others, those without a name included. On kInvalidArgument the old
  // one stays.
  Result<void> ReplaceNamedIdentity(const NamedIdentity& named);

  // Drain stops accepting, wakes parked requests with last = true, lets what runs answer with
  // `connection: close`, and returns when all connections are gone or `grace` has passed. Call it
  // once.
  void Drain(Duration grace);

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace perennial::net
