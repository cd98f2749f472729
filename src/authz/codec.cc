// SPDX-License-Identifier: Apache-2.0
#include "authz/facts.h"
#include "base/json_codec.h"

namespace perennial::authz {
BOOST_DESCRIBE_STRUCT(UserKey, (), (fingerprint, public_key_pem))
BOOST_DESCRIBE_STRUCT(UserFact, (), (id, tenancy_id, name, state, keys))
BOOST_DESCRIBE_STRUCT(GroupFact, (), (id, tenancy_id, name))
BOOST_DESCRIBE_STRUCT(MembershipFact, (), (id, user_id, group_id))
BOOST_DESCRIBE_STRUCT(TenancyFact, (), (id, name))
BOOST_DESCRIBE_STRUCT(CompartmentFact, (), (id, parent_id, tenancy_id, name, state))
BOOST_DESCRIBE_STRUCT(PolicyFact, (), (id, compartment_id, statements))
BOOST_DESCRIBE_STRUCT(ResourceFact, (),
                      (id, kind, tenancy_id, compartment_id, node_pool_ids, owner_service_id,
                       evidence_digest))
BOOST_DESCRIBE_STRUCT(PlacementFact, (), (resource_id, version, node_ids))
BOOST_DESCRIBE_STRUCT(NodeFact, (),
                      (id, tenancy_id, name, node_pool_ids, product_kinds, public_key_pem, state))
BOOST_DESCRIBE_STRUCT(NodePoolFact, (), (id, tenancy_id, compartment_id, display_name, addresses))
BOOST_DESCRIBE_STRUCT(ServiceFact, (), (id, kind, public_key_pem, state, names))
BOOST_DESCRIBE_STRUCT(ReplicaFact, (), (id, public_key_pem, state, names))
BOOST_DESCRIBE_STRUCT(TokenKeyFact, (), (kid, jwk, state))
BOOST_DESCRIBE_STRUCT(RetiredTokenFact, (), (jti))
BOOST_DESCRIBE_STRUCT(SnapshotEntry, (), (kind, id, value))
}  // namespace perennial::authz

PERENNIAL_JSON_TYPE(perennial::authz::UserFact)
PERENNIAL_JSON_TYPE(perennial::authz::GroupFact)
PERENNIAL_JSON_TYPE(perennial::authz::MembershipFact)
PERENNIAL_JSON_TYPE(perennial::authz::TenancyFact)
PERENNIAL_JSON_TYPE(perennial::authz::CompartmentFact)
PERENNIAL_JSON_TYPE(perennial::authz::PolicyFact)
PERENNIAL_JSON_TYPE(perennial::authz::ResourceFact)
PERENNIAL_JSON_TYPE(perennial::authz::PlacementFact)
PERENNIAL_JSON_TYPE(perennial::authz::NodeFact)
PERENNIAL_JSON_TYPE(perennial::authz::NodePoolFact)
PERENNIAL_JSON_TYPE(perennial::authz::ServiceFact)
PERENNIAL_JSON_TYPE(perennial::authz::ReplicaFact)
PERENNIAL_JSON_TYPE(perennial::authz::TokenKeyFact)
PERENNIAL_JSON_TYPE(perennial::authz::RetiredTokenFact)
PERENNIAL_JSON_TYPE(perennial::authz::SnapshotEntry)
