// SPDX-License-Identifier: Apache-2.0
#include "pki/primitives/der.h"

#include <array>
#include <bit>
#include <charconv>

namespace perennial::pki::der {
namespace {

using std::chrono::day;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::month;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::year;
using std::chrono::year_month_day;

bool IsMinimalInteger(Bytes content) {
  if (content.empty()) return false;
  if (content.size() == 1) return true;
  const bool high = (content[1] & 0x80) != 0;
  return !(content[0] == 0x00 && !high) && !(content[0] == 0xff && high);
}

bool IsOid(Bytes content) {
  if (content.empty() || (content.back() & 0x80) != 0) return false;
  bool first_of_arc = true;
  for (const uint8_t byte : content) {
    if (first_of_arc && byte == 0x80) return false;  // Not minimal.
    first_of_arc = (byte & 0x80) == 0;
  }
  return true;
}

// Reads two digits; -1 for anything else.
int TwoDigits(Bytes text, size_t at) {
  const auto digit = [&](size_t i) {
    return text[i] >= '0' && text[i] <= '9' ? text[i] - '0' : -100;
  };
  const int value = digit(at) * 10 + digit(at + 1);
  return value < 0 ? -1 : value;
}

}  // namespace

size_t Writer::Open(uint8_t tag) {
  out_.push_back(tag);
  out_.push_back(0);
  return out_.size();
}

void Writer::Close(size_t start) {
  const size_t length = out_.size() - start;
  if (length < 0x80) {
    out_[start - 1] = static_cast<uint8_t>(length);
    return;
  }
  std::array<uint8_t, 8> digits;
  size_t count = 0;
  for (size_t rest = length; rest != 0; rest >>= 8) digits[count++] = static_cast<uint8_t>(rest);
  out_[start - 1] = static_cast<uint8_t>(0x80 | count);
  out_.insert(out_.begin() + static_cast<ptrdiff_t>(start),
              digits.rend() - static_cast<ptrdiff_t>(count), digits.rend());
}

void Writer::Element(uint8_t tag, Bytes content) {
  const size_t start = Open(tag);
  Raw(content);
  Close(start);
}

void Writer::Element(uint8_t tag, std::string_view content) {
  Element(tag, Bytes(reinterpret_cast<const uint8_t*>(content.data()), content.size()));
}

void Writer::True() {
  constexpr std::array<uint8_t, 1> kTrue = {0xff};
  Element(kBoolean, kTrue);
}

void Writer::UnsignedInteger(Bytes magnitude) {
  while (!magnitude.empty() && magnitude.front() == 0) magnitude = magnitude.subspan(1);
  const size_t start = Open(kInteger);
  if (magnitude.empty() || (magnitude.front() & 0x80) != 0) out_.push_back(0);
  Raw(magnitude);
  Close(start);
}

void Writer::SmallInteger(uint32_t value) {
  const std::array<uint8_t, 4> bytes = {
      static_cast<uint8_t>(value >> 24), static_cast<uint8_t>(value >> 16),
      static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)};
  UnsignedInteger(bytes);
}

void Writer::BitString(Bytes whole_bytes) {
  const size_t start = Open(kBitString);
  out_.push_back(0);
  Raw(whole_bytes);
  Close(start);
}

void Writer::NamedBits(uint16_t bits) {
  const size_t start = Open(kBitString);
  if (bits == 0) {
    out_.push_back(0);
  } else {
    const int trailing = std::countr_zero(bits);
    out_.push_back(static_cast<uint8_t>(trailing % 8));
    out_.push_back(static_cast<uint8_t>(bits >> 8));
    if (trailing < 8) out_.push_back(static_cast<uint8_t>(bits));
  }
  Close(start);
}

void Writer::Time(sys_seconds time) {
  const auto midnight = std::chrono::floor<std::chrono::days>(time);
  const year_month_day date(midnight);
  const std::chrono::hh_mm_ss clock(time - midnight);
  const int full_year = static_cast<int>(date.year());
  const bool utc_time = full_year >= 1950 && full_year < 2050;
  const size_t start = Open(utc_time ? kUtcTime : kGeneralizedTime);
  const auto two = [this](int value) {
    out_.push_back(static_cast<uint8_t>('0' + value / 10 % 10));
    out_.push_back(static_cast<uint8_t>('0' + value % 10));
  };
  if (!utc_time) two(full_year / 100);
  two(full_year % 100);
  two(static_cast<int>(static_cast<unsigned>(date.month())));
  two(static_cast<int>(static_cast<unsigned>(date.day())));
  two(static_cast<int>(clock.hours().count()));
  two(static_cast<int>(clock.minutes().count()));
  two(static_cast<int>(clock.seconds().count()));
  out_.push_back('Z');
  Close(start);
}

std::optional<Item> Reader::Next() {
  if (rest_.size() < 2 || (rest_[0] & 0x1f) == 0x1f) return std::nullopt;
  size_t length = rest_[1];
  size_t header = 2;
  if (length >= 0x80) {
    const size_t count = length & 0x7f;
    // Four bytes of length are far beyond every bound; 0 is the indefinite form.
    if (count == 0 || count > 4 || rest_.size() < 2 + count || rest_[2] == 0) return std::nullopt;
    length = 0;
    for (size_t i = 0; i < count; ++i) length = length << 8 | rest_[2 + i];
    if (length < 0x80) return std::nullopt;
    header += count;
  }
  if (length > rest_.size() - header) return std::nullopt;
  Item item{rest_[0], rest_.subspan(header, length), rest_.first(header + length)};
  rest_ = rest_.subspan(header + length);
  return item;
}

std::optional<Bytes> Reader::Take(uint8_t tag) {
  if (Peek() != tag) return std::nullopt;
  const auto item = Next();
  if (!item) return std::nullopt;
  return item->content;
}

std::optional<Reader> Reader::Enter(uint8_t tag) {
  const auto content = Take(tag);
  if (!content) return std::nullopt;
  return Reader(*content);
}

std::optional<Bytes> Reader::TakeInteger() {
  const auto content = Take(kInteger);
  if (!content || !IsMinimalInteger(*content)) return std::nullopt;
  return content;
}

std::optional<Bytes> Reader::TakeUnsigned() {
  const auto content = TakeInteger();
  if (!content || ((*content)[0] & 0x80) != 0) return std::nullopt;
  return (*content)[0] == 0 ? content->subspan(1) : *content;
}

std::optional<int> Reader::TakeSmallInteger() {
  const auto magnitude = TakeUnsigned();
  if (!magnitude || magnitude->size() > 4) return std::nullopt;
  uint32_t value = 0;
  for (const uint8_t byte : *magnitude) value = value << 8 | byte;
  if (value > 0x7fffffff) return std::nullopt;
  return static_cast<int>(value);
}

std::optional<Bytes> Reader::TakeOid() {
  const auto content = Take(kOid);
  if (!content || !IsOid(*content)) return std::nullopt;
  return content;
}

std::optional<bool> Reader::TakeBoolean() {
  const auto content = Take(kBoolean);
  if (!content || content->size() != 1) return std::nullopt;
  if ((*content)[0] != 0x00 && (*content)[0] != 0xff) return std::nullopt;
  return (*content)[0] == 0xff;
}

std::optional<Bytes> Reader::TakeWholeBitString() {
  const auto content = Take(kBitString);
  if (!content || content->empty() || (*content)[0] != 0) return std::nullopt;
  return content->subspan(1);
}

std::optional<uint16_t> Reader::TakeNamedBits() {
  const auto content = Take(kBitString);
  if (!content || content->empty() || content->size() > 3 || (*content)[0] > 7) return std::nullopt;
  const int unused = (*content)[0];
  if (content->size() == 1) return unused == 0 ? std::optional<uint16_t>(0) : std::nullopt;
  // The last bit in use must be a one, all after it zeros.
  if (std::countr_zero((*content).back()) != unused) return std::nullopt;
  uint16_t bits = static_cast<uint16_t>((*content)[1] << 8);
  if (content->size() == 3) bits |= (*content)[2];
  return bits;
}

std::optional<sys_seconds> Reader::TakeTime() {
  const uint8_t tag = Peek();
  if (tag != kUtcTime && tag != kGeneralizedTime) return std::nullopt;
  const auto content = Take(tag);
  const size_t prefix = tag == kUtcTime ? 0 : 2;
  if (!content || content->size() != prefix + 13 || content->back() != 'Z') return std::nullopt;
  std::array<int, 7> part{};  // Century, year, month, day, hour, minute, second.
  for (size_t i = tag == kUtcTime ? 1 : 0; i < part.size(); ++i) {
    part[i] = TwoDigits(*content, (tag == kUtcTime ? i - 1 : i) * 2);
    if (part[i] < 0) return std::nullopt;
  }
  if (tag == kUtcTime) part[0] = part[1] >= 50 ? 19 : 20;
  const year_month_day date(year(part[0] * 100 + part[1]), month(static_cast<unsigned>(part[2])),
                            day(static_cast<unsigned>(part[3])));
  if (!date.ok() || part[4] > 23 || part[5] > 59 || part[6] > 59) return std::nullopt;
  return sys_days(date) + hours(part[4]) + minutes(part[5]) + seconds(part[6]);
}

std::optional<std::string> OidText(Bytes content) {
  if (!IsOid(content) || content.size() > 64) return std::nullopt;
  std::string text;
  uint64_t arc = 0;
  for (const uint8_t byte : content) {
    arc = arc << 7 | (byte & 0x7f);
    if (arc > 0xffffffff) return std::nullopt;
    if ((byte & 0x80) != 0) continue;
    if (text.empty()) {
      const uint64_t first = arc < 80 ? arc / 40 : 2;
      text = std::to_string(first);
      arc -= first * 40;
    }
    text += '.';
    text += std::to_string(arc);
    arc = 0;
  }
  return text;
}

std::optional<std::vector<uint8_t>> OidFromText(std::string_view dotted) {
  std::vector<uint64_t> arcs;
  while (true) {
    uint32_t arc = 0;
    const auto [end, error] = std::from_chars(dotted.data(), dotted.data() + dotted.size(), arc);
    const size_t digits = static_cast<size_t>(end - dotted.data());
    if (error != std::errc() || (digits > 1 && dotted[0] == '0')) return std::nullopt;
    arcs.push_back(arc);
    dotted.remove_prefix(digits);
    if (dotted.empty()) break;
    if (dotted[0] != '.' || arcs.size() > 30) return std::nullopt;
    dotted.remove_prefix(1);
  }
  if (arcs.size() < 2 || arcs[0] > 2 || (arcs[0] < 2 && arcs[1] > 39)) return std::nullopt;
  arcs[1] += arcs[0] * 40;
  std::vector<uint8_t> content;
  for (size_t i = 1; i < arcs.size(); ++i) {
    int groups = 1;
    while (arcs[i] >> (7 * groups) != 0) ++groups;
    while (groups-- > 0) {
      content.push_back(
          static_cast<uint8_t>((arcs[i] >> (7 * groups) & 0x7f) | (groups > 0 ? 0x80 : 0)));
    }
  }
  return content;
}

}  // namespace perennial::pki::der
