// SPDX-License-Identifier: Apache-2.0
#include "pki/primitives/weak_rsa.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pki/primitives/openssl.h"

namespace perennial::pki {
namespace {

using ::testing::HasSubstr;

class WeakRsa : public ::testing::Test {
 protected:
  BignumPtr Prime(int bits) {
    BignumPtr prime(BN_new());
    EXPECT_EQ(BN_generate_prime_ex(prime.get(), bits, 0, nullptr, nullptr, nullptr), 1);
    return prime;
  }
  BignumPtr Product(const BIGNUM* a, const BIGNUM* b) {
    BignumPtr product(BN_new());
    EXPECT_EQ(BN_mul(product.get(), a, b, ctx_.get()), 1);
    return product;
  }
  BnCtxPtr ctx_{BN_CTX_new()};
};

TEST_F(WeakRsa, PassesTwoRandomPrimes) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(WeakRsaReason(Product(Prime(512).get(), Prime(512).get()).get()), std::nullopt);
  }
}

TEST_F(WeakRsa, FindsEverySmallFactor) {
  const auto large = Prime(1024);
  for (const unsigned small : {2u, 3u, 5u, 53u, 59u, 61u, 167u, 743u, 751u}) {
    const BignumPtr factor(BN_new());
    BN_set_word(factor.get(), small);
    EXPECT_TRUE(WeakRsaReason(Product(large.get(), factor.get()).get()).has_value()) << small;
  }
}

TEST_F(WeakRsa, FindsPrimesThatAreClose) {
  const auto p = Prime(512);
  const BignumPtr q(BN_dup(p.get()));
  do {
    BN_add_word(q.get(), 2);
  } while (BN_check_prime(q.get(), ctx_.get(), nullptr) != 1);
  EXPECT_THAT(WeakRsaReason(Product(p.get(), q.get()).get()).value_or(""), HasSubstr("close"));
  EXPECT_THAT(WeakRsaReason(Product(p.get(), p.get()).get()).value_or(""), HasSubstr("close"));
}

TEST_F(WeakRsa, FindsTheFingerprintOfRoca) {
  // The library of CVE-2017-15361 made primes k·M + 65537^a mod M, with M a product of small
  // primes.
  const BignumPtr m(BN_new()), generator(BN_new());
  BN_one(m.get());
  for (const unsigned prime :
       {2u,   3u,   5u,   7u,   11u,  13u,  17u,  19u,  23u,  29u,  31u,  37u,  41u,
        43u,  47u,  53u,  59u,  61u,  67u,  71u,  73u,  79u,  83u,  89u,  97u,  101u,
        103u, 107u, 109u, 113u, 127u, 131u, 137u, 139u, 149u, 151u, 157u, 163u, 167u}) {
    BN_mul_word(m.get(), prime);
  }
  BN_set_word(generator.get(), 65537);
  const auto prime = [&] {
    const BignumPtr exponent(BN_new()), residue(BN_new()), k(BN_new());
    BN_rand(exponent.get(), 60, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY);
    BN_mod_exp(residue.get(), generator.get(), exponent.get(), m.get(), ctx_.get());
    BignumPtr candidate(BN_new());
    do {
      BN_rand(k.get(), 512 - BN_num_bits(m.get()), BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY);
      BN_mul(candidate.get(), k.get(), m.get(), ctx_.get());
      BN_add(candidate.get(), candidate.get(), residue.get());
    } while (BN_check_prime(candidate.get(), ctx_.get(), nullptr) != 1);
    return candidate;
  };
  EXPECT_THAT(WeakRsaReason(Product(prime().get(), prime().get()).get()).value_or(""),
              HasSubstr("ROCA"));
}

}  // namespace
}  // namespace perennial::pki
