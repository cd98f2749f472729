// SPDX-License-Identifier: Apache-2.0
// May they? Pure functions of facts that return why. A default-constructed decision is a denial.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "authz/permission.h"
#include "authz/principal.h"
#include "authz/snapshot.h"

namespace perennial::authz {

struct Decision {
  enum class Basis {
    kNoMatch,
    kPolicyStatement,  // Evidence: "policy <id>: <statement>".
    kAssociation,      // Evidence: "association <id>".
    kOwner,    // The resource is the caller's own: its key, its placement, its product's kind.
    kService,  // The caller is the service or node that this operation is for.
  };
  Basis basis = Basis::kNoMatch;
  std::string evidence;
  bool allowed() const { return basis != Basis::kNoMatch; }
};

// The variable that says which kind of bundle is asked for, and its value for the one with the key.
inline constexpr std::string_view kBundleTypeVariable = "target.leaf-certificate.bundle-type";
inline constexpr std::string_view kWithPrivateKey = "CERTIFICATE_CONTENT_WITH_PRIVATE_KEY";

struct AccessRequest {
  const Principal& principal;
  Permission permission;
  std::string compartment_id;  // Of the target; of a create, where it shall be.
  // What conditions may ask of this target, as {"target.certificate.name", "shop"}. The general
  // variables (request.user.id, request.groups.id, request.permission, target.compartment.id, …)
  // are added here and cannot be given from outside.
  std::map<std::string, std::string> variables;
};

// Decide judges by policy. Only an active user is ever allowed, only in its own tenancy, by a
// statement of a policy attached to the target's compartment or one above it, whose location
// contains the target. A request for CERTIFICATE_BUNDLE_READ whose variables ask for the private
// key is judged as DecidePrivateKeyRead judges it: a caller cannot forget to.
Decision Decide(const Snapshot& snapshot, const AccessRequest& request);

// DecidePrivateKeyRead judges a user's reading of a private key: CERTIFICATE_BUNDLE_READ by a
// statement whose condition demands kBundleTypeVariable = kWithPrivateKey (oci-api §4.2). `manage
// all-resources` alone reads no key.
Decision DecidePrivateKeyRead(const Snapshot& snapshot, const Principal& principal,
                              std::string_view compartment_id,
                              std::map<std::string, std::string> variables);

// An ACTIVE association between a certificates resource and what uses it.
struct AssociationFact {
  std::string id;
  std::string certificate_id;
  std::string resource_id;
};

// DecideBundleRead judges the narrow read of protocols.md §3: a bundle, key included, goes only to
// the very resource that an active association names, on a live node that the resource is placed on
// now.
Decision DecideBundleRead(const Snapshot& snapshot, const Principal& principal,
                          std::string_view certificate_id, std::span<const AssociationFact> active);

}  // namespace perennial::authz
