// SPDX-License-Identifier: Apache-2.0
// May this issuer issue that? Judged before anything is signed; the answer holds all violations,
// not the first.
#pragma once

#include <optional>
#include <vector>

#include "base/time.h"
#include "pki/issue.h"
#include "pki/lint.h"

namespace perennial::pki {

// What the CA's rules and every CA above it demand.
struct IssuanceRules {
  std::optional<seconds> leaf_max_validity;
  std::optional<seconds> ca_max_validity;
  std::optional<int>
      path_length;  // How many CAs may follow the issuer; the smallest of all rules above.
  std::vector<NameConstraints>
      name_constraints;  // One for each CA up to the root; each must be satisfied.
};

// CheckIssuanceRules judges `request` against the rules and against the issuer's certificate: its
// validity (nothing outlives its issuer), path length, name constraints, key usage, name and key
// identifier. `issuer` is nullptr for a root. Rules: validity.order, validity.max, validity.issuer,
// issuer.ca, issuer.link, path_length, name.permitted, name.excluded, name.invalid, key.reused,
// signature.family.
std::vector<Violation> CheckIssuanceRules(const CertificateTemplate& request,
                                          const IssuanceRules& rules, const Certificate* issuer);

// PathLengthBelow returns what a CA right below `issuer` may have at most, nothing when it is free.
// Whoever issues a CA without a path length of its own writes this one into it.
std::optional<int> PathLengthBelow(const IssuanceRules& rules, const Certificate& issuer);

// CheckNames judges names alone against one CA's constraints (RFC 5280 §4.2.1.10). A common name
// that reads as a DNS name or an address counts as one; a wildcard is refused where any name that
// it covers would be.
std::vector<Violation> CheckNames(const Subject& subject,
                                  const std::vector<SubjectAlternativeName>& names,
                                  const NameConstraints& constraints);

}  // namespace perennial::pki
