// SPDX-License-Identifier: Apache-2.0
#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace perennial::net {
namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free>>;
using X509Ptr = std::unique_ptr<X509, Deleter<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;

BioPtr ReadFrom(std::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Without this, OpenSSL would ask the terminal.
int NoPassword(char*, int, int, void*) { return -1; }

Result<std::vector<X509Ptr>> ParseCertificates(std::string_view pem) {
  std::vector<X509Ptr> certificates;
  const auto bio = ReadFrom(pem);
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, NoPassword, nullptr)) {
    certificates.emplace_back(certificate);
  }
  // The loop ends on an error in any case; only "no further PEM block" is a good one.
  const auto error = ERR_peek_last_error();
  const bool at_end =
      ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end || certificates.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "cannot read the PEM certificates");
  }
  return certificates;
}

Result<TlsContext> MakeContext(const SSL_METHOD* method) {
  TlsContext context(SSL_CTX_new(method), SSL_CTX_free);
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION) != 1) {
    return Fail(ErrorCode::kInternal, "OpenSSL cannot make a TLS 1.3 context");
  }
  // Idle connections are many, so they give their record buffers back.
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  return context;
}

// Refuses peers that offer other protocols only (RFC 7301 §3.2), so that no TLS connection meant
// for another protocol ends up here (ALPACA).
int SelectHttp11(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                 unsigned int in_size, void*) {
  static constexpr unsigned char kHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* selected = nullptr;
  if (SSL_select_next_proto(&selected, out_size, kHttp11, sizeof kHttp11, in, in_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

int SelectByName(SSL* ssl, int*, void* named) {
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name == nullptr) return SSL_TLSEXT_ERR_NOACK;
  const auto context = static_cast<NamedContexts*>(named)->Find(name);
  // The handshake holds the context from here on.
  if (context && SSL_set_SSL_CTX(ssl, context.get()) == nullptr) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

void NamedContexts::Replace(std::vector<std::string> names, TlsContext context) {
  MutexLock lock(mutex_);
  names_ = std::move(names);
  context_ = std::move(context);
}

TlsContext NamedContexts::Find(std::string_view name) const {
  std::string wanted(name);  // Names compare without regard to case (RFC 4343).
  std::ranges::transform(wanted, wanted.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  MutexLock lock(mutex_);
  return std::ranges::find(names_, wanted) == names_.end() ? nullptr : context_;
}

void ObeyNames(SSL_CTX* server, NamedContexts& named) {
  SSL_CTX_set_tlsext_servername_callback(server, SelectByName);
  SSL_CTX_set_tlsext_servername_arg(server, &named);
}

Result<TlsContext> MakeServerTls(const ServerIdentity& identity) {
  TRY_ASSIGN(auto chain, ParseCertificates(identity.chain_pem));
  const auto key_bio = ReadFrom(identity.private_key_pem.RevealText());
  const KeyPtr key(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, NoPassword, nullptr));
  ERR_clear_error();
  if (!key) return Fail(ErrorCode::kInvalidArgument, "cannot read the PEM private key");

  TRY_ASSIGN(auto context, MakeContext(TLS_server_method()));
  SSL_CTX* tls = context.get();
  bool good = SSL_CTX_use_certificate(tls, chain.front().get()) == 1 &&
              SSL_CTX_use_PrivateKey(tls, key.get()) == 1 && SSL_CTX_check_private_key(tls) == 1;
  for (size_t i = 1; good && i < chain.size(); ++i) {
    good = SSL_CTX_add1_chain_cert(tls, chain[i].get()) == 1;
  }
  ERR_clear_error();
  if (!good) {
    return Fail(ErrorCode::kInvalidArgument, "the private key does not belong to the certificate");
  }
  // A ticket would let a client go on with a replaced identity, and connections are long-lived
  // anyway.
  SSL_CTX_set_num_tickets(tls, 0);
  SSL_CTX_set_alpn_select_cb(tls, SelectHttp11, nullptr);
  return context;
}

Result<TlsContext> MakeClientTls(const std::string& ca_pem) {
  TRY_ASSIGN(const auto anchors, ParseCertificates(ca_pem));
  TRY_ASSIGN(auto context, MakeContext(TLS_client_method()));
  X509_STORE* store = SSL_CTX_get_cert_store(context.get());
  for (const auto& anchor : anchors) {
    if (X509_STORE_add_cert(store, anchor.get()) != 1) {
      ERR_clear_error();
      return Fail(ErrorCode::kInvalidArgument, "cannot use a certificate as trust anchor");
    }
  }
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  return context;
}

Result<TlsContext> MakeUnverifiedTls() {
  TRY_ASSIGN(auto context, MakeContext(TLS_client_method()));
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  return context;
}

bool ExpectServer(SSL* ssl, const std::string& host) {
  X509_VERIFY_PARAM* wanted = SSL_get0_param(ssl);
  // The subject's common name is no host name (RFC 9525 §2).
  X509_VERIFY_PARAM_set_hostflags(
      wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1) return true;
  ERR_clear_error();
  return X509_VERIFY_PARAM_set1_host(wanted, host.data(), host.size()) == 1 &&
         SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

std::string PresentedChainPem(SSL* ssl) {
  const BioPtr out(BIO_new(BIO_s_mem()));
  const STACK_OF(X509)* chain = SSL_get_peer_cert_chain(ssl);
  for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i) {
    PEM_write_bio_X509(out.get(), sk_X509_value(chain, i));
  }
  const char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return size > 0 ? std::string(data, static_cast<size_t>(size)) : std::string();
}

}  // namespace perennial::net
