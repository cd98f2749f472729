// SPDX-License-Identifier: Apache-2.0
// The closed enums of the public certificates API (oci-api §2.2).
#pragma once

#include <array>
#include <type_traits>

#include "base/wire_enum.h"
#include "pki/key.h"
#include "pki/name.h"

namespace perennial::api::certificates {

using pki::KeyAlgorithm;
using pki::NameConstraintType;
using pki::SignatureAlgorithm;
using pki::SubjectAlternativeNameType;

// Of certificates and authorities; only authorities are ever PENDING_ACTIVATION.
enum class LifecycleState {
  kCreating,
  kActive,
  kUpdating,
  kDeleting,
  kDeleted,
  kSchedulingDeletion,
  kPendingDeletion,
  kCancellingDeletion,
  kFailed,
  kPendingActivation,
};
constexpr auto WireNames(std::type_identity<LifecycleState>) {
  return std::to_array<WireName<LifecycleState>>(
      {{LifecycleState::kCreating, "CREATING"},
       {LifecycleState::kActive, "ACTIVE"},
       {LifecycleState::kUpdating, "UPDATING"},
       {LifecycleState::kDeleting, "DELETING"},
       {LifecycleState::kDeleted, "DELETED"},
       {LifecycleState::kSchedulingDeletion, "SCHEDULING_DELETION"},
       {LifecycleState::kPendingDeletion, "PENDING_DELETION"},
       {LifecycleState::kCancellingDeletion, "CANCELLING_DELETION"},
       {LifecycleState::kFailed, "FAILED"},
       {LifecycleState::kPendingActivation, "PENDING_ACTIVATION"}});
}

enum class Stage {
  kCurrent,
  kPending,
  kLatest,
  kPrevious,
  kDeprecated,
  kFailed,
  kPendingActivation
};
constexpr auto WireNames(std::type_identity<Stage>) {
  return std::to_array<WireName<Stage>>({{Stage::kCurrent, "CURRENT"},
                                         {Stage::kPending, "PENDING"},
                                         {Stage::kLatest, "LATEST"},
                                         {Stage::kPrevious, "PREVIOUS"},
                                         {Stage::kDeprecated, "DEPRECATED"},
                                         {Stage::kFailed, "FAILED"},
                                         {Stage::kPendingActivation, "PENDING_ACTIVATION"}});
}

// Where an update may put its new version.
enum class UpdateStage { kCurrent, kPending };
constexpr auto WireNames(std::type_identity<UpdateStage>) {
  return std::to_array<WireName<UpdateStage>>(
      {{UpdateStage::kCurrent, "CURRENT"}, {UpdateStage::kPending, "PENDING"}});
}

enum class RevocationReason {
  kUnspecified,
  kKeyCompromise,
  kCaCompromise,
  kAffiliationChanged,
  kSuperseded,
  kCessationOfOperation,
  kPrivilegeWithdrawn,
  kAaCompromise,
};
constexpr auto WireNames(std::type_identity<RevocationReason>) {
  return std::to_array<WireName<RevocationReason>>(
      {{RevocationReason::kUnspecified, "UNSPECIFIED"},
       {RevocationReason::kKeyCompromise, "KEY_COMPROMISE"},
       {RevocationReason::kCaCompromise, "CA_COMPROMISE"},
       {RevocationReason::kAffiliationChanged, "AFFILIATION_CHANGED"},
       {RevocationReason::kSuperseded, "SUPERSEDED"},
       {RevocationReason::kCessationOfOperation, "CESSATION_OF_OPERATION"},
       {RevocationReason::kPrivilegeWithdrawn, "PRIVILEGE_WITHDRAWN"},
       {RevocationReason::kAaCompromise, "AA_COMPROMISE"}});
}

enum class CertificateConfigType {
  kIssuedByInternalCa,
  kManagedExternallyIssuedByInternalCa,
  kImported
};
constexpr auto WireNames(std::type_identity<CertificateConfigType>) {
  return std::to_array<WireName<CertificateConfigType>>(
      {{CertificateConfigType::kIssuedByInternalCa, "ISSUED_BY_INTERNAL_CA"},
       {CertificateConfigType::kManagedExternallyIssuedByInternalCa,
        "MANAGED_EXTERNALLY_ISSUED_BY_INTERNAL_CA"},
       {CertificateConfigType::kImported, "IMPORTED"}});
}

enum class CertificateProfileType { kTlsServerOrClient, kTlsServer, kTlsClient, kTlsCodeSign };
constexpr auto WireNames(std::type_identity<CertificateProfileType>) {
  return std::to_array<WireName<CertificateProfileType>>(
      {{CertificateProfileType::kTlsServerOrClient, "TLS_SERVER_OR_CLIENT"},
       {CertificateProfileType::kTlsServer, "TLS_SERVER"},
       {CertificateProfileType::kTlsClient, "TLS_CLIENT"},
       {CertificateProfileType::kTlsCodeSign, "TLS_CODE_SIGN"}});
}

enum class CertificateRuleType { kRenewal };
constexpr auto WireNames(std::type_identity<CertificateRuleType>) {
  return std::to_array<WireName<CertificateRuleType>>(
      {{CertificateRuleType::kRenewal, "CERTIFICATE_RENEWAL_RULE"}});
}

enum class AuthorityConfigType {
  kRootGeneratedInternally,
  kSubordinateIssuedByInternalCa,
  kRootManagedExternally,
  kSubordinateManagedInternallyIssuedByExternalCa,
};
constexpr auto WireNames(std::type_identity<AuthorityConfigType>) {
  return std::to_array<WireName<AuthorityConfigType>>(
      {{AuthorityConfigType::kRootGeneratedInternally, "ROOT_CA_GENERATED_INTERNALLY"},
       {AuthorityConfigType::kSubordinateIssuedByInternalCa,
        "SUBORDINATE_CA_ISSUED_BY_INTERNAL_CA"},
       {AuthorityConfigType::kRootManagedExternally, "ROOT_CA_MANAGED_EXTERNALLY"},
       {AuthorityConfigType::kSubordinateManagedInternallyIssuedByExternalCa,
        "SUBORDINATE_CA_MANAGED_INTERNALLY_ISSUED_BY_EXTERNAL_CA"}});
}

enum class AuthorityRuleType { kIssuanceExpiry, kIssuance };
constexpr auto WireNames(std::type_identity<AuthorityRuleType>) {
  return std::to_array<WireName<AuthorityRuleType>>(
      {{AuthorityRuleType::kIssuanceExpiry, "CERTIFICATE_AUTHORITY_ISSUANCE_EXPIRY_RULE"},
       {AuthorityRuleType::kIssuance, "CERTIFICATE_AUTHORITY_ISSUANCE_RULE"}});
}

enum class AssociationLifecycleState { kCreating, kActive, kUpdating, kDeleting, kFailed };
constexpr auto WireNames(std::type_identity<AssociationLifecycleState>) {
  return std::to_array<WireName<AssociationLifecycleState>>(
      {{AssociationLifecycleState::kCreating, "CREATING"},
       {AssociationLifecycleState::kActive, "ACTIVE"},
       {AssociationLifecycleState::kUpdating, "UPDATING"},
       {AssociationLifecycleState::kDeleting, "DELETING"},
       {AssociationLifecycleState::kFailed, "FAILED"}});
}

// What is associated; also the kind of a certificates resource.
enum class AssociationType { kCertificate, kCertificateAuthority, kCaBundle };
constexpr auto WireNames(std::type_identity<AssociationType>) {
  return std::to_array<WireName<AssociationType>>(
      {{AssociationType::kCertificate, "CERTIFICATE"},
       {AssociationType::kCertificateAuthority, "CERTIFICATE_AUTHORITY"},
       {AssociationType::kCaBundle, "CA_BUNDLE"}});
}

enum class BundleType { kPublicOnly, kWithPrivateKey };
constexpr auto WireNames(std::type_identity<BundleType>) {
  return std::to_array<WireName<BundleType>>(
      {{BundleType::kPublicOnly, "CERTIFICATE_CONTENT_PUBLIC_ONLY"},
       {BundleType::kWithPrivateKey, "CERTIFICATE_CONTENT_WITH_PRIVATE_KEY"}});
}

}  // namespace perennial::api::certificates
