// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace perennial {

// Bytes that must not leak: they can be moved and are wiped, never copied, compared or printed.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::vector<uint8_t> bytes) : bytes_(std::move(bytes)) {}
  // FromText takes the text over and wipes the argument.
  static SecretBytes FromText(std::string&& text);
  SecretBytes(SecretBytes&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();

  bool empty() const { return bytes_.empty(); }
  size_t size() const { return bytes_.size(); }

  // The word to search for in review. The view lives as long as this object is neither moved nor
  // destroyed.
  std::span<const uint8_t> Reveal() const { return bytes_; }
  std::string_view RevealText() const {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }

 private:
  void Wipe();
  std::vector<uint8_t> bytes_;
};

// WipeText overwrites the characters of a string that held a secret, then empties it.
void WipeText(std::string& text);

}  // namespace perennial
