// SPDX-License-Identifier: Apache-2.0
// The whole process: reading it is reading which parts there are and in which order they start.
#pragma once

#include "apps/perenniald/config.h"
#include "base/error.h"

namespace perennial::apps {

// RunUntilSignal opens the roles of the configuration, listens, and serves until SIGTERM or SIGINT;
// it then drains and returns. Errors are those that keep it from starting.
Result<void> RunUntilSignal(const Config& config);

}  // namespace perennial::apps
