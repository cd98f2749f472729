// SPDX-License-Identifier: Apache-2.0
// What `init` gives to each role, and a role reads at its start: credentials/<role>/ with
// enrolment.key (P-256, 0600), principal.json and ca.pem. A process of its own is handed that one
// folder.
#pragma once

#include <string>
#include <vector>

#include "api/enrolment_credential.h"
#include "base/files.h"

namespace perennial::apps {

struct RoleCredentials {
  api::EnrolmentKey enrolment;
  std::string platform_ca_pem;
  std::vector<std::string> names;  // For which it may ask a TLS certificate.
};

// CredentialsDirectory returns DATA/credentials/ROLE.
std::string CredentialsDirectory(const std::string& data_directory, const std::string& role);

// LoadCredentials: kNotFound, naming the file and what to do, when the folder was not given to this
// process.
Result<RoleCredentials> LoadCredentials(const Files& files, const std::string& directory);

// PrepareKey returns the role's enrolment key, made and made durable if there is none: the first
// half of what init does. FinishCredentials writes the rest, once identity knows the key.
Result<pki::PrivateKey> PrepareKey(Files& files, const std::string& directory);
Result<void> FinishCredentials(Files& files, const std::string& directory,
                               const std::string& principal_id,
                               const std::vector<std::string>& names, const std::string& ca_pem);

}  // namespace perennial::apps
