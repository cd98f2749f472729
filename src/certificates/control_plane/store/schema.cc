// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/store/schema.h"

#include <array>
#include <string>

#include "base/proof.h"
#include "certificates/control_plane/store/guard_triggers.h"
#include "keys/envelope.h"
#include "service/service.h"
#include "storage/chain_log.h"

namespace perennial::certificates {
namespace {

// A version number is drawn from last_version and never drawn again, so there is at most one signed
// certificate for each (subject, number): what was reserved in `issuance` and not stored is a gap
// (I8). Stages are not stored: they follow from current_version, previous_version, latest_version
// and `pending`.
constexpr std::string_view kInventory = R"sql(
CREATE TABLE guarded (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  compartment_id TEXT NOT NULL,
  name TEXT NOT NULL,
  lifecycle_state TEXT NOT NULL,
  attachable BIGINT NOT NULL CHECK (attachable IN (0, 1)),
  revision BIGINT NOT NULL,
  description TEXT,
  tags TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  deletion_at BIGINT,
  UNIQUE (id, attachable),
  CHECK (attachable = CASE WHEN lifecycle_state IN ('ACTIVE', 'UPDATING') THEN 1 ELSE 0 END)
);
CREATE UNIQUE INDEX guarded_name ON guarded (kind, compartment_id, name)
  WHERE lifecycle_state <> 'DELETED';
CREATE INDEX guarded_compartment ON guarded (compartment_id, kind, name);
CREATE INDEX guarded_deletion ON guarded (deletion_at) WHERE lifecycle_state = 'PENDING_DELETION';

CREATE TABLE issuer_link (
  child_id TEXT PRIMARY KEY REFERENCES guarded (id),
  issuer_id TEXT NOT NULL,
  attachable BIGINT NOT NULL DEFAULT 1 CHECK (attachable = 1),
  FOREIGN KEY (issuer_id, attachable) REFERENCES guarded (id, attachable)
);
CREATE INDEX issuer_link_issuer ON issuer_link (issuer_id);

CREATE TABLE certificate_authority (
  id TEXT PRIMARY KEY REFERENCES guarded (id),
  config_type TEXT NOT NULL,
  issuer_id TEXT,
  subject TEXT NOT NULL,
  signing_algorithm TEXT NOT NULL,
  rules TEXT NOT NULL,
  kms_key_id TEXT,
  external_key_description TEXT,
  current_version BIGINT NOT NULL,
  previous_version BIGINT,
  latest_version BIGINT NOT NULL,
  last_version BIGINT NOT NULL
);
CREATE INDEX certificate_authority_issuer ON certificate_authority (issuer_id);

CREATE TABLE certificate_authority_version (
  owner_id TEXT NOT NULL REFERENCES certificate_authority (id),
  number BIGINT NOT NULL,
  name TEXT,
  serial TEXT NOT NULL,
  issuer_version BIGINT,
  not_before BIGINT NOT NULL,
  not_after BIGINT NOT NULL,
  certificate_pem TEXT NOT NULL,
  chain_pem TEXT NOT NULL,
  fingerprint_sha256 TEXT NOT NULL,
  private_key BYTEA,
  pending BIGINT NOT NULL CHECK (pending IN (0, 1)),
  created_at BIGINT NOT NULL,
  deletion_at BIGINT,
  PRIMARY KEY (owner_id, number)
);
CREATE UNIQUE INDEX certificate_authority_version_name
  ON certificate_authority_version (owner_id, name) WHERE name IS NOT NULL;

CREATE TABLE certificate (
  id TEXT PRIMARY KEY REFERENCES guarded (id),
  config_type TEXT NOT NULL,
  issuer_id TEXT,
  subject TEXT NOT NULL,
  alternative_names TEXT NOT NULL,
  profile TEXT NOT NULL,
  key_algorithm TEXT NOT NULL,
  signature_algorithm TEXT NOT NULL,
  renewal_interval_s BIGINT,
  renewal_advance_s BIGINT,
  current_version BIGINT NOT NULL,
  previous_version BIGINT,
  latest_version BIGINT NOT NULL,
  last_version BIGINT NOT NULL,
  renew_at BIGINT,
  renewal_attempts BIGINT NOT NULL,
  renewal_error TEXT
);
CREATE INDEX certificate_issuer ON certificate (issuer_id);
CREATE INDEX certificate_renewal ON certificate (renew_at) WHERE renew_at IS NOT NULL;

CREATE TABLE certificate_version (
  owner_id TEXT NOT NULL REFERENCES certificate (id),
  number BIGINT NOT NULL,
  name TEXT,
  serial TEXT NOT NULL,
  issuer_version BIGINT,
  not_before BIGINT NOT NULL,
  not_after BIGINT NOT NULL,
  certificate_pem TEXT NOT NULL,
  chain_pem TEXT NOT NULL,
  fingerprint_sha256 TEXT NOT NULL,
  private_key BYTEA,
  pending BIGINT NOT NULL CHECK (pending IN (0, 1)),
  created_at BIGINT NOT NULL,
  deletion_at BIGINT,
  PRIMARY KEY (owner_id, number)
);
CREATE UNIQUE INDEX certificate_version_name ON certificate_version (owner_id, name)
  WHERE name IS NOT NULL;

CREATE TABLE issuance (
  issuer_id TEXT NOT NULL,
  serial TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  number BIGINT NOT NULL,
  to_be_signed BYTEA NOT NULL,
  recorded_at BIGINT NOT NULL,
  PRIMARY KEY (issuer_id, serial),
  UNIQUE (subject_id, number)
);
)sql";

// An association ends by deleting its row. Evidence and the pairs that it was used for stay for
// ever; a second evidence for an existing pair is one more row of evidence_pair. A fence is the
// signed date up to which evidence for the pair is dead; closed_until is set by force-detach.
// key_read keeps the last one, for `why`.
constexpr std::string_view kAssociations = R"sql(
CREATE TABLE association (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  certificates_resource_id TEXT NOT NULL,
  attachable BIGINT NOT NULL DEFAULT 1 CHECK (attachable = 1),
  resource_id TEXT NOT NULL,
  resource_kind TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  unconfirmed_at BIGINT,
  UNIQUE (certificates_resource_id, resource_id),
  FOREIGN KEY (certificates_resource_id, attachable) REFERENCES guarded (id, attachable)
);
CREATE INDEX association_resource ON association (resource_id);

CREATE TABLE association_fence (
  certificates_resource_id TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  fence_at BIGINT NOT NULL,
  closed_until BIGINT,
  set_by TEXT NOT NULL,
  set_at BIGINT NOT NULL,
  PRIMARY KEY (certificates_resource_id, resource_id)
);

CREATE TABLE evidence (
  digest TEXT PRIMARY KEY,
  presenter_id TEXT NOT NULL,
  presenter_kind TEXT NOT NULL,
  operation TEXT NOT NULL,
  user_id TEXT NOT NULL,
  user_name TEXT NOT NULL,
  tenancy_id TEXT NOT NULL,
  key_id TEXT NOT NULL,
  algorithm TEXT NOT NULL,
  public_key_pem TEXT NOT NULL,
  signing_string TEXT NOT NULL,
  signature TEXT NOT NULL,
  signed_at BIGINT NOT NULL,
  pairs_digest TEXT NOT NULL,
  answer TEXT NOT NULL,
  judged_at_position BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL
);
CREATE TABLE evidence_pair (
  digest TEXT NOT NULL REFERENCES evidence (digest),
  certificates_resource_id TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  association_id TEXT NOT NULL,
  PRIMARY KEY (digest, certificates_resource_id, resource_id)
);
CREATE INDEX evidence_pair_association ON evidence_pair (association_id);
CREATE INDEX evidence_pair_pair ON evidence_pair (certificates_resource_id, resource_id);

CREATE TABLE key_read (
  association_id TEXT NOT NULL,
  node_id TEXT NOT NULL,
  version_number BIGINT NOT NULL,
  read_at BIGINT NOT NULL,
  PRIMARY KEY (association_id, node_id)
);
)sql";

// At most one live rollout a certificate. A live rollout's rollout_node rows are the wants of
// single nodes; every other node wants the current version. Of observations the last one of each
// place is kept: '' stands for absent.
constexpr std::string_view kRollouts = R"sql(
CREATE TABLE rollout (
  id TEXT PRIMARY KEY,
  certificate_id TEXT NOT NULL REFERENCES certificate (id),
  from_version BIGINT,
  to_version BIGINT NOT NULL,
  state TEXT NOT NULL,
  live BIGINT NOT NULL CHECK (live IN (0, 1)),
  paused BIGINT NOT NULL,
  forced BIGINT NOT NULL,
  wave BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  reason TEXT,
  started_at BIGINT NOT NULL,
  next_step_at BIGINT,
  must_serve_at BIGINT,
  canary_proved_at BIGINT,
  promoted_at BIGINT,
  finished_at BIGINT
);
CREATE UNIQUE INDEX rollout_live ON rollout (certificate_id) WHERE live = 1;
CREATE INDEX rollout_certificate ON rollout (certificate_id, started_at);
CREATE INDEX rollout_next_step ON rollout (next_step_at) WHERE live = 1;

CREATE TABLE rollout_node (
  rollout_id TEXT NOT NULL REFERENCES rollout (id),
  association_id TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  node_id TEXT NOT NULL,
  wave BIGINT NOT NULL,
  live BIGINT NOT NULL CHECK (live IN (0, 1)),
  wanted_version BIGINT NOT NULL,
  served_version BIGINT,
  fingerprint_sha256 TEXT,
  result TEXT,
  vantage TEXT,
  last_error TEXT,
  observed_at BIGINT,
  PRIMARY KEY (rollout_id, association_id, node_id)
);
CREATE INDEX rollout_node_want ON rollout_node (association_id, node_id);

CREATE TABLE observation (
  association_id TEXT NOT NULL,
  node_id TEXT NOT NULL,
  address TEXT NOT NULL,
  server_name TEXT NOT NULL,
  key_type TEXT NOT NULL,
  vantage TEXT NOT NULL,
  version_number BIGINT NOT NULL,
  fingerprint_sha256 TEXT,
  result TEXT NOT NULL,
  reason TEXT,
  observed_at BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  PRIMARY KEY (association_id, node_id, address, server_name, key_type, vantage)
);

CREATE TABLE node_sighting (
  node_id TEXT PRIMARY KEY,
  seen_at BIGINT NOT NULL
);
)sql";

// The lists of the console read the life of every current version: from the index alone, since the
// rows are long.
constexpr std::string_view kVersionLife = R"sql(
CREATE INDEX certificate_version_life
  ON certificate_version (owner_id, number, not_before, not_after, created_at);
)sql";

// What was seen at each address of a rollout's version: its story, which the next look at the same
// address must not take away.
constexpr char kRolloutPlaces[] = R"sql(
CREATE TABLE rollout_place (
  rollout_id TEXT NOT NULL REFERENCES rollout (id),
  association_id TEXT NOT NULL,
  node_id TEXT NOT NULL,
  address TEXT NOT NULL,
  server_name TEXT NOT NULL,
  key_type TEXT NOT NULL,
  vantage TEXT NOT NULL,
  result TEXT NOT NULL,
  fingerprint_sha256 TEXT,
  reason TEXT,
  observed_at BIGINT NOT NULL,
  PRIMARY KEY (rollout_id, association_id, node_id, address, server_name, key_type, vantage)
);
)sql";

}  // namespace

std::span<const storage::Migration> Migrations() {
  static const std::string change_feed = storage::ChainLogSchema("change_feed");
  const auto guard = [](std::string_view triggers) {
    return PERENNIAL_MUTANT("certificates.no_guard_triggers") ? "" : triggers;
  };
  static const auto migrations = std::to_array<storage::Migration>({
      service::ServiceSchema(),
      {.number = 2, .name = "wrapping key", .sql = keys::WrappingKeySchema()},
      {.number = 3, .name = "inventory", .sql = kInventory},
      {.number = 4, .name = "associations", .sql = kAssociations, .sqlite_sql = guard(kGuardTriggers)},
      {.number = 5, .name = "change feed", .sql = change_feed},
      {.number = 6, .name = "rollouts", .sql = kRollouts},
      {.number = 7, .name = "version life", .sql = kVersionLife},
      {.number = 8, .name = "places of a rollout", .sql = kRolloutPlaces},
      {.number = 9, .name = "guard on PostgreSQL", .postgres_sql = guard(kPostgresGuardTriggers)},
  });
  return migrations;
}

}  // namespace perennial::certificates
