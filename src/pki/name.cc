// SPDX-License-Identifier: Apache-2.0
#include "pki/name.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <optional>

#include "base/encoding.h"
#include "pki/primitives/punycode.h"

namespace perennial::pki {
namespace {

constexpr size_t kDnsNameMax = 253;
constexpr size_t kLabelMax = 63;

std::unexpected<Error> Refuse(std::string why) {
  return Fail(ErrorCode::kInvalidArgument, std::move(why));
}

// What a caller sent may hold anything; a message shows it only when it is short and plain.
std::string Quote(std::string_view text) {
  const bool plain =
      text.size() <= 64 && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
  return plain ? "'" + std::string(text) + "'" : "the value";
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetterOrDigit(char c) { return IsDigit(c) || (c >= 'a' && c <= 'z'); }

// Says what is wrong with one label in lower case, or nothing.
std::optional<std::string_view> LabelFault(std::string_view label) {
  if (label.empty()) return "has an empty label or a trailing dot";
  if (label.size() > kLabelMax) return "has a label of more than 63 characters";
  if (!std::ranges::all_of(label, [](char c) { return IsLetterOrDigit(c) || c == '-'; })) {
    return "may hold only letters, digits, hyphens and dots; other scripts as A-labels";
  }
  if (label.front() == '-' || label.back() == '-') return "has a label with an outer hyphen";
  if (label.size() < 4 || label.substr(2, 2) != "--") return std::nullopt;
  if (!label.starts_with("xn--")) return "has a reserved label (RFC 5890 §2.3.1)";
  const auto decoded = PunycodeDecode(label.substr(4));
  if (!decoded || PunycodeEncode(*decoded) != label.substr(4))
    return "has an A-label that is not canonical punycode";
  if (!IsAcceptableULabel(*decoded)) {
    return "has an A-label with letters that we do not accept, or of several scripts";
  }
  return std::nullopt;
}

// Would a URL parser take this last label for the end of an IPv4 address?
bool LooksNumeric(std::string_view label) {
  if (std::ranges::all_of(label, IsDigit)) return true;
  return label.starts_with("0x") && std::ranges::all_of(label.substr(2), [](char c) {
           return IsDigit(c) || (c >= 'a' && c <= 'f');
         });
}

// The labels of `name` without a wildcard.
Result<void> CheckLabels(std::string_view name, std::string_view shown) {
  std::string_view last;
  size_t begin = 0;
  while (true) {
    const auto dot = name.find('.', begin);
    last = name.substr(begin, dot == std::string_view::npos ? dot : dot - begin);
    if (const auto fault = LabelFault(last)) {
      return Refuse(Quote(shown) + " is not an acceptable DNS name: it " + std::string(*fault));
    }
    if (dot == std::string_view::npos) break;
    begin = dot + 1;
  }
  if (LooksNumeric(last))
    return Refuse(Quote(shown) + " is not a DNS name: it reads as an IP address");
  return {};
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace

Result<std::string> ParseDnsName(std::string_view text) {
  if (text.empty() || text.size() > kDnsNameMax)
    return Refuse("a DNS name has 1 to 253 characters");
  std::string name = LowerCase(text);
  std::string_view rest = name;
  if (rest.starts_with("*.")) {
    rest.remove_prefix(2);
    // `*.com` would speak for every company.
    if (rest.find('.') == std::string_view::npos) {
      return Refuse(Quote(text) +
                    " is not an acceptable DNS name: a wildcard needs two labels above it");
    }
  }
  TRY(CheckLabels(rest, text));
  return name;
}

Result<IpAddress> IpAddressOf(std::span<const uint8_t> bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = bytes.size() == 4 ? AF_INET : AF_INET6;
  if (bytes.size() != 4 && bytes.size() != 16) return Refuse("an IP address has 4 or 16 bytes");
  constexpr std::array<uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (bytes.size() == 16 && std::ranges::equal(bytes.first(12), kMapped)) {
    return Refuse("IPv4-mapped IPv6 addresses are refused; write the IPv4 address");
  }
  inet_ntop(family, bytes.data(), text.data(), text.size());
  return IpAddress{{bytes.begin(), bytes.end()}, text.data()};
}

Result<IpAddress> ParseIpAddress(std::string_view text) {
  std::array<uint8_t, 16> bytes{};
  const std::string terminated(text);
  const bool v6 = text.find(':') != std::string_view::npos;
  // A NUL would end the text for inet_pton, not for us.
  const bool read = terminated.find('\0') == std::string::npos &&
                    inet_pton(v6 ? AF_INET6 : AF_INET, terminated.c_str(), bytes.data()) == 1;
  if (!read) return Refuse(Quote(text) + " is not an IP address");
  return IpAddressOf(std::span(bytes).first(v6 ? 16 : 4));
}

Result<SubjectAlternativeName> ParseSubjectAlternativeName(const SubjectAlternativeName& name) {
  if (name.type == SubjectAlternativeNameType::kDns) {
    TRY_ASSIGN(auto value, ParseDnsName(name.value));
    return SubjectAlternativeName{name.type, std::move(value)};
  }
  TRY_ASSIGN(auto address, ParseIpAddress(name.value));
  return SubjectAlternativeName{name.type, std::move(address.text)};
}

Result<std::vector<uint8_t>> IpRangeOf(std::string_view cidr) {
  const auto slash = cidr.find('/');
  if (slash == std::string_view::npos) return Refuse("an IP range is written as 10.0.0.0/8");
  TRY_ASSIGN(const auto address, ParseIpAddress(cidr.substr(0, slash)));
  const auto length = cidr.substr(slash + 1);
  const size_t size = address.bytes.size();
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  if (error != std::errc() || end != length.data() + length.size() || bits > size * 8 ||
      (length.size() > 1 && length[0] == '0')) {
    return Refuse("an IP range ends in a prefix length of 0 to " + std::to_string(size * 8));
  }
  std::vector<uint8_t> range = address.bytes;
  for (size_t i = 0; i < size; ++i) {
    const unsigned ones =
        bits <= i * 8 ? 0 : std::min<unsigned>(8, bits - static_cast<unsigned>(i * 8));
    const auto mask = static_cast<uint8_t>(0xff << (8 - ones));
    if ((range[i] & ~mask) != 0) return Refuse("the IP range has bits set below its prefix");
    range.push_back(mask);
  }
  return range;
}

Result<NameConstraint> ParseNameConstraint(const NameConstraint& constraint) {
  switch (constraint.type) {
    case NameConstraintType::kDns: {
      std::string name = LowerCase(constraint.value);
      const std::string_view rest = std::string_view(name).substr(name.starts_with('.') ? 1 : 0);
      if (rest.size() > kDnsNameMax) return Refuse("a DNS name has 1 to 253 characters");
      TRY(CheckLabels(rest, constraint.value));
      return NameConstraint{constraint.type, std::move(name)};
    }
    case NameConstraintType::kIp: {
      TRY_ASSIGN(const auto range, IpRangeOf(constraint.value));
      const std::span bytes(range);
      TRY_ASSIGN(const auto address, IpAddressOf(bytes.first(bytes.size() / 2)));
      int ones = 0;
      for (const uint8_t byte : bytes.subspan(bytes.size() / 2)) ones += std::popcount(byte);
      return NameConstraint{constraint.type, address.text + "/" + std::to_string(ones)};
    }
    case NameConstraintType::kDirectoryName: {
      TRY_ASSIGN(const auto der, ParseDistinguishedName(constraint.value));
      TRY_ASSIGN(auto text, FormatName(der));
      return NameConstraint{constraint.type, std::move(text)};
    }
  }
  std::abort();
}

}  // namespace perennial::pki
