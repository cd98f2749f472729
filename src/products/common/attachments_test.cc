// SPDX-License-Identifier: Apache-2.0
#include "products/common/attachments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "products/common/new_resources.h"
#include "products/common/schema.h"
#include "products/common/testing.h"

namespace perennial::products {
namespace {

using std::chrono::seconds;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Pair kShop{"ocid1.certificate.perennial.home-1.shop", "ocid1.loadbalancer.perennial.home-1.one"};

class AttachmentsTest : public ::testing::Test {
 protected:
  AttachTicket Attach() { return attachments.Attach({}, {kShop}).value(); }
  Result<void> Commit(const AttachTicket& ticket, const std::vector<Use>& uses) {
    return world.database->Write([&](storage::Session& session) -> Result<void> {
      TRY(attachments.Commit(session, ticket));
      return attachments.SetUses(session, kShop.resource_id, uses);
    });
  }
  std::vector<Use> Listener() {
    return {{kShop.resource_id, "listener/web", kShop.certificates_resource_id}};
  }
  bool Reconcile() {
    return attachments
        .Reconcile([this](storage::Session&) -> Result<std::vector<Pair>> { return acknowledged; })
        .value();
  }
  // A click whose attach was made and whose answer was lost; any click after it is refused.
  void AttachUnheardThenRefuse() {
    certificates.lose_answer = true;
    EXPECT_FALSE(attachments.Attach({}, {kShop}));
    certificates.lose_answer = false;
    certificates.refuse = Error{ErrorCode::kIncorrectState, "it is being deleted"};
  }
  int64_t Rows() { return world.Number("SELECT COUNT(*) FROM attachment"); }

  testing::ServiceWorld world{"products",
                              {service::ServiceSchema(), ProductsSchema(), ClicksAheadSchema(3)}};
  testing::FakeCertificates certificates;
  Attachments attachments{*world.service, certificates};
  std::vector<Pair> acknowledged;
};

TEST_F(AttachmentsTest, ACommittedUseStaysAttached) {
  ASSERT_TRUE(Commit(Attach(), Listener()));
  world.clock.Advance(kIntentLife * 2);
  EXPECT_FALSE(Reconcile());
  EXPECT_THAT(certificates.associations, SizeIs(1));
}

TEST_F(AttachmentsTest, ACrashBetweenAttachAndCommitHealsWhenTheIntentRunsOut) {
  Attach();  // And then the process dies.
  EXPECT_FALSE(Reconcile()) << "the commit may still come";

  world.clock.Advance(kIntentLife);

  EXPECT_TRUE(Reconcile());
  EXPECT_THAT(certificates.associations, IsEmpty());
  EXPECT_EQ(Rows(), 0);
}

// Found by the model: whoever kept a click that is dated ahead could use it after the detach.
TEST_F(AttachmentsTest, ADetachReachesTheLatestClickThatWasAhead) {
  const auto ahead = world.clock.Now() + seconds(240);
  const auto note = [&](Time signed_at) { ASSERT_TRUE(attachments.NoteClick({kShop}, signed_at)); };
  const auto detach = [&] {
    Attach();
    world.clock.Advance(kIntentLife);
    EXPECT_TRUE(Reconcile());
    return certificates.last_signed_up_to;
  };
  EXPECT_EQ(detach(), std::nullopt);
  note(ahead);
  note(ahead - seconds(100));
  note(world.clock.Now());
  EXPECT_EQ(detach(), ahead);
  world.clock.Set(ahead);
  EXPECT_EQ(detach(), std::nullopt) << "the request's own date is enough again";
  note(world.clock.Now() + seconds(240));
  EXPECT_EQ(world.Number("SELECT COUNT(*) FROM click_ahead"), 1);
}

TEST_F(AttachmentsTest, ACommitThatComesTooLateIsRefused) {
  const auto ticket = Attach();
  world.clock.Advance(kIntentLife);
  const auto committed = Commit(ticket, Listener());
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, ErrorCode::kIncorrectState);
  EXPECT_TRUE(Reconcile());
  EXPECT_THAT(certificates.associations, IsEmpty());
}

TEST_F(AttachmentsTest, AnAnswerThatWasLostIsHealedToo) {
  certificates.lose_answer = true;
  EXPECT_FALSE(attachments.Attach({}, {kShop}));
  EXPECT_THAT(certificates.associations, SizeIs(1));
  EXPECT_TRUE(Reconcile());
  EXPECT_THAT(certificates.associations, IsEmpty());
}

// Found by the simulator: the refusal of one click forgot the attach of another whose answer was lost,
// and the certificate was in use for ever by nobody.
TEST_F(AttachmentsTest, ARefusalDoesNotForgetWhatALostAnswerMayHaveAttached) {
  AttachUnheardThenRefuse();
  const Pair other{"ocid1.certificate.perennial.home-1.other", kShop.resource_id};
  EXPECT_FALSE(attachments.Attach({}, {other}));
  EXPECT_FALSE(attachments.Attach({}, {kShop}));
  EXPECT_EQ(Rows(), 1);
  EXPECT_TRUE(Reconcile());
  EXPECT_THAT(certificates.associations, IsEmpty());
}

TEST_F(AttachmentsTest, NorDoesTheRefusalOfAClickThatWasUnderWayMeanwhile) {
  bool refused = false;
  certificates.before_attach = [&] {
    AttachUnheardThenRefuse();
    refused = true;
  };
  EXPECT_FALSE(attachments.Attach({}, {kShop}));
  ASSERT_TRUE(refused);
  EXPECT_THAT(certificates.associations, SizeIs(1));
  world.clock.Advance(kIntentLife);
  EXPECT_TRUE(Reconcile());
  EXPECT_THAT(certificates.associations, IsEmpty());
}

TEST_F(AttachmentsTest, NorDoesARefusalThatComesWhenItsIntentHasRunOut) {
  bool refused = false;
  certificates.before_attach = [&] {
    world.clock.Advance(kIntentLife);
    EXPECT_TRUE(Reconcile());
    AttachUnheardThenRefuse();
    refused = true;
  };
  EXPECT_FALSE(attachments.Attach({}, {kShop}));
  ASSERT_TRUE(refused);
  EXPECT_EQ(Rows(), 1);
  EXPECT_TRUE(Reconcile());
  EXPECT_THAT(certificates.associations, IsEmpty());
}

TEST_F(AttachmentsTest, ARefusalLeavesNothingAndRaisesNoFence) {
  certificates.refuse = Error{ErrorCode::kRelatedNotFound, "no"};
  EXPECT_EQ(attachments.Attach({}, {kShop}).error().code, ErrorCode::kRelatedNotFound);
  EXPECT_EQ(Rows(), 0);
  EXPECT_FALSE(Reconcile());
  EXPECT_EQ(certificates.detach_calls, 0);
}

TEST_F(AttachmentsTest, ARefusalDoesNotTouchAnotherListenersAssociation) {
  ASSERT_TRUE(Commit(Attach(), Listener()));
  certificates.refuse = Error{ErrorCode::kRelatedNotFound, "no"};
  EXPECT_FALSE(attachments.Attach({}, {kShop}));
  EXPECT_EQ(Rows(), 1);
  EXPECT_FALSE(Reconcile());
}

TEST_F(AttachmentsTest, DetachWaitsForTheNodesThatStillServeIt) {
  ASSERT_TRUE(Commit(Attach(), Listener()));
  ASSERT_TRUE(Commit({}, {}));
  acknowledged = {kShop};
  EXPECT_FALSE(Reconcile());
  acknowledged = {};
  EXPECT_TRUE(Reconcile());
  EXPECT_THAT(certificates.associations, IsEmpty());
}

TEST_F(AttachmentsTest, ADetachThatCouldNotBeSentIsRepeatedAndBarsNewClicks) {
  ASSERT_TRUE(Commit(Attach(), Listener()));
  ASSERT_TRUE(Commit({}, {}));
  certificates.away = true;
  EXPECT_FALSE(attachments.Reconcile([](storage::Session&) -> Result<std::vector<Pair>> {
    return std::vector<Pair>{};
  }));

  // A click that slips in now would be undone by the detach that is still to come.
  const auto click = attachments.Attach({}, {kShop});
  ASSERT_FALSE(click);
  EXPECT_EQ(click.error().code, ErrorCode::kIncorrectState);

  certificates.away = false;
  EXPECT_TRUE(Reconcile());
  EXPECT_TRUE(attachments.Attach({}, {kShop}));
}

// Two processes of one service, of which one lost the lead without knowing: between its claim and its call
// the other detached, and the user attached anew.
TEST_F(AttachmentsTest, ADetachThatWasOvertakenSparesTheNextClick) {
  ASSERT_TRUE(Commit(Attach(), Listener()));
  ASSERT_TRUE(Commit({}, {}));
  certificates.before_detach = [&] {
    Attachments leader(*world.service, certificates);
    EXPECT_TRUE(leader.Reconcile([](storage::Session&) { return std::vector<Pair>{}; }).value());
    ASSERT_TRUE(Commit(leader.Attach({}, {kShop}).value(), Listener()));
  };
  const auto late = attachments.Reconcile([](storage::Session&) { return std::vector<Pair>{}; });
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kIncorrectState);
  EXPECT_THAT(certificates.associations, SizeIs(1));
  EXPECT_FALSE(Reconcile()) << "it is in use";
  EXPECT_EQ(world.Number("SELECT COUNT(*) FROM attachment WHERE association_id IS NOT NULL"), 1);
}

TEST_F(AttachmentsTest, WhatAnotherHasDetachedIsNotDetachedAgain) {
  const Pair second{"ocid1.certificate.perennial.home-1.zoo", kShop.resource_id};
  for (const auto& pair : {kShop, second}) ASSERT_TRUE(Commit(attachments.Attach({}, {pair}).value(), {}));
  certificates.before_detach = [&] {  // Both are claimed; of the second nothing was sent yet.
    Attachments leader(*world.service, certificates);
    EXPECT_TRUE(leader.Reconcile([](storage::Session&) { return std::vector<Pair>{}; }).value());
    EXPECT_TRUE(leader.Attach({}, {second}));
  };
  EXPECT_EQ(attachments.Reconcile([](storage::Session&) { return std::vector<Pair>{}; }).error().code,
            ErrorCode::kConflict);
  EXPECT_THAT(certificates.associations, SizeIs(1));
}

// The same, but that it was held up between the detach and its answer.
TEST_F(AttachmentsTest, AnAnswerThatCameLateForgetsNothingOfALaterClick) {
  const auto nobody = [](storage::Session&) { return std::vector<Pair>{}; };
  ASSERT_TRUE(Commit(Attach(), Listener()));
  ASSERT_TRUE(Commit({}, {}));
  certificates.after_detach = [&] {
    Attachments leader(*world.service, certificates);
    EXPECT_TRUE(leader.Reconcile(nobody).value());
    ASSERT_TRUE(Commit(leader.Attach({}, {kShop}).value(), Listener()));
    ASSERT_TRUE(Commit({}, {}));
    certificates.away = true;
    EXPECT_FALSE(leader.Reconcile(nobody)) << "claimed, and not detached yet";
    certificates.away = false;
  };
  const auto late = attachments.Reconcile(nobody);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kConflict);
  EXPECT_EQ(Rows(), 1) << "or nobody would ever detach it";
  EXPECT_TRUE(Reconcile());
  EXPECT_THAT(certificates.associations, IsEmpty());
}

// The user took the association away by force and clicked again, and of that click the answer was lost.
TEST_F(AttachmentsTest, AnAssociationThatIsNotTheOneWeKnowIsDetachedToo) {
  ASSERT_TRUE(Commit(Attach(), Listener()));
  ASSERT_TRUE(Commit({}, {}));
  certificates.associations[kShop] = "ocid1.association.perennial.home-1.unheard";
  EXPECT_FALSE(attachments.Reconcile([](storage::Session&) { return std::vector<Pair>{}; }));
  EXPECT_TRUE(Reconcile());
  EXPECT_THAT(certificates.associations, IsEmpty());
  EXPECT_EQ(Rows(), 0);
}

TEST_F(AttachmentsTest, AnAnswerAboutAnotherPairIsNotTaken) {
  certificates.answer_with = Pair{"ocid1.certificate.perennial.home-1.other", kShop.resource_id};
  const auto attached = attachments.Attach({}, {kShop});
  ASSERT_FALSE(attached);
  EXPECT_EQ(attached.error().code, ErrorCode::kInternal);
  EXPECT_TRUE(Reconcile());
}

TEST_F(AttachmentsTest, APairThatIsBeingDetachedIsNotCommitted) {
  const auto ticket = Attach();
  ASSERT_TRUE(world.database->Write([](storage::Session& session) -> Result<void> {
    TRY(session.Execute("UPDATE attachment SET detaching = 1"));
    return {};
  }));
  EXPECT_EQ(Commit(ticket, Listener()).error().code, ErrorCode::kIncorrectState);
}

TEST_F(AttachmentsTest, TheDatabaseRefusesAUseWithoutAttachment) {
  const auto stored = Commit({}, Listener());
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().code, ErrorCode::kConflict);
}

TEST_F(AttachmentsTest, EveryDetachIsAudited) {
  ASSERT_TRUE(Commit(Attach(), Listener()));
  ASSERT_TRUE(Commit({}, {}));
  EXPECT_TRUE(Reconcile());
  EXPECT_EQ(world.Number("SELECT COUNT(*) FROM audit"), 1);
}

class NewResourcesTest : public AttachmentsTest {
 protected:
  NewResourcesTest() {
    id = MakeDerivedOcid("loadbalancer", "home-1", digest);
    registry.next = {id, "ocid1.compartment.perennial..c", {"ocid1.subnet.perennial..p"}};
  }
  const std::string digest = std::string(32, 'x');
  std::string id;
  testing::FakeResources registry;
  NewResources resources{*world.service, registry, "loadbalancer"};
};

TEST_F(NewResourcesTest, AnUncommittedResourceIsEndedAfterWhatIsAttachedToIt) {
  ASSERT_TRUE(resources.Register({}, digest));
  ASSERT_TRUE(attachments.Attach({}, {{kShop.certificates_resource_id, id}}));
  world.clock.Advance(kIntentLife);

  EXPECT_FALSE(resources.Reap().value()) << "an association still names it";
  EXPECT_TRUE(Reconcile());
  EXPECT_TRUE(resources.Reap().value());
  EXPECT_THAT(registry.registered, IsEmpty());
  EXPECT_EQ(world.Number("SELECT COUNT(*) FROM resource_intent"), 0);
}

TEST_F(NewResourcesTest, ACommittedResourceStays) {
  ASSERT_TRUE(resources.Register({}, digest));
  ASSERT_TRUE(world.database->Write(
      [&](storage::Session& session) { return resources.Commit(session, id); }));
  resources.Abandon(id);
  world.clock.Advance(kIntentLife * 2);
  EXPECT_FALSE(resources.Reap().value());
  EXPECT_THAT(registry.registered, SizeIs(1));
}

TEST_F(NewResourcesTest, ACommitThatComesTooLateIsRefused) {
  ASSERT_TRUE(resources.Register({}, digest));
  world.clock.Advance(kIntentLife);
  const auto committed = world.database->Write(
      [&](storage::Session& session) { return resources.Commit(session, id); });
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, ErrorCode::kIncorrectState);
}

TEST_F(NewResourcesTest, AnIdOfIdentitysChoiceIsNotTaken) {
  registry.next.id = "ocid1.loadbalancer.perennial.home-1.chosen";
  EXPECT_FALSE(resources.Register({}, digest));
}

TEST_F(NewResourcesTest, ARefusedResourceLeavesNothing) {
  registry.refuse = Error{ErrorCode::kPermissionDenied, "no"};
  EXPECT_FALSE(resources.Register({}, digest));
  EXPECT_EQ(world.Number("SELECT COUNT(*) FROM resource_intent"), 0);
}

}  // namespace
}  // namespace perennial::products
