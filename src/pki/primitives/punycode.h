// SPDX-License-Identifier: Apache-2.0
// Punycode (RFC 3492) of one label, and which internationalised labels we accept.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace perennial::pki {

// Both work on the part after `xn--`, at most 59 characters. Nothing for malformed text, a code
// point above U+10FFFF or a surrogate; the arithmetic is bounded, so nothing can overflow
// (CVE-2022-3602).
std::optional<std::vector<char32_t>> PunycodeDecode(std::string_view text);
std::optional<std::string> PunycodeEncode(const std::vector<char32_t>& label);

// IsAcceptableULabel accepts lower-case letters of one script (Latin, Greek, Cyrillic, Hebrew,
// Arabic, Devanagari; Han with kana or Hangul), ASCII digits and inner hyphens. Only letters that
// are their own NFC form and allowed by IDNA 2008 are in its ranges, so no Unicode tables are
// needed; what is left out is refused (security.md E05).
bool IsAcceptableULabel(const std::vector<char32_t>& label);

}  // namespace perennial::pki
