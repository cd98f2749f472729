// SPDX-License-Identifier: Apache-2.0
#include "net/transport.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <utility>

#include "base/mutex.h"
#include "net/client_connection.h"
#include "net/response_text.h"

namespace perennial::net {
namespace {

bool IsOneOf(const std::string& method, std::initializer_list<std::string_view> methods) {
  return std::ranges::find(methods, method) != methods.end();
}

// RequestText is the request as bytes, or kInvalidArgument when it would not be one message.
Result<std::string> RequestText(const HttpRequest& request) {
  const auto bad = [](std::string what) {
    return Fail(ErrorCode::kInvalidArgument, "the request has a bad " + what);
  };
  if (!IsOneOf(request.method, {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})) {
    return bad("method");
  }
  const bool visible =
      std::ranges::all_of(request.target, [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
  if (!request.target.starts_with('/') || !visible) return bad("target");
  if (!FindHeader(request.headers, "host")) return bad("host header: there is none");
  if (FindHeader(request.headers, "transfer-encoding")) return bad("transfer-encoding");

  std::string text = request.method + " " + request.target + " HTTP/1.1\r\n";
  for (const auto& [name, value] : request.headers) {
    if (!IsSafeHeader(name, value)) return bad("header");
    text += name + ": " + value + "\r\n";
  }
  const bool has_body = !request.body.empty() || IsOneOf(request.method, {"POST", "PUT", "PATCH"});
  if (const auto length = FindHeader(request.headers, "content-length")) {
    if (*length != std::to_string(request.body.size())) return bad("content-length");
  } else if (has_body) {
    text += fmt::format("content-length: {}\r\n", request.body.size());
  }
  text += "\r\n";
  text += request.body;
  return text;
}

}  // namespace

class HttpsTransport::Impl {
 public:
  Impl(TransportOptions options, TlsContext tls)
      : options_(std::move(options)), tls_(std::move(tls)) {}

  Result<HttpResponse> Send(const std::string& base_url, const HttpRequest& request,
                            Duration within) {
    const auto deadline = SteadyClock::now() + within;
    TRY_ASSIGN(const auto origin, ParseOrigin(base_url));
    if (!origin.tls && !options_.allow_plain_http) {
      return Fail(ErrorCode::kInvalidArgument, base_url + ": only https is allowed");
    }
    if (origin.tls && !tls_) {
      return Fail(ErrorCode::kUnavailable,
                  base_url + ": certificate not trusted: no trust anchors");
    }
    TRY_ASSIGN(auto text, RequestText(request));
    const ResponseLimits limits{.header_bytes_max = options_.response_header_bytes_max,
                                .body_bytes_max = options_.response_body_bytes_max};
    auto exchanged =
        Exchange(origin, {text, request.method == "HEAD", limits}, request.method, deadline);
    WipeText(text);  // Bodies may hold private keys.
    return exchanged;
  }

 private:
  Result<HttpResponse> Exchange(const Origin& origin, const Exchangeable& message,
                                const std::string& method, SteadyTime deadline) {
    if (auto kept = TakeIdle(origin)) {
      auto exchanged = kept->Exchange(message, deadline);
      // The server may have closed it just now, before it saw the request. What may not run twice
      // is only sent again when surely nothing of it has left.
      const bool again = exchanged.stale &&
                         (!exchanged.written || IsOneOf(method, {"GET", "HEAD", "PUT", "DELETE"}));
      if (!again) return Finish(origin, std::move(kept), std::move(exchanged));
    }
    auto fresh = std::make_unique<ClientConnection>(origin);
    TRY_ASSIGN(const auto endpoints, names_.Resolve(origin, deadline));
    TRY(fresh->Connect(endpoints, tls_.get(), deadline));
    auto exchanged = fresh->Exchange(message, deadline);
    return Finish(origin, std::move(fresh), std::move(exchanged));
  }

  Result<HttpResponse> Finish(const Origin& origin, std::unique_ptr<ClientConnection> connection,
                              ClientConnection::Exchanged exchanged) {
    if (!exchanged.reusable) return std::move(exchanged.response);
    MutexLock lock(mutex_);
    auto& idle = idle_[origin.url];
    idle.push_back({std::move(connection), SteadyClock::now()});
    if (idle.size() > options_.idle_connections_max) idle.pop_front();
    return std::move(exchanged.response);
  }

  // The youngest first: the others grow old and are closed.
  std::unique_ptr<ClientConnection> TakeIdle(const Origin& origin) {
    std::deque<Idle> closed;  // Destroyed after the lock is released.
    MutexLock lock(mutex_);
    auto& idle = idle_[origin.url];
    while (!idle.empty() && idle.front().since + options_.idle_max < SteadyClock::now()) {
      closed.push_back(std::move(idle.front()));
      idle.pop_front();
    }
    while (!idle.empty()) {
      auto candidate = std::move(idle.back());
      idle.pop_back();
      if (candidate.connection->LooksAlive()) return std::move(candidate.connection);
      closed.push_back(std::move(candidate));
    }
    return nullptr;
  }

  struct Idle {
    std::unique_ptr<ClientConnection> connection;
    SteadyTime since;
  };

  const TransportOptions options_;
  const TlsContext tls_;
  NameService names_;
  Mutex mutex_;
  std::map<std::string, std::deque<Idle>> idle_ GUARDED_BY(mutex_);
};

HttpsTransport::HttpsTransport(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpsTransport::~HttpsTransport() = default;

Result<std::unique_ptr<HttpsTransport>> HttpsTransport::Start(TransportOptions options) {
  TlsContext tls;
  if (!options.ca_pem.empty() || !options.allow_plain_http) {
    TRY_ASSIGN(tls, MakeClientTls(options.ca_pem));
  }
  auto impl = std::make_unique<Impl>(std::move(options), std::move(tls));
  return std::unique_ptr<HttpsTransport>(new HttpsTransport(std::move(impl)));
}

Result<HttpResponse> HttpsTransport::Send(const std::string& base_url, const HttpRequest& request,
                                          Duration deadline) {
  return impl_->Send(base_url, request, deadline);
}

Result<std::string> FetchServerChainPem(const std::string& base_url, Duration deadline) {
  const auto until = SteadyClock::now() + deadline;
  TRY_ASSIGN(const auto origin, ParseOrigin(base_url));
  if (!origin.tls) return Fail(ErrorCode::kInvalidArgument, base_url + ": not an https URL");
  TRY_ASSIGN(const auto tls, MakeUnverifiedTls());
  NameService names;
  TRY_ASSIGN(const auto endpoints, names.Resolve(origin, until));
  ClientConnection connection(origin);
  TRY(connection.Connect(endpoints, tls.get(), until));
  return connection.ChainPem();
}

}  // namespace perennial::net
