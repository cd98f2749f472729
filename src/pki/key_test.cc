// SPDX-License-Identifier: Apache-2.0
#include "pki/key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/encoding.h"
#include "pki/primitives/key_der.h"
#include "pki/primitives/openssl.h"
#include "pki/testing.h"

namespace perennial::pki {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kAll = {KeyAlgorithm::kRsa2048, KeyAlgorithm::kEcdsaP256, KeyAlgorithm::kEcdsaP384};

const PrivateKey& Rsa() {
  static const PrivateKey key = testing::Must(PrivateKey::Generate(KeyAlgorithm::kRsa2048));
  return key;
}
const PrivateKey& P256() {
  static const PrivateKey key = testing::Must(PrivateKey::Generate(KeyAlgorithm::kEcdsaP256));
  return key;
}
const PrivateKey& P384() {
  static const PrivateKey key = testing::Must(PrivateKey::Generate(KeyAlgorithm::kEcdsaP384));
  return key;
}
const PrivateKey& KeyOf(KeyAlgorithm algorithm) {
  return algorithm == KeyAlgorithm::kRsa2048     ? Rsa()
         : algorithm == KeyAlgorithm::kEcdsaP256 ? P256()
                                                 : P384();
}

// What OpenSSL itself writes.
std::vector<uint8_t> OpensslSpki(EVP_PKEY* key) {
  unsigned char* bytes = nullptr;
  const int size = i2d_PUBKEY(key, &bytes);
  std::vector<uint8_t> der(bytes, bytes + size);
  OPENSSL_free(bytes);
  return der;
}
std::vector<uint8_t> OpensslPkcs8(const EVP_PKEY* key) {
  const OpensslPtr<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free> info(EVP_PKEY2PKCS8(key));
  unsigned char* bytes = nullptr;
  const int size = i2d_PKCS8_PRIV_KEY_INFO(info.get(), &bytes);
  std::vector<uint8_t> der(bytes, bytes + size);
  OPENSSL_free(bytes);
  return der;
}
std::string OpensslPem(EVP_PKEY* key, const char* type, const char* structure,
                       const char* cipher = nullptr) {
  (void)type;
  const OpensslPtr<BIO, BIO_free_all> bio(BIO_new(BIO_s_mem()));
  if (std::string_view(structure) == "type-specific") {
    PEM_write_bio_PrivateKey_traditional(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  } else {
    unsigned char password[] = "secret";
    PEM_write_bio_PKCS8PrivateKey(bio.get(), key, cipher != nullptr ? EVP_aes_128_cbc() : nullptr,
                                  cipher != nullptr ? reinterpret_cast<char*>(password) : nullptr,
                                  cipher != nullptr ? 6 : 0, nullptr, nullptr);
  }
  char* text = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<size_t>(size)};
}

TEST(PrivateKey, WritesTheSameBytesAsOpenssl) {
  for (const auto algorithm : kAll) {
    const auto& key = KeyOf(algorithm);
    EXPECT_EQ(key.public_key().ToSpkiDer(), OpensslSpki(key.native())) << WireNameOf(algorithm);
    EXPECT_EQ(AsText(key.ToPkcs8Der().Reveal()), AsText(OpensslPkcs8(key.native())))
        << WireNameOf(algorithm);
    EXPECT_EQ(key.ToPkcs8Pem().RevealText(), OpensslPem(key.native(), "", "pkcs8"));
    EXPECT_EQ(key.algorithm(), algorithm);
  }
}

TEST(PrivateKey, ReadsEveryCommonForm) {
  for (const auto algorithm : kAll) {
    const auto& key = KeyOf(algorithm);
    const auto same = [&](Result<PrivateKey> read) {
      ASSERT_TRUE(read.has_value()) << read.error().message;
      EXPECT_EQ(read->public_key(), key.public_key());
      EXPECT_EQ(read->ToPkcs8Der().RevealText(), key.ToPkcs8Der().RevealText());
    };
    same(PrivateKey::ParsePkcs8Der(key.ToPkcs8Der().Reveal()));
    same(PrivateKey::ParsePem(key.ToPkcs8Pem()));
    same(PrivateKey::ParsePem(OpensslPem(key.native(), "", "type-specific")));
  }
}

TEST(PrivateKey, ComputesAPublicHalfThatIsAbsent) {
  const auto der = P256().ToPkcs8Der();
  const auto parts = ReadPkcs8(der.Reveal());
  // SEC 1 without [1].
  der::Writer out;
  out.Sequence([&] {
    out.SmallInteger(0);
    out.Raw(HexDecode("301306072a8648ce3d020106082a8648ce3d030107").value());
    out.Nest(der::kOctetString, [&] {
      out.Sequence([&] {
        out.SmallInteger(1);
        out.Element(der::kOctetString, parts->d);
      });
    });
  });
  const auto read = PrivateKey::ParsePkcs8Der(out.bytes());
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->public_key(), P256().public_key());
}

TEST(PrivateKey, RefusesHalvesOfTwoKeys) {
  const auto other = testing::Must(PrivateKey::Generate(KeyAlgorithm::kEcdsaP256));
  const auto mine_der = P256().ToPkcs8Der();
  const auto other_der = other.ToPkcs8Der();
  auto mine = ReadPkcs8(mine_der.Reveal());
  mine->pub.point = ReadPkcs8(other_der.Reveal())->pub.point;
  const auto mixed = PrivateKey::ParsePkcs8Der(WritePkcs8(*mine).Reveal());
  ASSERT_FALSE(mixed.has_value());
  EXPECT_THAT(mixed.error().message, HasSubstr("belong together"));

  const auto other_rsa = testing::Must(PrivateKey::Generate(KeyAlgorithm::kRsa2048));
  const auto rsa_der = Rsa().ToPkcs8Der();
  const auto other_rsa_der = other_rsa.ToPkcs8Der();
  auto rsa = ReadPkcs8(rsa_der.Reveal());
  rsa->pub.n = ReadPkcs8(other_rsa_der.Reveal())->pub.n;
  EXPECT_FALSE(PrivateKey::ParsePkcs8Der(WritePkcs8(*rsa).Reveal()).has_value());
}

TEST(PrivateKey, RefusesScalarsOutsideTheGroup) {
  const auto der = P256().ToPkcs8Der();
  auto parts = ReadPkcs8(der.Reveal());
  for (const std::string& hex :
       {std::string(64, '0'), std::string(64, 'f'),
        std::string("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")}) {
    const auto d = HexDecode(hex).value();
    parts->d = d;
    EXPECT_FALSE(PrivateKey::ParsePkcs8Der(WritePkcs8(*parts).Reveal()).has_value()) << hex;
  }
}

TEST(PrivateKey, RefusesEncryptedSeveralAndTrailing) {
  EXPECT_FALSE(
      PrivateKey::ParsePem(OpensslPem(P256().native(), "", "pkcs8", "AES-128-CBC")).has_value());
  const std::string pem(P256().ToPkcs8Pem().RevealText());
  EXPECT_FALSE(PrivateKey::ParsePem(pem + pem).has_value());
  EXPECT_FALSE(PrivateKey::ParsePem(std::string_view("")).has_value());
  EXPECT_FALSE(PrivateKey::ParsePem(P256().public_key().ToPem()).has_value());
  const auto secret = P256().ToPkcs8Der();
  std::vector<uint8_t> der(secret.Reveal().begin(), secret.Reveal().end());
  der.push_back(0);
  EXPECT_FALSE(PrivateKey::ParsePkcs8Der(der).has_value());
}

TEST(PrivateKey, SignsSoThatOnlyItsPublicHalfVerifies) {
  const auto message = AsBytes("to be signed");
  for (const auto algorithm : kAll) {
    const auto& key = KeyOf(algorithm);
    for (const auto& [signature_algorithm, name] :
         WireNames(std::type_identity<SignatureAlgorithm>{})) {
      const auto signature = key.Sign(signature_algorithm, message);
      if (FamilyOf(signature_algorithm) != FamilyOf(algorithm)) {
        EXPECT_EQ(signature.error().code, ErrorCode::kInvalidArgument) << name;
        continue;
      }
      ASSERT_TRUE(signature.has_value()) << name;
      EXPECT_TRUE(key.public_key().Verify(signature_algorithm, message, *signature));
      EXPECT_FALSE(key.public_key().Verify(signature_algorithm, AsBytes("other"), *signature));
      EXPECT_FALSE(key.public_key().Verify(signature_algorithm, message, {}));
      for (const auto& [other, other_name] : WireNames(std::type_identity<SignatureAlgorithm>{})) {
        EXPECT_EQ(key.public_key().Verify(other, message, *signature), other == signature_algorithm)
            << other_name;
      }
      auto damaged = *signature;
      damaged.back() ^= 1;
      EXPECT_FALSE(key.public_key().Verify(signature_algorithm, message, damaged));
    }
  }
  const auto other = testing::Must(PrivateKey::Generate(KeyAlgorithm::kEcdsaP256));
  const auto signature = P256().Sign(SignatureAlgorithm::kSha256WithEcdsa, message);
  EXPECT_FALSE(
      other.public_key().Verify(SignatureAlgorithm::kSha256WithEcdsa, message, *signature));
}

TEST(PrivateKey, SignsForJoseInFixedLength) {
  const auto message = AsBytes("header.payload");
  for (int i = 0; i < 300; ++i) {  // Often enough to meet numbers with leading zeros.
    const auto signature = P256().SignJose(message);
    ASSERT_EQ(signature->size(), 64u);
    ASSERT_TRUE(P256().public_key().VerifyJose(message, *signature));
  }
  const auto signature = P384().SignJose(message);
  EXPECT_EQ(signature->size(), 96u);
  EXPECT_TRUE(P384().public_key().VerifyJose(message, *signature));
  EXPECT_FALSE(P256().public_key().VerifyJose(message, *signature));
  EXPECT_FALSE(P256().public_key().VerifyJose(message, std::vector<uint8_t>(64, 0)));
  EXPECT_FALSE(P256().public_key().VerifyJose(message, {}));
  const auto der = P256().Sign(SignatureAlgorithm::kSha256WithEcdsa, message);
  EXPECT_FALSE(P256().public_key().VerifyJose(message, *der));
  EXPECT_FALSE(Rsa().SignJose(message).has_value());
  EXPECT_FALSE(Rsa().public_key().VerifyJose(message, std::vector<uint8_t>(64, 1)));
}

TEST(PrivateKey, LeavesNothingPrivateInItsPublicHalf) {
  std::optional<PublicKey> kept;
  {
    const auto key = testing::Must(PrivateKey::Generate(KeyAlgorithm::kEcdsaP256));
    kept = key.public_key();
  }
  BIGNUM* secret = nullptr;
  EXPECT_NE(EVP_PKEY_get_bn_param(kept->native(), "priv", &secret), 1);
  EXPECT_EQ(secret, nullptr);
}

TEST(PublicKey, GoesThroughPemAndJwk) {
  for (const auto algorithm : kAll) {
    const auto& key = KeyOf(algorithm).public_key();
    EXPECT_EQ(PublicKey::ParsePem(key.ToPem()), key);
    EXPECT_EQ(PublicKey::FromJwk(key.ToJwk()), key);
    EXPECT_EQ(key.algorithm(), algorithm);
  }
}

// RFC 7638 §3.1.
TEST(PublicKey, HasTheThumbprintOfTheRfc) {
  const Jwk jwk{.kty = "RSA",
                .n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuh"
                     "DR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknj"
                     "hMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_"
                     "FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQ"
                     "vRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_"
                     "xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzK"
                     "nqDKgw",
                .e = "AQAB"};
  const auto key = PublicKey::FromJwk(jwk);
  ASSERT_TRUE(key.has_value()) << key.error().message;
  EXPECT_EQ(key->JwkThumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
  EXPECT_EQ(key->ToJwk(), jwk);
}

TEST(PublicKey, RefusesJwksThatAreSpelledInOtherWays) {
  const Jwk good = P256().public_key().ToJwk();
  const auto refused = [&](auto change) {
    Jwk bad = good;
    change(bad);
    return !PublicKey::FromJwk(bad).has_value();
  };
  EXPECT_FALSE(refused([](Jwk&) {}));
  EXPECT_TRUE(refused([](Jwk& j) { j.kty = "ec"; }));
  EXPECT_TRUE(refused([](Jwk& j) { j.kty = "oct"; }));
  EXPECT_TRUE(refused([](Jwk& j) { j.crv = "P-384"; }));
  EXPECT_TRUE(refused([](Jwk& j) { j.crv = "secp256k1"; }));
  EXPECT_TRUE(refused([](Jwk& j) { j.x.pop_back(); }));
  EXPECT_TRUE(refused([](Jwk& j) { j.x += "="; }));
  EXPECT_TRUE(refused([](Jwk& j) { std::swap(j.x, j.y); }));
  EXPECT_TRUE(refused([](Jwk& j) { j.e = "AQAB"; }));
  EXPECT_TRUE(refused([](Jwk& j) { j.x = Base64UrlEncode(std::vector<uint8_t>(32, 0)); }));
}

// OCI's fingerprint: `openssl rsa -pubin -outform DER | openssl md5 -c` of the key in RFC 7638.
TEST(PublicKey, HasTheFingerprintOfAnApiKey) {
  const auto fingerprint = Rsa().public_key().Md5Fingerprint();
  EXPECT_THAT(fingerprint, ::testing::MatchesRegex("([0-9a-f][0-9a-f]:){15}[0-9a-f][0-9a-f]"));
  std::array<uint8_t, 16> digest;
  const auto& spki = Rsa().public_key().ToSpkiDer();
  EVP_Digest(spki.data(), spki.size(), digest.data(), nullptr, EVP_md5(), nullptr);
  std::string joined = fingerprint;
  std::erase(joined, ':');
  EXPECT_EQ(joined, HexEncode(digest));
}

// security.md E09.
std::string Fault(const std::vector<uint8_t>& spki) {
  const auto key = PublicKey::ParseSpkiDer(spki);
  return key ? "" : key.error().message;
}
std::vector<uint8_t> RsaSpki(unsigned bits, const char* exponent_hex) {
  const BignumPtr n(BN_new());
  BN_rand(n.get(), static_cast<int>(bits), BN_RAND_TOP_TWO, BN_RAND_BOTTOM_ODD);
  while (BN_mod_word(n.get(), 3) == 0) BN_add_word(n.get(), 2);
  std::vector<uint8_t> bytes(static_cast<size_t>(BN_num_bytes(n.get())));
  BN_bn2bin(n.get(), bytes.data());
  const auto e = HexDecode(exponent_hex).value();
  return WriteSpki({.shape = KeyShape::kRsa, .n = bytes, .e = e});
}

TEST(PublicKey, RefusesWeakRsaKeys) {
  const auto good = ReadSpki(Rsa().public_key().ToSpkiDer());
  const auto with_exponent = [&](const char* hex) {
    const auto e = HexDecode(hex).value();
    return Fault(WriteSpki({.shape = KeyShape::kRsa, .n = good->n, .e = e}));
  };
  EXPECT_EQ(with_exponent("010001"), "");
  EXPECT_EQ(with_exponent("ffffffffffffffff"), "");
  for (const auto* exponent : {"01", "03", "ffff", "010000", "010002", "01ffffffffffffffff"}) {
    EXPECT_THAT(with_exponent(exponent), HasSubstr("exponent")) << exponent;
  }
  for (const unsigned bits : {512u, 1024u, 2047u, 8193u, 16384u}) {
    EXPECT_THAT(Fault(RsaSpki(bits, "010001")), HasSubstr("2048 to 8192 bits")) << bits;
  }
  // A random odd number nearly always has a small factor.
  const BignumPtr weak(BN_bin2bn(good->n.data(), static_cast<int>(good->n.size()), nullptr));
  BN_add_word(weak.get(), 2);
  while (BN_mod_word(weak.get(), 7) != 0) BN_add_word(weak.get(), 2);
  std::vector<uint8_t> bytes(good->n.size());
  BN_bn2binpad(weak.get(), bytes.data(), static_cast<int>(bytes.size()));
  EXPECT_THAT(Fault(WriteSpki({.shape = KeyShape::kRsa, .n = bytes, .e = good->e})),
              HasSubstr("small factor"));
}

TEST(PublicKey, RefusesCurvesAndPointsThatAreNotOurs) {
  const auto spki = P256().public_key().ToSpkiDer();
  auto off_curve = spki;
  off_curve.back() ^= 1;
  EXPECT_THAT(Fault(off_curve), HasSubstr("not on its curve"));
  auto hybrid = spki;
  hybrid[26] = static_cast<uint8_t>(0x06 | (spki.back() & 1));
  EXPECT_NE(Fault(hybrid), "");
  // At infinity: a point of one byte.
  EXPECT_NE(Fault(HexDecode("301906072a8648ce3d020106082a8648ce3d03010703020000").value()), "");
  for (const auto* curve : {"P-192", "P-224", "P-521", "secp256k1", "brainpoolP256r1"}) {
    const EvpPkeyPtr key(EVP_EC_gen(curve));
    if (key) {
      EXPECT_NE(Fault(OpensslSpki(key.get())), "") << curve;
    }
  }
  for (const auto* type : {"ED25519", "ED448", "X25519"}) {
    const EvpPkeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, type));
    if (key) {
      EXPECT_NE(Fault(OpensslSpki(key.get())), "") << type;
    }
  }
}

TEST(PublicKey, RefusesExplicitParametersAndCompressedPoints) {
  const EvpPkeyPtr key(EVP_EC_gen("P-256"));
  EVP_PKEY_set_utf8_string_param(key.get(), "encoding", "explicit");
  const auto explicit_spki = OpensslSpki(key.get());
  ASSERT_GT(explicit_spki.size(), 200u);
  EXPECT_NE(Fault(explicit_spki), "");
  const EvpPkeyPtr compressed(EVP_EC_gen("P-256"));
  EVP_PKEY_set_utf8_string_param(compressed.get(), "point-format", "compressed");
  const auto compressed_spki = OpensslSpki(compressed.get());
  ASSERT_LT(compressed_spki.size(), 80u);
  EXPECT_NE(Fault(compressed_spki), "");
}

TEST(PublicKey, RefusesEveryDamageThatLeavesNoKey) {
  const auto spki = P256().public_key().ToSpkiDer();
  for (size_t i = 0; i < spki.size(); ++i) {
    for (const uint8_t flip : {0x01, 0x80, 0xff}) {
      auto damaged = spki;
      damaged[i] ^= flip;
      EXPECT_NE(Fault(damaged), "") << i;
    }
    EXPECT_NE(Fault({spki.begin(), spki.begin() + static_cast<ptrdiff_t>(i)}), "");
  }
  auto trailing = spki;
  trailing.push_back(0);
  EXPECT_NE(Fault(trailing), "");
}

}  // namespace
}  // namespace perennial::pki
