// SPDX-License-Identifier: Apache-2.0
// Places where a test kills the process, and guards that a test switches off to see that something
// else notices. They exist only in builds with PERENNIAL_PROOF; a release binary does not hold
// their names.
//
//   PERENNIAL_FAULT_POINT("storage.before_commit");
//   if (!PERENNIAL_MUTANT("authz.skip_expiry") && expired) return Fail(...);
//
// PERENNIAL_FAULT_POINTS=storage.before_commit:3 kills with SIGKILL on the third pass (without a
// number: the first); PERENNIAL_MUTANTS=authz.skip_expiry switches the guard off. Both are lists
// separated by commas and are read at each pass, so that a test can set them in its own process
// before it forks.
#pragma once

#ifdef PERENNIAL_PROOF

#include <string_view>

namespace perennial::proof {

// Both are safe to call from many threads as long as nobody changes the environment meanwhile.
void PassFaultPoint(std::string_view name);
bool MutantIsOn(std::string_view name);

}  // namespace perennial::proof

#define PERENNIAL_FAULT_POINT(name) ::perennial::proof::PassFaultPoint(name)
#define PERENNIAL_MUTANT(name) ::perennial::proof::MutantIsOn(name)

#else

#define PERENNIAL_FAULT_POINT(name) static_cast<void>(0)
#define PERENNIAL_MUTANT(name) false

#endif
