// SPDX-License-Identifier: Apache-2.0
// TLS settings of this project: 1.3 only, named anchors only, no resumption. Used inside net/ only.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "base/error.h"
#include "net/server.h"

namespace perennial::net {

using TlsContext = std::shared_ptr<SSL_CTX>;

// MakeServerTls proves this identity. kInvalidArgument: PEM that cannot be read, an encrypted key,
// or a key that does not belong to the first certificate.
Result<TlsContext> MakeServerTls(const ServerIdentity& identity);

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
