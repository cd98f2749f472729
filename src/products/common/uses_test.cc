// SPDX-License-Identifier: Apache-2.0
#include "products/common/uses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perennial::products {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Pair kShop{"ocid1.certificate.perennial.home-1.shop", "ocid1.loadbalancer.perennial.home-1.one"};
const Pair kBank{"ocid1.certificate.perennial.home-1.bank", "ocid1.loadbalancer.perennial.home-1.one"};
const Time kNow = FromMicros(1'000'000'000);

Use UseOf(const Pair& pair, std::string owner) {
  return {pair.resource_id, std::move(owner), pair.certificates_resource_id};
}

TEST(WantedPairs, TwoListenersOfOneCertificateWantOneAssociation) {
  const auto wanted =
      WantedPairs({UseOf(kShop, "listener/a"), UseOf(kShop, "listener/b")}, {}, {}, kNow);
  EXPECT_THAT(wanted, ElementsAre(kShop));
}

TEST(WantedPairs, KeepsWhatALiveNodeStillAcknowledges) {
  EXPECT_THAT(WantedPairs({UseOf(kBank, "listener/a")}, {kShop}, {}, kNow), ElementsAre(kBank, kShop));
}

TEST(WantedPairs, AnIntentCountsUntilItRunsOut) {
  const Intent intent{kShop, kNow + std::chrono::seconds(1)};
  EXPECT_THAT(WantedPairs({}, {}, {intent}, kNow), ElementsAre(kShop));
  EXPECT_THAT(WantedPairs({}, {}, {intent}, kNow + std::chrono::seconds(1)), IsEmpty());
}

TEST(CompareUses, DetachesOnlyWhatNobodyNeeds) {
  const std::vector<Attachment> attachments{{kShop, "association-1", 1, false},
                                            {kBank, "association-2", 1, false}};
  const std::vector<Use> uses{UseOf(kShop, "listener/a")};

  const auto differences = CompareUses(attachments, uses, WantedPairs(uses, {}, {}, kNow));

  ASSERT_EQ(differences.size(), 1u);
  EXPECT_EQ(differences[0].pair, kBank);
  EXPECT_FALSE(differences[0].missing);
}

TEST(CompareUses, ExplainsAUseWithoutAssociation) {
  const std::vector<Use> uses{UseOf(kShop, "listener/a")};
  const auto differences = CompareUses({}, uses, WantedPairs(uses, {}, {}, kNow));
  ASSERT_EQ(differences.size(), 1u);
  EXPECT_TRUE(differences[0].missing);
  EXPECT_THAT(differences[0].why, ::testing::HasSubstr("listener/a"));
}

TEST(CompareUses, GoesOnWithADetachThatACrashInterrupted) {
  const std::vector<Attachment> attachments{{kShop, "association-1", 1, true}};
  const auto differences = CompareUses(attachments, {}, {});
  ASSERT_EQ(differences.size(), 1u);
  EXPECT_FALSE(differences[0].missing);
}

}  // namespace
}  // namespace perennial::products
