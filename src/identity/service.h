// SPDX-License-Identifier: Apache-2.0
// Identity: who is somebody, may they, and what runs where. One public method an operation; each
// judges first, then commits once. What is refused and what is absent look alike: kPermissionDenied
// and kNotFound.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "api/evidence/table.h"
#include "api/identity/node_types.h"
#include "api/identity/trust_types.h"
#include "api/identity/types.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/random.h"
#include "identity/platform_ca.h"
#include "identity/store/store.h"
#include "identity/token_keys.h"
#include "service/call.h"
#include "service/operation.h"

namespace perennial::identity {

// A kind of product: where users sign requests to it. What a service presents as evidence must be
// one of these.
struct ProductAddress {
  std::string kind;                // "loadbalancer"; its base path stands in api/evidence/table.
  std::vector<std::string> hosts;  // host:port, as users sign them.
};

struct IdentityConfig {
  std::string region;  // The slug in OCIDs, "home-1"; also the region's name.
  api::identity::Endpoints endpoints;
  std::vector<ProductAddress> products;
};

// A user's signed request that was verified, and who presented it.
struct JudgedEvidence {
  authz::Principal user;
  http_signature::SignedFacts signed_facts;
  std::string public_key_pem;
  api::evidence::Subject subject;
};

// What a list call asked for beside its page.
struct CompartmentListing {
  std::string parent_id;
  bool in_subtree = false;
  bool accessible_only = false;
  std::optional<api::identity::LifecycleState> state;
};

// Safe to call from many threads. Everything handed in must outlive it.
class IdentityService {
 public:
  using Call = service::Call;
  using Reply = service::Reply;
  using Outcome = service::Outcome;

  struct Parts {
    IdentityConfig config;
    storage::Database& database;
    const Store& store;
    TokenKeys& token_keys;
    const PlatformCa& platform_ca;
    NewsBoard& news;
    Clock& clock;
    Random& random;
  };
  explicit IdentityService(Parts parts) : parts_(std::move(parts)) {}

  // Step rotates token keys and prunes; a Loop calls it. It returns how long to pause.
  Duration Step();

  // --- Tenancies, compartments, policies (tenancies.cc)
  Result<Reply> GetTenancy(Call& call, const std::string& id);
  Result<Reply> ListRegionSubscriptions(Call& call, const std::string& tenancy_id);
  Result<Reply> ListRegions(Call& call);
  Result<Reply> CreateCompartment(Call& call,
                                  const api::identity::CreateCompartmentDetails& details);
  Result<Reply> GetCompartment(Call& call, const std::string& id);
  Result<Reply> ListCompartments(Call& call, const CompartmentListing& listing,
                                 const ListFilter& filter);
  // A statement that does not parse, or names a group or compartment that does not exist, is
  // kInvalidArgument with its pointer, `/statements/0`.
  Result<Reply> CreatePolicy(Call& call, const api::identity::CreatePolicyDetails& details);
  Result<Reply> GetPolicy(Call& call, const std::string& id);
  Result<Reply> ListPolicies(Call& call, const std::string& compartment_id,
                             const ListFilter& filter);
  Result<Reply> DeletePolicy(Call& call, const std::string& id);

  // --- Users, their keys, groups (users.cc)

  // A user needs no policy to see itself and to manage its own API keys.
  Result<Reply> CreateUser(Call& call, const api::identity::CreateUserDetails& details);
  Result<Reply> GetUser(Call& call, const std::string& id);
  Result<Reply> ListUsers(Call& call, const std::string& compartment_id, const ListFilter& filter);
  Result<Reply> UploadApiKey(Call& call, const std::string& user_id,
                             const api::identity::CreateApiKeyDetails& details);
  Result<Reply> ListApiKeys(Call& call, const std::string& user_id);
  Result<Reply> DeleteApiKey(Call& call, const std::string& user_id,
                             const std::string& fingerprint);
  Result<Reply> CreateGroup(Call& call, const api::identity::CreateGroupDetails& details);
  Result<Reply> GetGroup(Call& call, const std::string& id);
  Result<Reply> ListGroups(Call& call, const std::string& compartment_id, const ListFilter& filter);
  Result<Reply> AddUserToGroup(Call& call, const api::identity::AddUserToGroupDetails& details);
  Result<Reply> GetUserGroupMembership(Call& call, const std::string& id);
  Result<Reply> ListUserGroupMemberships(Call& call, const Store::MembershipFilter& filter);
  Result<Reply> RemoveUserFromGroup(Call& call, const std::string& id);

  // --- Nodes (nodes.cc)
  Result<Reply> CreateNodePool(Call& call, const api::identity::CreateNodePoolDetails& details);
  Result<Reply> GetNodePool(Call& call, const std::string& id);
  Result<Reply> ListNodePools(Call& call, const std::string& after_id, int64_t limit);
  Result<Reply> CreateNodeToken(Call& call, const api::identity::CreateNodeTokenDetails& details);
  // EnrolNode is called without a signature: the token is the authority, the proof shows the key.
  // kUnauthenticated for a token that is unknown, used or expired; the latter two are audited.
  Result<Reply> EnrolNode(Call& call, const api::identity::EnrolNodeDetails& details);
  Result<Reply> GetNode(Call& call, const std::string& id);
  Result<Reply> ListNodes(Call& call, const std::string& after_id, int64_t limit);
  Result<Reply> DrainNode(Call& call, const std::string& id);
  Result<Reply> RemoveNode(Call& call, const std::string& id);
  Result<Reply> PollNode(Call& call, const std::string& id);

  // --- Tokens and certificates of our own processes (tokens.cc)
  Result<Reply> ExchangeToken(Call& call, const api::identity::ExchangeTokenDetails& details);
  Result<Reply> CreateResourcePrincipalTokens(
      Call& call, const api::identity::CreateResourcePrincipalTokensDetails& details);
  Result<Reply> ListTokenKeys(Call& call);
  Result<Reply> CreateServerCertificate(
      Call& call, const api::identity::CreateServerCertificateDetails& details);

  // --- Evidence, resources, placements (evidence.cc, resources.cc)
  Result<Reply> VerifyEvidence(Call& call, const api::identity::VerifyEvidenceDetails& details);
  Result<Reply> CreateResource(Call& call, const api::identity::CreateResourceDetails& details);
  Result<Reply> MoveResource(Call& call, const std::string& id,
                             const api::identity::MoveResourceDetails& details);
  Result<Reply> DeleteResource(Call& call, const std::string& id);
  Result<Reply> PutPlacements(Call& call, const std::string& resource_id,
                              const api::identity::PutPlacementsDetails& details);

  // --- What others follow (service.cc)
  Result<Outcome> GetAuthorizationSnapshot(Call& call, int64_t after, Duration wait);
  Result<Reply> GetEndpoints(Call& call);

 private:
  std::string NewId(std::string_view type) const;
  // The same answer for another tenancy's, a missing and a forbidden parent.
  Result<std::string> RequireTenancy(Call& call, const std::string& compartment_id,
                                     authz::Permission permission) const;
  Result<UserRow> RequireUser(Call& call, const std::string& id,
                              authz::Permission permission) const;
  Result<NodeRow> RequireNode(Call& call, const std::string& id,
                              authz::Permission permission) const;
  Result<Reply> ChangeNode(Call& call, const std::string& id, authz::NodeState state);
  api::identity::Node NodeOnWire(const Call& call, const NodeRow& row) const;
  Result<std::vector<std::string>> RequirePools(Call& call, const std::vector<std::string>& ids,
                                                std::string_view pointer,
                                                authz::Permission permission) const;

  // JudgeEvidence verifies what `presenter` shows: an active user's signature within its window,
  // and a request that was addressed to the presenter's kind of product and authorises something.
  // kUnauthenticated, with the reason, for everything else; kInvalidArgument for a body that the
  // operation cannot have.
  Result<JudgedEvidence> JudgeEvidence(const Call& call, const http_signature::Evidence& evidence,
                                       std::string_view presenter_id) const;
  Result<ResourceRow> RequireOwned(Call& call, const std::string& id) const;

  // ReadRow runs `read` on a snapshot; what it does not find is kNotFound.
  template <class F>
  auto ReadRow(F&& read) const -> Result<typename std::remove_cvref_t<
      decltype(*read(std::declval<storage::Session&>()))>::value_type> {
    TRY_ASSIGN(auto row, parts_.database.ReadValue(read));
    if (!row) return Fail(ErrorCode::kNotFound, "absent");
    return std::move(*row);
  }

  // FirstTelling is true the first time that this process hears of `what`.
  bool FirstTelling(const std::string& what) EXCLUDES(told_mutex_);

  const Parts parts_;
  Mutex told_mutex_;
  std::set<std::string> told_ GUARDED_BY(told_mutex_);
};

}  // namespace perennial::identity
