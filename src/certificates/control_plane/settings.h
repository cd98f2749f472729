// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "certificates/control_plane/renewal_schedule.h"

namespace perennial::certificates {

// What an operator may choose; the defaults are OCI's.
struct Settings {
  RenewalLimits renewal;        // limits.renewal_interval_min
  seconds backdate{};           // issuance.backdate: for fleets with bad clocks.
  seconds retry_pause_max{30};  // How long the renewal loop pauses at most.
  int renewals_per_step = 20;
};

}  // namespace perennial::certificates
