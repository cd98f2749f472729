// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/bn.h>

#include <optional>
#include <string>

namespace perennial::pki {

// WeakRsaReason says why this modulus is known to be easy to factor, or nothing. It tries the
// primes below 752, a hundred rounds of Fermat's method (CA/Browser Forum BR §6.1.1.3) and the
// fingerprint of ROCA (CVE-2017-15361). It does not know the Debian keys of 2008, nor primes shared
// with other keys: both need a list.
std::optional<std::string> WeakRsaReason(const BIGNUM* modulus);

}  // namespace perennial::pki
