// SPDX-License-Identifier: Apache-2.0
// What may be allowed: the permissions of the public API's IAM reference, and our own for nodes.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <type_traits>

#include "base/wire_enum.h"

namespace perennial::authz {

// clang-format off
enum class Permission {
  kCertificateInspect, kCertificateRead, kCertificateUpdate, kCertificateCreate,
  kCertificateDelete, kCertificateMove, kCertificateVersionInspect, kCertificateVersionRead,
  kCertificateVersionRevoke, kCertificateVersionDelete, kCertificateBundleInspect,
  kCertificateBundleRead, kCertificateAuthorityInspect, kCertificateAuthorityRead,
  kCertificateAuthorityUpdate, kCertificateAuthorityCreate, kCertificateAuthorityDelete,
  kCertificateAuthorityMove, kCertificateAuthorityApply, kCertificateAuthorityVersionInspect,
  kCertificateAuthorityVersionRead, kCertificateAuthorityVersionRevoke,
  kCertificateAuthorityVersionDelete, kCertificateAuthorityBundleInspect,
  kCertificateAuthorityBundleRead, kCaBundleInspect, kCaBundleRead, kCaBundleUpdate,
  kCaBundleCreate, kCaBundleDelete, kCaBundleMove, kCertificateAssociationInspect,
  kCertificateAssociationRead, kCertificateAssociationCreate, kCertificateAssociationDelete,
  kCertificateAuthorityAssociationInspect, kCertificateAuthorityAssociationRead,
  kCertificateAuthorityAssociationCreate, kCertificateAuthorityAssociationDelete,
  kCaBundleAssociationInspect, kCaBundleAssociationRead, kCaBundleAssociationCreate,
  kCaBundleAssociationDelete, kLoadBalancerInspect, kLoadBalancerRead, kLoadBalancerUpdate,
  kLoadBalancerMove, kLoadBalancerCreate, kLoadBalancerDelete, kTenancyInspect,
  kCompartmentInspect, kCompartmentRead, kCompartmentUpdate, kCompartmentCreate,
  kCompartmentDelete, kUserInspect, kUserRead, kUserUpdate, kUserCreate, kUserDelete,
  kUserApiKeyAdd, kUserApiKeyRemove, kGroupInspect, kGroupRead, kGroupUpdate, kGroupCreate,
  kGroupDelete, kPolicyInspect, kPolicyRead, kPolicyUpdate, kPolicyCreate, kPolicyDelete,
  kNodeInspect, kNodeRead, kNodeUpdate, kNodeEnrol, kNodeDelete, kNodePoolInspect, kNodePoolRead,
  kNodePoolUpdate, kNodePoolCreate, kNodePoolDelete, kAuditEventRead,
};
// clang-format on
inline constexpr size_t kPermissionCount = static_cast<size_t>(Permission::kAuditEventRead) + 1;

inline constexpr auto kPermissionNames = std::to_array<WireName<Permission>>({
    {Permission::kCertificateInspect, "CERTIFICATE_INSPECT"},
    {Permission::kCertificateRead, "CERTIFICATE_READ"},
    {Permission::kCertificateUpdate, "CERTIFICATE_UPDATE"},
    {Permission::kCertificateCreate, "CERTIFICATE_CREATE"},
    {Permission::kCertificateDelete, "CERTIFICATE_DELETE"},
    {Permission::kCertificateMove, "CERTIFICATE_MOVE"},
    {Permission::kCertificateVersionInspect, "CERTIFICATE_VERSION_INSPECT"},
    {Permission::kCertificateVersionRead, "CERTIFICATE_VERSION_READ"},
    {Permission::kCertificateVersionRevoke, "CERTIFICATE_VERSION_REVOKE"},
    {Permission::kCertificateVersionDelete, "CERTIFICATE_VERSION_DELETE"},
    {Permission::kCertificateBundleInspect, "CERTIFICATE_BUNDLE_INSPECT"},
    {Permission::kCertificateBundleRead, "CERTIFICATE_BUNDLE_READ"},
    {Permission::kCertificateAuthorityInspect, "CERTIFICATE_AUTHORITY_INSPECT"},
    {Permission::kCertificateAuthorityRead, "CERTIFICATE_AUTHORITY_READ"},
    {Permission::kCertificateAuthorityUpdate, "CERTIFICATE_AUTHORITY_UPDATE"},
    {Permission::kCertificateAuthorityCreate, "CERTIFICATE_AUTHORITY_CREATE"},
    {Permission::kCertificateAuthorityDelete, "CERTIFICATE_AUTHORITY_DELETE"},
    {Permission::kCertificateAuthorityMove, "CERTIFICATE_AUTHORITY_MOVE"},
    {Permission::kCertificateAuthorityApply, "CERTIFICATE_AUTHORITY_APPLY"},
    {Permission::kCertificateAuthorityVersionInspect, "CERTIFICATE_AUTHORITY_VERSION_INSPECT"},
    {Permission::kCertificateAuthorityVersionRead, "CERTIFICATE_AUTHORITY_VERSION_READ"},
    {Permission::kCertificateAuthorityVersionRevoke, "CERTIFICATE_AUTHORITY_VERSION_REVOKE"},
    {Permission::kCertificateAuthorityVersionDelete, "CERTIFICATE_AUTHORITY_VERSION_DELETE"},
    {Permission::kCertificateAuthorityBundleInspect, "CERTIFICATE_AUTHORITY_BUNDLE_INSPECT"},
    {Permission::kCertificateAuthorityBundleRead, "CERTIFICATE_AUTHORITY_BUNDLE_READ"},
    {Permission::kCaBundleInspect, "CABUNDLE_INSPECT"},
    {Permission::kCaBundleRead, "CABUNDLE_READ"},
    {Permission::kCaBundleUpdate, "CABUNDLE_UPDATE"},
    {Permission::kCaBundleCreate, "CABUNDLE_CREATE"},
    {Permission::kCaBundleDelete, "CABUNDLE_DELETE"},
    {Permission::kCaBundleMove, "CABUNDLE_MOVE"},
    {Permission::kCertificateAssociationInspect, "CERTIFICATE_ASSOCIATION_INSPECT"},
    {Permission::kCertificateAssociationRead, "CERTIFICATE_ASSOCIATION_READ"},
    {Permission::kCertificateAssociationCreate, "CERTIFICATE_ASSOCIATION_CREATE"},
    {Permission::kCertificateAssociationDelete, "CERTIFICATE_ASSOCIATION_DELETE"},
    {Permission::kCertificateAuthorityAssociationInspect,
     "CERTIFICATE_AUTHORITY_ASSOCIATION_INSPECT"},
    {Permission::kCertificateAuthorityAssociationRead, "CERTIFICATE_AUTHORITY_ASSOCIATION_READ"},
    {Permission::kCertificateAuthorityAssociationCreate,
     "CERTIFICATE_AUTHORITY_ASSOCIATION_CREATE"},
    {Permission::kCertificateAuthorityAssociationDelete,
     "CERTIFICATE_AUTHORITY_ASSOCIATION_DELETE"},
    {Permission::kCaBundleAssociationInspect, "CABUNDLE_ASSOCIATION_INSPECT"},
    {Permission::kCaBundleAssociationRead, "CABUNDLE_ASSOCIATION_READ"},
    {Permission::kCaBundleAssociationCreate, "CABUNDLE_ASSOCIATION_CREATE"},
    {Permission::kCaBundleAssociationDelete, "CABUNDLE_ASSOCIATION_DELETE"},
    {Permission::kLoadBalancerInspect, "LOAD_BALANCER_INSPECT"},
    {Permission::kLoadBalancerRead, "LOAD_BALANCER_READ"},
    {Permission::kLoadBalancerUpdate, "LOAD_BALANCER_UPDATE"},
    {Permission::kLoadBalancerMove, "LOAD_BALANCER_MOVE"},
    {Permission::kLoadBalancerCreate, "LOAD_BALANCER_CREATE"},
    {Permission::kLoadBalancerDelete, "LOAD_BALANCER_DELETE"},
    {Permission::kTenancyInspect, "TENANCY_INSPECT"},
    {Permission::kCompartmentInspect, "COMPARTMENT_INSPECT"},
    {Permission::kCompartmentRead, "COMPARTMENT_READ"},
    {Permission::kCompartmentUpdate, "COMPARTMENT_UPDATE"},
    {Permission::kCompartmentCreate, "COMPARTMENT_CREATE"},
    {Permission::kCompartmentDelete, "COMPARTMENT_DELETE"},
    {Permission::kUserInspect, "USER_INSPECT"},
    {Permission::kUserRead, "USER_READ"},
    {Permission::kUserUpdate, "USER_UPDATE"},
    {Permission::kUserCreate, "USER_CREATE"},
    {Permission::kUserDelete, "USER_DELETE"},
    {Permission::kUserApiKeyAdd, "USER_APIKEY_ADD"},
    {Permission::kUserApiKeyRemove, "USER_APIKEY_REMOVE"},
    {Permission::kGroupInspect, "GROUP_INSPECT"},
    {Permission::kGroupRead, "GROUP_READ"},
    {Permission::kGroupUpdate, "GROUP_UPDATE"},
    {Permission::kGroupCreate, "GROUP_CREATE"},
    {Permission::kGroupDelete, "GROUP_DELETE"},
    {Permission::kPolicyInspect, "POLICY_INSPECT"},
    {Permission::kPolicyRead, "POLICY_READ"},
    {Permission::kPolicyUpdate, "POLICY_UPDATE"},
    {Permission::kPolicyCreate, "POLICY_CREATE"},
    {Permission::kPolicyDelete, "POLICY_DELETE"},
    {Permission::kNodeInspect, "NODE_INSPECT"},
    {Permission::kNodeRead, "NODE_READ"},
    {Permission::kNodeUpdate, "NODE_UPDATE"},
    {Permission::kNodeEnrol, "NODE_ENROL"},
    {Permission::kNodeDelete, "NODE_DELETE"},
    {Permission::kNodePoolInspect, "NODE_POOL_INSPECT"},
    {Permission::kNodePoolRead, "NODE_POOL_READ"},
    {Permission::kNodePoolUpdate, "NODE_POOL_UPDATE"},
    {Permission::kNodePoolCreate, "NODE_POOL_CREATE"},
    {Permission::kNodePoolDelete, "NODE_POOL_DELETE"},
    {Permission::kAuditEventRead, "AUDIT_EVENT_READ"},
});
constexpr const auto& WireNames(std::type_identity<Permission>) { return kPermissionNames; }

// A set of permissions; the default is none.
class PermissionSet {
 public:
  PermissionSet() = default;
  PermissionSet(std::initializer_list<Permission> permissions) {
    for (const auto permission : permissions) Add(permission);
  }
  void Add(Permission permission) { bits_.set(static_cast<size_t>(permission)); }
  void Add(const PermissionSet& other) { bits_ |= other.bits_; }
  bool Has(Permission permission) const { return bits_.test(static_cast<size_t>(permission)); }
  bool empty() const { return bits_.none(); }
  size_t size() const { return bits_.count(); }
  friend bool operator==(const PermissionSet&, const PermissionSet&) = default;

 private:
  std::bitset<kPermissionCount> bits_;
};

}  // namespace perennial::authz
