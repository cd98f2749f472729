// SPDX-License-Identifier: Apache-2.0
#include "base/secret_bytes.h"

#include <openssl/crypto.h>

namespace perennial {

SecretBytes SecretBytes::FromText(std::string&& text) {
  SecretBytes secret(std::vector<uint8_t>(text.begin(), text.end()));
  WipeText(text);
  return secret;
}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    Wipe();
    bytes_ = std::exchange(other.bytes_, {});
  }
  return *this;
}

SecretBytes::~SecretBytes() { Wipe(); }

void SecretBytes::Wipe() {
  if (!bytes_.empty()) OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

void WipeText(std::string& text) {
  if (!text.empty()) OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

}  // namespace perennial
