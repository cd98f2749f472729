// SPDX-License-Identifier: Apache-2.0
// A running server for tests, whose handler does what the test says and remembers what it saw.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/executor.h"
#include "base/mutex.h"
#include "base/random.h"
#include "net/server.h"
#include "net/test_identity.h"
#include "net/test_peer.h"

namespace perennial::net {

// A fact that one thread waits for and another announces.
class Event {
 public:
  void Set() {
    MutexLock lock(mutex_);
    set_ = true;
    changed_.NotifyAll();
  }
  // Wait returns false when nothing happens for ten seconds.
  bool Wait() {
    MutexLock lock(mutex_);
    while (!set_) {
      if (!changed_.WaitFor(mutex_, std::chrono::seconds(10))) return set_;
    }
    return true;
  }

 private:
  Mutex mutex_;
  Condition changed_;
  bool set_ GUARDED_BY(mutex_) = false;
};

class TestHandler final : public Handler {
 public:
  using Act = std::function<Answer(const HttpRequest&)>;

  explicit TestHandler(int threads) : pool_({.name = "test", .threads = threads}) {}

  Executor& ExecutorFor(const HttpRequest&) override { return pool_; }
  size_t BodyLimit(const HttpRequest&) override { return 1000; }
  Answer Handle(const HttpRequest& request) override {
    {
      MutexLock lock(mutex_);
      seen_.push_back(request);
    }
    if (act) return act(request);
    return HttpResponse{.status = 200,
                        .body = request.method + " " + request.target + request.body};
  }

  std::vector<HttpRequest> seen() {
    MutexLock lock(mutex_);
    return seen_;
  }
  void Stop() { pool_.Stop(); }

  Act act;  // Set before the first request.

 private:
  ThreadPool pool_;
  Mutex mutex_;
  std::vector<HttpRequest> seen_ GUARDED_BY(mutex_);
};

class TestServer {
 public:
  explicit TestServer(ServerOptions options = {}, std::string names = "IP:127.0.0.1,DNS:localhost",
                      int threads = 4)
      : handler(threads) {
    options.listen = {"127.0.0.1:0"};
    auto started = Server::Start(options, ca.Issue(names), handler, board, clock, random);
    EXPECT_TRUE(started.has_value()) << started.error().message;
    server = std::move(*started);
  }

  static ServerOptions Plain() {
    ServerOptions options;
    options.tls = false;
    return options;
  }

  uint16_t port() const { return server->ports().front(); }
  std::string url() const { return "https://127.0.0.1:" + std::to_string(port()); }
  RawSocket Connect() const { return RawSocket::ConnectTo(port()); }

  TestCa ca;
  SystemClock clock;
  SystemRandom random;
  NewsBoard board;
  TestHandler handler;
  std::unique_ptr<Server> server;
};

inline std::string GetText(const std::string& target, const std::string& headers = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
}

}  // namespace perennial::net
