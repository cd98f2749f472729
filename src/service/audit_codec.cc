// SPDX-License-Identifier: Apache-2.0
#include "base/json_codec.h"
#include "service/audit_record.h"
#include "service/stored_reply.h"

namespace perennial::service {

BOOST_DESCRIBE_STRUCT(AuditRecord, (),
                      (time, service, operation, outcome, status, reason, principal_id,
                       principal_kind, principal_name, tenancy_id, credential, compartment_id,
                       resource_id, resource_name, request_id, method, path, peer_address, details))
BOOST_DESCRIBE_STRUCT(StoredReply, (), (status, body, headers))
BOOST_DESCRIBE_STRUCT(StoredHeader, (), (name, value))

}  // namespace perennial::service

PERENNIAL_JSON_TYPE(perennial::service::AuditRecord)
PERENNIAL_JSON_TYPE(perennial::service::StoredReply)
