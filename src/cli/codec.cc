// SPDX-License-Identifier: Apache-2.0
#include "base/json_codec.h"
#include "cli/commands/identity/trust.h"
#include "cli/context.h"

namespace perennial::cli {

BOOST_DESCRIBE_STRUCT(Context, (), (name, url, tenancy_id, user_id, fingerprint, key_file, ca_file))
BOOST_DESCRIBE_STRUCT(Contexts, (), (current, contexts))

BOOST_DESCRIBE_STRUCT(ShownCa, (), (certificate_pem, hash, vouches_for))
}  // namespace perennial::cli

PERENNIAL_JSON_TYPE(perennial::cli::Contexts)
PERENNIAL_JSON_TYPE(perennial::cli::ShownCa)
