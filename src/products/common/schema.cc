// SPDX-License-Identifier: Apache-2.0
#include "products/common/schema.h"

namespace perennial::products {

namespace {

constexpr std::string_view kSchema = R"sql(
CREATE TABLE work_request (
  id TEXT PRIMARY KEY,
  resource_id TEXT NOT NULL,
  compartment_id TEXT NOT NULL,
  type TEXT NOT NULL,
  number BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('ACCEPTED', 'IN_PROGRESS', 'SUCCEEDED', 'FAILED')),
  message TEXT NOT NULL,
  error_code TEXT NOT NULL,
  error_message TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  time_accepted BIGINT NOT NULL,
  time_finished BIGINT,
  UNIQUE (resource_id, number),
  CHECK ((time_finished IS NOT NULL) = (state IN ('SUCCEEDED', 'FAILED')))
);
CREATE INDEX work_request_unfinished ON work_request (due_at) WHERE time_finished IS NULL;

CREATE TABLE attachment (
  certificates_resource_id TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  association_id TEXT,
  current_version BIGINT,
  detaching INTEGER NOT NULL DEFAULT 0 CHECK (detaching IN (0, 1)),
  PRIMARY KEY (certificates_resource_id, resource_id)
);
CREATE INDEX attachment_of_resource ON attachment (resource_id);

CREATE TABLE attach_intent (
  id TEXT PRIMARY KEY,
  certificates_resource_id TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  until BIGINT NOT NULL,
  FOREIGN KEY (certificates_resource_id, resource_id)
    REFERENCES attachment (certificates_resource_id, resource_id)
);
CREATE INDEX attach_intent_of_pair ON attach_intent (certificates_resource_id, resource_id);

CREATE TABLE certificate_use (
  resource_id TEXT NOT NULL,
  owner TEXT NOT NULL,
  certificates_resource_id TEXT NOT NULL,
  PRIMARY KEY (resource_id, owner, certificates_resource_id),
  FOREIGN KEY (certificates_resource_id, resource_id)
    REFERENCES attachment (certificates_resource_id, resource_id)
);
CREATE INDEX certificate_use_of_pair ON certificate_use (certificates_resource_id, resource_id);

CREATE TABLE resource_intent (
  resource_id TEXT PRIMARY KEY,
  until BIGINT NOT NULL,
  ending INTEGER NOT NULL DEFAULT 0 CHECK (ending IN (0, 1))
);

CREATE TABLE node_configuration (
  node_id TEXT NOT NULL,
  version BIGINT NOT NULL CHECK (version > 0),
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL,
  resources TEXT NOT NULL,
  structure_digest TEXT NOT NULL,
  time_created BIGINT NOT NULL,
  PRIMARY KEY (node_id, version)
);

CREATE TABLE node_configuration_reference (
  node_id TEXT NOT NULL,
  version BIGINT NOT NULL,
  certificates_resource_id TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  PRIMARY KEY (node_id, version, certificates_resource_id, resource_id),
  FOREIGN KEY (node_id, version) REFERENCES node_configuration (node_id, version)
);

CREATE TABLE node_acknowledgement (
  node_id TEXT PRIMARY KEY,
  version BIGINT NOT NULL,
  time_seen BIGINT NOT NULL
);
)sql";

// A row is of use until its date has passed.
constexpr std::string_view kClicksAhead = R"sql(
CREATE TABLE click_ahead (
  certificates_resource_id TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  signed_at BIGINT NOT NULL,
  PRIMARY KEY (certificates_resource_id, resource_id)
);
)sql";

}  // namespace

storage::Migration ProductsSchema() { return {.number = 2, .name = "products", .sql = kSchema}; }

storage::Migration ClicksAheadSchema(int number) {
  return {.number = number, .name = "clicks_ahead", .sql = kClicksAhead};
}

}  // namespace perennial::products
