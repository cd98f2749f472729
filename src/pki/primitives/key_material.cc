// SPDX-License-Identifier: Apache-2.0
#include "pki/primitives/key_material.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <bit>

#include "base/check.h"
#include "pki/primitives/weak_rsa.h"

namespace perennial::pki {
namespace {

constexpr int kRsaBitsMin = 2048;
constexpr int kRsaBitsMax = 8192;  // Beyond it, one verification costs milliseconds.
constexpr int kExponentBitsMax = 64;

std::unexpected<Error> Refuse(std::string why) {
  return Fail(ErrorCode::kInvalidArgument, std::move(why));
}

const EC_GROUP* CurveGroup(KeyShape shape) {
  using GroupPtr = OpensslPtr<EC_GROUP, EC_GROUP_free>;
  static const GroupPtr p256(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  static const GroupPtr p384(EC_GROUP_new_by_curve_name(NID_secp384r1));
  return shape == KeyShape::kP384 ? p384.get() : p256.get();
}

BignumPtr ToBignum(std::span<const uint8_t> magnitude) {
  return BignumPtr(BN_bin2bn(magnitude.data(), static_cast<int>(magnitude.size()), nullptr));
}

// Hands numbers to OpenSSL. The buffers are native-endian as OSSL_PARAM demands, and wiped.
class KeyParameters {
 public:
  void Number(const char* name, std::span<const uint8_t> magnitude) {
    std::vector<uint8_t> native(magnitude.begin(), magnitude.end());
    if constexpr (std::endian::native == std::endian::little) std::ranges::reverse(native);
    buffers_.emplace_back(std::move(native));
    auto* data = const_cast<uint8_t*>(buffers_.back().Reveal().data());
    params_.push_back(OSSL_PARAM_construct_BN(name, data, buffers_.back().size()));
  }
  void Octets(const char* name, std::span<const uint8_t> bytes) {
    params_.push_back(
        OSSL_PARAM_construct_octet_string(name, const_cast<uint8_t*>(bytes.data()), bytes.size()));
  }
  void Text(const char* name, const char* text) {
    params_.push_back(OSSL_PARAM_construct_utf8_string(name, const_cast<char*>(text), 0));
  }

  EvpPkeyPtr Make(const char* type, int selection) {
    params_.push_back(OSSL_PARAM_construct_end());
    const EvpPkeyCtxPtr ctx(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* key = nullptr;
    if (!ctx || EVP_PKEY_fromdata_init(ctx.get()) != 1 ||
        EVP_PKEY_fromdata(ctx.get(), &key, selection, params_.data()) != 1) {
      return nullptr;
    }
    return EvpPkeyPtr(key);
  }

 private:
  std::vector<SecretBytes> buffers_;
  std::vector<OSSL_PARAM> params_;
};

// The number `name` of a key as a big-endian magnitude of at least `size` bytes.
SecretBytes NumberOf(const EVP_PKEY* key, const char* name, size_t size = 0) {
  BIGNUM* raw = nullptr;
  CHECK(EVP_PKEY_get_bn_param(key, name, &raw) == 1);
  const BignumPtr number(raw);
  std::vector<uint8_t> bytes(std::max(size, static_cast<size_t>(BN_num_bytes(raw))));
  CHECK(BN_bn2binpad(raw, bytes.data(), static_cast<int>(bytes.size())) >= 0);
  return SecretBytes(std::move(bytes));
}

EvpPkeyCtxPtr MakeGenerator(const char* curve) {
  EvpPkeyCtxPtr ctx(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  CHECK(EVP_PKEY_keygen_init(ctx.get()) == 1 && EVP_PKEY_CTX_set_group_name(ctx.get(), curve) == 1);
  return ctx;
}

}  // namespace

Result<void> JudgeKey(const PublicParts& parts) {
  if (parts.shape != KeyShape::kRsa) {
    const EC_GROUP* group = CurveGroup(parts.shape);
    const OpensslPtr<EC_POINT, EC_POINT_free> point(EC_POINT_new(group));
    // oct2point verifies that the point is on the curve; the form 04‖x‖y cannot be infinity.
    if (EC_POINT_oct2point(group, point.get(), parts.point.data(), parts.point.size(), nullptr) !=
        1) {
      return Refuse("the key's point is not on its curve");
    }
    return {};
  }
  const BignumPtr n = ToBignum(parts.n);
  const BignumPtr e = ToBignum(parts.e);
  const int bits = BN_num_bits(n.get());
  if (bits < kRsaBitsMin || bits > kRsaBitsMax) {
    return Refuse("an RSA key must have 2048 to 8192 bits, this one has " + std::to_string(bits));
  }
  if (!BN_is_odd(e.get()) || BN_get_word(e.get()) < 65537 ||
      BN_num_bits(e.get()) > kExponentBitsMax) {
    return Refuse("an RSA key must have an odd public exponent from 65537 to 64 bits");
  }
  if (const auto reason = WeakRsaReason(n.get())) return Refuse("weak RSA key: " + *reason);
  return {};
}

int BitsOf(const PublicParts& parts) {
  if (parts.shape != KeyShape::kRsa) return static_cast<int>(8 * CoordinateSize(parts.shape));
  return BN_num_bits(ToBignum(parts.n).get());
}

EvpPkeyPtr MakePublic(const PublicParts& parts) {
  KeyParameters parameters;
  if (parts.shape == KeyShape::kRsa) {
    parameters.Number(OSSL_PKEY_PARAM_RSA_N, parts.n);
    parameters.Number(OSSL_PKEY_PARAM_RSA_E, parts.e);
    return parameters.Make("RSA", EVP_PKEY_PUBLIC_KEY);
  }
  parameters.Text(OSSL_PKEY_PARAM_GROUP_NAME, CurveName(parts.shape));
  parameters.Octets(OSSL_PKEY_PARAM_PUB_KEY, parts.point);
  return parameters.Make("EC", EVP_PKEY_PUBLIC_KEY);
}

EvpPkeyPtr MakePair(const PrivateParts& parts) {
  KeyParameters parameters;
  if (parts.pub.shape == KeyShape::kRsa) {
    parameters.Number(OSSL_PKEY_PARAM_RSA_N, parts.pub.n);
    parameters.Number(OSSL_PKEY_PARAM_RSA_E, parts.pub.e);
    parameters.Number(OSSL_PKEY_PARAM_RSA_D, parts.d);
    parameters.Number(OSSL_PKEY_PARAM_RSA_FACTOR1, parts.p);
    parameters.Number(OSSL_PKEY_PARAM_RSA_FACTOR2, parts.q);
    parameters.Number(OSSL_PKEY_PARAM_RSA_EXPONENT1, parts.dp);
    parameters.Number(OSSL_PKEY_PARAM_RSA_EXPONENT2, parts.dq);
    parameters.Number(OSSL_PKEY_PARAM_RSA_COEFFICIENT1, parts.qi);
    return parameters.Make("RSA", EVP_PKEY_KEYPAIR);
  }
  parameters.Text(OSSL_PKEY_PARAM_GROUP_NAME, CurveName(parts.pub.shape));
  parameters.Octets(OSSL_PKEY_PARAM_PUB_KEY, parts.pub.point);
  parameters.Number(OSSL_PKEY_PARAM_PRIV_KEY, parts.d);
  return parameters.Make("EC", EVP_PKEY_KEYPAIR);
}

std::vector<uint8_t> PointOf(KeyShape shape, std::span<const uint8_t> d) {
  const EC_GROUP* group = CurveGroup(shape);
  const OpensslPtr<EC_POINT, EC_POINT_free> point(EC_POINT_new(group));
  const BignumPtr scalar = ToBignum(d);
  std::vector<uint8_t> octets(1 + 2 * CoordinateSize(shape));
  CHECK(EC_POINT_mul(group, point.get(), scalar.get(), nullptr, nullptr, nullptr) == 1);
  const size_t size = EC_POINT_point2oct(group, point.get(), POINT_CONVERSION_UNCOMPRESSED,
                                         octets.data(), octets.size(), nullptr);
  octets.resize(size);  // One byte when the scalar was a multiple of the order.
  return octets;
}

bool HalvesBelongTogether(KeyShape shape, EVP_PKEY* pair) {
  if (shape != KeyShape::kRsa) {
    const EvpPkeyCtxPtr ctx(EVP_PKEY_CTX_new_from_pkey(nullptr, pair, nullptr));
    return EVP_PKEY_private_check(ctx.get()) == 1 && EVP_PKEY_pairwise_check(ctx.get()) == 1;
  }
  // RSA_check_key would test the primes again, for tens of milliseconds.
  constexpr std::array<uint8_t, 4> kMessage = {'p', 'a', 'i', 'r'};
  std::vector<uint8_t> signature(static_cast<size_t>(EVP_PKEY_get_size(pair)));
  size_t size = signature.size();
  const EvpMdCtxPtr sign(EVP_MD_CTX_new());
  const EvpMdCtxPtr verify(EVP_MD_CTX_new());
  return EVP_DigestSignInit(sign.get(), nullptr, FetchedSha256(), nullptr, pair) == 1 &&
         EVP_DigestSign(sign.get(), signature.data(), &size, kMessage.data(), kMessage.size()) ==
             1 &&
         EVP_DigestVerifyInit(verify.get(), nullptr, FetchedSha256(), nullptr, pair) == 1 &&
         EVP_DigestVerify(verify.get(), signature.data(), size, kMessage.data(), kMessage.size()) ==
             1;
}

EvpPkeyPtr GeneratePair(KeyShape shape, int bits) {
  if (shape == KeyShape::kRsa) return EvpPkeyPtr(EVP_RSA_gen(static_cast<unsigned>(bits)));
  // Setting up a generator costs more than one key of P-256.
  thread_local const EvpPkeyCtxPtr p256 = MakeGenerator("P-256");
  thread_local const EvpPkeyCtxPtr p384 = MakeGenerator("P-384");
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_generate((shape == KeyShape::kP384 ? p384 : p256).get(), &key) != 1) return nullptr;
  return EvpPkeyPtr(key);
}

SecretBytes WritePkcs8Of(KeyShape shape, const EVP_PKEY* pair) {
  if (shape != KeyShape::kRsa) {
    std::vector<uint8_t> point(1 + 2 * CoordinateSize(shape));
    size_t size = 0;
    CHECK(EVP_PKEY_get_octet_string_param(pair, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(),
                                          &size) == 1 &&
          size == point.size());
    const auto d = NumberOf(pair, OSSL_PKEY_PARAM_PRIV_KEY, CoordinateSize(shape));
    return WritePkcs8({.pub = {.shape = shape, .point = point}, .d = d.Reveal()});
  }
  const auto n = NumberOf(pair, OSSL_PKEY_PARAM_RSA_N);
  const auto e = NumberOf(pair, OSSL_PKEY_PARAM_RSA_E);
  const auto d = NumberOf(pair, OSSL_PKEY_PARAM_RSA_D);
  const auto p = NumberOf(pair, OSSL_PKEY_PARAM_RSA_FACTOR1);
  const auto q = NumberOf(pair, OSSL_PKEY_PARAM_RSA_FACTOR2);
  const auto dp = NumberOf(pair, OSSL_PKEY_PARAM_RSA_EXPONENT1);
  const auto dq = NumberOf(pair, OSSL_PKEY_PARAM_RSA_EXPONENT2);
  const auto qi = NumberOf(pair, OSSL_PKEY_PARAM_RSA_COEFFICIENT1);
  return WritePkcs8({.pub = {.shape = shape, .n = n.Reveal(), .e = e.Reveal()},
                     .d = d.Reveal(),
                     .p = p.Reveal(),
                     .q = q.Reveal(),
                     .dp = dp.Reveal(),
                     .dq = dq.Reveal(),
                     .qi = qi.Reveal()});
}

}  // namespace perennial::pki
