// SPDX-License-Identifier: Apache-2.0
#include "net/tls_probe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/clock.h"

namespace perennial::net {
namespace {

using ContextPointer = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using SslPointer = std::unique_ptr<SSL, decltype(&SSL_free)>;

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  Socket(const Socket&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

// Counts down from the moment it is made.
class Countdown {
 public:
  explicit Countdown(Duration deadline) : end_(clock_.Monotonic() + deadline) {}

  // Waits until the socket is ready for `events`; false when the deadline passed first.
  bool WaitFor(int fd, short events) const {
    while (true) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(end_ - clock_.Monotonic());
      if (left.count() <= 0) return false;
      pollfd waited{.fd = fd, .events = events, .revents = 0};
      const int ready = poll(&waited, 1, static_cast<int>(left.count()));
      if (ready > 0) return true;
      if (ready < 0 && errno != EINTR) return false;
    }
  }

 private:
  SystemClock clock_;
  Duration end_;
};

std::unexpected<Error> Unreachable(const ProbeRequest& request, std::string_view why) {
  return Fail(ErrorCode::kUnavailable,
              fmt::format("{} port {}: {}", request.address, request.port, why));
}

Result<int> Connect(const ProbeRequest& request, const Countdown& countdown) {
  sockaddr_storage storage{};
  socklen_t length = 0;
  if (auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
      inet_pton(AF_INET, request.address.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(request.port);
    length = sizeof *v4;
  } else if (auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
             inet_pton(AF_INET6, request.address.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(request.port);
    length = sizeof *v6;
  } else {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("\"{}\" is not an IP address", request.address));
  }
  const int fd = socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return Unreachable(request, std::strerror(errno));
  if (connect(fd, reinterpret_cast<sockaddr*>(&storage), length) != 0) {
    int error = errno;
    if (error == EINPROGRESS) {
      if (!countdown.WaitFor(fd, POLLOUT)) {
        close(fd);
        return Unreachable(request, "no connection within the deadline");
      }
      socklen_t size = sizeof error;
      getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    }
    if (error != 0) {
      close(fd);
      return Unreachable(request, std::strerror(error));
    }
  }
  return fd;
}

// A context a probe: nothing is shared, so nothing can be resumed.
ContextPointer MakeContext(ProbeKeyType key_type) {
  ContextPointer context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  // What we say we can verify decides which of the listener's certificates is shown.
  if (key_type == ProbeKeyType::kEcdsa) {
    SSL_CTX_set1_sigalgs_list(context.get(), "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512");
    SSL_CTX_set_cipher_list(context.get(), "ECDHE+ECDSA");
  } else if (key_type == ProbeKeyType::kRsa) {
    SSL_CTX_set1_sigalgs_list(context.get(),
                              "RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:RSA+SHA256");
    SSL_CTX_set_cipher_list(context.get(), "ECDHE+aRSA");
  }
  return context;
}

std::string TlsReason() {
  const auto code = ERR_get_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason != nullptr ? reason : "the peer closed the connection";
}

Result<void> Handshake(SSL* ssl, const ProbeRequest& request, int fd, const Countdown& countdown) {
  while (true) {
    const int done = SSL_connect(ssl);
    if (done == 1) return {};
    const int error = SSL_get_error(ssl, done);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      return Unreachable(request, fmt::format("handshake failed: {}", TlsReason()));
    }
    if (!countdown.WaitFor(fd, error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT)) {
      return Unreachable(request, "no handshake within the deadline");
    }
  }
}

}  // namespace

Result<ProbeAnswer> SystemTlsProbe::Handshake(const ProbeRequest& request) {
  const Countdown countdown(request.deadline);
  TRY_ASSIGN(const int fd, Connect(request, countdown));
  const Socket socket(fd);
  const auto context = MakeContext(request.key_type);
  const SslPointer ssl(SSL_new(context.get()), &SSL_free);
  SSL_set_fd(ssl.get(), fd);
  if (!request.server_name.empty()) {
    SSL_set_tlsext_host_name(ssl.get(), request.server_name.c_str());
  }
  TRY(net::Handshake(ssl.get(), request, fd, countdown));

  ProbeAnswer answer;
  answer.resumed = SSL_session_reused(ssl.get()) == 1;
  const STACK_OF(X509)* chain = SSL_get_peer_cert_chain(ssl.get());
  for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i) {
    unsigned char* der = nullptr;
    const int length = i2d_X509(sk_X509_value(chain, i), &der);
    if (length > 0) answer.chain_der.emplace_back(reinterpret_cast<char*>(der), length);
    OPENSSL_free(der);
  }
  // Say goodbye, so that the listener counts a clean end; its answer is not awaited.
  SSL_shutdown(ssl.get());
  if (answer.chain_der.empty()) return Unreachable(request, "no certificate was shown");
  return answer;
}

}  // namespace perennial::net
