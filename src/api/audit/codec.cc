// SPDX-License-Identifier: Apache-2.0
#include "api/audit/types.h"
#include "api/audit/verification_types.h"
#include "base/json_codec.h"

namespace perennial::api::audit {

BOOST_DESCRIBE_STRUCT(Identity, (),
                      (principal_name, principal_id, auth_type, caller_name, caller_id, tenant_id,
                       ip_address, credentials, user_agent, console_session_id))
BOOST_DESCRIBE_STRUCT(Request, (), (id, path, action, parameters, headers))
BOOST_DESCRIBE_STRUCT(Response, (), (status, response_time, headers, payload, message))
BOOST_DESCRIBE_STRUCT(StateChange, (), (previous, current))
BOOST_DESCRIBE_STRUCT(Data, (),
                      (event_grouping_id, event_name, compartment_id, compartment_name,
                       resource_name, resource_id, availability_domain, identity, request, response,
                       state_change, additional_details, freeform_tags, defined_tags))
BOOST_DESCRIBE_STRUCT(AuditEvent, (),
                      (event_type, cloud_events_version, event_type_version, source, event_id,
                       event_time, content_type, data))
BOOST_DESCRIBE_STRUCT(ChainedRecord, (), (position, hash, record))
BOOST_DESCRIBE_STRUCT(AuditRecords, (), (items))
BOOST_DESCRIBE_STRUCT(BrokenRecord, (), (position, reason, time_found))
BOOST_DESCRIBE_STRUCT(ChainVerification, (),
                      (service, state, records, head_hash, time_first_record, time_last_record,
                       time_checked, broken_record))
BOOST_DESCRIBE_STRUCT(AuditVerification, (), (items))

}  // namespace perennial::api::audit

PERENNIAL_JSON_TYPE(perennial::api::audit::AuditEvent)
PERENNIAL_JSON_TYPE(std::vector<perennial::api::audit::AuditEvent>)
PERENNIAL_JSON_TYPE(perennial::api::audit::AuditRecords)
PERENNIAL_JSON_TYPE(perennial::api::audit::AuditVerification)
