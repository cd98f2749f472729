// SPDX-License-Identifier: Apache-2.0
#include "identity/routes.h"

#include <fmt/format.h>

#include <algorithm>

namespace perennial::identity {
namespace {

using authz::PrincipalKind;
using service::Call;
using service::CallerRule;
using service::Operation;
using service::Outcome;
using service::Reply;

const std::vector<CallerRule> kUsers = {{PrincipalKind::kUser, {}}};
const std::vector<CallerRule> kEnrolled = {{PrincipalKind::kEnrolment, {}}};
const std::vector<CallerRule> kNodes = {{PrincipalKind::kNode, {}}};
const std::vector<CallerRule> kProducts = {{PrincipalKind::kService, "loadbalancer"}};
const std::vector<CallerRule> kPresenters = {{PrincipalKind::kService, "certificates"},
                                             {PrincipalKind::kService, "loadbalancer"}};
const std::vector<CallerRule> kFollowers = {{PrincipalKind::kService, {}},
                                            {PrincipalKind::kReplica, {}}};
const std::vector<CallerRule> kAnybody = {
    {PrincipalKind::kUser, {}},    {PrincipalKind::kService, {}},  {PrincipalKind::kNode, {}},
    {PrincipalKind::kReplica, {}}, {PrincipalKind::kResource, {}}, {PrincipalKind::kEnrolment, {}}};

// Evidence is a whole request of up to 256 KiB in base64.
constexpr size_t kBodyLimit = 512 * 1024;

// Enters operations one after the other; it does not outlive AddRoutes.
class Table {
 public:
  Table(service::Router& router, service::Service& service) : router_(router), service_(service) {}

  // Add takes a function of (Call&) that returns Result<Reply> or Result<Outcome>.
  template <class F>
  void Add(std::string name, std::string method, std::string path,
           const std::vector<CallerRule>& callers, F function, bool retry_token = false) {
    Operation operation{.name = std::move(name),
                        .method = std::move(method),
                        .path = std::move(path),
                        .callers = callers,
                        .handler = [function](Call& call) -> Result<Outcome> {
                          TRY_ASSIGN(auto reply, function(call));
                          return Outcome(std::move(reply));
                        },
                        .takes_retry_token = retry_token,
                        .body_limit = kBodyLimit};
    router_.Add(service_, std::move(operation));
  }

  // Post is Add for an operation that takes a body.
  template <class Details, class F>
  void Post(std::string name, std::string path, const std::vector<CallerRule>& callers, F function,
            bool retry_token = false) {
    Add(
        std::move(name), "POST", std::move(path), callers,
        [function](Call& call) -> decltype(function(call, std::declval<const Details&>())) {
          TRY_ASSIGN(const auto details, call.Body<Details>());
          return function(call, details);
        },
        retry_token);
  }

 private:
  service::Router& router_;
  service::Service& service_;
};

Result<ListFilter> FilterOf(const Call& call) {
  ListFilter filter;
  TRY_ASSIGN(filter.page,
             service::ParsePage(call, {{"TIMECREATED", service::SortOrder::kDescending},
                                       {"NAME", service::SortOrder::kAscending}}));
  filter.name = call.Query("name");
  return filter;
}

Result<std::string> RequiredQuery(const Call& call, std::string_view name) {
  auto value = call.Query(name);
  if (!value) return Fail(ErrorCode::kMissingArgument, fmt::format("{}: is required", name));
  return std::move(*value);
}

// The lifecycle state of a filter, without regard to case.
Result<std::optional<api::identity::LifecycleState>> StateOf(const Call& call) {
  auto text = call.Query("lifecycleState");
  if (!text) return std::optional<api::identity::LifecycleState>();
  std::ranges::transform(*text, text->begin(), [](unsigned char c) { return std::toupper(c); });
  const auto state = FromWireName<api::identity::LifecycleState>(*text);
  if (!state) {
    return Fail(ErrorCode::kInvalidArgument,
                "lifecycleState: must be one of " + WireNameList<api::identity::LifecycleState>());
  }
  return state;
}

// Lists of our own have one order, by id: the token holds the last one.
Result<std::pair<std::string, int64_t>> IdPageOf(const Call& call) {
  TRY_ASSIGN(const auto limit, call.QueryInt("limit", 1, 1000));
  std::string after;
  if (const auto token = call.Query("page")) {
    TRY_ASSIGN(const auto key, service::ParsePageToken(*token, 1));
    after = key[0];
  }
  return std::pair(after, limit.value_or(100));
}

Result<CompartmentListing> CompartmentListingOf(const Call& call) {
  CompartmentListing listing;
  TRY_ASSIGN(listing.parent_id, RequiredQuery(call, "compartmentId"));
  listing.in_subtree = call.Query("compartmentIdInSubtree") == "true";
  const auto level = call.Query("accessLevel").value_or("ANY");
  if (level != "ANY" && level != "ACCESSIBLE") {
    return Fail(ErrorCode::kInvalidArgument, "accessLevel: must be ANY or ACCESSIBLE");
  }
  listing.accessible_only = level == "ACCESSIBLE";
  TRY_ASSIGN(listing.state, StateOf(call));
  return listing;
}

// A list of things that are ACTIVE for as long as they exist.
template <class F>
Result<Reply> ListOf(Call& call, F list) {
  TRY_ASSIGN(const auto compartment_id, RequiredQuery(call, "compartmentId"));
  TRY_ASSIGN(const auto filter, FilterOf(call));
  TRY_ASSIGN(const auto state, StateOf(call));
  TRY_ASSIGN(auto reply, list(call, compartment_id, filter));
  if (state.value_or(api::identity::LifecycleState::kActive) !=
      api::identity::LifecycleState::kActive) {
    return Reply::Json("[]");
  }
  return reply;
}

void AddTenancies(Table& table, IdentityService& identity) {
  const std::string base = "/20160918";
  table.Add("GetTenancy", "GET", base + "/tenancies/{tenancyId}", kUsers,
            [&](Call& call) { return identity.GetTenancy(call, call.PathValue("tenancyId")); });
  table.Add("ListRegionSubscriptions", "GET", base + "/tenancies/{tenancyId}/regionSubscriptions",
            kUsers, [&](Call& call) {
              return identity.ListRegionSubscriptions(call, call.PathValue("tenancyId"));
            });
  table.Add("ListRegions", "GET", base + "/regions", kUsers,
            [&](Call& call) { return identity.ListRegions(call); });

  table.Post<api::identity::CreateCompartmentDetails>(
      "CreateCompartment", base + "/compartments", kUsers,
      [&](Call& call, const auto& details) { return identity.CreateCompartment(call, details); },
      true);
  table.Add(
      "GetCompartment", "GET", base + "/compartments/{compartmentId}", kUsers,
      [&](Call& call) { return identity.GetCompartment(call, call.PathValue("compartmentId")); });
  table.Add("ListCompartments", "GET", base + "/compartments", kUsers,
            [&](Call& call) -> Result<Reply> {
              TRY_ASSIGN(const auto listing, CompartmentListingOf(call));
              TRY_ASSIGN(const auto filter, FilterOf(call));
              return identity.ListCompartments(call, listing, filter);
            });

  table.Post<api::identity::CreatePolicyDetails>(
      "CreatePolicy", base + "/policies", kUsers,
      [&](Call& call, const auto& details) { return identity.CreatePolicy(call, details); }, true);
  table.Add("GetPolicy", "GET", base + "/policies/{policyId}", kUsers,
            [&](Call& call) { return identity.GetPolicy(call, call.PathValue("policyId")); });
  table.Add("ListPolicies", "GET", base + "/policies", kUsers, [&](Call& call) {
    return ListOf(call, [&](Call& c, const std::string& compartment, const ListFilter& filter) {
      return identity.ListPolicies(c, compartment, filter);
    });
  });
  table.Add("DeletePolicy", "DELETE", base + "/policies/{policyId}", kUsers,
            [&](Call& call) { return identity.DeletePolicy(call, call.PathValue("policyId")); });
}

void AddUsers(Table& table, IdentityService& identity) {
  const std::string users = "/20160918/users";
  table.Post<api::identity::CreateUserDetails>(
      "CreateUser", users, kUsers,
      [&](Call& call, const auto& details) { return identity.CreateUser(call, details); }, true);
  table.Add("GetUser", "GET", users + "/{userId}", kUsers,
            [&](Call& call) { return identity.GetUser(call, call.PathValue("userId")); });
  table.Add("ListUsers", "GET", users, kUsers, [&](Call& call) {
    return ListOf(call, [&](Call& c, const std::string& compartment, const ListFilter& filter) {
      return identity.ListUsers(c, compartment, filter);
    });
  });
  table.Post<api::identity::CreateApiKeyDetails>(
      "UploadApiKey", users + "/{userId}/apiKeys", kUsers,
      [&](Call& call, const auto& details) {
        return identity.UploadApiKey(call, call.PathValue("userId"), details);
      },
      true);
  table.Add("ListApiKeys", "GET", users + "/{userId}/apiKeys", kUsers,
            [&](Call& call) { return identity.ListApiKeys(call, call.PathValue("userId")); });
  table.Add(
      "DeleteApiKey", "DELETE", users + "/{userId}/apiKeys/{fingerprint}", kUsers, [&](Call& call) {
        return identity.DeleteApiKey(call, call.PathValue("userId"), call.PathValue("fingerprint"));
      });
}

void AddGroups(Table& table, IdentityService& identity) {
  const std::string groups = "/20160918/groups";
  const std::string memberships = "/20160918/userGroupMemberships";
  table.Post<api::identity::CreateGroupDetails>(
      "CreateGroup", groups, kUsers,
      [&](Call& call, const auto& details) { return identity.CreateGroup(call, details); }, true);
  table.Add("GetGroup", "GET", groups + "/{groupId}", kUsers,
            [&](Call& call) { return identity.GetGroup(call, call.PathValue("groupId")); });
  table.Add("ListGroups", "GET", groups, kUsers, [&](Call& call) {
    return ListOf(call, [&](Call& c, const std::string& compartment, const ListFilter& filter) {
      return identity.ListGroups(c, compartment, filter);
    });
  });
  table.Post<api::identity::AddUserToGroupDetails>(
      "AddUserToGroup", memberships, kUsers,
      [&](Call& call, const auto& details) { return identity.AddUserToGroup(call, details); },
      true);
  table.Add("GetUserGroupMembership", "GET", memberships + "/{membershipId}", kUsers,
            [&](Call& call) {
              return identity.GetUserGroupMembership(call, call.PathValue("membershipId"));
            });
  table.Add("ListUserGroupMemberships", "GET", memberships, kUsers,
            [&](Call& call) -> Result<Reply> {
              Store::MembershipFilter filter;
              TRY_ASSIGN(filter.tenancy_id, RequiredQuery(call, "compartmentId"));
              filter.user_id = call.Query("userId");
              filter.group_id = call.Query("groupId");
              TRY_ASSIGN(const auto page, service::ParsePage(call, {{"ID"}}));
              filter.limit = page.limit;
              if (page.after) filter.after_id = (*page.after)[1];
              return identity.ListUserGroupMemberships(call, filter);
            });
  table.Add("RemoveUserFromGroup", "DELETE", memberships + "/{membershipId}", kUsers,
            [&](Call& call) {
              return identity.RemoveUserFromGroup(call, call.PathValue("membershipId"));
            });
}

void AddNodes(Table& table, IdentityService& identity) {
  const std::string base = "/20260101";
  table.Post<api::identity::CreateNodePoolDetails>(
      "CreateNodePool", base + "/nodePools", kUsers,
      [&](Call& call, const auto& details) { return identity.CreateNodePool(call, details); },
      true);
  table.Add("GetNodePool", "GET", base + "/nodePools/{nodePoolId}", kUsers,
            [&](Call& call) { return identity.GetNodePool(call, call.PathValue("nodePoolId")); });
  table.Add("ListNodePools", "GET", base + "/nodePools", kUsers, [&](Call& call) -> Result<Reply> {
    TRY_ASSIGN(const auto page, IdPageOf(call));
    return identity.ListNodePools(call, page.first, page.second);
  });
  table.Post<api::identity::CreateNodeTokenDetails>(
      "CreateNodeToken", base + "/nodeTokens", kUsers,
      [&](Call& call, const auto& details) { return identity.CreateNodeToken(call, details); });
  // Unsigned: the token in the body is the authority.
  table.Post<api::identity::EnrolNodeDetails>(
      "EnrolNode", base + "/nodes/actions/enrol", {},
      [&](Call& call, const auto& details) { return identity.EnrolNode(call, details); });
  table.Add("GetNode", "GET", base + "/nodes/{nodeId}", kUsers,
            [&](Call& call) { return identity.GetNode(call, call.PathValue("nodeId")); });
  table.Add("ListNodes", "GET", base + "/nodes", kUsers, [&](Call& call) -> Result<Reply> {
    TRY_ASSIGN(const auto page, IdPageOf(call));
    return identity.ListNodes(call, page.first, page.second);
  });
  table.Add("DrainNode", "POST", base + "/nodes/{nodeId}/actions/drain", kUsers,
            [&](Call& call) { return identity.DrainNode(call, call.PathValue("nodeId")); });
  table.Add("RemoveNode", "POST", base + "/nodes/{nodeId}/actions/remove", kUsers,
            [&](Call& call) { return identity.RemoveNode(call, call.PathValue("nodeId")); });
  table.Add("PollNode", "POST", base + "/nodes/{nodeId}/actions/pollNow", kUsers,
            [&](Call& call) { return identity.PollNode(call, call.PathValue("nodeId")); });
}

void AddTokens(Table& table, IdentityService& identity) {
  const std::string base = "/20260101";
  table.Post<api::identity::ExchangeTokenDetails>(
      "ExchangeToken", base + "/tokens/actions/exchange", kEnrolled,
      [&](Call& call, const auto& details) { return identity.ExchangeToken(call, details); });
  table.Post<api::identity::CreateResourcePrincipalTokensDetails>(
      "CreateResourcePrincipalTokens", base + "/resourcePrincipalTokens", kNodes,
      [&](Call& call, const auto& details) {
        return identity.CreateResourcePrincipalTokens(call, details);
      });
  table.Post<api::identity::CreateServerCertificateDetails>(
      "CreateServerCertificate", base + "/serverCertificates", kEnrolled,
      [&](Call& call, const auto& details) {
        return identity.CreateServerCertificate(call, details);
      });
  table.Add("ListTokenKeys", "GET", base + "/tokenKeys", kAnybody,
            [&](Call& call) { return identity.ListTokenKeys(call); });
  table.Add("GetEndpoints", "GET", base + "/endpoints", kAnybody,
            [&](Call& call) { return identity.GetEndpoints(call); });
  table.Add("GetAuthorizationSnapshot", "GET", base + "/authorizationSnapshot", kFollowers,
            [&](Call& call) -> Result<Outcome> {
              TRY_ASSIGN(const auto after,
                         call.QueryInt("after", 0, std::numeric_limits<int64_t>::max()));
              TRY_ASSIGN(const auto wait, call.WaitSeconds());
              return identity.GetAuthorizationSnapshot(call, after.value_or(0), wait);
            });
}

void AddResources(Table& table, IdentityService& identity) {
  const std::string base = "/20260101";
  table.Post<api::identity::VerifyEvidenceDetails>(
      "VerifyEvidence", base + "/evidence/actions/verify", kPresenters,
      [&](Call& call, const auto& details) { return identity.VerifyEvidence(call, details); });
  table.Post<api::identity::CreateResourceDetails>(
      "CreateResource", base + "/resources", kProducts,
      [&](Call& call, const auto& details) { return identity.CreateResource(call, details); });
  table.Post<api::identity::MoveResourceDetails>(
      "MoveResource", base + "/resources/{resourceId}/actions/move", kProducts,
      [&](Call& call, const auto& details) {
        return identity.MoveResource(call, call.PathValue("resourceId"), details);
      });
  table.Add(
      "DeleteResource", "DELETE", base + "/resources/{resourceId}", kProducts,
      [&](Call& call) { return identity.DeleteResource(call, call.PathValue("resourceId")); });
  table.Add("PutPlacements", "PUT", base + "/resources/{resourceId}/placements", kProducts,
            [&](Call& call) -> Result<Reply> {
              TRY_ASSIGN(const auto details, call.Body<api::identity::PutPlacementsDetails>());
              return identity.PutPlacements(call, call.PathValue("resourceId"), details);
            });
}

}  // namespace

void AddRoutes(service::Router& router, service::Service& service, IdentityService& identity) {
  Table table(router, service);
  AddTenancies(table, identity);
  AddUsers(table, identity);
  AddGroups(table, identity);
  AddNodes(table, identity);
  AddTokens(table, identity);
  AddResources(table, identity);
  router.Add(service, service::AuditRecordsOperation(service));
}

}  // namespace perennial::identity
