// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "api/certificates/types.h"
#include "cli/command.h"
#include "cli/session.h"

namespace perennial::cli {

// RolloutIdOf takes a rollout's OCID, or a certificate's name or OCID: then its newest rollout.
Outcome<std::string> RolloutIdOf(Session& session, const Arguments& arguments,
                                 const std::string& text);

bool IsLive(const api::certificates::Rollout& rollout);
// "3 of 5 nodes".
std::string ServedText(const api::certificates::Rollout& rollout);

}  // namespace perennial::cli
