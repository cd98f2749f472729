// SPDX-License-Identifier: Apache-2.0
// The HTTPS client, as a blocking call. Signing and typed calls are built on it in api/.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/http.h"
#include "base/time.h"

namespace perennial::net {

// The seam between a typed client and the network; the simulator cuts here. Safe from any thread.
class Transport {
 public:
  virtual ~Transport() = default;

  // Send returns whatever response came, of any status. The request's headers go out verbatim and
  // in order; `host` must be among them. content-length is added only when absent and the body is
  // not empty or the method is POST, PUT or PATCH. `deadline` covers everything from the name
  // look-up to the last byte. kInvalidArgument: the base URL, method, target or a header is
  // malformed; nothing was sent. kUnavailable: no response; the message says why: "... connection
  // refused", "... unknown host name",
  // "... certificate not trusted: <reason>", "... deadline passed while <doing>". The request may
  // have run all the same, unless the message is about connecting.
  virtual Result<HttpResponse> Send(const std::string& base_url, const HttpRequest& request,
                                    Duration deadline) = 0;
};

struct TransportOptions {
  std::string ca_pem;             // The only trust anchors; the system's are never used.
  bool allow_plain_http = false;  // For http:// base URLs: tests and the plain revocation port.
  size_t response_header_bytes_max = 64 * 1024;
  size_t response_body_bytes_max = 64 * 1024 * 1024;
  size_t idle_connections_max = 32;  // Kept alive per base URL.
  Duration idle_max = std::chrono::seconds(60);
};

// TLS 1.3, certificate and host name (DNS or IP) always checked, connections kept alive per base
// URL. Redirects are not followed. On a kept-alive connection that turns out dead before any
// response byte it tries once more on a fresh one: for GET, HEAD, PUT and DELETE, and for others if
// nothing was written.
class HttpsTransport final : public Transport {
 public:
  // Start fails with kInvalidArgument when ca_pem holds no certificate (unless only plain HTTP is
  // allowed).
  static Result<std::unique_ptr<HttpsTransport>> Start(TransportOptions options);
  ~HttpsTransport() override;  // No call may be running.

  Result<HttpResponse> Send(const std::string& base_url, const HttpRequest& request,
                            Duration deadline) override;

 private:
  class Impl;
  explicit HttpsTransport(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// FetchServerChainPem returns the certificates that the server at `base_url` ("https://host:port")
// presents, leaf first, as PEM. NOTHING IS VERIFIED: the caller compares the hash of the CA with
// one it was given (`perennial login --ca-hash`). kUnavailable as in Send.
Result<std::string> FetchServerChainPem(const std::string& base_url, Duration deadline);

}  // namespace perennial::net
