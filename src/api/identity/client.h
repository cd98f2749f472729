// SPDX-License-Identifier: Apache-2.0
// The typed client of identity: one method an operation. Errors are those of Client::Send.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "api/client.h"
#include "api/identity/node_types.h"
#include "api/identity/session_types.h"
#include "api/identity/trust_types.h"
#include "api/identity/types.h"

namespace perennial::api::identity {

// Safe to call from many threads.
class IdentityClient {
 public:
  explicit IdentityClient(Client client) : client_(std::move(client)) {}

  // The public API, /20160918. `query` of lists: compartmentId is required; limit, page, name,
  // lifecycleState, sortBy, sortOrder as in oci-api §3.4.
  Result<Tenancy> GetTenancy(const std::string& tenancy_id) const;
  Result<Tagged<Compartment>> CreateCompartment(const CreateCompartmentDetails& details,
                                                const CallOptions& options = {}) const;
  Result<Tagged<Compartment>> GetCompartment(const std::string& id) const;
  Result<Page<Compartment>> ListCompartments(const Query& query) const;
  Result<Tagged<User>> CreateUser(const CreateUserDetails& details,
                                  const CallOptions& options = {}) const;
  Result<Tagged<User>> GetUser(const std::string& id) const;
  Result<Page<User>> ListUsers(const Query& query) const;
  Result<Tagged<ApiKey>> UploadApiKey(const std::string& user_id,
                                      const CreateApiKeyDetails& details,
                                      const CallOptions& options = {}) const;
  Result<Page<ApiKey>> ListApiKeys(const std::string& user_id) const;
  Result<void> DeleteApiKey(const std::string& user_id, const std::string& fingerprint,
                            const CallOptions& options = {}) const;
  Result<Tagged<Group>> CreateGroup(const CreateGroupDetails& details,
                                    const CallOptions& options = {}) const;
  Result<Page<Group>> ListGroups(const Query& query) const;
  Result<Tagged<UserGroupMembership>> AddUserToGroup(const AddUserToGroupDetails& details,
                                                     const CallOptions& options = {}) const;
  Result<Tagged<Policy>> CreatePolicy(const CreatePolicyDetails& details,
                                      const CallOptions& options = {}) const;
  Result<Page<Policy>> ListPolicies(const Query& query) const;
  Result<void> DeletePolicy(const std::string& id, const CallOptions& options = {}) const;

  // Our own, /20260101.
  Result<Endpoints> GetEndpoints() const;
  Result<NodeToken> CreateNodeToken(const CreateNodeTokenDetails& details,
                                    const CallOptions& options = {}) const;
  Result<EnrolledNode> EnrolNode(const EnrolNodeDetails& details) const;  // Unsigned.
  Result<SessionToken> ExchangeToken(const ExchangeTokenDetails& details) const;
  Result<ResourcePrincipalTokens> CreateResourcePrincipalTokens(
      const CreateResourcePrincipalTokensDetails& details) const;
  Result<TokenKeys> GetTokenKeys() const;
  Result<VerifiedEvidence> VerifyEvidence(const VerifyEvidenceDetails& details,
                                          const CallOptions& options = {}) const;
  Result<Resource> CreateResource(const CreateResourceDetails& details,
                                  const CallOptions& options = {}) const;
  Result<Resource> MoveResource(const std::string& id, const MoveResourceDetails& details,
                                const CallOptions& options = {}) const;
  Result<void> DeleteResource(const std::string& id, const CallOptions& options = {}) const;
  Result<void> PutPlacements(const std::string& resource_id, const PutPlacementsDetails& details,
                             const CallOptions& options = {}) const;
  Result<NodePool> CreateNodePool(const CreateNodePoolDetails& details,
                                  const CallOptions& options = {}) const;
  Result<NodePool> GetNodePool(const std::string& id) const;
  Result<Page<NodePool>> ListNodePools(const Query& query) const;
  Result<Node> GetNode(const std::string& id) const;
  Result<Page<Node>> ListNodes(const Query& query) const;
  Result<void> DrainNode(const std::string& id, const CallOptions& options = {}) const;
  Result<void> RemoveNode(const std::string& id, const CallOptions& options = {}) const;
  Result<void> PollNodeNow(const std::string& id, const CallOptions& options = {}) const;
  Result<ServerCertificate> CreateServerCertificate(
      const CreateServerCertificateDetails& details) const;
  // Parked for up to `wait` while nothing is newer than `after`; 0 asks for everything.
  Result<AuthorizationSnapshot> GetAuthorizationSnapshot(int64_t after, Duration wait) const;

  // Sessions of people. CreateSignInLink: a one-time link for the user, 24 hours.
  Result<SignInLink> CreateSignInLink(const std::string& user_id,
                                      const CallOptions& options = {}) const;
  Result<SessionCollection> ListSessions(const Query& query) const;
  Result<void> EndSession(const std::string& id, const CallOptions& options = {}) const;

 private:
  Client client_;
};

}  // namespace perennial::api::identity
