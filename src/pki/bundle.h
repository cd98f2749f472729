// SPDX-License-Identifier: Apache-2.0
// What a proxy serves, as the one text we ever hand to it.
#pragma once

#include <span>

#include "base/error.h"
#include "base/secret_bytes.h"
#include "pki/certificate.h"
#include "pki/key.h"

namespace perennial::pki {

// EncodeServingPem returns leaf, chain and key as PEM that is encoded here from parsed DER: no
// blank line, no comment, no carriage return, nothing that a caller wrote. HAProxy runs what
// follows a blank line as commands of an administrator (security.md E12), so no other text may
// reach it. kInvalidArgument when the key is not the leaf's.
Result<SecretBytes> EncodeServingPem(const Certificate& leaf, std::span<const Certificate> chain,
                                     const PrivateKey& key);

}  // namespace perennial::pki
