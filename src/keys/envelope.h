// SPDX-License-Identifier: Apache-2.0
// Envelope encryption: a master key in a file wraps one wrapping key a role; that wraps every
// secret at rest.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "base/secret_bytes.h"
#include "storage/storage.h"

namespace perennial::keys {

using Blob = std::vector<uint8_t>;

// Wraps secrets under one 256-bit key with AES-256-GCM. Safe to use from many threads.
//
// A blob is: format (1 byte, 1) ‖ id of the key (8 bytes) ‖ nonce (12 random bytes) ‖ ciphertext ‖
// tag (16). The context says what the secret is and where it lives, as
// `certificates/certificate_version/<id>/private-key`. It is authenticated, so a blob that was
// moved to another row does not open.
class Envelope {
 public:
  // `key` is 32 bytes; `random` must outlive this object.
  Envelope(SecretBytes key, Random& random);

  Result<Blob> Wrap(const SecretBytes& secret, std::string_view context) const;

  // Unwrap returns the secret; kInternal, and no byte of it, for a blob that is damaged, of an
  // unknown format, under another key or of another context.
  Result<SecretBytes> Unwrap(const Blob& blob, std::string_view context) const;

 private:
  SecretBytes key_;
  std::array<uint8_t, 8> key_id_;  // From the key itself: a hash that tells nothing about it.
  Random& random_;
};

// The key of a whole installation, in a file of mode 0600: 32 bytes as 64 hex digits and a newline.
class MasterKey {
 public:
  // Create writes a new one; kAlreadyExists when the file is there, for it may be all that opens a
  // database.
  static Result<MasterKey> Create(Files& files, const std::string& path, Random& random);
  // Load: kNotFound without file, kInternal when it does not hold a key.
  static Result<MasterKey> Load(const Files& files, const std::string& path, Random& random);

  const Envelope& envelope() const { return *envelope_; }

 private:
  explicit MasterKey(std::unique_ptr<Envelope> envelope) : envelope_(std::move(envelope)) {}
  std::unique_ptr<Envelope> envelope_;
};

// WrappingKeySchema is the text of a migration: table wrapping_key in the role's own schema.
std::string_view WrappingKeySchema();

// LoadOrCreateWrappingKey returns the envelope of `role` (as `certificates`), creating its key in
// the caller's write transaction when there is none. kInternal when the stored one was wrapped by
// another master key or for another role. The master key may go away afterwards; `random` must
// outlive the answer.
Result<std::unique_ptr<Envelope>> LoadOrCreateWrappingKey(storage::Session& session,
                                                          const MasterKey& master, Random& random,
                                                          std::string_view role);

// The same for a session that may only read; kNotFound when there is no key yet.
Result<std::unique_ptr<Envelope>> LoadWrappingKey(storage::Session& session,
                                                  const MasterKey& master, Random& random,
                                                  std::string_view role);

}  // namespace perennial::keys
