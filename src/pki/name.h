// SPDX-License-Identifier: Apache-2.0
// Names in certificates: subjects, DNS names and IP addresses. What parsed is canonical
// (security.md E04, E05).
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/wire_enum.h"

namespace perennial::pki {

// The fields of OCI's CertificateSubject; empty means absent. Only the common name is mandatory.
struct Subject {
  std::string common_name;
  std::string country;
  std::string domain_component;
  std::string distinguished_name_qualifier;
  std::string generation_qualifier;
  std::string given_name;
  std::string initials;
  std::string locality_name;
  std::string organization;
  std::string organizational_unit;
  std::string pseudonym;
  std::string serial_number;
  std::string state_or_province_name;
  std::string street;
  std::string surname;
  std::string title;
  std::string user_id;
  friend auto operator<=>(const Subject&, const Subject&) = default;
};

// EncodeName returns the DER Name, most significant part first (C … O OU CN). kMissingArgument
// without common name; kInvalidArgument, naming the field, for text that is not UTF-8, holds
// control characters, is longer than RFC 5280 appendix A allows, or a country that is not two
// capital letters.
Result<std::vector<uint8_t>> EncodeName(const Subject& subject);

// FormatName returns a DER Name as RFC 4514 text, least significant part first: `CN=x,O=y,C=z`.
// Unknown attribute types appear as `1.2.3=#hex`. kInvalidArgument for what is not a DER Name of at
// most 100 parts.
Result<std::string> FormatName(std::span<const uint8_t> der);

// ParseDistinguishedName reads RFC 4514 text with the types of Subject into a DER Name;
// kInvalidArgument.
Result<std::vector<uint8_t>> ParseDistinguishedName(std::string_view text);

// NameHasPrefix: are the parts of `prefix` the first parts of `name`? Text compares without regard
// to case, outer and repeated spaces and string type (RFC 5280 §7.1, as OpenSSL does). False for
// malformed DER.
bool NameHasPrefix(std::span<const uint8_t> name, std::span<const uint8_t> prefix);

// ParseDnsName returns the name in lower case. A wildcard is only a whole leftmost label above at
// least two others. kInvalidArgument: anything else that a verifier might read in two ways — NUL,
// empty label, trailing dot, underscore, IPv4 address, raw UTF-8, an A-label that does not
// round-trip or decodes to what IDNA forbids.
Result<std::string> ParseDnsName(std::string_view text);

struct IpAddress {
  std::vector<uint8_t> bytes;  // 4 or 16.
  std::string text;            // Canonical: RFC 5952 for IPv6.
  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

// ParseIpAddress refuses zones, leading zeros, octal forms and IPv4-mapped IPv6 with
// kInvalidArgument.
Result<IpAddress> ParseIpAddress(std::string_view text);
Result<IpAddress> IpAddressOf(std::span<const uint8_t> bytes);

enum class SubjectAlternativeNameType { kDns, kIp };
constexpr auto WireNames(std::type_identity<SubjectAlternativeNameType>) {
  return std::to_array<WireName<SubjectAlternativeNameType>>(
      {{SubjectAlternativeNameType::kDns, "DNS"}, {SubjectAlternativeNameType::kIp, "IP"}});
}
struct SubjectAlternativeName {
  SubjectAlternativeNameType type = SubjectAlternativeNameType::kDns;
  std::string value;
  friend auto operator<=>(const SubjectAlternativeName&, const SubjectAlternativeName&) = default;
};

// ParseSubjectAlternativeName returns the same with its value in canonical spelling;
// kInvalidArgument.
Result<SubjectAlternativeName> ParseSubjectAlternativeName(const SubjectAlternativeName& name);

enum class NameConstraintType { kDirectoryName, kDns, kIp };
constexpr auto WireNames(std::type_identity<NameConstraintType>) {
  return std::to_array<WireName<NameConstraintType>>(
      {{NameConstraintType::kDirectoryName, "DIRECTORY_NAME"},
       {NameConstraintType::kDns, "DNS"},
       {NameConstraintType::kIp, "IP"}});
}
// `O=Example,C=US`; `example.com` (that name and all below) or `.example.com` (only below);
// `10.0.0.0/8`.
struct NameConstraint {
  NameConstraintType type = NameConstraintType::kDns;
  std::string value;
  friend auto operator<=>(const NameConstraint&, const NameConstraint&) = default;
};
struct NameConstraints {
  std::vector<NameConstraint> permitted;
  std::vector<NameConstraint> excluded;
  bool empty() const { return permitted.empty() && excluded.empty(); }
  friend bool operator==(const NameConstraints&, const NameConstraints&) = default;
};

// ParseNameConstraint returns the same in canonical spelling; kInvalidArgument, also for an IP
// range that is not a prefix or has bits set below it.
Result<NameConstraint> ParseNameConstraint(const NameConstraint& constraint);

// IpRangeOf returns address ‖ mask, 8 or 32 bytes, of `10.0.0.0/8`, as it stands in DER.
Result<std::vector<uint8_t>> IpRangeOf(std::string_view cidr);

}  // namespace perennial::pki
