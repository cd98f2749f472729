// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "api/target.h"
#include "cli/session.h"

namespace perennial::cli {

// ListAssociations prints those that the query matches. Names are looked up in `compartment`.
Outcome<void> ListAssociations(Session& session, const std::string& compartment, api::Query query);

}  // namespace perennial::cli
