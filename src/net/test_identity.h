// SPDX-License-Identifier: Apache-2.0
// Certificates for tests: net/ must not see pki/.
#pragma once

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

#include "net/server.h"

namespace perennial::net {

class TestCa {
 public:
  TestCa() : key_(EVP_EC_gen("P-256"), EVP_PKEY_free), certificate_(X509_new(), X509_free) {
    Fill(certificate_.get(), key_.get(), "test CA", "critical,CA:TRUE", "");
  }

  std::string pem() const { return Pem(certificate_.get()); }

  // Issue makes a server certificate; `names` is as in "DNS:localhost,IP:127.0.0.1".
  ServerIdentity Issue(const std::string& names, const char* common_name = "server") const {
    const Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const Certificate leaf(X509_new(), X509_free);
    Fill(leaf.get(), key.get(), common_name, "critical,CA:FALSE", names);
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PKCS8PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return {Pem(leaf.get()) + pem(), SecretBytes::FromText(Drain(bio))};
  }

 private:
  using Key = std::shared_ptr<EVP_PKEY>;
  using Certificate = std::shared_ptr<X509>;

  void Fill(X509* certificate, EVP_PKEY* key, const char* name, const char* constraints,
            const std::string& names) const {
    X509_set_version(certificate, 2);
    static long serial = 0;
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate_.get()));
    Extend(certificate, NID_basic_constraints, constraints);
    if (!names.empty()) Extend(certificate, NID_subject_alt_name, names.c_str());
    X509_sign(certificate, key_.get(), EVP_sha256());
  }

  static void Extend(X509* certificate, int nid, const char* value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }

  static std::string Pem(X509* certificate) {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, certificate);
    return Drain(bio);
  }

  static std::string Drain(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<size_t>(size));
    BIO_free(bio);
    return text;
  }

  Key key_;
  Certificate certificate_;
};

}  // namespace perennial::net
