// SPDX-License-Identifier: Apache-2.0
// What `perenniald init` and `perenniald tenancy create` do to identity's database, before or
// beside a running identity. Each function is one transaction with its audit record, and may be
// repeated: what is there stays.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "identity/store/store.h"
#include "keys/envelope.h"
#include "pki/key.h"

namespace perennial::identity {

struct Bootstrap {
  storage::Database& database;  // Migrated: storage::Migrate(database, Migrations()).
  const keys::Envelope& envelope;
  Clock& clock;
  Random& random;
  std::string region;
};

// CreatePlatformCa makes the platform CA. `names`: see PlatformCa::Create; the URL's host,
// localhost, 127.0.0.1, ::1 and the node domain.
struct PlatformCaCreated {
  std::string certificate_pem, hash;  // hash: "sha256:…"
};
Result<PlatformCaCreated> CreatePlatformCa(const Bootstrap& with,
                                           const std::vector<std::string>& names);

struct NewTenancy {
  std::string name;
  std::string administrator = "administrator";
  std::string api_public_key_pem;  // RSA, 2048 bits or more: the key stays with who asks.
};
struct TenancyCreated {
  std::string tenancy_id, user_id, group_id, policy_id;
  std::string fingerprint;  // Of the API key; the keyId is tenancy/user/fingerprint.
};
// CreateTenancy makes the tenancy, its administrator with this API key, the group Administrators
// and the policy that lets it manage all resources. The same name with the same key again gives the
// same answer; kAlreadyExists: a tenancy of this name exists and its administrator has another key.
Result<TenancyCreated> CreateTenancy(const Bootstrap& with, const NewTenancy& tenancy);

// GenerateApiKey makes an RSA-2048 key for CreateTenancy.
Result<pki::PrivateKey> GenerateApiKey();

// RegisterService and RegisterReplica give an enrolment key its principal and return the OCID. The
// same key again returns the same, with its names brought up to date. `kind`: loadbalancer,
// certificates, audit. kInvalidArgument: an unknown kind, a malformed name, a key that is not
// P-256.
Result<std::string> RegisterService(const Bootstrap& with, std::string_view kind,
                                    std::string_view public_key_pem,
                                    const std::vector<std::string>& names);
Result<std::string> RegisterReplica(const Bootstrap& with, std::string_view public_key_pem,
                                    const std::vector<std::string>& names);

}  // namespace perennial::identity
