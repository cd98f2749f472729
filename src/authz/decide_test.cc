// SPDX-License-Identifier: Apache-2.0
#include "authz/decide.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perennial::authz {
namespace {

using ::testing::HasSubstr;
using enum Permission;
using Basis = Decision::Basis;

constexpr auto kAcme = "ocid1.tenancy.perennial.home-1.acme";
constexpr auto kEvil = "ocid1.tenancy.perennial.home-1.evil";

// Two tenancies. acme holds the compartments web (with shop and web:shop:eu inside) and back; ann
// is in Ops, bob in nothing; tony is in a group Ops of the tenancy evil, which has a compartment
// web too.
class Decisions : public ::testing::Test {
 protected:
  Decisions() {
    for (const auto* tenancy : {kAcme, kEvil}) Know(TenancyFact{tenancy, tenancy});
    AddCompartment("web", kAcme, kAcme, "web");
    AddCompartment("shop", "web", kAcme, "shop");
    AddCompartment("eu", "shop", kAcme, "eu");
    AddCompartment("back", kAcme, kAcme, "back");
    AddCompartment("evilweb", kEvil, kEvil, "web");
    AddUser("ann", kAcme);
    AddUser("bob", kAcme);
    AddUser("tony", kEvil);
    Know(GroupFact{"ocid1.group.perennial..ops", kAcme, "Ops"});
    Know(GroupFact{"ocid1.group.perennial..evilops", kEvil, "Ops"});
    Know(MembershipFact{"m1", "ann", "ocid1.group.perennial..ops"});
    Know(MembershipFact{"m2", "tony", "ocid1.group.perennial..evilops"});
  }

  template <class Fact>
  void Know(const Fact& fact) {
    EXPECT_TRUE(builder_.Apply(EntryOf(fact)));
  }
  void AddCompartment(std::string id, std::string parent, std::string tenancy, std::string name) {
    Know(CompartmentFact{id, parent, tenancy, name, CompartmentState::kActive});
  }
  void AddUser(std::string id, std::string tenancy,
               PrincipalState state = PrincipalState::kActive) {
    Know(UserFact{id, tenancy, id, state, {}});
  }
  // One policy at a time, attached to `at`.
  void Policy(std::string at, std::string statement) {
    Know(PolicyFact{"p", std::move(at), {std::move(statement)}});
  }
  Decision Ask(std::string user, std::string compartment, Permission permission = kCertificateRead,
               std::map<std::string, std::string> variables = {}) {
    const auto snapshot = builder_.Build();
    const auto* fact = snapshot->User(user);
    const Principal principal{.kind = PrincipalKind::kUser,
                              .id = user,
                              .tenancy_id = fact == nullptr ? kAcme : fact->tenancy_id,
                              .name = user};
    return Decide(*snapshot, {.principal = principal,
                              .permission = permission,
                              .compartment_id = std::move(compartment),
                              .variables = std::move(variables)});
  }
  bool May(std::string user, std::string compartment, Permission permission = kCertificateRead) {
    return Ask(std::move(user), std::move(compartment), permission).allowed();
  }

  SnapshotBuilder builder_;
};

TEST_F(Decisions, AreDenialsByDefault) {
  EXPECT_FALSE(Decision{}.allowed());
  EXPECT_FALSE(May("ann", kAcme));
}

TEST_F(Decisions, NameTheStatementThatAllowed) {
  Policy(kAcme, "Allow group Ops to read leaf-certificates in tenancy");
  const auto decision = Ask("ann", "shop");
  EXPECT_EQ(decision.basis, Basis::kPolicyStatement);
  EXPECT_EQ(decision.evidence, "policy p: Allow group Ops to read leaf-certificates in tenancy");
}

TEST_F(Decisions, HoldForTheGroupsMembersAlone) {
  Policy(kAcme, "Allow group ops to read leaf-certificates in tenancy");
  EXPECT_TRUE(May("ann", "web"));
  EXPECT_FALSE(May("bob", "web"));
  EXPECT_FALSE(May("nobody", "web"));
  Policy(kAcme, "Allow group id ocid1.group.perennial..ops to read leaf-certificates in tenancy");
  EXPECT_TRUE(May("ann", "web"));
  EXPECT_FALSE(May("bob", "web"));
  Policy(kAcme, "Allow any-group to read leaf-certificates in tenancy");
  EXPECT_TRUE(May("ann", "web"));
  EXPECT_FALSE(May("bob", "web"));
  Policy(kAcme, "Allow any-user to read leaf-certificates in tenancy");
  EXPECT_TRUE(May("bob", "web"));
}

TEST_F(Decisions, EndWithTheMembership) {
  Policy(kAcme, "Allow group Ops to read leaf-certificates in tenancy");
  EXPECT_TRUE(May("ann", "web"));
  EXPECT_TRUE(builder_.Apply(GoneEntry<MembershipFact>("m1")));
  EXPECT_FALSE(May("ann", "web"));
}

TEST_F(Decisions, EndWithThePolicy) {
  Policy(kAcme, "Allow group Ops to read leaf-certificates in tenancy");
  EXPECT_TRUE(May("ann", "web"));
  EXPECT_TRUE(builder_.Apply(GoneEntry<PolicyFact>("p")));
  EXPECT_FALSE(May("ann", "web"));
}

TEST_F(Decisions, AreOnlyForActiveUsers) {
  Policy(kAcme, "Allow group Ops to read leaf-certificates in tenancy");
  AddUser("ann", kAcme, PrincipalState::kInactive);
  EXPECT_FALSE(May("ann", "web"));
}

TEST_F(Decisions, GrantOnlyTheVerbsPermissions) {
  Policy(kAcme, "Allow group Ops to use leaf-certificates in tenancy");
  EXPECT_TRUE(May("ann", "web", kCertificateInspect));
  EXPECT_TRUE(May("ann", "web", kCertificateUpdate));
  EXPECT_FALSE(May("ann", "web", kCertificateDelete));
  EXPECT_FALSE(May("ann", "web", kLoadBalancerRead));
}

TEST_F(Decisions, ReachDownFromTheLocationAndNeverUp) {
  struct Row {
    const char* attached;
    const char* location;
    const char* target;
    bool allowed;
  };
  const Row rows[] = {
      {kAcme, "tenancy", kAcme, true},
      {kAcme, "tenancy", "eu", true},
      {kAcme, "compartment web", "web", true},
      {kAcme, "compartment WEB", "eu", true},
      {kAcme, "compartment web", "back", false},
      {kAcme, "compartment web", kAcme, false},
      {kAcme, "compartment web:shop", "shop", true},
      {kAcme, "compartment web:shop", "eu", true},
      {kAcme, "compartment web:shop", "web", false},
      {kAcme, "compartment web:eu", "eu", false},
      {kAcme, "compartment shop", "shop", false},  // A path begins below the policy's compartment.
      {"web", "compartment shop", "shop", true},
      {"web", "compartment shop", "web", false},
      {"web", "compartment web", "web", true},  // Its own compartment, by name.
      {"web", "compartment web", "eu", true},
      {"web", "compartment back", "back", false},
      {"web", "tenancy", "shop", false},  // Only the root speaks for the tenancy.
      {"shop", "compartment web", "web", false},
      {"shop", "compartment web", "shop", false},
      {"eu", "compartment eu", "eu", true},
      {"eu", "compartment eu", "shop", false},
  };
  for (const auto& row : rows) {
    Policy(row.attached,
           std::string("Allow group Ops to read leaf-certificates in ") + row.location);
    EXPECT_EQ(May("ann", row.target), row.allowed)
        << row.attached << " / " << row.location << " / " << row.target;
  }
}

TEST_F(Decisions, FindCompartmentsByOcidOnlyAtOrBelowThePolicy) {
  const std::string target = "ocid1.compartment.perennial..deep";
  AddCompartment(target, "web", kAcme, "deep");
  const auto statement = "Allow group Ops to read leaf-certificates in compartment id " + target;
  Policy(kAcme, statement);
  EXPECT_TRUE(May("ann", target));
  EXPECT_FALSE(May("ann", "web"));
  Policy("web", statement);
  EXPECT_TRUE(May("ann", target));
  Policy("back", statement);
  EXPECT_FALSE(May("ann", target));
  Policy("web",
         std::string("Allow group Ops to read leaf-certificates in compartment id ") + kAcme);
  EXPECT_FALSE(May("ann", "web"));
}

TEST_F(Decisions, NeverCrossTenancies) {
  // Whatever a policy says, on either side.
  const char* statements[] = {
      "Allow any-user to manage all-resources in tenancy",
      "Allow group Ops to manage all-resources in tenancy",
      "Allow group id ocid1.group.perennial..evilops to manage all-resources in tenancy",
      "Allow group id ocid1.group.perennial..evilops to manage all-resources in compartment web",
      "Allow group id ocid1.group.perennial..ops to manage all-resources in compartment web",
  };
  for (const auto* statement : statements) {
    for (const auto* at : {kAcme, kEvil}) {
      Policy(at, statement);
      for (const auto* target : {kAcme, "web", "shop", "eu", "back"}) {
        EXPECT_FALSE(May("tony", target)) << at << ": " << statement;
      }
      EXPECT_FALSE(May("ann", "evilweb")) << at << ": " << statement;
      EXPECT_FALSE(May("ann", kEvil)) << at << ": " << statement;
    }
  }
}

TEST_F(Decisions, DoNotFollowAMembershipIntoAnotherTenancysGroup) {
  Know(MembershipFact{"m3", "tony", "ocid1.group.perennial..ops"});
  Policy(kEvil, "Allow group id ocid1.group.perennial..ops to manage all-resources in tenancy");
  EXPECT_FALSE(May("tony", "evilweb"));
}

TEST_F(Decisions, DoNotBelieveARequestThatNamesAnotherTenancy) {
  Policy(kAcme, "Allow any-user to manage all-resources in tenancy");
  const auto snapshot = builder_.Build();
  const Principal tony{.kind = PrincipalKind::kUser, .id = "tony", .tenancy_id = kAcme};
  EXPECT_FALSE(Decide(*snapshot, {tony, kCertificateRead, "web", {}}).allowed());
  const Principal ann{.kind = PrincipalKind::kUser, .id = "ann", .tenancy_id = kEvil};
  EXPECT_FALSE(Decide(*snapshot, {ann, kCertificateRead, "web", {}}).allowed());
}

TEST_F(Decisions, AreForUsersOnly) {
  Policy(kAcme, "Allow any-user to manage all-resources in tenancy");
  const auto snapshot = builder_.Build();
  for (const auto kind : {PrincipalKind::kService, PrincipalKind::kNode, PrincipalKind::kReplica,
                          PrincipalKind::kResource, PrincipalKind::kEnrolment}) {
    const Principal principal{.kind = kind, .id = "ann", .tenancy_id = kAcme};
    EXPECT_FALSE(Decide(*snapshot, {principal, kCertificateRead, "web", {}}).allowed());
  }
}

TEST_F(Decisions, StopAtDeletedAndBrokenCompartments) {
  Policy(kAcme, "Allow any-user to manage all-resources in tenancy");
  Know(CompartmentFact{"web", kAcme, kAcme, "web", CompartmentState::kDeleted});
  EXPECT_FALSE(May("ann", "web"));
  EXPECT_FALSE(May("ann", "eu"));
  EXPECT_FALSE(May("ann", "absent"));
  EXPECT_FALSE(May("ann", ""));
  AddCompartment("loop1", "loop2", kAcme, "loop1");
  AddCompartment("loop2", "loop1", kAcme, "loop2");
  EXPECT_FALSE(May("ann", "loop1"));
  AddCompartment("stray", "evilweb", kAcme, "stray");
  EXPECT_FALSE(May("ann", "stray"));
  EXPECT_FALSE(May("tony", "stray"));
}

TEST_F(Decisions, AStoredStatementThatDoesNotParseGrantsNothing) {
  Know(PolicyFact{"p",
                  kAcme,
                  {"Allow group Ops to manage everything in tenancy",
                   "Allow group Ops to read leaf-certificates in tenancy where request.user.id < 1",
                   "Allow group Ops to inspect leaf-certificates in tenancy"}});
  EXPECT_TRUE(May("ann", "web", kCertificateInspect));
  EXPECT_FALSE(May("ann", "web", kCertificateRead));
}

TEST_F(Decisions, JudgeConditionsByTheRequestsOwnFacts) {
  Policy(kAcme,
         "Allow any-user to read leaf-certificates in tenancy where request.user.id = 'ann'");
  EXPECT_TRUE(May("ann", "web"));
  EXPECT_FALSE(May("bob", "web"));
  // A handler's variables cannot speak for the caller.
  EXPECT_FALSE(Ask("bob", "web", kCertificateRead, {{"request.user.id", "ann"}}).allowed());
  Policy(kAcme,
         "Allow any-user to read leaf-certificates in tenancy where "
         "target.compartment.name = 'shop'");
  EXPECT_TRUE(May("ann", "shop"));
  EXPECT_FALSE(May("ann", "web"));
  EXPECT_FALSE(
      Ask("ann", "web", kCertificateRead, {{"target.compartment.name", "shop"}}).allowed());
  Policy(kAcme,
         "Allow group Ops to manage leaf-certificates in tenancy where "
         "request.permission != 'CERTIFICATE_DELETE'");
  EXPECT_TRUE(May("ann", "web", kCertificateUpdate));
  EXPECT_FALSE(May("ann", "web", kCertificateDelete));
  Policy(kAcme,
         "Allow group Ops to read leaf-certificates in tenancy where "
         "target.leaf-certificate.name = /shop*/");
  EXPECT_TRUE(
      Ask("ann", "web", kCertificateRead, {{"target.leaf-certificate.name", "shop1"}}).allowed());
  EXPECT_FALSE(May("ann", "web"));
}

class PrivateKeys : public Decisions {
 protected:
  bool MayReadKey(std::string user) {
    const auto snapshot = builder_.Build();
    const Principal principal{
        .kind = PrincipalKind::kUser, .id = user, .tenancy_id = snapshot->User(user)->tenancy_id};
    const auto direct = DecidePrivateKeyRead(*snapshot, principal, "shop", {});
    // Who asks the general question with the same facts gets the same answer.
    const auto general = Ask(user, "shop", kCertificateBundleRead,
                             {{std::string(kBundleTypeVariable), std::string(kWithPrivateKey)}});
    EXPECT_EQ(direct.allowed(), general.allowed());
    return direct.allowed();
  }
  bool MayReadPublic(std::string user) {
    return Ask(std::move(user), "shop", kCertificateBundleRead,
               {{std::string(kBundleTypeVariable), "CERTIFICATE_CONTENT_PUBLIC_ONLY"}})
        .allowed();
  }
};

TEST_F(PrivateKeys, AreNotReadByAPlainStatement) {
  for (const auto* statement : {
           "Allow group Ops to read leaf-certificate-bundles in tenancy",
           "Allow group Ops to manage leaf-certificate-family in tenancy",
           "Allow group Ops to manage all-resources in tenancy",
           "Allow group Ops to { CERTIFICATE_BUNDLE_READ } in tenancy",
           "Allow group Ops to manage all-resources in tenancy where request.user.id = 'ann'",
       }) {
    Policy(kAcme, statement);
    EXPECT_FALSE(MayReadKey("ann")) << statement;
    EXPECT_TRUE(MayReadPublic("ann")) << statement;
  }
  Policy(kAcme,
         "Allow group Ops to manage all-resources in tenancy where "
         "target.leaf-certificate.bundle-type != 'CERTIFICATE_CONTENT_PUBLIC_ONLY'");
  EXPECT_FALSE(MayReadKey("ann"));
}

TEST_F(PrivateKeys, AreReadByAStatementThatSaysSo) {
  Policy(kAcme,
         "Allow group Ops to read leaf-certificate-bundles in compartment web where "
         "target.leaf-certificate.bundle-type = 'CERTIFICATE_CONTENT_WITH_PRIVATE_KEY'");
  EXPECT_TRUE(MayReadKey("ann"));
  EXPECT_FALSE(MayReadKey("bob"));
  EXPECT_FALSE(MayReadKey("tony"));
  EXPECT_FALSE(MayReadPublic("ann"));
}

// LB1 and LB2 of acme; LB1 is placed on node1, and certificate c1 is associated with it.
class BundleReads : public Decisions {
 protected:
  BundleReads() {
    for (const auto* id : {"lb1", "lb2"}) {
      Know(ResourceFact{id, "loadbalancer", kAcme, "web", {"pool"}, "svc", "00"});
    }
    for (const auto* id : {"node1", "node2"}) {
      Know(NodeFact{id, kAcme, id, {"pool"}, {"loadbalancer"}, "pem", NodeState::kActive});
    }
    Know(PlacementFact{"lb1", 1, {"node1"}});
    Know(PlacementFact{"lb2", 1, {"node1", "node2"}});
  }
  static Principal Resource(std::string id, std::string node) {
    return {.kind = PrincipalKind::kResource,
            .id = std::move(id),
            .tenancy_id = kAcme,
            .resource_type = "loadbalancer",
            .node_id = std::move(node)};
  }
  Decision Read(const Principal& principal, std::string_view certificate = "c1") {
    return DecideBundleRead(*builder_.Build(), principal, certificate, active_);
  }

  std::vector<AssociationFact> active_ = {{"a0", "c2", "lb2"}, {"a1", "c1", "lb1"}};
};

TEST_F(BundleReads, AreForTheResourceThatTheAssociationNames) {
  const auto decision = Read(Resource("lb1", "node1"));
  EXPECT_EQ(decision.basis, Basis::kAssociation);
  EXPECT_EQ(decision.evidence, "association a1");
}

TEST_F(BundleReads, AreNotForAnotherLoadBalancerOrCertificate) {
  EXPECT_FALSE(Read(Resource("lb2", "node1")).allowed());
  EXPECT_FALSE(Read(Resource("lb1", "node1"), "c2").allowed());
  EXPECT_FALSE(Read(Resource("lb1", "node1"), "c3").allowed());
  active_.clear();
  EXPECT_FALSE(Read(Resource("lb1", "node1")).allowed());
}

TEST_F(BundleReads, NeedTheNodeThatTheResourceIsPlacedOnNow) {
  EXPECT_FALSE(Read(Resource("lb1", "node2")).allowed());
  EXPECT_FALSE(Read(Resource("lb1", "")).allowed());
  Know(PlacementFact{"lb1", 2, {"node2"}});
  EXPECT_FALSE(Read(Resource("lb1", "node1")).allowed());
  EXPECT_TRUE(Read(Resource("lb1", "node2")).allowed());
  EXPECT_TRUE(builder_.Apply(GoneEntry<PlacementFact>("lb1")));
  EXPECT_FALSE(Read(Resource("lb1", "node2")).allowed());
}

TEST_F(BundleReads, EndWithTheNodeAndTheResource) {
  Know(NodeFact{"node1", kAcme, "node1", {"pool"}, {"loadbalancer"}, "pem", NodeState::kDraining});
  EXPECT_TRUE(Read(Resource("lb1", "node1")).allowed());
  Know(NodeFact{"node1", kAcme, "node1", {"pool"}, {"loadbalancer"}, "pem", NodeState::kRemoved});
  EXPECT_FALSE(Read(Resource("lb1", "node1")).allowed());
  EXPECT_TRUE(builder_.Apply(GoneEntry<ResourceFact>("lb2")));
  active_.push_back({"a2", "c1", "lb2"});
  EXPECT_FALSE(Read(Resource("lb2", "node2")).allowed());
}

TEST_F(BundleReads, AreForResourcePrincipalsOfTheRightTenancyOnly) {
  for (const auto kind : {PrincipalKind::kUser, PrincipalKind::kService, PrincipalKind::kNode,
                          PrincipalKind::kReplica, PrincipalKind::kEnrolment}) {
    auto principal = Resource("lb1", "node1");
    principal.kind = kind;
    EXPECT_FALSE(Read(principal).allowed());
  }
  auto stranger = Resource("lb1", "node1");
  stranger.tenancy_id = kEvil;
  EXPECT_FALSE(Read(stranger).allowed());
}

}  // namespace
}  // namespace perennial::authz
