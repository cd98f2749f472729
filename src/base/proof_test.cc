// SPDX-License-Identifier: Apache-2.0
#include "base/proof.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

namespace perennial {
namespace {

#ifdef PERENNIAL_PROOF

class Proof : public ::testing::Test {
 protected:
  ~Proof() override {
    unsetenv("PERENNIAL_FAULT_POINTS");
    unsetenv("PERENNIAL_MUTANTS");
  }
};

TEST_F(Proof, AFaultPointKillsOnlyWhenItIsNamed) {
  GTEST_FLAG_SET(death_test_style, "fast");
  PERENNIAL_FAULT_POINT("test.point");
  setenv("PERENNIAL_FAULT_POINTS", "test.other,test.point.longer,test.poin", 1);
  PERENNIAL_FAULT_POINT("test.point");
  setenv("PERENNIAL_FAULT_POINTS", "test.other,test.point", 1);
  EXPECT_EXIT(PERENNIAL_FAULT_POINT("test.point"), ::testing::KilledBySignal(SIGKILL), "");
}

TEST_F(Proof, AFaultPointCountsItsPasses) {
  GTEST_FLAG_SET(death_test_style, "fast");
  setenv("PERENNIAL_FAULT_POINTS", "test.third:3", 1);
  PERENNIAL_FAULT_POINT("test.third");
  PERENNIAL_FAULT_POINT("test.third");
  EXPECT_EXIT(PERENNIAL_FAULT_POINT("test.third"), ::testing::KilledBySignal(SIGKILL), "");
}

TEST_F(Proof, AMutantIsOffUntilItIsSwitchedOn) {
  EXPECT_FALSE(PERENNIAL_MUTANT("test.mutant"));
  setenv("PERENNIAL_MUTANTS", "test.mutant", 1);
  EXPECT_TRUE(PERENNIAL_MUTANT("test.mutant"));
  EXPECT_FALSE(PERENNIAL_MUTANT("test.mutan"));
}

#else

TEST(Proof, IsAbsentFromARelease) {
  setenv("PERENNIAL_FAULT_POINTS", "test.point", 1);
  setenv("PERENNIAL_MUTANTS", "test.mutant", 1);
  PERENNIAL_FAULT_POINT("test.point");
  EXPECT_FALSE(PERENNIAL_MUTANT("test.mutant"));
  unsetenv("PERENNIAL_FAULT_POINTS");
  unsetenv("PERENNIAL_MUTANTS");
}

#endif

}  // namespace
}  // namespace perennial
