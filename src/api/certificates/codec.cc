// SPDX-License-Identifier: Apache-2.0
#include "api/certificates/types.h"
#include "api/evidence/evidence_codec.h"
#include "base/json_codec.h"

namespace perennial::api::certificates {

BOOST_DESCRIBE_STRUCT(Validity, (), (time_of_validity_not_after, time_of_validity_not_before))
BOOST_DESCRIBE_STRUCT(CertificateSubject, (),
                      (common_name, country, domain_component, distinguished_name_qualifier,
                       generation_qualifier, given_name, initials, locality_name, organization,
                       organizational_unit, pseudonym, serial_number, state_or_province_name,
                       street, surname, title, user_id))
BOOST_DESCRIBE_STRUCT(CertificateSubjectAlternativeName, (), (type, value))
BOOST_DESCRIBE_STRUCT(RevocationStatus, (), (time_of_revocation, revocation_reason))
BOOST_DESCRIBE_STRUCT(BundleRevocationStatus, (), (time_revoked, revocation_reason))
BOOST_DESCRIBE_STRUCT(ObjectStorageBucketConfigDetails, (),
                      (object_storage_bucket_name, object_storage_object_name_format,
                       object_storage_namespace))
BOOST_DESCRIBE_STRUCT(CertificateRevocationListDetails, (),
                      (object_storage_config, custom_formatted_urls))
BOOST_DESCRIBE_STRUCT(ScheduleDeletionDetails, (), (time_of_deletion))

BOOST_DESCRIBE_STRUCT(CreateCertificateAuthorityConfigDetails, (),
                      (config_type, issuer_certificate_authority_id, subject, version_name,
                       validity, signing_algorithm, certificate_pem))
BOOST_DESCRIBE_STRUCT(NameConstraintSubtreeNode, (), (type, value))
BOOST_DESCRIBE_STRUCT(NameConstraint, (), (permitted_subtree, excluded_subtree))
BOOST_DESCRIBE_STRUCT(CertificateAuthorityRule, (),
                      (rule_type, leaf_certificate_max_validity_duration,
                       certificate_authority_max_validity_duration, path_length_constraint,
                       name_constraint))
BOOST_DESCRIBE_STRUCT(CreateCertificateAuthorityDetails, (),
                      (name, compartment_id, certificate_authority_config, description,
                       certificate_authority_rules, certificate_revocation_list_details, kms_key_id,
                       external_key_description, freeform_tags, defined_tags))
BOOST_DESCRIBE_STRUCT(CertificateAuthorityVersionSummary, (),
                      (certificate_authority_id, time_created, version_number, stages,
                       issuer_ca_version_number, serial_number, version_name, time_of_deletion,
                       validity, revocation_status))
BOOST_DESCRIBE_STRUCT(CertificateAuthority, (),
                      (id, name, time_created, lifecycle_state, compartment_id, config_type,
                       issuer_certificate_authority_id, description, external_key_description,
                       time_of_deletion, kms_key_id, lifecycle_details, certificate_authority_rules,
                       current_version, certificate_revocation_list_details, subject,
                       signing_algorithm, freeform_tags, defined_tags))
BOOST_DESCRIBE_STRUCT(CertificateAuthoritySummary, (),
                      (id, name, time_created, lifecycle_state, compartment_id, config_type,
                       issuer_certificate_authority_id, description, time_of_deletion, kms_key_id,
                       certificate_authority_rules, current_version_summary, subject,
                       signing_algorithm, freeform_tags, defined_tags))
BOOST_DESCRIBE_STRUCT(CertificateAuthorityCollection, (), (items))
BOOST_DESCRIBE_STRUCT(CertificateAuthorityBundle, (),
                      (certificate_authority_id, certificate_authority_name, serial_number,
                       certificate_pem, time_created, version_number, validity, stages,
                       cert_chain_pem, version_name, revocation_status))

BOOST_DESCRIBE_STRUCT(CreateCertificateConfigDetails, (),
                      (config_type, version_name, issuer_certificate_authority_id, subject,
                       subject_alternative_names, certificate_profile_type, key_algorithm,
                       signature_algorithm, validity, csr_pem, certificate_pem, cert_chain_pem,
                       private_key_pem, private_key_pem_passphrase))
BOOST_DESCRIBE_STRUCT(CertificateRule, (), (rule_type, renewal_interval, advance_renewal_period))
BOOST_DESCRIBE_STRUCT(CreateCertificateDetails, (),
                      (name, compartment_id, certificate_config, description, certificate_rules,
                       freeform_tags, defined_tags))
BOOST_DESCRIBE_STRUCT(UpdateCertificateConfigDetails, (),
                      (config_type, version_name, validity, stage, csr_pem, certificate_pem,
                       cert_chain_pem, private_key_pem, private_key_pem_passphrase))
BOOST_DESCRIBE_STRUCT(UpdateCertificateDetails, (),
                      (description, current_version_number, certificate_config, certificate_rules,
                       freeform_tags, defined_tags))
BOOST_DESCRIBE_STRUCT(CertificateVersion, (),
                      (certificate_id, time_created, version_number, stages, serial_number,
                       issuer_ca_version_number, version_name, subject_alternative_names,
                       time_of_deletion, validity, revocation_status))
BOOST_DESCRIBE_STRUCT(CertificateVersionCollection, (), (items))
BOOST_DESCRIBE_STRUCT(Certificate, (),
                      (id, name, time_created, lifecycle_state, compartment_id, config_type,
                       issuer_certificate_authority_id, description, certificate_rules,
                       time_of_deletion, lifecycle_details, current_version, subject,
                       certificate_revocation_list_details, key_algorithm, signature_algorithm,
                       certificate_profile_type, freeform_tags, defined_tags))
BOOST_DESCRIBE_STRUCT(CertificateSummary, (),
                      (id, name, time_created, lifecycle_state, compartment_id, config_type,
                       issuer_certificate_authority_id, description, time_of_deletion,
                       certificate_rules, current_version_summary, subject, key_algorithm,
                       signature_algorithm, certificate_profile_type, freeform_tags, defined_tags))
BOOST_DESCRIBE_STRUCT(CertificateCollection, (), (items))
BOOST_DESCRIBE_STRUCT(CertificateBundle, (),
                      (certificate_bundle_type, certificate_id, certificate_name, version_number,
                       serial_number, time_created, validity, stages, certificate_pem,
                       cert_chain_pem, private_key_pem, private_key_pem_passphrase, version_name,
                       revocation_status, wanted_version_number))
BOOST_DESCRIBE_STRUCT(CertificateBundleVersionSummary, (),
                      (certificate_id, certificate_name, version_number, time_created, stages,
                       serial_number, version_name, validity, time_of_deletion, revocation_status))
BOOST_DESCRIBE_STRUCT(CertificateBundleVersionCollection, (), (items))

}  // namespace perennial::api::certificates

PERENNIAL_JSON_TYPE(perennial::api::certificates::ScheduleDeletionDetails)
PERENNIAL_JSON_TYPE(perennial::api::certificates::CertificateSubject)
PERENNIAL_JSON_TYPE(std::vector<perennial::api::certificates::CertificateSubjectAlternativeName>)
PERENNIAL_JSON_TYPE(perennial::api::certificates::CreateCertificateAuthorityDetails)
PERENNIAL_JSON_TYPE(perennial::api::certificates::CertificateAuthority)
PERENNIAL_JSON_TYPE(std::vector<perennial::api::certificates::CertificateAuthorityRule>)
PERENNIAL_JSON_TYPE(perennial::api::certificates::CertificateAuthorityCollection)
PERENNIAL_JSON_TYPE(perennial::api::certificates::CertificateAuthorityBundle)
PERENNIAL_JSON_TYPE(perennial::api::certificates::CreateCertificateDetails)
PERENNIAL_JSON_TYPE(perennial::api::certificates::UpdateCertificateDetails)
PERENNIAL_JSON_TYPE(std::vector<perennial::api::certificates::CertificateRule>)
PERENNIAL_JSON_TYPE(perennial::api::certificates::CertificateVersion)
PERENNIAL_JSON_TYPE(perennial::api::certificates::CertificateVersionCollection)
PERENNIAL_JSON_TYPE(perennial::api::certificates::Certificate)
PERENNIAL_JSON_TYPE(perennial::api::certificates::CertificateCollection)
PERENNIAL_JSON_TYPE(perennial::api::certificates::CertificateBundle)
PERENNIAL_JSON_TYPE(perennial::api::certificates::CertificateBundleVersionCollection)
