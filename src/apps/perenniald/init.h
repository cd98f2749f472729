// SPDX-License-Identifier: Apache-2.0
// `perenniald init` and `perenniald tenancy create`: how everything starts (wire.md). Each step is
// durable before the next, so that an init that was cut off goes on where it stopped; a finished
// one refuses.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "apps/perenniald/config.h"
#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "keys/envelope.h"
#include "storage/storage.h"

namespace perennial::apps {

struct InitOptions {
  std::string url;
  std::string data_directory;
  std::string config_path;   // Written unless it is there.
  std::string database_url;  // As in the configuration.
  std::string context_directory;
  std::string region = "home-1";
  std::string tenancy = "main";
  std::string node_domain;  // Names of nodes lie below it.
  std::vector<std::string>
      role_names;  // For server certificates of processes; default: none (ADR-0014).
};

struct InitAnswer {
  std::string ca_hash;  // "sha256:…"
  std::string tenancy_id, user_id;
  std::string ca_path;    // Where the platform CA's certificate lies.
  std::string link_path;  // "/console/#link=…", of the administrator; shown once.
};

// Init: kAlreadyExists when the directory holds a finished installation, or when the configuration or
// the context is there and another installation's; kInvalidArgument for a bad URL or name.
Result<InitAnswer> Init(const InitOptions& options);

struct TenancyOptions {
  std::string name;
  std::string context_directory;
};
// CreateTenancy makes a tenancy beside a running or stopped identity, and a context of the same
// name for its administrator. kAlreadyExists when there is one of this name.
Result<InitAnswer> CreateTenancy(const Config& config, const TenancyOptions& options);

// Identity's database, opened and migrated, with its envelope.
struct IdentityStore {
  std::unique_ptr<storage::Database> database;
  std::unique_ptr<keys::Envelope> envelope;
};
Result<IdentityStore> OpenIdentity(Files& files, Random& random, const DatabaseConfig& config);

// Paths below the data directory that several verbs share.
std::string MasterKeyPath(const std::string& data_directory);
std::string CaHashPath(const std::string& data_directory);

}  // namespace perennial::apps
