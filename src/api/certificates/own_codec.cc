// SPDX-License-Identifier: Apache-2.0
// The codec of our own calls: associations, change feed, rollouts.
#include "api/certificates/feed_types.h"
#include "api/certificates/rollout_types.h"
#include "api/evidence/evidence_codec.h"
#include "base/json_codec.h"

namespace perennial::api::certificates {

BOOST_DESCRIBE_STRUCT(Association, (),
                      (id, name, time_created, lifecycle_state, certificates_resource_id,
                       associated_resource_id, compartment_id, association_type))
BOOST_DESCRIBE_STRUCT(AssociationCollection, (), (items))
BOOST_DESCRIBE_STRUCT(AssociationPair, (), (certificates_resource_id, resource_id))
BOOST_DESCRIBE_STRUCT(AttachDetails, (), (evidence, pairs))
BOOST_DESCRIBE_STRUCT(AttachedAssociation, (),
                      (association_id, certificates_resource_id, resource_id, association_type,
                       current_version))
BOOST_DESCRIBE_STRUCT(AttachAnswer, (), (items))
BOOST_DESCRIBE_STRUCT(DetachDetails, (), (pairs, evidence, signed_up_to, association_id))
BOOST_DESCRIBE_STRUCT(DetachedPair, (), (certificates_resource_id, resource_id, fence))
BOOST_DESCRIBE_STRUCT(DetachAnswer, (), (items))
BOOST_DESCRIBE_STRUCT(ForceDetachDetails, (), (confirm_name))

BOOST_DESCRIBE_STRUCT(Change, (),
                      (kind, association_id, certificates_resource_id, resource_id, product_kind,
                       current_version, node_id, version, revision))
BOOST_DESCRIBE_STRUCT(FeedItem, (), (position, hash, changes))
BOOST_DESCRIBE_STRUCT(ChangeFeed, (), (position, hash, items))
BOOST_DESCRIBE_STRUCT(SnapshotRow, (), (position, change))
BOOST_DESCRIBE_STRUCT(FeedSnapshot, (), (position, hash, items))
BOOST_DESCRIBE_STRUCT(NodeSighting, (), (node_id, time_seen))
BOOST_DESCRIBE_STRUCT(NodeSightings, (), (items))

BOOST_DESCRIBE_STRUCT(Observation, (),
                      (association_id, version_number, fingerprint_sha256, address, server_name,
                       key_type, vantage, result, reason, time_observed))
BOOST_DESCRIBE_STRUCT(CreateObservationsDetails, (), (items))
BOOST_DESCRIBE_STRUCT(RejectedObservation, (), (index, code))
BOOST_DESCRIBE_STRUCT(ObservationsAnswer, (), (rejected))
BOOST_DESCRIBE_STRUCT(RolloutPlace, (),
                      (address, server_name, key_type, vantage, result, fingerprint_sha256, reason,
                       time_observed))
BOOST_DESCRIBE_STRUCT(RolloutLine, (),
                      (association_id, resource_id, node_id, wave, live, wanted_version,
                       served_version, fingerprint_sha256, time_observed, vantage, result,
                       last_error, places))
BOOST_DESCRIBE_STRUCT(Rollout, (),
                      (id, certificate_id, state, paused, forced, from_version, to_version,
                       position, time_started, time_canary_proved, time_promoted, time_finished,
                       time_must_serve, reason, node_count, served_count, owing_count, lines))
BOOST_DESCRIBE_STRUCT(RolloutCollection, (), (items))
BOOST_DESCRIBE_STRUCT(WhyEvidence, (),
                      (digest, signing_string, signature, algorithm, key_id, public_key_pem,
                       operation, signed_date, user_id, user_name, presenter_id))
BOOST_DESCRIBE_STRUCT(WhyPlacement, (), (node_id, node_name))
BOOST_DESCRIBE_STRUCT(WhyKeyRead, (), (node_id, version_number, time_read))
BOOST_DESCRIBE_STRUCT(WhyProof, (), (node_id, observation))
BOOST_DESCRIBE_STRUCT(WhyChain, (),
                      (association, certificates_resource_name, evidence, placements,
                       last_key_reads, last_proofs))

}  // namespace perennial::api::certificates

PERENNIAL_JSON_TYPE(perennial::api::certificates::Association)
PERENNIAL_JSON_TYPE(perennial::api::certificates::AssociationCollection)
PERENNIAL_JSON_TYPE(perennial::api::certificates::AttachDetails)
PERENNIAL_JSON_TYPE(perennial::api::certificates::AttachAnswer)
PERENNIAL_JSON_TYPE(perennial::api::certificates::DetachDetails)
PERENNIAL_JSON_TYPE(perennial::api::certificates::DetachAnswer)
PERENNIAL_JSON_TYPE(perennial::api::certificates::ForceDetachDetails)
PERENNIAL_JSON_TYPE(perennial::api::certificates::Change)
PERENNIAL_JSON_TYPE(std::vector<perennial::api::certificates::Change>)
PERENNIAL_JSON_TYPE(perennial::api::certificates::ChangeFeed)
PERENNIAL_JSON_TYPE(perennial::api::certificates::FeedSnapshot)
PERENNIAL_JSON_TYPE(perennial::api::certificates::NodeSightings)
PERENNIAL_JSON_TYPE(perennial::api::certificates::Observation)
PERENNIAL_JSON_TYPE(perennial::api::certificates::CreateObservationsDetails)
PERENNIAL_JSON_TYPE(perennial::api::certificates::ObservationsAnswer)
PERENNIAL_JSON_TYPE(perennial::api::certificates::Rollout)
PERENNIAL_JSON_TYPE(perennial::api::certificates::RolloutCollection)
PERENNIAL_JSON_TYPE(perennial::api::certificates::WhyChain)
