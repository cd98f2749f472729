// SPDX-License-Identifier: Apache-2.0
#include "net/server_connection.h"

#include <fmt/core.h>

#include <algorithm>
#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>

#include "base/encoding.h"
#include "base/ip_address.h"
#include "base/log.h"
#include "net/response_text.h"

namespace perennial::net {
namespace {

// Heads are small, and thousands of idle connections wait for one.
constexpr size_t kHeadReadBytes = 4 * 1024;
constexpr size_t kBodyReadBytes = 16 * 1024;
// A peer may send the next request while this one is parked, but not without end.
constexpr size_t kPipelinedBytesMax = 256 * 1024;
constexpr Duration kGoodbye = std::chrono::seconds(2);

Refusal Busy() { return {503, "ServiceUnavailable", "too much to do; try again"}; }
Refusal Defect() { return {500, "InternalServerError", "an internal error occurred"}; }

// Runs once on a worker and brings the answer back to the network thread. When the executor drops
// it instead, the destructor brings nullopt back, so that no connection ever waits in vain.
template <class Done>
class Job {
 public:
  Job(std::shared_ptr<IoThread> io, std::function<Answer()> work, Done done)
      : io_(std::move(io)), work_(std::move(work)), done_(std::move(done)) {}
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  ~Job() {
    if (!finished_) Finish(std::nullopt);
  }

  void Run() {
    std::optional<Answer> answer;
    try {
      answer = work_();
    } catch (const std::exception& e) {
      Log(LogLevel::kError, "net", "a handler threw", {{"what", e.what()}});
      answer = HttpResponse{.status = 500};
    }
    work_ = nullptr;  // Before the connection goes on: it holds the request.
    Finish(std::move(answer));
  }

 private:
  void Finish(std::optional<Answer> answer) {
    finished_ = true;
    asio::post(io_->context, [done = std::move(done_), answer = std::move(answer)]() mutable {
      std::move(done)(std::move(answer));
    });
  }

  const std::shared_ptr<IoThread> io_;
  std::function<Answer()> work_;
  Done done_;
  bool finished_ = false;
};

std::optional<asio::ip::address> RemoteOf(const tcp::socket& socket) {
  error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  if (error) return std::nullopt;
  const auto address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return address;
}

std::string AddressOf(const tcp::socket& socket) {
  const auto address = RemoteOf(socket);
  return address ? address->to_string() : std::string();
}

}  // namespace

std::string PeerOf(const tcp::socket& socket) {
  const auto address = RemoteOf(socket);
  if (!address) return {};
  if (address->is_v4()) return HexEncode(PeerNetwork(address->to_v4().to_bytes()));
  return HexEncode(PeerNetwork(address->to_v6().to_bytes()));
}

// The share of one request in the memory for all bodies.
class Connection::BodyLease {
 public:
  explicit BodyLease(ServerState& state) : state_(state) {}
  ~BodyLease() { state_.bodies_bytes -= held_; }
  BodyLease(const BodyLease&) = delete;
  BodyLease& operator=(const BodyLease&) = delete;

  bool GrowTo(size_t bytes) {
    if (bytes <= held_) return true;
    const size_t more = bytes - held_;
    held_ = bytes;
    return state_.bodies_bytes.fetch_add(more) + more <= state_.options.bodies_bytes_max;
  }

 private:
  ServerState& state_;
  size_t held_ = 0;
};

Connection::Connection(ServerState& state, std::shared_ptr<IoThread> io, tcp::socket socket,
                       TlsContext tls, std::string peer)
    : state_(state),
      io_(std::move(io)),
      tls_(std::move(tls)),
      peer_(std::move(peer)),
      wire_(std::move(socket)),
      peer_address_(AddressOf(wire_.socket())),
      limits_{.head_bytes = state.options.header_bytes_max,
              .line_bytes = state.options.header_line_bytes_max,
              .headers = state.options.headers_max,
              .target_bytes = state.options.target_bytes_max} {
  io_->connections.insert(this);
}

Connection::~Connection() {
  io_->connections.erase(this);
  MutexLock lock(state_.mutex);
  --state_.connections;
  const auto mine = state_.connections_of.find(peer_);
  if (--mine->second == 0) state_.connections_of.erase(mine);
  state_.changed.NotifyAll();
}

void Connection::Start() {
  const auto run = [](std::shared_ptr<Connection> self) -> asio::awaitable<void> {
    try {
      co_await self->Serve();
    } catch (const std::exception& e) {
      Log(LogLevel::kError, "net", "a connection failed", {{"what", e.what()}});
    }
    self->wire_.Close();
  };
  asio::co_spawn(io_->context, run(shared_from_this()), asio::detached);
}

void Connection::Drain() {
  if (stage_ == Stage::kIdle || stage_ == Stage::kParked) wire_.Interrupt();
}

asio::awaitable<void> Connection::Serve() {
  error_code ignored;
  wire_.socket().set_option(tcp::no_delay(true), ignored);
  if (tls_) {
    wire_.Arm(state_.options.handshake_deadline);
    wire_.StartTls(tls_.get());
    const auto error = co_await wire_.Handshake(asio::ssl::stream_base::server);
    if (error) co_return;
  }
  const bool goodbye = co_await ServeRequests();
  if (goodbye) co_await wire_.Finish(kGoodbye);
}

// Returns whether the peer may still be there to be said goodbye to.
asio::awaitable<bool> Connection::ServeRequests() {
  for (;;) {
    BodyLease lease(state_);
    auto head = co_await ReadHead();
    std::optional<End> end;
    const auto request = std::make_shared<HttpRequest>();
    Executor* executor = nullptr;
    if (!head) {
      end = std::move(head.error());
    } else {
      *request = std::move(head->request);
      request->peer_address = peer_address_;
      executor = &state_.handler.ExecutorFor(*request);
      end = co_await ReadBody(*head, *request, lease);
    }
    if (end) {
      if (!end->refusal) co_return true;
      const bool sent = co_await Write(ErrorResponse(*end->refusal), false, true);
      co_return sent;
    }

    wire_.Disarm();
    auto answer = co_await Run(
        *executor, [&handler = state_.handler, request] { return handler.Handle(*request); });
    auto response = co_await Settle(*executor, std::move(answer));
    if (!response) co_return false;
    const bool close = head->close || state_.draining;
    const bool sent = co_await Write(std::move(*response), request->method == "HEAD", close);
    // Bodies may hold private keys on their way in.
    WipeText(request->body);
    if (!sent || close) co_return sent;
  }
}

// What to answer when the peer or the deadline ended a message before its end.
Connection::End Connection::Unfinished() const {
  if (wire_.stop() != Wire::Stop::kDeadline) return {};
  return {Refusal{408, "RequestTimeout", "the request did not arrive in time"}};
}

asio::awaitable<bool> Connection::Fill(size_t bytes_max) {
  const size_t old_size = received_.size();
  received_.resize(old_size + bytes_max);
  const auto read = co_await wire_.ReadSome(asio::buffer(received_.data() + old_size, bytes_max));
  received_.resize(old_size + read.bytes);
  co_return !read.error;
}

asio::awaitable<std::expected<RequestHead, Connection::End>> Connection::ReadHead() {
  if (received_.empty()) {
    received_.shrink_to_fit();
    stage_ = Stage::kIdle;
    wire_.Arm(state_.options.idle_deadline);
    if (state_.draining) co_return std::unexpected(End{});
    const bool filled = co_await Fill(kHeadReadBytes);
    if (!filled) co_return std::unexpected(End{});
  }
  stage_ = Stage::kBusy;
  wire_.Arm(state_.options.message_deadline);
  for (;;) {
    const auto size = FindEndOfHead(received_, limits_);
    if (!size) co_return std::unexpected(End{size.error()});
    if (*size > 0) {
      auto head = ParseRequestHead(std::string_view(received_).substr(0, *size), limits_);
      if (!head) co_return std::unexpected(End{std::move(head.error())});
      received_.erase(0, *size);
      co_return std::move(*head);
    }
    const bool filled = co_await Fill(kHeadReadBytes);
    if (!filled) co_return std::unexpected(Unfinished());
  }
}

asio::awaitable<std::optional<Connection::End>> Connection::ReadBody(const RequestHead& head,
                                                                     HttpRequest& request,
                                                                     BodyLease& lease) {
  if (!head.chunked && head.content_length.value_or(0) == 0) co_return std::nullopt;
  const size_t limit = state_.handler.BodyLimit(request);
  if (!head.chunked && *head.content_length > limit) {
    co_return End{Refusal{413, "PayloadTooLarge", "the request body is too large"}};
  }
  if (head.expects_continue && received_.empty()) {
    const auto sent = co_await wire_.Write("HTTP/1.1 100 Continue\r\n\r\n");
    if (sent.error) co_return Unfinished();
  }
  if (head.chunked) co_return co_await ReadChunks(limit, lease, request.body);

  const size_t size = *head.content_length;
  std::string& body = request.body;
  if (!lease.GrowTo(size)) co_return End{Busy()};
  for (;;) {
    const size_t part = std::min(received_.size(), size - body.size());
    body.append(received_, 0, part);
    received_.erase(0, part);
    if (body.size() == size) co_return std::nullopt;
    const bool filled = co_await Fill(kBodyReadBytes);
    if (!filled) co_return Unfinished();
  }
}

asio::awaitable<std::optional<Connection::End>> Connection::ReadChunks(size_t limit,
                                                                       BodyLease& lease,
                                                                       std::string& body) {
  ChunkDecoder decoder(limit);
  for (;;) {
    std::string_view rest = received_;
    const auto state = decoder.Feed(rest, body);
    received_.erase(0, received_.size() - rest.size());
    switch (state) {
      case ChunkDecoder::State::kDone:
        co_return std::nullopt;
      case ChunkDecoder::State::kMalformed:
        co_return End{Refusal{400, "InvalidParameter", "a chunk is malformed"}};
      case ChunkDecoder::State::kTooLarge:
        co_return End{Refusal{413, "PayloadTooLarge", "the request body is too large"}};
      case ChunkDecoder::State::kMore:
        break;
    }
    if (!lease.GrowTo(body.size())) co_return End{Busy()};
    const bool filled = co_await Fill(kBodyReadBytes);
    if (!filled) co_return Unfinished();
  }
}

asio::awaitable<std::optional<Answer>> Connection::Run(Executor& executor,
                                                       std::function<Answer()> work) {
  auto begin = [this, &executor, &work](auto done) {
    const auto job = std::make_shared<Job<decltype(done)>>(io_, std::move(work), std::move(done));
    // A refused job is dropped here, which is an answer too.
    static_cast<void>(executor.Post([job] { job->Run(); }));
  };
  auto answer =
      co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::optional<Answer>)>(
          begin, asio::use_awaitable);
  co_return answer;
}

asio::awaitable<std::optional<HttpResponse>> Connection::Settle(Executor& executor,
                                                                std::optional<Answer> first) {
  std::optional<Answer> answer = std::move(first);
  auto left = state_.options.parked_max;
  for (bool last = false;;) {
    if (!answer) co_return ErrorResponse(Busy());
    if (auto* response = std::get_if<HttpResponse>(&*answer)) {
      const bool bare = response->status == 500 && response->body.empty();
      co_return bare ? ErrorResponse(Defect()) : std::move(*response);
    }
    if (last) {
      Log(LogLevel::kError, "net", "a handler parked instead of its last answer");
      co_return ErrorResponse(Defect());
    }
    auto parked = std::move(std::get<Parked>(*answer));
    const auto since = std::chrono::steady_clock::now();
    left = std::min(left, parked.wait);
    const bool here = co_await WaitForNews(std::move(parked.awaited), left, last);
    if (!here) co_return std::nullopt;
    left -= std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - since);
    wire_.Disarm();
    answer =
        co_await Run(executor, [resume = std::move(parked.resume), last] { return resume(last); });
  }
}

asio::awaitable<bool> Connection::WaitForNews(NotYet awaited, Duration within, bool& last) {
  news_ = false;
  stage_ = Stage::kParked;
  wire_.Arm(within);
  if (state_.draining) wire_.Interrupt();
  const auto ticket = state_.board.Subscribe(awaited, [io = io_, weak = weak_from_this()] {
    asio::post(io->context, [weak] {
      const auto self = weak.lock();
      // The news may come when the request is long answered.
      if (!self || self->stage_ != Stage::kParked) return;
      self->news_ = true;
      self->wire_.Interrupt();
    });
  });
  // Reading is how we learn that the peer has gone; what it sends meanwhile is its next request.
  while (received_.size() < kPipelinedBytesMax) {
    const bool filled = co_await Fill(kHeadReadBytes);
    if (!filled) break;
  }
  state_.board.Unsubscribe(ticket);
  stage_ = Stage::kBusy;
  const auto stop = wire_.stop();
  last = !news_ || state_.draining;
  co_return stop == Wire::Stop::kDeadline || stop == Wire::Stop::kInterrupted;
}

asio::awaitable<bool> Connection::Write(HttpResponse response, bool to_head, bool close) {
  const auto now = state_.clock.Now();
  auto text = EncodeResponse(response, {.to_head = to_head, .close = close, .now = now});
  if (!text) {
    Log(LogLevel::kError, "net", "an answer could not be sent", {{"why", text.error().message}});
    text =
        EncodeResponse(ErrorResponse(Defect()), {.to_head = to_head, .close = close, .now = now});
  }
  wire_.Arm(state_.options.write_deadline);
  const auto sent = co_await wire_.Write(*text);
  // Answers may hold private keys.
  WipeText(*text);
  WipeText(response.body);
  co_return !sent.error;
}

HttpResponse Connection::ErrorResponse(const Refusal& refusal) const {
  return {.status = refusal.status,
          .headers = {{"content-type", "application/json"},
                      {"cache-control", "no-store"},
                      {"x-content-type-options", "nosniff"},
                      {"opc-request-id", HexEncode(state_.random.Bytes(16))}},
          .body = fmt::format(R"({{"code":"{}","message":"{}"}})", refusal.code, refusal.message)};
}

}  // namespace perennial::net
