// SPDX-License-Identifier: Apache-2.0
// lint: allow size: one store of one schema; its statements are split over four sources.
// Identity's tables. Whoever writes a row here also writes the fact that the other services follow,
// in the same transaction: nobody can forget it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "authz/facts.h"
#include "base/clock.h"
#include "base/news.h"
#include "identity/store/rows.h"
#include "storage/storage.h"

namespace perennial::identity {

using storage::Session;

// The history of identity's schema, for storage::Migrate.
std::span<const storage::Migration> Migrations();

// Where news of the facts is published, by position.
inline constexpr std::string_view kFactsTopic = "identity/facts";

// Facts beyond a position. With `full`, what is not in it is gone.
struct FactsAnswer {
  int64_t position = 0;
  bool full = false;
  std::vector<authz::SnapshotEntry> entries;
};

// Stateless: safe to call from many threads, each with a session. Failures are those of the
// session; a name that is taken is kAlreadyExists. `Find…` returns nothing for what is not there.
class Store {
 public:
  // `news` may be null: then nobody in this process waits.
  Store(Clock& clock, NewsBoard* news) : clock_(clock), news_(news) {}

  // --- Facts (facts.cc)
  Result<int64_t> FactPosition(Session& session) const;
  // FactsAfter answers in full when it does not know every change since `after`. No `kinds`: all.
  Result<FactsAnswer> FactsAfter(Session& session, int64_t after,
                                 std::span<const std::string_view> kinds) const;
  // PruneGone forgets that facts which ended before `before` ever existed.
  Result<void> PruneGone(Session& session, Time before) const;
  template <class Fact>
  Result<void> PutFact(Session& session, const Fact& fact) const {
    return PutEntry(session, authz::EntryOf(fact));
  }
  template <class Fact>
  Result<void> EndFact(Session& session, std::string_view id) const {
    return PutEntry(session, authz::GoneEntry<Fact>(std::string(id)));
  }

  // --- People and policies (sql_people.cc)
  Result<void> Insert(Session& session, const TenancyRow& row) const;
  Result<std::optional<TenancyRow>> FindTenancy(Session& session, std::string_view id) const;
  Result<std::optional<TenancyRow>> FindTenancyByName(Session& session,
                                                      std::string_view name) const;

  Result<void> Insert(Session& session, const CompartmentRow& row) const;
  Result<std::optional<CompartmentRow>> FindCompartment(Session& session,
                                                        std::string_view id) const;
  Result<Page<CompartmentRow>> ListCompartments(Session& session, std::string_view parent_id,
                                                const ListFilter& filter) const;

  Result<void> Insert(Session& session, const UserRow& row) const;
  Result<std::optional<UserRow>> FindUser(Session& session, std::string_view id) const;
  Result<std::optional<UserRow>> FindUserByName(Session& session, std::string_view tenancy_id,
                                                std::string_view name) const;
  Result<Page<UserRow>> ListUsers(Session& session, std::string_view tenancy_id,
                                  const ListFilter& filter) const;
  Result<void> SetUserState(Session& session, std::string_view id,
                            authz::PrincipalState state) const;

  // Insert of a key: kLimitExceeded beyond kApiKeysMax, kAlreadyExists when the user has it.
  static constexpr size_t kApiKeysMax = 3;
  Result<void> Insert(Session& session, const ApiKeyRow& row) const;
  Result<std::vector<ApiKeyRow>> ListApiKeys(Session& session, std::string_view user_id) const;
  Result<void> DeleteApiKey(Session& session, std::string_view user_id,
                            std::string_view fingerprint) const;

  Result<void> Insert(Session& session, const GroupRow& row) const;
  Result<std::optional<GroupRow>> FindGroup(Session& session, std::string_view id) const;
  Result<std::optional<GroupRow>> FindGroupByName(Session& session, std::string_view tenancy_id,
                                                  std::string_view name) const;
  Result<Page<GroupRow>> ListGroups(Session& session, std::string_view tenancy_id,
                                    const ListFilter& filter) const;

  Result<void> Insert(Session& session, const MembershipRow& row) const;
  Result<std::optional<MembershipRow>> FindMembership(Session& session, std::string_view id) const;
  struct MembershipFilter {
    std::string tenancy_id;
    std::optional<std::string> user_id, group_id, after_id;
    int64_t limit = 100;
  };
  Result<std::vector<MembershipRow>> ListMemberships(Session& session,
                                                     const MembershipFilter& filter) const;
  Result<void> DeleteMembership(Session& session, std::string_view id) const;

  Result<void> Insert(Session& session, const PolicyRow& row) const;
  Result<std::optional<PolicyRow>> FindPolicy(Session& session, std::string_view id) const;
  Result<std::optional<PolicyRow>> FindPolicyByName(Session& session, std::string_view tenancy_id,
                                                    std::string_view name) const;
  Result<Page<PolicyRow>> ListPolicies(Session& session, std::string_view compartment_id,
                                       const ListFilter& filter) const;
  Result<void> DeletePolicy(Session& session, std::string_view id) const;

  // --- Nodes, services, resources (sql_fleet.cc)
  Result<void> Insert(Session& session, const NodePoolRow& row) const;
  Result<std::optional<NodePoolRow>> FindNodePool(Session& session, std::string_view id) const;
  Result<std::vector<NodePoolRow>> ListNodePools(Session& session, std::string_view tenancy_id,
                                                 std::string_view after_id, int64_t limit) const;

  Result<void> Insert(Session& session, const NodeTokenRow& row) const;
  Result<std::optional<NodeTokenRow>> FindNodeToken(Session& session, std::string_view hash) const;
  // UseNodeToken is true for the one caller that is first.
  Result<bool> UseNodeToken(Session& session, std::string_view id, std::string_view node_id) const;
  // PruneNodeTokens forgets those that expired before `before`, used or not.
  Result<void> PruneNodeTokens(Session& session, Time before) const;

  Result<void> Insert(Session& session, const NodeRow& row) const;
  Result<std::optional<NodeRow>> FindNode(Session& session, std::string_view id) const;
  Result<std::optional<NodeRow>> FindNodeByKey(Session& session,
                                               std::string_view public_key_pem) const;
  Result<std::vector<NodeRow>> ListNodes(Session& session, std::string_view tenancy_id,
                                         std::string_view after_id, int64_t limit) const;
  // ShareNode enrols a node that is there also for the pools, kinds and addresses of `added`, which may be
  // of another tenancy: one host, several tenants.
  Result<void> ShareNode(Session& session, const NodeRow& node, const NodeRow& added) const;
  // UnshareNode takes a tenancy's pools off the node and returns whether any pool is left.
  Result<bool> UnshareNode(Session& session, std::string_view node_id, std::string_view tenancy_id,
                           const std::vector<std::string>& pool_ids) const;
  Result<void> SetNodeState(Session& session, std::string_view id, authz::NodeState state) const;
  // TouchNode writes the node's fact once more, unchanged: whoever follows hears of it.
  Result<void> TouchNode(Session& session, std::string_view id) const;
  // SetNodeSeen keeps what the node said before where it says nothing now.
  struct NodeReport {
    std::optional<std::string> agent_version;
    std::optional<int64_t> wanted_count, served_count;
  };
  Result<void> SetNodeSeen(Session& session, std::string_view id, const NodeReport& report) const;

  Result<void> Insert(Session& session, const ProcessRow& row) const;
  Result<std::optional<ProcessRow>> FindProcess(Session& session, std::string_view id) const;
  Result<std::optional<ProcessRow>> FindProcessByKey(Session& session,
                                                     std::string_view public_key_pem) const;
  Result<void> SetProcessState(Session& session, std::string_view id,
                               authz::PrincipalState state) const;
  Result<void> SetProcessNames(Session& session, std::string_view id,
                               const std::vector<std::string>& names) const;

  Result<void> Insert(Session& session, const ResourceRow& row) const;
  Result<std::optional<ResourceRow>> FindResource(Session& session, std::string_view id) const;
  Result<void> MoveResource(Session& session, std::string_view id,
                            std::string_view compartment_id) const;
  // EndResource takes the resource's placement away too.
  Result<void> EndResource(Session& session, std::string_view id) const;
  Result<std::optional<PlacementRow>> FindPlacement(Session& session,
                                                    std::string_view resource_id) const;
  Result<void> Put(Session& session, const PlacementRow& row) const;

  // --- Keys of identity itself (sql_keys.cc)

  // Put writes the token key and its fact, in the state that its times say.
  Result<void> Put(Session& session, const TokenKeyRow& row) const;
  Result<void> DeleteTokenKey(Session& session, std::string_view kid) const;
  Result<std::vector<TokenKeyRow>> ListTokenKeys(Session& session) const;
  Result<std::optional<PlatformCaRow>> FindPlatformCa(Session& session) const;
  Result<void> Insert(Session& session, const PlatformCaRow& row) const;
  // InsertServerCertificate remembers what the platform CA signed; kConflict for a serial that
  // exists.
  Result<void> InsertServerCertificate(Session& session, std::string_view serial_hex,
                                       std::string_view principal_id,
                                       std::string_view certificate_pem) const;

  // AppendAudit records what identity or an operator at its host did, which no request asked for.
  // Make it the last statement of the transaction.
  struct OwnAct {
    std::string operation, reason, tenancy_id, resource_id, resource_name;
    std::string principal_name = "identity";
    bool refused = false;
    // Of what a request did ask for, but which no signature covers: a sign-in.
    std::string principal_id, principal_kind, credential, request_id, method, path, peer_address;
    int64_t status = 0;
  };
  Result<void> AppendAudit(Session& session, const OwnAct& act) const;

 private:
  Result<void> PutEntry(Session& session, const authz::SnapshotEntry& entry) const;
  Result<void> PutUserFact(Session& session, std::string_view user_id) const;
  Result<void> PutNodeFact(Session& session, std::string_view node_id) const;
  Result<void> PutProcessFact(Session& session, std::string_view id) const;

  Clock& clock_;
  NewsBoard* news_;
};

// NameKey is the spelling by which names are compared: policies know no case, of ASCII letters
// only.
std::string NameKey(std::string_view name);

// Lists in one column: items are joined by a character that no item may hold.
inline constexpr char kColumnSeparator = '\x1e';
std::string JoinColumn(const std::vector<std::string>& items);
std::vector<std::string> SplitColumn(std::string_view text);

}  // namespace perennial::identity
