// SPDX-License-Identifier: Apache-2.0
// OpenSSL's generator from a seed: keys, signatures and serials are the same in two runs.
#pragma once

#include "base/random.h"

namespace perennial::sim {

// While it lives, OpenSSL draws from `random`, in the whole process. One at a time.
class DeterministicOpenssl {
 public:
  explicit DeterministicOpenssl(Random& random);
  ~DeterministicOpenssl();
  DeterministicOpenssl(const DeterministicOpenssl&) = delete;
};

}  // namespace perennial::sim
