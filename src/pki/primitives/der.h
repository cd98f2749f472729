// SPDX-License-Identifier: Apache-2.0
// DER (X.690), the part of it that certificates and keys use: written in one pass, read strictly
// and without copying or recursion.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace perennial::pki::der {

using Bytes = std::span<const uint8_t>;

enum Tag : uint8_t {
  kBoolean = 0x01,
  kInteger = 0x02,
  kBitString = 0x03,
  kOctetString = 0x04,
  kNull = 0x05,
  kOid = 0x06,
  kUtf8String = 0x0c,
  kPrintableString = 0x13,
  kTeletexString = 0x14,
  kIa5String = 0x16,
  kUtcTime = 0x17,
  kGeneralizedTime = 0x18,
  kSequence = 0x30,
  kSet = 0x31,
};
// Context-specific tags, number below 31.
constexpr uint8_t Primitive(int number) { return static_cast<uint8_t>(0x80 | number); }
constexpr uint8_t Constructed(int number) { return static_cast<uint8_t>(0xa0 | number); }

// Appends elements to a buffer. Nothing here can fail.
class Writer {
 public:
  explicit Writer(size_t expected_size = 256) { out_.reserve(expected_size); }

  // Nest writes an element whose content is what `body` writes meanwhile.
  template <class Body>
  void Nest(uint8_t tag, Body&& body) {
    const size_t start = Open(tag);
    body();
    Close(start);
  }
  template <class Body>
  void Sequence(Body&& body) {
    Nest(kSequence, std::forward<Body>(body));
  }

  void Element(uint8_t tag, Bytes content);
  void Element(uint8_t tag, std::string_view content);
  void Raw(Bytes encoded) { out_.insert(out_.end(), encoded.begin(), encoded.end()); }
  void True();
  void Null() { Element(kNull, Bytes()); }
  void Oid(std::string_view encoded) { Element(kOid, encoded); }
  // UnsignedInteger takes a big-endian magnitude with or without leading zeros.
  void UnsignedInteger(Bytes magnitude);
  void SmallInteger(uint32_t value);
  void BitString(Bytes whole_bytes);
  // NamedBits writes a BIT STRING without its trailing zero bits; bit 0 is the most significant.
  void NamedBits(uint16_t bits);
  // Time writes UTCTime until 2049 and GeneralizedTime from 2050 (RFC 5280 §4.1.2.5).
  void Time(std::chrono::sys_seconds time);

  const std::vector<uint8_t>& bytes() const { return out_; }
  std::vector<uint8_t> Take() { return std::move(out_); }

 private:
  size_t Open(uint8_t tag);
  void Close(size_t start);
  std::vector<uint8_t> out_;
};

struct Item {
  uint8_t tag = 0;
  Bytes content;
  Bytes whole;  // With tag and length.
};

// Walks over the elements of one level. Every method returns nothing, or false, for what is not
// DER: an indefinite or non-minimal length, a tag number above 30, content beyond the end.
class Reader {
 public:
  explicit Reader(Bytes bytes) : rest_(bytes) {}

  bool empty() const { return rest_.empty(); }
  // The tag of the next element; 0, which is no tag, at the end.
  uint8_t Peek() const { return rest_.empty() ? 0 : rest_.front(); }
  std::optional<Item> Next();
  std::optional<Bytes> Take(uint8_t tag);    // The content of the next element with this tag.
  std::optional<Reader> Enter(uint8_t tag);  // A reader over that content.
  std::optional<Bytes> TakeInteger();        // Two's complement, minimal.
  std::optional<Bytes> TakeUnsigned();       // Magnitude without leading zero; empty for 0.
  std::optional<int> TakeSmallInteger();     // 0 to 2^31 − 1.
  std::optional<Bytes> TakeOid();            // Well-formed content.
  std::optional<bool> TakeBoolean();
  std::optional<Bytes> TakeWholeBitString();  // No unused bits.
  std::optional<uint16_t> TakeNamedBits();    // At most 16, no trailing zero bit.
  std::optional<std::chrono::sys_seconds> TakeTime();

 private:
  Bytes rest_;
};

// OidText returns `1.2.840…`, or nothing when the content is malformed or an arc exceeds 32 bits.
std::optional<std::string> OidText(Bytes content);
std::optional<std::vector<uint8_t>> OidFromText(std::string_view dotted);

inline bool Equals(Bytes bytes, std::string_view text) {
  return bytes.size() == text.size() &&
         std::equal(bytes.begin(), bytes.end(), text.begin(),
                    [](uint8_t b, char c) { return b == static_cast<uint8_t>(c); });
}
inline bool Equals(Bytes a, Bytes b) { return std::ranges::equal(a, b); }

}  // namespace perennial::pki::der
