// SPDX-License-Identifier: Apache-2.0
// Keys and signatures. A key that parsed is sound: its type, size, exponent and point have been
// judged.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/secret_bytes.h"
#include "base/wire_enum.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY.

namespace perennial::pki {

// What we generate. Keys made elsewhere may also be RSA of other sizes.
enum class KeyAlgorithm { kRsa2048, kRsa4096, kEcdsaP256, kEcdsaP384 };
constexpr auto WireNames(std::type_identity<KeyAlgorithm>) {
  return std::to_array<WireName<KeyAlgorithm>>({{KeyAlgorithm::kRsa2048, "RSA2048"},
                                                {KeyAlgorithm::kRsa4096, "RSA4096"},
                                                {KeyAlgorithm::kEcdsaP256, "ECDSA_P256"},
                                                {KeyAlgorithm::kEcdsaP384, "ECDSA_P384"}});
}

enum class SignatureAlgorithm {
  kSha256WithRsa,
  kSha384WithRsa,
  kSha512WithRsa,
  kSha256WithEcdsa,
  kSha384WithEcdsa,
  kSha512WithEcdsa,
};
constexpr auto WireNames(std::type_identity<SignatureAlgorithm>) {
  return std::to_array<WireName<SignatureAlgorithm>>(
      {{SignatureAlgorithm::kSha256WithRsa, "SHA256_WITH_RSA"},
       {SignatureAlgorithm::kSha384WithRsa, "SHA384_WITH_RSA"},
       {SignatureAlgorithm::kSha512WithRsa, "SHA512_WITH_RSA"},
       {SignatureAlgorithm::kSha256WithEcdsa, "SHA256_WITH_ECDSA"},
       {SignatureAlgorithm::kSha384WithEcdsa, "SHA384_WITH_ECDSA"},
       {SignatureAlgorithm::kSha512WithEcdsa, "SHA512_WITH_ECDSA"}});
}

enum class KeyFamily { kRsa, kEcdsa };
KeyFamily FamilyOf(KeyAlgorithm algorithm);
KeyFamily FamilyOf(SignatureAlgorithm algorithm);

// DefaultSignatureAlgorithm returns SHA-384 for P-384 and SHA-256 for all others.
SignatureAlgorithm DefaultSignatureAlgorithm(KeyAlgorithm algorithm);

// The DER AlgorithmIdentifier (RFC 4055, RFC 5758), and back; nothing for one that we do not
// accept.
std::span<const uint8_t> AlgorithmIdentifierOf(SignatureAlgorithm algorithm);
std::optional<SignatureAlgorithm> SignatureAlgorithmOf(std::span<const uint8_t> identifier);

// A public key of RFC 7517 and 7518, members base64url without padding; those of the other type are
// empty.
struct Jwk {
  std::string kty;  // "EC" or "RSA".
  std::string crv;  // "P-256" or "P-384".
  std::string x, y;
  std::string n, e;
  friend bool operator==(const Jwk&, const Jwk&) = default;
};

// A value; copies share one immutable key. Safe to use from many threads.
//
// Each parser refuses with kInvalidArgument what is not one canonical RSA key of 2048 to 8192 bits
// with an odd exponent ≥ 65537, or one point on P-256 or P-384 by name; also moduli that are known
// to be weak (security.md E09).
class PublicKey {
 public:
  static Result<PublicKey> ParsePem(std::string_view pem);  // One PUBLIC KEY block.
  static Result<PublicKey> ParseSpkiDer(std::span<const uint8_t> der);
  static Result<PublicKey> FromJwk(const Jwk& jwk);

  const std::vector<uint8_t>& ToSpkiDer() const;
  std::string ToPem() const;
  Jwk ToJwk() const;

  KeyFamily family() const;
  int bits() const;
  // Nothing for an RSA key of a size that we do not generate.
  std::optional<KeyAlgorithm> algorithm() const;

  // Md5Fingerprint returns MD5 of the DER as `aa:bb:…`, the id of an OCI API key.
  std::string Md5Fingerprint() const;
  // JwkThumbprint returns base64url SHA-256 of RFC 7638: an id for tokens' keys.
  std::string JwkThumbprint() const;
  // KeyIdentifier returns 20 bytes, RFC 7093 §2 method 1: subject and authority key identifier.
  std::vector<uint8_t> KeyIdentifier() const;

  // Verify is false for a signature that is wrong, malformed or of the other family. ECDSA
  // signatures are DER.
  bool Verify(SignatureAlgorithm algorithm, std::span<const uint8_t> message,
              std::span<const uint8_t> signature) const;
  // VerifyJose is ES256 or ES384, by the curve, of RFC 7518 §3.4 (r ‖ s); false for RSA keys.
  bool VerifyJose(std::span<const uint8_t> message, std::span<const uint8_t> signature) const;

  // For code that hands the key to OpenSSL; lives as long as any copy of this value.
  evp_pkey_st* native() const;

  friend bool operator==(const PublicKey& a, const PublicKey& b) {
    return a.ToSpkiDer() == b.ToSpkiDer();
  }

 private:
  friend class PrivateKey;
  struct Rep;
  explicit PublicKey(std::shared_ptr<const Rep> rep) : rep_(std::move(rep)) {}
  std::shared_ptr<const Rep> rep_;
};

// Whoever can sign: a key in memory, later one in a token. Safe to call from many threads.
class Signer {
 public:
  virtual ~Signer() = default;

  // Sign returns the signature, ECDSA in DER. kInvalidArgument when the algorithm is not of the
  // key's family, kUnavailable when the key cannot be reached.
  virtual Result<std::vector<uint8_t>> Sign(SignatureAlgorithm algorithm,
                                            std::span<const uint8_t> message) const = 0;
  virtual const PublicKey& public_key() const = 0;
};

// Can be moved, never copied, compared or printed; wiped at the end.
class PrivateKey final : public Signer {
 public:
  // Generate draws from OpenSSL's generator. RSA-2048 takes about 0.2 s of CPU, P-256 0.02 ms.
  static Result<PrivateKey> Generate(KeyAlgorithm algorithm);

  // The parsers refuse with kInvalidArgument what PublicKey refuses, encrypted keys, a public half
  // that does not belong to the private one, and anything beside the one key. PEM may be PKCS#8,
  // PKCS#1 or SEC1.
  static Result<PrivateKey> ParsePem(std::string_view pem);
  static Result<PrivateKey> ParsePem(const SecretBytes& pem) { return ParsePem(pem.RevealText()); }
  static Result<PrivateKey> ParsePkcs8Der(std::span<const uint8_t> der);

  PrivateKey(PrivateKey&&) noexcept = default;
  PrivateKey& operator=(PrivateKey&&) noexcept = default;

  SecretBytes ToPkcs8Der() const;
  SecretBytes ToPkcs8Pem() const;

  Result<std::vector<uint8_t>> Sign(SignatureAlgorithm algorithm,
                                    std::span<const uint8_t> message) const override;
  // SignJose returns r ‖ s: ES256 for P-256 (64 bytes), ES384 for P-384; kInvalidArgument for RSA.
  Result<std::vector<uint8_t>> SignJose(std::span<const uint8_t> message) const;

  const PublicKey& public_key() const override { return public_; }
  std::optional<KeyAlgorithm> algorithm() const { return public_.algorithm(); }

  // For code that hands the key to OpenSSL; lives as long as this object.
  evp_pkey_st* native() const;

 private:
  struct KeyDeleter {
    void operator()(evp_pkey_st* key) const;
  };
  using KeyPair = std::unique_ptr<evp_pkey_st, KeyDeleter>;
  PrivateKey(PublicKey public_half, KeyPair pair, SecretBytes pkcs8)
      : public_(std::move(public_half)), pair_(std::move(pair)), pkcs8_(std::move(pkcs8)) {}
  template <class Read>
  static Result<PrivateKey> Parse(std::span<const uint8_t> der, Read read);

  // Apart from the pair, so that a copy of the public half never keeps the private one alive.
  PublicKey public_;
  KeyPair pair_;
  SecretBytes pkcs8_;
};

}  // namespace perennial::pki
