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
inline Result<SecretBytes> EncodeServingPem(const Certificate& leaf,
                                            std::span<const Certificate> chain,
                                            const PrivateKey& key) {
  if (leaf.public_key() != key.public_key()) {
    return Fail(ErrorCode::kInvalidArgument, "the private key is not the certificate's");
  }
  const SecretBytes key_pem = key.ToPkcs8Pem();
  const std::string public_part = leaf.pem() + EncodeChainPem(chain);
  std::vector<uint8_t> text;
  text.reserve(public_part.size() + key_pem.size());
  text.insert(text.end(), public_part.begin(), public_part.end());
  text.insert(text.end(), key_pem.Reveal().begin(), key_pem.Reveal().end());
  return SecretBytes(std::move(text));
}

}  // namespace perennial::pki
