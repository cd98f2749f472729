// SPDX-License-Identifier: Apache-2.0
#include "authz/resource_type.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "authz/policy.h"

namespace perennial::authz {
namespace {

using enum Permission;

// One row of the IAM reference (oci-api §4.2 to §4.4); each column is what the verb adds.
struct ResourceType {
  std::string_view name;
  std::string_view singular;
  PermissionSet inspect, read, use, manage;
};

std::vector<ResourceType> CertificateTypes() {
  return {
      {"leaf-certificates",
       "leaf-certificate",
       {kCertificateInspect},
       {kCertificateRead},
       {kCertificateUpdate},
       {kCertificateCreate, kCertificateDelete, kCertificateMove}},
      {"leaf-certificate-versions",
       "leaf-certificate-version",
       {kCertificateVersionInspect},
       {kCertificateVersionRead},
       {},
       {kCertificateVersionRevoke, kCertificateVersionDelete}},
      {"leaf-certificate-bundles",
       "leaf-certificate-bundle",
       {kCertificateBundleInspect},
       {kCertificateBundleRead},
       {},
       {}},
      {"certificate-authorities",
       "certificate-authority",
       {kCertificateAuthorityInspect},
       {kCertificateAuthorityRead},
       {kCertificateAuthorityUpdate},
       {kCertificateAuthorityCreate, kCertificateAuthorityDelete, kCertificateAuthorityMove}},
      {"certificate-authority-versions",
       "certificate-authority-version",
       {kCertificateAuthorityVersionInspect},
       {kCertificateAuthorityVersionRead},
       {},
       {kCertificateAuthorityVersionDelete, kCertificateAuthorityVersionRevoke}},
      {"certificate-authority-bundles",
       "certificate-authority-bundle",
       {kCertificateAuthorityBundleInspect},
       {kCertificateAuthorityBundleRead},
       {},
       {}},
      {"certificate-authority-delegates",
       "certificate-authority-delegate",
       {},
       {},
       {kCertificateAuthorityApply},
       {}},
      {"cabundles",
       "cabundle",
       {kCaBundleInspect},
       {kCaBundleRead},
       {kCaBundleUpdate},
       {kCaBundleCreate, kCaBundleDelete, kCaBundleMove}},
      {"certificate-associations",
       "certificate-association",
       {kCertificateAssociationInspect},
       {kCertificateAssociationRead},
       {},
       {kCertificateAssociationCreate, kCertificateAssociationDelete}},
      {"certificate-authority-associations",
       "certificate-authority-association",
       {kCertificateAuthorityAssociationInspect},
       {kCertificateAuthorityAssociationRead},
       {},
       {kCertificateAuthorityAssociationCreate, kCertificateAuthorityAssociationDelete}},
      {"cabundle-associations",
       "cabundle-association",
       {kCaBundleAssociationInspect},
       {kCaBundleAssociationRead},
       {},
       {kCaBundleAssociationCreate, kCaBundleAssociationDelete}},
  };
}

std::vector<ResourceType> OtherTypes() {
  return {
      {"load-balancers",
       "load-balancer",
       {kLoadBalancerInspect},
       {kLoadBalancerRead},
       {kLoadBalancerUpdate, kLoadBalancerMove},
       {kLoadBalancerCreate, kLoadBalancerDelete}},
      {"tenancies", "tenancy", {kTenancyInspect}, {}, {}, {}},
      {"compartments",
       "compartment",
       {kCompartmentInspect},
       {kCompartmentRead},
       {kCompartmentUpdate},
       {kCompartmentCreate, kCompartmentDelete}},
      // A key lets its holder act as the user, so adding one is more than `use`.
      {"users",
       "user",
       {kUserInspect},
       {kUserRead},
       {kUserUpdate},
       {kUserCreate, kUserDelete, kUserApiKeyAdd, kUserApiKeyRemove}},
      {"groups",
       "group",
       {kGroupInspect},
       {kGroupRead},
       {kGroupUpdate},
       {kGroupCreate, kGroupDelete}},
      // Who changes a policy can give away everything below it, so that is more than `use` too.
      {"policies",
       "policy",
       {kPolicyInspect},
       {kPolicyRead},
       {},
       {kPolicyUpdate, kPolicyCreate, kPolicyDelete}},
      {"nodes", "node", {kNodeInspect}, {kNodeRead}, {kNodeUpdate}, {kNodeEnrol, kNodeDelete}},
      {"node-pools",
       "node-pool",
       {kNodePoolInspect},
       {kNodePoolRead},
       {kNodePoolUpdate},
       {kNodePoolCreate, kNodePoolDelete}},
      {"audit-events", "audit-event", {kAuditEventRead}, {}, {}, {}},
  };
}

const std::vector<ResourceType>& ResourceTypes() {
  static const std::vector<ResourceType> types = [] {
    auto all = CertificateTypes();
    for (auto& type : OtherTypes()) all.push_back(std::move(type));
    return all;
  }();
  return types;
}

struct Family {
  std::string_view name;
  std::vector<std::string_view> members;  // Types, or families that stand above this one.
};

const std::vector<Family>& Families() {
  static const std::vector<Family> families = {
      {"leaf-certificate-family",
       {"leaf-certificates", "leaf-certificate-versions", "leaf-certificate-bundles", "cabundles",
        "certificate-associations", "cabundle-associations"}},
      {"certificate-authority-family",
       {"certificate-authorities", "certificate-authority-versions",
        "certificate-authority-bundles", "certificate-authority-delegates",
        "leaf-certificate-family", "certificate-authority-associations"}},
      {"node-family", {"nodes", "node-pools"}},
  };
  return families;
}

constexpr std::string_view kAllResources = "all-resources";

PermissionSet UpTo(Verb verb, const ResourceType& type) {
  PermissionSet set = type.inspect;
  if (verb >= Verb::kRead) set.Add(type.read);
  if (verb >= Verb::kUse) set.Add(type.use);
  if (verb >= Verb::kManage) set.Add(type.manage);
  return set;
}

std::optional<PermissionSet> Find(Verb verb, std::string_view resource) {
  for (const auto& type : ResourceTypes()) {
    if (EqualsIgnoringCase(type.name, resource) || EqualsIgnoringCase(type.singular, resource)) {
      return UpTo(verb, type);
    }
  }
  PermissionSet set;
  if (EqualsIgnoringCase(resource, kAllResources)) {
    for (const auto& type : ResourceTypes()) set.Add(UpTo(verb, type));
    return set;
  }
  for (const auto& family : Families()) {
    if (!EqualsIgnoringCase(family.name, resource)) continue;
    for (const auto member : family.members) set.Add(*Find(verb, member));
    return set;
  }
  return std::nullopt;
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// Levenshtein's distance, without case; two rows are enough.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      const size_t change = diagonal + (Lower(a[i - 1]) == Lower(b[j - 1]) ? 0 : 1);
      row[j] = std::min({change, above + 1, row[j - 1] + 1});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

Result<PermissionSet> PermissionsOf(Verb verb, std::string_view resource) {
  if (auto found = Find(verb, resource)) return *found;
  const auto names = ResourceTypeNames();
  const auto nearest = Nearest(resource, names);
  if (!nearest.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("\"{}\" is not a resource type; did you mean \"{}\"?",
                            resource.substr(0, 64), nearest));
  }
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("\"{}\" is not a resource type; known are {}", resource.substr(0, 64),
                          fmt::join(names, ", ")));
}

std::vector<std::string_view> ResourceTypeNames() {
  std::vector<std::string_view> names;
  for (const auto& type : ResourceTypes()) names.push_back(type.name);
  for (const auto& family : Families()) names.push_back(family.name);
  names.push_back(kAllResources);
  return names;
}

std::string_view Nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  std::string_view nearest;
  // A word that is wrong in more than a third, rounded up, was not a slip of this one.
  size_t best = (word.size() + 2) / 3 + 1;
  if (word.size() > 64) return nearest;
  for (const auto candidate : candidates) {
    const size_t distance = Distance(word, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace perennial::authz
