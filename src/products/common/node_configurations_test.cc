// SPDX-License-Identifier: Apache-2.0
#include "products/common/node_configurations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "products/common/schema.h"
#include "products/common/testing.h"
#include "storage/chain_log.h"

namespace perennial::products {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kNode[] = "ocid1.node.perennial.home-1.n1";
const Pair kShop{"ocid1.certificate.perennial.home-1.shop", "ocid1.loadbalancer.perennial.home-1.one"};

class NodeConfigurationsTest : public ::testing::Test {
 protected:
  int64_t Raise(std::string resources, std::string structure, std::vector<Pair> references = {}) {
    return world.database
        ->WriteValue([&](storage::Session& session) {
          return configurations.Raise(session, {kNode, resources, structure, references},
                                      world.clock.Now());
        })
        .value();
  }
  bool Acknowledge(int64_t version) {
    return world.database
        ->WriteValue([&](storage::Session& session) {
          return configurations.Acknowledge(session, kNode, version, world.clock.Now());
        })
        .value();
  }
  std::vector<Pair> Needed() {
    return world.database
        ->ReadValue([&](storage::Session& session) {
          return configurations.StillNeeded(session, {kNode},
                                            world.clock.Now() - std::chrono::minutes(5));
        })
        .value();
  }
  StoredConfiguration Head() {
    return world.database
        ->ReadValue([&](storage::Session& session) { return configurations.Head(session, kNode); })
        .value();
  }

  testing::ServiceWorld world{"products", {service::ServiceSchema(), ProductsSchema()}};
  NodeConfigurations configurations;
};

TEST_F(NodeConfigurationsTest, EachVersionIsChainedToTheOneBefore) {
  EXPECT_EQ(Raise(R"([{"a":1}])", "one"), 1);
  const auto first = Head();
  EXPECT_EQ(first.previous_hash, storage::kChainOrigin);
  EXPECT_EQ(first.hash, ConfigurationHash(first.previous_hash, 1, first.resources));

  EXPECT_EQ(Raise(R"([{"a":2}])", "two"), 2);
  const auto second = Head();
  EXPECT_EQ(second.previous_hash, first.hash);
  EXPECT_EQ(second.hash, ConfigurationHash(first.hash, 2, second.resources));
}

TEST_F(NodeConfigurationsTest, AnotherCertificateVersionAloneRaisesNothing) {
  EXPECT_EQ(Raise(R"([{"version":1}])", "same"), 1);
  EXPECT_EQ(Raise(R"([{"version":2}])", "same"), 0);
  EXPECT_EQ(Head().version, 1);
}

TEST_F(NodeConfigurationsTest, ANodeThatNeverHadAnythingGetsNoVersion) {
  EXPECT_EQ(Raise("[]", "[]"), 0);
  EXPECT_EQ(Head().version, 0);
}

TEST_F(NodeConfigurationsTest, AReferenceIsNeededUntilALaterVersionIsAcknowledged) {
  Raise("[1]", "1", {kShop});
  Acknowledge(1);
  Raise("[2]", "2");
  EXPECT_THAT(Needed(), ElementsAre(kShop));

  EXPECT_TRUE(Acknowledge(2));
  EXPECT_THAT(Needed(), IsEmpty());
  EXPECT_FALSE(Acknowledge(2));
}

TEST_F(NodeConfigurationsTest, ANodeThatHasJustAskedMayAlreadyUseWhatItWasTold) {
  Raise("[1]", "1", {kShop});
  Raise("[2]", "2");
  Acknowledge(0);
  EXPECT_THAT(Needed(), ElementsAre(kShop));
}

TEST_F(NodeConfigurationsTest, ADeadNodeHoldsNothingBack) {
  Raise("[1]", "1", {kShop});
  Acknowledge(1);
  Raise("[2]", "2");
  world.clock.Advance(std::chrono::minutes(6));
  EXPECT_THAT(Needed(), IsEmpty());
}

TEST_F(NodeConfigurationsTest, ANodeThatIsNotEnrolledAnyMoreHoldsNothingBack) {
  Raise("[1]", "1", {kShop});
  Acknowledge(1);
  const auto needed = world.database->ReadValue([&](storage::Session& session) {
    return configurations.StillNeeded(session, {"ocid1.node.perennial.home-1.other"},
                                      world.clock.Now() - std::chrono::minutes(5));
  });
  EXPECT_THAT(needed.value(), IsEmpty());
}

TEST_F(NodeConfigurationsTest, AnAcknowledgedVersionThatWeNeverWroteReleasesNothing) {
  Raise("[1]", "1", {kShop});
  Acknowledge(99);
  EXPECT_THAT(Needed(), ElementsAre(kShop));
}

}  // namespace
}  // namespace perennial::products
