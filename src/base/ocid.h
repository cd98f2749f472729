// SPDX-License-Identifier: Apache-2.0
// Identifiers: ocid1.<type>.perennial.<region>.<unique>. Two ids of the same spelling are two
// types.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/random.h"

namespace perennial {

template <class Tag>
struct Ocid {
  std::string value;
  bool empty() const { return value.empty(); }
  friend auto operator<=>(const Ocid&, const Ocid&) = default;
};

using CertificateId = Ocid<struct CertificateTag>;
using CertificateAuthorityId = Ocid<struct CertificateAuthorityTag>;
using AssociationId = Ocid<struct AssociationTag>;
using CompartmentId = Ocid<struct CompartmentTag>;
using NodeId = Ocid<struct NodeTag>;
using LoadBalancerId = Ocid<struct LoadBalancerTag>;

// A type token of an OCID: lower-case letters and digits.
//   tenancy compartment user group policy certificate certificateauthority cabundle association
//   loadbalancer loadbalancerworkrequest subnet (a node pool) node service replica rollout
// OcidType returns the type token of a well-formed OCID, or an empty view.
std::string_view OcidType(std::string_view ocid);

// ParseOcid checks the form and, when not empty, the type. kInvalidArgument names what is wrong.
Result<std::string> ParseOcid(std::string_view text, std::string_view type);

// MakeOcid draws a new unique part of 40 base32 characters (200 bits).
std::string MakeOcid(std::string_view type, std::string_view region, Random& random);

// MakeDerivedOcid makes the OCID of a *new* resource out of the evidence that created it (wire.md,
// Evidence): base32 of SHA-256("perennial-resource" ‖ digest), first 40 characters. Nobody can
// choose it.
std::string MakeDerivedOcid(std::string_view type, std::string_view region,
                            std::string_view evidence_digest_bytes);

}  // namespace perennial
