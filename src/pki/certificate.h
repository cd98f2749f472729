// SPDX-License-Identifier: Apache-2.0
// X.509 certificates as values (RFC 5280). What parsed is canonical DER, bounded, v3 and holds a
// sound key.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "pki/key.h"
#include "pki/name.h"

namespace perennial::pki {

// RFC 5280 §4.2.1.3; the values are the bit numbers.
enum class KeyUsage {
  kDigitalSignature = 0,
  kNonRepudiation = 1,
  kKeyEncipherment = 2,
  kDataEncipherment = 3,
  kKeyAgreement = 4,
  kKeyCertSign = 5,
  kCrlSign = 6,
  kEncipherOnly = 7,
  kDecipherOnly = 8,
};

struct CertificateExtension {
  std::string oid;  // Dotted.
  bool critical = false;
  std::vector<uint8_t> value;  // Inside the OCTET STRING.
};

// A value; copies share one immutable parse. Safe to use from many threads.
class Certificate {
 public:
  // What the parser found. Bytes are DER; lists are in the order of the certificate.
  struct Fields {
    std::vector<uint8_t> der;
    std::vector<uint8_t> to_be_signed;
    std::vector<uint8_t> serial;  // The INTEGER's content: big endian, two's complement.
    std::vector<uint8_t> subject_der;
    std::vector<uint8_t> issuer_der;
    Time not_before;
    Time not_after;  // Inclusive: the last second.
    SignatureAlgorithm signature_algorithm = SignatureAlgorithm::kSha256WithEcdsa;
    std::vector<uint8_t> signature;
    std::vector<CertificateExtension> extensions;

    bool has_basic_constraints = false;
    bool is_ca = false;
    std::optional<int> path_length;
    std::optional<std::vector<KeyUsage>> key_usage;
    std::vector<std::string>
        extended_key_usage;  // Dotted OIDs; empty when the extension is absent.
    std::vector<SubjectAlternativeName> subject_alternative_names;  // DNS and IP, as spelled.
    int other_alternative_names = 0;  // E-mail, URI, directory and the like.
    bool has_name_constraints = false;
    NameConstraints name_constraints;     // The types that we know.
    int other_name_constraints = 0;       // Of types we do not know.
    std::vector<uint8_t> subject_key_id;  // Empty when absent.
    std::vector<uint8_t> authority_key_id;
  };

  const Fields& fields() const { return rep_->fields; }
  const PublicKey& public_key() const { return rep_->key; }

  const std::vector<uint8_t>& der() const { return fields().der; }
  std::string pem() const;  // Our own encoding: 64 columns, LF, nothing around it.
  // SerialHex returns upper-case pairs with spaces, `03 AC FC FA`, as OCI writes it.
  std::string SerialHex() const;
  std::string subject() const;  // RFC 4514.
  std::string issuer() const;
  const std::vector<uint8_t>& subject_der() const { return fields().subject_der; }
  const std::vector<uint8_t>& issuer_der() const { return fields().issuer_der; }
  Time not_before() const { return fields().not_before; }
  Time not_after() const { return fields().not_after; }
  const std::vector<SubjectAlternativeName>& subject_alternative_names() const {
    return fields().subject_alternative_names;
  }
  std::vector<std::string> DnsNames() const;
  bool is_ca() const { return fields().is_ca; }
  std::optional<int> path_length() const { return fields().path_length; }
  bool is_self_issued() const { return subject_der() == issuer_der(); }
  bool HasKeyUsage(KeyUsage usage) const;
  const std::vector<uint8_t>& subject_key_id() const { return fields().subject_key_id; }
  const std::vector<uint8_t>& authority_key_id() const { return fields().authority_key_id; }
  std::string FingerprintSha256() const;  // Lower-case hex of the DER's hash.

  // IsSignedBy verifies the signature alone: no names, times or constraints.
  bool IsSignedBy(const PublicKey& issuer) const;

  friend bool operator==(const Certificate& a, const Certificate& b) { return a.der() == b.der(); }

 private:
  struct Rep {
    Fields fields;
    PublicKey key;
  };
  friend Result<Certificate> ParseCertificateDer(std::span<const uint8_t> der,
                                                 const PublicKey* known_key);
  explicit Certificate(std::shared_ptr<const Rep> rep) : rep_(std::move(rep)) {}
  std::shared_ptr<const Rep> rep_;
};

// ParseCertificateDer accepts exactly one certificate of at most 64 KiB: canonical DER throughout,
// v3, at most 1,000 names and 64 extensions, none twice. kInvalidArgument otherwise, in time linear
// in the input (security.md E14). `known_key` spares the work of judging the key again when its
// SPKI is the one in the certificate.
Result<Certificate> ParseCertificateDer(std::span<const uint8_t> der,
                                        const PublicKey* known_key = nullptr);

// ParseCertificatePem accepts exactly one CERTIFICATE block; kInvalidArgument.
Result<Certificate> ParseCertificatePem(std::string_view pem);

// ParseChainPem accepts 0 to 10 CERTIFICATE blocks, in their order; kInvalidArgument for more or
// anything else.
Result<std::vector<Certificate>> ParseChainPem(std::string_view pem);

// EncodeChainPem is the inverse: canonical PEM of all, no blank line between.
std::string EncodeChainPem(std::span<const Certificate> chain);

}  // namespace perennial::pki
