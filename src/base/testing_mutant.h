// SPDX-License-Identifier: Apache-2.0
// For tests in the proof build: a guard that a test switches off (base/proof.h).
#pragma once

#include <cstdlib>
#include <string>

namespace perennial {

// Switches guards off for as long as it lives, beside those that were off already. `names` is a list
// separated by commas. Not while another thread passes a guard: it changes the environment.
class MutantOn {
 public:
  explicit MutantOn(const std::string& names) {
    if (const char* outer = std::getenv(kVariable)) outer_ = outer;
    setenv(kVariable, (outer_ + "," + names).c_str(), 1);
  }
  ~MutantOn() { setenv(kVariable, outer_.c_str(), 1); }
  MutantOn(const MutantOn&) = delete;
  MutantOn& operator=(const MutantOn&) = delete;

 private:
  static constexpr char kVariable[] = "PERENNIAL_MUTANTS";
  std::string outer_;
};

}  // namespace perennial
