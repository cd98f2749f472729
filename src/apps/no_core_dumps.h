// SPDX-License-Identifier: Apache-2.0
// Keys live in the memory of our programs, so that memory never becomes a file (security.md C18).
#pragma once

#include <sys/prctl.h>
#include <sys/resource.h>

namespace perennial::apps {

// ForbidCoreDumps takes away core files, for children too, and the right of other processes of this
// user to attach. Call it first in main. It returns false if the system refuses.
inline bool ForbidCoreDumps() {
  const rlimit none{0, 0};
  return setrlimit(RLIMIT_CORE, &none) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

// GuardMemory is ForbidCoreDumps in every build that can hold a real key. Proof builds are left
// debuggable, and their leak checker must attach; nothing at run time can choose.
inline bool GuardMemory() {
#ifdef PERENNIAL_PROOF
  return true;
#else
  return ForbidCoreDumps();
#endif
}

}  // namespace perennial::apps
