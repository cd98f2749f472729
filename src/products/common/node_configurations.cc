// SPDX-License-Identifier: Apache-2.0
#include "products/common/node_configurations.h"

#include "base/encoding.h"
#include "storage/chain_log.h"

namespace perennial::products {

std::string ConfigurationHash(const std::string& previous_hash, int64_t version,
                              const std::string& resources) {
  return storage::ChainHash(previous_hash, version, resources);
}

Result<StoredConfiguration> NodeConfigurations::Head(storage::Session& session,
                                                     const std::string& node_id) const {
  TRY_ASSIGN(const auto row,
             session.QueryOne("SELECT version, previous_hash, hash, resources FROM node_configuration "
                              "WHERE node_id = $1 ORDER BY version DESC LIMIT 1",
                              {node_id}));
  if (!row) {
    const std::string origin(storage::kChainOrigin);
    return StoredConfiguration{0, origin, origin, "[]"};
  }
  return StoredConfiguration{row->Int(0), row->Text(1), row->Text(2), row->Text(3)};
}

Result<int64_t> NodeConfigurations::Raise(storage::Session& session, const ConfigurationDraft& draft,
                                          Time now) const {
  TRY_ASSIGN(const auto head, Head(session, draft.node_id));
  const std::string digest = HexEncode(Sha256(draft.structure));
  if (head.version == 0 && draft.resources == "[]") return 0;
  TRY_ASSIGN(const auto same,
             session.QueryOne("SELECT 1 FROM node_configuration WHERE node_id = $1 AND version = $2 AND "
                              "structure_digest = $3",
                              {draft.node_id, head.version, digest}));
  if (same) return 0;
  const int64_t version = head.version + 1;
  TRY(session.Execute("INSERT INTO node_configuration (node_id, version, previous_hash, hash, resources, "
                      "structure_digest, time_created) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                      {draft.node_id, version, head.hash,
                       ConfigurationHash(head.hash, version, draft.resources), draft.resources, digest,
                       now}));
  for (const auto& reference : draft.references) {
    TRY(session.Execute("INSERT INTO node_configuration_reference (node_id, version, "
                        "certificates_resource_id, resource_id) VALUES ($1, $2, $3, $4) "
                        "ON CONFLICT DO NOTHING",
                        {draft.node_id, version, reference.certificates_resource_id,
                         reference.resource_id}));
  }
  return version;
}

Result<bool> NodeConfigurations::Acknowledge(storage::Session& session, const std::string& node_id,
                                             int64_t version, Time now) const {
  TRY_ASSIGN(const auto known,
             session.QueryOne("SELECT 1 FROM node_configuration WHERE node_id = $1 AND version = $2",
                              {node_id, version}));
  // A version that we never wrote comes from a database that was restored behind us, or from a node that
  // makes it up: then everything that we still keep may be in use there.
  const int64_t acknowledged = known ? version : 0;
  TRY_ASSIGN(const auto before,
             session.QueryOne("SELECT version FROM node_acknowledgement WHERE node_id = $1", {node_id}));
  TRY(session.Execute("INSERT INTO node_acknowledgement (node_id, version, time_seen) VALUES ($1, $2, $3) "
                      "ON CONFLICT (node_id) DO UPDATE SET version = $2, time_seen = $3",
                      {node_id, acknowledged, now}));
  if (acknowledged > 0) {
    TRY(session.Execute("DELETE FROM node_configuration_reference WHERE node_id = $1 AND version < $2",
                        {node_id, acknowledged}));
    TRY(session.Execute("DELETE FROM node_configuration WHERE node_id = $1 AND version < $2",
                        {node_id, acknowledged}));
  }
  return !before || before->Int(0) != acknowledged;
}

Result<std::vector<Pair>> NodeConfigurations::StillNeeded(storage::Session& session,
                                                          const std::set<std::string>& enrolled,
                                                          Time seen_since) const {
  // Versions below the acknowledged one are deleted, so every row that is left is acknowledged or newer.
  TRY_ASSIGN(const auto rows,
             session.Query("SELECT DISTINCT r.node_id, r.certificates_resource_id, r.resource_id FROM "
                           "node_configuration_reference r JOIN node_acknowledgement a "
                           "ON a.node_id = r.node_id WHERE a.time_seen >= $1",
                           {seen_since}));
  std::vector<Pair> pairs;
  for (const auto& row : rows) {
    if (enrolled.contains(row.Text(0))) pairs.push_back({row.Text(1), row.Text(2)});
  }
  return pairs;
}

}  // namespace perennial::products
