// SPDX-License-Identifier: Apache-2.0
// Public bundles of certificates and authorities as PEM, on stdout or in a file.
#pragma once

#include <string>
#include <vector>

#include "api/certificates/client.h"
#include "cli/command.h"
#include "cli/session.h"

namespace perennial::cli {

std::vector<Flag> BundleFlags();  // --version-number, --stage, --leaf-only, --out
Outcome<api::certificates::BundleSelector> SelectorOf(const Arguments& arguments);

struct PublicBundle {
  std::string json;
  std::string id;
  std::string certificate_pem;
  std::string chain_pem;
};
// DeliverBundle prints certificate and chain, or writes them to --out.
Outcome<void> DeliverBundle(Session& session, const Arguments& arguments,
                            const PublicBundle& bundle);

}  // namespace perennial::cli
