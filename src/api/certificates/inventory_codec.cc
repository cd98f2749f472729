// SPDX-License-Identifier: Apache-2.0
// The codec of inventory and overview.
#include "api/certificates/inventory_types.h"
#include "base/json_codec.h"

namespace perennial::api::certificates {

BOOST_DESCRIBE_STRUCT(NextStep, (), (kind, time, text))
BOOST_DESCRIBE_STRUCT(InventoryItem, (),
                      (id, name, compartment_id, subject, subject_alternative_names, issuer_id,
                       issuer_name, lifecycle_state, current_version_number, latest_version_number,
                       serial_number, fingerprint, time_of_expiry, next, risk, reason,
                       nodes_serving, nodes_owing, association_count, time_of_deletion))
BOOST_DESCRIBE_STRUCT(Inventory, (), (items, total))
BOOST_DESCRIBE_STRUCT(NodeServing, (), (node_id, time_last_seen, wanted_count, served_count))
BOOST_DESCRIBE_STRUCT(NodeServingCollection, (), (items))
BOOST_DESCRIBE_STRUCT(OverviewNeed, (), (text, certificate_id))
BOOST_DESCRIBE_STRUCT(OverviewCounts, (),
                      (certificates, green, blue, amber, red, grey, authorities, nodes,
                       nodes_owing))
BOOST_DESCRIBE_STRUCT(OverviewDay, (), (date, renewals, expiries))
BOOST_DESCRIBE_STRUCT(StalledRollout, (),
                      (certificate_id, certificate_name, version_number, reason))
BOOST_DESCRIBE_STRUCT(OwingNode, (), (node_id, certificate_id, certificate_name, reason))
BOOST_DESCRIBE_STRUCT(Overview, (),
                      (sentence, first_need, counts, timeline, stalled_rollouts, owing, time_as_of))

}  // namespace perennial::api::certificates

PERENNIAL_JSON_TYPE(perennial::api::certificates::Inventory)
PERENNIAL_JSON_TYPE(perennial::api::certificates::NodeServingCollection)
PERENNIAL_JSON_TYPE(perennial::api::certificates::Overview)
