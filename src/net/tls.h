// SPDX-License-Identifier: Apache-2.0
// TLS settings of this project: 1.3 only, named anchors only, no resumption. Used inside net/ only.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/mutex.h"
#include "net/server.h"

namespace perennial::net {

using TlsContext = std::shared_ptr<SSL_CTX>;

// MakeServerTls proves this identity. kInvalidArgument: PEM that cannot be read, an encrypted key,
// or a key that does not belong to the first certificate.
Result<TlsContext> MakeServerTls(const ServerIdentity& identity);

// Which context a client gets by the name that it asks for. Safe from any thread.
class NamedContexts {
 public:
  // Replace makes `context` the one of `names`, and of no others.
  void Replace(std::vector<std::string> names, TlsContext context);
  // Find is null for every other name.
  TlsContext Find(std::string_view name) const;

 private:
  mutable Mutex mutex_;
  std::vector<std::string> names_ GUARDED_BY(mutex_);
  TlsContext context_ GUARDED_BY(mutex_);
};

// ObeyNames lets handshakes that `server` begins go on with the context of the name that the client
// asks for, where `named` knows one. `named` must outlive them.
void ObeyNames(SSL_CTX* server, NamedContexts& named);

// MakeClientTls trusts the certificates of `ca_pem` as roots and nothing else. kInvalidArgument:
// there is none, or one cannot be read.
Result<TlsContext> MakeClientTls(const std::string& ca_pem);

// MakeUnverifiedTls accepts any certificate: for reading a chain, never for sending anything.
Result<TlsContext> MakeUnverifiedTls();

// ExpectServer makes the handshake fail unless the certificate names `host`, a DNS name or IP
// address.
bool ExpectServer(SSL* ssl, const std::string& host);

// PresentedChainPem returns what the peer presented, leaf first; empty when nothing was.
std::string PresentedChainPem(SSL* ssl);

}  // namespace perennial::net
