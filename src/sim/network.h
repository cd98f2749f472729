// SPDX-License-Identifier: Apache-2.0
// Between the processes: a request is a call of the other's router, unless something happens to it.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "net/transport.h"
#include "sim/part.h"

namespace perennial::sim {

// A process that answers requests.
class Server : public Part {
 public:
  using Part::Part;
  // Answer is called inside Enter. What would be parked is answered at once, as at the end of its
  // wait.
  virtual HttpResponse Answer(const HttpRequest& request) = 0;
};

// Used by one thread.
class Network {
 public:
  struct Hooks {
    // Others go on; `sender` and every step that runs stay where they are.
    std::function<void()> meanwhile;
    // An answer left a server.
    std::function<void(const HttpRequest&, const HttpResponse&)> answered;
  };
  explicit Network(Trace& trace) : trace_(trace) {}

  void SetHooks(Hooks hooks) { hooks_ = std::move(hooks); }
  // Add lets `server` answer under the host; several share it, the first that lives answers.
  void Add(const std::string& host, Server& server) { servers_[host].push_back(&server); }

  Result<HttpResponse> Send(Part& sender, const std::string& base_url, const HttpRequest& request);
  // DeliverLate brings a message that was delayed, the oldest or the youngest; false when there is
  // none.
  bool DeliverLate(bool oldest);
  // Turn has another one of those that share a host answer first.
  void Turn();

 private:
  Result<HttpResponse> Deliver(const std::string& host, const HttpRequest& request);

  struct Late {
    std::string host;
    HttpRequest request;
  };
  Trace& trace_;
  Hooks hooks_;
  std::map<std::string, std::vector<Server*>> servers_;
  std::deque<Late> late_;
};

// A process' end of it.
class SimTransport final : public net::Transport {
 public:
  SimTransport(Network& network, Part& sender) : network_(network), sender_(sender) {}
  Result<HttpResponse> Send(const std::string& base_url, const HttpRequest& request,
                            Duration) override {
    return network_.Send(sender_, base_url, request);
  }

 private:
  Network& network_;
  Part& sender_;
};

}  // namespace perennial::sim
