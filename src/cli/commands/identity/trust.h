// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace perennial::cli {

// What `trust show -o json` writes.
struct ShownCa {
  std::string certificate_pem, hash;
  std::vector<std::string> vouches_for;  // Empty: anything.
};

}  // namespace perennial::cli
