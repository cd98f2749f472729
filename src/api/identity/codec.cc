// SPDX-License-Identifier: Apache-2.0
#include "api/evidence/evidence_codec.h"
#include "api/identity/node_types.h"
#include "api/identity/session_types.h"
#include "api/identity/types.h"
#include "base/json_codec.h"

namespace perennial::api::identity {

BOOST_DESCRIBE_STRUCT(Tenancy, (),
                      (id, name, description, home_region_key, freeform_tags, defined_tags))
BOOST_DESCRIBE_STRUCT(CreateCompartmentDetails, (),
                      (compartment_id, name, description, freeform_tags, defined_tags))
BOOST_DESCRIBE_STRUCT(Compartment, (),
                      (id, compartment_id, name, description, time_created, lifecycle_state,
                       inactive_status, is_accessible, freeform_tags, defined_tags))
BOOST_DESCRIBE_STRUCT(UserCapabilities, (),
                      (can_use_console_password, can_use_api_keys, can_use_auth_tokens,
                       can_use_smtp_credentials, can_use_db_credentials,
                       can_use_customer_secret_keys, can_use_o_auth2_client_credentials))
BOOST_DESCRIBE_STRUCT(CreateUserDetails, (),
                      (compartment_id, name, description, email, freeform_tags, defined_tags))
BOOST_DESCRIBE_STRUCT(User, (),
                      (id, compartment_id, name, description, time_created, lifecycle_state,
                       is_mfa_activated, email, email_verified, inactive_status, capabilities,
                       freeform_tags, defined_tags))
BOOST_DESCRIBE_STRUCT(CreateApiKeyDetails, (), (key))
BOOST_DESCRIBE_STRUCT(ApiKey, (),
                      (key_id, key_value, fingerprint, user_id, time_created, lifecycle_state,
                       inactive_status))
BOOST_DESCRIBE_STRUCT(CreateGroupDetails, (),
                      (compartment_id, name, description, freeform_tags, defined_tags))
BOOST_DESCRIBE_STRUCT(Group, (),
                      (id, compartment_id, name, description, time_created, lifecycle_state,
                       inactive_status, freeform_tags, defined_tags))
BOOST_DESCRIBE_STRUCT(AddUserToGroupDetails, (), (user_id, group_id))
BOOST_DESCRIBE_STRUCT(UserGroupMembership, (),
                      (id, compartment_id, group_id, user_id, time_created, lifecycle_state,
                       inactive_status))
BOOST_DESCRIBE_STRUCT(CreatePolicyDetails, (),
                      (compartment_id, name, statements, description, version_date, freeform_tags,
                       defined_tags))
BOOST_DESCRIBE_STRUCT(Policy, (),
                      (id, compartment_id, name, statements, description, time_created,
                       lifecycle_state, inactive_status, version_date, freeform_tags, defined_tags))

BOOST_DESCRIBE_STRUCT(Endpoints, (), (identity, certificates, updates, load_balancer, audit))
BOOST_DESCRIBE_STRUCT(ExchangeTokenDetails, (),
                      (public_key_pem, agent_version, wanted_count, served_count))
BOOST_DESCRIBE_STRUCT(SessionToken, (), (token, time_expires))
BOOST_DESCRIBE_STRUCT(CreateResourcePrincipalTokensDetails, (), (resource_ids, public_key_pem))
BOOST_DESCRIBE_STRUCT(ResourcePrincipalToken, (), (resource_id, token, time_expires))
BOOST_DESCRIBE_STRUCT(ResourcePrincipalTokens, (), (items))
BOOST_DESCRIBE_STRUCT(TokenKey, (), (kid, kty, crv, x, y, alg, use, state))
BOOST_DESCRIBE_STRUCT(TokenKeys, (), (keys))
BOOST_DESCRIBE_STRUCT(Want, (), (permission, resource_id, compartment_id))
BOOST_DESCRIBE_STRUCT(VerifyEvidenceDetails, (), (presenter, evidence, wants))
BOOST_DESCRIBE_STRUCT(VerifiedEvidence, (),
                      (user_id, user_name, tenancy_id, signed_date, digest, position, allowed,
                       signing_string, signature, algorithm, key_id, public_key_pem))
BOOST_DESCRIBE_STRUCT(CreateServerCertificateDetails, (), (public_key_pem, names))
BOOST_DESCRIBE_STRUCT(ServerCertificate, (), (certificate_chain_pem, time_expires))
BOOST_DESCRIBE_STRUCT(SnapshotEntry, (), (kind, id, value))
BOOST_DESCRIBE_STRUCT(AuthorizationSnapshot, (), (position, full, entries))

BOOST_DESCRIBE_STRUCT(CreateNodeTokenDetails, (),
                      (node_pool_ids, product_kinds, expires_in_seconds))
BOOST_DESCRIBE_STRUCT(NodeToken, (), (id, token, ca_hash, time_expires))
BOOST_DESCRIBE_STRUCT(EnrolNodeDetails, (), (token, name, addresses, public_key_pem, proof))
BOOST_DESCRIBE_STRUCT(EnrolledNode, (), (node_id, tenancy_id, platform_ca_pem, endpoints))
BOOST_DESCRIBE_STRUCT(CreateNodePoolDetails, (), (display_name, compartment_id, addresses))
BOOST_DESCRIBE_STRUCT(NodePool, (), (id, compartment_id, display_name, addresses, time_created))
BOOST_DESCRIBE_STRUCT(NodePoolCollection, (), (items))
BOOST_DESCRIBE_STRUCT(Node, (),
                      (id, tenancy_id, name, state, node_pool_ids, product_kinds, addresses,
                       time_enrolled, time_last_seen, agent_version, wanted_count, served_count))
BOOST_DESCRIBE_STRUCT(NodeCollection, (), (items))
BOOST_DESCRIBE_STRUCT(CreateResourceDetails, (), (evidence))
BOOST_DESCRIBE_STRUCT(Resource, (), (id, kind, tenancy_id, compartment_id, node_pool_ids))
BOOST_DESCRIBE_STRUCT(MoveResourceDetails, (), (evidence))
BOOST_DESCRIBE_STRUCT(PutPlacementsDetails, (), (version, node_ids))

BOOST_DESCRIBE_STRUCT(CreateSessionDetails, (),
                      (public_key, link, tenancy, user, password, date, proof))
BOOST_DESCRIBE_STRUCT(Session, (),
                      (id, token, user_id, user_name, tenancy_id, tenancy_name, time_created,
                       time_expires, time_ends, time_of_last_use, signed_in_by, address,
                       is_this_session, has_password, needs_current_password, groups,
                       is_administrator))
BOOST_DESCRIBE_STRUCT(SessionCollection, (), (items))
BOOST_DESCRIBE_STRUCT(ChangePasswordDetails, (), (current_password, new_password))
BOOST_DESCRIBE_STRUCT(SignInLink, (), (link, time_expires))

}  // namespace perennial::api::identity

PERENNIAL_JSON_TYPE(perennial::api::identity::Tenancy)
PERENNIAL_JSON_TYPE(perennial::api::identity::CreateCompartmentDetails)
PERENNIAL_JSON_TYPE(perennial::api::identity::Compartment)
PERENNIAL_JSON_TYPE(std::vector<perennial::api::identity::Compartment>)
PERENNIAL_JSON_TYPE(perennial::api::identity::CreateUserDetails)
PERENNIAL_JSON_TYPE(perennial::api::identity::User)
PERENNIAL_JSON_TYPE(std::vector<perennial::api::identity::User>)
PERENNIAL_JSON_TYPE(perennial::api::identity::CreateApiKeyDetails)
PERENNIAL_JSON_TYPE(perennial::api::identity::ApiKey)
PERENNIAL_JSON_TYPE(std::vector<perennial::api::identity::ApiKey>)
PERENNIAL_JSON_TYPE(perennial::api::identity::CreateGroupDetails)
PERENNIAL_JSON_TYPE(perennial::api::identity::Group)
PERENNIAL_JSON_TYPE(std::vector<perennial::api::identity::Group>)
PERENNIAL_JSON_TYPE(perennial::api::identity::AddUserToGroupDetails)
PERENNIAL_JSON_TYPE(perennial::api::identity::UserGroupMembership)
PERENNIAL_JSON_TYPE(std::vector<perennial::api::identity::UserGroupMembership>)
PERENNIAL_JSON_TYPE(perennial::api::identity::CreatePolicyDetails)
PERENNIAL_JSON_TYPE(perennial::api::identity::Policy)
PERENNIAL_JSON_TYPE(std::vector<perennial::api::identity::Policy>)
PERENNIAL_JSON_TYPE(perennial::api::identity::Endpoints)
PERENNIAL_JSON_TYPE(perennial::api::identity::ExchangeTokenDetails)
PERENNIAL_JSON_TYPE(perennial::api::identity::SessionToken)
PERENNIAL_JSON_TYPE(perennial::api::identity::CreateResourcePrincipalTokensDetails)
PERENNIAL_JSON_TYPE(perennial::api::identity::ResourcePrincipalTokens)
PERENNIAL_JSON_TYPE(perennial::api::identity::TokenKeys)
PERENNIAL_JSON_TYPE(perennial::api::identity::VerifyEvidenceDetails)
PERENNIAL_JSON_TYPE(perennial::api::identity::VerifiedEvidence)
PERENNIAL_JSON_TYPE(perennial::api::identity::CreateServerCertificateDetails)
PERENNIAL_JSON_TYPE(perennial::api::identity::ServerCertificate)
PERENNIAL_JSON_TYPE(perennial::api::identity::AuthorizationSnapshot)
PERENNIAL_JSON_TYPE(perennial::api::identity::CreateNodeTokenDetails)
PERENNIAL_JSON_TYPE(perennial::api::identity::NodeToken)
PERENNIAL_JSON_TYPE(perennial::api::identity::EnrolNodeDetails)
PERENNIAL_JSON_TYPE(perennial::api::identity::EnrolledNode)
PERENNIAL_JSON_TYPE(perennial::api::identity::CreateNodePoolDetails)
PERENNIAL_JSON_TYPE(perennial::api::identity::NodePool)
PERENNIAL_JSON_TYPE(perennial::api::identity::NodePoolCollection)
PERENNIAL_JSON_TYPE(perennial::api::identity::Node)
PERENNIAL_JSON_TYPE(perennial::api::identity::NodeCollection)
PERENNIAL_JSON_TYPE(perennial::api::identity::CreateResourceDetails)
PERENNIAL_JSON_TYPE(perennial::api::identity::Resource)
PERENNIAL_JSON_TYPE(perennial::api::identity::MoveResourceDetails)
PERENNIAL_JSON_TYPE(perennial::api::identity::PutPlacementsDetails)
PERENNIAL_JSON_TYPE(perennial::api::identity::CreateSessionDetails)
PERENNIAL_JSON_TYPE(perennial::api::identity::Session)
PERENNIAL_JSON_TYPE(perennial::api::identity::SessionCollection)
PERENNIAL_JSON_TYPE(perennial::api::identity::ChangePasswordDetails)
PERENNIAL_JSON_TYPE(perennial::api::identity::SignInLink)
