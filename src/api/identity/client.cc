// SPDX-License-Identifier: Apache-2.0
#include "api/identity/client.h"

#include "base/encoding.h"

namespace perennial::api::identity {
namespace {

constexpr std::string_view kPublic = "/20160918";
constexpr std::string_view kOwn = "/20260101";

}  // namespace

Result<Tenancy> IdentityClient::GetTenancy(const std::string& tenancy_id) const {
  return client_.Call<Tenancy>(Get(MakeTarget(kPublic, {"tenancies", tenancy_id})));
}

Result<Tagged<Compartment>> IdentityClient::CreateCompartment(
    const CreateCompartmentDetails& details, const CallOptions& options) const {
  return client_.CallTagged<Compartment>(
      Post(MakeTarget(kPublic, {"compartments"}), details, options));
}

Result<Tagged<Compartment>> IdentityClient::GetCompartment(const std::string& id) const {
  return client_.CallTagged<Compartment>(Get(MakeTarget(kPublic, {"compartments", id})));
}

Result<Page<Compartment>> IdentityClient::ListCompartments(const Query& query) const {
  return client_.CallArray<Compartment>(Get(MakeTarget(kPublic, {"compartments"}, query)));
}

Result<Tagged<User>> IdentityClient::CreateUser(const CreateUserDetails& details,
                                                const CallOptions& options) const {
  return client_.CallTagged<User>(Post(MakeTarget(kPublic, {"users"}), details, options));
}

Result<Tagged<User>> IdentityClient::GetUser(const std::string& id) const {
  return client_.CallTagged<User>(Get(MakeTarget(kPublic, {"users", id})));
}

Result<Page<User>> IdentityClient::ListUsers(const Query& query) const {
  return client_.CallArray<User>(Get(MakeTarget(kPublic, {"users"}, query)));
}

Result<Tagged<ApiKey>> IdentityClient::UploadApiKey(const std::string& user_id,
                                                    const CreateApiKeyDetails& details,
                                                    const CallOptions& options) const {
  return client_.CallTagged<ApiKey>(
      Post(MakeTarget(kPublic, {"users", user_id, "apiKeys"}), details, options));
}

Result<Page<ApiKey>> IdentityClient::ListApiKeys(const std::string& user_id) const {
  return client_.CallArray<ApiKey>(Get(MakeTarget(kPublic, {"users", user_id, "apiKeys"})));
}

Result<void> IdentityClient::DeleteApiKey(const std::string& user_id,
                                          const std::string& fingerprint,
                                          const CallOptions& options) const {
  return client_.CallEmpty(
      Delete(MakeTarget(kPublic, {"users", user_id, "apiKeys", fingerprint}), options));
}

std::string SessionProofText(const CreateSessionDetails& details) {
  const std::string rest = details.link
                               ? *details.link
                               : details.tenancy.value_or("") + "\n" + details.user.value_or("") +
                                     "\n" + details.password.value_or("");
  return "perennial-session\n" + details.date + "\n" + Base64Encode(Sha256(rest));
}

Result<SignInLink> IdentityClient::CreateSignInLink(const std::string& user_id,
                                                    const CallOptions& options) const {
  return client_.Call<SignInLink>(
      Act(MakeTarget(kOwn, {"users", user_id, "actions", "createLink"}), options));
}

Result<SessionCollection> IdentityClient::ListSessions(const Query& query) const {
  return client_.Call<SessionCollection>(Get(MakeTarget(kOwn, {"sessions"}, query)));
}

Result<void> IdentityClient::EndSession(const std::string& id, const CallOptions& options) const {
  return client_.CallEmpty(Delete(MakeTarget(kOwn, {"sessions", id}), options));
}

Result<Tagged<Group>> IdentityClient::CreateGroup(const CreateGroupDetails& details,
                                                  const CallOptions& options) const {
  return client_.CallTagged<Group>(Post(MakeTarget(kPublic, {"groups"}), details, options));
}

Result<Page<Group>> IdentityClient::ListGroups(const Query& query) const {
  return client_.CallArray<Group>(Get(MakeTarget(kPublic, {"groups"}, query)));
}

Result<Tagged<UserGroupMembership>> IdentityClient::AddUserToGroup(
    const AddUserToGroupDetails& details, const CallOptions& options) const {
  return client_.CallTagged<UserGroupMembership>(
      Post(MakeTarget(kPublic, {"userGroupMemberships"}), details, options));
}

Result<Tagged<Policy>> IdentityClient::CreatePolicy(const CreatePolicyDetails& details,
                                                    const CallOptions& options) const {
  return client_.CallTagged<Policy>(Post(MakeTarget(kPublic, {"policies"}), details, options));
}

Result<Page<Policy>> IdentityClient::ListPolicies(const Query& query) const {
  return client_.CallArray<Policy>(Get(MakeTarget(kPublic, {"policies"}, query)));
}

Result<void> IdentityClient::DeletePolicy(const std::string& id, const CallOptions& options) const {
  return client_.CallEmpty(Delete(MakeTarget(kPublic, {"policies", id}), options));
}

Result<Endpoints> IdentityClient::GetEndpoints() const {
  return client_.Call<Endpoints>(Get(MakeTarget(kOwn, {"endpoints"})));
}

Result<NodeToken> IdentityClient::CreateNodeToken(const CreateNodeTokenDetails& details,
                                                  const CallOptions& options) const {
  return client_.Call<NodeToken>(Post(MakeTarget(kOwn, {"nodeTokens"}), details, options));
}

Result<EnrolledNode> IdentityClient::EnrolNode(const EnrolNodeDetails& details) const {
  auto spec = Post(MakeTarget(kOwn, {"nodes", "actions", "enrol"}), details);
  spec.is_signed = false;
  return client_.Call<EnrolledNode>(spec);
}

Result<SessionToken> IdentityClient::ExchangeToken(const ExchangeTokenDetails& details) const {
  return client_.Call<SessionToken>(
      Post(MakeTarget(kOwn, {"tokens", "actions", "exchange"}), details));
}

Result<ResourcePrincipalTokens> IdentityClient::CreateResourcePrincipalTokens(
    const CreateResourcePrincipalTokensDetails& details) const {
  return client_.Call<ResourcePrincipalTokens>(
      Post(MakeTarget(kOwn, {"resourcePrincipalTokens"}), details));
}

Result<TokenKeys> IdentityClient::GetTokenKeys() const {
  return client_.Call<TokenKeys>(Get(MakeTarget(kOwn, {"tokenKeys"})));
}

Result<VerifiedEvidence> IdentityClient::VerifyEvidence(const VerifyEvidenceDetails& details,
                                                        const CallOptions& options) const {
  return client_.Call<VerifiedEvidence>(
      Post(MakeTarget(kOwn, {"evidence", "actions", "verify"}), details, options));
}

Result<Resource> IdentityClient::CreateResource(const CreateResourceDetails& details,
                                                const CallOptions& options) const {
  return client_.Call<Resource>(Post(MakeTarget(kOwn, {"resources"}), details, options));
}

Result<Resource> IdentityClient::MoveResource(const std::string& id,
                                              const MoveResourceDetails& details,
                                              const CallOptions& options) const {
  return client_.Call<Resource>(
      Post(MakeTarget(kOwn, {"resources", id, "actions", "move"}), details, options));
}

Result<void> IdentityClient::DeleteResource(const std::string& id,
                                            const CallOptions& options) const {
  return client_.CallEmpty(Delete(MakeTarget(kOwn, {"resources", id}), options));
}

Result<void> IdentityClient::PutPlacements(const std::string& resource_id,
                                           const PutPlacementsDetails& details,
                                           const CallOptions& options) const {
  return client_.CallEmpty(
      Put(MakeTarget(kOwn, {"resources", resource_id, "placements"}), details, options));
}

Result<NodePool> IdentityClient::CreateNodePool(const CreateNodePoolDetails& details,
                                                const CallOptions& options) const {
  return client_.Call<NodePool>(Post(MakeTarget(kOwn, {"nodePools"}), details, options));
}

Result<NodePool> IdentityClient::GetNodePool(const std::string& id) const {
  return client_.Call<NodePool>(Get(MakeTarget(kOwn, {"nodePools", id})));
}

Result<Page<NodePool>> IdentityClient::ListNodePools(const Query& query) const {
  return client_.CallCollection<NodePoolCollection>(Get(MakeTarget(kOwn, {"nodePools"}, query)));
}

Result<Node> IdentityClient::GetNode(const std::string& id) const {
  return client_.Call<Node>(Get(MakeTarget(kOwn, {"nodes", id})));
}

Result<Page<Node>> IdentityClient::ListNodes(const Query& query) const {
  return client_.CallCollection<NodeCollection>(Get(MakeTarget(kOwn, {"nodes"}, query)));
}

Result<void> IdentityClient::DrainNode(const std::string& id, const CallOptions& options) const {
  return client_.CallEmpty(Act(MakeTarget(kOwn, {"nodes", id, "actions", "drain"}), options));
}

Result<void> IdentityClient::RemoveNode(const std::string& id, const CallOptions& options) const {
  return client_.CallEmpty(Act(MakeTarget(kOwn, {"nodes", id, "actions", "remove"}), options));
}

Result<void> IdentityClient::PollNodeNow(const std::string& id, const CallOptions& options) const {
  return client_.CallEmpty(Act(MakeTarget(kOwn, {"nodes", id, "actions", "pollNow"}), options));
}

Result<ServerCertificate> IdentityClient::CreateServerCertificate(
    const CreateServerCertificateDetails& details) const {
  return client_.Call<ServerCertificate>(Post(MakeTarget(kOwn, {"serverCertificates"}), details));
}

Result<AuthorizationSnapshot> IdentityClient::GetAuthorizationSnapshot(int64_t after,
                                                                       Duration wait) const {
  return client_.Call<AuthorizationSnapshot>(
      Get(MakeTarget(kOwn, {"authorizationSnapshot"},
                     {{"after", std::to_string(after)}, {"waitSeconds", WholeSeconds(wait)}}),
          {.wait = wait}));
}

}  // namespace perennial::api::identity
