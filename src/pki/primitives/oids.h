// SPDX-License-Identifier: Apache-2.0
// Object identifiers as DER content, and dotted where values are compared with them.
#pragma once

#include <string_view>

namespace perennial::pki::oid {

using namespace std::string_view_literals;

inline constexpr auto kSubjectKeyId = "\x55\x1d\x0e"sv;
inline constexpr auto kKeyUsage = "\x55\x1d\x0f"sv;
inline constexpr auto kSubjectAlternativeName = "\x55\x1d\x11"sv;
inline constexpr auto kBasicConstraints = "\x55\x1d\x13"sv;
inline constexpr auto kNameConstraints = "\x55\x1d\x1e"sv;
inline constexpr auto kCrlDistributionPoints = "\x55\x1d\x1f"sv;
inline constexpr auto kAuthorityKeyId = "\x55\x1d\x23"sv;
inline constexpr auto kExtendedKeyUsage = "\x55\x1d\x25"sv;
inline constexpr auto kServerAuth = "\x2b\x06\x01\x05\x05\x07\x03\x01"sv;
inline constexpr auto kClientAuth = "\x2b\x06\x01\x05\x05\x07\x03\x02"sv;
inline constexpr auto kCodeSigning = "\x2b\x06\x01\x05\x05\x07\x03\x03"sv;

inline constexpr auto kTextSubjectKeyId = "2.5.29.14"sv;
inline constexpr auto kTextKeyUsage = "2.5.29.15"sv;
inline constexpr auto kTextSubjectAlternativeName = "2.5.29.17"sv;
inline constexpr auto kTextBasicConstraints = "2.5.29.19"sv;
inline constexpr auto kTextNameConstraints = "2.5.29.30"sv;
inline constexpr auto kTextCrlDistributionPoints = "2.5.29.31"sv;
inline constexpr auto kTextCertificatePolicies = "2.5.29.32"sv;
inline constexpr auto kTextAuthorityKeyId = "2.5.29.35"sv;
inline constexpr auto kTextPolicyConstraints = "2.5.29.36"sv;
inline constexpr auto kTextExtendedKeyUsage = "2.5.29.37"sv;
inline constexpr auto kTextServerAuth = "1.3.6.1.5.5.7.3.1"sv;
inline constexpr auto kTextClientAuth = "1.3.6.1.5.5.7.3.2"sv;
inline constexpr auto kTextCodeSigning = "1.3.6.1.5.5.7.3.3"sv;
inline constexpr auto kTextAnyExtendedKeyUsage = "2.5.29.37.0"sv;

}  // namespace perennial::pki::oid
