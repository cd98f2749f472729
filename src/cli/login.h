// SPDX-License-Identifier: Apache-2.0
// Pinning a server's platform CA by its hash: the only trust that is not in a file yet.
#pragma once

#include <string>
#include <string_view>

#include "cli/outcome.h"

namespace perennial::cli {

// PinCa returns the PEM of the CA certificate at the end of a presented chain, if its DER has this
// hash, "sha256:<hex>". kUsage: the hash is not written so. kRefused: another CA, or none; nothing
// that the server said may be used.
Outcome<std::string> PinCa(std::string_view chain_pem, std::string_view ca_hash);

}  // namespace perennial::cli
