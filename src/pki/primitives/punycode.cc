// SPDX-License-Identifier: Apache-2.0
#include "pki/primitives/punycode.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace perennial::pki {
namespace {

// RFC 3492 §5.
constexpr uint32_t kBase = 36, kTMin = 1, kTMax = 26, kSkew = 38, kDamp = 700, kInitialBias = 72;
constexpr uint32_t kInitialN = 128, kCodePointMax = 0x10ffff;
constexpr size_t kLabelMax = 59;

uint32_t Adapt(uint32_t delta, uint32_t points, bool first) {
  delta = first ? delta / kDamp : delta / 2;
  delta += delta / points;
  uint32_t k = 0;
  while (delta > (kBase - kTMin) * kTMax / 2) {
    delta /= kBase - kTMin;
    k += kBase;
  }
  return k + (kBase - kTMin + 1) * delta / (delta + kSkew);
}

uint32_t Threshold(uint32_t k, uint32_t bias) {
  return k <= bias ? kTMin : std::min(k - bias, kTMax);
}

std::optional<uint32_t> DigitOf(char c) {
  if (c >= 'a' && c <= 'z') return static_cast<uint32_t>(c - 'a');
  if (c >= '0' && c <= '9') return static_cast<uint32_t>(c - '0' + 26);
  return std::nullopt;
}
char CharacterOf(uint32_t digit) {
  return static_cast<char>(digit < 26 ? 'a' + digit : '0' + digit - 26);
}

enum class Script {
  kLatin,
  kGreek,
  kCyrillic,
  kHebrew,
  kArabic,
  kDevanagari,
  kKana,
  kHan,
  kHangul
};
struct Range {
  char32_t first, last;
  Script script;
  bool mark = false;  // May not begin a label.
};
constexpr auto kRanges = std::to_array<Range>({
    {'a', 'z', Script::kLatin},
    {0xdf, 0xf6, Script::kLatin},
    {0xf8, 0xff, Script::kLatin},
    {0x3ac, 0x3ce, Script::kGreek},
    {0x430, 0x45f, Script::kCyrillic},
    {0x5d0, 0x5ea, Script::kHebrew},
    {0x621, 0x63a, Script::kArabic},
    {0x641, 0x64a, Script::kArabic},
    {0x67e, 0x67e, Script::kArabic},
    {0x686, 0x686, Script::kArabic},
    {0x698, 0x698, Script::kArabic},
    {0x6a9, 0x6a9, Script::kArabic},
    {0x6af, 0x6af, Script::kArabic},
    {0x6cc, 0x6cc, Script::kArabic},
    {0x902, 0x903, Script::kDevanagari, true},
    {0x904, 0x939, Script::kDevanagari},
    {0x93e, 0x94d, Script::kDevanagari, true},
    {0x3041, 0x3096, Script::kKana},
    {0x30a1, 0x30fa, Script::kKana},
    {0x30fc, 0x30fc, Script::kKana},
    {0x4e00, 0x9fa5, Script::kHan},
    {0xac00, 0xd7a3, Script::kHangul},
});

const Range* RangeOf(char32_t c) {
  for (const auto& range : kRanges) {
    if (c >= range.first && c <= range.last) return &range;
  }
  return nullptr;
}

// Latin Extended-A: the letters whose IDNA 2008 property is PVALID, which are the lower-case ones,
// less the compatibility forms U+0133, U+0140 and U+0149.
bool IsLowerLatinExtendedA(char32_t c) {
  if (c == 0x133 || c == 0x140 || c == 0x149) return false;
  if ((c >= 0x101 && c <= 0x137) || (c >= 0x14b && c <= 0x177)) return c % 2 == 1;
  if ((c >= 0x13a && c <= 0x148) || (c >= 0x17a && c <= 0x17e)) return c % 2 == 0;
  return c == 0x138;
}

bool MayMix(Script a, Script b) {
  if (a == b) return true;
  const auto east_asian = [](Script s) {
    return s == Script::kHan || s == Script::kKana || s == Script::kHangul;
  };
  const auto is = [&](Script x, Script y) { return (a == x && b == y) || (a == y && b == x); };
  return east_asian(a) && east_asian(b) && !is(Script::kKana, Script::kHangul);
}

}  // namespace

std::optional<std::vector<char32_t>> PunycodeDecode(std::string_view text) {
  if (text.empty() || text.size() > kLabelMax) return std::nullopt;
  std::vector<char32_t> out;
  const auto delimiter = text.rfind('-');
  if (delimiter != std::string_view::npos) {
    for (const char c : text.substr(0, delimiter)) {
      if (static_cast<unsigned char>(c) >= 128) return std::nullopt;
      out.push_back(static_cast<char32_t>(c));
    }
    text.remove_prefix(delimiter + 1);
  }
  uint32_t n = kInitialN;
  uint32_t bias = kInitialBias;
  uint64_t i = 0;
  while (!text.empty()) {
    const uint64_t old_i = i;
    uint64_t weight = 1;
    for (uint32_t k = kBase;; k += kBase) {
      if (text.empty()) return std::nullopt;
      const auto digit = DigitOf(text.front());
      text.remove_prefix(1);
      if (!digit) return std::nullopt;
      i += *digit * weight;
      // Larger than any label of Unicode can need; keeps both products below 64 bits.
      if (i > (uint64_t{kCodePointMax} + 1) * (kLabelMax + 1)) return std::nullopt;
      const uint32_t t = Threshold(k, bias);
      if (*digit < t) break;
      weight *= kBase - t;
      if (weight > uint64_t{1} << 40) return std::nullopt;
    }
    const uint64_t points = out.size() + 1;
    bias = Adapt(static_cast<uint32_t>(i - old_i), static_cast<uint32_t>(points), old_i == 0);
    const uint64_t next = n + i / points;
    if (next > kCodePointMax || (next >= 0xd800 && next <= 0xdfff)) return std::nullopt;
    n = static_cast<uint32_t>(next);
    i %= points;
    out.insert(out.begin() + static_cast<ptrdiff_t>(i), static_cast<char32_t>(n));
    ++i;
  }
  return out;
}

std::optional<std::string> PunycodeEncode(const std::vector<char32_t>& label) {
  if (label.size() > kLabelMax) return std::nullopt;
  std::string out;
  for (const char32_t c : label) {
    if (c < 128) out.push_back(static_cast<char>(c));
  }
  const size_t basic = out.size();
  size_t handled = basic;
  if (basic > 0) out.push_back('-');
  uint32_t n = kInitialN;
  uint32_t bias = kInitialBias;
  uint64_t delta = 0;
  while (handled < label.size()) {
    char32_t next = kCodePointMax + 1;
    for (const char32_t c : label) {
      if (c >= n && c < next) next = c;
    }
    if (next > kCodePointMax) return std::nullopt;
    delta += uint64_t{next - n} * (handled + 1);
    n = next;
    for (const char32_t c : label) {
      if (c < n) ++delta;
      if (c != n) continue;
      uint64_t q = delta;
      for (uint32_t k = kBase;; k += kBase) {
        const uint32_t t = Threshold(k, bias);
        if (q < t) break;
        out.push_back(CharacterOf(static_cast<uint32_t>(t + (q - t) % (kBase - t))));
        q = (q - t) / (kBase - t);
      }
      out.push_back(CharacterOf(static_cast<uint32_t>(q)));
      bias =
          Adapt(static_cast<uint32_t>(delta), static_cast<uint32_t>(handled + 1), handled == basic);
      delta = 0;
      ++handled;
    }
    ++delta;
    ++n;
  }
  return out;
}

bool IsAcceptableULabel(const std::vector<char32_t>& label) {
  std::optional<Script> script;
  bool non_ascii = false;
  if (label.empty() || label.front() == '-' || label.back() == '-') return false;
  const Range* first = RangeOf(label.front());
  if (first != nullptr && first->mark) return false;
  for (const char32_t c : label) {
    if (c >= 128) non_ascii = true;
    if ((c >= '0' && c <= '9') || c == '-') continue;
    const Range* range = RangeOf(c);
    const bool latin = range == nullptr && IsLowerLatinExtendedA(c);
    if (range == nullptr && !latin) return false;
    const Script its = latin ? Script::kLatin : range->script;
    if (script && !MayMix(*script, its)) return false;
    // Once kana or Hangul was seen it stays, so that a Han letter between the two hides nothing.
    if (!script || *script == Script::kHan) script = its;
  }
  // RFC 5893 rule 1: a right-to-left label may not begin with a digit.
  const bool rtl = script == Script::kHebrew || script == Script::kArabic;
  return non_ascii && !(rtl && label.front() < 128);
}

}  // namespace perennial::pki
