// SPDX-License-Identifier: Apache-2.0
// The encodings of keys as views of their numbers: SPKI (RFC 5280, 3279, 5480), PKCS#8, PKCS#1,
// SEC 1. They check the form; whether the numbers make a sound key is judged in pki/key.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/secret_bytes.h"
#include "pki/primitives/der.h"

namespace perennial::pki {

enum class KeyShape { kRsa, kP256, kP384 };

// Views into the bytes that were read. RSA numbers are magnitudes without leading zeros.
struct PublicParts {
  KeyShape shape = KeyShape::kRsa;
  der::Bytes n, e;
  der::Bytes point;  // 04 ‖ x ‖ y; empty where a private key came without it.
};
struct PrivateParts {
  PublicParts pub;
  der::Bytes d;  // For a curve: exactly as long as its order.
  der::Bytes p, q, dp, dq, qi;
};

constexpr size_t CoordinateSize(KeyShape shape) { return shape == KeyShape::kP384 ? 48 : 32; }

// The readers return nothing for what is not the one canonical DER form: named curve, uncompressed
// point, NULL parameters for RSA, two primes, no attributes, no bytes behind.
std::optional<PublicParts> ReadSpki(der::Bytes der);
std::optional<PrivateParts> ReadPkcs8(der::Bytes der);
std::optional<PrivateParts> ReadPkcs1(der::Bytes der);  // RSA PRIVATE KEY
std::optional<PrivateParts> ReadSec1(der::Bytes der);   // EC PRIVATE KEY

std::vector<uint8_t> WriteSpki(const PublicParts& parts);
SecretBytes WritePkcs8(const PrivateParts& parts);

}  // namespace perennial::pki
