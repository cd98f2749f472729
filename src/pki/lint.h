// SPDX-License-Identifier: Apache-2.0
// What may never be signed, judged on the certificate itself and independently of the code that
// wrote it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pki/certificate.h"

namespace perennial::pki {

struct Violation {
  std::string_view rule;  // A constant, as `validity.max`: stable, for tests and the audit.
  std::string where;      // The field, as `subjectAlternativeNames/0`; empty for the whole.
  std::string detail;     // A sentence for people.
  friend bool operator==(const Violation&, const Violation&) = default;
};

// Describe joins violations for an error message: "where: detail; …", at most ten of them.
std::string Describe(const std::vector<Violation>& violations);

// LintCertificate returns every violation of RFC 5280 and of our profile; empty for what may be
// signed and served.
std::vector<Violation> LintCertificate(const Certificate& certificate);

}  // namespace perennial::pki
