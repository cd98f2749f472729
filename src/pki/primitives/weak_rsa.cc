// SPDX-License-Identifier: Apache-2.0
#include "pki/primitives/weak_rsa.h"

#include <array>
#include <cstdint>
#include <vector>

#include "base/check.h"
#include "pki/primitives/openssl.h"

namespace perennial::pki {
namespace {

constexpr int kFermatRounds = 100;

// Odd primes below 752, in groups whose product fits one machine word: a long division per group,
// not per prime.
struct PrimeGroup {
  uint64_t product = 1;
  std::vector<uint32_t> primes;
};

std::vector<PrimeGroup> MakePrimeGroups() {
  std::vector<PrimeGroup> groups(1);
  for (uint32_t candidate = 3; candidate < 752; candidate += 2) {
    bool prime = true;
    for (uint32_t d = 3; d * d <= candidate; d += 2) prime = prime && candidate % d != 0;
    if (!prime) continue;
    if (groups.back().product > UINT64_MAX / candidate) groups.emplace_back();
    groups.back().product *= candidate;
    groups.back().primes.push_back(candidate);
  }
  return groups;
}

// Is `residue` a power of 65537 modulo the prime? Keys of the flawed library are, for every small
// prime.
bool IsPowerOf65537(uint32_t residue, uint32_t prime) {
  uint32_t power = 1;
  for (uint32_t i = 0; i < prime; ++i) {
    if (power == residue) return true;
    power = power * (65537 % prime) % prime;
  }
  return false;
}

// Sets root to floor(√n) by Newton's method from above.
void SquareRoot(BIGNUM* root, const BIGNUM* n, BN_CTX* ctx) {
  const BignumPtr next(BN_new()), quotient(BN_new());
  CHECK(BN_one(root) && BN_lshift(root, root, (BN_num_bits(n) + 1) / 2 + 1));
  while (true) {
    CHECK(BN_div(quotient.get(), nullptr, n, root, ctx));
    CHECK(BN_add(next.get(), root, quotient.get()) && BN_rshift1(next.get(), next.get()));
    if (BN_cmp(next.get(), root) >= 0) return;
    CHECK(BN_copy(root, next.get()) != nullptr);
  }
}

bool IsSquare(const BIGNUM* n, BN_CTX* ctx) {
  if (BN_is_zero(n)) return true;
  // Squares have 12 of 64 residues: most candidates end here.
  const BN_ULONG low = BN_mod_word(n, 64);
  bool possible = false;
  for (BN_ULONG i = 0; i < 64; ++i) possible = possible || i * i % 64 == low;
  if (!possible) return false;
  const BignumPtr root(BN_new()), square(BN_new());
  SquareRoot(root.get(), n, ctx);
  CHECK(BN_sqr(square.get(), root.get(), ctx));
  return BN_cmp(square.get(), n) == 0;
}

// n = a² − b² with a close to √n when the two primes are close to each other.
bool FermatFactors(const BIGNUM* n) {
  const BnCtxPtr ctx(BN_CTX_new());
  const BignumPtr a(BN_new()), rest(BN_new());
  SquareRoot(a.get(), n, ctx.get());
  for (int round = 0; round < kFermatRounds; ++round) {
    CHECK(BN_sqr(rest.get(), a.get(), ctx.get()) && BN_sub(rest.get(), rest.get(), n));
    if (!BN_is_negative(rest.get()) && IsSquare(rest.get(), ctx.get())) return true;
    CHECK(BN_add_word(a.get(), 1));
  }
  return false;
}

}  // namespace

std::optional<std::string> WeakRsaReason(const BIGNUM* modulus) {
  static const std::vector<PrimeGroup> groups = MakePrimeGroups();
  if (!BN_is_odd(modulus)) return "the modulus is even";
  bool roca = true;
  for (const auto& group : groups) {
    const uint64_t residue = BN_mod_word(modulus, group.product);
    for (const uint32_t prime : group.primes) {
      if (residue % prime == 0) return "the modulus has the small factor " + std::to_string(prime);
      if (roca && prime <= 167)
        roca = IsPowerOf65537(static_cast<uint32_t>(residue % prime), prime);
    }
  }
  if (roca) return "the modulus has the fingerprint of CVE-2017-15361 (ROCA)";
  if (FermatFactors(modulus)) return "the primes of the modulus are too close to each other";
  return std::nullopt;
}

}  // namespace perennial::pki
