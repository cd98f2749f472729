// SPDX-License-Identifier: Apache-2.0
#include "authz/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "authz/resource_type.h"

namespace perennial::authz {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using enum Permission;

constexpr std::string_view kPrivateKey = "CERTIFICATE_CONTENT_WITH_PRIVATE_KEY";

Statement Parsed(std::string_view text) {
  auto statement = ParseStatement(text);
  EXPECT_TRUE(statement) << text << ": " << (statement ? "" : statement.error().message);
  return statement ? *statement : Statement{};
}

std::string Refusal(std::string_view text) {
  const auto statement = ParseStatement(text);
  EXPECT_FALSE(statement) << text;
  if (statement) return "";
  EXPECT_EQ(statement.error().code, ErrorCode::kInvalidArgument);
  return statement.error().message;
}

TEST(PolicyLanguage, ReadsTheCommonStatement) {
  const auto statement =
      Parsed("Allow group CertificateAdmins to manage leaf-certificate-family in compartment shop");
  EXPECT_EQ(statement.subject.kind, Subject::Kind::kGroupNames);
  EXPECT_THAT(statement.subject.groups, ElementsAre("CertificateAdmins"));
  EXPECT_TRUE(statement.permissions.Has(kCertificateDelete));
  EXPECT_TRUE(statement.permissions.Has(kCaBundleRead));
  EXPECT_FALSE(statement.permissions.Has(kCertificateAuthorityRead));
  EXPECT_EQ(statement.location.kind, Location::Kind::kCompartmentPath);
  EXPECT_THAT(statement.location.path, ElementsAre("shop"));
  EXPECT_FALSE(statement.condition);
}

TEST(PolicyLanguage, DoesNotCareAboutCaseAndWhiteSpace) {
  const auto statement = Parsed(" ALLOW\n group  Ops \t TO Use Load-Balancers IN Tenancy ");
  EXPECT_TRUE(statement.permissions.Has(kLoadBalancerUpdate));
  EXPECT_EQ(statement.location.kind, Location::Kind::kTenancy);
}

TEST(PolicyLanguage, ReadsEverySubject) {
  EXPECT_EQ(Parsed("allow any-user to read users in tenancy").subject.kind,
            Subject::Kind::kAnyUser);
  EXPECT_EQ(Parsed("allow any-group to read users in tenancy").subject.kind,
            Subject::Kind::kAnyGroup);
  EXPECT_THAT(Parsed("allow group A, 'Night Shift',B to read users in tenancy").subject.groups,
              ElementsAre("A", "Night Shift", "B"));
  EXPECT_THAT(Parsed("allow group 'Default'/'Night Shift' to read users in tenancy").subject.groups,
              ElementsAre("Night Shift"));
  const auto by_id =
      Parsed(
          "allow group id ocid1.group.perennial..g1,ocid1.group.perennial..g2 to read users in "
          "tenancy")
          .subject;
  EXPECT_EQ(by_id.kind, Subject::Kind::kGroupIds);
  EXPECT_THAT(by_id.groups, ElementsAre("ocid1.group.perennial..g1", "ocid1.group.perennial..g2"));
}

TEST(PolicyLanguage, ReadsEveryLocation) {
  EXPECT_THAT(Parsed("allow group A to read users in compartment a : b:'c d'").location.path,
              ElementsAre("a", "b", "c d"));
  const auto by_id =
      Parsed("allow group A to read users in compartment id ocid1.compartment.perennial..c");
  EXPECT_EQ(by_id.location.kind, Location::Kind::kCompartmentId);
  EXPECT_EQ(by_id.location.id, "ocid1.compartment.perennial..c");
  Parsed("allow group A to read users in compartment id ocid1.tenancy.perennial..t");
}

TEST(PolicyLanguage, ReadsPermissionsByName) {
  const auto statement =
      Parsed("allow group A to { CERTIFICATE_READ, LOAD_BALANCER_UPDATE } in tenancy");
  EXPECT_EQ(statement.permissions, (PermissionSet{kCertificateRead, kLoadBalancerUpdate}));
}

TEST(PolicyLanguage, NamesTheWrongWordAndTheNearest) {
  EXPECT_THAT(Refusal("Allow group A to mange load-balancers in tenancy"),
              HasSubstr("\"mange\" is not a verb; did you mean \"manage\"?"));
  EXPECT_THAT(Refusal("Allow group A to juggle load-balancers in tenancy"),
              HasSubstr("allowed are inspect, read, use, manage"));
  EXPECT_THAT(Refusal("Allow group A to manage load-balancer-s in tenancy"),
              HasSubstr("did you mean \"load-balancers\"?"));
  EXPECT_THAT(Refusal("Allow group A to manage leaf-certificat in tenancy"),
              HasSubstr("did you mean \"leaf-certificates\"?"));
  EXPECT_THAT(Refusal("Allow group A to manage wombats in tenancy"),
              HasSubstr("\"wombats\" is not a resource type; known are leaf-certificates"));
  EXPECT_THAT(Refusal("Allow gruop A to manage users in tenancy"),
              HasSubstr("did you mean \"group\"?"));
  EXPECT_THAT(Refusal("Allow dynamic-group A to manage users in tenancy"),
              HasSubstr("\"dynamic-group\" is not a subject"));
  EXPECT_THAT(Refusal("Allow group A to { CERTIFICATE_REED } in tenancy"),
              HasSubstr("did you mean \"CERTIFICATE_READ\"?"));
  EXPECT_THAT(Refusal("Allow group A to manage users in tenacy"),
              HasSubstr("did you mean \"tenancy\"?"));
}

TEST(PolicyLanguage, RefusesWhatIsNotAnAllowStatement) {
  for (const std::string word : {"Deny", "define", "Endorse", "ADMIT"}) {
    EXPECT_THAT(Refusal(word + " group A to manage users in tenancy"), HasSubstr(word));
  }
  EXPECT_THAT(Refusal(""), HasSubstr("Allow"));
  EXPECT_THAT(Refusal("group A to manage users in tenancy"), HasSubstr("Allow"));
}

TEST(PolicyLanguage, RefusesWhatIsIncompleteOrTooMuch) {
  for (const std::string_view text : {
           "Allow",
           "Allow group",
           "Allow group to manage users in tenancy",
           "Allow group A",
           "Allow group A, to manage users in tenancy",
           "Allow group A manage users in tenancy",
           "Allow group A to",
           "Allow group A to manage",
           "Allow group A to manage users",
           "Allow group A to manage users in",
           "Allow group A to manage users in compartment",
           "Allow group A to manage users in compartment a:",
           "Allow group A to manage users in compartment id shop",
           "Allow group A to manage users in compartment id ocid1.user.perennial..u",
           "Allow group id admins to manage users in tenancy",
           "Allow group 'A to manage users in tenancy",
           "Allow group 'Other'/'A' to manage users in tenancy",
           "Allow group A to manage users in tenancy and more",
           "Allow group A to manage users in tenancy where",
           "Allow group A to manage users in tenancy where request.user.id",
           "Allow group A to manage users in tenancy where request.user.id =",
           "Allow group A to manage users in tenancy where request.user.id = ann",
           "Allow group A to manage users in tenancy where request.user.id = 'ann",
           "Allow group A to manage users in tenancy where request.user.id = 'a' 'b'",
           "Allow group A to manage users in tenancy where request.user.id < 'a'",
           "Allow group A to manage users in tenancy where user.id = 'a'",
           "Allow group A to manage users in tenancy where any {}",
           "Allow group A to manage users in tenancy where all { request.user.id = 'a'",
           "Allow group A to manage users in tenancy where request.user.id = /a*b/",
           "Allow group A to {} in tenancy",
           "Allow group A to { CERTIFICATE_READ in tenancy",
           "Allow group A to manage users in tenancy\x01",
       }) {
    Refusal(text);
  }
  Refusal("Allow group " + std::string(5000, 'a') + " to manage users in tenancy");
  std::string deep = "Allow group A to manage users in tenancy where ";
  for (int i = 0; i < 1000; ++i) deep += "all{";
  Refusal(deep);
}

Condition ConditionOf(std::string_view text) {
  auto statement = ParseStatement(
      "allow group A to read leaf-certificate-bundles in tenancy where " + std::string(text));
  EXPECT_TRUE(statement) << text;
  return statement && statement->condition ? *statement->condition : Condition{};
}

TEST(PolicyCondition, ComparesWithoutCaseAndByPattern) {
  const Variables variables = {{"target.certificate.name", "Shop-Front"},
                               {"request.groups.id", "g1"},
                               {"request.groups.id", "g2"}};
  const auto holds = [&](std::string_view text) { return ConditionOf(text).Holds(variables); };
  EXPECT_TRUE(holds("target.certificate.name = 'shop-front'"));
  EXPECT_TRUE(holds("TARGET.Certificate.Name = 'shop-front'"));
  EXPECT_FALSE(holds("target.certificate.name = 'shop'"));
  EXPECT_FALSE(holds("target.certificate.name != 'shop-front'"));
  EXPECT_TRUE(holds("target.certificate.name != 'other'"));
  EXPECT_TRUE(holds("target.certificate.name = /shop*/"));
  EXPECT_FALSE(holds("target.certificate.name = /front*/"));
  EXPECT_TRUE(holds("target.certificate.name = /*FRONT/"));
  EXPECT_TRUE(holds("target.certificate.name = /*p-f*/"));
  EXPECT_FALSE(holds("target.certificate.name = /*shop/"));
  EXPECT_TRUE(holds("target.certificate.name = /*/"));
  EXPECT_TRUE(holds("request.groups.id = 'g2'"));
  EXPECT_FALSE(holds("request.groups.id != 'g2'"));
  EXPECT_TRUE(holds("any { request.groups.id = 'no', target.certificate.name = /shop*/ }"));
  EXPECT_FALSE(holds("all { request.groups.id = 'no', target.certificate.name = /shop*/ }"));
  EXPECT_TRUE(holds("all { request.groups.id = 'g1', any { request.groups.id = 'g2' } }"));
}

TEST(PolicyCondition, IsFalseForAVariableThatDoesNotApply) {
  EXPECT_FALSE(ConditionOf("target.certificate.name = 'x'").Holds({}));
  EXPECT_FALSE(ConditionOf("target.certificate.name != 'x'").Holds({}));
  EXPECT_FALSE(ConditionOf("target.certificate.name = /*/").Holds({}));
}

TEST(PolicyCondition, DemandsOnlyWhatNoBranchCanDoWithout) {
  const std::string wanted =
      "target.leaf-certificate.bundle-type = 'CERTIFICATE_CONTENT_WITH_PRIVATE_KEY'";
  const auto demands = [&](const std::string& text) {
    return ConditionOf(text).Demands("target.leaf-certificate.bundle-type", kPrivateKey);
  };
  EXPECT_TRUE(demands(wanted));
  EXPECT_TRUE(demands("all { request.user.id = 'u', " + wanted + " }"));
  EXPECT_TRUE(demands("any { " + wanted + ", all { request.user.id = 'u', " + wanted + " } }"));
  EXPECT_FALSE(demands("any { request.user.id = 'u', " + wanted + " }"));
  EXPECT_FALSE(demands("target.leaf-certificate.bundle-type != 'CERTIFICATE_CONTENT_PUBLIC_ONLY'"));
  EXPECT_FALSE(demands("target.leaf-certificate.bundle-type = /*KEY*/"));
  EXPECT_FALSE(demands("request.user.id = 'CERTIFICATE_CONTENT_WITH_PRIVATE_KEY'"));
}

// The IAM reference, row by row: what each verb adds to the one before it.
TEST(ResourceTypes, GiveEachVerbItsPermissions) {
  const auto inspect = *PermissionsOf(Verb::kInspect, "leaf-certificates");
  EXPECT_EQ(inspect, (PermissionSet{kCertificateInspect}));
  EXPECT_EQ(*PermissionsOf(Verb::kRead, "leaf-certificates"),
            (PermissionSet{kCertificateInspect, kCertificateRead}));
  EXPECT_EQ(*PermissionsOf(Verb::kUse, "leaf-certificates"),
            (PermissionSet{kCertificateInspect, kCertificateRead, kCertificateUpdate}));
  EXPECT_EQ(PermissionsOf(Verb::kManage, "leaf-certificates")->size(), 6u);
  EXPECT_TRUE(PermissionsOf(Verb::kRead, "certificate-authority-delegates")->empty());
  EXPECT_EQ(*PermissionsOf(Verb::kUse, "certificate-authority-delegate"),
            (PermissionSet{kCertificateAuthorityApply}));
  EXPECT_FALSE(PermissionsOf(Verb::kUse, "users")->Has(kUserApiKeyAdd));
  EXPECT_FALSE(PermissionsOf(Verb::kUse, "policies")->Has(kPolicyUpdate));
  EXPECT_FALSE(PermissionsOf(Verb::kUse, "nodes")->Has(kNodeEnrol));
}

TEST(ResourceTypes, GrowWithTheVerb) {
  for (const auto name : ResourceTypeNames()) {
    size_t before = 0;
    for (const auto verb : {Verb::kInspect, Verb::kRead, Verb::kUse, Verb::kManage}) {
      const auto set = PermissionsOf(verb, name);
      ASSERT_TRUE(set) << name;
      EXPECT_GE(set->size(), before) << name;
      before = set->size();
    }
    EXPECT_GT(before, 0u) << name;
  }
}

TEST(ResourceTypes, FamiliesHoldTheirMembers) {
  EXPECT_TRUE(PermissionsOf(Verb::kManage, "certificate-authority-family")->Has(kCertificateRead));
  EXPECT_FALSE(
      PermissionsOf(Verb::kManage, "leaf-certificate-family")->Has(kCertificateAuthorityRead));
  EXPECT_EQ(PermissionsOf(Verb::kManage, "all-resources")->size(), kPermissionCount);
}

TEST(Permissions, HaveOneNameEach) {
  std::set<std::string_view> names;
  size_t count = 0;
  for (const auto& [value, name] : WireNames(std::type_identity<Permission>{})) {
    names.insert(name);
    EXPECT_EQ(static_cast<size_t>(value), count++);
  }
  EXPECT_EQ(names.size(), kPermissionCount);
}

}  // namespace
}  // namespace perennial::authz
