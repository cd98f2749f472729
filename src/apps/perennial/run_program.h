// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/environment.h"

namespace perennial::apps {

// RunProgram: see cli::Environment. kUnavailable when it was killed or cannot be started.
Result<cli::ProgramEnd> RunProgram(const std::vector<std::string>& words);

}  // namespace perennial::apps
