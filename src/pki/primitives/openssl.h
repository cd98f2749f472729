// SPDX-License-Identifier: Apache-2.0
// Owners for OpenSSL's objects, and its algorithms fetched once: a fetch costs more than a P-256
// signature.
#pragma once

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <memory>

namespace perennial::pki {

template <auto Free>
struct OpensslDeleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <class T, auto Free>
using OpensslPtr = std::unique_ptr<T, OpensslDeleter<Free>>;

using BignumPtr = OpensslPtr<BIGNUM, BN_clear_free>;
using BnCtxPtr = OpensslPtr<BN_CTX, BN_CTX_free>;
using EvpPkeyPtr = OpensslPtr<EVP_PKEY, EVP_PKEY_free>;
using EvpPkeyCtxPtr = OpensslPtr<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using EvpMdCtxPtr = OpensslPtr<EVP_MD_CTX, EVP_MD_CTX_free>;
using EvpMdPtr = OpensslPtr<EVP_MD, EVP_MD_free>;
using X509Ptr = OpensslPtr<X509, X509_free>;
using X509StorePtr = OpensslPtr<X509_STORE, X509_STORE_free>;
using X509StoreCtxPtr = OpensslPtr<X509_STORE_CTX, X509_STORE_CTX_free>;

// Digests for the life of the process.
inline const EVP_MD* FetchedSha256() {
  static const EvpMdPtr digest(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  return digest.get();
}
inline const EVP_MD* FetchedSha384() {
  static const EvpMdPtr digest(EVP_MD_fetch(nullptr, "SHA384", nullptr));
  return digest.get();
}
inline const EVP_MD* FetchedSha512() {
  static const EvpMdPtr digest(EVP_MD_fetch(nullptr, "SHA512", nullptr));
  return digest.get();
}

}  // namespace perennial::pki
