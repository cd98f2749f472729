// SPDX-License-Identifier: Apache-2.0
#include "authz/snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace perennial::authz {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

UserFact Ann(PrincipalState state = PrincipalState::kActive) {
  return {"ann", "acme", "Ann", state, {{"aa:bb", "pem-1"}, {"cc:dd", "pem-2"}}};
}

std::vector<SnapshotEntry> SomeOfEach() {
  return {
      EntryOf(TenancyFact{"acme", "Acme"}),
      EntryOf(CompartmentFact{"web", "acme", "acme", "web", CompartmentState::kActive}),
      EntryOf(Ann()),
      EntryOf(GroupFact{"ops", "acme", "Ops"}),
      EntryOf(MembershipFact{"m1", "ann", "ops"}),
      EntryOf(PolicyFact{"p1", "web", {"Allow group Ops to read users in compartment web"}}),
      EntryOf(ResourceFact{"lb", "loadbalancer", "acme", "web", {"pool"}, "svc", "00ff"}),
      EntryOf(PlacementFact{"lb", 7, {"node"}}),
      EntryOf(
          NodeFact{"node", "acme", "n1", {"pool"}, {"loadbalancer"}, "pem", NodeState::kActive}),
      EntryOf(NodePoolFact{"pool", "acme", "web", "edge", {"192.0.2.1"}}),
      EntryOf(ServiceFact{"svc", "loadbalancer", "pem", PrincipalState::kActive, {"localhost"}}),
      EntryOf(ReplicaFact{"rep", "pem", PrincipalState::kActive, {}}),
      EntryOf(TokenKeyFact{"k1", RawJson{R"({"kty":"EC"})"}, TokenKeyState::kNext}),
      EntryOf(RetiredTokenFact{"jti1"}),
  };
}

void ExpectSomeOfEach(const Snapshot& snapshot) {
  ASSERT_NE(snapshot.User("ann"), nullptr);
  EXPECT_EQ(snapshot.User("ann")->keys.size(), 2u);
  ASSERT_THAT(snapshot.GroupsOf("ann"), SizeIs(1));
  EXPECT_EQ(snapshot.GroupsOf("ann")[0]->name, "Ops");
  ASSERT_THAT(snapshot.CompartmentPath("web"), SizeIs(2));
  EXPECT_EQ(snapshot.CompartmentPath("web")[1]->id, "acme");
  ASSERT_NE(snapshot.Compartment("acme"), nullptr);
  ASSERT_THAT(snapshot.PoliciesAt("web"), SizeIs(1));
  EXPECT_THAT(snapshot.PoliciesAt("web")[0]->statements, SizeIs(1));
  ASSERT_NE(snapshot.Resource("lb"), nullptr);
  EXPECT_EQ(snapshot.Resource("lb")->evidence_digest, "00ff");
  EXPECT_EQ(snapshot.PlacementOf("lb")->version, 7);
  ASSERT_THAT(snapshot.ResourcesOn("node"), SizeIs(1));
  ASSERT_THAT(snapshot.NodesOf("pool"), SizeIs(1));
  EXPECT_EQ(snapshot.NodePool("pool")->display_name, "edge");
  EXPECT_EQ(snapshot.Service("svc")->kind, "loadbalancer");
  EXPECT_NE(snapshot.Replica("rep"), nullptr);
  ASSERT_NE(snapshot.TokenKey("k1"), nullptr);
  EXPECT_EQ(snapshot.TokenKey("k1")->state, TokenKeyState::kNext);
  EXPECT_TRUE(snapshot.IsRetiredToken("jti1"));
  EXPECT_FALSE(snapshot.IsRetiredToken("jti2"));
}

TEST(SnapshotBuilder, BuildsWhatTheEntriesSay) {
  SnapshotBuilder builder;
  EXPECT_THAT(builder.ApplyAnswer(42, true, SomeOfEach()), IsEmpty());
  const auto snapshot = builder.Build();
  EXPECT_EQ(snapshot->position(), 42);
  ExpectSomeOfEach(*snapshot);
}

TEST(SnapshotBuilder, DoesNotDependOnTheOrderOfEntries) {
  auto entries = SomeOfEach();
  std::ranges::reverse(entries);
  SnapshotBuilder builder;
  EXPECT_THAT(builder.ApplyAnswer(1, true, entries), IsEmpty());
  ExpectSomeOfEach(*builder.Build());
}

TEST(SnapshotBuilder, GivesASnapshotAgainFromItsEntries) {
  SnapshotBuilder first;
  first.ApplyAnswer(1, true, SomeOfEach());
  const auto entries = first.Build()->Entries();
  EXPECT_EQ(entries.size(), SomeOfEach().size());
  SnapshotBuilder second;
  EXPECT_THAT(second.ApplyAnswer(1, true, entries), IsEmpty());
  ExpectSomeOfEach(*second.Build());
}

TEST(SnapshotBuilder, TravelsAsJson) {
  for (const auto& entry : SomeOfEach()) {
    const auto back = DecodeJson<SnapshotEntry>(EncodeJson(entry), UnknownFields::kRefuse);
    ASSERT_TRUE(back) << entry.kind;
    EXPECT_EQ(back->kind, entry.kind);
    EXPECT_EQ(back->value.text, entry.value.text);
  }
  const auto gone = DecodeJson<SnapshotEntry>(R"({"kind":"user","id":"ann","value":null})",
                                              UnknownFields::kRefuse);
  ASSERT_TRUE(gone);
  SnapshotBuilder builder;
  EXPECT_TRUE(builder.Apply(EntryOf(Ann())));
  EXPECT_TRUE(builder.Apply(*gone));
  EXPECT_EQ(builder.Build()->User("ann"), nullptr);
}

TEST(SnapshotBuilder, ForgetsEverythingThatAFullAnswerLacks) {
  SnapshotBuilder builder;
  builder.ApplyAnswer(1, true, SomeOfEach());
  const std::vector<SnapshotEntry> one = {EntryOf(TenancyFact{"acme", "Acme"})};
  builder.ApplyAnswer(2, true, one);
  const auto snapshot = builder.Build();
  EXPECT_EQ(snapshot->User("ann"), nullptr);
  EXPECT_THAT(snapshot->PoliciesAt("web"), IsEmpty());
  EXPECT_THAT(snapshot->NodesOf("pool"), IsEmpty());
  EXPECT_NE(snapshot->Tenancy("acme"), nullptr);
}

TEST(SnapshotBuilder, KeepsWhatAPartialAnswerDoesNotMention) {
  SnapshotBuilder builder;
  builder.ApplyAnswer(1, true, SomeOfEach());
  builder.ApplyAnswer(2, false, {});
  ExpectSomeOfEach(*builder.Build());
  EXPECT_EQ(builder.position(), 2);
}

TEST(SnapshotBuilder, NeverChangesASnapshotThatIsOut) {
  SnapshotBuilder builder;
  builder.ApplyAnswer(1, true, SomeOfEach());
  const auto before = builder.Build();
  for (int round = 0; round < 3; ++round) {
    EXPECT_TRUE(builder.Apply(EntryOf(Ann(PrincipalState::kInactive))));
    EXPECT_TRUE(builder.Apply(GoneEntry<PolicyFact>("p1")));
    EXPECT_TRUE(builder.Apply(EntryOf(PlacementFact{"lb", 8 + round, {"other"}})));
    const auto after = builder.Build();
    EXPECT_EQ(after->User("ann")->state, PrincipalState::kInactive);
    EXPECT_THAT(after->ResourcesOn("node"), IsEmpty());
    EXPECT_THAT(after->ResourcesOn("other"), SizeIs(1));
  }
  ExpectSomeOfEach(*before);
}

TEST(SnapshotBuilder, MovesWhatIsLookedUpWithTheFact) {
  SnapshotBuilder builder;
  builder.ApplyAnswer(1, true, SomeOfEach());
  EXPECT_TRUE(builder.Apply(EntryOf(PolicyFact{"p1", "acme", {}})));
  EXPECT_TRUE(builder.Apply(EntryOf(
      NodeFact{"node", "acme", "n1", {"pool2"}, {"loadbalancer"}, "pem", NodeState::kActive})));
  const auto snapshot = builder.Build();
  EXPECT_THAT(snapshot->PoliciesAt("web"), IsEmpty());
  EXPECT_THAT(snapshot->PoliciesAt("acme"), SizeIs(1));
  EXPECT_THAT(snapshot->NodesOf("pool"), IsEmpty());
  EXPECT_THAT(snapshot->NodesOf("pool2"), SizeIs(1));
}

TEST(SnapshotBuilder, DropsAFactThatItCannotRead) {
  SnapshotBuilder builder;
  builder.ApplyAnswer(1, true, SomeOfEach());
  const std::vector<SnapshotEntry> bad = {
      {"user", "ann", RawJson{R"({"id":"ann","state":"SUPERB"})"}},
      {"policy", "p1", RawJson{R"({"id":"p2","compartmentId":"web","statements":[]})"}},
      {"retiredToken", "jti2", RawJson{"[]"}},
  };
  EXPECT_THAT(builder.ApplyAnswer(2, false, bad), SizeIs(3));
  const auto snapshot = builder.Build();
  EXPECT_EQ(snapshot->User("ann"), nullptr);
  EXPECT_THAT(snapshot->PoliciesAt("web"), IsEmpty());
  // This one only denies: when in doubt it stands.
  EXPECT_TRUE(snapshot->IsRetiredToken("jti2"));
}

TEST(SnapshotBuilder, PassesOverWhatALaterReleaseAdds) {
  SnapshotBuilder builder;
  EXPECT_TRUE(builder.Apply({"quantumKey", "x", RawJson{"{}"}}));
  EXPECT_TRUE(builder.Apply(
      {"group", "ops", RawJson{R"({"id":"ops","tenancyId":"acme","name":"Ops","new":1})"}}));
  EXPECT_NE(builder.Build()->Group("ops"), nullptr);
}

TEST(Snapshot, FindsAUserByTenancyAndKey) {
  SnapshotBuilder builder;
  builder.ApplyAnswer(1, true, SomeOfEach());
  const auto snapshot = builder.Build();
  const UserKey* key = nullptr;
  ASSERT_NE(snapshot->UserByKey("acme", "ann", "cc:dd", &key), nullptr);
  EXPECT_EQ(key->public_key_pem, "pem-2");
  EXPECT_EQ(snapshot->UserByKey("evil", "ann", "cc:dd", &key), nullptr);
  EXPECT_EQ(snapshot->UserByKey("acme", "ann", "ee:ff", &key), nullptr);
  EXPECT_EQ(snapshot->UserByKey("acme", "bob", "cc:dd", &key), nullptr);
}

TEST(Snapshot, HoldsManyRowsAndSharesThem) {
  SnapshotBuilder builder;
  for (int i = 0; i < 20000; ++i) {
    const auto id = "lb" + std::to_string(i);
    EXPECT_TRUE(
        builder.Apply(EntryOf(ResourceFact{id, "loadbalancer", "acme", "web", {}, "", ""})));
  }
  auto snapshot = builder.Build();
  const auto* untouched = snapshot->Resource("lb77");
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(builder.Apply(
        EntryOf(ResourceFact{"lb1", "loadbalancer", "acme", "web", {}, "", std::to_string(i)})));
    snapshot = builder.Build();
  }
  EXPECT_EQ(snapshot->Resource("lb1")->evidence_digest, "99");
  EXPECT_EQ(snapshot->Resource("lb77"), untouched);
}

}  // namespace
}  // namespace perennial::authz
