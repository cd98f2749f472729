// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/time.h"

namespace perennial {

// SpellDuration returns ISO 8601 as a person reads it, for messages: `P24DT23H59M59S`, where
// FormatDuration has one unit. Not negative. ParseDuration reads it.
std::string SpellDuration(seconds duration);

}  // namespace perennial
