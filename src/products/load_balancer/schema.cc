// SPDX-License-Identifier: Apache-2.0
#include "products/load_balancer/schema.h"

#include "products/common/schema.h"
#include "service/service.h"

namespace perennial::load_balancer {

namespace {

// Listeners and backend sets are stored as the JSON of their wire types; what the database itself must guard
// or search stands in columns. UNIQUE (node_pool_id, port) is the guard against two listeners on one port.
constexpr std::string_view kSchema = R"sql(
CREATE TABLE load_balancer (
  id TEXT PRIMARY KEY,
  tenancy_id TEXT NOT NULL,
  compartment_id TEXT NOT NULL,
  display_name TEXT NOT NULL,
  lifecycle_state TEXT NOT NULL CHECK (lifecycle_state IN
    ('CREATING', 'FAILED', 'ACTIVE', 'DELETING', 'DELETED')),
  node_pool_id TEXT NOT NULL,
  attributes TEXT NOT NULL,
  version BIGINT NOT NULL,
  time_created BIGINT NOT NULL,
  placement_version BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX load_balancer_of_compartment ON load_balancer (compartment_id, time_created, id);
CREATE INDEX load_balancer_of_pool ON load_balancer (node_pool_id);

CREATE TABLE backend_set (
  load_balancer_id TEXT NOT NULL REFERENCES load_balancer (id),
  name TEXT NOT NULL,
  definition TEXT NOT NULL,
  PRIMARY KEY (load_balancer_id, name)
);

CREATE TABLE listener (
  load_balancer_id TEXT NOT NULL REFERENCES load_balancer (id),
  name TEXT NOT NULL,
  node_pool_id TEXT NOT NULL,
  port BIGINT NOT NULL CHECK (port BETWEEN 1 AND 65535),
  backend_set_name TEXT NOT NULL,
  definition TEXT NOT NULL,
  PRIMARY KEY (load_balancer_id, name),
  UNIQUE (node_pool_id, port),
  FOREIGN KEY (load_balancer_id, backend_set_name) REFERENCES backend_set (load_balancer_id, name)
);

CREATE TABLE placement (
  load_balancer_id TEXT NOT NULL REFERENCES load_balancer (id),
  node_id TEXT NOT NULL,
  PRIMARY KEY (load_balancer_id, node_id)
);
CREATE INDEX placement_of_node ON placement (node_id);
)sql";

// Listeners that a node cannot serve, because one that was there before has their port. A row stands as
// long as that lasts, so that it is told once.
constexpr std::string_view kPortConflicts = R"sql(
CREATE TABLE port_conflict (
  node_id TEXT NOT NULL,
  load_balancer_id TEXT NOT NULL REFERENCES load_balancer (id),
  listener_name TEXT NOT NULL,
  port BIGINT NOT NULL,
  PRIMARY KEY (node_id, load_balancer_id, listener_name, port)
);
)sql";

// What each node said last of its listeners: one row a node, and one a listener that is not open there.
constexpr std::string_view kListenerReports = R"sql(
CREATE TABLE listener_report (
  node_id TEXT PRIMARY KEY,
  version BIGINT NOT NULL,
  problem TEXT NOT NULL
);

CREATE TABLE closed_listener (
  node_id TEXT NOT NULL REFERENCES listener_report (node_id),
  load_balancer_id TEXT NOT NULL REFERENCES load_balancer (id),
  listener_name TEXT NOT NULL,
  port BIGINT NOT NULL,
  waiting INTEGER NOT NULL CHECK (waiting IN (0, 1)),
  reason TEXT NOT NULL,
  PRIMARY KEY (node_id, load_balancer_id, listener_name)
);
)sql";

}  // namespace

std::vector<storage::Migration> Migrations() {
  return {service::ServiceSchema(), products::ProductsSchema(),
          {.number = 3, .name = "load_balancer", .sql = kSchema},
          {.number = 4, .name = "port_conflicts", .sql = kPortConflicts},
          {.number = 5, .name = "listener_reports", .sql = kListenerReports},
          products::ClicksAheadSchema(6)};
}

}  // namespace perennial::load_balancer
