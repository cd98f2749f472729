// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "identity/store/store.h"
#include "keys/envelope.h"
#include "service/service.h"

namespace perennial::identity {
namespace {

// Names are unique without regard to case, as policies compare them; name_key is the lower-case
// spelling.
constexpr std::string_view kPeople = R"sql(
CREATE TABLE tenancy (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE TABLE compartment (
  id TEXT PRIMARY KEY,
  tenancy_id TEXT NOT NULL REFERENCES tenancy (id),
  parent_id TEXT NOT NULL,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  description TEXT NOT NULL,
  tags TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  UNIQUE (parent_id, name_key)
);
CREATE TABLE iam_user (
  id TEXT PRIMARY KEY,
  tenancy_id TEXT NOT NULL REFERENCES tenancy (id),
  parent_id TEXT NOT NULL,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  description TEXT NOT NULL,
  tags TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  email TEXT,
  state TEXT NOT NULL,
  UNIQUE (tenancy_id, name_key)
);
CREATE TABLE api_key (
  user_id TEXT NOT NULL REFERENCES iam_user (id),
  fingerprint TEXT NOT NULL,
  public_key_pem TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, fingerprint)
);
CREATE TABLE iam_group (
  id TEXT PRIMARY KEY,
  tenancy_id TEXT NOT NULL REFERENCES tenancy (id),
  parent_id TEXT NOT NULL,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  description TEXT NOT NULL,
  tags TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  UNIQUE (tenancy_id, name_key)
);
CREATE TABLE membership (
  id TEXT PRIMARY KEY,
  tenancy_id TEXT NOT NULL REFERENCES tenancy (id),
  user_id TEXT NOT NULL REFERENCES iam_user (id),
  group_id TEXT NOT NULL REFERENCES iam_group (id),
  created_at BIGINT NOT NULL,
  UNIQUE (user_id, group_id)
);
CREATE TABLE policy (
  id TEXT PRIMARY KEY,
  tenancy_id TEXT NOT NULL REFERENCES tenancy (id),
  parent_id TEXT NOT NULL,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  description TEXT NOT NULL,
  tags TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  statements TEXT NOT NULL,
  version_date TEXT,
  UNIQUE (tenancy_id, name_key)
);
)sql";

// A node token is used when node_id is set: the update that sets it succeeds once.
constexpr std::string_view kFleet = R"sql(
CREATE TABLE node_pool (
  id TEXT PRIMARY KEY,
  tenancy_id TEXT NOT NULL REFERENCES tenancy (id),
  compartment_id TEXT NOT NULL,
  display_name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  addresses TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (compartment_id, name_key)
);
CREATE TABLE node_token (
  id TEXT PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  tenancy_id TEXT NOT NULL REFERENCES tenancy (id),
  created_by TEXT NOT NULL,
  node_pool_ids TEXT NOT NULL,
  product_kinds TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT,
  node_id TEXT
);
CREATE TABLE node (
  id TEXT PRIMARY KEY,
  tenancy_id TEXT NOT NULL REFERENCES tenancy (id),
  name TEXT NOT NULL,
  public_key_pem TEXT NOT NULL UNIQUE,
  node_pool_ids TEXT NOT NULL,
  product_kinds TEXT NOT NULL,
  addresses TEXT NOT NULL,
  state TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT,
  agent_version TEXT,
  wanted_count BIGINT,
  served_count BIGINT,
  version BIGINT NOT NULL
);
CREATE TABLE node_tenancy (
  tenancy_id TEXT NOT NULL,
  node_id TEXT NOT NULL REFERENCES node (id),
  PRIMARY KEY (tenancy_id, node_id)
);
CREATE UNIQUE INDEX node_name ON node (tenancy_id, name) WHERE state <> 'REMOVED';
CREATE TABLE process (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  public_key_pem TEXT NOT NULL UNIQUE,
  names TEXT NOT NULL,
  state TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE TABLE resource (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  tenancy_id TEXT NOT NULL REFERENCES tenancy (id),
  compartment_id TEXT NOT NULL,
  owner_service_id TEXT NOT NULL REFERENCES process (id),
  user_id TEXT NOT NULL,
  node_pool_ids TEXT NOT NULL,
  evidence_digest TEXT NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  ended_at BIGINT
);
CREATE TABLE placement (
  resource_id TEXT PRIMARY KEY REFERENCES resource (id),
  version BIGINT NOT NULL,
  node_ids TEXT NOT NULL
);
)sql";

constexpr std::string_view kKeys = R"sql(
CREATE TABLE token_key (
  kid TEXT PRIMARY KEY,
  public_jwk TEXT NOT NULL,
  private_key BYTEA,
  created_at BIGINT NOT NULL,
  current_at BIGINT,
  replaced_at BIGINT,
  retired_at BIGINT
);
CREATE TABLE platform_ca (
  only_row BIGINT PRIMARY KEY CHECK (only_row = 1),
  certificate_pem TEXT NOT NULL,
  private_key BYTEA NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE TABLE server_certificate (
  serial TEXT PRIMARY KEY,
  principal_id TEXT NOT NULL,
  certificate_pem TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
)sql";

// fact holds the latest value of each (kind, id) and the position of its last change; null once it
// is gone. Every change since a position beyond `floor` is still known. Updating the head makes
// positions commit order: whoever has updated it holds its lock until the commit (ADR-0010).
constexpr std::string_view kFacts = R"sql(
CREATE TABLE fact_head (
  only_row BIGINT PRIMARY KEY CHECK (only_row = 1),
  position BIGINT NOT NULL,
  floor BIGINT NOT NULL
);
INSERT INTO fact_head (only_row, position, floor) VALUES (1, 0, 0);
CREATE TABLE fact (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  position BIGINT NOT NULL UNIQUE,
  value TEXT,
  changed_at BIGINT NOT NULL,
  PRIMARY KEY (kind, id)
);
)sql";

// Of links only the hash is kept, of passwords argon2id's word. `failures` is raised before a
// password is looked at, so that neither a crash nor a second request at once has one more guess.
constexpr std::string_view kSessions = R"sql(
CREATE TABLE session (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES iam_user (id),
  tenancy_id TEXT NOT NULL,
  public_jwk TEXT NOT NULL,
  signed_in_by TEXT NOT NULL,
  address TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  token_expires_at BIGINT NOT NULL,
  last_used_at BIGINT NOT NULL,
  ended_at BIGINT
);
CREATE INDEX session_of_user ON session (user_id, created_at);
CREATE INDEX session_expiry ON session (token_expires_at);
CREATE TABLE sign_in_link (
  id TEXT PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL REFERENCES iam_user (id),
  tenancy_id TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE INDEX sign_in_link_user ON sign_in_link (user_id);
CREATE TABLE password (
  user_id TEXT PRIMARY KEY REFERENCES iam_user (id),
  hash TEXT NOT NULL,
  failures BIGINT NOT NULL,
  failed_at BIGINT,
  locked_until BIGINT,
  changed_at BIGINT NOT NULL
);
)sql";

}  // namespace

std::span<const storage::Migration> Migrations() {
  static const auto migrations = std::to_array<storage::Migration>({
      service::ServiceSchema(),
      {.number = 2, .name = "wrapping key", .sql = keys::WrappingKeySchema()},
      {.number = 3, .name = "people", .sql = kPeople},
      {.number = 4, .name = "fleet", .sql = kFleet},
      {.number = 5, .name = "keys", .sql = kKeys},
      {.number = 6, .name = "facts", .sql = kFacts},
      // It had an index named session_user, which is a word of PostgreSQL's.
      {.number = 7,
       .name = "sessions",
       .sql = kSessions,
       .former_digest = "a1067fa893cd077b549145cab3a3a39960b1594df1181e26a9cec230c086aa26"},
  });
  return migrations;
}

}  // namespace perennial::identity
