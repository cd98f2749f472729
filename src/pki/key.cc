// SPDX-License-Identifier: Apache-2.0
#include "pki/key.h"

#include <algorithm>
#include <array>
#include <atomic>

#include "base/check.h"
#include "base/encoding.h"
#include "pki/primitives/key_der.h"
#include "pki/primitives/key_material.h"
#include "pki/primitives/openssl.h"
#include "pki/primitives/pem.h"

namespace perennial::pki {
namespace {

std::unexpected<Error> Refuse(std::string why) {
  return Fail(ErrorCode::kInvalidArgument, std::move(why));
}

const EVP_MD* DigestOf(SignatureAlgorithm algorithm) {
  switch (algorithm) {
    case SignatureAlgorithm::kSha256WithRsa:
    case SignatureAlgorithm::kSha256WithEcdsa:
      return FetchedSha256();
    case SignatureAlgorithm::kSha384WithRsa:
    case SignatureAlgorithm::kSha384WithEcdsa:
      return FetchedSha384();
    case SignatureAlgorithm::kSha512WithRsa:
    case SignatureAlgorithm::kSha512WithEcdsa:
      return FetchedSha512();
  }
  std::abort();
}

std::optional<KeyAlgorithm> AlgorithmOf(KeyShape shape, int bits) {
  if (shape == KeyShape::kP256) return KeyAlgorithm::kEcdsaP256;
  if (shape == KeyShape::kP384) return KeyAlgorithm::kEcdsaP384;
  if (bits == 2048) return KeyAlgorithm::kRsa2048;
  if (bits == 4096) return KeyAlgorithm::kRsa4096;
  return std::nullopt;
}

}  // namespace

KeyFamily FamilyOf(KeyAlgorithm algorithm) {
  const bool rsa = algorithm == KeyAlgorithm::kRsa2048 || algorithm == KeyAlgorithm::kRsa4096;
  return rsa ? KeyFamily::kRsa : KeyFamily::kEcdsa;
}

KeyFamily FamilyOf(SignatureAlgorithm algorithm) {
  return algorithm <= SignatureAlgorithm::kSha512WithRsa ? KeyFamily::kRsa : KeyFamily::kEcdsa;
}

SignatureAlgorithm DefaultSignatureAlgorithm(KeyAlgorithm algorithm) {
  if (FamilyOf(algorithm) == KeyFamily::kRsa) return SignatureAlgorithm::kSha256WithRsa;
  return algorithm == KeyAlgorithm::kEcdsaP384 ? SignatureAlgorithm::kSha384WithEcdsa
                                               : SignatureAlgorithm::kSha256WithEcdsa;
}

std::span<const uint8_t> AlgorithmIdentifierOf(SignatureAlgorithm algorithm) {
  using namespace std::string_view_literals;
  // SEQUENCE { OID, NULL } for RSA, SEQUENCE { OID } for ECDSA; in the order of the enum.
  static constexpr auto kIdentifiers = std::to_array<std::string_view>({
      "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00"sv,
      "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c\x05\x00"sv,
      "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d\x05\x00"sv,
      "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"sv,
      "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03"sv,
      "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x04"sv,
  });
  return AsBytes(kIdentifiers[static_cast<size_t>(algorithm)]);
}

std::optional<SignatureAlgorithm> SignatureAlgorithmOf(std::span<const uint8_t> identifier) {
  for (const auto& entry : WireNames(std::type_identity<SignatureAlgorithm>{})) {
    if (std::ranges::equal(AlgorithmIdentifierOf(entry.value), identifier)) return entry.value;
  }
  return std::nullopt;
}

// OpenSSL's object is made when it is first needed: most keys are only carried.
struct PublicKey::Rep {
  std::vector<uint8_t> spki;
  KeyShape shape = KeyShape::kRsa;
  int bits = 0;
  mutable std::atomic<EVP_PKEY*> native = nullptr;

  ~Rep() { EVP_PKEY_free(native.load()); }
};

Result<PublicKey> PublicKey::ParseSpkiDer(std::span<const uint8_t> der) {
  const auto parts = ReadSpki(der);
  if (!parts) {
    return Refuse("not the canonical DER of an RSA, P-256 or P-384 public key");
  }
  TRY(JudgeKey(*parts));
  auto rep = std::make_shared<Rep>();
  rep->spki.assign(der.begin(), der.end());
  rep->shape = parts->shape;
  rep->bits = BitsOf(*parts);
  return PublicKey(std::move(rep));
}

Result<PublicKey> PublicKey::ParsePem(std::string_view pem) {
  TRY_ASSIGN(const auto blocks, pki::ParsePem(pem, 1));
  if (blocks.size() != 1 || blocks[0].label != "PUBLIC KEY") {
    return Refuse("expected exactly one PEM block labelled PUBLIC KEY");
  }
  return ParseSpkiDer(blocks[0].bytes.Reveal());
}

Result<PublicKey> PublicKey::FromJwk(const Jwk& jwk) {
  const auto refused = Refuse("not an RSA, P-256 or P-384 key in the form of RFC 7518");
  if (jwk.kty == "RSA" && jwk.crv.empty() && jwk.x.empty() && jwk.y.empty()) {
    const auto n = Base64UrlDecode(jwk.n);
    const auto e = Base64UrlDecode(jwk.e);
    if (!n || !e || n->empty() || e->empty() || n->front() == 0 || e->front() == 0) return refused;
    return ParseSpkiDer(WriteSpki({.shape = KeyShape::kRsa, .n = *n, .e = *e}));
  }
  const KeyShape shape = jwk.crv == "P-384" ? KeyShape::kP384 : KeyShape::kP256;
  if (jwk.kty != "EC" || jwk.crv != CurveName(shape) || !jwk.n.empty() || !jwk.e.empty())
    return refused;
  const auto x = Base64UrlDecode(jwk.x);
  const auto y = Base64UrlDecode(jwk.y);
  const size_t size = CoordinateSize(shape);
  if (!x || !y || x->size() != size || y->size() != size) return refused;
  std::vector<uint8_t> point{0x04};
  point.insert(point.end(), x->begin(), x->end());
  point.insert(point.end(), y->begin(), y->end());
  return ParseSpkiDer(WriteSpki({.shape = shape, .point = point}));
}

const std::vector<uint8_t>& PublicKey::ToSpkiDer() const { return rep_->spki; }
std::string PublicKey::ToPem() const { return EncodePem("PUBLIC KEY", rep_->spki); }

Jwk PublicKey::ToJwk() const {
  const auto parts = ReadSpki(rep_->spki);
  if (rep_->shape == KeyShape::kRsa) {
    return {.kty = "RSA", .n = Base64UrlEncode(parts->n), .e = Base64UrlEncode(parts->e)};
  }
  const size_t size = CoordinateSize(rep_->shape);
  return {.kty = "EC",
          .crv = CurveName(rep_->shape),
          .x = Base64UrlEncode(parts->point.subspan(1, size)),
          .y = Base64UrlEncode(parts->point.subspan(1 + size))};
}

KeyFamily PublicKey::family() const {
  return rep_->shape == KeyShape::kRsa ? KeyFamily::kRsa : KeyFamily::kEcdsa;
}
int PublicKey::bits() const { return rep_->bits; }
std::optional<KeyAlgorithm> PublicKey::algorithm() const {
  return AlgorithmOf(rep_->shape, rep_->bits);
}

std::string PublicKey::Md5Fingerprint() const {
  static const EvpMdPtr md5(EVP_MD_fetch(nullptr, "MD5", nullptr));
  std::array<uint8_t, 16> digest;
  CHECK(EVP_Digest(rep_->spki.data(), rep_->spki.size(), digest.data(), nullptr, md5.get(),
                   nullptr) == 1);
  std::string text = HexEncode(digest);
  for (size_t i = 2; i < 16 * 3 - 1; i += 3) text.insert(i, 1, ':');
  return text;
}

std::string PublicKey::JwkThumbprint() const {
  const Jwk jwk = ToJwk();
  // RFC 7638 §3: the required members in lexicographic order; base64url needs no escapes.
  const std::string canonical = jwk.kty == "RSA"
                                    ? R"({"e":")" + jwk.e + R"(","kty":"RSA","n":")" + jwk.n + "\"}"
                                    : R"({"crv":")" + jwk.crv + R"(","kty":"EC","x":")" + jwk.x +
                                          R"(","y":")" + jwk.y + "\"}";
  return Base64UrlEncode(Sha256(canonical));
}

std::vector<uint8_t> PublicKey::KeyIdentifier() const {
  der::Reader outer(rep_->spki);
  auto spki = outer.Enter(der::kSequence);
  spki->Next();
  const auto digest = Sha256(*spki->TakeWholeBitString());
  return {digest.begin(), digest.begin() + 20};
}

evp_pkey_st* PublicKey::native() const {
  if (EVP_PKEY* ready = rep_->native.load(std::memory_order_acquire)) return ready;
  EvpPkeyPtr made = MakePublic(*ReadSpki(rep_->spki));
  CHECK(made != nullptr);  // The numbers were judged when the key was parsed.
  EVP_PKEY* expected = nullptr;
  if (rep_->native.compare_exchange_strong(expected, made.get(), std::memory_order_acq_rel)) {
    return made.release();
  }
  return expected;  // Another thread was faster.
}

bool PublicKey::Verify(SignatureAlgorithm algorithm, std::span<const uint8_t> message,
                       std::span<const uint8_t> signature) const {
  if (FamilyOf(algorithm) != family()) return false;
  const EvpMdCtxPtr ctx(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(ctx.get(), nullptr, DigestOf(algorithm), nullptr, native()) == 1 &&
         EVP_DigestVerify(ctx.get(), signature.data(), signature.size(), message.data(),
                          message.size()) == 1;
}

bool PublicKey::VerifyJose(std::span<const uint8_t> message,
                           std::span<const uint8_t> signature) const {
  const size_t size = CoordinateSize(rep_->shape);
  if (family() != KeyFamily::kEcdsa || signature.size() != 2 * size) return false;
  der::Writer out(2 * size + 16);
  out.Sequence([&] {
    out.UnsignedInteger(signature.first(size));
    out.UnsignedInteger(signature.subspan(size));
  });
  const auto algorithm = rep_->shape == KeyShape::kP384 ? SignatureAlgorithm::kSha384WithEcdsa
                                                        : SignatureAlgorithm::kSha256WithEcdsa;
  return Verify(algorithm, message, out.bytes());
}

void PrivateKey::KeyDeleter::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

Result<PrivateKey> PrivateKey::Generate(KeyAlgorithm algorithm) {
  const KeyShape shape = algorithm == KeyAlgorithm::kEcdsaP256   ? KeyShape::kP256
                         : algorithm == KeyAlgorithm::kEcdsaP384 ? KeyShape::kP384
                                                                 : KeyShape::kRsa;
  EvpPkeyPtr pair = GeneratePair(shape, algorithm == KeyAlgorithm::kRsa4096 ? 4096 : 2048);
  if (!pair) return Fail(ErrorCode::kInternal, "OpenSSL generated no key");
  SecretBytes pkcs8 = WritePkcs8Of(shape, pair.get());
  // What was made here needs no judgement of its numbers.
  const auto parts = ReadPkcs8(pkcs8.Reveal());
  CHECK(parts.has_value());
  auto rep = std::make_shared<PublicKey::Rep>();
  rep->spki = WriteSpki(parts->pub);
  rep->shape = shape;
  rep->bits = BitsOf(parts->pub);
  return PrivateKey(PublicKey(std::move(rep)), KeyPair(pair.release()), std::move(pkcs8));
}

template <class Read>
Result<PrivateKey> PrivateKey::Parse(std::span<const uint8_t> der, Read read) {
  auto parts = read(der);
  if (!parts) return Refuse("not the canonical DER of an RSA, P-256 or P-384 private key");
  std::vector<uint8_t> point;
  if (parts->pub.shape != KeyShape::kRsa && parts->pub.point.empty()) {
    point = PointOf(parts->pub.shape, parts->d);
    parts->pub.point = point;
  }
  TRY_ASSIGN(auto public_half, PublicKey::ParseSpkiDer(WriteSpki(parts->pub)));
  EvpPkeyPtr pair = MakePair(*parts);
  if (!pair || !HalvesBelongTogether(parts->pub.shape, pair.get())) {
    return Refuse("the halves of the private key do not belong together");
  }
  return PrivateKey(std::move(public_half), KeyPair(pair.release()), WritePkcs8(*parts));
}

Result<PrivateKey> PrivateKey::ParsePkcs8Der(std::span<const uint8_t> der) {
  return Parse(der, ReadPkcs8);
}

Result<PrivateKey> PrivateKey::ParsePem(std::string_view pem) {
  TRY_ASSIGN(const auto blocks, pki::ParsePem(pem, 1));
  if (blocks.size() == 1) {
    const auto bytes = blocks[0].bytes.Reveal();
    if (blocks[0].label == "PRIVATE KEY") return Parse(bytes, ReadPkcs8);
    if (blocks[0].label == "RSA PRIVATE KEY") return Parse(bytes, ReadPkcs1);
    if (blocks[0].label == "EC PRIVATE KEY") return Parse(bytes, ReadSec1);
  }
  return Refuse("expected exactly one unencrypted private key in PEM");
}

SecretBytes PrivateKey::ToPkcs8Der() const {
  const auto bytes = pkcs8_.Reveal();
  return SecretBytes({bytes.begin(), bytes.end()});
}

SecretBytes PrivateKey::ToPkcs8Pem() const {
  return SecretBytes::FromText(EncodePem("PRIVATE KEY", pkcs8_.Reveal()));
}

Result<std::vector<uint8_t>> PrivateKey::Sign(SignatureAlgorithm algorithm,
                                              std::span<const uint8_t> message) const {
  if (FamilyOf(algorithm) != public_.family()) {
    return Refuse(std::string(WireNameOf(algorithm)) + " does not suit the signing key");
  }
  std::vector<uint8_t> signature(static_cast<size_t>(EVP_PKEY_get_size(pair_.get())));
  size_t size = signature.size();
  const EvpMdCtxPtr ctx(EVP_MD_CTX_new());
  if (EVP_DigestSignInit(ctx.get(), nullptr, DigestOf(algorithm), nullptr, pair_.get()) != 1 ||
      EVP_DigestSign(ctx.get(), signature.data(), &size, message.data(), message.size()) != 1) {
    return Fail(ErrorCode::kInternal, "OpenSSL made no signature");
  }
  signature.resize(size);
  return signature;
}

Result<std::vector<uint8_t>> PrivateKey::SignJose(std::span<const uint8_t> message) const {
  const KeyShape shape = public_.rep_->shape;
  if (shape == KeyShape::kRsa) return Refuse("ES256 and ES384 need a key on a curve");
  TRY_ASSIGN(const auto signature,
             Sign(shape == KeyShape::kP384 ? SignatureAlgorithm::kSha384WithEcdsa
                                           : SignatureAlgorithm::kSha256WithEcdsa,
                  message));
  der::Reader outer(signature);
  auto numbers = outer.Enter(der::kSequence);
  const size_t size = CoordinateSize(shape);
  std::vector<uint8_t> joined(2 * size);
  for (const size_t end : {size, 2 * size}) {
    const auto number = numbers ? numbers->TakeUnsigned() : std::nullopt;
    CHECK(number && number->size() <= size);
    std::ranges::copy(*number, joined.begin() + static_cast<ptrdiff_t>(end - number->size()));
  }
  return joined;
}

evp_pkey_st* PrivateKey::native() const { return pair_.get(); }

}  // namespace perennial::pki
