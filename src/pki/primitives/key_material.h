// SPDX-License-Identifier: Apache-2.0
// From the numbers of a key to a judgement of them, and to OpenSSL's objects.
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "pki/primitives/key_der.h"
#include "pki/primitives/openssl.h"

namespace perennial::pki {

inline const char* CurveName(KeyShape shape) {
  return shape == KeyShape::kP384 ? "P-384" : "P-256";
}

// JudgeKey says, with kInvalidArgument, what is wrong with numbers whose form is right (security.md
// E09).
Result<void> JudgeKey(const PublicParts& parts);

// BitsOf returns the size of the modulus or of the field.
int BitsOf(const PublicParts& parts);

// Null when OpenSSL refuses the numbers.
EvpPkeyPtr MakePublic(const PublicParts& parts);
EvpPkeyPtr MakePair(const PrivateParts& parts);

// PointOf returns the scalar times the base point, for a private key that came without its public
// half; a single byte when that is the point at infinity.
std::vector<uint8_t> PointOf(KeyShape shape, std::span<const uint8_t> d);

// HalvesBelongTogether proves it: by the scalar on a curve, by a signature with RSA.
bool HalvesBelongTogether(KeyShape shape, EVP_PKEY* pair);

// GeneratePair makes a key from OpenSSL's generator; `bits` is for RSA.
EvpPkeyPtr GeneratePair(KeyShape shape, int bits);

// WritePkcs8Of encodes what GeneratePair made.
SecretBytes WritePkcs8Of(KeyShape shape, const EVP_PKEY* pair);

}  // namespace perennial::pki
